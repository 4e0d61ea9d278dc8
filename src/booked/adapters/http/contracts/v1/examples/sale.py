"""Examples of messages about reservations, bookings and waitlists."""

from datetime import UTC, datetime

import msgspec

from booked.adapters.http.contracts.booking_table import BOOKING_COLUMNS
from booked.adapters.http.contracts.v1.messages.bookings import BookingBody, BookingState
from booked.adapters.http.contracts.v1.messages.cancellation import CancellationTermsBody
from booked.adapters.http.contracts.v1.messages.events import EventState
from booked.adapters.http.contracts.v1.messages.reservations import ReservationBody, ReservationStatus
from booked.adapters.http.contracts.v1.messages.tickets import (
    BookedTicketBody,
    CancelledBy,
    EventRef,
    HeldTicketBody,
    TicketTypeRef,
)
from booked.adapters.http.contracts.v1.messages.waitlist import PlaceBody, PlaceState, WaitedFor
from booked.adapters.http.responses.csv_tables import Cell, csv_table
from booked.domain.model.ids import EventId, ticket_id, ticket_type_id

EVENT = EventRef("019c5b2e-c25d-7f74-9365-a00000000000", "Midwinter", datetime(2026, 11, 20, 19, 30, tzinfo=UTC))
STALLS = TicketTypeRef(ticket_type_id(EventId(EVENT.id), 1), "Stalls")
SEATS = [str(ticket_id(EventId(EVENT.id), number)) for number in (17, 18)]
RESERVATION = ReservationBody(
    id="019c5b2e-c25d-7f74-9365-a00080c0ffee",
    event_id=EVENT.id,
    status=ReservationStatus.HELD,
    num_tickets=len(SEATS),
    tickets=[HeldTicketBody(id_, STALLS, "Stalls", "A", 17 + seat, "49.90") for seat, id_ in enumerate(SEATS)],
    total="99.80",
    currency="EUR",
    expires_at=datetime(2026, 10, 1, 12, 10, tzinfo=UTC),
    seconds_left=600,
    extensions_left=1,
    together=True,
)
MOMENT = datetime(2026, 10, 1, 12, 5, tzinfo=UTC)
BOOKING = BookingBody(
    id="019c5b2f-1a2b-7c3d-8e4f-5a6b7c8d9e0f",
    event=EVENT,
    event_status=EventState.PUBLISHED,
    user_id="019c5b2e-7f00-7a3c-8e54-1f0a2b3c4d5e",
    name="Ann Lee",
    email="ann@example.com",
    status=BookingState.ACTIVE,
    code="D9NQ-S7CY",
    tickets=[BookedTicketBody(id_, STALLS, "Stalls", "A", 17 + seat, "49.90", False) for seat, id_ in enumerate(SEATS)],
    num_tickets=2,
    quantity=2,
    total="99.80",
    refund="89.80",
    currency="EUR",
    cancellation=CancellationTermsBody(True, datetime(2026, 11, 13, 19, 30, tzinfo=UTC), "5.00"),
    booked_at=MOMENT,
    updated_at=MOMENT,
    together=True,
)
ADMITTED = msgspec.structs.replace(
    BOOKING.tickets[0], checked_in_at=datetime(2026, 11, 20, 18, 55, 12, tzinfo=UTC), gate="North"
)
CANCELLED = msgspec.structs.replace(
    BOOKING,
    status=BookingState.CANCELLED,
    tickets=[
        msgspec.structs.replace(
            ticket,
            cancelled=True,
            cancelled_by=CancelledBy.ORGANIZER,
            cancel_reason="Ann called: she is ill.",
            refunded="49.90",
        )
        for ticket in BOOKING.tickets
    ],
    num_tickets=0,
    quantity=0,
    total="0.00",
    together=None,
    refund="99.80",
)
_WHO: list[Cell] = [BOOKING.id, BOOKING.code, BOOKING.status, BOOKING.name, BOOKING.email]
_WHAT: list[Cell] = [2, "2 × Stalls", "Stalls A 17, Stalls A 18"]
BOOKING_TABLE = csv_table(
    BOOKING_COLUMNS, [[*_WHO, *_WHAT, BOOKING.total, "0.00", BOOKING.currency, "2026-10-01T12:05:00Z", 0]]
).decode()
WAITING = PlaceBody(
    id="019c5b2f-2b3c-7d4e-8f50-6b7c8d9e0f10",
    event=WaitedFor(EVENT.id, EVENT.name),
    ticket_type=STALLS,
    num_tickets=2,
    state=PlaceState.WAITING,
    position=3,
    tickets=[],
    offered_tickets=[],
    joined_at=MOMENT,
    offer_expires_at=None,
)
OFFERED = msgspec.structs.replace(
    WAITING,
    state=PlaceState.OFFERED,
    position=None,
    tickets=SEATS,
    offered_tickets=[
        HeldTicketBody(id_, STALLS, "Stalls", "B", seat, "49.90") for id_, seat in zip(SEATS, (7, 8), strict=True)
    ],
    offer_expires_at=datetime(2026, 10, 3, 8, 20, tzinfo=UTC),
)
