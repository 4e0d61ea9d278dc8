"""What the office shows of an event's sales: totals, and plots with their numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from booked.adapters.http.contracts.web.views.plots import Plot
from booked.domain.model.figures.analytics import DayTotals, Funnel, TypeFigures
from booked.domain.model.figures.hours import SpanTotals
from booked.domain.model.figures.reports import EventReport
from booked.domain.model.money import Money

DAYS_SHOWN = 60


@dataclass(frozen=True, slots=True)
class FiguresSpan:
    """What was sold on a day or in an hour beginning at `since`."""

    since: datetime
    booked: int
    cancelled: int
    revenue: Money
    refunded: Money

    @classmethod
    def of_day(cls, day: DayTotals, zone: ZoneInfo, currency: str) -> "FiguresSpan":
        revenue, refunded = Money(day.revenue, currency), Money(day.refunded, currency)
        return cls(datetime.combine(day.day, time(), zone), day.booked, day.cancelled, revenue, refunded)

    @classmethod
    def of_hour(cls, hour: SpanTotals, currency: str) -> "FiguresSpan":
        revenue, refunded = Money(hour.revenue, currency), Money(hour.refunded, currency)
        return cls(hour.since, hour.booked, hour.cancelled, revenue, refunded)

    @property
    def is_quiet(self) -> bool:
        return not self.booked and not self.cancelled


@dataclass(frozen=True, slots=True)
class Timeline:
    """Days or hours without a gap as three plots of columns, each with the greatest number in it.

    `spans` are those of them in which anything happened. Booked and cancelled tickets have the same scale.
    """

    first: datetime
    last: datetime
    spans: Sequence[FiguresSpan]
    booked: Plot
    cancelled: Plot
    revenue: Plot
    most_booked: int
    most_cancelled: int
    most_revenue: Money

    @classmethod
    def of(cls, spans: Sequence[FiguresSpan]) -> "Timeline":
        """Return the plots of at least one span."""
        booked, cancelled = [span.booked for span in spans], [span.cancelled for span in spans]
        revenue = [span.revenue.amount for span in spans]
        most = max([*booked, *cancelled])
        return cls(
            first=spans[0].since,
            last=spans[-1].since,
            spans=[span for span in spans if not span.is_quiet],
            booked=Plot.columns(booked, most),
            cancelled=Plot.columns(cancelled, most),
            revenue=Plot.columns(revenue),
            most_booked=max(booked),
            most_cancelled=max(cancelled),
            most_revenue=Money(max(revenue), spans[0].revenue.currency),
        )


@dataclass(frozen=True, slots=True)
class FiguresType:
    name: str
    sold: int
    quota: int
    cancelled: int
    revenue: Money

    @classmethod
    def of(cls, figures: TypeFigures, currency: str) -> "FiguresType":
        type_ = figures.sales.type
        revenue = Money(figures.revenue, currency)
        return cls(type_.name, figures.sales.sold, type_.quota, figures.cancelled, revenue)


@dataclass(frozen=True, slots=True)
class FiguresView:
    """The plots show what the tables say. `days` and `hours` are None as long as nothing happened."""

    id: str
    name: str
    has_seats: bool
    sold: int
    held: int
    available: int
    cancelled: int
    revenue: Money
    days: Timeline | None
    hours: Timeline | None
    types: Sequence[FiguresType]
    types_plot: Plot
    funnel: Funnel
    funnel_plot: Plot
    timezone: str

    @classmethod
    def of(cls, report: EventReport, *, has_seats: bool) -> "FiguresView":
        totals, funnel = report.totals, report.funnel
        event, zone = totals.event, ZoneInfo(report.timezone)
        days = [FiguresSpan.of_day(day, zone, event.currency) for day in without_gaps(report.days)]
        hours = [FiguresSpan.of_hour(hour, event.currency) for hour in report.hours]
        types = [FiguresType.of(each, event.currency) for each in report.types]
        return cls(
            id=event.id,
            name=event.name,
            has_seats=has_seats,
            sold=totals.sold,
            held=report.held,
            available=report.available,
            cancelled=totals.cancelled,
            revenue=Money(totals.revenue, event.currency),
            days=Timeline.of(days) if days else None,
            hours=Timeline.of(hours) if hours else None,
            types=types,
            types_plot=Plot.rows([each.sold for each in types]),
            funnel=funnel,
            funnel_plot=Plot.rows([funnel.reserved, funnel.booked, funnel.lapsed, funnel.given_back]),
            timezone=report.timezone,
        )


def without_gaps(days: Sequence[DayTotals]) -> list[DayTotals]:
    """Return the days up to the last one on which anything happened, `DAYS_SHOWN` at most."""
    if not days:
        return []
    known = {totals.day: totals for totals in days}
    last = days[-1].day
    count = min(DAYS_SHOWN, (last - days[0].day).days + 1)
    shown = [last - timedelta(days=back) for back in reversed(range(count))]
    return [known.get(day) or DayTotals(day, booked=0, cancelled=0, revenue=0, refunded=0) for day in shown]
