"""Figures for those who run events."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from booked.domain.model.ids import EventId
from booked.domain.model.programme.events import Event, EventStatus
from booked.domain.model.programme.ticket_types import TypeSales

DAYS_MOST = 1_000
ON_SALE = frozenset({EventStatus.PUBLISHED})
# An event that was called off is gone from lists of all: at the root, to delete an event is to call it off.
EVER_ON_SALE = frozenset({EventStatus.PUBLISHED, EventStatus.POSTPONED, EventStatus.COMPLETED})

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class EventSales:
    """`seats` are those for sale. `booked_today` counts tickets booked since midnight UTC, cancelled since or not."""

    event_id: EventId
    seats: int
    sold: int
    booked_today: int
    status: EventStatus = EventStatus.PUBLISHED

    @property
    def capacity_utilisation(self) -> float:
        """Return a share between 0 and 1; 0 where every seat is blocked."""
        return self.sold / self.seats if self.seats else 0.0


@dataclass(frozen=True, slots=True)
class Cancellations:
    """Tickets ever booked of an event, and how many of those were cancelled."""

    event_id: EventId
    booked: int
    cancelled: int
    status: EventStatus = EventStatus.PUBLISHED

    @property
    def rate(self) -> float:
        """Return a share between 0 and 1; 0 where nothing was ever booked."""
        return self.cancelled / self.booked if self.booked else 0.0


@dataclass(frozen=True, slots=True)
class DayFigures:
    """What happened to tickets of one type on a day; amounts in minor units of the event's currency."""

    day: date
    type_number: int
    booked: int
    cancelled: int
    revenue: int
    refunded: int


@dataclass(frozen=True, slots=True)
class SoldRange:
    """Tickets from `first` to `last` that are sold or, with `blocked`, kept from sale by the house."""

    first: int
    last: int
    blocked: bool


@dataclass(frozen=True, slots=True)
class TypeFigures:
    """A ticket type with what its tickets brought in; `revenue` less what was refunded, in minor units."""

    sales: TypeSales
    held: int
    booked: int
    cancelled: int
    revenue: int

    @property
    def cancellation_rate(self) -> float:
        """Return a share between 0 and 1; 0 where nothing was ever booked."""
        return self.cancelled / self.booked if self.booked else 0.0


@dataclass(frozen=True, slots=True)
class Funnel:
    """What became of reserved tickets, counted by the hold store since it last lost everything."""

    reserved: int
    booked: int
    lapsed: int
    given_back: int


@dataclass(frozen=True, slots=True)
class EventFigures:
    """An event's counters: tickets ever booked and cancelled, those sold now, and what they brought in.

    `venue_timezone` counts where the event has no time zone of its own. `booked_today` counts tickets booked since
    midnight there, cancelled since or not.
    """

    event: Event
    booked: int
    cancelled: int
    revenue: int
    venue_timezone: str | None = None
    booked_today: int = 0

    @property
    def sold(self) -> int:
        """Return how many tickets people have; those blocked by the organizer are nobody's."""
        return self.event.sold - self.event.blocked

    @property
    def cancellation_rate(self) -> float:
        """Return a share between 0 and 1; 0 where nothing was ever booked."""
        return self.cancelled / self.booked if self.booked else 0.0


@dataclass(frozen=True, slots=True)
class DayTotals:
    """What happened to an event's tickets of all types on a day; amounts in minor units."""

    day: date
    booked: int
    cancelled: int
    revenue: int
    refunded: int


def by_type(types: Iterable[TypeSales], days: Sequence[DayFigures], *, on_sale: bool) -> list[TypeFigures]:
    """Return figures of each type, summed up over the days. Nobody holds tickets of an event off sale."""
    figures = []
    of_type = _grouped(days, lambda day: day.type_number)
    for sales in types:
        those = of_type.get(sales.type.number, [])
        held = sales.type.quota - sales.sold - sales.blocked - sales.free if on_sale else 0
        figures.append(
            TypeFigures(
                sales,
                held=max(0, held),
                booked=sum(day.booked for day in those),
                cancelled=sum(day.cancelled for day in those),
                revenue=sum(day.revenue - day.refunded for day in those),
            )
        )
    return figures


def by_day(days: Sequence[DayFigures]) -> list[DayTotals]:
    """Return the latest days on which anything happened, in their order, with the totals of all types."""
    return [_totals(those) for _, those in sorted(_grouped(days, lambda day: day.day).items())[-DAYS_MOST:]]


def _grouped(days: Iterable[DayFigures], by: Callable[[DayFigures], K]) -> dict[K, list[DayFigures]]:
    groups: dict[K, list[DayFigures]] = {}
    for day in days:
        groups.setdefault(by(day), []).append(day)
    return groups


def _totals(days: Sequence[DayFigures]) -> DayTotals:
    return DayTotals(
        days[0].day,
        booked=sum(day.booked for day in days),
        cancelled=sum(day.cancelled for day in days),
        revenue=sum(day.revenue for day in days),
        refunded=sum(day.refunded for day in days),
    )
