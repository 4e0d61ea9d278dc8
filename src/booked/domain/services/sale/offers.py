"""Offers to the waitlist: the tickets that come back, held for those in front of a queue."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from booked.domain.bounded import BoundedDict
from booked.domain.errors import OverTicketLimit, SalesClosed, TooFewTickets
from booked.domain.model.ids import EntryId, EventId
from booked.domain.model.programme.seating import Block
from booked.domain.model.sale.waitlist import CameBack, Demand, Entry, Offer, kept_of, plan_offers
from booked.domain.services.programme.plans import PlanCache
from booked.domain.services.sale.demand import DemandService, without
from booked.domain.services.upkeep.inventory import InventoryService
from booked.ports.database import Database
from booked.ports.holds import Availability, Offers, TurnIsOver
from booked.ports.observer import Notifier, Observer

PARTIES_A_ROUND = 200
CLOSED_A_ROUND = 1000
TOLD_REMEMBERED = 10_000  # offers


class OfferHolds(Availability, Offers, Protocol):
    """What this service needs of the hold store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferService:
    """`offer_ttl` is how long the tickets of an offer are held.

    `told` has the entries, and their versions, whose users were told: nobody is told again and again while the database
    does not keep it.
    """

    database: Database
    holds: OfferHolds
    inventory: InventoryService
    plans: PlanCache
    demand: DemandService
    notifier: Notifier
    observer: Observer
    offer_ttl: timedelta
    told: BoundedDict[tuple[EntryId, int], None] = field(default_factory=lambda: BoundedDict(TOLD_REMEMBERED))

    async def serve(self, event_id: EventId) -> int:
        """Make the offers now possible at an event, close lapsed ones, and return how many were made.

        After the end of sales nobody waits any more; offers made in time stand until they lapse.
        """
        if await self.database.ledgers.get(event_id) is None:
            return 0
        unrecorded, epoch = await self.inventory.when_warm(event_id, lambda: self._look_at_offers(event_id))
        # The same ones are made again: the hold store has them.
        passed_over: set[EntryId] = set()
        served = sum([await self._offer(entry, epoch, passed_over) for entry in unrecorded])
        while True:
            seen = len(passed_over)
            made = await self._serve_once(event_id, passed_over)
            if not made and len(passed_over) == seen:
                return served
            served += made  # and look again: a new plan says what is left for the public

    async def _serve_once(self, event_id: EventId, passed_over: set[EntryId]) -> int:
        """Return how many offers are made by the next plan, which leaves out who is `passed_over`."""
        ledger = await self.database.ledgers.get(event_id)
        if ledger is None:
            return 0
        types = await self.database.waitlist.wanted(event_id)
        wanted = await self.demand.wanted(event_id, types)
        demand = Demand(event_id, ledger.waiting, ledger.waiting_version, wanted)
        await self.inventory.when_warm(event_id, lambda: self.holds.set_demand(demand))
        # Read the epoch before the queue: from then on, no offer that was made under an older epoch is recorded.
        stock = await self.holds.stock(event_id)
        if ledger.sales.is_over(stock.at):
            if ledger.waiting:
                await self.demand.announce(await self.database.waitlist.close_waiting(event_id, CLOSED_A_ROUND))
            return 0
        # Before the sale begins no offer can be made, so nobody is passed and nothing gathers.
        if not ledger.sales.has_begun(stock.at):
            return 0
        # A plan that is older than the event's newest tickets does not know which of them are not for everybody.
        sold = (await self.plans.of(event_id, up_to=stock.capacity)).plan
        withheld = sold.withheld(stock.at)
        blocks: dict[int | None, Sequence[Block]] = {None: sold.blocks}
        blocks |= {each: sold.blocks_of(each) for each in types}
        free = await self.demand.free(stock, event_id, blocks, withheld)
        # Also where nothing is withheld: nobody knows here whether tickets that come meanwhile are for everybody.
        offered = {each: without(own, withheld) for each, own in blocks.items()}
        of_types = {each.number: without(sold.blocks_of(each.number), withheld) for each in sold.types if types}
        came_back = await self.demand.came_back(stock, event_id, of_types)

        async def offer(entry: Entry) -> bool:
            spared = plan.spared.get(entry.id, ())
            its = [block for block in offered[entry.type_number] if block.type_number not in spared]
            # Nothing is left of any block where what is free was counted while it was taken.
            return bool(its) and await self._offer(entry, stock.epoch, passed_over, its, kept_of(spared, came_back))

        parties = await self.database.waitlist.queue(event_id, PARTIES_A_ROUND + len(passed_over), free)
        queue = [entry for entry in parties if entry.id not in passed_over]
        plan = plan_offers(queue, free, stock.aside, ledger.capacity - ledger.blocked, stock.at, came_back=came_back)
        if plan.changed:
            await self.database.waitlist.record_passes(plan.changed)
        seen = [CameBack(came_back[each], own, plan.keeps(each)) for each, own in of_types.items()]
        nobodys = any(each.tickets and not each.stay_aside for each in seen)
        if (plan.surplus or nobodys) and not plan.offers:
            await self.holds.return_surplus(demand, stock, plan.surplus, seen)
        return sum([await offer(entry) for entry in plan.offers])

    async def _offer(
        self,
        entry: Entry,
        epoch: int,
        passed_over: set[EntryId],
        blocks: Sequence[Block] = (),
        kept_aside: int = 0,
    ) -> bool:
        """Return whether the entry's user has an offer now. Passed over is who holds too many others for it."""
        # Held first, recorded second: a crash between the two leaves a hold, and the next round is given the same one.
        try:
            offer = await self.holds.offer(entry, epoch, self.offer_ttl, blocks, kept_aside)
        except (TooFewTickets, SalesClosed):
            return False
        except OverTicketLimit:
            if await self._may_have(entry):
                passed_over.add(entry.id)
            else:
                await self.demand.announce(await self.database.waitlist.lapse(entry))
            return False
        except TurnIsOver:
            # If it waits all the same, the offer of this turn lapsed without having been recorded.
            await self.demand.announce(await self.database.waitlist.reinstate(entry))
            return False
        return offer is not None and await self._record(offer, epoch)

    async def _may_have(self, entry: Entry) -> bool:
        """Return whether a party could have its tickets if its user gave back what is only held."""
        limit = (await self.plans.of(entry.event_id)).event.ticket_limit
        owned = await self.database.bookings.owned(entry.event_id, entry.user_id)
        return limit is None or len(owned) + entry.count <= limit

    async def _record(self, offer: Offer, epoch: int) -> bool:
        demand = await self.database.waitlist.record_offer(offer, epoch)
        if demand is None:
            # Another worker has recorded it and tells the user, or the next round does, or the entry has ended.
            await self._waiting(offer)
            return False
        await self.demand.announce(demand)
        self.observer.offered(offer.event_id, len(offer.numbers))
        await self._tell(offer)
        return True

    async def _tell(self, offer: Offer) -> None:
        # Told first, marked second: a crash between the two tells the user twice, and not never.
        turn = (offer.entry_id, offer.version)
        if turn not in self.told:
            try:
                await self.notifier.offer_made(offer)
            except Exception as setback:  # whatever it is, the others get their offers
                self.observer.setback(offer.event_id, setback)
                return
            self.told[turn] = None
        await self.database.waitlist.mark_told(offer)

    async def _look_at_offers(self, event_id: EventId) -> tuple[list[Entry], int]:
        """Close entries whose offers are over, end offers whose entries are, and tell users of untold offers.

        Return the entries that still wait although an offer stands, made in this epoch or an earlier one: a worker was
        stopped before it recorded it.
        """
        epoch = (await self.holds.stock(event_id)).epoch
        recorded = {offer.entry_id: offer for offer in await self.database.waitlist.offered(event_id)}
        standing = {offer.entry_id: offer for offer in await self.holds.offers(event_id)}
        if over := recorded.keys() - standing.keys():
            now = (await self.holds.stock(event_id)).at  # after the look at what stands: it is then over by that time
            for entry_id in over:
                await self.demand.announce(await self._close(recorded[entry_id], now))
        for entry_id, offer in recorded.items():
            if entry_id in standing and not offer.told:
                await self._tell(offer)
        unrecorded = [await self._waiting(standing[entry_id]) for entry_id in standing.keys() - recorded.keys()]
        return [entry for entry in unrecorded if entry], epoch

    async def _waiting(self, offer: Offer) -> Entry | None:
        """Return the entry of an offer. None if it has ended, and then the offer ends too."""
        place = await self.database.waitlist.get(offer.entry_id)
        if place is not None and not place.has_ended:
            return place.entry
        await self.demand.decline(offer.event_id, offer.user_id, offer.entry_id)
        return None

    async def _close(self, offer: Offer, now: datetime) -> Demand | None:
        # An offer that vanished before its time was lost by the hold store, and its party gets its place back.
        if now < offer.expires_at:
            return await self.database.waitlist.reinstate(offer)
        return await self.database.waitlist.lapse(offer)
