"""Keeping the hold store in agreement with the database: repair, sweep, inspection, and which events it has."""

from collections.abc import Sequence
from datetime import timedelta
from secrets import token_hex

from booked.adapters.redis import bitmap
from booked.adapters.redis.arguments import PERMITTED_FOR, ms, ms_since_epoch, ranges
from booked.adapters.redis.failures import failing_as
from booked.adapters.redis.node import Node
from booked.adapters.redis.replies import claim_of, stock_of
from booked.adapters.redis.scripted import ScriptedStore
from booked.adapters.redis.steps import CALLS_A_STEP, Call
from booked.domain.errors import StoreReadFailed, StoreWriteFailed
from booked.domain.model.figures.analytics import Funnel
from booked.domain.model.ids import EventId
from booked.domain.model.programme.seating import Block
from booked.domain.model.sale.holds import CLAIM_GRACE, Claim
from booked.domain.model.upkeep.inventory import Inspection, SoldTickets
from booked.ports.upkeep import FlipIsDue

DUE_WITHIN = timedelta(seconds=3)
USERS_A_STAGE = 5_000
# The work of a call that takes long where an event has many holds: it shares a step with no other event.
A_WHOLE_STEP = CALLS_A_STEP


class RedisUpkeep(ScriptedStore):
    async def grow(self, event_id: EventId, capacity: int) -> None:
        await self._write("grow", event_id, capacity)

    async def discard(self, event_id: EventId, epoch: int) -> None:
        while (await self._write("discard", event_id, epoch, ms(PERMITTED_FOR)))[0] == b"more":
            continue

    async def discard_unused(self, event_id: EventId, epoch: int) -> bool:
        [status] = await self._write("discard", event_id, epoch, ms(PERMITTED_FOR), "unused")
        return bool(status == b"discarded")

    async def retire(self, event_id: EventId, epoch: int, blocks: Sequence[Block]) -> bool:
        [status] = await self._write("retire", event_id, epoch, ms(PERMITTED_FOR), ranges(blocks))
        return bool(status == b"retired")

    async def permit_flip(self, event_id: EventId) -> str:
        _, permit = await self._permit(event_id)
        return permit

    async def permit_needed_flip(self, event_id: EventId, past: int) -> str | None:
        status, permit = await self._permit(event_id, past)
        if status == b"due":
            raise FlipIsDue
        return permit if status == b"permitted" else None

    async def flip(self, event_id: EventId, permit: str, sold: SoldTickets) -> bool:
        await self._stage(event_id, permit, sold)
        ledger = sold.ledger
        arguments = (
            permit,
            ledger.epoch,
            ledger.capacity,
            ledger.sold,
            ledger.released,
            ledger.ticket_limit or 0,
            ledger.waiting,
            ledger.waiting_version,
            ms(CLAIM_GRACE),
            ms_since_epoch(ledger.sales.start),
            ms_since_epoch(ledger.sales.end),
            sold.came_back,
        )
        [status] = await self._run(StoreWriteFailed, Call("flip", event_id, arguments, work=A_WHOLE_STEP))
        return bool(status == b"flipped")

    async def stale_claims(self, event_id: EventId, older_than: timedelta) -> list[Claim]:
        _, epoch, *claims = await self._read("stale_claims", event_id, ms(older_than))
        return [claim_of(event_id, epoch, claim) for claim in claims]

    async def shorten(self, event_id: EventId, longest: timedelta) -> int:
        shortened, some = 0, True
        while some:
            _, some = await self._write("shorten", event_id, ms(longest))
            shortened += some
        return shortened

    async def inspect(self, event_id: EventId) -> Inspection:
        whole = Call("inspect", event_id, work=A_WHOLE_STEP)
        _, counts, taken, holds, claimed_numbers = await self._run(StoreReadFailed, whole)
        held = _numbers_of(holds)
        claimed = frozenset(claimed_numbers)
        return Inspection(stock_of(counts), frozenset(bitmap.numbers(taken)) - held - claimed, held, claimed)

    async def funnel(self, event_id: EventId) -> Funnel:
        _, *counts = await self._read("funnel", event_id)
        return Funnel(*counts)

    async def _permit(self, event_id: EventId, *past: int) -> tuple[bytes, str]:
        """Ask for a permit. Return the answer, and the permit it is about.

        The node is asked for its mark anew: other processes may have met another server.
        """
        permit = token_hex(8)
        with failing_as(StoreWriteFailed):
            (await self._nodes.owner(event_id)).loader.forget()
        [status] = await self._write("permit_flip", event_id, permit, ms(PERMITTED_FOR), ms(DUE_WITHIN), *past)
        return status, permit

    async def _stage(self, event_id: EventId, permit: str, sold: SoldTickets) -> None:
        """Put what a flip needs where only the flip with this permit looks. This keeps the flip itself short."""
        taken = f"staged-taken:{{{event_id}}}:{permit}"
        counts = f"staged-counts:{{{event_id}}}:{permit}"

        async def put(node: Node) -> None:
            await node.client.set(taken, bitmap.from_ranges(sold.ranges, sold.ledger.capacity), ex=PERMITTED_FOR)
            for start in range(0, len(sold.per_user), USERS_A_STAGE):
                part = sold.per_user[start : start + USERS_A_STAGE]
                await node.client.hset(counts, items=[field for pair in part for field in pair])
                await node.client.expire(counts, PERMITTED_FOR)

        with failing_as(StoreWriteFailed):
            await self._nodes.ask(event_id, put)


def _numbers_of(holds: Sequence[bytes]) -> frozenset[int]:
    """Return the ticket numbers of members of the expiry set."""
    return frozenset(int(member.partition(b":")[0]) for member in holds)
