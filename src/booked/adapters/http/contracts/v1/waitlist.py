"""The places of a user on waitlists, and the tickets offered there."""

from litestar.params import JSONBody

from booked.adapters.http.contracts.resource import Resource
from booked.adapters.http.contracts.v1.examples.sale import EVENT, OFFERED, STALLS, WAITING
from booked.adapters.http.contracts.v1.messages.ticket_types import optional_type_number
from booked.adapters.http.contracts.v1.messages.waitlist import PlaceBody, PlacePosition, WaitRequest
from booked.adapters.http.requests.idempotency import IdempotencyHeader
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.parameters import Params
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.pages import Page, PageQuery, page_of, position_in
from booked.adapters.http.responses.replies import created
from booked.domain.errors import (
    AlreadyWaiting,
    BelowMinimum,
    Busy,
    InvalidWaitlistCount,
    NoEventFound,
    NoSuchEntry,
    NoSuchTicketType,
    OfferBooked,
    OverTicketLimit,
    SalesClosed,
)
from booked.domain.model.ids import EntryId, EventId, parse_uuid

resource = Resource("/api/v1/waitlist/", "v1 · Waitlist", in_time=True)


@resource.post(
    "",
    "Your place.",
    sends=WaitRequest(EVENT.id, 2, STALLS.id),
    returns=WAITING,
    gives=["Location"],
    refuses=[
        NoEventFound,
        NoSuchTicketType,
        AlreadyWaiting,
        InvalidWaitlistCount,
        BelowMinimum,
        OverTicketLimit,
        SalesClosed,
        Busy,
    ],
)
async def wait(
    request: ApiRequest, data: JSONBody[WaitRequest], idempotency_key: IdempotencyHeader
) -> Answer[PlaceBody]:
    """Join the waitlist of an event, or of one of its ticket types.

    You can wait for a number of tickets if they cannot be reserved right now. Tickets that come back go to the first in
    line: they are held for you and listed here. Book them by their ids, in time.
    """
    waitlist = request.services.waitlist
    event_id = EventId(parse_uuid(data.event_id))
    type_number = optional_type_number(event_id, data.ticket_type_id)
    entry_id = await waitlist.join(request.identity.user_id, event_id, data.num_tickets, idempotency_key, type_number)
    return created(PlaceBody.of(await waitlist.priced(await waitlist.place(entry_id))), resource.path)


@resource.get("", "A page of places, the oldest first.", returns=Page([WAITING, OFFERED], None))
async def list_places(request: ApiRequest, params: Params[PageQuery]) -> Page[PlaceBody]:
    """List your places on waitlists, and the tickets offered to you."""
    position = position_in(params, PlacePosition)
    after = (position.joined_at, position.id) if position else None
    places = await request.services.waitlist.page(request.identity.user_id, after, params.limit + 1)
    return page_of(places, params, PlaceBody.of, PlacePosition.of)


@resource.delete("{entry_id:str}/", "You do not wait any more.", refuses=[NoSuchEntry, OfferBooked])
async def leave(request: ApiRequest, entry_id: PathId[EntryId]) -> None:
    """Leave a waitlist, or decline what it offers you.

    Tickets offered to you go to the next in line, also if you have reserved them. Leaving again changes nothing.
    """
    await request.services.waitlist.leave(request.identity.user_id, entry_id)
