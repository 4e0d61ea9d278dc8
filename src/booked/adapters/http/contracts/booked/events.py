"""Events: put on sale, list, change, take off sale."""

from collections.abc import Sequence
from typing import TypeVar

import msgspec
from litestar import MediaType
from litestar.params import JSONBody
from msgspec import UNSET, UnsetType

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.booked.fields import (
    EVENT,
    TIME,
    Address,
    Description,
    EventName,
    Latitude,
    Longitude,
    SeatCount,
    UnixTime,
    event_id,
    moment,
    start,
    unix,
)
from booked.adapters.http.contracts.resource import Resource
from booked.adapters.http.errors import InvalidEventId
from booked.adapters.http.openapi.doc import Parameter
from booked.adapters.http.requests.fields import Id
from booked.adapters.http.requests.query import Query
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.shared_answers import shared
from booked.domain.errors import InvalidEvent, InvalidSeatCount, NoEventFound, SeatCountReduced
from booked.domain.model.programme.events import (
    Event,
    EventRevision,
    EventSpecification,
    EventStatus,
)
from booked.domain.model.programme.search import EventPage
from booked.domain.model.programme.unchanged import UNCHANGED, Unchanged
from booked.domain.services.programme.search import EVENTS_A_PAGE

resource = Resource("/event/", "Events")
PAGE = 10

T = TypeVar("T")


class NewEventRequest(msgspec.Struct, frozen=True):
    name: EventName = ""
    unix_time: UnixTime = 0
    address: Address = ""
    description: Description = ""
    seat_count: SeatCount = 0
    latitude: Latitude | None = None
    longitude: Longitude | None = None

    def specification(self) -> EventSpecification:
        """Return what to put on sale. Raises `InvalidEvent` without a description."""
        return EventSpecification(
            name=self.name,
            starts_at=start(self.unix_time),
            address=self.address,
            description=_described(self.description),
            latitude=self.latitude,
            longitude=self.longitude,
            tickets=self.seat_count,
            sales_end=None,
            cancellable_until=None,
            status=EventStatus.PUBLISHED,
        )


class EventChangesRequest(msgspec.Struct, frozen=True):
    id: Id = ""
    name: EventName | None = None
    unix_time: UnixTime | None = None
    address: Address | None = None
    description: Description | None = None
    seat_count: SeatCount | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None

    def revision(self) -> EventRevision:
        return EventRevision(
            name=_sent(self.name),
            starts_at=UNCHANGED if self.unix_time is None else start(self.unix_time),
            keeps_duration=True,
            address=_sent(self.address),
            description=UNCHANGED if self.description is None else _described(self.description),
            latitude=_sent(self.latitude),
            longitude=_sent(self.longitude),
            seat_count=_sent(self.seat_count),
        )


class EventBody(msgspec.Struct, frozen=True):
    id: Id
    name: str
    unix_time: UnixTime
    address: str
    description: str
    seat_count: int
    available_seats_count: int
    latitude: Latitude | UnsetType = UNSET
    longitude: Longitude | UnsetType = UNSET

    @classmethod
    def of(cls, event: Event, available: int) -> "EventBody":
        return cls(
            id=event.id,
            name=event.name,
            unix_time=unix(event.starts_at),
            address=event.address,
            description=event.description,
            seat_count=event.seat_count,
            available_seats_count=available,
            latitude=event.coordinates.latitude if event.coordinates else UNSET,
            longitude=event.coordinates.longitude if event.coordinates else UNSET,
        )


class EventsBody(msgspec.Struct, frozen=True):
    """`next_time_to_fetch` is the `timestamp` of the next page, null on the last one."""

    next_time_to_fetch: UnixTime | None
    events: list[EventBody]

    @classmethod
    def of(cls, page: EventPage, available: Sequence[int]) -> "EventsBody":
        events = [EventBody.of(event, count) for event, count in zip(page.events, available, strict=True)]
        return cls(unix(page.next_start) if page.next_start else None, events)


