"""Wishes as the scripts take them, and reservations and refusals as they reply them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any, assert_never

from booked.adapters.redis.scripts import Argument
from booked.domain.errors import (
    BookedError,
    IdempotencyKeyReused,
    NoSuchReservation,
    OverTicketLimit,
    ReservationFixed,
    SalesClosed,
    SeatTaken,
    TooFewTickets,
)
from booked.domain.model.ids import EventId, ReservationId, UserId
from booked.domain.model.programme.seating import Block
from booked.domain.model.sale.lapses import cooling_down
from booked.domain.model.sale.reservations import AnyOf, BestOf, Exactly, Reservation, Selection

_EVENT_PART = 28  # characters of an id that are its event's

# By the status that a script replies; details fill the gaps. Without a text the error says what it always does.
_REFUSALS: dict[bytes, tuple[type[BookedError], str]] = {
    b"few": (TooFewTickets, "{} tickets are available."),
    b"apart": (TooFewTickets, "No row has that many free seats next to each other."),
    b"limit": (OverTicketLimit, "One may have at most {} tickets of this event."),
    b"holding": (OverTicketLimit, "One may hold at most {} tickets of an event at once. Book some, or give them back."),
    b"many": (OverTicketLimit, "A reservation may have at most {} tickets."),
    b"closed": (SalesClosed, ""),
    b"taken": (SeatTaken, ""),
    b"none": (NoSuchReservation, ""),
    b"booking": (ReservationFixed, "It is just being booked."),
    b"all": (ReservationFixed, "None of its tickets would be left. End it instead."),
    b"often": (ReservationFixed, "A reservation can be extended {} times, and this one was."),
    b"offered": (ReservationFixed, "It has tickets that the waitlist offered. Others wait for them."),
    b"reused": (IdempotencyKeyReused, ""),
}


def mark_of(reservation_id: ReservationId) -> str:
    """What tells a reservation from others of its event."""
    return reservation_id[_EVENT_PART:]


def wish_argument(selection: Selection) -> Argument:
    match selection:
        case AnyOf():
            return "any", selection.count, ranges(sorted(selection.blocks, key=lambda block: block.first))
        case BestOf():
            rows = [(*_range(block), block.seats.seats_per_row) for block in selection.blocks if block.seats]
            return "best", selection.count, list(chain.from_iterable(rows))
        case Exactly():
            numbers = list(dict.fromkeys(selection.numbers))
            return "exactly", len(numbers), numbers
        case _:
            assert_never(selection)


def ranges(blocks: Sequence[Block]) -> list[int]:
    """The first and last number of each block, one after the other."""
    return list(chain.from_iterable(map(_range, blocks)))


def reservation_of(event_id: EventId, reply: Sequence[Any]) -> Reservation:
    mark, user_id, type_number, made_at, deadline, extensions, numbers = reply
    return Reservation(
        ReservationId(event_id[:_EVENT_PART] + mark.decode()),
        event_id,
        UserId(user_id.decode()),
        tuple(numbers),
        int(type_number) if type_number else None,
        moment(made_at),
        moment(deadline),
        extensions,
    )


def refusal(status: bytes, details: Sequence[Any]) -> BookedError | None:
    """What a script's reply refuses, None if it refuses nothing."""
    if status == b"cooling":
        rounds, left = details
        return cooling_down(rounds, timedelta(milliseconds=left))
    if status not in _REFUSALS:
        return None
    error, text = _REFUSALS[status]
    return error(text.format(*details))


def moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def _range(block: Block) -> tuple[int, int]:
    return block.first, block.last
