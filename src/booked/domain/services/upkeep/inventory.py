"""Keeping the hold store true to the database: repair of what is cold or wrong, audit, and the sweep of old claims."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol, TypeVar

from booked.domain.bounded import BoundedDict
from booked.domain.errors import Busy, NoEventFound, NotTogether, StoreError, TooFewTickets
from booked.domain.model.ids import EventId
from booked.domain.model.sale.bookings import Verdict
from booked.domain.model.sale.holds import CLAIM_GRACE, LAST_EPOCH, Claim, Ledger, Mismatch, Stock, disagreement
from booked.domain.model.sale.waitlist import Demand
from booked.ports.database import Database
from booked.ports.holds import Availability, EventIsCold, Holds, Offers, Supply
from booked.ports.observer import Observer
from booked.ports.system import Clock
from booked.ports.upkeep import FlipIsDue, Installation, Sweeping

T = TypeVar("T")

WAITLISTS = "waitlists"  # the duty to make offers
UNSERVED_AFTER = timedelta(minutes=1)
AUDIT_INTERVAL = timedelta(seconds=1)
EVENTS_REMEMBERED = 10_000
REPAIR_ATTEMPTS = 3
BEFORE_ALL = -1  # an epoch that every event in the hold store is past
LOOK_INTERVAL = 0.05  # seconds
LOOKS_AT_OTHERS = 70  # for half a second longer than a flip can be due


@dataclass(frozen=True, slots=True)
class _Suspicion:
    """A mismatch seen by one audit. Still there in a later one, it is real and not something in flight."""

    mismatch: Mismatch
    since: timedelta


class InventoryHolds(Holds, Availability, Offers, Supply, Installation, Sweeping, Protocol):
    """What this service needs of the hold store."""


@dataclass(slots=True, kw_only=True)
class InventoryService:
    """Keeps the hold store true to the database.

    `claim_timeout` is the age at which a claim counts as left behind by its process. `longest_hold` is how long a
    hold can last; a longer one was made while the store's clock was ahead.
    """

    database: Database
    holds: InventoryHolds
    clock: Clock
    observer: Observer
    claim_timeout: timedelta
    longest_hold: timedelta
    _repairs: dict[EventId, asyncio.Task[None]] = field(default_factory=dict, init=False)
    _audits: dict[EventId, timedelta] = field(default_factory=lambda: BoundedDict(EVENTS_REMEMBERED), init=False)
    _suspicions: dict[EventId, _Suspicion] = field(default_factory=lambda: BoundedDict(EVENTS_REMEMBERED), init=False)
    _aside_since: dict[EventId, timedelta] = field(default_factory=lambda: BoundedDict(EVENTS_REMEMBERED), init=False)

    async def when_warm(self, event_id: EventId, attempt: Callable[[], Awaitable[T]]) -> T:
        """Return the result of an attempt on the hold store. If the event is cold, it is repaired first."""
        try:
            return await attempt()
        except EventIsCold:
            await self.repair(event_id, past=BEFORE_ALL)
        try:
            return await attempt()
        except EventIsCold as cause:
            raise Busy from cause

    async def grow(self, event_id: EventId, capacity: int) -> None:
        """Tell the hold store of more tickets. If it misses the news, the audit brings it."""
        try:
            await self.holds.grow(event_id, capacity)
        except (EventIsCold, StoreError):
            return

    async def ration(self, event_id: EventId, attempt: Callable[[], Awaitable[T]]) -> T:
        """Return the result of an attempt to take tickets.

        Before it fails for too few tickets, or too few together, the event is audited.
        """
        try:
            return await self.when_warm(event_id, attempt)
        except (TooFewTickets, NotTogether):
            if not await self.audit_soon(event_id):
                raise
        return await self.when_warm(event_id, attempt)

    async def forget_withdrawn(self, event_id: EventId) -> None:
        """Discard an event not on sale and raise `NoEventFound`. No effect where it is on sale."""
        if (epoch := await self.database.ledgers.withdrawn_epoch(event_id)) is not None:
            await self.holds.discard(event_id, epoch)
            raise NoEventFound

    async def repair(self, event_id: EventId, past: int | None = None) -> None:
        """Install an event in the hold store as the database knows it. Raises `NoEventFound` if it is not on sale.

        With `past` there is nothing to do once the event is past this epoch. All callers in this process at the
        same time wait for one repair, which goes on if one of them goes away.
        """
        running = self._repairs.get(event_id)
        if running is None:
            running = asyncio.create_task(self._repair(event_id, past))
            self._repairs[event_id] = running
            running.add_done_callback(lambda _: self._repairs.pop(event_id, None))
        await asyncio.shield(running)

    async def audit_soon(self, event_id: EventId) -> bool:
        """Audit an event unless that was done within the last second or cannot be; what the audit returns."""
        now = self.clock.monotonic()
        last = self._audits.get(event_id)
        if last is not None and now - last < AUDIT_INTERVAL:
            return False
        try:
            return await self.audit(event_id)
        except StoreError:
            return False

    async def audit(self, event_id: EventId) -> bool:
        """Compare both stores' counts of an event, and repair what two audits in a row find.

        Return whether more may be on offer now: after a repair, or where nobody was there to make offers of what is
        set aside.
        """
        now = self.clock.monotonic()
        self._audits[event_id] = now
        try:
            # In one exchange, in this order.
            _, before = await asyncio.gather(self._shorten(event_id), self.holds.stock(event_id))
            ledger = await self.database.ledgers.get(event_id)
            after = await self.holds.stock(event_id)
            if ledger is not None and after.aside > ledger.waiting:
                # The news that fewer wait was lost on its way, and nobody may be left to bring it again.
                await self.holds.set_demand(Demand(event_id, ledger.waiting, ledger.waiting_version))
        except EventIsCold:
            return False
        if ledger is None:
            return False
        demand = Demand(event_id, ledger.waiting, ledger.waiting_version)
        if await self._return_unserved(demand, after, now):
            return True
        # A sale that goes on meanwhile makes the readings differ, and says nothing of what is sold.
        in_motion = (before.sold, before.claimed) != (after.sold, after.claimed)
        mismatch = disagreement(ledger, before) and disagreement(ledger, after)
        if mismatch is None or (in_motion and not mismatch.stuck):
            self._suspicions.pop(event_id, None)
            return False
        return await self._suspect(event_id, _Suspicion(mismatch, now), after.epoch)

    async def needs_audit(self, event_id: EventId, ledger: Ledger) -> bool:
        """Return whether an event should be swept and audited, given what its ledger was a moment ago.

        So it is where claims are under way, tickets are set aside, or counts differ. Shorten holds lasting too long.
        """
        try:
            stock = await self.holds.stock(event_id)
            if stock.held:
                await self._shorten(event_id)
        except EventIsCold:
            return False
        if stock.claimed or stock.aside or disagreement(ledger, stock):
            return True
        self._suspicions.pop(event_id, None)
        self._aside_since.pop(event_id, None)
        return False

    async def has_reservations(self, event_id: EventId) -> bool:
        """Return whether tickets of an event are held, or are being booked."""
        stock = await self.when_warm(event_id, lambda: self.holds.stock(event_id))
        return stock.held + stock.claimed > 0

    async def sweep(self, event_id: EventId) -> int:
        """Resolve claims left behind by their processes; how many there were."""
        try:
            claims = await self.holds.stale_claims(event_id, self.claim_timeout)
        except EventIsCold:
            return 0
        for claim in claims:
            await self._resolve(claim)
        return len(claims)

    async def give_up(self, claim: Claim) -> None:
        """Turn a claim that is void, but not refused, back into holds. Its user has time to claim them again."""
        await self.when_warm(
            claim.event_id, lambda: self.holds.abandon(claim.event_id, claim.booking_id, at_least=CLAIM_GRACE)
        )

    async def _resolve(self, claim: Claim) -> None:
        # Voiding the booking id first is what makes it safe: whoever still carries this claim can never commit it.
        booked = await self.database.bookings.void(claim) is Verdict.BOOKED
        if booked:
            await self.when_warm(claim.event_id, lambda: self.holds.settle(claim.event_id, claim.booking_id))
        else:
            await self.give_up(claim)
        self.observer.swept(claim.event_id, settled=booked)

    async def _shorten(self, event_id: EventId) -> None:
        if await self.holds.shorten(event_id, self.longest_hold):
            self.observer.mismatch(event_id, "holds were made while the hold store's clock was ahead")

    async def _repair(self, event_id: EventId, past: int | None) -> None:
        if (epoch := await self.database.ledgers.withdrawn_epoch(event_id)) is not None:
            if epoch != LAST_EPOCH:  # the hold store need not hear of ids that somebody made up
                await self.holds.discard(event_id, epoch)
            raise NoEventFound
        for _ in range(REPAIR_ATTEMPTS):
            # The permit comes first. Should the hold store lose everything from here on, it has lost the permit too,
            # and nothing is installed that was read before whatever is sold next.
            permit = await self._permit(event_id, past)
            if permit is None or await self._flip(event_id, permit) or await self._is_warm(event_id):
                return
        raise Busy

    async def _permit(self, event_id: EventId, past: int | None) -> str | None:
        """Return a permit for a flip; None once the event is past an epoch, by the repair of another process.

        Each repair makes the claims of the one before it stale. Without waiting, processes that start at once would
        all repair an event, and those that take long to read what is sold would undo each other's repairs for ever.
        Raises `Busy` if another one takes over from one that did not flip.
        """
        if past is None:
            return await self.holds.permit_flip(event_id)
        for _ in range(LOOKS_AT_OTHERS):
            with suppress(FlipIsDue):
                return await self.holds.permit_needed_flip(event_id, past)
            await self.clock.sleep(LOOK_INTERVAL)
        raise Busy

    async def _flip(self, event_id: EventId, permit: str) -> bool:
        """Return whether the event was installed.

        If not, another repair was faster, or the hold store lost everything meanwhile.
        """
        # The epoch is raised and committed before anything is read. A commit that the reading misses therefore still
        # carries the old epoch and is refused.
        await self.database.ledgers.next_epoch(event_id)
        sold = await self.database.ledgers.sold_tickets(event_id)
        if sold is None:
            raise NoEventFound
        flipped = await self.holds.flip(event_id, permit, sold)
        if flipped:
            self._suspicions.pop(event_id, None)
            self.observer.repaired(event_id, sold.ledger.epoch)
            # A withdrawal may have come between the reading and the flip, and its discard may never arrive.
            await self.forget_withdrawn(event_id)
        return flipped

    async def _is_warm(self, event_id: EventId) -> bool:
        try:
            await self.holds.stock(event_id)
        except EventIsCold:
            return False
        return True

    async def _return_unserved(self, demand: Demand, stock: Stock, now: timedelta) -> bool:
        """Return what is set aside to the public, if nobody has made offers for a minute; whether that was done."""
        if not stock.aside:
            self._aside_since.pop(demand.event_id, None)
            return False
        since = self._aside_since.setdefault(demand.event_id, now)
        if now - since < UNSERVED_AFTER or await self.database.was_led(WAITLISTS, UNSERVED_AFTER):
            return False
        await self.holds.set_demand(demand)
        return await self.holds.return_surplus(demand, stock, stock.aside)

    async def _suspect(self, event_id: EventId, seen: _Suspicion, epoch: int) -> bool:
        earlier = self._suspicions.get(event_id)
        if earlier is None or earlier.mismatch != seen.mismatch:
            self._suspicions[event_id] = seen
            return False
        if seen.since - earlier.since < AUDIT_INTERVAL:
            return False
        self.observer.mismatch(event_id, seen.mismatch.what)
        await self.repair(event_id, past=epoch)
        return True
