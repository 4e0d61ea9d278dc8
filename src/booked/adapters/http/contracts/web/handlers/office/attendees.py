"""Who comes to an event: the list, and the list as a table."""

from typing import Any

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.booking_table import booking_table
from booked.adapters.http.contracts.web.pages import Pages
from booked.adapters.http.contracts.web.queries import AttendeesQuery, next_path, path_with, read_query
from booked.adapters.http.contracts.web.rendering import render
from booked.adapters.http.contracts.web.views.attendees import Attendee, AttendeesView
from booked.adapters.http.contracts.web.visits import user_of
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.pages import id_behind, page_by_id
from booked.domain.model.ids import BookingId, EventId

pages = Pages(Access.ORGANIZER)


@pages.get("/office/events/{event_id:str}/attendees")
async def show_attendees(request: ApiRequest, event_id: PathId[EventId]) -> Answer[bytes]:
    query, actor = read_query(request.scope["query_string"], AttendeesQuery), user_of(request)
    after = id_behind(query, BookingId)
    found = await request.services.programme.managed(actor, event_id)
    views = await request.services.attendees.page(actor, event_id, query.search(), after, query.limit + 1)
    page = page_by_id(views, query, lambda view: Attendee.of(view, found), BookingId, lambda view: view.record.id)
    here, kept = f"/office/events/{event_id}/attendees", query.kept
    view = AttendeesView(
        id=event_id,
        name=found.event.name,
        words=query.q,
        status=query.status,
        attendees=page.items,
        next_path=next_path(here, page.next_cursor, **kept),
        table_path=path_with(f"{here}.csv", **kept),
    )
    return render(request, "office_attendees.html", view)


@pages.get("/office/events/{event_id:str}/attendees.csv")
async def send_attendees(request: ApiRequest, event_id: PathId[EventId]) -> Answer[Any]:
    query = read_query(request.scope["query_string"], AttendeesQuery)
    return await booking_table(request.services.attendees.each(user_of(request), event_id, query.search()))
