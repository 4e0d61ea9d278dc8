"""Pages for admins: the state of the box office, all events, and the API keys."""

from datetime import UTC, datetime

import msgspec
from litestar.exceptions import NotFoundException

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.web.forms import NO_COMPLAINTS, Complaints, complaints, read_form
from booked.adapters.http.contracts.web.notices import Notice
from booked.adapters.http.contracts.web.pages import Pages
from booked.adapters.http.contracts.web.queries import AllEventsQuery, ShopPosition, next_path, read_query
from booked.adapters.http.contracts.web.rendering import lead_to, render
from booked.adapters.http.contracts.web.views.admin import EventLine, EventsView, KeysView, OverviewView, Upkeep
from booked.adapters.http.contracts.web.visits import user_of
from booked.adapters.http.operations.exposition import Exposition
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.pages import page_of, position_in
from booked.domain.errors import BookedError, EmptyName
from booked.domain.model.ids import ApiKeyId

NEWEST = 10  # events at a glance

pages = Pages(Access.ADMIN)


@pages.get("/admin")
async def show_overview(request: ApiRequest) -> Answer[bytes]:
    services = request.services
    view = OverviewView.of(
        await services.readiness.stores(),
        await _upkeep(request),
        await services.analytics.sales(),
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


class KeyForm(msgspec.Struct, frozen=True):
    name: str = ""


@pages.get("/admin/keys")
async def list_keys(request: ApiRequest) -> Answer[bytes]:
    return await _keys(request, "", "", NO_COMPLAINTS)


@pages.post("/admin/keys")
async def make_key(request: ApiRequest) -> Answer[bytes]:
    """Make a key. The answer is the page itself, for what is shown once is kept nowhere."""
    form = read_form(await request.form_body(), KeyForm)
    try:
        _, text = await request.services.api_keys.create(form.name)
    except BookedError as refusal:
        return await _keys(request, form.name, "", complaints(request, refusal, {EmptyName: "name"}))
    return await _keys(request, "", text, NO_COMPLAINTS)


@pages.post("/admin/keys/{key_id:str}/revoke", page="/admin/keys")
async def revoke_key(request: ApiRequest, key_id: PathId[ApiKeyId]) -> Answer[bytes]:
    if not await request.services.api_keys.revoke(key_id):
        raise NotFoundException
    return lead_to(request, "/admin/keys", Notice.KEY_REVOKED)


async def _keys(request: ApiRequest, name: str, made: str, told: Complaints) -> Answer[bytes]:
    keys = await request.services.api_keys.all()
    return render(request, "admin_keys.html", KeysView(keys, name, made, told), told.status)
