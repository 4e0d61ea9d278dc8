"""Putting on an event at a venue: its seats are sold by section, each with a ticket type and a price."""

from collections.abc import Sequence

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.web.forms import NO_COMPLAINTS, Complaints, complaints
from booked.adapters.http.contracts.web.hall_event_forms import HallEventForm, priced_sections
from booked.adapters.http.contracts.web.notices import Notice
from booked.adapters.http.contracts.web.once import new_key, read_once
from booked.adapters.http.contracts.web.pages import Pages
from booked.adapters.http.contracts.web.rendering import lead_to, render
from booked.adapters.http.contracts.web.views.hall_event import HallEventFields, HallEventView, SectionTexts
from booked.adapters.http.contracts.web.visits import user_of, visit_of
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.domain.errors import BookedError
from booked.domain.model.ids import VenueId
from booked.domain.model.programme.venues import Venue

pages = Pages(Access.ORGANIZER)


@pages.get("/office/venues/{venue_id:str}/event")
async def show_hall_event(request: ApiRequest, venue_id: PathId[VenueId]) -> Answer[bytes]:
    venue = await request.services.venues.managed(user_of(request), venue_id)
    return _hall_event(request, venue, HallEventFields(), priced_sections(venue), NO_COMPLAINTS)


@pages.post("/office/venues/{venue_id:str}/event")
async def put_on_at_venue(request: ApiRequest, venue_id: PathId[VenueId]) -> Answer[bytes]:
    form, key = read_once(request, await request.form_body(), HallEventForm)
    user = user_of(request)
    venue = await request.services.venues.managed(user, venue_id)
    specification, wrong = form.specification(venue, _timezone(request, venue), visit_of(request).language)
    if wrong.all:
        return _hall_event(request, venue, form, form.sections(venue), wrong)
    try:
        made = await request.services.events.create(user, specification, key)
    except BookedError as refusal:
        return _hall_event(request, venue, form, form.sections(venue), complaints(request, refusal))
    if form.publish:
        return lead_to(request, f"/e/{made.event.id}", Notice.ON_SALE)
    return lead_to(request, f"/office/events/{made.event.id}", Notice.DRAFT_KEPT)


def _timezone(request: ApiRequest, venue: Venue) -> str:
    return venue.timezone or request.services.programme.timezone


def _hall_event(
    request: ApiRequest, venue: Venue, typed: HallEventFields, sections: Sequence[SectionTexts], told: Complaints
) -> Answer[bytes]:
    zone = _timezone(request, venue)
    view = HallEventView(venue.id, venue.name, zone, typed, sections, new_key(), told)
    return render(request, "office_hall_event.html", view, told.status)
