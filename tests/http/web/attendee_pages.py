"""Every template about those who come, in every state it can be in."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from booked.adapters.http.contracts.web.forms import NO_COMPLAINTS
from booked.adapters.http.contracts.web.views.attendees import (
    Attendee,
    AttendeeCancellation,
    AttendeesView,
    AttendeeView,
)
from booked.adapters.http.contracts.web.views.bookings import BookingCard, BookingPage, CancelledLine, TicketBox
from booked.domain.model.money import Money
from booked.domain.model.sale.bookings import BookingStatus
from tests.http.web.office_pages import EVIL, MONEY, NOON, wrong


def attendee_pages(cards: Sequence[BookingCard], boxes: Sequence[TicketBox]) -> Iterator[tuple[str, Any]]:
    lines = [box.line for box in boxes]
    attendee = Attendee("1", EVIL, EVIL, "2VQA-7RKD", lines, MONEY, MONEY, NOON, True)
    gone = replace(attendee, email="", lines=[], refunded=Money(0, "EUR"), is_active=False)
    everybody = AttendeesView("1", EVIL, "", None, [attendee, gone], "/office?cursor=x", "/office?q=x")
    yield "office_attendees.html", everybody
    yield "office_attendees.html", replace(everybody, attendees=[])
    for status in (None, *BookingStatus):
        yield "office_attendees.html", replace(everybody, words=EVIL, status=status, attendees=[], next_path=None)
    cancelled = [CancelledLine(line, NOON, owner, EVIL, MONEY) for line in lines for owner in (True, False)]
    called_off = CancelledLine(lines[0], None, None, "", MONEY)
    for card in cards:
        yield "office_attendee.html", AttendeeView(card, EVIL, EVIL, boxes, [*cancelled, called_off])
        yield "office_attendee.html", AttendeeView(card, EVIL, "", [], [])
        yield "booking.html", BookingPage(card, boxes, [])
        yield "booking.html", BookingPage(card, [], [*cancelled, called_off])
    asked = AttendeeCancellation(cards[0], EVIL, boxes, MONEY, True, "1,5", EVIL, "key", NO_COMPLAINTS)
    yield "office_cancel.html", asked
    yield "office_cancel.html", replace(asked, is_everything=False, complaints=wrong("refund", "reason"))
    yield "office_cancel.html", replace(asked, boxes=[], complaints=wrong())
