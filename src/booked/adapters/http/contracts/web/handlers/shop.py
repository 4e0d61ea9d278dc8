"""The shop: what is on."""

from booked.adapters.http.contracts.contract import preferred_type
from booked.adapters.http.contracts.web.pages import Pages
from booked.adapters.http.contracts.web.queries import ShopPosition, ShopQuery, read_query
from booked.adapters.http.contracts.web.rendering import render, shared_page
from booked.adapters.http.contracts.web.views.shop import EventCard, ShopView
from booked.adapters.http.contracts.web.visits import visit_of
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.error_bodies import JSON
from booked.adapters.http.responses.pages import page_of, position_in

pages = Pages()


@pages.get("/")
async def show_shop(request: ApiRequest) -> Answer[bytes]:
    # Programs that ask what there is were always led to the documentation.
    if preferred_type(request) == JSON:
        return Answer(b"", status_code=302, headers={"Location": "/docs", "Vary": "Accept"})
    return await shared_page(request, lambda: _shop(request))


async def _shop(request: ApiRequest) -> Answer[bytes]:
    query = read_query(request.scope["query_string"], ShopQuery)
    position = position_in(query, ShopPosition)
    asked = visit_of(request).viewer, query.search(), position.cursor if position else None, query.limit + 1
    shop = request.services.shop
    shown = await (shop.past(*asked) if query.is_past else shop.upcoming(*asked, query.days))
    categories = await request.services.venues.categories()
    page = page_of(shown, query, EventCard.of, ShopPosition.behind)
    return render(request, "shop.html", ShopView.of(query, categories, page), public=True)
