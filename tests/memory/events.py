"""Events and their counts."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from booked.domain.model.ids import EventId
from booked.domain.model.programme.events import Event, EventStatus
from booked.domain.model.programme.search import EventCursor, EventPage, EventSearch, FoundEvent
from booked.domain.model.programme.seating import block_of
from booked.domain.model.programme.ticket_types import TicketPlan, standard_plan
from booked.domain.model.sale.holds import LAST_EPOCH, Ledger, Miscount, house_of
from booked.domain.model.sale.waitlist import Demand
from booked.ports.holds import SoldTickets
from booked.ports.system import Clock
from tests.memory.search import is_found, page_of
from tests.memory.tables import EventRow, Session


@dataclass(frozen=True, slots=True)
class MemoryEvents:
    _session: Session
    _clock: Clock

    async def add(self, event: Event, plan: TicketPlan | None = None) -> None:
        async with self._session.change() as tables:
            tables.events[event.id] = EventRow(
                event=event,
                demand=Demand(event.id, tickets=0, version=0),
                plan=plan or standard_plan(event.seat_count),
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
        events = (self._found(row) for row in self._session.tables.events.values())
        return page_of([found for found in events if is_found(found, search)], search.sort, after, limit)

    async def found(self, event_id: EventId) -> FoundEvent | None:
        row = self._session.tables.events.get(event_id)
        return self._found(row) if row else None

    async def save(self, event: Event) -> None:
        async with self._session.change() as tables:
            row = tables.events[event.id]
            before = row.event
            kept = replace(
                event,
                seat_count=before.seat_count,
                sold=before.sold,
                blocked=before.blocked,
                status=before.status,
                version=before.version + 1,
            )
            tables.events[event.id] = replace(row, event=kept)

    async def plan(self, event_id: EventId) -> TicketPlan | None:
        row = self._session.tables.events.get(event_id)
        return row.plan if row else None

    async def plans(self, event_ids: Collection[EventId]) -> dict[EventId, TicketPlan]:
        rows = self._session.tables.events
        return {event_id: rows[event_id].plan for event_id in event_ids if event_id in rows}

    async def save_plan(self, event_id: EventId, plan: TicketPlan) -> None:
        async with self._session.change() as tables:
            row = tables.events[event_id]
            event = replace(row.event, seat_count=plan.capacity, version=row.event.version + 1)
            tables.events[event_id] = replace(row, event=event, plan=plan)

    async def type_counts(self, event_id: EventId) -> dict[int, tuple[int, int]]:
        row = self._session.tables.events.get(event_id)
        if row is None:
            return {}
        blocks = row.plan.blocks
        standing = list(self._session.tables.standing(event_id))
        types = [(block_of(blocks, ticket.number), ticket.user_id == house_of(event_id)) for ticket in standing]
        counted = Counter((block.type_number, is_blocked) for block, is_blocked in types if block)
        return {type_.number: (counted[type_.number, False], counted[type_.number, True]) for type_ in row.plan.types}

    async def set_status(self, event_id: EventId, status: EventStatus) -> None:
        async with self._session.change() as tables:
            row = tables.events[event_id]
            if row.event.status is not status:
                event = replace(row.event, status=status, version=row.event.version + 1)
                epoch = row.epoch if status is EventStatus.PUBLISHED else row.epoch + 1
                tables.events[event_id] = replace(row, event=event, epoch=epoch)

    async def to_give_back(self, limit: int) -> list[EventId]:
        events = (row.event for row in self._session.tables.events.values())
        return [event.id for event in events if event.status is EventStatus.CANCELLED and event.sold][:limit]

    async def on_sale(self, after: EventId | None, limit: int) -> list[EventId]:
        ids = sorted(row.event.id for row in self._session.tables.all_on_sale())
        return [event_id for event_id in ids if after is None or event_id > after][:limit]

    async def ended(self, limit: int) -> list[EventId]:
        now = self._clock.now()
        ended = [(row.event.ends_at, row.event.id) for row in self._session.tables.all_on_sale() if row.event.ends_at]
        return [event_id for ends_at, event_id in sorted(ended) if ends_at <= now][:limit]

    async def ledger(self, event_id: EventId) -> Ledger | None:
        row = self._session.tables.on_sale(event_id)
        return _ledger(row, self._blocked(row)) if row else None

    async def next_epoch(self, event_id: EventId) -> int | None:
        async with self._session.change() as tables:
            row = tables.on_sale(event_id)
            if row is None:
                return None
            tables.events[event_id] = replace(row, epoch=row.epoch + 1)
            return row.epoch + 1

    async def withdrawn_epoch(self, event_id: EventId) -> int | None:
        row = self._session.tables.events.get(event_id)
        if row is None:
            return LAST_EPOCH
        return None if row.on_sale else row.epoch

    async def sold_among(self, event_id: EventId, numbers: Collection[int]) -> frozenset[int]:
        sold = (ticket.number for ticket in self._session.tables.standing(event_id))
        return frozenset(number for number in sold if number in numbers)

    async def sold_tickets(self, event_id: EventId) -> SoldTickets | None:
        row = self._session.tables.on_sale(event_id)
        if row is None:
            return None
        tickets = list(self._session.tables.standing(event_id))
        ranges = list(_ranges(ticket.number for ticket in tickets))
        # Only an event with a limit needs to know who has how many. It does not bind the house.
        limited = row.event.ticket_limit is not None
        per_user = Counter(ticket.user_id for ticket in tickets if limited and ticket.user_id != house_of(event_id))
        idempotency_key = {row.number for row in self._session.tables.tickets.values() if row.event_id == event_id}
        came_back = idempotency_key - {ticket.number for ticket in tickets} if row.demand.tickets else ()
        return SoldTickets(_ledger(row, self._blocked(row)), ranges, list(per_user.items()), len(came_back))

    async def miscounted(self, event_id: EventId) -> list[Miscount]:
        return []  # every count is made from the rows when it is asked for

    def _blocked(self, row: EventRow) -> int:
        event_id = row.event.id
        return sum(ticket.user_id == house_of(event_id) for ticket in self._session.tables.standing(event_id))

    def _found(self, row: EventRow) -> FoundEvent:
        tables, event = self._session.tables, row.event
        venue = tables.venues[event.venue_id] if event.venue_id else None
        prices = [type_.price_at(self._clock.now()) for type_ in row.plan.types]
        return FoundEvent(
            event=event,
            created_at=row.created_at,
            venue=replace(venue, layout=()) if venue else None,
            category=tables.categories[event.category_id] if event.category_id else None,
            organization_name=tables.organizations[event.organization_id].name if event.organization_id else None,
            lowest_price=min(prices),
            highest_price=max(prices),
        )


def _ledger(row: EventRow, blocked: int) -> Ledger:
    return Ledger(
        epoch=row.epoch,
        capacity=row.event.seat_count,
        sold=row.event.sold,
        released=row.releases,
        ticket_limit=row.event.ticket_limit,
        waiting=row.demand.tickets,
        waiting_version=row.demand.version,
        sales=row.event.sales_window,
        blocked=blocked,
    )


def _ranges(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Numbers that follow each other, as pairs of the first and the last."""
    first = last = 0
    for number in sorted(numbers):
        if number != last + 1 and last:
            yield first, last
        if number != last + 1 or not last:
            first = number
        last = number
    if last:
        yield first, last
