"""Figures for those who run events."""

from dataclasses import dataclass

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
