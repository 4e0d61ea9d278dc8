"""Seats of a concert, or of all concerts."""

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.concerts.examples import SEAT
from booked.adapters.http.contracts.concerts.lists import listed
from booked.adapters.http.contracts.concerts.messages import ConcertSeatPosition, SeatBody, SeatsQuery
from booked.adapters.http.contracts.resource import Resource
from booked.adapters.http.requests.ids import PathId, optional_id
from booked.adapters.http.requests.parameters import Params
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.pages import page_up_to, position_in
from booked.domain.errors import InvalidUUID, NoEventFound, NoSuchSeat
from booked.domain.model.ids import EventId, TicketId

resource = Resource("/seats/", "Concerts", Access.PUBLIC)


@resource.get(
    "",
    "Seats. There may be fewer than you asked for although there are more.",
    returns=[SEAT],
    gives=["Link"],
    refuses=[NoEventFound, InvalidUUID],
)
async def list_seats(request: ApiRequest, params: Params[SeatsQuery]) -> Answer[list[SeatBody]]:
    """List seats of a concert, the best ones first, or of all concerts that are not over."""
    position = position_in(params, ConcertSeatPosition)
    after = position.position if position else None
    found = await request.services.concerts.seats(optional_id(EventId, params.concert_id), after, params.limit)
    bodies = [SeatBody.of(*seat) for seat in found.seats]
    return listed(
        request, "/seats", page_up_to(bodies, params, ConcertSeatPosition.of(found.end) if found.end else None)
    )


@resource.get("id/{seat_id:str}/", "The seat.", returns=SEAT, refuses=[NoEventFound, NoSuchSeat])
async def show_seat(request: ApiRequest, seat_id: PathId[TicketId]) -> SeatBody:
    """Show a seat."""
    return SeatBody.of(*await request.services.concerts.seat(seat_id))
