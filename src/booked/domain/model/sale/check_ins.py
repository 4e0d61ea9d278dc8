"""Checking tickets in at the door: each is admitted once."""

from booked.domain.errors import AlreadyCancelled, AlreadyCheckedIn, InvalidGate, NoSuchSeat
from booked.domain.model.ids import TicketId, event_of, number_of
from booked.domain.model.sale.bookings import BookedTicket, BookingRecord, BookingStatus
from booked.domain.model.text import require_plain

GATE_LENGTH = 100


def require_gate(name: str) -> str:
    """Return the name of a gate without surrounding white space; it may be empty. Raises `InvalidGate`."""
    return require_plain(name.strip(), InvalidGate, "gate", GATE_LENGTH)


def require_ticket(record: BookingRecord, ticket: TicketId) -> BookedTicket:
    """Return a standing ticket of a booking. Raises `AlreadyCancelled`, or `NoSuchSeat` if it does not stand in it."""
    if record.status is BookingStatus.CANCELLED:
        raise AlreadyCancelled
    standing = {one.number: one for one in record.standing}
    if event_of(ticket) != record.event.id or number_of(ticket) not in standing:
        raise NoSuchSeat
    return standing[number_of(ticket)]


def require_not_checked_in(ticket: BookedTicket) -> None:
    """Raise `AlreadyCheckedIn`, which says when and where a ticket was checked in."""
    if ticket.checked_in_at is not None:
        where = f" at the gate {ticket.gate}" if ticket.gate else ""
        raise AlreadyCheckedIn(f"It was checked in at {ticket.checked_in_at:%Y-%m-%d %H:%M:%S} UTC{where}.")
