"""Messages about all seats of an event: where they are, and which can be had."""

import base64
from typing import Annotated

import msgspec
from msgspec import Meta

from booked.adapters.http.contracts.v1.messages.seats import TicketNumber
from booked.adapters.http.contracts.v1.messages.tickets import Count
from booked.adapters.http.contracts.v1.messages.venues import RowNumber, SeatCount, SeatNumber, Section, Style
from booked.adapters.http.requests.fields import Amount, Currency, Id, amount_text, shown
from booked.domain.model.ids import EventId, ticket_type_id
from booked.domain.model.money import Money
from booked.domain.model.programme.events import Event
from booked.domain.model.programme.seating import ROWS_MOST, SEATS_MOST, Block, SeatBlock
from booked.domain.model.programme.ticket_types import TicketPlan, TicketType
from booked.domain.model.sale.holds import SeatMap


class LayoutTypeBody(msgspec.Struct, frozen=True):
    """A ticket type with seats."""

    id: Id
    name: str
    price: Amount

    @classmethod
    def of(cls, type_: TicketType, event: Event) -> "LayoutTypeBody":
        price = amount_text(Money(type_.price, event.currency))
        return cls(ticket_type_id(event.id, type_.number), type_.name, price)


class LayoutBlockBody(msgspec.Struct, frozen=True):
    """Rows of equal length, whose tickets are numbered from `first` on, row by row."""

    first: TicketNumber
    section: Section
    first_row: RowNumber
    rows: Annotated[int, shown("How many rows.", minimum=1, maximum=ROWS_MOST)]
    seats_per_row: SeatCount
    first_seat: SeatNumber
    row_style: Style
    ticket_type_id: Id
    ticket_type: Annotated[Id, shown("The former name of `ticket_type_id`.", deprecated=True)]

    @classmethod
    def of(cls, block: Block, seats: SeatBlock, event_id: EventId) -> "LayoutBlockBody":
        return cls(
            first=block.first,
            section=seats.section,
            first_row=seats.first_row,
            rows=seats.rows,
            seats_per_row=seats.seats_per_row,
            first_seat=seats.first_seat,
            row_style=seats.row_style,
            ticket_type_id=ticket_type_id(event_id, block.type_number),
            ticket_type=ticket_type_id(event_id, block.type_number),
        )


class LayoutBody(msgspec.Struct, frozen=True):
    """Where every seat of an event is. `capacity` counts all its tickets, those without seats as well."""

    capacity: Count
    currency: Currency
    ticket_types: list[LayoutTypeBody]
    blocks: list[LayoutBlockBody]

    @classmethod
    def of(cls, event: Event, plan: TicketPlan) -> "LayoutBody":
        seated = {block.type_number for block in plan.blocks if block.seats}
        return cls(
            capacity=event.seat_count,
            currency=event.currency,
            ticket_types=[LayoutTypeBody.of(type_, event) for type_ in plan.types if type_.number in seated],
            blocks=[LayoutBlockBody.of(block, block.seats, event.id) for block in plan.blocks if block.seats],
        )


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
