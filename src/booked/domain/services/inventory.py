"""Keeping the hold store true to the database: repair of what is cold or wrong, audit, and the sweep of old claims."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from booked.domain.errors import Busy, NoEventFound, StoreError
from booked.domain.model.bookings import Verdict
from booked.domain.model.ids import EventId
from booked.domain.model.tickets import Claim, Mismatch, disagreement
from booked.domain.model.waitlist import Demand
from booked.ports.database import Database
from booked.ports.holds import EventIsCold, HoldStore
from booked.ports.observer import Observer
from booked.ports.system import Clock

T = TypeVar("T")

AUDIT_INTERVAL = timedelta(seconds=1)
EVENTS_REMEMBERED = 10_000
REPAIR_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class _Suspicion:
    """A mismatch that one audit saw. Still there in a later one, it is real and not something in flight."""

    mismatch: Mismatch
    since: datetime


@dataclass(slots=True)
class InventoryService:
    """`claim_timeout` is the age at which a claim counts as left behind by its process."""

    database: Database
    holds: HoldStore
    clock: Clock
    observer: Observer
    claim_timeout: timedelta
    _repairs: dict[EventId, asyncio.Task[None]] = field(default_factory=dict, init=False)
    _audits: dict[EventId, datetime] = field(default_factory=dict, init=False)
    _suspicions: dict[EventId, _Suspicion] = field(default_factory=dict, init=False)

    async def when_warm(self, event_id: EventId, attempt: Callable[[], Awaitable[T]]) -> T:
        """The result of an attempt on the hold store, which is told about the event first if it has to be."""
        try:
            return await attempt()
        except EventIsCold:
            await self.repair(event_id)
        try:
            return await attempt()
        except EventIsCold as cause:
            raise Busy from cause

    async def repair(self, event_id: EventId) -> None:
        """Install an event in the hold store as the database knows it. Raises `NoEventFound` if it is not on sale.

        All who ask at the same time wait for one repair, which goes on if one of them goes away.
        """
        running = self._repairs.get(event_id)
        if running is None:
            running = asyncio.create_task(self._repair(event_id))
            self._repairs[event_id] = running
            running.add_done_callback(lambda _: self._repairs.pop(event_id, None))
        await asyncio.shield(running)

    async def repair_if_behind(self, event_id: EventId, epoch: int) -> None:
        """Repair an event unless that has happened since `epoch`."""
        try:
            repaired = (await self.holds.stock(event_id)).epoch > epoch
        except EventIsCold:
            repaired = False
        if not repaired:
            await self.repair(event_id)

    async def audit_soon(self, event_id: EventId) -> bool:
        """Audit an event unless that was done within the last second or cannot be; whether it was repaired."""
        now = self.clock.now()
        last = self._audits.get(event_id)
        if last is not None and now - last < AUDIT_INTERVAL:
            return False
        try:
            return await self.audit(event_id)
        except StoreError:
            return False

    async def audit(self, event_id: EventId) -> bool:
        """Compare both stores' counts of an event, and repair what two audits in a row find; whether it was."""
        now = self.clock.now()
        self._remember_audit(event_id, now)
        try:
            before = await self.holds.stock(event_id)
            ledger = await self.database.events.ledger(event_id)
            after = await self.holds.stock(event_id)
            if ledger is not None and after.aside > ledger.waiting:
                # The news that fewer wait was lost on its way, and nobody may be left to bring it again.
                await self.holds.set_demand(Demand(event_id, ledger.waiting, ledger.waiting_version))
        except EventIsCold:
            return False
        if ledger is None:
            return False
        # What a sale that goes on meanwhile makes differ agrees with one of the two readings of the hold store.
        mismatch = disagreement(ledger, before) and disagreement(ledger, after)
        if mismatch is None:
            self._suspicions.pop(event_id, None)
            return False
        return await self._suspect(event_id, _Suspicion(mismatch, now))

    async def sweep(self, event_id: EventId) -> int:
        """Resolve claims that their processes left behind; how many there were."""
        try:
            claims = await self.holds.stale_claims(event_id, self.claim_timeout)
        except EventIsCold:
            return 0
        for claim in claims:
            await self._resolve(claim)
        return len(claims)

    async def _resolve(self, claim: Claim) -> None:
        # Voiding the booking id first is what makes it safe: whoever still carries this claim can never commit it.
        booked = await self.database.bookings.void(claim) is Verdict.BOOKED
        finish = self.holds.settle if booked else self.holds.abandon
        await self.when_warm(claim.event_id, lambda: finish(claim.event_id, claim.booking_id))
        self.observer.swept(claim.event_id, settled=booked)

    async def _repair(self, event_id: EventId) -> None:
        if await self.database.events.ledger(event_id) is None:
            await self.holds.discard(event_id)
            raise NoEventFound
        for _ in range(REPAIR_ATTEMPTS):
            if await self._flip(event_id) or await self._is_warm(event_id):
                return
        raise Busy

    async def _flip(self, event_id: EventId) -> bool:
        """Whether the event was installed; if not, somebody else did, or the hold store lost everything meanwhile."""
        # The permit comes first. Should the hold store lose everything from here on, it has lost the permit too, and
        # nothing is installed that was read before whatever is sold next.
        permit = await self.holds.permit_flip(event_id)
        # The epoch is raised and committed before anything is read. A commit that the reading misses therefore still
        # carries the old epoch and is refused.
        await self.database.events.next_epoch(event_id)
        sold = await self.database.events.sold_tickets(event_id)
        if sold is None:
            raise NoEventFound
        flipped = await self.holds.flip(event_id, permit, sold)
        if flipped:
            self._suspicions.pop(event_id, None)
            self.observer.repaired(event_id, sold.ledger.epoch)
        return flipped

    async def _is_warm(self, event_id: EventId) -> bool:
        try:
            await self.holds.stock(event_id)
        except EventIsCold:
            return False
        return True

    async def _suspect(self, event_id: EventId, seen: _Suspicion) -> bool:
        earlier = self._suspicions.get(event_id)
        if earlier is None or earlier.mismatch != seen.mismatch:
            self._suspicions[event_id] = seen
            return False
        if seen.since - earlier.since < AUDIT_INTERVAL:
            return False
        self.observer.mismatch(event_id, seen.mismatch.what)
        await self.repair(event_id)
        return True

    def _remember_audit(self, event_id: EventId, now: datetime) -> None:
        if len(self._audits) >= EVENTS_REMEMBERED:
            self._audits.clear()
            self._suspicions.clear()
        self._audits[event_id] = now
