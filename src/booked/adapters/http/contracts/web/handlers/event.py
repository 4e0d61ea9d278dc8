"""The page of an event: reserving its tickets, and waiting for them."""

from booked.adapters.http.contracts.web.forms import NO_COMPLAINTS, Complaints, complaint_at, complaints, read_form
from booked.adapters.http.contracts.web.marking import N_
from booked.adapters.http.contracts.web.notices import Notice
from booked.adapters.http.contracts.web.once import key_of_choice, new_key
from booked.adapters.http.contracts.web.pages import Pages
from booked.adapters.http.contracts.web.queries import YES, ChoiceForm, ChoiceQuery, read_query
from booked.adapters.http.contracts.web.rendering import lead_to, render, shared_page
from booked.adapters.http.contracts.web.views.shop import EventView
from booked.adapters.http.contracts.web.views.types import Choice
from booked.adapters.http.contracts.web.visits import to_login, visit_of
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.domain.errors import (
    BelowMinimum,
    BookedError,
    InvalidWaitlistCount,
    NoEventFound,
    NoSuchTicketType,
    NotTogether,
    OverTicketLimit,
    TooFewTickets,
    TypePaused,
)
from booked.domain.model.ids import EventId

FIELDS: dict[type[BookedError], str] = {
    TooFewTickets: "number",
    BelowMinimum: "number",
    NotTogether: "number",
    OverTicketLimit: "number",
    InvalidWaitlistCount: "number",
    NoSuchTicketType: "type",
    TypePaused: "type",
}

pages = Pages(in_time=True)


@pages.get("/e/{event_id:str}")
async def show_event(request: ApiRequest, event_id: PathId[EventId]) -> Answer[bytes]:
    query = read_query(request.scope["query_string"], ChoiceQuery)
    choice, kept = Choice(query.number, query.type, query.split), query.kept == YES
    return await shared_page(request, lambda: _event(request, event_id, choice, NO_COMPLAINTS, kept=kept))


@pages.post("/e/{event_id:str}")
async def reserve(request: ApiRequest, event_id: PathId[EventId]) -> Answer[bytes]:
    """Hold tickets. Sent twice, the form leads to the same hold.

    Somebody who is not logged in yet comes back to their choice.
    """
    body = await request.form_body()
    form = read_form(body, ChoiceForm)
    user = visit_of(request).user
    if user is None:
        return _to_login(event_id, form)
    if form.type_number is None and await request.services.shop.has_several_types(event_id):
        told = complaint_at(request, "type", N_("Choose which tickets you want."))
        return await _chosen(request, event_id, form, told)
    key = key_of_choice(request, body, form)
    try:
        limited = await request.services.limits.reserve(user.id, request.client_address)
        made = await request.services.shop.reserve(
            user.id, event_id, form.count, form.type_number, key, split=form.split == YES, limited=limited
        )
    except NoEventFound:
        raise
    except BookedError as refusal:
        return await _chosen(request, event_id, form, complaints(request, refusal, FIELDS))
    return lead_to(request, f"/hold/{made.reservation.id}")


@pages.post("/e/{event_id:str}/wait", page="/e/{event_id:str}")
async def wait(request: ApiRequest, event_id: PathId[EventId]) -> Answer[bytes]:
    """Join the waitlist. Somebody who is not logged in yet comes back to their choice."""
    form = read_form(await request.form_body(), ChoiceForm)
    user = visit_of(request).user
    if user is None:
        return _to_login(event_id, form)
    try:
        await request.services.waitlist.join(user.id, event_id, form.count, type_number=form.type_number)
    except NoEventFound:
        raise
    except BookedError as refusal:
        return await _chosen(request, event_id, form, complaints(request, refusal, FIELDS))
    return lead_to(request, f"/e/{event_id}", Notice.WAITING)


async def _chosen(request: ApiRequest, event_id: EventId, form: ChoiceForm, told: Complaints) -> Answer[bytes]:
    """Return the page with a choice that was refused."""
    choice = Choice(form.number, form.type, form.split)
    return await _event(request, event_id, choice, told, kept=False, path=form.path_at(event_id))


async def _event(
    request: ApiRequest, event_id: EventId, choice: Choice, told: Complaints, *, kept: bool, path: str | None = None
) -> Answer[bytes]:
    visit, services = visit_of(request), request.services
    shown, types = await services.shop.event(visit.viewer, event_id)
    waiting = await services.waitlist.place_at(visit.user.id, event_id) if visit.user else None
    here = visit.address(f"/e/{event_id}")
    view = EventView.of(shown, types, choice, new_key(), told, waiting=waiting, address_here=here, kept=kept)
    return render(request, "event.html", view, told.status, path=path)


def _to_login(event_id: EventId, form: ChoiceForm) -> Answer[bytes]:
    return to_login(form.path_at(event_id, kept=YES))
