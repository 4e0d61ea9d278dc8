"""Bookings of the user who is logged in."""

from booked.adapters.http.contracts.booking_body import OF_A_USER, BookingBody
from booked.adapters.http.contracts.concerts.lists import listed
from booked.adapters.http.contracts.concerts.messages import ListQuery
from booked.adapters.http.contracts.resource import Resource
from booked.adapters.http.requests.parameters import Params
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.pages import id_behind, page_by_id
from booked.domain.model.ids import BookingId
from booked.domain.model.sale.bookings import BookingSearch

resource = Resource("/bookings/", "Concerts")


@resource.get("", "Bookings, the newest first.", returns=[OF_A_USER], gives=["Link"])
async def list_bookings(request: ApiRequest, params: Params[ListQuery]) -> Answer[list[BookingBody]]:
    """List your bookings; as an organizer those of your events, as an admin all."""
    after = id_behind(params, BookingId)
    views = await request.services.bookings.search(request.identity, BookingSearch(), after, params.limit + 1)
    records = [view.record for view in views]
    page = page_by_id(records, params, BookingBody.of, BookingId, lambda record: record.id)
    return listed(request, "/bookings", page)
