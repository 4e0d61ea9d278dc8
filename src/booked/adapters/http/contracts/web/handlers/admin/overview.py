"""Pages for admins: the state of the box office, and all events."""

from datetime import UTC, datetime

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.web.pages import Pages
from booked.adapters.http.contracts.web.queries import AllEventsQuery, ShopPosition, next_path, read_query
from booked.adapters.http.contracts.web.rendering import render
from booked.adapters.http.contracts.web.views.admin import EventLine, EventsView, OverviewView, Upkeep
from booked.adapters.http.contracts.web.visits import user_of
from booked.adapters.http.operations.exposition import Exposition
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.pages import page_of, position_in
from booked.domain.model.figures.analytics import ON_SALE

NEWEST = 10  # events at a glance

pages = Pages(Access.ADMIN)


@pages.get("/admin")
async def show_overview(request: ApiRequest) -> Answer[bytes]:
    services = request.services
    view = OverviewView.of(
        await services.readiness.stores(),
        await _upkeep(request),
        await services.analytics.sales(ON_SALE),
        await services.analytics.overview(user_of(request), None, NEWEST),
    )
    return render(request, "admin.html", view)


@pages.get("/admin/events")
async def list_all_events(request: ApiRequest) -> Answer[bytes]:
    """List events of every status, the newest first."""
    query = read_query(request.scope["query_string"], AllEventsQuery)
    position = position_in(query, ShopPosition)
    found = await request.services.programme.search(
        user_of(request), query.search(), position.cursor if position else None, query.limit + 1
    )
    page = page_of(found, query, EventLine.of, ShopPosition.behind_newest)
    following = next_path("/admin/events", page.next_cursor, q=query.q, status=query.status or "")
    return render(request, "admin_events.html", EventsView(query.q, query.status, page, following))


async def _upkeep(request: ApiRequest) -> Upkeep:
    counted: Exposition = request.app.state["exposition"]
    last = await counted.total("booked_last_upkeep_timestamp_seconds")
    return Upkeep(
        at_work=await request.services.upkeep.at_work(),
        last_audit=datetime.fromtimestamp(last, UTC) if last else None,
        repairs=int(await counted.total("booked_repairs_total")),
        mismatches=int(await counted.total("booked_mismatches_total")),
        swept=int(await counted.total("booked_swept_claims_total")),
        setbacks=int(await counted.total("booked_setbacks_total")),
    )
