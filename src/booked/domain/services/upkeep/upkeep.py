"""Duties beside the sale: offers, the sweep of old claims, the audit, and the end of what is over."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TypeVar

from booked.domain.model.ids import EventId
from booked.domain.services.programme.events import EventService
from booked.domain.services.sale.offers import OfferService
from booked.domain.services.upkeep.inventory import WAITLISTS, InventoryService
from booked.ports.database import Database, LeadershipLost
from booked.ports.observer import Observer
from booked.ports.system import Clock

T = TypeVar("T")

EVENTS = "events"  # the duty to look after them
AWAY_AFTER = timedelta(minutes=1)
EVENTS_A_PAGE = 500
EVENTS_AT_ONCE = 50
ENDED_A_ROUND = 500
SESSIONS_AT_ONCE = 1000
VOIDED_KEPT = timedelta(days=7)  # the longest life of a token that can be set: other processes may have another one
KEYS_KEPT = timedelta(days=1)
KEYS_AT_ONCE = 1000
KEYS_A_ROUND = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class UpkeepService:
    """Any number of processes may run it: of each duty, one at a time leads.

    Only a leader makes offers. Sweeps, audits and forgetting have the effect of one also where two do them at once.
    """

    database: Database
    events: EventService
    inventory: InventoryService
    offers: OfferService
    clock: Clock
    observer: Observer

    async def at_work(self) -> bool:
        """Tell whether any process has looked after events within the last minute."""
        return await self.database.was_led(EVENTS, AWAY_AFTER)

    async def serve_waitlists(self) -> None:
        """Make offers at every event for which anyone waits."""
        async with self.database.leadership(WAITLISTS) as led:
            if led:
                offers = replace(self.offers, database=led)
                for event_id in await led.waitlist.events_with_entries():
                    await self._try(event_id, offers.serve)

    async def look_after_events(self) -> None:
        """Compare the counts of every event on sale. Where there is anything to do, resolve old claims and audit it."""
        async with self.database.leadership(EVENTS) as led:
            if led:
                started = self.clock.monotonic()
                await self._look_after_each()
                self.observer.upkeep_done((self.clock.monotonic() - started).total_seconds())

    async def complete_ended_events(self) -> None:
        """Complete ended events, at most `ENDED_A_ROUND` of them. Leave those whose tickets somebody can still book."""
        async with self.database.leadership("endings") as led:
            if led:
                for event_id in await led.ledgers.ended(ENDED_A_ROUND):
                    await self._try(event_id, self._complete)

    async def give_back_tickets(self) -> None:
        """Cancel what is still sold of cancelled events."""
        async with self.database.leadership("withdrawals") as led:
            if led:
                events = replace(self.events, database=led)
                for event_id in await led.ledgers.to_give_back(EVENTS_AT_ONCE):
                    await self._try(event_id, partial(self._give_back, events))

    async def forget_expired_sessions(self) -> None:
        """Forget expired sessions, and whose tokens were voided so long ago that they have expired."""
        async with self.database.leadership("sessions") as led:
            if led:
                now = self.clock.now()
                for sessions in (led.sessions, led.browser_sessions):
                    while await sessions.forget_expired(now, SESSIONS_AT_ONCE) == SESSIONS_AT_ONCE:
                        continue
                while await led.voided_tokens.forget(now - VOIDED_KEPT, SESSIONS_AT_ONCE) == SESSIONS_AT_ONCE:
                    continue

    async def forget_old_keys(self) -> None:
        """Forget requests of more than a day ago, a bounded number: the next round goes on from there."""
        async with self.database.leadership("keys") as led:
            if led:
                for _ in range(KEYS_A_ROUND // KEYS_AT_ONCE):
                    if await led.idempotency_keys.forget(KEYS_KEPT, KEYS_AT_ONCE) < KEYS_AT_ONCE:
                        break

    async def _give_back(self, events: EventService, event_id: EventId) -> None:
        async for left in events.give_back(event_id):
            self.observer.withdrawing(event_id, left)

    async def _complete(self, event_id: EventId) -> None:
        # Nothing can be reserved any more; what was reserved in time lapses or is booked.
        if not await self.inventory.has_reservations(event_id):
            await self.events.complete_ended(event_id)

    async def _look_after(self, event_id: EventId) -> None:
        await self.inventory.sweep(event_id)
        await self.inventory.audit(event_id)

    async def _look_after_each(self) -> None:
        last: EventId | None = None
        while page := await self.database.ledgers.counts_on_sale(last, EVENTS_A_PAGE):
            looks = [
                self._try(event_id, partial(self.inventory.needs_audit, ledger=ledger)) for event_id, ledger in page
            ]
            found = await asyncio.gather(*looks)
            restless = [event_id for (event_id, _), needed in zip(page, found, strict=True) if needed]
            for start in range(0, len(restless), EVENTS_AT_ONCE):
                some = restless[start : start + EVENTS_AT_ONCE]
                await asyncio.gather(*(self._try(event_id, self._look_after) for event_id in some))
            last, _ = page[-1]

    async def _try(self, event_id: EventId, action: Callable[[EventId], Awaitable[T]]) -> T | None:
        """Return what an action at an event returns; None, and a note, if it fails."""
        try:
            return await action(event_id)
        except LeadershipLost:
            raise
        except Exception as setback:  # one event's trouble, whatever it is, must not keep the others waiting
            self.observer.setback(event_id, setback)
            return None
