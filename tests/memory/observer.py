"""What happened in the box office, kept in order."""

from dataclasses import dataclass, field

from booked.domain.model.ids import EventId
from booked.domain.model.sale.bookings import Verdict

Occurrence = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class RecordingObserver:
    """`seen` has a tuple per call: the method's name, then its arguments."""

    seen: list[Occurrence] = field(default_factory=list, init=False)

    def named(self, name: str) -> list[Occurrence]:
        """The occurrences of one name, oldest first."""
        return [occurrence for occurrence in self.seen if occurrence[0] == name]

    def reserved(self, event_id: EventId, tickets: int) -> None:
        self.seen.append(("reserved", event_id, tickets))

    def booked(self, event_id: EventId, tickets: int) -> None:
        self.seen.append(("booked", event_id, tickets))

    def cancelled(self, event_id: EventId, tickets: int) -> None:
        self.seen.append(("cancelled", event_id, tickets))

    def refused(self, event_id: EventId, verdict: Verdict) -> None:
        self.seen.append(("refused", event_id, verdict))

    def uncertain(self, event_id: EventId) -> None:
        self.seen.append(("uncertain", event_id))

    def swept(self, event_id: EventId, settled: bool) -> None:
        self.seen.append(("swept", event_id, settled))

    def mismatch(self, event_id: EventId, what: str) -> None:
        self.seen.append(("mismatch", event_id, what))

    def repaired(self, event_id: EventId, epoch: int) -> None:
        self.seen.append(("repaired", event_id, epoch))

    def offered(self, event_id: EventId, tickets: int) -> None:
        self.seen.append(("offered", event_id, tickets))

    def withdrawing(self, event_id: EventId, left: int) -> None:
        self.seen.append(("withdrawing", event_id, left))

    def setback(self, event_id: EventId, error: Exception) -> None:
        self.seen.append(("setback", event_id, error))

    def limited(self, limit: str) -> None:
        self.seen.append(("limited", limit))

    def upkeep_done(self, seconds: float) -> None:
        self.seen.append(("upkeep_done", seconds))
