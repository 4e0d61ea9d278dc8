"""The waitlist's queue and its offers."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from booked.domain.errors import AlreadyWaiting, InvalidToken
from booked.domain.model.ids import EntryId, EventId, UserId
from booked.domain.model.sale.waitlist import NOTHING, Demand, Entry, EntryState, Offer, WaitlistPlace
from booked.ports.system import Clock
from tests.memory.tables import EntryRow, Session, Tables


@dataclass(frozen=True, slots=True)
class MemoryWaitlist:
    _session: Session
    _clock: Clock

    async def add(self, entry: Entry) -> Demand:
        async with self._session.change() as tables:
            if any(row.entry.user_id == entry.user_id for row in _open(tables, entry.event_id)):
                raise AlreadyWaiting
            if not tables.knows(entry.user_id):
                raise InvalidToken
            tables.entries[entry.id] = EntryRow(entry, joined_at=self._clock.now())
            return _begin_turn(tables, entry.id)

    async def queue(self, event_id: EventId, limit: int, free: Mapping[int | None, int] = NOTHING) -> list[Entry]:
        waiting = [row.entry for row in _in_state(self._session.tables, event_id, EntryState.WAITING)]
        fitting = [entry for entry in waiting if entry.count <= free.get(entry.type_number, 0)][:limit]
        return [entry for entry in waiting if entry in waiting[:limit] or entry in fitting]

    async def wanted(self, event_id: EventId) -> dict[int, int]:
        tickets: Counter[int] = Counter()
        for row in _in_state(self._session.tables, event_id, EntryState.WAITING):
            if row.entry.type_number:
                tickets[row.entry.type_number] += row.entry.count
        return dict(sorted(tickets.items()))

    async def events_with_entries(self) -> list[EventId]:
        tables = self._session.tables
        return [row.event.id for row in tables.all_on_sale() if _open(tables, row.event.id)]

    async def offered(self, event_id: EventId) -> list[Offer]:
        offered = _in_state(self._session.tables, event_id, EntryState.OFFERED)
        return [row.offer for row in offered if row.offer]

    async def record_offer(self, offer: Offer, epoch: int) -> Demand | None:
        async with self._session.change() as tables:
            row = tables.entries.get(offer.entry_id)
            if row is None or row.state is not EntryState.WAITING or row.entry.version != offer.version:
                return None
            if tables.events[offer.event_id].epoch != epoch:
                return None
            tables.entries[offer.entry_id] = replace(row, state=EntryState.OFFERED, offer=replace(offer, told=False))
            return _demand(tables, offer.event_id)

    async def mark_told(self, offer: Offer) -> None:
        async with self._session.change() as tables:
            row = _row_as_seen(tables, offer)
            if row and row.offer:
                tables.entries[offer.entry_id] = replace(row, offer=replace(row.offer, told=True))

    async def record_passes(self, entries: Sequence[Entry]) -> None:
        async with self._session.change() as tables:
            for entry in entries:
                row = tables.entries[entry.id]
                kept = replace(row.entry, passed=entry.passed, gathering_since=entry.gathering_since)
                tables.entries[entry.id] = replace(row, entry=kept)

    async def close(self, entry_id: EntryId, state: EntryState = EntryState.LAPSED) -> Demand | None:
        async with self._session.change() as tables:
            return end(tables, entry_id, state)

    async def close_waiting(self, event_id: EventId, limit: int) -> Demand | None:
        async with self._session.change() as tables:
            for row in _in_state(tables, event_id, EntryState.WAITING)[:limit]:
                end(tables, row.entry.id, EntryState.LAPSED)
            return _demand(tables, event_id) if event_id in tables.events else None

    async def lapse(self, seen: Entry | Offer) -> Demand | None:
        async with self._session.change() as tables:
            row = _row_as_seen(tables, seen)
            return end(tables, row.entry.id, EntryState.LAPSED) if row else None

    async def close_all(self, event_id: EventId) -> None:
        async with self._session.change() as tables:
            for row in _open(tables, event_id):
                end(tables, row.entry.id, EntryState.WITHDRAWN)

    async def reinstate(self, seen: Entry | Offer) -> Demand | None:
        async with self._session.change() as tables:
            row = _row_as_seen(tables, seen)
            return _begin_turn(tables, row.entry.id) if row else None

    async def reinstate_all(self, event_id: EventId) -> None:
        async with self._session.change() as tables:
            for row in _open(tables, event_id):
                _begin_turn(tables, row.entry.id)

    async def of_user(self, user_id: UserId) -> list[WaitlistPlace]:
        tables = self._session.tables
        return [_place(tables, row) for row in tables.entries.values() if row.entry.user_id == user_id and row.is_open]

    async def get(self, entry_id: EntryId) -> WaitlistPlace | None:
        tables = self._session.tables
        return _place(tables, tables.entries[entry_id]) if entry_id in tables.entries else None


def end(tables: Tables, entry_id: EntryId, state: EntryState) -> Demand | None:
    """End an open entry, and say what its event's queue waits for from now on; None if it has ended."""
    row = tables.entries.get(entry_id)
    if row is None or not row.is_open:
        return None
    tables.entries[entry_id] = replace(row, state=state)
    return _demand(tables, row.entry.event_id)


def _begin_turn(tables: Tables, entry_id: EntryId) -> Demand:
    """Let an entry wait from now on, and say what its event's queue waits for."""
    row = tables.entries[entry_id]
    entry = replace(row.entry, version=tables.events[row.entry.event_id].demand.version + 1)
    tables.entries[entry_id] = replace(row, entry=entry, state=EntryState.WAITING, offer=None)
    return _demand(tables, entry.event_id)


def _row_as_seen(tables: Tables, seen: Entry | Offer) -> EntryRow | None:
    """The row of an entry that still waits, or is offered, in the turn in which it was seen."""
    id_, state = (seen.id, EntryState.WAITING) if isinstance(seen, Entry) else (seen.entry_id, EntryState.OFFERED)
    row = tables.entries.get(id_)
    return row if row and row.state is state and row.entry.version == seen.version else None


def _open(tables: Tables, event_id: EventId) -> list[EntryRow]:
    return [row for row in tables.entries.values() if row.entry.event_id == event_id and row.is_open]


def _in_state(tables: Tables, event_id: EventId, state: EntryState) -> list[EntryRow]:
    return [row for row in _open(tables, event_id) if row.state is state]


def _demand(tables: Tables, event_id: EventId) -> Demand:
    """Count anew what an event's queue waits for, as a later version."""
    row = tables.events[event_id]
    tickets = sum(entry.entry.count for entry in _in_state(tables, event_id, EntryState.WAITING))
    demand = Demand(event_id, tickets, row.demand.version + 1)
    tables.events[event_id] = replace(row, demand=demand)
    return demand


def _place(tables: Tables, row: EntryRow) -> WaitlistPlace:
    waiting = _in_state(tables, row.entry.event_id, EntryState.WAITING)
    return WaitlistPlace(
        entry_id=row.entry.id,
        event_id=row.entry.event_id,
        user_id=row.entry.user_id,
        event_name=tables.events[row.entry.event_id].event.name,
        count=row.entry.count,
        state=row.state,
        position=waiting.index(row) + 1 if row in waiting else None,
        joined_at=row.joined_at,
        numbers=row.offer.numbers if row.offer else (),
        offer_expires_at=row.offer.expires_at if row.offer else None,
        type_number=row.entry.type_number,
        version=row.entry.version,
    )
