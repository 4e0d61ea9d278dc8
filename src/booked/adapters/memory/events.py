"""Events and their counts."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from booked.adapters.memory.tables import EventRow, Session
from booked.domain.model.events import Event, EventPage, NewEvent
from booked.domain.model.ids import EventId
from booked.domain.model.tickets import Ledger
from booked.domain.model.waitlist import Demand
from booked.ports.holds import SoldTickets


@dataclass(frozen=True, slots=True)
class MemoryEvents:
    _session: Session

    async def add(self, event: NewEvent) -> None:
        async with self._session.change() as tables:
            tables.events[event.id] = EventRow(
                event=Event(
                    id=event.id,
                    name=event.name,
                    starts_at=event.starts_at,
                    address=event.address,
                    description=event.description,
                    coordinates=event.coordinates,
                    seat_count=event.seat_count,
                    sold=0,
                    ticket_limit=event.ticket_limit,
                ),
                demand=Demand(event.id, tickets=0, version=0),
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

    async def save(self, event: Event) -> None:
        async with self._session.change() as tables:
            row = tables.events[event.id]
            tables.events[event.id] = replace(row, event=replace(event, sold=row.event.sold))

    async def withdraw(self, event_id: EventId) -> None:
        async with self._session.change() as tables:
            row = tables.events[event_id]
            tables.events[event_id] = replace(row, on_sale=False, epoch=row.epoch + 1)

    async def on_sale(self, after: EventId | None, limit: int) -> list[EventId]:
        ids = sorted(row.event.id for row in self._session.tables.all_on_sale())
        return [event_id for event_id in ids if after is None or event_id > after][:limit]

    async def ledger(self, event_id: EventId) -> Ledger | None:
        row = self._session.tables.on_sale(event_id)
        return _ledger(row) if row else None

    async def next_epoch(self, event_id: EventId) -> int | None:
        async with self._session.change() as tables:
            row = tables.on_sale(event_id)
            if row is None:
                return None
            tables.events[event_id] = replace(row, epoch=row.epoch + 1)
            return row.epoch + 1

    async def sold_tickets(self, event_id: EventId) -> SoldTickets | None:
        row = self._session.tables.on_sale(event_id)
        if row is None:
            return None
        tickets = list(self._session.tables.standing(event_id))
        ranges = list(_ranges(ticket.number for ticket in tickets))
        # Only an event with a limit needs to know who has how many.
        limited = row.event.ticket_limit is not None
        per_user = Counter(ticket.user_id for ticket in tickets if limited)
        return SoldTickets(_ledger(row), ranges, list(per_user.items()))


def _ledger(row: EventRow) -> Ledger:
    return Ledger(
        epoch=row.epoch,
        capacity=row.event.seat_count,
        sold=row.event.sold,
        released=row.releases,
        ticket_limit=row.event.ticket_limit,
        waiting=row.demand.tickets,
        waiting_version=row.demand.version,
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
