"""Who waits for an event, and who has an offer."""

from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.web.pages import Pages
from booked.adapters.http.contracts.web.queries import next_path, read_query
from booked.adapters.http.contracts.web.rendering import render
from booked.adapters.http.contracts.web.views.waiting_parties import PartyRow, QueueView
from booked.adapters.http.contracts.web.visits import user_of
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.pages import PageQuery, page_of, position_in
from booked.domain.model.ids import EventId

PLACE_MOST = 2**63 - 1

pages = Pages(Access.ORGANIZER)


class PartyPosition(msgspec.Struct, frozen=True):
    """The position of a party in the order of the queue."""

    place: Annotated[int, Meta(ge=0, le=PLACE_MOST)]


@pages.get("/office/events/{event_id:str}/waitlist")
async def show_queue(request: ApiRequest, event_id: PathId[EventId]) -> Answer[bytes]:
    query = read_query(request.scope["query_string"], PageQuery)
    position = position_in(query, PartyPosition)
    queue = await request.services.waiting_parties.queue(
        user_of(request), event_id, position.place if position else 0, query.limit + 1
    )
    zone = ZoneInfo(queue.found.timezone)
    page = page_of(
        queue.parties,
        query,
        lambda party: PartyRow.of(party, queue.types, zone),
        lambda party: PartyPosition(party.place),
    )
    following = next_path(f"/office/events/{event_id}/waitlist", page.next_cursor)
    return render(request, "office_waitlist.html", QueueView.of(queue, page.items, following))
