"""What the office shows of those who come to an event."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from booked.adapters.http.contracts.web.forms import Complaints
from booked.adapters.http.contracts.web.views.bookings import BookingCard, CancelledLine, TicketBox, standing_in
from booked.adapters.http.contracts.web.views.tickets import TicketLine, lines_of
from booked.adapters.http.requests.fields import amount_text, in_zone
from booked.domain.model.money import Money
from booked.domain.model.programme.search import FoundEvent
from booked.domain.model.sale.bookings import BookingStatus
from booked.domain.services.sale.booking_views import BookingView


@dataclass(frozen=True, slots=True)
class Attendee:
    """A booking in the list, with its standing tickets. Times are those of the place where the event is."""

    id: str
    name: str
    email: str
    code: str
    lines: Sequence[TicketLine]
    total: Money
    refunded: Money
    booked_at: datetime
    is_active: bool
    checked_in: int

    @classmethod
    def of(cls, booking: BookingView, found: FoundEvent) -> "Attendee":
        record = booking.record
        return cls(
            id=record.id,
            name=record.buyer.name,
            email=record.buyer.email,
            code=record.code,
            lines=lines_of(standing_in(booking), record.event.currency),
            total=record.total,
            refunded=record.refunded,
            booked_at=in_zone(record.booked_at, ZoneInfo(found.timezone)),
            is_active=record.status is BookingStatus.ACTIVE,
            checked_in=record.checked_in,
        )


@dataclass(frozen=True, slots=True)
class AttendeesView:
    """A page of the list, with what was looked for. `table_path` leads to everything found, as a table."""

    id: str
    name: str
    words: str
    status: BookingStatus | None
    attendees: Sequence[Attendee]
    next_path: str | None
    table_path: str


@dataclass(frozen=True, slots=True)
class TicketAtDoor:
    """A standing ticket, with when and where it was checked in. `gate` is "" if nobody said."""

    number: int
    line: TicketLine
    checked_in_at: datetime | None
    gate: str

    @classmethod
    def all_of(cls, booking: BookingView, found: FoundEvent) -> "list[TicketAtDoor]":
        currency, zone = booking.record.event.currency, ZoneInfo(found.timezone)
        return [
            cls(
                number=placed.ticket.number,
                line=lines_of([placed], currency)[0],
                checked_in_at=placed.ticket.checked_in_at and in_zone(placed.ticket.checked_in_at, zone),
                gate=placed.ticket.gate,
            )
            for placed in standing_in(booking)
        ]


@dataclass(frozen=True, slots=True)
class AttendeeView:
    """One booking. `boxes` are the tickets that can be cancelled. `gate` and `key` are for the next check-in."""

    card: BookingCard
    name: str
    email: str
    at_door: Sequence[TicketAtDoor]
    boxes: Sequence[TicketBox]
    cancelled: Sequence[CancelledLine]
    gate: str
    key: str
    complaints: Complaints

    @classmethod
    def of(cls, booking: BookingView, found: FoundEvent, gate: str, key: str, complaints: Complaints) -> "AttendeeView":
        return cls(
            card=BookingCard.of(booking, found),
            name=booking.record.buyer.name,
            email=booking.record.buyer.email,
            at_door=TicketAtDoor.all_of(booking, found),
            boxes=TicketBox.all_for_organizer(booking),
            cancelled=CancelledLine.all_of(booking, found),
            gate=gate,
            key=key,
            complaints=complaints,
        )


@dataclass(frozen=True, slots=True)
class AttendeeCancellation:
    """What is about to be cancelled for somebody. `paid` comes back of it, unless `refund` says otherwise."""

    card: BookingCard
    name: str
    boxes: Sequence[TicketBox]
    paid: Money
    is_everything: bool
    refund: str
    reason: str
    key: str
    complaints: Complaints

    @classmethod
    def of(
        cls,
        booking: BookingView,
        found: FoundEvent,
        *,
        chosen: Collection[int],
        refund: str,
        reason: str,
        key: str,
        complaints: Complaints,
    ) -> "AttendeeCancellation":
        """Return the view of the chosen tickets, or of all where none is chosen."""
        can_be = TicketBox.all_for_organizer(booking)
        boxes = [box for box in can_be if not chosen or box.number in chosen]
        paid = Money(sum(box.refund.amount for box in boxes), booking.record.event.currency)
        return cls(
            card=BookingCard.of(booking, found),
            name=booking.record.buyer.name,
            boxes=boxes,
            paid=paid,
            is_everything=len(boxes) == len(can_be),
            refund=refund or amount_text(paid),
            reason=reason,
            key=key,
            complaints=complaints,
        )
