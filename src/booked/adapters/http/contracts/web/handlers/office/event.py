"""One event in the office: its details, shown and changed."""

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.web.forms import NO_COMPLAINTS, Complaints, complaints, read_form
from booked.adapters.http.contracts.web.notices import Notice
from booked.adapters.http.contracts.web.office_forms import (
    conflict,
    revision,
)
from booked.adapters.http.contracts.web.pages import Pages
from booked.adapters.http.contracts.web.reading import FieldReader
from booked.adapters.http.contracts.web.rendering import lead_to, render
from booked.adapters.http.contracts.web.views.office_event import EventForm, OfficeEventView
from booked.adapters.http.contracts.web.visits import user_of, visit_of
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.domain.errors import BookedError, NoEventFound, NotYourOrganization, PreconditionFailed
from booked.domain.model.ids import EventId
from booked.domain.model.programme.search import FoundEvent

pages = Pages(Access.ORGANIZER)


@pages.get("/office/events/{event_id:str}")
async def show_office_event(request: ApiRequest, event_id: PathId[EventId]) -> Answer[bytes]:
    found = await request.services.programme.managed(user_of(request), event_id)
    return await _event(request, found, EventForm.of(found), NO_COMPLAINTS)


@pages.post("/office/events/{event_id:str}")
async def change_office_event(request: ApiRequest, event_id: PathId[EventId]) -> Answer[bytes]:
    """Change an event. Where somebody else has done so since, nothing is changed, and the page says what differs."""
    form = read_form(await request.form_body(), EventForm)
    found = await request.services.programme.managed(user_of(request), event_id)
    reader = FieldReader(visit_of(request).language)
    wanted = revision(form, EventForm.of(found), found.event.currency, reader)
    if form.version != str(found.event.version):
        return await _event(request, found, form, conflict(visit_of(request).language, form, EventForm.of(found)))
    if reader.wrong:
        return await _event(request, found, form, reader.complaints)
    try:
        await request.services.events.change(user_of(request), event_id, found.event.version, wanted)
    except PreconditionFailed:
        newer = await request.services.programme.managed(user_of(request), event_id)
        return await _event(request, newer, form, conflict(visit_of(request).language, form, EventForm.of(newer)))
    except BookedError as refusal:
        return await _event(request, found, form, complaints(request, refusal))
    return lead_to(request, f"/office/events/{event_id}", Notice.SAVED)


@pages.post("/office/events/{event_id:str}/delete", page="/office/events/{event_id:str}")
async def delete_event(request: ApiRequest, event_id: PathId[EventId]) -> Answer[bytes]:
    """Delete a draft, or an unused event."""
    try:
        await request.services.events.remove(user_of(request), event_id, None)
    except (NoEventFound, NotYourOrganization):
        raise
    except BookedError as refusal:
        found = await request.services.programme.managed(user_of(request), event_id)
        return await _event(request, found, EventForm.of(found), complaints(request, refusal))
    return lead_to(request, "/office", Notice.EVENT_DELETED)


async def _event(request: ApiRequest, found: FoundEvent, typed: EventForm, told: Complaints) -> Answer[bytes]:
    categories = await request.services.venues.categories()
    types = await request.services.ticket_types.reports(user_of(request), found.event.id)
    view = OfficeEventView.of(found, typed, categories, types, told)
    return render(request, "office_event.html", view, told.status)
