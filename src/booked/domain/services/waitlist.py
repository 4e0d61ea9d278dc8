"""Waiting for a sold-out event, and making offers of the tickets that come back."""

from dataclasses import dataclass
from datetime import timedelta

from booked.domain.errors import InvalidWaitlistCount, NoEventFound, OverTicketLimit, StoreError, TooFewTickets
from booked.domain.model.ids import EntryId, EventId, UserId
from booked.domain.model.waitlist import (
    Demand,
    Entry,
    Offer,
    Place,
    plan_offers,
    require_party,
    require_sold_out,
)
from booked.domain.services.inventory import InventoryService
from booked.ports.database import Database
from booked.ports.holds import EventIsCold, HoldStore
from booked.ports.notifier import Notifier
from booked.ports.observer import Observer
from booked.ports.system import Clock, Ids

PARTIES_A_ROUND = 200
CLOCK_SLACK = timedelta(seconds=5)  # by which this process's clock may differ from the hold store's


@dataclass(frozen=True, slots=True)
class WaitlistService:
    """`offer_ttl` is how long the tickets of an offer are held."""

    database: Database
    holds: HoldStore
    inventory: InventoryService
    notifier: Notifier
    ids: Ids
    clock: Clock
    observer: Observer
    offer_ttl: timedelta

    async def join(self, user_id: UserId, event_id: EventId, count: int) -> None:
        """Put a user's party at the end of an event's queue.

        Raises `InvalidWaitlistCount` where that many tickets could never be offered or can be reserved right now,
        `AlreadyWaiting`, or `NoEventFound`.
        """
        if count < 1:
            raise InvalidWaitlistCount("Wait for at least one ticket.")
        stock = await self.inventory.when_warm(event_id, lambda: self.holds.stock(event_id))
        async with self.database.transaction() as unit:
            event = await unit.events.lock(event_id)
            if event is None:
                raise NoEventFound
            require_party(count, event.seat_count, event.ticket_limit)
            require_sold_out(count, stock.public)
            entry = Entry(EntryId(str(self.ids.unique())), event_id, user_id, count)
            demand = await unit.waitlist.add(entry)
        await self._announce(demand)

    async def places(self, user_id: UserId) -> list[Place]:
        """A user's entries, with their positions and the tickets offered to them."""
        return await self.database.waitlist.of_user(user_id)

    async def serve(self, event_id: EventId) -> int:
        """Make the offers that are possible at an event now and close those that lapsed; how many were made."""
        ledger = await self.database.events.ledger(event_id)
        if ledger is None:
            return 0
        stock = await self.inventory.when_warm(event_id, lambda: self.holds.stock(event_id))
        await self.holds.set_demand(Demand(event_id, ledger.waiting, ledger.waiting_version))
        await self._close_lapsed(event_id)
        queue = await self.database.waitlist.queue(event_id, PARTIES_A_ROUND)
        plan = plan_offers(queue, stock.free, stock.aside, self.clock.now())
        if plan.changed:
            await self.database.waitlist.record_passes(plan.changed)
        made = [await self._offer(entry) for entry in plan.offers]
        if plan.surplus:
            await self.holds.return_surplus(event_id, plan.surplus)
        return sum(made)

    async def _offer(self, entry: Entry) -> bool:
        # Held first, recorded second: a crash between the two leaves a hold, and the next round is given the same one.
        try:
            offer = await self.holds.offer(entry, self.offer_ttl)
        except TooFewTickets:
            return False
        except OverTicketLimit:
            await self._announce(await self.database.waitlist.close(entry.id))
            return False
        demand = await self.database.waitlist.record_offer(offer)
        if demand is None:  # another worker has recorded it, and tells the user
            return False
        await self._announce(demand)
        self.observer.offered(entry.event_id, entry.count)
        await self.notifier.offer_made(offer)
        return True

    async def _close_lapsed(self, event_id: EventId) -> None:
        recorded = await self.database.waitlist.offered(event_id)
        standing = {offer.entry_id for offer in await self.holds.offers(event_id)} if recorded else set()
        for offer in recorded:
            if offer.entry_id not in standing:
                await self._announce(await self._close(offer))

    async def _close(self, offer: Offer) -> Demand | None:
        # An offer that vanished before its time was lost by the hold store, and its party gets its place back.
        if self.clock.now() < offer.expires_at - CLOCK_SLACK:
            return await self.database.waitlist.reinstate(offer.entry_id)
        return await self.database.waitlist.close(offer.entry_id)

    async def _announce(self, demand: Demand | None) -> None:
        # A demand that does not arrive is made up for by the next round's.
        if demand is None:
            return
        try:
            await self.holds.set_demand(demand)
        except (EventIsCold, StoreError):
            return
