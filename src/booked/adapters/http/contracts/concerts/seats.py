"""Seats of a concert, or of all concerts."""

from typing import Annotated

import msgspec
from msgspec import Meta

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.concerts.concerts import EXAMPLE, TAG, ConcertPosition
from booked.adapters.http.contracts.concerts.lists import ListQuery, listed
from booked.adapters.http.contracts.resource import Resource
from booked.adapters.http.requests.fields import Amount, CanonicalId, Currency, Id, Time, amount_text, shown
from booked.adapters.http.requests.ids import PathId, optional_id
from booked.adapters.http.requests.parameters import Params
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.pages import page_up_to, position_in
from booked.domain.errors import InvalidUUID, NoEventFound, NoSuchSeat
from booked.domain.model.ids import EventId, TicketId, ticket_id
from booked.domain.model.money import Money
from booked.domain.model.programme.events import Event
from booked.domain.model.programme.search import moment_of
from booked.domain.model.programme.seating import SEATS_MOST
from booked.domain.services.programme.concerts import SeatPosition
from booked.domain.services.sale.seats import SeatState

resource = Resource("/seats/", TAG, Access.PUBLIC)


class SeatBody(msgspec.Struct, frozen=True):
    """`price` is today's price. A RESERVED seat is held for somebody, a BLOCKED seat is kept from sale."""

    id: Id
    concert_id: Id
    section: str
    row: str
    seat_number: Annotated[int, shown("The number on the seat.", minimum=1)]
    seat_type: str
    price: Amount
    currency: Currency
    status: Annotated[str, shown(enum=["AVAILABLE", "RESERVED", "BOOKED", "BLOCKED"])]

    @classmethod
    def of(cls, event: Event, state: SeatState) -> "SeatBody":
        return cls(
            id=ticket_id(event.id, state.seat.number),
            concert_id=event.id,
            section=state.seat.section,
            row=state.seat.row,
            seat_number=state.seat.seat,
            seat_type=state.type.name,
            price=amount_text(Money(state.price, event.currency)),
            currency=event.currency,
            status=state.status.name,
        )


class SeatsQuery(ListQuery, frozen=True, kw_only=True):
    concert_id: Annotated[Id, shown("Only those of this concert.", examples=[EXAMPLE.id])] | None = None


class SeatsPosition(msgspec.Struct, frozen=True):
    """The position of a seat in the order of the list."""

    starts_at: Time
    id: CanonicalId
    number: Annotated[int, Meta(ge=0, le=SEATS_MOST)]

    @classmethod
    def of(cls, position: SeatPosition) -> "SeatsPosition":
        return cls(moment_of(position.concert), position.concert.event_id, position.number)

    @property
    def position(self) -> SeatPosition:
        return SeatPosition(ConcertPosition(self.starts_at, self.id).cursor, self.number)


SEAT = SeatBody(
    ticket_id(EventId(EXAMPLE.id), 17), EXAMPLE.id, "Stalls", "A", 17, "Standard", "39.90", "EUR", "AVAILABLE"
)


@resource.get(
    "",
    "Seats. There may be fewer than you asked for although there are more.",
    returns=[SEAT],
    gives=["Link"],
    refuses=[NoEventFound, InvalidUUID],
)
async def list_seats(request: ApiRequest, params: Params[SeatsQuery]) -> Answer[list[SeatBody]]:
    """List seats of a concert, the best ones first, or of all concerts."""
    position = position_in(params, SeatsPosition)
    after = position.position if position else None
    found = await request.services.concerts.seats(optional_id(EventId, params.concert_id), after, params.limit)
    bodies = [SeatBody.of(*seat) for seat in found.seats]
    return listed(request, "/seats", page_up_to(bodies, params, SeatsPosition.of(found.end) if found.end else None))


@resource.get("id/{seat_id:str}/", "The seat.", returns=SEAT, refuses=[NoEventFound, NoSuchSeat])
async def show_seat(request: ApiRequest, seat_id: PathId[TicketId]) -> SeatBody:
    """Show a seat."""
    return SeatBody.of(*await request.services.concerts.seat(seat_id))
