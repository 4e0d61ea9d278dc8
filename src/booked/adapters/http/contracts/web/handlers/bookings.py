"""What somebody has booked: looking at a booking, and cancelling tickets of it."""

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.web.chosen import ChosenForm
from booked.adapters.http.contracts.web.forms import NO_COMPLAINTS, Complaints, complaints, read_form
from booked.adapters.http.contracts.web.notices import Notice
from booked.adapters.http.contracts.web.once import new_key, read_once
from booked.adapters.http.contracts.web.pages import Pages
from booked.adapters.http.contracts.web.rendering import lead_to, render
from booked.adapters.http.contracts.web.views.bookings import BookingPage, CancellationView
from booked.adapters.http.contracts.web.visits import buyer_of, visit_of
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.domain.errors import BookedError, NoSuchBooking
from booked.domain.model.ids import BookingId
from booked.domain.services.sale.booking_views import BookingView

pages = Pages(Access.USER, in_time=True)


@pages.get("/my/bookings/{booking_id:str}")
async def show_booking(request: ApiRequest, booking_id: PathId[BookingId]) -> Answer[bytes]:
    booking = await _own(request, booking_id)
    found = await request.services.programme.event(visit_of(request).viewer, booking.record.event.id)
    return render(request, "booking.html", BookingPage.of(booking, found))


@pages.get("/my/bookings/{booking_id:str}/cancel")
async def ask_before_cancelling(request: ApiRequest, booking_id: PathId[BookingId]) -> Answer[bytes]:
    """Say what is about to be cancelled, and what comes back."""
    chosen = read_form(request.scope["query_string"], ChosenForm)
    return await _cancellation(request, booking_id, chosen, NO_COMPLAINTS)


@pages.post("/my/bookings/{booking_id:str}/cancel")
async def cancel(request: ApiRequest, booking_id: PathId[BookingId]) -> Answer[bytes]:
    form, key = read_once(request, await request.form_body(), ChosenForm)
    booking = await _own(request, booking_id)
    wish = form.wish(booking.record.event.id)
    try:
        await request.services.bookings.cancel(buyer_of(request), booking_id, key, wish)
    except BookedError as refusal:
        return await _cancellation(request, booking_id, form, complaints(request, refusal))
    return lead_to(request, f"/my/bookings/{booking_id}", Notice.CANCELLED)


async def _cancellation(
    request: ApiRequest, booking_id: BookingId, form: ChosenForm, told: Complaints
) -> Answer[bytes]:
    booking = await _own(request, booking_id)
    found = await request.services.programme.event(visit_of(request).viewer, booking.record.event.id)
    view = CancellationView.of(booking, found, form.numbers, new_key(), told)
    return render(request, "cancel.html", view, told.status)


async def _own(request: ApiRequest, booking_id: BookingId) -> BookingView:
    """Return a booking of the user's own. Raises `NoSuchBooking`, also for those they see as organizers."""
    buyer = buyer_of(request)
    booking = await request.services.bookings.get(buyer, booking_id)
    if booking.record.user_id != buyer.user_id:
        raise NoSuchBooking
    return booking
