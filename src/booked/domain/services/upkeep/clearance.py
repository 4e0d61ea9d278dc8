"""Emptying the box office, to begin anew."""

import asyncio
from dataclasses import dataclass

from booked.domain.model.sale.holds import LAST_EPOCH
from booked.ports.database import Database
from booked.ports.holds import Supply

EVENTS_AT_ONCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearanceService:
    database: Database
    holds: Supply

    async def clear(self) -> int:
        """Remove everything but admins and API keys, sold tickets included; how many events there were.

        It may be done while tickets are sold: a sale under way ends as if its event had been withdrawn. Raises
        `StoreWriteFailed`, with nothing removed, where sales keep the database busy for too long.
        """
        gone = await self.database.clear()
        # What stays behind can be reserved but never booked: the database knows nothing of it.
        for start in range(0, len(gone), EVENTS_AT_ONCE):
            some = gone[start : start + EVENTS_AT_ONCE]
            await asyncio.gather(*(self.holds.discard(event, LAST_EPOCH) for event in some))
        return len(gone)
