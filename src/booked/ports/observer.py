"""Who is told what happens: logs and metrics, and people."""

from typing import Protocol

from booked.domain.model.ids import EventId
from booked.domain.model.sale.bookings import Verdict
from booked.domain.model.sale.waitlist import Offer


class Observer(Protocol):
    """Every method returns at once and never raises."""

    def reserved(self, event_id: EventId, tickets: int) -> None: ...

    def booked(self, event_id: EventId, tickets: int) -> None: ...

    def cancelled(self, event_id: EventId, tickets: int) -> None: ...

    def refused(self, event_id: EventId, verdict: Verdict) -> None:
        """Note that the database refused a claim's commit."""
        ...

    def uncertain(self, event_id: EventId) -> None:
        """Note that a commit's outcome is unknown, and it is repeated."""
        ...

    def swept(self, event_id: EventId, settled: bool) -> None:
        """Note that a claim left behind by its process was settled, or else abandoned."""
        ...

    def mismatch(self, event_id: EventId, what: str) -> None:
        """Note that the two stores disagree about an event for longer than anything in flight explains."""
        ...

    def repaired(self, event_id: EventId, epoch: int) -> None: ...

    def offered(self, event_id: EventId, tickets: int) -> None: ...

    def withdrawing(self, event_id: EventId, left: int) -> None:
        """Note that a cancelled event has given tickets back; this many are still sold."""
        ...

    def setback(self, event_id: EventId, error: Exception) -> None:
        """Note that upkeep of an event failed; the next round tries again."""
        ...

    def limited(self, limit: str) -> None:
        """Note that somebody was refused by the limit of this name."""
        ...

    def upkeep_done(self, seconds: float) -> None:
        """Note how long a round of upkeep over all events took."""
        ...


class Notifier(Protocol):
    async def offer_made(self, offer: Offer) -> None:
        """Tell a waiting user that tickets are held for them. Raise if it fails: the next round tries again.

        May be called twice for an offer.
        """
        ...
