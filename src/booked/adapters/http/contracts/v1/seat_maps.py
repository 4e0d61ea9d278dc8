"""All seats of an event at a glance: where they are, and which can be had."""

import secrets

from litestar import MediaType

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.resource import Resource
from booked.adapters.http.contracts.v1.examples.programme import AVAILABILITY, LAYOUT, LIVE
from booked.adapters.http.contracts.v1.messages.live import event_text, retry_text
from booked.adapters.http.contracts.v1.messages.seat_maps import AvailabilityBody, AvailabilityQuery, LayoutBody
from booked.adapters.http.openapi.doc import Parameter
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.parameters import Params
from booked.adapters.http.requests.preconditions import IfNoneMatch, with_digest
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.replies import found
from booked.adapters.http.responses.streams import EVENT_STREAM, EventStream
from booked.domain.errors import Busy, NoEventFound
from booked.domain.model.ids import EventId

resource = Resource("/api/v1/events/{event_id:str}/seats/", "v1 · Seats")

BITMAP = "application/octet-stream"

# Caches may keep the view of the public: the layout for a while, free seats for hardly a moment.
LAYOUT_KEPT = {"Cache-Control": "public, max-age=10"}
AVAILABILITY_KEPT = {"Cache-Control": "public, max-age=1", "Vary": "Accept"}
NOT_KEPT = {"Cache-Control": "no-store", "Vary": "Authorization, Accept"}

RETRY_MS = 1_000  # and up to as many more, so that not all come back at the same moment
RETRY_SPREAD_MS = 4_000

LAST_EVENT_ID = Parameter(
    "Last-Event-ID",
    "The `id` of the last event that you got; without it, the stream begins with everything.",
    {"type": "string", "pattern": "^[0-9a-f]{16}$"},
    example="6d1f0a52c3b4e897",
    place="header",
)


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
    if request.best_type([MediaType.JSON, BITMAP]) == BITMAP:
        return Answer(seats.taken, media_type=BITMAP, headers=headers)
    return Answer(AvailabilityBody.of(seats, next_first), headers=headers)


@resource.get(
    "/api/v1/events/{event_id:str}/live/",
    "What is left, as it changes.",
    access=Access.OPTIONAL,
    parameters=[LAST_EVENT_ID],
    also={EVENT_STREAM: LIVE},
    refuses=[NoEventFound, Busy],
)
async def watch_event(request: ApiRequest, event_id: PathId[EventId]) -> EventStream:
    """Watch what is left of an event, as server-sent events.

    Each event has `capacity`, `free`, and in `ticket_types` what is left of each type. `all` has the `bitmap` of taken
    tickets besides, as the availability shows it; `seats` has the numbers that were `taken` and `freed` since the
    event before; `count` has nothing besides, since the event has no seats. Changes are looked for up to four times a
    second, and every two seconds while nothing changes. A stream ends after a quarter of an hour. Come back with the
    last `id` to go on, after `retry` milliseconds. If you are refused with 503, ask for the availability now and then
    instead.
    """
    viewer = await request.viewer()
    opened = request.services.live.watch(viewer, event_id, request.headers.get("last-event-id"))
    pause = retry_text(RETRY_MS + secrets.randbelow(RETRY_SPREAD_MS))
    return EventStream(opened, lambda news: event_text(event_id, news), pause)
