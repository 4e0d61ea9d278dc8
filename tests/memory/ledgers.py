"""How many tickets of an event are sold, which ones, and under which epoch."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from booked.domain.model.ids import EventId
from booked.domain.model.programme.events import EventStatus
from booked.domain.model.sale.holds import LAST_EPOCH, Ledger, Miscount, house_of
from booked.domain.model.upkeep.inventory import SoldTickets
from booked.ports.system import Clock
from tests.memory.tables import EventRow, Session


@dataclass(frozen=True, slots=True)
class MemoryLedgers:
    _session: Session
    _clock: Clock

    async def to_give_back(self, limit: int) -> list[EventId]:
        events = (row.event for row in self._session.tables.events.values())
        cancelled = [event.id for event in events if event.status is EventStatus.CANCELLED]
        return [event_id for event_id in cancelled if list(self._session.tables.standing(event_id))][:limit]

    async def on_sale(self, after: EventId | None, limit: int) -> list[EventId]:
        ids = sorted(row.event.id for row in self._session.tables.all_on_sale())
        return [event_id for event_id in ids if after is None or event_id > after][:limit]

    async def counts_on_sale(self, after: EventId | None, limit: int) -> list[tuple[EventId, Ledger]]:
        rows = [self._session.tables.events[event_id] for event_id in await self.on_sale(after, limit)]
        return [(row.event.id, _ledger(row)) for row in rows]

    async def ended(self, limit: int) -> list[EventId]:
        now = self._clock.now()
        ended = [(row.event.ends_at, row.event.id) for row in self._session.tables.all_on_sale() if row.event.ends_at]
        return [event_id for ends_at, event_id in sorted(ended) if ends_at <= now][:limit]

    async def get(self, event_id: EventId) -> Ledger | None:
        row = self._session.tables.on_sale(event_id)
        return _ledger(row) if row else None

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
        retired = [(block.first, block.last) for block in row.plan.retired]
        ranges = sorted([*_ranges(ticket.number for ticket in tickets), *retired])
        # Only an event with a limit needs to know who has how many. It does not bind the house.
        limited = row.event.ticket_limit is not None
        per_user = Counter(ticket.user_id for ticket in tickets if limited and ticket.user_id != house_of(event_id))
        ever_sold = {row.number for row in self._session.tables.tickets.values() if row.event_id == event_id}
        came_back = [number for number in ever_sold if not any(first <= number <= last for first, last in ranges)]
        return SoldTickets(_ledger(row), ranges, list(per_user.items()), len(came_back) if row.demand.tickets else 0)

    async def miscounted(self, event_id: EventId) -> list[Miscount]:
        return []  # every count is made from the rows when it is asked for


def _ledger(row: EventRow) -> Ledger:
    return Ledger(
        epoch=row.epoch,
        capacity=row.event.seat_count,
        sold=row.event.sold,
        released=row.releases,
        ticket_limit=row.event.ticket_limit,
        waiting=row.demand.tickets,
        waiting_version=row.demand.version,
        sales=row.event.sales_window,
        blocked=row.event.blocked,
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
