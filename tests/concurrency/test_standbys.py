"""A rush on a primary that dies: what its standby has is sold, and the rest is sold once more."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import pytest
from asyncpg.connect_utils import SessionAttribute

from booked.adapters.postgres.database import PostgresDatabase
from booked.adapters.postgres.migrations import migrate, pending
from booked.adapters.postgres.sale import commit_statements
from booked.adapters.postgres.statements import PoolStatements
from booked.domain.errors import StoreError, TicketNotReserved, TooFewTickets, TransactionFailed
from booked.domain.model.ids import EventId, TicketId, UserId, number_of
from booked.domain.model.sale.bookings import Verdict
from booked.domain.model.sale.holds import Terms
from booked.domain.model.sale.idempotency import IdempotencyKey
from tests.builders import a_claim, a_user, an_event
from tests.concurrency.processes import Process, agrees, together
from tests.guards import Guards
from tests.pairs import PostgresPair, postgres_pair

SEATS = 60
BUYERS = 12
PAUSE = 0.01  # seconds before a client repeats what was answered 503


@dataclass
class Rush:
    """Buyers who buy one ticket after the other, through two processes, until there are none.

    With half of them sold, they wait until the primary is dead.
    """

    processes: Sequence[Process]
    event_id: EventId
    struck: asyncio.Event = field(default_factory=asyncio.Event)
    sold: list[tuple[UserId, int]] = field(default_factory=list)
    """What was acknowledged: whose tickets, in the order of the answers."""

    async def run(self, buyers: Sequence[UserId]) -> None:
        shoppers = [self._shop(self.processes[i % len(self.processes)], buyer) for i, buyer in enumerate(buyers)]
        for outcome in await together(shoppers):
            assert outcome is None

    async def meet_failover(self, pair: PostgresPair) -> None:
        """Let the primary die, and the standby take over, when a quarter of the tickets is sold."""
        while len(self.sold) < SEATS // 4:
            await asyncio.sleep(PAUSE)
        await pair.fail_over()
        self.struck.set()

    async def _shop(self, process: Process, buyer: UserId) -> None:
        while tickets := await self._reserve(process, buyer):
            if await self._book(process, buyer, tickets):
                self.sold += [(buyer, number_of(ticket)) for ticket in tickets]
            if len(self.sold) >= SEATS // 2:
                await self.struck.wait()

    async def _reserve(self, process: Process, buyer: UserId) -> Sequence[TicketId]:
        while True:
            try:
                return await process.sale.reserve(buyer, self.event_id, 1)
            except StoreError:
                await asyncio.sleep(PAUSE)
            except TooFewTickets:
                return []

    async def _book(self, process: Process, buyer: UserId, tickets: Sequence[TicketId]) -> bool:
        while True:
            try:
                await process.sale.book(buyer, tickets)
            except StoreError:
                await asyncio.sleep(PAUSE)
            except TicketNotReserved:
                return False
            else:
                return True


async def standing(pair: PostgresPair, event_id: EventId) -> list[tuple[UserId, int]]:
    """Return whose each ticket is, by number, as the former standby has it; a ticket that is sold twice comes twice."""
    connection = await asyncpg.connect(f"postgresql://postgres@{pair.standby.address}/postgres")
    rows = await connection.fetch(
        "SELECT user_id::text, number FROM tickets WHERE event_id = $1 AND cancelled_at IS NULL ORDER BY number",
        event_id,
    )
    await connection.close()
    return [(UserId(row["user_id"]), row["number"]) for row in rows]


async def test_with_a_synchronous_standby_no_acknowledged_booking_is_lost(directory: Path, redis_url: str) -> None:
    async with postgres_pair(directory, synchronous=True) as pair:
        assert await migrate(pair.url)
        assert await pending(pair.url) == []
        processes = [await Process.open(pair.url, redis_url) for _ in range(2)]
        event_id = await processes[0].event(SEATS)
        rush = Rush(processes, event_id)

        buying = asyncio.create_task(rush.run(await processes[0].people(BUYERS)))
        await rush.meet_failover(pair)
        await buying

        owners = await standing(pair, event_id)
        assert [number for _, number in owners] == list(range(1, SEATS + 1))
        assert set(rush.sold) <= set(owners)
        assert await agrees(processes[0], event_id)
        for process in processes:
            await process.close()


async def test_what_an_asynchronous_standby_lacked_is_lost_and_sold_once_more(directory: Path, redis_url: str) -> None:
    async with postgres_pair(directory) as pair:
        await migrate(pair.url)
        processes = [await Process.open(pair.url, redis_url) for _ in range(2)]
        event_id = await processes[0].event(SEATS)
        rush = Rush(processes, event_id)
        buyers = await processes[0].people(BUYERS)
        await pair.catch_up()
        await pair.fall_behind()

        buying = asyncio.create_task(rush.run(buyers))
        await rush.meet_failover(pair)
        await buying

        owners = await standing(pair, event_id)
        assert [number for _, number in owners] == list(range(1, SEATS + 1))
        assert len(rush.sold) >= SEATS + SEATS // 4
        assert await agrees(processes[0], event_id)
        for process in processes:
            await process.close()


async def test_no_read_confirms_a_booking_that_the_standby_lacks_unless_its_guard_is_off(
    directory: Path, guards: Guards
) -> None:
    async with postgres_pair(directory, synchronous=True) as pair:
        await migrate(pair.url)
        database = await PostgresDatabase.connect(pair.url, timeout=0.5)
        event, ann = an_event(seats=2), a_user()
        key = IdempotencyKey(ann.id, "a-key", b"0" * 32)
        await database.users.add(ann)
        await database.events.add(event)
        claim, terms = a_claim(event.id, ann.id, {1}), Terms(idempotency_key=key)

        pool = await asyncpg.create_pool(
            pair.url, min_size=0, command_timeout=0.5, target_session_attrs=SessionAttribute.read_write
        )

        async def why_booked_before() -> object:
            # On its own: as a rule the commit before it has locked the event, and so written to the log too.
            why_not = commit_statements.WHY_NOT
            [row] = await PoolStatements(pool, 0.5).write(why_not, claim.booking_id, event.id)
            return row["status"]

        reads: dict[str, tuple[Callable[[], Awaitable[object]], object]] = {
            "a verdict is replicated": (why_booked_before, "booked"),
            "a status is replicated": (lambda: database.bookings.void(claim), Verdict.BOOKED),
            "owned tickets are replicated": (lambda: database.bookings.owned(event.id, ann.id), {1}),
            "used keys are replicated": (lambda: database.idempotency_keys.find(key), claim.booking_id),
        }

        await pair.fall_behind()
        with pytest.raises(TransactionFailed):
            await database.bookings.commit(claim, terms)

        for guard, (read, answer) in reads.items():
            with pytest.raises(TransactionFailed):
                await read()
            guards.remove(guard)
            assert await read() == answer
        await pair.fail_over()
        assert await standing(pair, event.id) == []
        await pool.close()
        await database.close()
