"""The hours of a day in a time zone, with what happened in them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from booked.domain.model.figures.hours import HOUR, SpanTotals, bounds_of, by_hour

BERLIN = ZoneInfo("Europe/Berlin")


def a_quarter(since: datetime, booked: int = 1) -> SpanTotals:
    return SpanTotals(since, booked, cancelled=2, revenue=10, refunded=5)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("UTC", date(2026, 3, 29), 24),
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("Asia/Kathmandu", date(2026, 10, 25), 24),
        ("Australia/Lord_Howe", date(2026, 4, 5), 25),  # half an hour more
        ("America/Sao_Paulo", date(2018, 11, 4), 23),  # whose midnight did not come
    ],
)
def test_a_day_has_as_many_hours_as_its_clock_shows(zone: str, day: date, hours: int) -> None:
    begin, end = bounds_of(day, ZoneInfo(zone))

    shown = by_hour(day, ZoneInfo(zone), [])

    assert len(shown) == hours
    assert shown[0].since == begin
    assert {each.since.astimezone(ZoneInfo(zone)).date() for each in shown} == {day}
    assert end - HOUR <= shown[-1].since < end


def test_quarters_of_an_hour_count_for_their_hour_and_others_for_none() -> None:
    day = date(2026, 10, 25)
    begin, end = bounds_of(day, BERLIN)
    quarters = [
        *(a_quarter(begin + timedelta(minutes=15 * number)) for number in range(5)),
        a_quarter(end - timedelta(minutes=15), booked=7),
        a_quarter(begin - timedelta(minutes=15)),
        a_quarter(end),
    ]

    shown = by_hour(day, BERLIN, quarters)

    assert shown[0] == SpanTotals(begin, booked=4, cancelled=8, revenue=40, refunded=20)
    assert shown[1] == SpanTotals(begin + HOUR, booked=1, cancelled=2, revenue=10, refunded=5)
    assert (shown[-1].booked, sum(each.booked for each in shown)) == (7, 12)
    assert [each.since.hour for each in shown[1:5]] == [1, 2, 2, 3]


def test_the_hour_that_comes_twice_is_two_hours() -> None:
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)

    shown = by_hour(date(2026, 10, 25), BERLIN, [a_quarter(first), a_quarter(first + HOUR, booked=3)])

    assert [each.booked for each in shown if each.since.hour == 2] == [1, 3]
