"""Copying an event: the same with all its ticket types, at another time."""

from zoneinfo import ZoneInfo

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.web.forms import NO_COMPLAINTS, Complaints, complaints
from booked.adapters.http.contracts.web.notices import Notice
from booked.adapters.http.contracts.web.once import new_key, read_once
from booked.adapters.http.contracts.web.pages import Pages
from booked.adapters.http.contracts.web.reading import FieldReader
from booked.adapters.http.contracts.web.rendering import lead_to, render
from booked.adapters.http.contracts.web.views.copies import CopyForm, CopyView
from booked.adapters.http.contracts.web.visits import user_of, visit_of
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.domain.errors import BookedError, InvalidEvent, NoEventFound, NotYourOrganization
from booked.domain.model.ids import EventId
from booked.domain.model.programme.search import FoundEvent

pages = Pages(Access.ORGANIZER)

FIELDS: dict[type[BookedError], str] = {InvalidEvent: "starts_at"}


@pages.get("/office/events/{event_id:str}/copy")
async def ask_before_copying(request: ApiRequest, event_id: PathId[EventId]) -> Answer[bytes]:
    """Say what a copy has of the event, and ask when it starts."""
    found = await request.services.programme.managed(user_of(request), event_id)
    return _copy(request, found, CopyForm(), NO_COMPLAINTS)


@pages.post("/office/events/{event_id:str}/copy")
async def copy_event(request: ApiRequest, event_id: PathId[EventId]) -> Answer[bytes]:
    form, key = read_once(request, await request.form_body(), CopyForm)
    found = await request.services.programme.managed(user_of(request), event_id)
    reader = FieldReader(visit_of(request).language)
    starts_at = reader.moment("starts_at", form.starts_at, ZoneInfo(found.timezone))
    if reader.wrong:
        return _copy(request, found, form, reader.complaints)
    try:
        made = await request.services.office.copy(user_of(request), event_id, starts_at, key)
    except (NoEventFound, NotYourOrganization):
        raise
    except BookedError as refusal:
        return _copy(request, found, form, complaints(request, refusal, FIELDS))
    return lead_to(request, f"/office/events/{made.event.id}", Notice.DRAFT_KEPT)


def _copy(request: ApiRequest, found: FoundEvent, typed: CopyForm, told: Complaints) -> Answer[bytes]:
    return render(request, "office_copy.html", CopyView.of(found, typed, new_key(), told), told.status)
