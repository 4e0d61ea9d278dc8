"""Copies of events have all that was said of the first one, at another time."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from booked.domain.errors import InvalidEvent
from booked.domain.model.ids import EventId
from booked.domain.model.programme.cancellation import NEVER
from booked.domain.model.programme.copies import copy_of
from booked.domain.model.programme.events import EventDetails, EventSpecification, EventStatus, accept
from booked.domain.model.programme.ticket_types import EarlyBird, TicketTypeDraft
from booked.domain.model.programme.times import AT_START, SalesWindow
from booked.domain.model.programme.type_rules import TypeRules

START = datetime(2030, 6, 1, 20, tzinfo=UTC)
WEEK = timedelta(days=7)
LONDON, BERLIN = ZoneInfo("Europe/London"), ZoneInfo("Europe/Berlin")


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

    copied, same_plan = accept(copy_of(event, plan, START + WEEK, LONDON), EventId("2"), None)

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

    copied, same_plan = accept(copy_of(event, plan, START + WEEK, LONDON), EventId("2"), None)

    assert copied.ends_at == START + WEEK + timedelta(hours=2)
    assert copied.sales == SalesWindow(START - 2 * WEEK, START + WEEK)
    assert (copied.cancellation.present.until, copied.cancellation.present.fee) == (START, 250)
    assert same_plan.types[0].early_bird == EarlyBird(3900, START)
    assert same_plan.types[1].rules.sales == SalesWindow(START - WEEK, None)


@pytest.mark.parametrize("starts_at", [START + WEEK, START - WEEK])
def test_what_buyers_cannot_cancel_they_cannot_cancel_in_a_copy(starts_at: datetime) -> None:
    event, plan = accept(described(cancellable_until=NEVER), EventId("1"), None)

    assert copy_of(event, plan, starts_at, LONDON).cancellable_until == NEVER


@pytest.mark.parametrize("year", [1970, 9999])
def test_no_time_leaves_the_years_that_there_are(year: int) -> None:
    event, plan = accept(described(), EventId("1"), None)
    edge = datetime(year, 1, 1, tzinfo=UTC) if year == 1970 else datetime(year, 12, 31, 23, tzinfo=UTC)

    with pytest.raises(InvalidEvent):
        copy_of(event, plan, edge, LONDON)


def berlin(local: str) -> datetime:
    return datetime.fromisoformat(local).replace(tzinfo=BERLIN).astimezone(UTC)


def summer_night(**said: object) -> EventSpecification:
    """An evening in July with everything that has a time."""
    start = berlin("2027-07-10T20:00")
    period = SalesWindow(berlin("2027-05-01T10:00"), berlin("2027-07-01T12:00"))
    early = EarlyBird(3900, berlin("2027-06-01T00:00"))
    times: dict[str, object] = {
        "starts_at": start,
        "ends_at": berlin("2027-07-11T01:30"),
        "timezone": "Europe/Berlin",
        "tickets": [TicketTypeDraft("Floor", 4900, quota=30, early_bird=early, rules=TypeRules(sales=period))],
        "sales_start": berlin("2027-04-01T10:00"),
        "sales_end": AT_START,
        "cancellable_until": berlin("2027-07-03T20:00"),
    }
    return described(**times | said)


def test_all_times_keep_their_hour_where_clocks_are_changed_meanwhile() -> None:
    event, plan = accept(summer_night(), EventId("1"), None)
    later = berlin("2027-12-11T20:00")

    copied, same_plan = accept(copy_of(event, plan, later, BERLIN), EventId("2"), None)

    [floor] = same_plan.types
    assert copied.ends_at == berlin("2027-12-12T01:30")
    assert copied.sales == SalesWindow(berlin("2027-09-02T10:00"), later)
    assert copied.cancellation.present.until == berlin("2027-12-04T20:00")
    assert floor.early_bird == EarlyBird(3900, berlin("2027-11-02T00:00"))
    assert floor.rules.sales == SalesWindow(berlin("2027-10-02T10:00"), berlin("2027-12-02T12:00"))


@pytest.mark.parametrize("fold", [0, 1])
def test_a_copy_into_the_hour_that_comes_twice_ends_after_it_starts(fold: int) -> None:
    short = summer_night(ends_at=berlin("2027-07-10T20:30"))
    event, plan = accept(short, EventId("1"), None)
    later = datetime(2027, 10, 31, 2, 15, tzinfo=BERLIN, fold=fold).astimezone(UTC)

    copied = copy_of(event, plan, later, BERLIN)

    assert (copied.starts_at, copied.sales_end) == (later, later)
    assert copied.ends_at == later + timedelta(minutes=30)


def test_an_event_in_the_hour_that_comes_twice_has_copies() -> None:
    start = datetime(2027, 10, 31, 2, 40, tzinfo=BERLIN).astimezone(UTC)
    event, plan = accept(summer_night(starts_at=start, ends_at=start + timedelta(minutes=30)), EventId("1"), None)

    copied = copy_of(event, plan, berlin("2027-11-07T02:40"), BERLIN)

    assert copied.ends_at == berlin("2027-11-07T03:10")
