"""One booking of an event: its page, and checking its tickets in at the door."""

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.web.chosen import CheckInForm
from booked.adapters.http.contracts.web.forms import NO_COMPLAINTS, Complaints, complaints, read_form
from booked.adapters.http.contracts.web.notices import Notice
from booked.adapters.http.contracts.web.once import key_of_choice, new_key
from booked.adapters.http.contracts.web.pages import Pages
from booked.adapters.http.contracts.web.queries import GateQuery, path_with, read_query
from booked.adapters.http.contracts.web.rendering import lead_to, render
from booked.adapters.http.contracts.web.views.attendees import AttendeeView
from booked.adapters.http.contracts.web.visits import organizer_of, user_of
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.domain.errors import BookedError
from booked.domain.model.ids import BookingId, EventId

PATH = "/office/events/{event_id}/attendees/{booking_id}"

pages = Pages(Access.ORGANIZER)


@pages.get("/office/events/{event_id:str}/attendees/{booking_id:str}")
async def show_attendee(request: ApiRequest, event_id: PathId[EventId], booking_id: PathId[BookingId]) -> Answer[bytes]:
    asked = read_query(request.scope["query_string"], GateQuery)
    return await _attendee(request, event_id, booking_id, asked.gate, NO_COMPLAINTS)


@pages.post("/office/events/{event_id:str}/attendees/{booking_id:str}/check-in", page=PATH)
async def check_in(request: ApiRequest, event_id: PathId[EventId], booking_id: PathId[BookingId]) -> Answer[bytes]:
    """Admit a ticket. Its gate stays for the next one."""
    body = await request.form_body()
    form = read_form(body, CheckInForm)
    key = key_of_choice(request, body, form)
    await request.services.attendees.get(user_of(request), event_id, booking_id)
    actor, ticket = organizer_of(request), form.chosen(event_id)
    try:
        await request.services.check_ins.check_in(actor, booking_id, ticket, form.gate, key)
    except BookedError as refusal:
        return await _attendee(request, event_id, booking_id, form.gate, complaints(request, refusal))
    here = PATH.format(event_id=event_id, booking_id=booking_id)
    return lead_to(request, path_with(here, gate=form.gate.strip()), Notice.CHECKED_IN)


@pages.post("/office/events/{event_id:str}/attendees/{booking_id:str}/check-in/undo", page=PATH)
async def undo_check_in(request: ApiRequest, event_id: PathId[EventId], booking_id: PathId[BookingId]) -> Answer[bytes]:
    form = read_form(await request.form_body(), CheckInForm)
    await request.services.attendees.get(user_of(request), event_id, booking_id)
    try:
        await request.services.check_ins.undo(organizer_of(request), booking_id, form.chosen(event_id))
    except BookedError as refusal:
        return await _attendee(request, event_id, booking_id, form.gate, complaints(request, refusal))
    return lead_to(request, PATH.format(event_id=event_id, booking_id=booking_id), Notice.CHECK_IN_UNDONE)


async def _attendee(
    request: ApiRequest, event_id: EventId, booking_id: BookingId, gate: str, told: Complaints
) -> Answer[bytes]:
    booking = await request.services.attendees.get(user_of(request), event_id, booking_id)
    found = await request.services.programme.event(user_of(request), event_id)
    view = AttendeeView.of(booking, found, gate, new_key(), told)
    return render(request, "office_attendee.html", view, told.status)
