"""Offers to the waitlist, and what is set aside for it."""

from collections.abc import Sequence
from datetime import timedelta

from booked.adapters.redis.arguments import ms, ranges, ranges_in_order
from booked.adapters.redis.replies import offer_of
from booked.adapters.redis.scripted import ScriptedStore
from booked.domain.model.ids import EntryId, EventId, UserId
from booked.domain.model.programme.seating import Block
from booked.domain.model.sale.holds import Stock
from booked.domain.model.sale.waitlist import CameBack, Demand, Entry, Offer
from booked.ports.holds import TurnIsOver


class RedisOffers(ScriptedStore):
    async def set_demand(self, demand: Demand) -> None:
        known = [] if demand.wanted is None else [[(each.tickets, ranges(each.blocks)) for each in demand.wanted]]
        await self._write("set_demand", demand.event_id, demand.tickets, demand.version, *known)

    async def came_back_among(self, event_id: EventId, groups: Sequence[Sequence[Block]]) -> list[int]:
        _, *counts = await self._read("came_back_among", event_id, *map(ranges, groups))
        return counts

    async def offer(
        self, entry: Entry, epoch: int, ttl: timedelta, blocks: Sequence[Block] = (), kept_aside: int = 0
    ) -> Offer | None:
        party = (entry.user_id, entry.id, entry.count)
        turn = (ms(ttl), epoch, entry.version)
        status, *offer = await self._write("offer", entry.event_id, *party, *turn, ranges_in_order(blocks), kept_aside)
        if status == b"over":
            raise TurnIsOver
        return None if status == b"late" else offer_of(entry.event_id, offer, entry.version)

    async def offers(self, event_id: EventId) -> list[Offer]:
        _, *offers = await self._read("offers", event_id)
        return [offer_of(event_id, offer) for offer in offers]

    async def decline(self, event_id: EventId, user_id: UserId, entry_id: EntryId) -> bool:
        [status] = await self._write("decline", event_id, user_id, entry_id)
        return bool(status == b"declined")

    async def return_surplus(
        self, demand: Demand, seen: Stock, tickets: int, came_back: Sequence[CameBack] = ()
    ) -> bool:
        state = (seen.epoch, seen.aside, demand.version)
        groups = [(each.tickets, int(each.stay_aside), ranges(each.blocks)) for each in came_back]
        [status] = await self._write("return_surplus", demand.event_id, tickets, *state, groups)
        return bool(status == b"returned")
