"""Guests of counters."""

from dataclasses import dataclass

from booked.adapters.memory.tables import Session
from booked.domain.model.guests import Guest
from booked.domain.model.ids import UserId


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
