"""Figures from the history of sales."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC

from booked.adapters.memory.tables import Session, TicketRow
from booked.domain.model.analytics import Cancellations, EventSales
from booked.domain.model.ids import EventId
from booked.ports.system import Clock


@dataclass(frozen=True, slots=True)
class MemoryAnalytics:
    _session: Session
    _clock: Clock

    async def sales(self) -> list[EventSales]:
        today = self._clock.now().astimezone(UTC).date()
        events = [row.event for row in self._session.tables.all_on_sale()]
        sales = [
            EventSales(
                event_id=event.id,
                seats=event.seat_count,
                sold=event.sold,
                booked_today=sum(row.booked_at.date() == today for row in self._history(event.id)),
            )
            for event in events
        ]
        return sorted(sales, key=lambda sale: sale.capacity_utilisation, reverse=True)

    async def cancellations(self) -> list[Cancellations]:
        histories = [(row.event.id, list(self._history(row.event.id))) for row in self._session.tables.all_on_sale()]
        cancellations = [
            Cancellations(event_id, len(history), sum(row.cancelled for row in history))
            for event_id, history in histories
        ]
        return sorted(cancellations, key=lambda figures: figures.rate, reverse=True)

    def _history(self, event_id: EventId) -> Iterator[TicketRow]:
        """Every sale of the event's tickets, cancelled since or not."""
        return (row for row in self._session.tables.tickets.values() if row.event_id == event_id)
