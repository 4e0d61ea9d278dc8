"""Waiting for a sold-out event: joining its queue, leaving it, and looking at one's places."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from booked.domain.errors import (
    InvalidWaitlistCount,
    NoEventFound,
    NoSuchEntry,
    NoSuchTicketType,
    OfferBooked,
    SalesClosed,
    StoreError,
)
from booked.domain.model.ids import EntryId, EventId, UserId
from booked.domain.model.programme.seating import Block
from booked.domain.model.sale.idempotency import IdempotencyKey
from booked.domain.model.sale.priced_places import PricedWaitlistPlace
from booked.domain.model.sale.reservations import priced, require_allowed
from booked.domain.model.sale.waitlist import (
    Demand,
    Entry,
    EntryState,
    WaitlistPlace,
    require_allowance,
    require_party,
    require_sold_out,
)
from booked.domain.services.programme.plans import PlanCache
from booked.domain.services.sale.demand import DemandService
from booked.domain.services.sale.idempotency import made_before
from booked.domain.services.upkeep.inventory import InventoryService
from booked.ports.database import Database, Repositories
from booked.ports.holds import Availability
from booked.ports.system import Clock, Ids


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitlistService:
    """`OfferService` serves those who wait."""

    database: Database
    holds: Availability
    inventory: InventoryService
    plans: PlanCache
    demand: DemandService
    ids: Ids
    clock: Clock

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
            event_id, lambda: self.demand.free(stock, event_id, {type_number: blocks}, withheld)
        )
        its_own = {type_number: blocks} if type_number is not None else {}
        came_back = await self.inventory.when_warm(event_id, lambda: self.demand.came_back(stock, event_id, its_own))
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
            kept = stock.aside
            if type_number is not None:  # of a type, no more is set aside than came back and others wait for
                wanted = (await unit.waitlist.wanted(event_id)).get(type_number, 0)
                kept = min(kept, wanted, came_back[type_number])
            require_sold_out(count, min(stock.public, free[type_number] - kept))
            demand = await unit.waitlist.add(entry)
        await self.demand.announce(await self._with_wanted(demand) if type_number else demand)
        return entry.id

    async def leave(self, user_id: UserId, entry_id: EntryId) -> None:
        """Take a user off a queue, which declines the offer if there is one. To leave again changes nothing.

        Raises `NoSuchEntry`, or `OfferBooked` where the tickets of its offer are booked.
        """
        place = await self.own_place(user_id, entry_id)
        if place.state is EntryState.BOOKED:
            raise OfferBooked
        # The entry ends first: an offer that a worker makes of it just now is declined by `OfferService`.
        demand = await self.database.waitlist.close(entry_id, EntryState.WITHDRAWN)
        await self.demand.announce(demand)
        await self.demand.decline(place.event_id, user_id, entry_id)

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
            tickets = await self.database.waitlist.wanted(demand.event_id)
            return replace(demand, wanted=await self.demand.wanted(demand.event_id, tickets))
        return demand


def _joined(place: WaitlistPlace) -> tuple[datetime, str]:
    return place.joined_at, place.entry_id
