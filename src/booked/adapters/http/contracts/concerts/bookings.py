"""Bookings of whoever is logged in."""

import msgspec
from litestar import get

from booked.adapters.http.contracts.concerts.concerts import TAG
from booked.adapters.http.contracts.concerts.lists import ListQuery, listed
from booked.adapters.http.contracts.shared import OF_A_USER, BookingBody
from booked.adapters.http.openapi.document import Doc
from booked.adapters.http.requests.fields import CanonicalId
from booked.adapters.http.requests.parameters import Params
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.pages import page_of, position_in
from booked.domain.model.ids import BookingId
from booked.domain.services.sale.bookings import BookingView


class BookingPosition(msgspec.Struct, frozen=True):
    """Behind which booking a page begins."""

    id: CanonicalId

    @classmethod
    def of(cls, view: BookingView) -> "BookingPosition":
        return cls(view.record.id)


@get("/bookings/", doc=Doc(TAG, "Bookings, the newest first.", returns=[OF_A_USER], gives=["Link"]))
async def list_bookings(request: ApiRequest, params: Params[ListQuery]) -> Answer[list[BookingBody]]:
    """List your bookings; as an organizer those of your events, as an admin all."""
    position = position_in(params, BookingPosition)
    after = BookingId(position.id) if position else None
    views = await request.services.bookings.search(request.identity, None, None, after, params.limit + 1)
    page = page_of(views, params, lambda view: BookingBody.of(view.record), BookingPosition.of)
    return listed(request, "/bookings", page)


ROUTES = [list_bookings]
