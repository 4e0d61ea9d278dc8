"""Waiting for a sold-out event, and making offers of the tickets that come back."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from booked.domain.errors import (
    InvalidWaitlistCount,
    NoEventFound,
    NoSuchEntry,
    NoSuchTicketType,
    OfferBooked,
    OverTicketLimit,
    SalesClosed,
    StoreError,
    TooFewTickets,
)
from booked.domain.model.ids import EntryId, EventId, UserId
from booked.domain.model.programme.seating import Block
from booked.domain.model.sale.holds import Stock
from booked.domain.model.sale.idempotency import IdempotencyKey
from booked.domain.model.sale.priced_places import PricedWaitlistPlace
from booked.domain.model.sale.reservations import priced, require_allowed
from booked.domain.model.sale.waitlist import (
    Demand,
    Entry,
    EntryState,
    Offer,
    WaitlistPlace,
    WantedTickets,
    kept_of,
    plan_offers,
    require_allowance,
    require_party,
    require_sold_out,
)
from booked.domain.services.programme.plans import PlanCache
from booked.domain.services.sale.idempotency import made_before
from booked.domain.services.upkeep.inventory import InventoryService
from booked.ports.database import Database, Repositories
from booked.ports.holds import Availability, EventIsCold, Offers, TurnIsOver
from booked.ports.observer import Notifier, Observer
from booked.ports.system import Clock, Ids

PARTIES_A_ROUND = 200
CLOSED_A_ROUND = 1000


class WaitlistHolds(Availability, Offers, Protocol):
    """What this service needs of the hold store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitlistService:
    """`offer_ttl` is how long the tickets of an offer are held."""

    database: Database
    holds: WaitlistHolds
    inventory: InventoryService
    plans: PlanCache
    notifier: Notifier
    ids: Ids
    clock: Clock
    observer: Observer
    offer_ttl: timedelta

    async def join(
        self,
        user_id: UserId,
        event_id: EventId,
        count: int,
        idempotency_key: IdempotencyKey | None = None,
        type_number: int | None = None,
    ) -> EntryId:
        """Put a user's party at the end of an event's queue. With `type_number` it waits for tickets of that type.

        Raises `InvalidWaitlistCount` if so many tickets could never be offered or can be reserved right now,
        `OverTicketLimit` if the user owns too many, `BelowMinimum`, `SalesClosed` after the end of sales,
        `AlreadyWaiting`, `NoSuchTicketType` or `NoEventFound`; with `idempotency_key` also what `made_before` raises.
        """
        if count < 1:
            raise InvalidWaitlistCount("Wait for at least one ticket.")
        stock = await self.inventory.when_warm(event_id, lambda: self.holds.stock(event_id))
        blocks = () if type_number is None else await self._blocks_of(event_id, type_number)
        plan = (await self.plans.on_sale(event_id)).plan
        require_allowed(plan, type_number, count)
        withheld = plan.withheld(stock.at)
        free = await self.inventory.when_warm(
            event_id, lambda: self._free_to_offer(stock, event_id, {type_number: blocks}, withheld)
        )
        entry = Entry(EntryId(str(self.ids.unique())), event_id, user_id, count, type_number=type_number)
        async with self.database.transaction(at=event_id) as unit:
            # The event before the key, as in a booking: two that take both in different orders would deadlock.
            event = await unit.events.lock(event_id)
            earlier = await made_before(unit, idempotency_key, entry.id)
            if earlier is not None:
                return earlier
            if event is None:
                raise NoEventFound
            if event.sales_window.is_over(await unit.now()):
                raise SalesClosed
            if type_number is not None:  # what was known of the event's types may be some seconds old
                await self._require_type(unit, event_id, type_number)
            require_party(count, sum(block.size for block in blocks) or event.seat_count, event.ticket_limit)
            if event.ticket_limit is not None or plan.has_limits:
                owned = await unit.bookings.owned(event_id, user_id)
                require_allowance(count, len(owned), event.ticket_limit)
                require_allowed(plan, type_number, count, owned)
            # Of a type, that much is set aside at most which came back and others wait for.
            wanted = (await unit.waitlist.wanted(event_id)).get(type_number, 0) if type_number else stock.aside
            require_sold_out(count, min(stock.public, free[type_number] - min(stock.aside, wanted)))
            demand = await unit.waitlist.add(entry)
        await self._announce(await self._with_wanted(demand) if type_number else demand)
        return entry.id

    async def leave(self, user_id: UserId, entry_id: EntryId) -> None:
        """Take a user off a queue, which declines the offer if there is one. To leave again changes nothing.

        Raises `NoSuchEntry`, or `OfferBooked` where the tickets of its offer are booked.
        """
        place = await self.own_place(user_id, entry_id)
        if place.state is EntryState.BOOKED:
            raise OfferBooked
        # The entry ends first: an offer that a worker makes of it just now is declined by `_record`.
        demand = await self.database.waitlist.close(entry_id, EntryState.WITHDRAWN)
        await self._announce(demand)
        await self._decline(place.event_id, user_id, entry_id)

    async def leave_event(self, user_id: UserId, event_id: EventId) -> None:
        """Take a user off the queue of an event. Raises `NoSuchEntry` if they are not in it, or what `leave` raises."""
        for place in await self.places(user_id):
            if place.event_id == event_id:
                return await self.leave(user_id, place.entry_id)
        raise NoSuchEntry

    async def own_place(self, user_id: UserId, entry_id: EntryId) -> WaitlistPlace:
        """Return a user's own entry in whatever state. Raises `NoSuchEntry`."""
        place = await self.database.waitlist.get(entry_id)
        if place is None or place.user_id != user_id:
            raise NoSuchEntry
        return place

    async def place(self, entry_id: EntryId) -> WaitlistPlace:
        """Return an entry in whatever state. Raises `NoEventFound` if there is none."""
        place = await self.database.waitlist.get(entry_id)
        if place is None:
            raise NoEventFound
        return place

    async def places(self, user_id: UserId) -> list[WaitlistPlace]:
        """Return a user's entries, with their positions and the tickets offered to them."""
        return await self.database.waitlist.of_user(user_id)

    async def page(self, user_id: UserId, after: tuple[datetime, str] | None, limit: int) -> list[PricedWaitlistPlace]:
        """Return a user's entries with prices, ordered by when they joined, after the cursor."""
        places = sorted(await self.places(user_id), key=_joined)
        following = [place for place in places if after is None or _joined(place) > after]
        return [await self.priced(place) for place in following[:limit]]

    async def place_at(self, user_id: UserId, event_id: EventId) -> PricedWaitlistPlace | None:
        """Return a user's entry at an event, None if they neither wait nor have an offer there."""
        for place in await self.places(user_id):
            if place.event_id == event_id:
                return await self.priced(place)
        return None

    async def priced(self, place: WaitlistPlace) -> PricedWaitlistPlace:
        """Return an entry with what the tickets it is offered are and cost."""
        known = await self.plans.of(place.event_id, up_to=max(place.numbers, default=0))
        type_ = known.plan.type(place.type_number or 0)
        return PricedWaitlistPlace(place, known.event, type_, priced(place.numbers, known.plan, self.clock.now()))

    async def serve(self, event_id: EventId) -> int:
        """Make the offers now possible at an event, close lapsed ones, and return how many were made.

        After the end of sales nobody waits any more; offers made in time stand until they lapse.
        """
        if await self.database.ledgers.get(event_id) is None:
            return 0
        untold, epoch = await self.inventory.when_warm(event_id, lambda: self._look_at_offers(event_id))
        # The same ones are made again: the hold store has them.
        passed_over: set[EntryId] = set()
        served = sum([await self._offer(entry, epoch, passed_over) for entry in untold])
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
        wanted, types = await self._wanted(event_id)
        demand = Demand(event_id, ledger.waiting, ledger.waiting_version, wanted)
        await self.inventory.when_warm(event_id, lambda: self.holds.set_demand(demand))
        # Read the epoch before the queue: from then on, no offer that was made under an older epoch is recorded.
        stock = await self.holds.stock(event_id)
        if ledger.sales.is_over(stock.at):
            if ledger.waiting:
                await self._announce(await self.database.waitlist.close_waiting(event_id, CLOSED_A_ROUND))
            return 0
        # Before the sale begins no offer can be made, so nobody is passed and nothing gathers.
        if not ledger.sales.has_begun(stock.at):
            return 0
        # A plan that is older than the event's newest tickets does not know which of them are not for everybody.
        sold = (await self.plans.of(event_id, up_to=stock.capacity)).plan
        withheld = sold.withheld(stock.at)
        blocks: dict[int | None, Sequence[Block]] = {None: sold.blocks}
        blocks |= {each: sold.blocks_of(each) for each in types}
        free = await self._free_to_offer(stock, event_id, blocks, withheld)
        # Also where nothing is withheld: nobody knows here whether tickets that come meanwhile are for everybody.
        offered = {each: _without(own, withheld) for each, own in blocks.items()}

        async def offer(entry: Entry) -> bool:
            spared = plan.spared.get(entry.id, ())
            its = [block for block in offered[entry.type_number] if block.type_number not in spared]
            # Nothing is left of any block where what is free was counted while it was taken.
            return bool(its) and await self._offer(entry, stock.epoch, passed_over, its, kept_of(spared, free))

        parties = await self.database.waitlist.queue(event_id, PARTIES_A_ROUND + len(passed_over), free)
        queue = [entry for entry in parties if entry.id not in passed_over]
        plan = plan_offers(queue, free, stock.aside, ledger.capacity - ledger.blocked, stock.at)
        if plan.changed:
            await self.database.waitlist.record_passes(plan.changed)
        if plan.surplus and not plan.offers:
            await self.holds.return_surplus(demand, stock, plan.surplus)
        return sum([await offer(entry) for entry in plan.offers])

    async def _blocks_of(self, event_id: EventId, type_number: int) -> Sequence[Block]:
        """Return the blocks of a type of an event on sale. Raises `NoSuchTicketType` or `NoEventFound`."""
        blocks = (await self.plans.on_sale(event_id)).plan.for_public.blocks_of(type_number)
        if not blocks:
            self.plans.forget(event_id)  # it may have come since
            blocks = (await self.plans.on_sale(event_id)).plan.for_public.blocks_of(type_number)
        if not blocks:
            raise NoSuchTicketType
        return blocks

    async def _require_type(self, unit: Repositories, event_id: EventId, type_number: int) -> None:
        plan = await unit.ticket_plans.get(event_id)
        if plan is None or plan.type(type_number) is None:
            raise NoSuchTicketType

    async def _with_wanted(self, demand: Demand) -> Demand:
        # What is not told now is told in the next round.
        with suppress(StoreError):
            wanted, _ = await self._wanted(demand.event_id)
            return replace(demand, wanted=wanted)
        return demand

    async def _wanted(self, event_id: EventId) -> tuple[tuple[WantedTickets, ...], Collection[int]]:
        """Return what is wanted by parties waiting for one type, and the numbers of these types."""
        tickets = await self.database.waitlist.wanted(event_id)
        if not tickets:
            return (), ()
        plan = (await self.plans.of(event_id)).plan
        return tuple(WantedTickets(tickets[each], tuple(plan.blocks_of(each))) for each in tickets), tickets

    async def _free_to_offer(
        self,
        stock: Stock,
        event_id: EventId,
        blocks: Mapping[int | None, Sequence[Block]],
        withheld: Sequence[Block],
    ) -> dict[int | None, int]:
        """Return how many tickets are free altogether, under None, and of each type, without the withheld ones."""
        types = {each: _without(own, withheld) for each, own in blocks.items() if each is not None}
        if not types and not withheld:
            return {None: stock.free}
        left_out, *of_types = await self.holds.free_among(event_id, [withheld, *types.values()])
        return {None: stock.free - left_out, **dict(zip(types, of_types, strict=True))}

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
                await self._announce(await self.database.waitlist.lapse(entry))
            return False
        except TurnIsOver:
            # If it waits all the same, the offer of this turn lapsed without having been recorded.
            await self._announce(await self.database.waitlist.reinstate(entry))
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
        await self._announce(demand)
        self.observer.offered(offer.event_id, len(offer.numbers))
        await self.notifier.offer_made(offer)
        return True

    async def _look_at_offers(self, event_id: EventId) -> tuple[list[Entry], int]:
        """Close entries whose offers are over, and end offers whose entries are.

        Return the entries that still wait although an offer stands, made in this epoch or an earlier one: a worker was
        stopped before it recorded it.
        """
        epoch = (await self.holds.stock(event_id)).epoch
        recorded = {offer.entry_id: offer for offer in await self.database.waitlist.offered(event_id)}
        standing = {offer.entry_id: offer for offer in await self.holds.offers(event_id)}
        if over := recorded.keys() - standing.keys():
            now = (await self.holds.stock(event_id)).at  # after the look at what stands: it is then over by that time
            for entry_id in over:
                await self._announce(await self._close(recorded[entry_id], now))
        untold = [await self._waiting(standing[entry_id]) for entry_id in standing.keys() - recorded.keys()]
        return [entry for entry in untold if entry], epoch

    async def _waiting(self, offer: Offer) -> Entry | None:
        """Return the entry of an offer. None if it has ended, and then the offer ends too."""
        place = await self.database.waitlist.get(offer.entry_id)
        if place is not None and not place.has_ended:
            return place.entry
        await self._decline(offer.event_id, offer.user_id, offer.entry_id)
        return None

    async def _decline(self, event_id: EventId, user_id: UserId, entry_id: EntryId) -> None:
        # An offer that stays because this does not arrive is ended by the next round, or lapses.
        try:
            await self.holds.decline(event_id, user_id, entry_id)
        except (EventIsCold, StoreError):
            return

    async def _close(self, offer: Offer, now: datetime) -> Demand | None:
        # An offer that vanished before its time was lost by the hold store, and its party gets its place back.
        if now < offer.expires_at:
            return await self.database.waitlist.reinstate(offer)
        return await self.database.waitlist.lapse(offer)

    async def _announce(self, demand: Demand | None) -> None:
        # A demand that does not arrive is made up for by the next round's.
        if demand is None:
            return
        try:
            await self.holds.set_demand(demand)
        except (EventIsCold, StoreError):
            return


def _without(blocks: Sequence[Block], withheld: Sequence[Block]) -> tuple[Block, ...]:
    return tuple(block for block in blocks if block not in withheld)


def _joined(place: WaitlistPlace) -> tuple[datetime, str]:
    return place.joined_at, place.entry_id
