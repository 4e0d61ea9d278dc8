"""What somebody has booked."""

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.web.pages import Pages
from booked.adapters.http.contracts.web.rendering import render
from booked.adapters.http.contracts.web.views.bookings import BookingCard
from booked.adapters.http.contracts.web.visits import user_of, visit_of
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.domain.errors import NoSuchBooking
from booked.domain.model.ids import BookingId
from booked.domain.model.people.users import Identity, Role
from booked.domain.services.sale.booking_views import BookingView

pages = Pages(Access.USER)


@pages.get("/my/bookings/{booking_id:str}")
async def show_booking(request: ApiRequest, booking_id: PathId[BookingId]) -> Answer[bytes]:
    booking = await _own(request, booking_id)
    found = await request.services.programme.event(visit_of(request).viewer, booking.record.event.id)
    return render(request, "booking.html", BookingCard.of(booking, found))


def _buyer(request: ApiRequest) -> Identity:
    """Return who is logged in as a buyer: here those who run events have no other rights."""
    user = user_of(request)
    return Identity(user.id, Role.USER, user.token_version)


async def _own(request: ApiRequest, booking_id: BookingId) -> BookingView:
    """Return a booking of the user's own. Raises `NoSuchBooking`, also for those that they see as organizers."""
    buyer = _buyer(request)
    booking = await request.services.bookings.get(buyer, booking_id)
    if booking.record.user_id != buyer.user_id:
        raise NoSuchBooking
    return booking
