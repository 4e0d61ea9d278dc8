"""Messages about single seats of an event."""

from typing import Annotated

import msgspec
from msgspec import Meta

from booked.adapters.http.contracts.v1.messages.states import State
from booked.adapters.http.contracts.v1.messages.ticket_types import optional_type_number
from booked.adapters.http.contracts.v1.messages.tickets import TicketTypeRef, parsed_tickets
from booked.adapters.http.contracts.v1.messages.venues import Section
from booked.adapters.http.requests.fields import Amount, Currency, Id, amount_text, shown
from booked.adapters.http.requests.former_names import formerly
from booked.adapters.http.responses.pages import PageQuery
from booked.domain.model.ids import EventId, TicketId, ticket_id
from booked.domain.model.money import Money
from booked.domain.model.programme.events import Event
from booked.domain.model.programme.seating import SEATS_A_ROW, SEATS_MOST, SECTION_LENGTH, SeatStatus
from booked.domain.model.sale.holds import TICKETS_A_REQUEST
from booked.domain.services.sale.seats import SeatFilter, SeatState

SEATS_A_PAGE = 100
SEATS_A_PAGE_MOST = 1_000
ROW_LENGTH = 10


class SeatCondition(State):
    """A RESERVED seat is held for somebody, a BLOCKED seat is kept from sale. Upper and lower case are the same."""

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


Row = Annotated[str, shown("What the row is called.", minLength=1, maxLength=ROW_LENGTH)]
TicketNumber = Annotated[int, shown("The number of a ticket at its event.", minimum=1, maximum=SEATS_MOST)]


class SeatBody(msgspec.Struct, frozen=True):
    """`price` is today's price."""

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


class SeatsRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    seats: Annotated[list[Id], Meta(max_length=TICKETS_A_REQUEST, description="Ids of seats."), shown(minItems=1)]

    @property
    def ticket_ids(self) -> list[TicketId]:
        return parsed_tickets(self.seats)


class SeatsQuery(PageQuery, frozen=True, kw_only=True):
    limit: Annotated[
        int, Meta(ge=1, le=SEATS_A_PAGE_MOST, description="How many to list.", examples=[SEATS_A_PAGE])
    ] = SEATS_A_PAGE
    section: (
        Annotated[str, Meta(max_length=SECTION_LENGTH, description="Only of this section.", examples=["Stalls"])] | None
    ) = None
    row: (
        Annotated[str, Meta(max_length=ROW_LENGTH, description="Only of rows with this name.", examples=["A"])] | None
    ) = None
    ticket_type_id: (
        Annotated[
            Id,
            formerly("ticket_type", "Only of this ticket type."),
            Meta(examples=["019c5b2e-c25d-7f74-9365-0000c0000001"]),
        ]
        | None
    ) = None
    status: Annotated[SeatCondition, shown("Only those.", examples=["AVAILABLE"])] | None = None

    def filter(self, event_id: EventId) -> SeatFilter:
        return SeatFilter(
            section=self.section,
            row=self.row,
            type_number=optional_type_number(event_id, self.ticket_type_id),
            status=self.status.status if self.status else None,
        )


class TicketPosition(msgspec.Struct, frozen=True):
    """The position of a seat in the order of the list: the number of its ticket."""

    number: Annotated[int, Meta(ge=0, le=SEATS_MOST)]
