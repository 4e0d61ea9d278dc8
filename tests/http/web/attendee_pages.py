"""Every template about those who come, in every state it can be in."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

from booked.adapters.http.contracts.web.forms import NO_COMPLAINTS
from booked.adapters.http.contracts.web.views.attendees import (
    Attendee,
    AttendeeCancellation,
    AttendeesView,
    AttendeeView,
    TicketAtDoor,
)
from booked.adapters.http.contracts.web.views.bookings import BookingCard, BookingPage, CancelledLine, TicketBox
from booked.domain.model.money import Money
from booked.domain.model.sale.bookings import BookingStatus
from tests.http.web.office_pages import EVIL, MONEY, NOON, wrong


def attendee_pages(cards: Sequence[BookingCard], boxes: Sequence[TicketBox]) -> Iterator[tuple[str, Any]]:
    lines = [box.line for box in boxes]
    attendee = Attendee("1", EVIL, EVIL, "2VQA-7RKD", lines, MONEY, MONEY, NOON, True, 1)
    gone = replace(attendee, email="", lines=[], refunded=Money(0, "EUR"), is_active=False, checked_in=0)
    everybody = AttendeesView("1", EVIL, "", None, [attendee, gone], "/office?cursor=x", "/office?q=x")
    yield "office_attendees.html", everybody
    yield "office_attendees.html", replace(everybody, attendees=[])
    for status in (None, *BookingStatus):
        yield "office_attendees.html", replace(everybody, words=EVIL, status=status, attendees=[], next_path=None)
    cancelled = [CancelledLine(line, NOON, owner, EVIL, MONEY) for line in lines for owner in (True, False)]
    called_off = CancelledLine(lines[0], None, None, "", MONEY)
    at_door = [
        TicketAtDoor(number, line, at, gate)
        for number, (line, (at, gate)) in enumerate(product(lines, [(None, ""), (NOON, ""), (NOON, EVIL)]), 1)
    ]
    for card in cards:
        attendee_view = AttendeeView(
            card, EVIL, EVIL, at_door, boxes, [*cancelled, called_off], EVIL, "key", NO_COMPLAINTS
        )
        yield "office_attendee.html", attendee_view
        yield "office_attendee.html", replace(attendee_view, email="", at_door=[], boxes=[], cancelled=[])
        yield "office_attendee.html", replace(attendee_view, complaints=wrong())
        yield "booking.html", BookingPage(card, boxes, [])
        yield "booking.html", BookingPage(card, [], [*cancelled, called_off])
    asked = AttendeeCancellation(cards[0], EVIL, boxes, MONEY, True, "1,5", EVIL, "key", NO_COMPLAINTS)
    yield "office_cancel.html", asked
    yield "office_cancel.html", replace(asked, is_everything=False, complaints=wrong("refund", "reason"))
    yield "office_cancel.html", replace(asked, boxes=[], complaints=wrong())
