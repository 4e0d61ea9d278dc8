"""Guests: users known to one counter by a name of its own. They have no account and cannot log in."""

from dataclasses import dataclass

from booked.domain.errors import EmptyName, OverTicketLimit, TooFewTickets
from booked.domain.model.ids import CounterId, UserId
from booked.domain.model.text import require_plain

GUEST_NAME_LENGTH = 200
TICKETS_A_GUEST = 2  # of an event that was put on sale at a counter


@dataclass(frozen=True, slots=True)
class Guest:
    """Two counters' guests of the same name are two people."""

    user_id: UserId
    counter: CounterId
    name: str


def require_guest_name(name: str) -> str:
    """Return the name unchanged: its form is up to the counter. Raises `EmptyName`."""
    if not name:
        raise EmptyName("The user_id is empty.")
    return require_plain(name, EmptyName, "user_id", GUEST_NAME_LENGTH)


def require_guest_count(count: int) -> int:
    """Return a number of tickets within what a guest may ask for at once."""
    if count < 1:
        raise TooFewTickets("Ask for at least one ticket.")
    if count > TICKETS_A_GUEST:
        raise OverTicketLimit(f"A booking has at most {TICKETS_A_GUEST} tickets.")
    return count
