"""The waitlists that somebody is on, and the tickets that are offered to them."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import msgspec
from litestar.params import JSONBody

from booked.adapters.http.contracts.resource import Resource
from booked.adapters.http.contracts.v1.ticket_types import optional_type_number
from booked.adapters.http.contracts.v1.tickets import (
    EVENT,
    SEATS,
    STALLS,
    EventName,
    HeldTicketBody,
    TicketCount,
    TicketTypeRef,
)
from booked.adapters.http.requests.fields import CanonicalId, Id, Time, shown
from booked.adapters.http.requests.idempotency import IdempotencyHeader
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.parameters import Params
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.pages import Page, PageQuery, page_of, position_in
from booked.adapters.http.responses.replies import created
from booked.domain.errors import (
    AlreadyWaiting,
    Busy,
    InvalidWaitlistCount,
    NoEventFound,
    NoSuchEntry,
    NoSuchTicketType,
    OfferBooked,
    OverTicketLimit,
    SalesClosed,
)
from booked.domain.model.ids import EntryId, EventId, parse_uuid, ticket_ids
from booked.domain.services.sale.waitlist import PricedWaitlistPlace

resource = Resource("/api/v1/waitlist/", "v1 · Waitlist")


class PlaceState(StrEnum):
    """A place waits until tickets are offered. It lapses when its offer is not booked in time, or when sales end.

    It is withdrawn when its owner leaves, or when the event is called off or over.
    """

    WAITING = "waiting"
    OFFERED = "offered"
    BOOKED = "booked"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"


class WaitRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Wait for tickets of one type with `ticket_type_id`, without it for tickets of any."""

    event_id: Id
    num_tickets: TicketCount
    ticket_type_id: Id | None = None


class WaitedFor(msgspec.Struct, frozen=True):
    id: Id
    name: EventName


class PlaceBody(msgspec.Struct, frozen=True):
    """A place in a queue. An offer has the ids of its `tickets`, to be booked by `offer_expires_at`.

    `offered_tickets` says what they are, and what each costs if it is booked now.
    """

    id: Id
    event: WaitedFor
    ticket_type: TicketTypeRef | None
    num_tickets: TicketCount
    state: PlaceState
    position: Annotated[int, shown("Counted from 1; null for those who do not wait.", minimum=1)] | None
    tickets: list[Id]
    offered_tickets: list[HeldTicketBody]
    joined_at: Time
    offer_expires_at: Time | None

    @classmethod
    def of(cls, offered: PricedWaitlistPlace) -> "PlaceBody":
        place = offered.place
        return cls(
            id=place.entry_id,
            event=WaitedFor(place.event_id, place.event_name),
            ticket_type=TicketTypeRef.of(place.event_id, offered.type) if offered.type else None,
            num_tickets=place.count,
            state=PlaceState(place.state),
            position=place.position,
            tickets=[str(ticket) for ticket in ticket_ids(place.event_id, place.numbers)],
            offered_tickets=[HeldTicketBody.of(offered.event, ticket) for ticket in offered.tickets],
            joined_at=place.joined_at,
            offer_expires_at=place.offer_expires_at,
        )


class PlacePosition(msgspec.Struct, frozen=True):
    """Behind which place a page begins."""

    joined_at: Time
    id: CanonicalId

    @classmethod
    def of(cls, offered: PricedWaitlistPlace) -> "PlacePosition":
        return cls(offered.place.joined_at, offered.place.entry_id)


MOMENT = datetime(2026, 10, 1, 12, 5, tzinfo=UTC)
WAITING = PlaceBody(
    id="019c5b2f-2b3c-7d4e-8f50-6b7c8d9e0f10",
    event=WaitedFor(EVENT.id, EVENT.name),
    ticket_type=STALLS,
    num_tickets=2,
    state=PlaceState.WAITING,
    position=3,
    tickets=[],
    offered_tickets=[],
    joined_at=MOMENT,
    offer_expires_at=None,
)
OFFERED = msgspec.structs.replace(
    WAITING,
    state=PlaceState.OFFERED,
    position=None,
    tickets=SEATS,
    offered_tickets=[
        HeldTicketBody(id_, STALLS, "Stalls", "B", seat, "49.90") for id_, seat in zip(SEATS, (7, 8), strict=True)
    ],
    offer_expires_at=datetime(2026, 10, 3, 8, 20, tzinfo=UTC),
)


@resource.post(
    "",
    "Your place.",
    sends=WaitRequest(EVENT.id, 2, STALLS.id),
    returns=WAITING,
    gives=["Location"],
    refuses=[NoEventFound, NoSuchTicketType, AlreadyWaiting, InvalidWaitlistCount, OverTicketLimit, SalesClosed, Busy],
)
async def wait(
    request: ApiRequest, data: JSONBody[WaitRequest], idempotency_key: IdempotencyHeader
) -> Answer[PlaceBody]:
    """Join the waitlist of an event, or of one of its ticket types.

    One waits for a number of tickets that cannot be reserved right now. When tickets come back, first come is first
    served: they are held for you and listed here. Book them by their ids, in time.
    """
    waitlist = request.services.waitlist
    event_id = EventId(parse_uuid(data.event_id))
    type_number = optional_type_number(event_id, data.ticket_type_id)
    entry_id = await waitlist.join(request.identity.user_id, event_id, data.num_tickets, idempotency_key, type_number)
    return created(PlaceBody.of(await waitlist.priced(await waitlist.place(entry_id))), resource.path)


@resource.get("", "A page of places, the oldest first.", returns=Page([WAITING, OFFERED], None))
async def list_places(request: ApiRequest, params: Params[PageQuery]) -> Page[PlaceBody]:
    """List your places on waitlists, and the tickets that are offered to you."""
    position = position_in(params, PlacePosition)
    after = (position.joined_at, position.id) if position else None
    places = await request.services.waitlist.page(request.identity.user_id, after, params.limit + 1)
    return page_of(places, params, PlaceBody.of, PlacePosition.of)


@resource.delete("{entry_id:str}/", "You do not wait any more.", refuses=[NoSuchEntry, OfferBooked])
async def leave(request: ApiRequest, entry_id: PathId[EntryId]) -> None:
    """Leave a waitlist, or decline what it offers you.

    Tickets that are offered to you go to the next in line, also those that you have reserved. To leave once more
    changes nothing.
    """
    await request.services.waitlist.leave(request.identity.user_id, entry_id)
