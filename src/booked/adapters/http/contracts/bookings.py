"""`GET /bookings/{id}`, an address of both the counter and the concerts.

Users who are logged in look at bookings as at concerts. Requests with an API key, or with nothing where the counter is
open, come to a counter. Only the request shows which it is, so the route belongs to neither of the two contracts.
They share the body.
"""

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.booking_body import BOOKING, TAG, BookingBody
from booked.adapters.http.contracts.contract import Contract
from booked.adapters.http.contracts.resource import Resource
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.request import ApiRequest
from booked.domain.errors import NoSuchBooking
from booked.domain.model.ids import BookingId

resource = Resource("/bookings/", TAG)


@resource.get("{booking_id:str}/", "The booking.", access=Access.EITHER, returns=BOOKING, refuses=[NoSuchBooking])
async def show_booking(request: ApiRequest, booking_id: PathId[BookingId]) -> BookingBody:
    """Show a booking.

    At the counter it is one of your guests. If you are logged in it is one of yours; as an organizer one of your
    events, as an admin any.
    """
    if request.visitor is not None:
        return BookingBody.of((await request.services.bookings.get(request.visitor, booking_id)).record)
    return BookingBody.of_guest(await request.services.counter.booking(request.counter, booking_id))


CONTRACT = Contract(routes=resource.routes, segments=frozenset({"bookings"}), prefix="bookings_")
