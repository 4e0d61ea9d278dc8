"""Copies of events have all that was said of the first one, at another time."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest

from booked.domain.errors import InvalidEvent
from booked.domain.model.ids import EventId
from booked.domain.model.programme.copies import copy_of
from booked.domain.model.programme.events import EventDetails, EventSpecification, EventStatus, accept
from booked.domain.model.programme.ticket_types import EarlyBird, TicketTypeDraft
from booked.domain.model.programme.times import AT_START, SalesWindow
from booked.domain.model.programme.type_rules import TypeRules

START = datetime(2030, 6, 1, 20, tzinfo=UTC)
WEEK = timedelta(days=7)


def described(**said: object) -> EventSpecification:
    types = [
        TicketTypeDraft("Floor", 4900, "Standing", quota=30, early_bird=EarlyBird(3900, START - WEEK)),
        TicketTypeDraft("Patrons", 9900, quota=5, rules=TypeRules(True, True, SalesWindow(START - 2 * WEEK, None))),
    ]
    details: dict[str, object] = {
        "name": "Night Music",
        "address": "The Mill, York",
        "description": "Loud",
        "artist": "Mara Quill",
        "tour_name": "Late",
        "starts_at": START,
        "ends_at": START + timedelta(hours=2),
        "ticket_limit": 4,
        "currency": "EUR",
        "timezone": "Europe/London",
        "tickets": types,
        "latitude": 53.95,
        "longitude": -1.08,
        "sales_start": START - 3 * WEEK,
        "sales_end": AT_START,
        "cancellable_until": START - WEEK,
        "cancellation_fee": 250,
        "status": EventStatus.PUBLISHED,
    }
    return EventSpecification(**details | said)  # type: ignore[arg-type]  # a field of each name, checked there


def test_a_copy_differs_only_in_its_times_and_is_a_draft() -> None:
    event, plan = accept(described(), EventId("1"), None)

    copied, same_plan = accept(copy_of(event, plan, START + WEEK), EventId("2"), None)

    times = {"starts_at", "ends_at"}
    assert all(getattr(copied, f.name) == getattr(event, f.name) for f in fields(EventDetails) if f.name not in times)
    assert (copied.coordinates, copied.seat_count) == (event.coordinates, event.seat_count)
    assert (copied.status, copied.sold, copied.version) == (EventStatus.DRAFT, 0, 1)
    assert same_plan.blocks == plan.blocks
    for type_, same in zip(plan.types, same_plan.types, strict=True):
        assert (same.name, same.description, same.price, same.quota) == (
            type_.name,
            type_.description,
            type_.price,
            type_.quota,
        )
        assert (same.rules.hidden, same.rules.paused) == (type_.rules.hidden, type_.rules.paused)


def test_all_times_move_along() -> None:
    event, plan = accept(described(), EventId("1"), None)

    copied, same_plan = accept(copy_of(event, plan, START + WEEK), EventId("2"), None)

    assert copied.ends_at == START + WEEK + timedelta(hours=2)
    assert copied.sales == SalesWindow(START - 2 * WEEK, START + WEEK)
    assert (copied.cancellation.present.until, copied.cancellation.present.fee) == (START, 250)
    assert same_plan.types[0].early_bird == EarlyBird(3900, START)
    assert same_plan.types[1].rules.sales == SalesWindow(START - WEEK, None)


@pytest.mark.parametrize("year", [1970, 9999])
def test_no_time_leaves_the_years_that_there_are(year: int) -> None:
    event, plan = accept(described(), EventId("1"), None)
    edge = datetime(year, 1, 1, tzinfo=UTC) if year == 1970 else datetime(year, 12, 31, 23, tzinfo=UTC)

    with pytest.raises(InvalidEvent):
        copy_of(event, plan, edge)
