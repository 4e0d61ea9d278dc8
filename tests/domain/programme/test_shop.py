"""What a buyer is told of an event."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from booked.domain.model.programme.events import Event, EventStatus
from booked.domain.model.programme.search import EventSearch, FoundEvent
from booked.domain.model.programme.shop import SaleState, ShownEvent, When, sale_state, taking_place
from booked.domain.model.programme.times import SalesWindow
from booked.domain.model.programme.type_rules import WithheldTickets
from booked.domain.model.sale.holds import TICKETS_A_REQUEST
from tests.builders import OPENING, an_event

BEFORE, HOUR = OPENING - timedelta(days=1), timedelta(hours=1)


def event(**fields: Any) -> Event:
    return replace(an_event(seats=1000), **{"starts_at": OPENING, "ends_at": OPENING + HOUR, **fields})


@pytest.mark.parametrize(
    ("available", "state"),
    [
        (1000, SaleState.ON_SALE),
        (51, SaleState.ON_SALE),
        (50, SaleState.FEW_LEFT),
        (1, SaleState.FEW_LEFT),
        (0, SaleState.SOLD_OUT),
    ],
)
def test_few_tickets_are_one_in_twenty(available: int, state: SaleState) -> None:
    assert sale_state(event(), available, BEFORE) is state


def test_a_small_event_has_few_left_at_ten_but_not_from_the_start() -> None:
    assert sale_state(event(seat_count=100), 10, BEFORE) is SaleState.FEW_LEFT
    assert sale_state(event(seat_count=10), 10, BEFORE) is SaleState.ON_SALE


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (EventStatus.DRAFT, SaleState.ANNOUNCED),
        (EventStatus.POSTPONED, SaleState.POSTPONED),
        (EventStatus.CANCELLED, SaleState.CALLED_OFF),
        (EventStatus.COMPLETED, SaleState.OVER),
    ],
)
def test_what_is_off_sale_says_why(status: EventStatus, state: SaleState) -> None:
    assert sale_state(event(status=status), 0, BEFORE) is state


def test_a_sale_begins_and_ends() -> None:
    sold = event(sales=SalesWindow(BEFORE, OPENING))

    states = [sale_state(sold, 9, moment) for moment in (BEFORE - HOUR, BEFORE, OPENING, OPENING + HOUR)]

    assert states == [SaleState.ANNOUNCED, SaleState.FEW_LEFT, SaleState.CLOSED, SaleState.OVER]


@pytest.mark.parametrize(
    ("withheld", "state"),
    [
        (WithheldTickets(5), SaleState.SOLD_OUT),
        (WithheldTickets(5, opens_at=OPENING), SaleState.ANNOUNCED),
        (WithheldTickets(5, opens_at=OPENING, is_paused=True), SaleState.ANNOUNCED),
        (WithheldTickets(5, is_paused=True), SaleState.PAUSED),
        (WithheldTickets(5, is_over=True), SaleState.CLOSED),
    ],
)
def test_where_nothing_is_left_what_is_withheld_counts(withheld: WithheldTickets, state: SaleState) -> None:
    assert sale_state(event(), 0, BEFORE, withheld) is state
    assert sale_state(event(), 1, BEFORE, withheld) is SaleState.FEW_LEFT


def test_an_announced_event_sells_when_it_and_one_of_its_types_do() -> None:
    later = WithheldTickets(5, opens_at=OPENING)
    sold = event(sales=SalesWindow(BEFORE))

    def start(of: Event, available: int) -> datetime | None:
        shown = ShownEvent(FoundEvent(of, OPENING, None, None, None), available, SaleState.ANNOUNCED, later)
        return shown.sales_start

    assert [start(sold, 0), start(sold, 1)] == [OPENING, BEFORE]
    assert start(event(sales=SalesWindow(OPENING + HOUR)), 0) == OPENING + HOUR
    assert start(event(status=EventStatus.DRAFT), 0) is None


@pytest.mark.parametrize(("limit", "available", "most"), [(None, 1000, 100), (4, 1000, 4), (4, 3, 3), (None, 0, 1)])
def test_somebody_can_ask_for_what_there_is_within_all_limits(limit: int | None, available: int, most: int) -> None:
    found = FoundEvent(event(ticket_limit=limit), OPENING, None, None, None)

    assert ShownEvent(found, available, SaleState.ON_SALE).tickets_most == most <= TICKETS_A_REQUEST


@pytest.mark.parametrize(
    ("today", "saturday"),
    [
        (date(2029, 11, 26), date(2029, 12, 1)),
        (date(2029, 11, 30), date(2029, 12, 1)),
        (date(2029, 12, 1), date(2029, 12, 1)),
        (date(2029, 12, 2), date(2029, 12, 1)),
        (date(2029, 12, 3), date(2029, 12, 8)),
    ],
)
def test_the_weekend_is_the_next_one_or_the_present_one(today: date, saturday: date) -> None:
    search = taking_place(EventSearch(), When.WEEKEND, today)

    assert search == EventSearch(starts_after=saturday, starts_before=saturday + timedelta(days=2))
