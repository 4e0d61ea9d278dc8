"""What has to be done now and then, whoever sells: offers, the sweep of old claims, the audit, what is over."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from booked.domain.model.ids import EventId
from booked.domain.services.events import EventService
from booked.domain.services.inventory import InventoryService
from booked.domain.services.waitlist import WaitlistService
from booked.ports.database import Database
from booked.ports.observer import Observer
from booked.ports.system import Clock

EVENTS_AT_ONCE = 50
ENDED_A_ROUND = 500
SESSIONS_AT_ONCE = 1000
KEYS_KEPT = timedelta(days=1)
KEYS_AT_ONCE = 1000
KEYS_A_ROUND = 100_000


@dataclass(frozen=True, slots=True)
class UpkeepService:
    """Any number of processes may run it: they take turns, and what two do at once has the effect of one."""

    database: Database
    events: EventService
    inventory: InventoryService
    waitlist: WaitlistService
    clock: Clock
    observer: Observer

    async def serve_waitlists(self) -> None:
        """Make offers at every event for which anyone waits."""
        async with self.database.leadership() as leads:
            if leads:
                for event_id in await self.database.waitlist.events_with_entries():
                    await self._try(event_id, self.waitlist.serve)

    async def look_after_events(self) -> None:
        """Resolve old claims at every event on sale and audit its counts."""
        async with self.database.leadership() as leads:
            if leads:
                started = self.clock.now()
                await self._each_event(self._look_after)
                self.observer.upkeep_done((self.clock.now() - started).total_seconds())

    async def complete_ended_events(self) -> None:
        """Complete events that have ended, at most so many in a round, unless somebody can still book their tickets."""
        async with self.database.leadership() as leads:
            if leads:
                for event_id in await self.database.events.ended(ENDED_A_ROUND):
                    await self._try(event_id, self._complete)

    async def forget_expired_sessions(self) -> None:
        async with self.database.leadership() as leads:
            if leads:
                now = self.clock.now()
                while await self.database.sessions.forget_expired(now, SESSIONS_AT_ONCE) == SESSIONS_AT_ONCE:
                    continue

    async def forget_old_keys(self) -> None:
        """Forget requests of more than a day ago, so many at most: the next round goes on where this one ends."""
        async with self.database.leadership() as leads:
            if leads:
                before = self.clock.now() - KEYS_KEPT
                for _ in range(KEYS_A_ROUND // KEYS_AT_ONCE):
                    if await self.database.keys.forget(before, KEYS_AT_ONCE) < KEYS_AT_ONCE:
                        break

    async def _complete(self, event_id: EventId) -> None:
        # Nothing can be reserved any more; what was reserved in time lapses or is booked.
        if not await self.inventory.has_reservations(event_id):
            await self.events.complete_ended(event_id)

    async def _look_after(self, event_id: EventId) -> None:
        await self.inventory.sweep(event_id)
        await self.inventory.audit(event_id)

    async def _each_event(self, action: Callable[[EventId], Awaitable[object]]) -> None:
        last: EventId | None = None
        while events := await self.database.events.on_sale(last, EVENTS_AT_ONCE):
            await asyncio.gather(*(self._try(event_id, action) for event_id in events))
            last = events[-1]

    async def _try(self, event_id: EventId, action: Callable[[EventId], Awaitable[object]]) -> None:
        try:
            await action(event_id)
        except Exception as setback:  # one event's trouble, whatever it is, must not keep the others waiting
            self.observer.setback(event_id, setback)
