"""All seats of an event at a glance: where they are, and which can be had."""

from litestar import MediaType

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.resource import Resource
from booked.adapters.http.contracts.v1.examples.programme import AVAILABILITY, LAYOUT
from booked.adapters.http.contracts.v1.messages.seat_maps import AvailabilityBody, AvailabilityQuery, LayoutBody
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.parameters import Params
from booked.adapters.http.requests.preconditions import IfNoneMatch, with_digest
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.replies import found
from booked.domain.errors import NoEventFound
from booked.domain.model.ids import EventId

resource = Resource("/api/v1/events/{event_id:str}/seats/", "v1 · Seats")

BITMAP = "application/octet-stream"

# Caches may keep the view of the public: the layout for a while, free seats for hardly a moment.
LAYOUT_KEPT = {"Cache-Control": "public, max-age=10"}
AVAILABILITY_KEPT = {"Cache-Control": "public, max-age=1", "Vary": "Accept"}
NOT_KEPT = {"Cache-Control": "no-store", "Vary": "Authorization, Accept"}


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
    if request.accept.best_match([MediaType.JSON, BITMAP]) == BITMAP:
        return Answer(seats.taken, media_type=BITMAP, headers=headers)
    return Answer(AvailabilityBody.of(seats, next_first), headers=headers)
