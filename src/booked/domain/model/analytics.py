"""Figures for those who run events."""

from dataclasses import dataclass
from datetime import date

from booked.domain.model.events import Event
from booked.domain.model.ids import EventId


@dataclass(frozen=True, slots=True)
class EventSales:
    """`booked_today` counts tickets booked since midnight UTC, cancelled since or not."""

    event_id: EventId
    seats: int
    sold: int
    booked_today: int

    @property
    def capacity_utilisation(self) -> float:
        return self.sold / self.seats


@dataclass(frozen=True, slots=True)
class Cancellations:
    """Tickets ever booked of an event, and how many of those were cancelled."""

    event_id: EventId
    booked: int
    cancelled: int

    @property
    def rate(self) -> float:
        """Between 0 and 1; 0 where nothing was ever booked."""
        return self.cancelled / self.booked if self.booked else 0.0


@dataclass(frozen=True, slots=True)
class DayFigures:
    """What happened to tickets of one type on a UTC day; amounts in minor units of the event's currency."""

    day: date
    type_number: int
    booked: int
    cancelled: int
    revenue: int
    refunded: int


@dataclass(frozen=True, slots=True)
class Funnel:
    """What became of tickets that were reserved, counted by the hold store since it last lost everything."""

    reserved: int
    booked: int
    lapsed: int
    given_back: int


@dataclass(frozen=True, slots=True)
class EventFigures:
    """An event's counters: tickets ever booked and cancelled, those that are sold now, and what they brought in."""

    event: Event
    booked: int
    cancelled: int
    revenue: int

    @property
    def sold(self) -> int:
        """Tickets that somebody has; those that the organizer blocked are nobody's."""
        return self.event.sold - self.event.blocked

    @property
    def cancellation_rate(self) -> float:
        """Between 0 and 1; 0 where nothing was ever booked."""
        return self.cancelled / self.booked if self.booked else 0.0
