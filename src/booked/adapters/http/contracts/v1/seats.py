"""Seats of an event: showing them, and keeping some from sale."""

from litestar.params import JSONBody

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.resource import Resource
from booked.adapters.http.contracts.v1.examples.programme import SEAT
from booked.adapters.http.contracts.v1.messages.seats import SeatBody, SeatsQuery, SeatsRequest, TicketPosition
from booked.adapters.http.contracts.v1.refusals import EVENT_NOT_YOURS
from booked.adapters.http.requests.idempotency import IdempotencyHeader
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.parameters import Params
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.pages import Page, page_up_to, position_in
from booked.domain.errors import (
    NoEventFound,
    NoSuchSeat,
    NoSuchTicketType,
    OverTicketLimit,
    SeatTaken,
    TicketNotReserved,
)
from booked.domain.model.ids import EventId, TicketId, event_of

resource = Resource("/api/v1/events/{event_id:str}/seats/", "v1 · Seats")


@resource.get(
    "",
    "A page of seats, the best ones first. It may have fewer than you asked for although there are more.",
    access=Access.OPTIONAL,
    returns=Page([SEAT], None),
    refuses=[NoEventFound, NoSuchTicketType],
)
async def list_seats(request: ApiRequest, event_id: PathId[EventId], params: Params[SeatsQuery]) -> Page[SeatBody]:
    """List seats of an event."""
    position = position_in(params, TicketPosition)
    page = await request.services.seats.page(
        await request.viewer(), event_id, params.filter(event_id), position.number if position else 0, params.limit
    )
    end = None if page.next_after is None else TicketPosition(page.next_after)
    return page_up_to([SeatBody.of(page.event, seat) for seat in page.seats], params, end)


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
    refuses=[NoSuchSeat, SeatTaken, TicketNotReserved, OverTicketLimit, *EVENT_NOT_YOURS],
)
async def block_seats(
    request: ApiRequest, event_id: PathId[EventId], data: JSONBody[SeatsRequest], idempotency_key: IdempotencyHeader
) -> None:
    """Keep seats of your organization's event from sale.

    All of them or none: none if somebody holds or owns any of them. Those that are blocked already stay so.
    """
    await request.services.blocking.block(request.user, event_id, data.ticket_ids, idempotency_key)


@resource.post(
    "unblock/",
    "The seats are on sale.",
    access=Access.ORGANIZER,
    status=204,
    sends=SeatsRequest([SEAT.id]),
    refuses=[NoSuchSeat, TicketNotReserved, OverTicketLimit, *EVENT_NOT_YOURS],
)
async def unblock_seats(
    request: ApiRequest, event_id: PathId[EventId], data: JSONBody[SeatsRequest], idempotency_key: IdempotencyHeader
) -> None:
    """Put blocked seats of your organization's event on sale again.

    All of them or none: none if any of them is not blocked.
    """
    await request.services.blocking.unblock(request.user, event_id, data.ticket_ids, idempotency_key)
