"""Venues in the office: those of one's organizations."""

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.web.pages import Pages
from booked.adapters.http.contracts.web.queries import next_path, read_query
from booked.adapters.http.contracts.web.rendering import render
from booked.adapters.http.contracts.web.views.venues import VenueRow, VenuesView
from booked.adapters.http.contracts.web.visits import user_of
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.pages import PageQuery, id_behind, page_by_id
from booked.domain.model.ids import VenueId

pages = Pages(Access.ORGANIZER)


@pages.get("/office/venues")
async def list_own_venues(request: ApiRequest) -> Answer[bytes]:
    query = read_query(request.scope["query_string"], PageQuery)
    found = await request.services.venues.own(user_of(request), id_behind(query, VenueId), query.limit + 1)
    page = page_by_id(found, query, VenueRow.of, VenueId, lambda venue: venue.id)
    return render(request, "office_venues.html", VenuesView(page.items, next_path("/office/venues", page.next_cursor)))
