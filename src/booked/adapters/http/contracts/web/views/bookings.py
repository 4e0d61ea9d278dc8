"""What the pages of bookings show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from booked.adapters.http.contracts.web.views.tickets import TicketLine, lines_of
from booked.domain.model.money import Money
from booked.domain.model.programme.events import EventStatus
from booked.domain.model.programme.search import FoundEvent
from booked.domain.model.sale.bookings import BookingStatus
from booked.domain.services.sale.booking_views import BookingView


@dataclass(frozen=True, slots=True)
class BookingCard:
    """A booking in a list. `lines` are the tickets that stand. Times are those of the place where the event is."""

    id: str
    code: str
    event_id: str
    event_name: str
    place: str
    starts_at: datetime
    booked_at: datetime
    lines: Sequence[TicketLine]
    total: Money
    is_active: bool
    is_called_off: bool
    is_over: bool
    is_postponed: bool

    @classmethod
    def of(cls, booking: BookingView, found: FoundEvent) -> "BookingCard":
        record, zone = booking.record, ZoneInfo(found.timezone)
        event, standing = record.event, set(record.standing)
        return cls(
            id=record.id,
            code=record.code,
            event_id=event.id,
            event_name=event.name,
            place=found.place,
            starts_at=event.starts_at.astimezone(zone),
            booked_at=record.booked_at.astimezone(zone),
            lines=lines_of((placed for placed in booking.tickets if placed.ticket in standing), event.currency),
            total=record.total,
            is_active=record.status is BookingStatus.ACTIVE,
            is_called_off=event.status is EventStatus.CANCELLED,
            is_over=event.status is EventStatus.COMPLETED,
            is_postponed=event.status is EventStatus.POSTPONED,
        )
