"""Seats of an event: what they cost, which are free, where they are, and keeping some from sale."""

from litestar import MediaType
from litestar.params import JSONBody

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.resource import Resource
from booked.adapters.http.contracts.v1.examples.programme import AVAILABILITY, LAYOUT, SEAT
from booked.adapters.http.contracts.v1.messages.availability import AvailabilityBody, AvailabilityQuery
from booked.adapters.http.contracts.v1.messages.seat_layouts import LayoutBody
from booked.adapters.http.contracts.v1.messages.seats import SeatBody, SeatPosition, SeatsQuery, SeatsRequest
from booked.adapters.http.contracts.v1.messages.tickets import parsed_tickets
from booked.adapters.http.contracts.v1.refusals import EVENT_NOT_YOURS
from booked.adapters.http.requests.idempotency import IdempotencyHeader
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.parameters import Params
from booked.adapters.http.requests.preconditions import IfNoneMatch, with_digest
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.pages import Page, page_up_to, position_in
from booked.adapters.http.responses.replies import found
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

BITMAP = "application/octet-stream"

# Caches may keep the view of the public: the layout for a while, free seats for hardly a moment.
LAYOUT_KEPT = {"Cache-Control": "public, max-age=10"}
AVAILABILITY_KEPT = {"Cache-Control": "public, max-age=1", "Vary": "Accept"}
NOT_KEPT = {"Cache-Control": "no-store", "Vary": "Authorization, Accept"}


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

    The place of a seat gives the number of its ticket, and the number gives its id: the event's id, with the number in
    hexadecimal as its last eight digits.
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
    refuses=[NoSuchSeat, SeatTaken, TicketNotReserved, OverTicketLimit, *EVENT_NOT_YOURS],
)
async def block_seats(
    request: ApiRequest, event_id: PathId[EventId], data: JSONBody[SeatsRequest], idempotency_key: IdempotencyHeader
) -> None:
    """Keep seats of your organization's event from sale.

    All of them or none: none if somebody holds or owns any of them.
    """
    await request.services.seats.block(request.user, event_id, parsed_tickets(data.seats), idempotency_key)


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
    await request.services.seats.unblock(request.user, event_id, parsed_tickets(data.seats), idempotency_key)


@resource.get(
    "availability/",
    "Which tickets can be had.",
    access=Access.OPTIONAL,
    returns=AVAILABILITY,
    also={BITMAP: "\\xe0\\x10"},
    gives=["Link"],
    refuses=[NoEventFound],
)
async def show_availability(
    request: ApiRequest, event_id: PathId[EventId], params: Params[AvailabilityQuery]
) -> Answer[AvailabilityBody | bytes]:
    """Show at a glance which tickets of an event can be had.

    Together with the layout this is enough to draw every seat. Accept `application/octet-stream` to get the bitmap
    alone. An answer covers a million tickets at most. If you ask for more, `next_first` and a `Link` header lead to the
    next answer.
    """
    seats = await request.services.seats.availability(await request.viewer(), event_id, params.first, params.last)
    next_first = params.goes_on(seats)
    headers = dict(AVAILABILITY_KEPT if request.is_anonymous else NOT_KEPT)
    if next_first:
        headers["Link"] = (
            f'</api/v1/events/{event_id}/seats/availability/?first={next_first}&last={params.last}>; rel="next"'
        )
    if request.accept.best_match([MediaType.JSON, BITMAP]) == BITMAP:
        return Answer(seats.taken, media_type=BITMAP, headers=headers)
    return Answer(AvailabilityBody.of(seats, next_first), headers=headers)
