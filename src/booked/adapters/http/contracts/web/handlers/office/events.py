"""The organizer's office: one's events, and putting on another one."""

from urllib.parse import urlencode

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.web.forms import NO_COMPLAINTS, Complaints, complaints
from booked.adapters.http.contracts.web.notices import Notice
from booked.adapters.http.contracts.web.office_forms import new_event
from booked.adapters.http.contracts.web.once import new_key, read_once
from booked.adapters.http.contracts.web.pages import Pages
from booked.adapters.http.contracts.web.queries import read_query
from booked.adapters.http.contracts.web.rendering import lead_to, render
from booked.adapters.http.contracts.web.views.office import (
    NewEventForm,
    NewEventView,
    OfficeEvent,
    OfficeView,
)
from booked.adapters.http.contracts.web.visits import user_of, visit_of
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.pages import PAGE_MOST, PageQuery, id_behind, page_by_id
from booked.domain.errors import BookedError, InvalidOrganization
from booked.domain.model.ids import EventId

pages = Pages(Access.ORGANIZER)

FIELDS: dict[type[BookedError], str] = {InvalidOrganization: "founded"}


@pages.get("/office")
async def show_office(request: ApiRequest) -> Answer[bytes]:
    query = read_query(request.scope["query_string"], PageQuery)
    shown = await request.services.analytics.overview(user_of(request), id_behind(query, EventId), query.limit + 1)
    page = page_by_id(shown, query, OfficeEvent.of, EventId, lambda overview: overview.figures.event.id)
    next_path = f"/office?{urlencode({'cursor': page.next_cursor})}" if page.next_cursor else None
    return render(request, "office.html", OfficeView(page.items, next_path))


@pages.get("/office/new")
async def show_new_event(request: ApiRequest) -> Answer[bytes]:
    typed = NewEventForm(timezone=request.services.programme.timezone, currency="EUR")
    return await _new_event(request, typed, NO_COMPLAINTS)


@pages.post("/office/new")
async def put_on(request: ApiRequest) -> Answer[bytes]:
    """Put an event on. Somebody without an organization founds one with it. Sent twice, the form makes one event."""
    form, key = read_once(request, await request.form_body(), NewEventForm)
    specification, wrong = new_event(form, visit_of(request).language)
    if wrong.all:
        return await _new_event(request, form, wrong)
    founded = None if form.organization else form.founded
    try:
        made = await request.services.office.put_on(user_of(request), specification, founded, key)
    except BookedError as refusal:
        return await _new_event(request, form, complaints(request, refusal, FIELDS))
    if form.publish:
        return lead_to(request, f"/e/{made.event.id}", Notice.ON_SALE)
    return lead_to(request, f"/office/events/{made.event.id}", Notice.DRAFT_KEPT)


async def _new_event(request: ApiRequest, typed: NewEventForm, told: Complaints) -> Answer[bytes]:
    organizations = await request.services.organizations.page(user_of(request), None, PAGE_MOST)
    return render(request, "office_new.html", NewEventView(typed, organizations, new_key(), told), told.status)
