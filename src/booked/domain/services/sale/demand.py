"""What the queue of an event waits for: how much of that is free, and telling the hold store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from booked.domain.errors import StoreError
from booked.domain.model.ids import EntryId, EventId, UserId
from booked.domain.model.programme.seating import Block
from booked.domain.model.sale.holds import Stock
from booked.domain.model.sale.waitlist import Demand, WantedTickets
from booked.domain.services.programme.plans import PlanCache
from booked.ports.holds import Availability, EventIsCold, Offers


class DemandHolds(Availability, Offers, Protocol):
    """What this service needs of the hold store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandService:
    """What those who wait and the worker who serves them both use."""

    holds: DemandHolds
    plans: PlanCache

    async def wanted(self, event_id: EventId, tickets: Mapping[int, int]) -> tuple[WantedTickets, ...]:
        """Return what is wanted by parties waiting for one type, from how many tickets they want of each type."""
        if not tickets:
            return ()
        plan = (await self.plans.of(event_id)).plan
        return tuple(WantedTickets(count, tuple(plan.blocks_of(each))) for each, count in tickets.items())

    async def free(
        self,
        stock: Stock,
        event_id: EventId,
        blocks: Mapping[int | None, Sequence[Block]],
        withheld: Sequence[Block],
    ) -> dict[int | None, int]:
        """Return how many tickets are free altogether, under None, and of each type, without the withheld ones."""
        types = {each: without(own, withheld) for each, own in blocks.items() if each is not None}
        if not types and not withheld:
            return {None: stock.free}
        left_out, *of_types = await self.holds.free_among(event_id, [withheld, *types.values()])
        return {None: stock.free - left_out, **dict(zip(types, of_types, strict=True))}

    async def came_back(self, stock: Stock, event_id: EventId, types: Mapping[int, Sequence[Block]]) -> dict[int, int]:
        """Return how many free tickets of each type came back since tickets are set aside."""
        if not stock.aside or not types:
            return dict.fromkeys(types, 0)
        return dict(zip(types, await self.holds.came_back_among(event_id, list(types.values())), strict=True))

    async def announce(self, demand: Demand | None) -> None:
        """Tell the hold store what the queue waits for, if it can be reached."""
        # A demand that does not arrive is made up for by the next round's.
        if demand is None:
            return
        try:
            await self.holds.set_demand(demand)
        except (EventIsCold, StoreError):
            return

    async def decline(self, event_id: EventId, user_id: UserId, entry_id: EntryId) -> None:
        """End an entry's offer, if the hold store can be reached."""
        # An offer that stays because this does not arrive is ended by the next round, or lapses.
        try:
            await self.holds.decline(event_id, user_id, entry_id)
        except (EventIsCold, StoreError):
            return


def without(blocks: Sequence[Block], withheld: Sequence[Block]) -> tuple[Block, ...]:
    """Return blocks but for the withheld ones."""
    return tuple(block for block in blocks if block not in withheld)
