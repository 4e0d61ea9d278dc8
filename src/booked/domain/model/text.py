"""What text people may send: bounded, and free of characters that hide, spoof or break things downstream."""

import re
import unicodedata
from collections.abc import Callable

Refusal = Callable[[str], Exception]
"""Makes the error to raise, from a sentence that tells what to do."""

# Bidirectional overrides and isolates reorder what follows them, so a name could pose as another (Unicode UAX #9).
_REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LINE_BREAKS = frozenset("\n\r\t")
# The Default_Ignorable_Code_Points of Unicode that are no format characters, and the empty Braille cell.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u2800\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8\U000e0000-\U000e0fff]"
)


def require_text(text: str, refusal: Refusal, what: str, longest: int, multiline: bool = False) -> str:
    """Return `text` without surrounding white space.

    Raises `refusal` if it is empty, too long or has forbidden characters.
    """
    trimmed = text.strip()
    if not trimmed:
        raise refusal(f"The {what} is empty.")
    return require_plain(trimmed, refusal, what, longest, multiline)


def require_plain(text: str, refusal: Refusal, what: str, longest: int, multiline: bool = False) -> str:
    """Return `text` unchanged; it may be empty.

    Raises `refusal` if it is too long, all invisible or has forbidden characters.
    """
    if len(text) > longest:
        raise refusal(f"The {what} is longer than {longest} characters.")
    allowed = _LINE_BREAKS if multiline else frozenset[str]()
    if any(_forbidden(character) for character in text if character not in allowed):
        raise refusal(f"The {what} contains control characters.")
    if text.strip() and all(character.isspace() or is_invisible(character) for character in text):
        raise refusal(f"The {what} has no visible character.")
    return text


def is_invisible(character: str) -> bool:
    """Tell whether a character shows as nothing, or only changes how others show."""
    return unicodedata.category(character) == "Cf" or _INVISIBLE.match(character) is not None


def _forbidden(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cs"} or character in _REORDERING
