"""Bookings: tickets users own. Lists of them are in `booking_lists.py`."""

from litestar.params import JSONBody

from booked.adapters.http.contracts.v1 import booking_lists
from booked.adapters.http.contracts.v1.examples.sale import ADMITTED, BOOKING, CANCELLED, SEATS, STALLS
from booked.adapters.http.contracts.v1.messages.bookings import (
    BookingBody,
    BookingRequest,
    CheckInRequest,
    QuantityRequest,
    SeatRequest,
)
from booked.adapters.http.contracts.v1.messages.cancellation import CancelRequest
from booked.adapters.http.contracts.v1.messages.tickets import BookedTicketBody, parsed_tickets
from booked.adapters.http.contracts.v1.refusals import NOT_TO_BE_HAD
from booked.adapters.http.requests.idempotency import IdempotencyHeader
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.replies import created
from booked.domain.errors import (
    AlreadyCancelled,
    AlreadyCheckedIn,
    Busy,
    CancellationClosed,
    CheckInUndone,
    IllegalStatus,
    InvalidCancellation,
    InvalidGate,
    NoSuchBooking,
    NoSuchReservation,
    NoSuchSeat,
    NotAnAdmin,
    NotYourTicket,
    TicketNotReserved,
)
from booked.domain.model.ids import BookingId, ReservationId, TicketId, number_of, parse_uuid

resource = booking_lists.resource
NOT_TO_BE_CANCELLED = [NoSuchBooking, AlreadyCancelled, CancellationClosed, Busy]
NOT_TO_BE_CHANGED = [*NOT_TO_BE_CANCELLED, IllegalStatus, NotAnAdmin]
NOT_TO_BE_ADMITTED = [NoSuchBooking, NotAnAdmin, NoSuchSeat, AlreadyCancelled, Busy]


@resource.post(
    "",
    "The booking.",
    rushed=True,
    sends=BookingRequest(ticket_type_id=STALLS.id, num_tickets=2),
    returns=BOOKING,
    gives=["Location"],
    refuses=[*NOT_TO_BE_HAD, NoSuchReservation, TicketNotReserved, NotYourTicket],
)
async def book(
    request: ApiRequest, data: JSONBody[BookingRequest], idempotency_key: IdempotencyHeader
) -> Answer[BookingBody]:
    """Book tickets: a reservation, or tickets of a type in one go, or tickets held for you.

    All of them are yours then, or none. A reservation costs what it did when it was made.
    """
    data.require_one_form()
    bookings, user_id = request.services.bookings, request.identity.user_id
    if data.reservation_id is not None:
        view = await bookings.book_reservation(user_id, ReservationId(parse_uuid(data.reservation_id)), idempotency_key)
    elif data.tickets is not None:
        view = await bookings.book_tickets(user_id, parsed_tickets(data.tickets), idempotency_key)
    else:
        view = await bookings.book_now(user_id, *data.of_type(), idempotency_key)
    return created(BookingBody.of(view), f"{resource.path}{view.record.id}/")


@resource.get("{booking_id:str}/", "The booking.", returns=BOOKING, refuses=[NoSuchBooking])
async def show_booking(request: ApiRequest, booking_id: PathId[BookingId]) -> BookingBody:
    """Show a booking: yours; as an organizer those of your events, as an admin all."""
    return BookingBody.of(await request.services.bookings.get(request.identity, booking_id))


@resource.post(
    "{booking_id:str}/cancel/",
    "The booking as it is now.",
    status=200,
    sends=CancelRequest("Ann called: she is ill."),
    returns=CANCELLED,
    refuses=[*NOT_TO_BE_CANCELLED, NoSuchSeat, InvalidCancellation, NotAnAdmin],
)
async def cancel_booking(
    request: ApiRequest,
    booking_id: PathId[BookingId],
    idempotency_key: IdempotencyHeader,
    data: JSONBody[CancelRequest | None] = None,
) -> BookingBody:
    """Cancel a booking of yours, or some of its tickets, as its `cancellation` permits.

    As an organizer you cancel those of your events, as an admin any, also later. Then all that was paid is refunded,
    unless you say what is. The tickets are free again. The body may be left out.
    """
    bookings = request.services.bookings
    currency = (await bookings.get(request.identity, booking_id)).record.event.currency
    wish = (data or CancelRequest()).wish(currency)
    return BookingBody.of(await bookings.cancel(request.identity, booking_id, idempotency_key, wish))