def _described(description: str) -> str:
    """Return a description that says something. Raises `InvalidEvent` if it is empty or blank."""
    if not description.strip():
        raise InvalidEvent("The description is missing or empty. Send a text that describes the event.")
    return description


def _sent(value: T | None) -> T | Unchanged:
    """Return what was sent; what is not sent, or null, stays as it is."""
    return UNCHANGED if value is None else value


@resource.post(
    "",
    "The event is on sale.",
    access=Access.ADMIN,
    media_type=MediaType.TEXT,
    sends=NewEventRequest("Open air", TIME, "Main Street 1, Springfield", "Bring a coat.", 100, 52.5, 13.4),
    refuses=[InvalidSeatCount, InvalidEvent],
)
async def create_event(request: ApiRequest, data: JSONBody[NewEventRequest]) -> None:
    """Put an event on sale.

    It has from 1 to 10,000,000 seats. Latitude and longitude are optional; send both or neither. The event list
    gives its id.
    """
    await request.services.events.put_on(data.specification())


@resource.get(
    "",
    "A page of events.",
    access=Access.PUBLIC,
    parameters=[
        Parameter(
            "limit",
            f"How many events to list, at most {EVENTS_A_PAGE}. What is not a number counts as {PAGE}.",
            {"type": "integer", "minimum": 1, "maximum": EVENTS_A_PAGE, "default": PAGE},
            example=PAGE,
        ),
        Parameter(
            "timestamp",
            "Lists events from this Unix time on, in seconds: `next_time_to_fetch` of the page before. Without"
            " it, or with one that is not a number or negative, the list starts with the first event.",
            {"type": "integer", "minimum": 0},
            example=TIME,
        ),
    ],
    returns=EventsBody(
        TIME + 86400,
        [EventBody(EVENT, "Open air", TIME, "Main Street 1, Springfield", "Bring a coat.", 100, 50, 52.5, 13.4)],
    ),
)
async def events(request: ApiRequest) -> Answer[EventsBody]:
    """List the events on sale, by the time they start.

    A page never ends between events that start in the same second, so it may be longer than `limit`.
    """
    return await shared(request, lambda: _listed(request))


async def _listed(request: ApiRequest) -> EventsBody:
    query = Query(request.scope["query_string"])
    limit = min(max(query.whole_number("limit", PAGE), 1), EVENTS_A_PAGE)
    timestamp = query.whole_number("timestamp", -1)
    since = moment(timestamp) if timestamp >= 0 else None
    page = await request.services.programme.page(limit, since)
    return EventsBody.of(page, await request.services.programme.available(page.events))


@resource.delete(
    "",
    "The event is off sale.",
    access=Access.ADMIN,
    status=200,
    media_type=MediaType.TEXT,
    parameters=[Parameter("id", "The event's id.", {"type": "string", "format": "uuid"}, example=EVENT, required=True)],
    refuses=[InvalidEventId, NoEventFound],
)
async def delete_event(request: ApiRequest) -> None:
    """Take an event off sale.

    Its bookings are cancelled and kept in the history. It cannot be put on sale again.
    """
    query = Query(request.scope["query_string"])
    await request.services.events.withdraw(event_id(query.text("id"), refusal=InvalidEventId))


@resource.post(
    "update/",
    "The event is changed.",
    access=Access.ADMIN,
    media_type=MediaType.TEXT,
    sends=EventChangesRequest(EVENT, name="Open air, second night", seat_count=120),
    refuses=[InvalidEventId, NoEventFound, InvalidEvent, InvalidSeatCount, SeatCountReduced],
)
async def update_event(request: ApiRequest, data: JSONBody[EventChangesRequest]) -> None:
    """Change an event.

    What is not sent, or null, stays as it is. The seat count can grow but not shrink.
    """
    await request.services.events.change_on_sale(event_id(data.id, refusal=InvalidEventId), data.revision())
