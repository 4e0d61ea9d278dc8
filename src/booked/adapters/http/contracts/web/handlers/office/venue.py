"""A venue in the office: its address and its layout of seats, made, changed and deleted."""

from msgspec.structs import replace

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.web.forms import NO_COMPLAINTS, Complaints, complaints, read_form
from booked.adapters.http.contracts.web.notices import Notice
from booked.adapters.http.contracts.web.once import new_key, read_once
from booked.adapters.http.contracts.web.pages import Pages
from booked.adapters.http.contracts.web.rendering import lead_to, render
from booked.adapters.http.contracts.web.venue_forms import VenueForm, conflict, read_venue
from booked.adapters.http.contracts.web.views.venues import OWNERS_MOST, VenueTexts, VenueView
from booked.adapters.http.contracts.web.visits import user_of, visit_of
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.domain.errors import BookedError, NoSuchVenue, NotYourOrganization, PreconditionFailed
from booked.domain.model.ids import VenueId
from booked.domain.model.programme.venues import Venue

pages = Pages(Access.ORGANIZER)


@pages.get("/office/venues/new")
async def show_new_venue(request: ApiRequest) -> Answer[bytes]:
    return await _venue(request, None, VenueTexts(), NO_COMPLAINTS)


@pages.post("/office/venues/new")
async def add_venue(request: ApiRequest) -> Answer[bytes]:
    """Add a venue, or show its form again with one block of seats more or fewer."""
    form, key = read_once(request, await request.form_body(), VenueForm)
    rearranged = form.rearranged()
    if rearranged is not None:
        return await _venue(request, None, rearranged, NO_COMPLAINTS, added=form.is_adding)
    venue, wrong = read_venue(form.typed, visit_of(request).language)
    if wrong.all:
        return await _venue(request, None, form.typed, wrong)
    try:
        made = await request.services.venues.add(user_of(request), venue, key)
    except NotYourOrganization:
        raise
    except BookedError as refusal:
        return await _venue(request, None, form.typed, complaints(request, refusal))
    return lead_to(request, f"/office/venues/{made.id}", Notice.VENUE_MADE)


@pages.get("/office/venues/{venue_id:str}")
async def show_own_venue(request: ApiRequest, venue_id: PathId[VenueId]) -> Answer[bytes]:
    present = await request.services.venues.managed(user_of(request), venue_id)
    return await _venue(request, present, VenueTexts.of(present), NO_COMPLAINTS)


@pages.post("/office/venues/{venue_id:str}")
async def change_venue(request: ApiRequest, venue_id: PathId[VenueId]) -> Answer[bytes]:
    """Change a venue, or show its form again with one block of seats more or fewer.

    A form with another block keeps its version: a change of somebody else's is found when it is saved.
    """
    form = read_form(await request.form_body(), VenueForm)
    present = await request.services.venues.managed(user_of(request), venue_id)
    rearranged = form.rearranged()
    if rearranged is not None:
        return await _venue(request, present, rearranged, NO_COMPLAINTS, version=form.version, added=form.is_adding)
    typed = form.typed if VenueTexts.of(present).blocks is not None else replace(form.typed, blocks=None)
    if form.version != str(present.version):
        return await _venue(request, present, typed, conflict(visit_of(request).language))
    wanted, wrong = read_venue(typed, visit_of(request).language, present)
    if wrong.all:
        return await _venue(request, present, typed, wrong)
    try:
        await request.services.venues.change(user_of(request), venue_id, present.version, lambda _: wanted)
    except PreconditionFailed:
        newer = await request.services.venues.managed(user_of(request), venue_id)
        return await _venue(request, newer, typed, conflict(visit_of(request).language))
    except BookedError as refusal:
        return await _venue(request, present, typed, complaints(request, refusal))
    return lead_to(request, f"/office/venues/{venue_id}", Notice.SAVED)


@pages.post("/office/venues/{venue_id:str}/delete", page="/office/venues/{venue_id:str}")
async def delete_venue(request: ApiRequest, venue_id: PathId[VenueId]) -> Answer[bytes]:
    try:
        await request.services.venues.remove(user_of(request), venue_id, None)
    except (NoSuchVenue, NotYourOrganization):
        raise
    except BookedError as refusal:
        present = await request.services.venues.managed(user_of(request), venue_id)
        return await _venue(request, present, VenueTexts.of(present), complaints(request, refusal))
    return lead_to(request, "/office/venues", Notice.VENUE_DELETED)


async def _venue(
    request: ApiRequest,
    present: Venue | None,
    typed: VenueTexts,
    told: Complaints,
    *,
    version: str | None = None,
    added: bool = False,
) -> Answer[bytes]:
    """Show the form of a venue with these texts. Without a `version` of theirs, they belong to the present one."""
    organizations = [] if present else await request.services.organizations.page(user_of(request), None, OWNERS_MOST)
    view = VenueView(
        id=present.id if present else None,
        name=present.name if present else "",
        version=version if version is not None else str(present.version if present else 1),
        typed=typed,
        organizations=organizations,
        house_timezone=request.services.programme.timezone,
        added=added,
        key=new_key(),
        complaints=told,
    )
    return render(request, "office_venue.html", view, told.status)
