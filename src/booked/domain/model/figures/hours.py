"""Figures by the hours of a day, as the clock on a wall shows them."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class SpanTotals:
    """What happened to an event's tickets of all types in a quarter of an hour or an hour beginning at `since`.

    Amounts are in minor units.
    """

    since: datetime
    booked: int
    cancelled: int
    revenue: int
    refunded: int


def bounds_of(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the moments at which a day begins and ends."""
    begin, end = (datetime.combine(each, time(), zone).astimezone(UTC) for each in (day, day + timedelta(days=1)))
    return begin, end


def by_hour(day: date, zone: ZoneInfo, quarters: Iterable[SpanTotals]) -> list[SpanTotals]:
    """Return the totals of each hour of a day. It has 23 or 25 of them where clocks change."""
    begin, end = bounds_of(day, zone)
    begins = [begin + number * HOUR for number in range(-(-(end - begin) // HOUR))]
    hours: list[list[SpanTotals]] = [[] for _ in begins]
    for quarter in quarters:
        if begin <= quarter.since < end:
            hours[bisect_right(begins, quarter.since) - 1].append(quarter)
    return [_total(since.astimezone(zone), own) for since, own in zip(begins, hours, strict=True)]


def _total(since: datetime, quarters: Iterable[SpanTotals]) -> SpanTotals:
    own = list(quarters)
    return SpanTotals(
        since,
        booked=sum(each.booked for each in own),
        cancelled=sum(each.cancelled for each in own),
        revenue=sum(each.revenue for each in own),
        refunded=sum(each.refunded for each in own),
    )
