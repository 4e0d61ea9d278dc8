"""Events and their counts."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from booked.domain.errors import EventUsed, NoSuchCategory, NoSuchVenue
from booked.domain.model.ids import EventId
from booked.domain.model.programme.events import OVER, Event, EventStatus
from booked.domain.model.programme.search import EventCursor, EventPage, EventSearch, FoundEvent
from booked.domain.model.programme.ticket_types import TicketPlan, TicketType, standard_plan
from booked.domain.model.programme.times import PRESUMED_LENGTH
from booked.domain.model.sale.holds import house_of
from booked.domain.model.sale.waitlist import Demand
from booked.ports.system import Clock
from tests.memory.search import is_found, page_of
from tests.memory.tables import EventRow, Session, Tables


@dataclass(frozen=True, slots=True)
class MemoryEvents:
    _session: Session
    _clock: Clock

    async def add(self, event: Event, plan: TicketPlan | None = None) -> None:
        async with self._session.change() as tables:
            _require_references(tables, event)
            plan = plan or standard_plan(event.seat_count)
            tables.events[event.id] = EventRow(
                event=replace(event, has_type_rules=plan.has_rules),
                demand=Demand(event.id, tickets=0, version=0),
                plan=plan,
                created_at=self._clock.now(),
            )

    async def get(self, event_id: EventId) -> Event | None:
        row = self._session.tables.on_sale(event_id)
        return row.event if row else None

    async def page(self, limit: int, since: datetime | None) -> EventPage:
        events = [row.event for row in self._session.tables.all_on_sale()]
        coming = [event for event in events if since is None or event.starts_at >= since]
        coming.sort(key=lambda event: event.starts_at)
        if not coming:
            return EventPage([], None)
        last_start = coming[:limit][-1].starts_at
        page = [event for event in coming if event.starts_at <= last_start]
        following = coming[len(page) :]
        return EventPage(page, following[0].starts_at if following else None)

    async def lock(self, event_id: EventId) -> Event | None:
        # A transaction is the only one that changes anything until it ends.
        return await self.get(event_id)

    async def lock_any(self, event_id: EventId) -> Event | None:
        row = self._session.tables.events.get(event_id)
        return row.event if row else None

    async def find(self, search: EventSearch, after: EventCursor | None, limit: int) -> list[FoundEvent]:
        now = self._clock.now()
        rows = self._session.tables.events.values()
        sellable = (row for row in rows if not search.only_available or self._on_offer(row))
        events = (self._found(row) for row in sellable)
        return page_of([found for found in events if is_found(found, search, now)], search.sort, after, limit)

    async def found(self, event_id: EventId) -> FoundEvent | None:
        return (await self.found_all([event_id])).get(event_id)

    async def found_all(self, event_ids: Collection[EventId]) -> dict[EventId, FoundEvent]:
        rows = self._session.tables.events
        return {event_id: self._found(rows[event_id]) for event_id in event_ids if event_id in rows}

    async def clashes(self, event_id: EventId, limit: int) -> list[Event]:
        event = await self.get(event_id)
        if event is None or event.venue_id is None:
            return []
        others = [row.event for row in self._session.tables.all_on_sale() if row.event.id != event_id]
        clashing = [
            other
            for other in others
            if other.venue_id == event.venue_id
            and other.starts_at < _ends_at(event)
            and _ends_at(other) > event.starts_at
        ]
        return sorted(clashing, key=lambda other: (other.starts_at, other.id))[:limit]

    async def save(self, event: Event) -> None:
        async with self._session.change() as tables:
            _require_references(tables, event)
            row = tables.events[event.id]
            before = row.event
            kept = replace(
                event,
                seat_count=before.seat_count,
                sold=before.sold,
                blocked=before.blocked,
                status=before.status,
                version=before.version + 1,
                has_type_rules=before.has_type_rules,
            )
            tables.events[event.id] = replace(row, event=kept)

    async def set_status(self, event_id: EventId, status: EventStatus) -> None:
        async with self._session.change() as tables:
            row = tables.events[event_id]
            if row.event.status is not status:
                event = replace(row.event, status=status, version=row.event.version + 1)
                epoch = row.epoch if status is EventStatus.PUBLISHED else row.epoch + 1
                tables.events[event_id] = replace(row, event=event, epoch=epoch)

    async def remove(self, event_id: EventId) -> None:
        async with self._session.change() as tables:
            rows = {id_: row for id_, row in tables.bookings.items() if row.event_id == event_id}
            waited = any(row.entry.event_id == event_id for row in tables.entries.values())
            if waited or any(row.void or row.user_id != house_of(event_id) for row in rows.values()):
                raise EventUsed
            for booking_id in rows:
                del tables.bookings[booking_id]
            for ticket in [place for place, row in tables.tickets.items() if row.event_id == event_id]:
                del tables.tickets[ticket]
            del tables.events[event_id]

    def _found(self, row: EventRow) -> FoundEvent:
        tables, event = self._session.tables, row.event
        venue = tables.venues[event.venue_id] if event.venue_id else None
        prices = self._prices(row)
        return FoundEvent(
            event=event,
            created_at=row.created_at,
            venue=replace(venue, layout=()) if venue else None,
            category=tables.categories[event.category_id] if event.category_id else None,
            organization_name=tables.organizations[event.organization_id].name if event.organization_id else None,
            lowest_price=min(prices, default=None),
            highest_price=max(prices, default=None),
        )

    def _prices(self, row: EventRow) -> list[int]:
        """What the types cost now that are not sold out; none of an event that is over, or whose sales are."""
        now = self._clock.now()
        if row.event.status in OVER or row.event.sales_window.is_over(now):
            return []
        return [type_.price_at(now) for type_ in self._on_offer(row)]

    def _on_offer(self, row: EventRow) -> list[TicketType]:
        """The types that the public may reserve and that are not sold out."""
        now = self._clock.now()
        sold = Counter(ticket.type_number for ticket in self._session.tables.standing(row.event.id))
        return [type_ for type_ in row.plan.types if type_.quota > sold[type_.number] and type_.rules.offers(now)]


def _ends_at(event: Event) -> datetime:
    return event.ends_at or event.starts_at + PRESUMED_LENGTH


def _require_references(tables: Tables, event: Event) -> None:
    if event.venue_id and event.venue_id not in tables.venues:
        raise NoSuchVenue
    if event.category_id and event.category_id not in tables.categories:
        raise NoSuchCategory
