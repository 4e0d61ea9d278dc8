"""Which tickets can be had, at a glance: a bitmap."""

import base64
from typing import Annotated

import msgspec
from msgspec import Meta

from booked.adapters.http.contracts.v1.messages.seats import TicketNumber
from booked.adapters.http.contracts.v1.messages.tickets import Count
from booked.adapters.http.requests.fields import shown
from booked.domain.model.programme.seating import SEATS_MOST
from booked.domain.model.sale.availability import SeatMap


class AvailabilityBody(msgspec.Struct, frozen=True):
    """`taken` is a bitmap: the first byte's highest bit is set if ticket number `first` cannot be had, and so on.

    It covers the tickets up to `last`. `capacity` and `free` count those of the whole event.
    """

    capacity: Count
    free: Count
    taken: Annotated[str, shown("Base64 of the bitmap.", contentEncoding="base64")]
    first: TicketNumber
    last: Count
    next_first: (
        Annotated[int, shown("The `first` to ask for next, null if there is no more.", minimum=1, maximum=SEATS_MOST)]
        | None
    )

    @classmethod
    def of(cls, seats: SeatMap, next_first: int | None) -> "AvailabilityBody":
        taken = base64.b64encode(seats.taken).decode()
        return cls(seats.capacity, seats.free, taken, seats.first, seats.last, next_first)


class AvailabilityQuery(msgspec.Struct, frozen=True):
    first: Annotated[int, Meta(ge=1, le=SEATS_MOST, description="The number of the first ticket.")] = 1
    last: Annotated[int, Meta(ge=1, le=SEATS_MOST, description="The number of the last ticket.")] = SEATS_MOST

    def goes_on(self, seats: SeatMap) -> int | None:
        """Return where the next answer begins, or None after the last."""
        return seats.last + 1 if seats.last < min(self.last, seats.capacity) else None
