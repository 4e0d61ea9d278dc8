"""Batches: sales that share a statement, and callers who go away."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import asyncpg
import pytest

from booked.adapters.postgres.sale import commit_statements
from booked.adapters.postgres.statements import PoolStatements
from booked.domain.batching import Batcher
from booked.domain.errors import StoreError, StoreReadFailed
from booked.domain.model.ids import EventId, UserId
from booked.domain.model.sale.bookings import Verdict
from booked.domain.model.sale.holds import Claim
from tests.concurrency.conftest import OpenProcess
from tests.concurrency.processes import Process, Truth, booking_id, together
from tests.running import PATIENCE

NO_EVENT = EventId("01a00000-0000-7000-8000-000000000000")
NOBODY = UserId("01a00000-0000-7000-8000-000000000001")


async def test_a_batch_with_every_oddity_at_once(process: Process, truth: Truth) -> None:
    ann, ben = await process.people(2)
    event_id = await process.event(seats=9)
    await process.inventory.repair(event_id)
    commits = [
        Claim(booking_id(1), event_id, ann, (1,), epoch=1),
        Claim(booking_id(2), event_id, ann, (2, 3), epoch=1),  # the same user again
        Claim(booking_id(3), event_id, ben, (3,), epoch=1),  # a ticket that is in another claim
        Claim(booking_id(1), event_id, ann, (1,), epoch=1),  # the same claim again
        Claim(booking_id(4), event_id, NOBODY, (4,), epoch=1),
        Claim(booking_id(5), event_id, ben, (5,), epoch=0),
        Claim(booking_id(6), NO_EVENT, ben, (6,), epoch=1),
    ]

    verdicts = await together([process.database.bookings.commit(claim) for claim in commits])

    assert verdicts == [
        Verdict.BOOKED,
        Verdict.BOOKED,
        Verdict.ALREADY_SOLD,
        Verdict.BOOKED,
        Verdict.UNKNOWN_USER,
        Verdict.STALE_EPOCH,
        Verdict.WITHDRAWN,
    ]
    assert await truth.sold(event_id) == [1, 2, 3]


async def test_64_claims_of_64_events_in_opposite_orders_in_two_processes(
    open_process: OpenProcess, truth: Truth
) -> None:
    first, second = await open_process(), await open_process()
    ann, ben = await first.people(2)
    events = [await first.event(seats=2) for _ in range(64)]

    results = await together(
        [first.buy(ann, event_id) for event_id in events] + [second.buy(ben, event_id) for event_id in events[::-1]]
    )

    assert all(isinstance(result, list) for result in results)
    assert [await truth.sold(event_id) for event_id in events] == [[1, 2]] * 64


async def test_who_is_booked_is_told_so_whatever_comes_of_finding_out_about_the_others(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    event_id = await process.event(seats=5)
    ann, ben = await process.people(2)
    await process.inventory.repair(event_id)

    write = PoolStatements.write

    async def fail_to_find_out(session: PoolStatements, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        if statement == commit_statements.WHY_NOT:
            raise StoreReadFailed
        return await write(session, statement, *arguments)

    monkeypatch.setattr(PoolStatements, "write", fail_to_find_out)
    commits = [
        Claim(booking_id(1), event_id, ann, (1,), epoch=1),
        Claim(booking_id(2), event_id, ann, (2,), epoch=1),
        Claim(booking_id(3), event_id, ben, (3,), epoch=0),
    ]
    results = await together([process.database.bookings.commit(claim) for claim in commits])

    assert results[:2] == [Verdict.BOOKED, Verdict.BOOKED]
    assert isinstance(results[2], StoreError)


async def test_nobody_waits_for_a_batch_that_was_cancelled() -> None:
    async def never(items: Sequence[int]) -> Sequence[int | Exception]:
        await asyncio.Event().wait()
        return items

    batcher = Batcher(never, most=2)
    before = asyncio.all_tasks()
    callers = [asyncio.create_task(batcher.run(number)) for number in range(4)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    [worker] = {task for task in asyncio.all_tasks() if task not in before and task not in callers}
    worker.cancel()
    done, waiting = await asyncio.wait(callers, timeout=PATIENCE)
    for caller in waiting:
        caller.cancel()
    await together([*done, *waiting])

    assert not waiting


# People who go away.


async def test_cancelled_requests_leave_the_connections_as_they_were(
    process: Process, truth: Truth, database_url: str
) -> None:
    event_id = await process.event(seats=2000)
    people = await process.people(10)
    requests: list[Callable[[UserId], Awaitable[object]]] = [
        lambda user: process.buy(user, event_id),
        lambda user: process.sale.cancel(user, event_id, 1),
        lambda user: process.waitlist.join(user, event_id, 1),
        lambda user: process.inventory.repair(event_id),
        lambda user: process.database.ledgers.sold_tickets(event_id),
    ]

    for i in range(200):
        request = asyncio.ensure_future(requests[i % len(requests)](people[i % 10]))
        await asyncio.sleep((i % 7) / 1000)
        request.cancel()
        await together([request])

    busy = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'"
    async with asyncio.timeout(60):
        # A repair that others share goes on behind a request that was cancelled: let it end.
        while await truth.connection.fetchval(busy):
            await asyncio.sleep(0.01)
        results = await together([process.database.ledgers.get(event_id) for _ in range(30)])
    assert not [result for result in results if isinstance(result, Exception)]
