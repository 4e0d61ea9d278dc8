"""Time zones by their IANA names: whose clock on the wall counts."""

import re
from zoneinfo import ZoneInfo

from booked.domain.errors import BookedError

UTC_NAME = "UTC"

# The database of time zones has other files beside those of the zones.
_NO_ZONE = re.compile(r"(posix|right)/|(Factory|localtime|posixrules)$")


def is_timezone(name: str) -> bool:
    """Tell whether there is a time zone of this name. Names replaced by others count."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # no such file, no name of a file, or a directory
        return False
    return not _NO_ZONE.match(name)


def require_timezone(name: str, refusal: type[BookedError]) -> str:
    """Return the name of a time zone as it was written. Raises the refusal if there is no such zone."""
    if not is_timezone(name):
        raise refusal("There is no such time zone. Send its IANA name, such as Europe/Berlin.")
    return name
