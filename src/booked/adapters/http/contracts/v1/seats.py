"""Seats of an event: all there is to know of each, where they are, and keeping some from sale."""

from enum import StrEnum
from typing import Annotated

import msgspec
from litestar.params import JSONBody
from msgspec import Meta

from booked.adapters.http.access.roles import Access
from booked.adapters.http.contracts.resource import Resource
from booked.adapters.http.contracts.v1.ticket_types import EVENT, NOT_YOURS, STANDARD, optional_type_number
from booked.adapters.http.contracts.v1.tickets import TicketTypeRef, parsed_tickets
from booked.adapters.http.contracts.v1.venues import RowNumber, SeatCount, SeatNumber, Section, Style
from booked.adapters.http.requests.fields import Amount, Currency, Id, amount_text, shown
from booked.adapters.http.requests.idempotency import IdempotencyHeader
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.parameters import Params
from booked.adapters.http.requests.preconditions import IfNoneMatch, with_digest
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.pages import Page, PageQuery, page_up_to, position_in
from booked.adapters.http.responses.replies import found
from booked.domain.errors import (
    NoEventFound,
    NoSuchSeat,
    NoSuchTicketType,
    OverTicketLimit,
    SeatTaken,
    TicketNotReserved,
)
from booked.domain.model.ids import EventId, TicketId, event_of, ticket_id, ticket_type_id
from booked.domain.model.money import Money
from booked.domain.model.programme.events import Event
from booked.domain.model.programme.seating import (
    ROWS_MOST,
    SEATS_A_ROW,
    SEATS_MOST,
    SECTION_LENGTH,
    Block,
    RowStyle,
    SeatBlock,
    SeatStatus,
)
from booked.domain.model.programme.ticket_types import TicketPlan, TicketType
from booked.domain.model.sale.holds import TICKETS_A_REQUEST
from booked.domain.services.sale.seats import SeatFilter, SeatState

TAG = "v1 · Seats"
resource = Resource("/api/v1/events/{event_id:str}/seats/", TAG)

SEATS_A_PAGE = 100
SEATS_A_PAGE_MOST = 1_000
ROW_LENGTH = 10

LAYOUT_KEPT = {"Cache-Control": "public, max-age=10"}  # What everybody may see may be kept by caches for a while.


class SeatCondition(StrEnum):
    """A RESERVED seat is held for somebody, a BLOCKED one kept from sale. Upper and lower case are the same."""

    AVAILABLE = "AVAILABLE"
    RESERVED = "RESERVED"
    BOOKED = "BOOKED"
    BLOCKED = "BLOCKED"

    @classmethod
    def of(cls, status: SeatStatus) -> "SeatCondition":
        return cls[status.name]

    @property
    def status(self) -> SeatStatus:
        return SeatStatus[self.name]

    @classmethod
    def _missing_(cls, value: object) -> "SeatCondition | None":
        return cls.__members__.get(value.upper()) if isinstance(value, str) else None


Row = Annotated[str, shown("What the row is called.", minLength=1, maxLength=ROW_LENGTH)]
TicketNumber = Annotated[int, shown("The number of a ticket at its event.", minimum=1, maximum=SEATS_MOST)]
Count = Annotated[int, shown("A number of tickets.", minimum=0, maximum=SEATS_MOST)]


class SeatBody(msgspec.Struct, frozen=True):
    """`price` is what it costs now."""

    id: Id
    section: Section
    row: Row
    number: Annotated[int, shown("The number on the seat.", minimum=1, maximum=2 * SEATS_A_ROW)]
    ticket_type: TicketTypeRef
    price: Amount
    currency: Currency
    status: SeatCondition

    @classmethod
    def of(cls, event: Event, state: SeatState) -> "SeatBody":
        return cls(
            id=ticket_id(event.id, state.seat.number),
            section=state.seat.section,
            row=state.seat.row,
            number=state.seat.seat,
            ticket_type=TicketTypeRef.of(event.id, state.type),
            price=amount_text(Money(state.price, event.currency)),
            currency=event.currency,
            status=SeatCondition.of(state.status),
        )


class LayoutTypeBody(msgspec.Struct, frozen=True):
    """A ticket type that has seats."""

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
    ticket_type: Id

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
            capacity=plan.capacity,
            currency=event.currency,
            ticket_types=[LayoutTypeBody.of(type_, event) for type_ in plan.types if type_.number in seated],
            blocks=[LayoutBlockBody.of(block, block.seats, event.id) for block in plan.blocks if block.seats],
        )


class SeatsRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    seats: Annotated[list[Id], Meta(max_length=TICKETS_A_REQUEST, description="Ids of seats."), shown(minItems=1)]


