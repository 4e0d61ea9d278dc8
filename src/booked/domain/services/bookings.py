"""The sale: reserve, book, cancel."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from booked.domain.errors import (
    Busy,
    InvalidToken,
    NoEventFound,
    OverTicketLimit,
    StoreError,
    TicketNotReserved,
    TooFewTickets,
    TransactionFailed,
)
from booked.domain.model.bookings import Booking, Verdict
from booked.domain.model.ids import BookingId, EventId, TicketId, UserId, ticket_ids
from booked.domain.model.tickets import Claim, Hold, require_count, require_one_event
from booked.domain.services.inventory import InventoryService
from booked.ports.database import Database
from booked.ports.holds import EventIsCold, HoldStore, NotHeld
from booked.ports.observer import Observer
from booked.ports.system import Clock, Ids

OUTCOME_KNOWN_WITHIN = timedelta(seconds=8)
RETRY_DELAY = 0.1  # seconds
ATTEMPTS = 4

# Verdicts on the user, which another try would not change.
REFUSALS = {Verdict.OVER_LIMIT: OverTicketLimit, Verdict.UNKNOWN_USER: InvalidToken}


@dataclass(frozen=True, slots=True)
class BookingService:
    """`hold_ttl` is how long a reservation lasts."""

    database: Database
    holds: HoldStore
    inventory: InventoryService
    ids: Ids
    clock: Clock
    observer: Observer
    hold_ttl: timedelta

    async def reserve(self, user_id: UserId, event_id: EventId, count: int) -> list[TicketId]:
        """Hold tickets for a user: all of them or, with `TooFewTickets` or `OverTicketLimit`, none."""
        require_count(count)
        try:
            hold = await self._hold(user_id, event_id, count)
        except TooFewTickets:
            # Whoever is told that there are too few should be told the truth.
            if not await self.inventory.audit_soon(event_id):
                raise
            hold = await self._hold(user_id, event_id, count)
        self.observer.reserved(event_id, count)
        return ticket_ids(event_id, hold.numbers)

    async def book(self, user_id: UserId, tickets: Iterable[TicketId]) -> None:
        """Make a user the owner of tickets that they hold, all or none. What they own already stays theirs.

        Raises `TicketNotReserved`, `NotYourTicket`, `OverTicketLimit` or `NoEventFound`; `TransactionFailed` where
        the outcome could not be found out in time, and then the same request can be repeated.
        """
        event_id, wanted = require_one_event(tickets)
        for _ in range(ATTEMPTS):
            claim = await self._claim(user_id, event_id, wanted)
            if claim is None:
                return
            if await self._commit(claim):
                wanted -= frozenset(claim.numbers)
            if not wanted:
                return
        raise Busy

    async def cancel(self, user_id: UserId, event_id: EventId, count: int) -> None:
        """Give back a user's newest tickets of an event, or raise `TooFewTickets` if they own fewer."""
        require_count(count)
        async with self.database.transaction() as unit:
            if await unit.events.lock(event_id) is None:
                raise TooFewTickets
            owned = await unit.bookings.newest(event_id, user_id, count)
            if len(owned) < count:
                raise TooFewTickets(f"You own {len(owned)} tickets of this event. Cancel at most as many.")
            release = await unit.bookings.cancel(event_id, user_id, [ticket.number for ticket in owned])
        self.observer.cancelled(event_id, count)

        # Committed is committed: should the hold store miss the news, the audit brings it.
        try:
            # A cancelled ticket was booked; if its claim is not settled yet, settling comes before freeing.
            await asyncio.gather(*(self.holds.settle(event_id, id_) for id_ in {t.booking_id for t in owned}))
            await self.holds.release(release)
        except (EventIsCold, StoreError):
            return

    async def bookings(self, user_id: UserId) -> list[Booking]:
        return await self.database.bookings.of_user(user_id)

    async def _hold(self, user_id: UserId, event_id: EventId, count: int) -> Hold:
        return await self.inventory.when_warm(
            event_id, lambda: self.holds.reserve(event_id, user_id, count, self.hold_ttl)
        )

    async def _claim(self, user_id: UserId, event_id: EventId, wanted: frozenset[int]) -> Claim | None:
        """A claim of wanted tickets, be it an earlier one that is still under way; None if all are owned already."""
        try:
            return await self._claim_held(user_id, event_id, wanted)
        except NotHeld as refusal:
            owned = wanted & await self.database.bookings.owned(event_id, user_id)
            if not refusal.numbers <= owned:
                raise TicketNotReserved from refusal
        remaining = wanted - owned
        try:
            return await self._claim_held(user_id, event_id, remaining) if remaining else None
        except NotHeld as refusal:
            raise TicketNotReserved from refusal

    async def _claim_held(self, user_id: UserId, event_id: EventId, numbers: frozenset[int]) -> Claim:
        booking_id = BookingId(str(self.ids.unique()))
        return await self.inventory.when_warm(
            event_id, lambda: self.holds.claim(event_id, user_id, numbers, booking_id)
        )

    async def _commit(self, claim: Claim) -> bool:
        """Whether a claim is booked now; False if it is worth claiming again."""
        verdict = await self._decide(claim)
        # Another request may carry the same claim: it is given up only when nobody can commit it any more.
        if verdict in REFUSALS and await self.database.bookings.void(claim) is Verdict.BOOKED:
            verdict = Verdict.BOOKED
        if verdict is Verdict.BOOKED:
            self.observer.booked(claim.event_id, len(claim.numbers))
            await self._finish(claim)
            return True
        self.observer.refused(claim.event_id, verdict)
        await self._refuse(claim, verdict)
        return False

    async def _decide(self, claim: Claim) -> Verdict:
        """The database's verdict. While it is unknown the same claim is committed again, which cannot count twice."""
        give_up = self.clock.now() + OUTCOME_KNOWN_WITHIN
        uncertain = False
        while True:
            try:
                return await self.database.bookings.commit(claim)
            except StoreError as setback:
                uncertain = uncertain or isinstance(setback, TransactionFailed)
                if not uncertain:
                    raise  # nothing was sent, and the claim waits for the next attempt
                if self.clock.now() >= give_up:
                    raise TransactionFailed from setback
                self.observer.uncertain(claim.event_id)
            await self.clock.sleep(RETRY_DELAY)

    async def _finish(self, claim: Claim) -> None:
        # The tickets are booked, whatever the hold store answers; a claim left there is settled by the sweep.
        try:
            await self.holds.settle(claim.event_id, claim.booking_id)
        except (EventIsCold, StoreError):
            return

    async def _refuse(self, claim: Claim, verdict: Verdict) -> None:
        """Undo a claim that was not booked; raises unless it is worth claiming again."""
        if verdict is Verdict.STALE_EPOCH:
            return await self.inventory.repair(claim.event_id, past=claim.epoch)
        if verdict is Verdict.WITHDRAWN:
            await self.holds.discard(claim.event_id)
            raise NoEventFound
        if verdict is Verdict.ALREADY_SOLD:
            await self.inventory.repair(claim.event_id, past=claim.epoch)
            raise TicketNotReserved
        await self.inventory.when_warm(claim.event_id, lambda: self.holds.abandon(claim.event_id, claim.booking_id))
        if verdict in REFUSALS:
            raise REFUSALS[verdict]
        return None
