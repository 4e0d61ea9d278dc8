"""Events: putting one on sale, and looking at it."""

from typing import Annotated

import msgspec
from litestar.params import JSONBody

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.booking_body import EVENT, TAG, PlainTime, plain_time
from booked.adapters.http.contracts.resource import Resource
from booked.adapters.http.requests.fields import Id, shown
from booked.adapters.http.requests.idempotency import IdempotencyHeader
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.replies import created
from booked.domain.errors import InvalidEvent, InvalidSeatCount, NoEventFound
from booked.domain.model.ids import EventId
from booked.domain.model.programme.events import NAME_LENGTH
from booked.domain.model.programme.seating import SEATS_MOST
from booked.domain.services.sale.counter import EventOnSale

resource = Resource("/events/", TAG, Access.COUNTER)

Name = Annotated[str, shown("What it is called.", minLength=1, maxLength=NAME_LENGTH)]
Tickets = Annotated[int, shown("How many tickets it has.", minimum=1, maximum=SEATS_MOST)]


class EventRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: Name
    total_tickets: Tickets


class EventBody(msgspec.Struct, frozen=True):
    """`available_tickets` are those that anyone can book now."""

    id: Id
    name: Name
    total_tickets: Tickets
    available_tickets: Annotated[int, shown(minimum=0, maximum=SEATS_MOST)]
    created_at: PlainTime

    @classmethod
    def of(cls, on_sale: EventOnSale) -> "EventBody":
        event = on_sale.found.event
        return cls(event.id, event.name, event.seat_count, on_sale.available, plain_time(on_sale.found.created_at))


EXAMPLE = EventBody(EVENT, "Concert 2026", 100, 100, "2026-10-01T12:00:00")


@resource.post(
    "",
    "The event.",
    sends=EventRequest("Concert 2026", 100),
    returns=EXAMPLE,
    gives=["Location"],
    refuses=[InvalidEvent, InvalidSeatCount],
)
async def open_event(
    request: ApiRequest, data: JSONBody[EventRequest], idempotency_key: IdempotencyHeader
) -> Answer[EventBody]:
    """Put an event on sale.

    Everybody can have at most two of its tickets.
    """
    event = await request.services.counter.open_event(data.name, data.total_tickets, idempotency_key)
    return created(EventBody.of(event), f"{resource.path}{event.found.event.id}")


@resource.get("{event_id:str}/", "The event.", returns=EXAMPLE, refuses=[NoEventFound])
async def show_event(request: ApiRequest, event_id: PathId[EventId]) -> EventBody:
    """Show an event, also of others."""
    return EventBody.of(await request.services.counter.event(event_id))
