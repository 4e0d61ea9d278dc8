"""What has to be done for every event now and then, whoever sells: offers, the sweep of old claims, the audit."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from booked.domain.model.ids import EventId
from booked.domain.services.inventory import InventoryService
from booked.domain.services.waitlist import WaitlistService
from booked.ports.database import Database
from booked.ports.observer import Observer
from booked.ports.system import Clock

EVENTS_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class UpkeepService:
    """Any number of processes may run it: they take turns, and what two do at once has the effect of one."""

    database: Database
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
