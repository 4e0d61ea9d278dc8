"""Figures from the history of sales."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from zoneinfo import ZoneInfo

from booked.domain.model.figures.analytics import (
    ON_SALE,
    Cancellations,
    DayFigures,
    EventFigures,
    EventSales,
    SoldRange,
)
from booked.domain.model.figures.hours import SpanTotals
from booked.domain.model.ids import EventId, OrganizationId
from booked.domain.model.programme.events import Event, EventStatus
from booked.domain.model.programme.timezones import UTC_NAME
from booked.ports.system import Clock
from tests.memory.tables import Session, TicketRow


@dataclass(frozen=True, slots=True)
class MemoryAnalytics:
    _session: Session
    _clock: Clock

    async def sales(self, statuses: Collection[EventStatus] = ON_SALE) -> list[EventSales]:
        today = self._clock.now().astimezone(UTC).date()
        events = self._of(statuses)
        sales = [
            EventSales(
                event_id=event.id,
                seats=event.seat_count - event.blocked,
                sold=event.sold - event.blocked,
                booked_today=sum(row.booked_at.astimezone(UTC).date() == today for row in self._history(event.id)),
                status=event.status,
            )
            for event in events
        ]
        return sorted(sales, key=lambda sale: sale.capacity_utilisation, reverse=True)

    async def cancellations(self, statuses: Collection[EventStatus] = ON_SALE) -> list[Cancellations]:
        histories = [(event, list(self._history(event.id))) for event in self._of(statuses)]
        cancellations = [
            Cancellations(event.id, len(history), sum(row.cancelled for row in history), event.status)
            for event, history in histories
        ]
        return sorted(cancellations, key=lambda figures: figures.rate, reverse=True)

    async def days(self, event_id: EventId, timezone: str = UTC_NAME) -> list[DayFigures]:
        zone = ZoneInfo(timezone)
        days: dict[tuple[date, int], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        for row in self._history(event_id):
            booked = days[row.booked_at.astimezone(zone).date(), row.type_number]
            booked[0] += 1
            booked[2] += row.price
            if row.cancelled_at is not None:
                cancelled = days[row.cancelled_at.astimezone(zone).date(), row.type_number]
                cancelled[1] += 1
                cancelled[3] += row.price - row.fee
        return [DayFigures(day, type_number, *figures) for (day, type_number), figures in sorted(days.items())]

    async def quarters(self, event_id: EventId, begin: datetime, end: datetime) -> list[SpanTotals]:
        quarters: dict[datetime, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        for row in self._history(event_id):
            booked = quarters[_quarter_of(row.booked_at)]
            booked[0] += 1
            booked[2] += row.price
            if row.cancelled_at is not None:
                cancelled = quarters[_quarter_of(row.cancelled_at)]
                cancelled[1] += 1
                cancelled[3] += row.price - row.fee
        return [SpanTotals(since, *figures) for since, figures in sorted(quarters.items()) if begin <= since < end]

    async def sold_ranges(self, event_id: EventId, last: int) -> list[SoldRange]:
        rows = self._session.tables.tickets.values()
        sold = sorted(
            (row.number, row.blocked)
            for row in rows
            if row.event_id == event_id and not row.cancelled and row.number <= last
        )
        ranges: list[SoldRange] = []
        for number, blocked in sold:
            if ranges and (ranges[-1].last, ranges[-1].blocked) == (number - 1, blocked):
                ranges[-1] = SoldRange(ranges[-1].first, number, blocked)
            else:
                ranges.append(SoldRange(number, number, blocked))
        return ranges

    async def figures(
        self,
        organizations: frozenset[OrganizationId] | None,
        after: EventId | None,
        limit: int,
        timezone: str = UTC_NAME,
    ) -> list[EventFigures]:
        rows = self._session.tables.events
        events = (
            rows[event_id].event
            for event_id in sorted(rows, reverse=True)
            if (after is None or event_id < after)
            and (organizations is None or rows[event_id].event.organization_id in organizations)
        )
        return [
            EventFigures(
                event=event,
                booked=len(history),
                cancelled=sum(row.cancelled for row in history),
                revenue=sum(row.fee if row.cancelled else row.price for row in history),
                venue_timezone=self._venue_timezone(event),
                booked_today=self._booked_today(history, event.timezone or self._venue_timezone(event) or timezone),
            )
            for event in islice(events, limit)
            for history in [list(self._history(event.id))]
        ]

    def _booked_today(self, history: list[TicketRow], timezone: str) -> int:
        zone = ZoneInfo(timezone)
        today = self._clock.now().astimezone(zone).date()
        return sum(row.booked_at.astimezone(zone).date() == today for row in history)

    def _venue_timezone(self, event: Event) -> str | None:
        venue = self._session.tables.venues.get(event.venue_id) if event.venue_id else None
        return venue.timezone if venue else None

    def _of(self, statuses: Collection[EventStatus]) -> list[Event]:
        return [row.event for row in self._session.tables.events.values() if row.event.status in statuses]

    def _history(self, event_id: EventId) -> Iterator[TicketRow]:
        """Every sale of the event's tickets, cancelled since or not. What the organizer blocked is none."""
        rows = self._session.tables.tickets.values()
        return (row for row in rows if row.event_id == event_id and not row.blocked)


def _quarter_of(moment: datetime) -> datetime:
    return datetime.fromtimestamp(moment.timestamp() // 900 * 900, UTC)
