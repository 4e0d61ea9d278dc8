"""Texts to be translated later: the mark by which the extraction finds them."""


def N_(text: str) -> str:
    """Return a text as it is. It is translated where it is shown."""
    return text