class SeatsQuery(PageQuery, frozen=True, kw_only=True):
    limit: Annotated[
        int, Meta(ge=1, le=SEATS_A_PAGE_MOST, description="How many to list.", examples=[SEATS_A_PAGE])
    ] = SEATS_A_PAGE
    section: (
        Annotated[str, Meta(max_length=SECTION_LENGTH, description="Only of this section.", examples=["Stalls"])] | None
    ) = None
    row: (
        Annotated[str, Meta(max_length=ROW_LENGTH, description="Only of rows that are called so.", examples=["A"])]
        | None
    ) = None
    ticket_type: Annotated[Id, shown("Only of this ticket type, by its id.", examples=[STANDARD.id])] | None = None
    status: Annotated[SeatCondition, shown("Only those.", examples=["AVAILABLE"])] | None = None

    def filter(self, event_id: EventId) -> SeatFilter:
        return SeatFilter(
            section=self.section,
            row=self.row,
            type_number=optional_type_number(event_id, self.ticket_type),
            status=self.status.status if self.status else None,
        )


class SeatPosition(msgspec.Struct, frozen=True):
    """Behind which ticket number a page begins."""

    number: Annotated[int, Meta(ge=0, le=SEATS_MOST)]


TYPE = TicketTypeRef(STANDARD.id, STANDARD.name)
SEAT = SeatBody(ticket_id(EVENT, 1), "Stalls", "A", 1, TYPE, "39.90", "EUR", SeatCondition.AVAILABLE)
LAYOUT = LayoutBody(
    capacity=600,
    currency="EUR",
    ticket_types=[LayoutTypeBody(STANDARD.id, STANDARD.name, "49.90")],
    blocks=[LayoutBlockBody(1, "Stalls", 1, 20, 30, 1, RowStyle.LETTERS, STANDARD.id)],
)


@resource.get(
    "",
    "A page of seats, the best ones first. It may have fewer than you asked for although there are more.",
    access=Access.OPTIONAL,
    returns=Page([SEAT], None),
    refuses=[NoEventFound, NoSuchTicketType],
)
async def list_seats(request: ApiRequest, event_id: PathId[EventId], params: Params[SeatsQuery]) -> Page[SeatBody]:
    """List seats of an event."""
    position = position_in(params, SeatPosition)
    page = await request.services.seats.page(
        await request.viewer(), event_id, params.filter(event_id), position.number if position else 0, params.limit
    )
    end = None if page.next_after is None else SeatPosition(page.next_after)
    return page_up_to([SeatBody.of(page.event, seat) for seat in page.seats], params, end)


@resource.get(
    "layout/", "Where the seats are.", access=Access.OPTIONAL, returns=LAYOUT, gives=["ETag"], refuses=[NoEventFound]
)
async def show_layout(request: ApiRequest, event_id: PathId[EventId], if_none_match: IfNoneMatch) -> Answer[LayoutBody]:
    """Show where an event's seats are.

    From a seat's place follows the number of its ticket, and from that its id: the event's id whose last eight digits
    are the ticket's number in hexadecimal.
    """
    event, plan = await request.services.seats.layout(await request.viewer(), event_id)
    body = LayoutBody.of(event, plan)
    kept = LAYOUT_KEPT if request.is_anonymous else {}
    return found(body, with_digest(event.version, body), if_none_match, kept)


@resource.get("{seat_id:str}/", "The seat.", access=Access.OPTIONAL, returns=SEAT, refuses=[NoEventFound, NoSuchSeat])
async def show_seat(request: ApiRequest, event_id: PathId[EventId], seat_id: PathId[TicketId]) -> SeatBody:
    """Show a seat of an event."""
    if event_of(seat_id) != event_id:
        raise NoSuchSeat
    return SeatBody.of(*await request.services.seats.seat(await request.viewer(), seat_id))


@resource.post(
    "block/",
    "The seats are blocked.",
    access=Access.ORGANIZER,
    status=204,
    sends=SeatsRequest([SEAT.id]),
    refuses=[NoSuchSeat, SeatTaken, TicketNotReserved, OverTicketLimit, *NOT_YOURS],
)
async def block_seats(
    request: ApiRequest, event_id: PathId[EventId], data: JSONBody[SeatsRequest], idempotency_key: IdempotencyHeader
) -> None:
    """Keep seats of your organization's event from sale.

    All of them or none: none if somebody has one.
    """
    await request.services.seats.block(request.user, event_id, parsed_tickets(data.seats), idempotency_key)


@resource.post(
    "unblock/",
    "The seats are on sale.",
    access=Access.ORGANIZER,
    status=204,
    sends=SeatsRequest([SEAT.id]),
    refuses=[NoSuchSeat, TicketNotReserved, OverTicketLimit, *NOT_YOURS],
)
async def unblock_seats(
    request: ApiRequest, event_id: PathId[EventId], data: JSONBody[SeatsRequest], idempotency_key: IdempotencyHeader
) -> None:
    """Put blocked seats of your organization's event on sale again.

    All of them or none: none if one is not blocked.
    """
    await request.services.seats.unblock(request.user, event_id, parsed_tickets(data.seats), idempotency_key)
