"""The HTTP contracts, and whose paths are whose: every error is answered as the contract of its path has it."""

from enum import Enum

# The resource API's own paths, and those beside it that came later than the contract at `/` and answer as it does.
_RESOURCES = frozenset({"api", "auth", "bookings", "concerts", "events", "seats"})


class Contract(Enum):
    """`BOOKED` is the contract at `/`; `V1` is the resource API, whose errors are problem details (RFC 9457)."""

    BOOKED = "booked"
    V1 = "v1"


def contract_of(path: str) -> Contract:
    """The contract that answers at a path, whether or not there is a route."""
    first_segment = path.lstrip("/").partition("/")[0]
    return Contract.V1 if first_segment in _RESOURCES else Contract.BOOKED
