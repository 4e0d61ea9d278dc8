"""What the office shows of an event's sales: totals, and plots with the numbers that they show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from booked.domain.model.figures.analytics import DayTotals, Funnel, TypeFigures
from booked.domain.model.figures.reports import EventReport
from booked.domain.model.money import Money

DAYS_SHOWN = 60
WIDTH = 400
HEIGHT = 120
ROW = 38  # the height of a bar with its label
LABEL = 15  # of that, what the label takes
GAP = 2


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle of a plot, in its units. Its label ends at `label_y`."""

    x: float
    y: float
    width: float
    height: float
    label_y: float


@dataclass(frozen=True, slots=True)
class Plot:
    """Bars for numbers, the longest one for the greatest."""

    width: int
    height: int
    bars: Sequence[Bar]

    @classmethod
    def columns(cls, values: Sequence[int]) -> "Plot":
        """Return a plot of upright bars from left to right."""
        greatest, step = max([1, *values]), WIDTH / max(len(values), 10)
        heights = [round(HEIGHT * value / greatest, 1) for value in values]
        bars = [
            Bar(round(place * step, 1), round(HEIGHT - height, 1), round(step - GAP, 1), height, 0)
            for place, height in enumerate(heights)
        ]
        return cls(WIDTH, HEIGHT, bars)

    @classmethod
    def rows(cls, values: Sequence[int]) -> "Plot":
        """Return a plot of lying bars below each other, with room for a label above each."""
        greatest = max([1, *values])
        bars = [
            Bar(0, place * ROW + LABEL + 6, round(WIDTH * value / greatest, 1), ROW - LABEL - 14, place * ROW + LABEL)
            for place, value in enumerate(values)
        ]
        return cls(WIDTH, ROW * len(values), bars)


@dataclass(frozen=True, slots=True)
class FiguresDay:
    """A day's sales. `day` is its beginning."""

    day: datetime
    booked: int
    cancelled: int
    revenue: Money
    refunded: Money

    @classmethod
    def of(cls, totals: DayTotals, zone: ZoneInfo, currency: str) -> "FiguresDay":
        return cls(
            day=datetime.combine(totals.day, time(), zone),
            booked=totals.booked,
            cancelled=totals.cancelled,
            revenue=Money(totals.revenue, currency),
            refunded=Money(totals.refunded, currency),
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
    """The plots show what the lists of the same name say."""

    id: str
    name: str
    sold: int
    held: int
    available: int
    cancelled: int
    revenue: Money
    days: Sequence[FiguresDay]
    days_plot: Plot
    types: Sequence[FiguresType]
    types_plot: Plot
    funnel: Funnel
    funnel_plot: Plot
    timezone: str

    @classmethod
    def of(cls, report: EventReport) -> "FiguresView":
        totals, funnel = report.totals, report.funnel
        event, days = totals.event, report.days[-DAYS_SHOWN:]
        types = [FiguresType.of(each, event.currency) for each in report.types]
        return cls(
            id=event.id,
            name=event.name,
            sold=totals.sold,
            held=report.held,
            available=report.available,
            cancelled=totals.cancelled,
            revenue=Money(totals.revenue, event.currency),
            days=[FiguresDay.of(day, ZoneInfo(report.timezone), event.currency) for day in days],
            days_plot=Plot.columns([day.booked for day in days]),
            types=types,
            types_plot=Plot.rows([each.sold for each in types]),
            funnel=funnel,
            funnel_plot=Plot.rows([funnel.reserved, funnel.booked, funnel.lapsed, funnel.given_back]),
            timezone=report.timezone,
        )
