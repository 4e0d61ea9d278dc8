"""Cancelling tickets for somebody who bought them: what comes back is said before, and can be less."""

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.web.chosen import CancellingForm
from booked.adapters.http.contracts.web.forms import NO_COMPLAINTS, Complaints, complaints, read_form
from booked.adapters.http.contracts.web.notices import Notice
from booked.adapters.http.contracts.web.once import new_key, read_once
from booked.adapters.http.contracts.web.pages import Pages
from booked.adapters.http.contracts.web.reading import FieldReader
from booked.adapters.http.contracts.web.rendering import lead_to, render
from booked.adapters.http.contracts.web.views.attendees import AttendeeCancellation
from booked.adapters.http.contracts.web.visits import organizer_of, user_of, visit_of
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.domain.errors import BookedError, InvalidCancellation
from booked.domain.model.ids import BookingId, EventId

pages = Pages(Access.ORGANIZER)


@pages.get("/office/events/{event_id:str}/attendees/{booking_id:str}/cancel")
async def ask_before_cancelling_for(
    request: ApiRequest, event_id: PathId[EventId], booking_id: PathId[BookingId]
) -> Answer[bytes]:
    """Say what is about to be cancelled, and what comes back."""
    chosen = read_form(request.scope["query_string"], CancellingForm)
    return await _cancellation(request, event_id, booking_id, chosen, NO_COMPLAINTS)


@pages.post("/office/events/{event_id:str}/attendees/{booking_id:str}/cancel")
async def cancel_for(request: ApiRequest, event_id: PathId[EventId], booking_id: PathId[BookingId]) -> Answer[bytes]:
    form, key = read_once(request, await request.form_body(), CancellingForm)
    booking = await request.services.attendees.get(user_of(request), event_id, booking_id)
    reader = FieldReader(visit_of(request).language)
    try:
        wish = form.wish_for(booking.record.event, reader)
    except InvalidCancellation as refusal:
        told = complaints(request, refusal, {InvalidCancellation: "reason"})
        return await _cancellation(request, event_id, booking_id, form, told)
    if reader.wrong:
        return await _cancellation(request, event_id, booking_id, form, reader.complaints)
    try:
        await request.services.bookings.cancel(organizer_of(request), booking_id, key, wish)
    except BookedError as refusal:
        told = complaints(request, refusal, {InvalidCancellation: "refund"})
        return await _cancellation(request, event_id, booking_id, form, told)
    return lead_to(request, f"/office/events/{event_id}/attendees/{booking_id}", Notice.CANCELLED)


async def _cancellation(
    request: ApiRequest, event_id: EventId, booking_id: BookingId, form: CancellingForm, told: Complaints
) -> Answer[bytes]:
    booking = await request.services.attendees.get(user_of(request), event_id, booking_id)
    found = await request.services.programme.event(user_of(request), event_id)
    view = AttendeeCancellation.of(
        booking,
        found,
        chosen=form.numbers,
        refund=form.refund,
        reason=form.reason,
        key=new_key(),
        complaints=told,
    )
    return render(request, "office_cancel.html", view, told.status)
