"""Guests of counters."""

from dataclasses import dataclass

from booked.domain.model.ids import UserId
from booked.domain.model.people.guests import Guest
from tests.memory.tables import Session


@dataclass(frozen=True, slots=True)
class MemoryGuests:
    _session: Session

    async def admit(self, guest: Guest) -> UserId:
        async with self._session.change() as tables:
            place = guest.counter, guest.name
            for known in tables.guests.values():
                if (known.counter, known.name) == place:
                    return known.user_id
            tables.guests[guest.user_id] = guest
            return guest.user_id

    async def get(self, user_id: UserId) -> Guest | None:
        return self._session.tables.guests.get(user_id)
