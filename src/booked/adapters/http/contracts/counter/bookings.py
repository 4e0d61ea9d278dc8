"""Bookings of guests: making one, and cancelling it."""

from typing import Annotated

import msgspec
from litestar.params import JSONBody

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.booking_body import BOOKING, CANCELLED, TAG, BookingBody
from booked.adapters.http.contracts.resource import Resource
from booked.adapters.http.requests.fields import shown
from booked.adapters.http.requests.idempotency import IdempotencyHeader
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.replies import created
from booked.domain.errors import (
    AlreadyCancelled,
    BelowMinimum,
    Busy,
    CancellationClosed,
    EmptyName,
    NoEventFound,
    NoSuchBooking,
    OverTicketLimit,
    SalesClosed,
    TicketNotReserved,
    TooFewTickets,
)
from booked.domain.model.ids import BookingId, EventId
from booked.domain.model.people.guests import GUEST_NAME_LENGTH, TICKETS_A_GUEST

resource = Resource("/bookings/", TAG, Access.COUNTER, in_time=True)


class BookingRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`user_id` is your own name for the user. The first booking under a name makes them known."""

    user_id: Annotated[str, shown(minLength=1, maxLength=GUEST_NAME_LENGTH)]
    ticket_count: Annotated[int, shown(minimum=1, maximum=TICKETS_A_GUEST)]


@resource.post(
    "/events/{event_id:str}/bookings/",
    "The booking.",
    sends=BookingRequest("user123", 1),
    returns=BOOKING,
    gives=["Location"],
    refuses=[
        EmptyName,
        NoEventFound,
        TooFewTickets,
        BelowMinimum,
        OverTicketLimit,
        SalesClosed,
        TicketNotReserved,
        Busy,
    ],
)
async def book(
    request: ApiRequest, event_id: PathId[EventId], data: JSONBody[BookingRequest], idempotency_key: IdempotencyHeader
) -> Answer[BookingBody]:
    """Book one or two tickets for a user of yours.

    All of them are theirs then, or none.
    """
    booking = await request.services.counter.book(
        request.counter, event_id, data.user_id, data.ticket_count, idempotency_key
    )
    return created(BookingBody.of_guest(booking), f"{resource.path}{booking.record.id}")


@resource.delete(
    "{booking_id:str}/",
    "The booking as it is now.",
    status=200,
    returns=CANCELLED,
    refuses=[NoSuchBooking, AlreadyCancelled, CancellationClosed],
)
async def cancel_booking(request: ApiRequest, booking_id: PathId[BookingId]) -> BookingBody:
    """Cancel a booking of a user of yours.

    Its tickets are free again.
    """
    counter = request.services.counter
    return BookingBody.of_guest(await counter.cancel(request.counter, booking_id))
