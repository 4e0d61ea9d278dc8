"""The shop: what is on, one event, and reserving its tickets."""

from urllib.parse import urlencode

from booked.adapters.http.contracts.contract import preferred_type
from booked.adapters.http.contracts.web.forms import NO_COMPLAINTS, Complaints, complaints, read_form
from booked.adapters.http.contracts.web.pages import Pages
from booked.adapters.http.contracts.web.posters import POSTER_HEADERS, poster
from booked.adapters.http.contracts.web.queries import YES, ChoiceForm, ChoiceQuery, ShopPosition, ShopQuery, read_query
from booked.adapters.http.contracts.web.rendering import lead_to, render
from booked.adapters.http.contracts.web.views.shop import Choice, EventCard, EventView, ShopView
from booked.adapters.http.contracts.web.visits import to_login, visit_of
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.error_bodies import JSON
from booked.adapters.http.responses.pages import page_of, position_in
from booked.domain.errors import (
    BookedError,
    NoEventFound,
    NoSuchTicketType,
    NotTogether,
    OverTicketLimit,
    TooFewTickets,
)
from booked.domain.model.ids import EventId

FIELDS: dict[type[BookedError], str] = {
    TooFewTickets: "number",
    NotTogether: "number",
    OverTicketLimit: "number",
    NoSuchTicketType: "type",
}

pages = Pages()


@pages.get("/")
async def show_shop(request: ApiRequest) -> Answer[bytes]:
    # Programs that ask what there is were always led to the documentation.
    if preferred_type(request) == JSON:
        return Answer(b"", status_code=302, headers={"Location": "/docs", "Vary": "Accept"})
    query = read_query(request.scope["query_string"], ShopQuery)
    position = position_in(query, ShopPosition)
    asked = visit_of(request).viewer, query.search(), position.cursor if position else None, query.limit + 1
    shop = request.services.shop
    shown = await (shop.past(*asked) if query.is_past else shop.upcoming(*asked, query.days))
    categories = await request.services.venues.categories()
    page = page_of(shown, query, EventCard.of, ShopPosition.behind)
    return render(request, "shop.html", ShopView.of(query, categories, page))


@pages.get("/e/{event_id:str}")
async def show_event(request: ApiRequest, event_id: PathId[EventId]) -> Answer[bytes]:
    query = read_query(request.scope["query_string"], ChoiceQuery)
    return await _event(
        request, event_id, Choice(query.number, query.type, query.split), NO_COMPLAINTS, kept=query.kept == YES
    )


@pages.post("/e/{event_id:str}")
async def reserve(request: ApiRequest, event_id: PathId[EventId]) -> Answer[bytes]:
    """Hold tickets. Somebody who is not logged in yet comes back to their choice."""
    form = read_form(await request.form_body(), ChoiceForm)
    user = visit_of(request).user
    if user is None:
        kept = urlencode({"number": form.number, "type": form.type, "split": form.split, "kept": YES})
        return to_login(f"/e/{event_id}?{kept}")
    try:
        limited = await request.services.limits.reserve(user.id, request.client_address)
        made = await request.services.shop.reserve(
            user.id, event_id, form.count, form.type_number, split=form.split == YES, limited=limited
        )
    except NoEventFound:
        raise
    except BookedError as refusal:
        told = complaints(request, refusal, FIELDS)
        return await _event(request, event_id, Choice(form.number, form.type, form.split), told, kept=False)
    return lead_to(request, f"/hold/{made.reservation.id}")


@pages.open("/e/{event_id:str}/poster.svg")
async def show_poster(request: ApiRequest, event_id: PathId[EventId]) -> Answer[bytes]:
    """Draw a poster from the name of an event, in colours of its own."""
    found = await request.services.programme.event(None, event_id)
    return Answer(poster(found.event), media_type="image/svg+xml", headers=POSTER_HEADERS)


async def _event(
    request: ApiRequest, event_id: EventId, choice: Choice, told: Complaints, *, kept: bool
) -> Answer[bytes]:
    shown, types = await request.services.shop.event(visit_of(request).viewer, event_id)
    return render(request, "event.html", EventView.of(shown, types, choice, told, kept=kept), told.status)
