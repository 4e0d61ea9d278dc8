"""Cancelling tickets: who does it and why, and what comes back of the price."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate, pairwise

from booked.domain.errors import CancellationClosed, InvalidCancellation
from booked.domain.model.ids import TicketId, UserId
from booked.domain.model.programme.cancellation import CancellationTerms
from booked.domain.model.programme.events import Event, EventStatus
from booked.domain.model.sale.bookings import BookedTicket, BookingRecord, Cancellation, OwnedTicket
from booked.domain.model.text import require_plain

REASON_LENGTH = 500


@dataclass(frozen=True, slots=True)
class CancellationWish:
    """Which tickets of a booking somebody wants to cancel, None for all, and why.

    An organizer may say what comes back of all of them together, in minor units; None is what was paid.
    """

    tickets: Sequence[TicketId] | None = None
    reason: str = ""
    refund: int | None = None

    def __post_init__(self) -> None:
        require_plain(self.reason, InvalidCancellation, "reason", REASON_LENGTH, multiline=True)
        if self.tickets is not None and not self.tickets:
            raise InvalidCancellation("Name the tickets to cancel. To cancel all of the booking, leave them out.")


EVERYTHING = CancellationWish()


@dataclass(frozen=True, slots=True)
class CancellationOrder:
    """A cancellation about to be made. With `for_organizer` the terms of cancellation do not bind it."""

    by: UserId
    reason: str = ""
    for_organizer: bool = False
    refund: int | None = None

    def carried_out(self, event: Event, tickets: Sequence[OwnedTicket], now: datetime) -> Cancellation:
        """Return the cancellation of these tickets at a moment under the event's lock.

        Raises `CancellationClosed`, or `InvalidCancellation` for a refund of more than was paid.
        """
        fees: Mapping[int, int] = {}
        if event.status is EventStatus.CANCELLED:
            pass  # all that was paid comes back
        elif not self.for_organizer:
            fees = fees_for_buyer(event, tickets, now)
        elif self.refund is not None:
            fees = fees_beside(self.refund, tickets)
        return Cancellation(self.by, self.reason, fees)


def fees_for_buyer(event: Event, tickets: Iterable[OwnedTicket | BookedTicket], now: datetime) -> Mapping[int, int]:
    """Return what is kept of each ticket if its buyer cancels it now. Raises `CancellationClosed`."""
    fees = {}
    for ticket in tickets:
        if ticket.checked_in_at is not None:
            raise CancellationClosed("A ticket that was checked in can be cancelled by those who run the event alone.")
        terms = event.cancellation.terms_for(ticket.booked_at, now)
        event.require_cancellable(terms, now)
        fees[ticket.number] = terms.fee_of(ticket.price)
    return fees


def fees_beside(refund: int, tickets: Sequence[OwnedTicket]) -> Mapping[int, int]:
    """Return what is kept of each ticket if this much comes back of all, of each in proportion to its price.

    Raises `InvalidCancellation` for more than was paid.
    """
    paid = sum(ticket.price for ticket in tickets)
    if not 0 <= refund <= paid:
        raise InvalidCancellation("More would be refunded than was paid for these tickets.")
    if paid == 0:
        return {}
    # Rounding the sums, not the parts: these add up to the refund, and none is above its price.
    sums = [refund * total // paid for total in accumulate((ticket.price for ticket in tickets), initial=0)]
    refunds = [after - before for before, after in pairwise(sums)]
    return {ticket.number: ticket.price - back for ticket, back in zip(tickets, refunds, strict=True)}


def refund_of(record: BookingRecord, now: datetime) -> int | None:
    """Return what comes back if the owner cancels a booking now, or what came back of a cancelled one.

    None if the owner cannot cancel all of it any more.
    """
    if not record.standing:
        return sum(ticket.price - ticket.fee for ticket in record.tickets)
    refunds = refunds_of(record, now)
    return sum(refunds.values()) if len(refunds) == len(record.standing) else None


def refunds_of(record: BookingRecord, now: datetime) -> Mapping[int, int]:
    """Return what comes back of each ticket that its owner can cancel now, by its number."""
    tickets = [ticket for ticket in record.standing if ticket.checked_in_at is None]
    try:
        fees = fees_for_buyer(record.event, tickets, now)
    except CancellationClosed:
        return {}
    return {ticket.number: ticket.price - fees[ticket.number] for ticket in tickets}


def terms_of(record: BookingRecord, now: datetime) -> CancellationTerms:
    """Return the terms under which the owner of a booking can cancel its newest ticket now."""
    return record.event.cancellation.terms_for((record.standing or record.tickets)[-1].booked_at, now)
