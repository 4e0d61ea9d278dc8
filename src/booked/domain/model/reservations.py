"""Reservations: holds that were made together, under one id, as their owner sees and changes them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from booked.domain.errors import NoSuchSeat, OverTicketLimit, TicketNotReserved
from booked.domain.model.ids import EventId, ReservationId, TicketId, UserId, event_of, number_of
from booked.domain.model.seating import Block
from booked.domain.model.tickets import TICKETS_A_REQUEST

EXTENSIONS_MOST = 1


@dataclass(frozen=True, slots=True)
class AnyOf:
    """So many tickets, of these blocks where any are named."""

    count: int
    blocks: Sequence[Block] = ()


@dataclass(frozen=True, slots=True)
class BestOf:
    """So many seats next to each other in one row, in the first of these blocks that has them."""

    count: int
    blocks: Sequence[Block]


@dataclass(frozen=True, slots=True)
class Exactly:
    """The tickets with these numbers."""

    numbers: Sequence[int]

    @property
    def count(self) -> int:
        return len(self.numbers)


Wish = AnyOf | BestOf | Exactly


@dataclass(frozen=True, slots=True)
class Once:
    """A request that must not take effect twice: its key, and a fingerprint of all that it asks for.

    A key belongs to a user: those of others have nothing to do with it.
    """

    key: str
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class Reservation:
    """What a user holds under this id until `expires_at`, by the hold store's clock.

    `numbers` are those of the tickets that are still held: none once it has lapsed or is booked. `type_number` is the
    ticket type that was asked for, None for any. `extensions` counts how often its owner was given more time.
    """

    id: ReservationId
    event_id: EventId
    user_id: UserId
    numbers: tuple[int, ...]
    type_number: int | None
    made_at: datetime
    expires_at: datetime
    extensions: int = 0

    def seconds_left(self, now: datetime) -> int:
        """Whole seconds until it lapses, 0 when it has."""
        return max(0, int((self.expires_at - now).total_seconds())) if self.numbers else 0


def require_seats(event_id: EventId, tickets: Iterable[TicketId], blocks: Sequence[Block]) -> tuple[int, ...]:
    """The numbers of seats that somebody chose, each once. Raises `NoSuchSeat` where the event has no such seat."""
    distinct = dict.fromkeys(tickets)
    if not distinct:
        raise TicketNotReserved("Choose at least one seat.")
    if len(distinct) > TICKETS_A_REQUEST:
        raise OverTicketLimit(f"A request may ask for at most {TICKETS_A_REQUEST} tickets.")
    numbers = tuple(number_of(ticket) for ticket in distinct)
    for ticket, number in zip(distinct, numbers, strict=True):
        if event_of(ticket) != event_id or not any(block.seats and number in block for block in blocks):
            raise NoSuchSeat
    return numbers