@resource.patch("{booking_id:str}/cancel/", "The booking as it is now.", returns=CANCELLED, refuses=NOT_TO_BE_CANCELLED)
async def mark_booking_cancelled(request: ApiRequest, booking_id: PathId[BookingId]) -> BookingBody:
    """Cancel a booking: the same as a POST."""
    return BookingBody.of(await request.services.bookings.cancel(request.identity, booking_id))


@resource.delete("{booking_id:str}/", "It is cancelled.", refuses=NOT_TO_BE_CANCELLED)
async def delete_booking(request: ApiRequest, booking_id: PathId[BookingId]) -> None:
    """Cancel a booking: the same as a POST to `cancel/`. It stays in the list."""
    await request.services.bookings.cancel(request.identity, booking_id)


@resource.patch(
    "{booking_id:str}/",
    "The booking as it is now.",
    sends=QuantityRequest(2),
    returns=BOOKING,
    refuses=[*NOT_TO_BE_CHANGED, *NOT_TO_BE_HAD],
)
async def resize_booking(
    request: ApiRequest, booking_id: PathId[BookingId], data: JSONBody[QuantityRequest]
) -> BookingBody:
    """Change how many tickets a booking of yours has.

    To have fewer, you cancel the newest. To have more, you buy tickets of the newest one's type, at today's price.
    """
    return BookingBody.of(await request.services.bookings.resize(request.identity, booking_id, data.num_tickets))


@resource.post(
    "{booking_id:str}/seats/",
    "The booking as it is now.",
    status=200,
    sends=SeatRequest(SEATS[1]),
    returns=BOOKING,
    refuses=[*NOT_TO_BE_CHANGED, *NOT_TO_BE_HAD],
)
async def add_seat(
    request: ApiRequest, booking_id: PathId[BookingId], data: JSONBody[SeatRequest], idempotency_key: IdempotencyHeader
) -> BookingBody:
    """Add a seat to a booking of yours, at today's price."""
    seat = TicketId(parse_uuid(data.seat_id))
    return BookingBody.of(await request.services.bookings.add_seat(request.identity, booking_id, seat, idempotency_key))


@resource.delete(
    "{booking_id:str}/seats/{seat_id:str}/", "It is cancelled.", refuses=[*NOT_TO_BE_CANCELLED, NoSuchSeat]
)
async def remove_seat(request: ApiRequest, booking_id: PathId[BookingId], seat_id: PathId[TicketId]) -> None:
    """Cancel a single seat of a booking. With its last seat the booking is cancelled."""
    await request.services.bookings.remove_seat(request.identity, booking_id, seat_id)


@resource.post(
    "{booking_id:str}/check-in/",
    "The ticket, which is checked in now.",
    status=200,
    sends=CheckInRequest(SEATS[0], "North"),
    returns=ADMITTED,
    refuses=[*NOT_TO_BE_ADMITTED, AlreadyCheckedIn, CheckInUndone, InvalidGate],
)
async def check_in(
    request: ApiRequest,
    booking_id: PathId[BookingId],
    data: JSONBody[CheckInRequest],
    idempotency_key: IdempotencyHeader,
) -> BookedTicketBody:
    """Admit a ticket at the door, as an organizer of its event or an admin.

    A ticket is admitted once: the second time the answer says when and where it was the first. Its owner cannot cancel
    it then.
    """
    ticket = TicketId(parse_uuid(data.ticket))
    view = await request.services.check_ins.check_in(request.identity, booking_id, ticket, data.gate, idempotency_key)
    return BookedTicketBody.of(view.record, view.ticket(number_of(ticket)))


@resource.delete(
    "{booking_id:str}/check-in/{ticket_id:str}/", "It is not checked in any more.", refuses=NOT_TO_BE_ADMITTED
)
async def undo_check_in(request: ApiRequest, booking_id: PathId[BookingId], ticket_id: PathId[TicketId]) -> None:
    """Undo a check-in that was a mistake. The ticket can be admitted again."""
    await request.services.check_ins.undo(request.identity, booking_id, ticket_id)
