"""What the scripts refuse, as errors."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from booked.domain.errors import (
    BookedError,
    IdempotencyKeyReused,
    NoSuchReservation,
    NotTogether,
    OverTicketLimit,
    ReservationFixed,
    SalesClosed,
    SeatTaken,
)
from booked.domain.model.programme.type_rules import below_minimum, over_maximum
from booked.domain.model.sale.holds import too_few
from booked.domain.model.sale.lapses import cooling_down
from booked.ports.holds import EventHasGrown

# By the status in a reply, refusals made of a number.
_NUMBERS: dict[bytes, Callable[[int], Exception]] = {
    b"few": too_few,
    b"unknown": EventHasGrown,
    b"least": below_minimum,
    b"most": over_maximum,
}
# By the status in a reply; details fill the gaps. Without a text, the error says what it always does.
_REFUSALS: dict[bytes, tuple[type[BookedError], str]] = {
    b"apart": (NotTogether, "At most {} free seats are next to each other."),
    b"limit": (OverTicketLimit, "One may have at most {} tickets of this event."),
    b"holding": (OverTicketLimit, "One may hold at most {} tickets of an event at once. Book some, or give them back."),
    b"many": (OverTicketLimit, "A reservation may have at most {} tickets."),
    b"closed": (SalesClosed, ""),
    b"none": (NoSuchReservation, ""),
    b"booking": (ReservationFixed, "It is just being booked. Look at it again in a moment."),
    b"all": (ReservationFixed, "None of its tickets would be left. End it instead."),
    b"often": (ReservationFixed, "A reservation can be extended {} times, and this one was. Book it in time."),
    b"wanted": (ReservationFixed, "It was extended, and others wait for tickets of this event. Book it in time."),
    b"offered": (ReservationFixed, "It has tickets that the waitlist offered, and others wait. Book it in time."),
    b"reused": (IdempotencyKeyReused, ""),
}
_STATUSES = frozenset({b"cooling", b"taken", *_NUMBERS, *_REFUSALS})


def refuse(reply: Sequence[Any]) -> None:
    """Raise the error a reply stands for, if it refuses something. It is a status, then details.

    Do not keep the error in a variable, here or in a caller: error, traceback and frame would form a reference cycle
    that only the garbage collector frees.
    """
    if reply[0] not in _STATUSES:
        return
    status, *details = reply
    if status == b"cooling":
        rounds, left_ms = details
        raise cooling_down(rounds, timedelta(milliseconds=left_ms))
    if status in _NUMBERS:
        raise _NUMBERS[status](*details)
    if status == b"taken":
        raise SeatTaken(numbers=details)
    error, text = _REFUSALS[status]
    raise error(text.format(*details))
