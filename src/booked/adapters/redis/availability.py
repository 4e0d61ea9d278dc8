"""What is still to be had of an event."""

import asyncio
from collections.abc import Collection, Sequence

from booked.adapters.redis import bitmap
from booked.adapters.redis.arguments import ranges
from booked.adapters.redis.failures import failing_as
from booked.adapters.redis.replies import stock_of
from booked.adapters.redis.scripted import ScriptedStore
from booked.adapters.redis.steps import Call
from booked.domain.errors import StoreReadFailed
from booked.domain.model.ids import EventId
from booked.domain.model.programme.seating import Block
from booked.domain.model.sale.holds import SeatMap, Stock, TakenTickets

EVENTS_A_CALL = 128  # a page of events; Valkey does nothing else meanwhile


class RedisAvailability(ScriptedStore):
    async def stock(self, event_id: EventId) -> Stock:
        _, *counts = await self._read("stock", event_id)
        return stock_of(counts)

    async def available(self, event_ids: Sequence[EventId]) -> list[int | None]:
        with failing_as(StoreReadFailed):
            # In a cluster each event has a slot of its own, and a script may look at one slot.
            most = 1 if await self._nodes.is_cluster() else EVENTS_A_CALL
        calls = [event_ids[start : start + most] for start in range(0, len(event_ids), most)]
        return [count for counts in await asyncio.gather(*map(self._available, calls)) for count in counts]

    async def free_among(self, event_id: EventId, groups: Sequence[Sequence[Block]]) -> list[int]:
        _, *counts = await self._read("free_among", event_id, *map(ranges, groups))
        return counts

    async def on_offer_among(self, event_id: EventId, groups: Sequence[Sequence[Block]]) -> list[int]:
        _, *counts = await self._read("on_offer_among", event_id, *map(ranges, groups))
        return counts

    async def seat_map(self, event_id: EventId, first: int, last: int) -> SeatMap:
        _, capacity, free, aside, kept, part = await self._read("seat_map", event_id, first, last)
        last = min(last, capacity)
        taken = bitmap.starting_with(first, last, part)
        return SeatMap(capacity, free, first, last, taken, aside, tuple((start, end) for start, end in kept))

    async def taken_among(self, event_id: EventId, numbers: Collection[int]) -> TakenTickets:
        _, sold, held = await self._read("taken_among", event_id, *numbers)
        return TakenTickets(frozenset(sold), frozenset(held))

    async def _available(self, event_ids: Sequence[EventId]) -> list[int | None]:
        call = Call("available", event_ids[0], event_ids, work=len(event_ids))
        _, *counts = await self._run(StoreReadFailed, call)
        return counts
