"""Events: finding them."""

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.resource import Resource
from booked.adapters.http.contracts.v1.examples.programme import EVENT
from booked.adapters.http.contracts.v1.messages.event_search import EventPosition, EventsQuery
from booked.adapters.http.contracts.v1.messages.events import EventBody
from booked.adapters.http.requests.parameters import Params
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.pages import Page, page_of, position_in
from booked.adapters.http.responses.shared_answers import shared
from booked.domain.errors import InvalidUUID

resource = Resource("/api/v1/events/", "v1 · Events")


@resource.get("", "A page of events.", access=Access.OPTIONAL, returns=Page([EVENT], None), refuses=[InvalidUUID])
async def list_events(request: ApiRequest, params: Params[EventsQuery]) -> Answer[Page[EventBody]]:
    """Find events.

    Events must match all that you ask for. Only their organizers find drafts. Days are those of an event's time zone.
    """
    return await shared(request, lambda: _found(request, params))


async def _found(request: ApiRequest, params: EventsQuery) -> Page[EventBody]:
    search, position = params.search(), position_in(params, EventPosition)
    after = position.cursor if position else None
    viewer = await request.viewer()
    rows = await request.services.programme.search(viewer, search, after, params.limit + 1, past=params.with_past)
    counts = await request.services.programme.available([row.event for row in rows[: params.limit]])
    available = {row.event.id: count for row, count in zip(rows, counts, strict=False)}
    return page_of(
        rows,
        params,
        lambda row: EventBody.of(row, available[row.event.id]),
        lambda row: EventPosition.behind(row, search.sort),
    )
