"""What happens in the box office, told to whoever keeps logs and metrics."""

from typing import Protocol

from booked.domain.model.ids import EventId
from booked.domain.model.sale.bookings import Verdict


class Observer(Protocol):
    """Every method returns at once and never raises."""

    def reserved(self, event_id: EventId, tickets: int) -> None: ...

    def booked(self, event_id: EventId, tickets: int) -> None: ...

    def cancelled(self, event_id: EventId, tickets: int) -> None: ...

    def refused(self, event_id: EventId, verdict: Verdict) -> None:
        """A claim's commit was refused by the database."""
        ...

    def uncertain(self, event_id: EventId) -> None:
        """A commit's outcome is unknown and it is being repeated."""
        ...

    def swept(self, event_id: EventId, settled: bool) -> None:
        """A claim that its process left behind was settled, or else abandoned."""
        ...

    def mismatch(self, event_id: EventId, what: str) -> None:
        """The two stores disagree about an event for longer than anything in flight explains."""
        ...

    def repaired(self, event_id: EventId, epoch: int) -> None: ...

    def offered(self, event_id: EventId, tickets: int) -> None: ...

    def withdrawing(self, event_id: EventId, left: int) -> None:
        """A cancelled event has given tickets back; this many are sold still."""
        ...

    def setback(self, event_id: EventId, error: Exception) -> None:
        """Upkeep of an event failed this time; it is tried again in the next round."""
        ...

    def limited(self, limit: str) -> None:
        """Somebody was refused because of the limit of this name."""
        ...

    def upkeep_done(self, seconds: float) -> None:
        """A round of upkeep over all events took this long."""
        ...
