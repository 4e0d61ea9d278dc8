"""Who is in an event's queue, with their names."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from booked.domain.model.ids import EventId
from booked.domain.model.people.users import name_of
from booked.domain.model.sale.waitlist import EntryState, WaitingCounts, WaitingParty
from tests.memory.tables import EntryRow, Session


@dataclass(frozen=True, slots=True)
class MemoryWaitingParties:
    _session: Session

    async def page(self, event_id: EventId, after: int, limit: int) -> list[WaitingParty]:
        return list(islice((party for party in self._parties(event_id) if party.place > after), limit))

    async def counts(self, event_id: EventId) -> WaitingCounts:
        parties = list(self._parties(event_id))
        waiting = [party.count for party in parties if party.position is not None]
        return WaitingCounts(len(waiting), sum(waiting), len(parties) - len(waiting))

    def _parties(self, event_id: EventId) -> Iterator[WaitingParty]:
        ahead = 0
        for place, row in enumerate(self._session.tables.entries.values(), 1):
            if row.entry.event_id == event_id and row.is_open:
                ahead += row.state is EntryState.WAITING
                yield self._party(row, place, ahead if row.state is EntryState.WAITING else None)

    def _party(self, row: EntryRow, place: int, position: int | None) -> WaitingParty:
        tables, user_id = self._session.tables, row.entry.user_id
        user = tables.users.get(user_id)
        return WaitingParty(
            entry_id=row.entry.id,
            place=place,
            name=name_of(user.first_name, user.last_name, user.email) if user else tables.guests[user_id].name,
            email=user.email if user else "",
            count=row.entry.count,
            type_number=row.entry.type_number,
            position=position,
            joined_at=row.joined_at,
            offer_expires_at=row.offer.expires_at if row.offer else None,
        )
