"""What the pages of bookings show."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from booked.adapters.http.contracts.web.forms import Complaints
from booked.adapters.http.contracts.web.views.terms import TermsView
from booked.adapters.http.contracts.web.views.tickets import TicketLine, lines_of
from booked.adapters.http.requests.fields import in_zone
from booked.domain.model.money import Money
from booked.domain.model.programme.events import EventStatus
from booked.domain.model.programme.search import FoundEvent
from booked.domain.model.sale.bookings import BookingStatus, PlacedTicket
from booked.domain.services.sale.booking_views import BookingView


@dataclass(frozen=True, slots=True)
class BookingCard:
    """A booking in a list. `lines` are the standing tickets. Times are those of the place where the event is.

    `refund` is what comes back if all of it is cancelled now, or came back; None if that is not possible any more.
    """

    id: str
    code: str
    event_id: str
    event_name: str
    place: str
    starts_at: datetime
    booked_at: datetime
    lines: Sequence[TicketLine]
    total: Money
    terms: TermsView
    refund: Money | None
    is_active: bool
    is_called_off: bool
    is_postponed: bool

    @classmethod
    def of(cls, booking: BookingView, found: FoundEvent) -> "BookingCard":
        record, zone = booking.record, ZoneInfo(found.timezone)
        event = record.event
        return cls(
            id=record.id,
            code=record.code,
            event_id=event.id,
            event_name=event.name,
            place=found.place,
            starts_at=in_zone(event.starts_at, zone),
            booked_at=in_zone(record.booked_at, zone),
            lines=lines_of(standing_in(booking), event.currency),
            total=record.total,
            terms=TermsView.of(booking.terms, event.currency, zone),
            refund=None if booking.refund is None else Money(booking.refund, event.currency),
            is_active=record.status is BookingStatus.ACTIVE,
            is_called_off=event.status is EventStatus.CANCELLED,
            is_postponed=event.status is EventStatus.POSTPONED,
        )


@dataclass(frozen=True, slots=True)
class TicketBox:
    """A ticket to tick. `refund` is what comes back of it, or may."""

    number: int
    line: TicketLine
    refund: Money

    @classmethod
    def all_of(cls, booking: BookingView) -> "list[TicketBox]":
        """Return the tickets of a booking that its owner can cancel."""
        currency = booking.record.event.currency
        return [
            cls(placed.ticket.number, lines_of([placed], currency)[0], Money(refund, currency))
            for placed in standing_in(booking)
            if (refund := booking.refunds.get(placed.ticket.number)) is not None
        ]

    @classmethod
    def all_for_organizer(cls, booking: BookingView) -> "list[TicketBox]":
        """Return the tickets of a booking that those who run the event can cancel: everything paid may come back."""
        currency = booking.record.event.currency
        return [
            cls(placed.ticket.number, lines_of([placed], currency)[0], Money(placed.ticket.price, currency))
            for placed in standing_in(booking)
        ]


@dataclass(frozen=True, slots=True)
class CancelledLine:
    """A cancelled ticket: when, why, and what came back. `by_owner` is None for one of a called-off event."""

    line: TicketLine
    cancelled_at: datetime | None
    by_owner: bool | None
    reason: str
    refund: Money

    @classmethod
    def all_of(cls, booking: BookingView, found: FoundEvent) -> "list[CancelledLine]":
        record, zone = booking.record, ZoneInfo(found.timezone)
        standing = set(record.standing)
        return [
            cls(
                line=lines_of([placed], record.event.currency)[0],
                cancelled_at=ticket.cancelled_at and in_zone(ticket.cancelled_at, zone),
                by_owner=ticket.cancelled_by == record.user_id if ticket.cancelled_by else None,
                reason=ticket.cancel_reason,
                refund=Money(ticket.price - ticket.fee, record.event.currency),
            )
            for placed in booking.tickets
            if (ticket := placed.ticket) not in standing
        ]


@dataclass(frozen=True, slots=True)
class BookingPage:
    """A booking with the tickets that can be cancelled, and those that were."""

    card: BookingCard
    boxes: Sequence[TicketBox]
    cancelled: Sequence[CancelledLine]

    @classmethod
    def of(cls, booking: BookingView, found: FoundEvent) -> "BookingPage":
        return cls(BookingCard.of(booking, found), TicketBox.all_of(booking), CancelledLine.all_of(booking, found))


@dataclass(frozen=True, slots=True)
class CancellationView:
    """What is about to be cancelled, and what comes back of it. `key` lets the form take effect once."""

    card: BookingCard
    boxes: Sequence[TicketBox]
    refund: Money
    is_everything: bool
    key: str
    complaints: Complaints

    @classmethod
    def of(
        cls, booking: BookingView, found: FoundEvent, chosen: Collection[int], key: str, complaints: Complaints
    ) -> "CancellationView":
        """Return the view of the chosen tickets, or of all where none is chosen."""
        can_be = TicketBox.all_of(booking)
        boxes = [box for box in can_be if not chosen or box.number in chosen]
        return cls(
            card=BookingCard.of(booking, found),
            boxes=boxes,
            refund=Money(sum(box.refund.amount for box in boxes), booking.record.event.currency),
            is_everything=len(boxes) == len(standing_in(booking)),
            key=key,
            complaints=complaints,
        )


def standing_in(booking: BookingView) -> list[PlacedTicket]:
    """Return the standing tickets, by number."""
    standing = {ticket.number for ticket in booking.record.standing}
    newest = {placed.ticket.number: placed for placed in booking.tickets if placed.ticket.cancelled_at is None}
    return [placed for number, placed in sorted(newest.items()) if number in standing]
