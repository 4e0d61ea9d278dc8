"""Lists of bookings: one's own, those of one's events, and who comes to an event."""

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.booking_table import booking_table
from booked.adapters.http.contracts.resource import Resource
from booked.adapters.http.contracts.v1.examples.sale import BOOKING, BOOKING_TABLE, CANCELLED
from booked.adapters.http.contracts.v1.messages.booking_lists import AttendeesQuery, BookingsQuery, MyBookingsQuery
from booked.adapters.http.contracts.v1.messages.bookings import BookingBody
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.parameters import Params
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.csv_tables import wants_csv
from booked.adapters.http.responses.pages import Page, PageQuery, id_behind, page_by_id
from booked.domain.errors import NoEventFound, NotYourOrganization
from booked.domain.model.ids import BookingId, EventId
from booked.domain.services.sale.booking_views import BookingView

resource = Resource("/api/v1/bookings/", "v1 · Bookings", in_time=True)


@resource.get(
    "",
    "A page of bookings, the newest first.",
    returns=Page([BOOKING, CANCELLED], None),
    also={"text/csv": BOOKING_TABLE},
)
async def list_bookings(request: ApiRequest, params: Params[BookingsQuery]) -> Answer[Page[BookingBody]]:
    """List your bookings; as an organizer those of your events, as an admin all.

    Of one event you can search them by code, name and e-mail address, and have all of them as CSV.
    """
    bookings, search = request.services.bookings, params.search()
    if params.event is not None and wants_csv(request.scope["headers"], params.format):
        return await booking_table(bookings.each(request.identity, search, mine=params.mine))
    after = id_behind(params, BookingId)
    views = await bookings.search(request.identity, search, after, params.limit + 1, mine=params.mine)
    return Answer(_page(views, params))


@resource.get("/api/bookings/", "A page of bookings, the newest first.", returns=Page([BOOKING, CANCELLED], None))
async def list_my_bookings(request: ApiRequest, params: Params[MyBookingsQuery]) -> Page[BookingBody]:
    """List your own bookings, whatever your role is."""
    after = id_behind(params, BookingId)
    bookings = request.services.bookings
    return _page(await bookings.search(request.identity, params.search(), after, params.limit + 1, mine=True), params)


@resource.get(
    "/api/v1/events/{event_id:str}/attendees/",
    "A page of the event's bookings, the newest first.",
    access=Access.ORGANIZER,
    returns=Page([BOOKING, CANCELLED], None),
    also={"text/csv": BOOKING_TABLE},
    refuses=[NoEventFound, NotYourOrganization],
)
async def list_attendees(
    request: ApiRequest, event_id: PathId[EventId], params: Params[AttendeesQuery]
) -> Answer[Page[BookingBody]]:
    """List who comes to an event of your organization: its bookings with their buyers.

    As CSV you get all of them at once, whatever `limit` says.
    """
    attendees, search = request.services.attendees, params.search()
    if wants_csv(request.scope["headers"], params.format):
        return await booking_table(attendees.each(request.user, event_id, search))
    after = id_behind(params, BookingId)
    return Answer(_page(await attendees.page(request.user, event_id, search, after, params.limit + 1), params))


def _page(views: list[BookingView], params: PageQuery) -> Page[BookingBody]:
    return page_by_id(views, params, BookingBody.of, BookingId, lambda view: view.record.id)
