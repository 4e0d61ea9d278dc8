"""What text people may send: bounded, and free of characters that hide, spoof or break things downstream."""

import unicodedata

from booked.domain.errors import BookedError

# Bidirectional overrides and isolates reorder what follows them, so a name could pose as another (Unicode UAX #9).
_REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LINE_BREAKS = frozenset("\n\r\t")


def require_text(text: str, refusal: type[BookedError], what: str, longest: int, multiline: bool = False) -> str:
    """`text` without surrounding white space; `refusal` if it is empty, too long or has forbidden characters."""
    trimmed = text.strip()
    if not trimmed:
        raise refusal(f"The {what} is empty.")
    return require_plain(trimmed, refusal, what, longest, multiline)


def require_plain(text: str, refusal: type[BookedError], what: str, longest: int, multiline: bool = False) -> str:
    """`text` as it is, which may be empty; `refusal` if it is too long or has forbidden characters."""
    if len(text) > longest:
        raise refusal(f"The {what} is longer than {longest} characters.")
    allowed = _LINE_BREAKS if multiline else frozenset[str]()
    if any(_forbidden(character) for character in text if character not in allowed):
        raise refusal(f"The {what} contains control characters.")
    return text


def _forbidden(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cs"} or character in _REORDERING
