"""A booking as the counter and the concerts show it, with examples."""

from datetime import UTC, datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from booked.adapters.http.requests.fields import Amount, Currency, Id, amount_text, shown
from booked.domain.model.ids import EventId, ticket_id
from booked.domain.model.people.guests import GUEST_NAME_LENGTH
from booked.domain.model.programme.events import EventStatus
from booked.domain.model.sale.bookings import BookingRecord, BookingStatus
from booked.domain.services.sale.counter import GuestBooking

TAG = "Counter"

PlainTime = Annotated[
    str, shown("A time in UTC (ISO 8601), to the second.", pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$")
]


def plain_time(moment: datetime) -> str:
    """Return a time in UTC, without saying so."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")


class BookingBody(msgspec.Struct, frozen=True):
    """`user_id` is the name of a guest at a counter, or the id of a user.

    `ticket_count` counts the tickets that stand or, in a cancelled booking, stood. Only users who are logged in see
    which tickets they are and what they cost.
    """

    id: Id
    event_id: Id
    user_id: Annotated[str, shown(minLength=1, maxLength=GUEST_NAME_LENGTH)]
    ticket_count: Annotated[int, shown(minimum=1)]
    status: BookingStatus
    created_at: PlainTime
    updated_at: PlainTime
    ticket_ids: Annotated[list[Id], shown(minItems=1)] | UnsetType = UNSET
    total_price: Amount | UnsetType = UNSET
    currency: Currency | UnsetType = UNSET
    event_status: Annotated[EventStatus, shown("There only if the event was called off.")] | UnsetType = UNSET

    @classmethod
    def of_guest(cls, booking: GuestBooking) -> "BookingBody":
        record = booking.record
        return cls(
            id=record.id,
            event_id=record.event.id,
            user_id=booking.guest_name,
            ticket_count=len(record.standing or record.tickets),
            status=record.status,
            created_at=plain_time(record.booked_at),
            updated_at=plain_time(record.updated_at),
            event_status=EventStatus.CANCELLED if record.event.status is EventStatus.CANCELLED else UNSET,
        )

    @classmethod
    def of(cls, record: BookingRecord) -> "BookingBody":
        tickets = record.standing or record.tickets
        return msgspec.structs.replace(
            cls.of_guest(GuestBooking(record, record.user_id)),
            ticket_ids=[ticket_id(record.event.id, ticket.number) for ticket in tickets],
            total_price=amount_text(record.total),
            currency=record.total.currency,
        )


EVENT = EventId("019c5b2e-c25d-7f74-9365-a00000000000")
BOOKING = BookingBody(
    id="019c5b2f-1a2b-7c3d-8e4f-5a6b7c8d9e0f",
    event_id=EVENT,
    user_id="user123",
    ticket_count=1,
    status=BookingStatus.ACTIVE,
    created_at="2026-10-01T12:05:00",
    updated_at="2026-10-01T12:05:00",
)
CANCELLED = msgspec.structs.replace(BOOKING, status=BookingStatus.CANCELLED, updated_at="2026-10-01T12:10:00")
OF_A_USER = msgspec.structs.replace(
    BOOKING,
    user_id="019c5b2e-7f00-7a3c-8e54-1f0a2b3c4d5e",
    ticket_count=2,
    ticket_ids=[ticket_id(EVENT, number) for number in (17, 18)],
    total_price="99.80",
    currency="EUR",
)
