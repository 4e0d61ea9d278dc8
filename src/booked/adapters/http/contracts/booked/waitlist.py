"""The waitlist of a sold-out event: join it, list your places, leave it."""

import msgspec
from litestar import MediaType
from litestar.params import JSONBody

from booked.adapters.http.contracts.booked.fields import EARLIER, EVENT, TICKETS, TicketCount, UnixTime, event_id, unix
from booked.adapters.http.contracts.resource import Resource
from booked.adapters.http.openapi.doc import Parameter
from booked.adapters.http.requests.fields import Id
from booked.adapters.http.requests.query import Query
from booked.adapters.http.requests.request import ApiRequest
from booked.domain.errors import (
    AlreadyWaiting,
    BelowMinimum,
    Busy,
    InvalidUUID,
    InvalidWaitlistCount,
    NoEventFound,
    NoSuchEntry,
    OfferBooked,
    OverTicketLimit,
    SalesClosed,
)
from booked.domain.model.ids import ticket_ids
from booked.domain.model.sale.waitlist import WaitlistPlace

resource = Resource("/waitlist/", "Waitlist", in_time=True)


class WaitRequest(msgspec.Struct, frozen=True):
    event_id: Id = ""
    count: TicketCount = 0


class PlaceBody(msgspec.Struct, frozen=True):
    """A place in the queue, `waiting` with a position that counts from 1, or `offered` with tickets and a deadline."""

    event_id: Id
    event_name: str
    number_of_tickets: int
    state: str
    position: int | None
    joined_unix_time: UnixTime
    ticket_ids: list[Id]
    offer_expires_unix_time: UnixTime | None

    @classmethod
    def of(cls, place: WaitlistPlace) -> "PlaceBody":
        return cls(
            event_id=place.event_id,
            event_name=place.event_name,
            number_of_tickets=place.count,
            state=place.state.value,
            position=place.position,
            joined_unix_time=unix(place.joined_at),
            ticket_ids=[str(ticket) for ticket in ticket_ids(place.event_id, place.numbers)],
            offer_expires_unix_time=unix(place.offer_expires_at) if place.offer_expires_at else None,
        )


@resource.post(
    "add/",
    "You are on the waitlist.",
    status=200,
    media_type=MediaType.TEXT,
    sends=WaitRequest(EVENT, 2),
    refuses=[
        InvalidUUID,
        NoEventFound,
        AlreadyWaiting,
        InvalidWaitlistCount,
        BelowMinimum,
        OverTicketLimit,
        SalesClosed,
        Busy,
    ],
)
async def join_waitlist(request: ApiRequest, data: JSONBody[WaitRequest]) -> None:
    """Join the waitlist of an event.

    You wait for a number of tickets that cannot be reserved right now. When tickets come back, first come is first
    served: the tickets are held for you and `GET /waitlist/` lists them. Book them in time.
    """
    await request.services.waitlist.join(request.identity.user_id, event_id(data.event_id), data.count)


@resource.get(
    "",
    "The places.",
    returns=[
        PlaceBody(EVENT, "Open air", 2, "waiting", 3, EARLIER, [], None),
        PlaceBody(EVENT, "Open air", 2, "offered", None, EARLIER, TICKETS, EARLIER + 900),
    ],
)
async def waitlist(request: ApiRequest) -> list[PlaceBody]:
    """List your places on waitlists, and the tickets offered to you.

    Book offered tickets by their ids before `offer_expires_unix_time`.
    """
    return [PlaceBody.of(place) for place in await request.services.waitlist.places(request.identity.user_id)]


@resource.delete(
    "",
    "You are not on the waitlist any more.",
    status=200,
    media_type=MediaType.TEXT,
    parameters=[
        Parameter("event_id", "The event's id.", {"type": "string", "format": "uuid"}, example=EVENT, required=True)
    ],
    refuses=[InvalidUUID, NoSuchEntry, OfferBooked],
)
async def leave_waitlist(request: ApiRequest) -> None:
    """Leave the waitlist of an event, or decline what it offers you.

    Tickets offered to you go to the next in line, also if you have reserved them.
    """
    query = Query(request.scope["query_string"])
    await request.services.waitlist.leave_event(request.identity.user_id, event_id(query.text("event_id")))
