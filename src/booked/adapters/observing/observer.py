"""An observer writing log lines and counting."""

import structlog

from booked.adapters.observing import metrics
from booked.adapters.observing.seldom import Seldom
from booked.adapters.observing.tally import TicketTally
from booked.domain.errors import StoreError
from booked.domain.model.ids import EventId
from booked.domain.model.sale.bookings import Verdict


class LoggingObserver:
    """What happens all the time is a line for those who debug; what is rare is a line for everyone."""

    def __init__(self) -> None:
        # Bound once: binding anew for every line costs more than to find that nobody wants it.
        self._log = structlog.get_logger(__name__).bind()
        self._setbacks = Seldom()
        self._reserved = TicketTally(metrics.holds, metrics.held_tickets)
        self._booked = TicketTally(metrics.bookings, metrics.booked_tickets)
        self._cancelled = TicketTally(metrics.cancellations, metrics.cancelled_tickets)

    def reserved(self, event_id: EventId, tickets: int) -> None:
        self._reserved.add(tickets)
        self._log.debug("tickets reserved", event_id=event_id, tickets=tickets)

    def booked(self, event_id: EventId, tickets: int) -> None:
        self._booked.add(tickets)
        self._log.debug("tickets booked", event_id=event_id, tickets=tickets)

    def cancelled(self, event_id: EventId, tickets: int) -> None:
        self._cancelled.add(tickets)
        self._log.debug("tickets cancelled", event_id=event_id, tickets=tickets)

    def refused(self, event_id: EventId, verdict: Verdict) -> None:
        metrics.conflicts.labels(verdict.name.lower()).inc()
        self._log.info("booking refused", event_id=event_id, verdict=verdict.name.lower())

    def uncertain(self, event_id: EventId) -> None:
        metrics.uncertain_commits.inc()
        self._log.warning("outcome of a booking unknown, committing it again", event_id=event_id)

    def swept(self, event_id: EventId, settled: bool) -> None:
        outcome = "settled" if settled else "abandoned"
        metrics.upkeep_metrics().sweeps.labels(outcome).inc()
        self._log.warning("claim left behind was resolved", event_id=event_id, outcome=outcome)

    def mismatch(self, event_id: EventId, what: str) -> None:
        metrics.upkeep_metrics().mismatches.inc()
        self._log.error("the stores disagree", event_id=event_id, what=what)

    def repaired(self, event_id: EventId, epoch: int) -> None:
        metrics.repairs.inc()
        # Every event is installed once; after that it is news.
        tell = self._log.debug if epoch == 1 else self._log.info
        tell("event installed in the hold store", event_id=event_id, epoch=epoch)

    def offered(self, event_id: EventId, tickets: int) -> None:
        metrics.upkeep_metrics().offers.inc()
        metrics.upkeep_metrics().offered_tickets.inc(tickets)
        self._log.info("tickets offered to the waitlist", event_id=event_id, tickets=tickets)

    def withdrawing(self, event_id: EventId, left: int) -> None:
        self._log.info("cancelled event gives tickets back", event_id=event_id, left=left)

    def setback(self, event_id: EventId, error: Exception) -> None:
        metrics.upkeep_metrics().setbacks.labels(type(error).__name__).inc()
        # While a store is away, this is true of every event in every round.
        untold = self._setbacks.due(type(error).__name__)
        if untold is not None:
            self._log.warning(
                "upkeep of an event failed",
                event_id=event_id,
                error=str(error),
                cause=repr(error.__cause__),
                untold=untold,
                exc_info=None if isinstance(error, StoreError) else error,
            )

    def limited(self, limit: str) -> None:
        metrics.limited.labels(limit).inc()
        self._log.debug("refused: too often", limit=limit)

    def upkeep_done(self, seconds: float) -> None:
        metrics.upkeep_metrics().seconds.observe(seconds)
        metrics.last_upkeep().set_to_current_time()
