"""A crowd at one event whose row is locked, and what buyers at another event notice of it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest

from booked.adapters.postgres.database import PostgresDatabase
from booked.adapters.postgres.shares import PART, Shares
from booked.adapters.redis import RedisHoldStore
from booked.domain.errors import StoreWriteFailed
from booked.domain.model.ids import EventId, UserId
from booked.domain.model.programme.events import EventRevision
from tests.concurrency.processes import Process, Truth, together

CROWD = 40
BUYERS = 12
POOL = 12

Act = Callable[[Process, UserId, EventId], Coroutine[Any, Any, Any]]

ACTS: dict[str, Act] = {
    "cancel": lambda process, user, event: process.sale.cancel(user, event, 1),
    "join the waitlist": lambda process, user, event: process.waitlist.join(user, event, 1),
    "change the event": lambda process, user, event: process.events.change_on_sale(
        event, EventRevision(name=f"{user}'s concert")
    ),
}


@asynccontextmanager
async def crowded_process(database_url: str, redis_url: str, timeout: float) -> AsyncIterator[Process]:
    database = await PostgresDatabase.connect(database_url, pool_size=POOL, timeout=timeout)
    process = Process(database, RedisHoldStore.connect(redis_url))
    yield process
    await process.close()


async def buying_beside_a_crowd(
    process: Process, crowded: Process, truth: Truth, act: Act, connections: int
) -> tuple[list[Any], list[Any]]:
    """What becomes of bookings at one event while a crowd waits for another one's lock, and what of the crowd.

    The bookings begin when the crowd occupies this many connections.
    """
    locked, other = await process.event(CROWD), await process.event(BUYERS)
    people = await process.people(CROWD)
    for user in people:
        await process.buy(user, locked)
    held = {user: await process.sale.reserve(user, other, 1) for user in people[:BUYERS]}

    async with truth.connection.transaction():
        await truth.connection.execute("SELECT FROM events WHERE id = $1 FOR NO KEY UPDATE", locked)
        crowd = [asyncio.create_task(act(crowded, user, locked)) for user in people]
        await truth.wait_for_blocked_backends(connections)
        bought = await together([crowded.sale.book(user, tickets) for user, tickets in held.items()])
    return bought, await together(crowd)


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS.keys())
async def test_others_buy_as_if_nothing_had_happened(
    process: Process, truth: Truth, database_url: str, redis_url: str, act: Act
) -> None:
    async with crowded_process(database_url, redis_url, timeout=30) as crowded:
        bought, outcomes = await buying_beside_a_crowd(process, crowded, truth, act, POOL // PART)

    assert bought == [None] * BUYERS
    assert not [outcome for outcome in outcomes if isinstance(outcome, BaseException)]


async def test_control_without_shares_the_crowd_takes_every_connection(
    process: Process, truth: Truth, database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    @asynccontextmanager
    async def place_for_everybody(_: Shares, __: EventId) -> AsyncIterator[None]:
        yield

    monkeypatch.setattr(Shares, "place", place_for_everybody)
    async with crowded_process(database_url, redis_url, timeout=5) as crowded:
        bought, _ = await buying_beside_a_crowd(process, crowded, truth, ACTS["cancel"], POOL)

    assert {type(outcome) for outcome in bought} == {StoreWriteFailed}


async def test_who_waits_in_vain_is_told_so_when_the_time_limit_is_over(
    process: Process, truth: Truth, database_url: str, redis_url: str
) -> None:
    event = await process.event(CROWD)
    people = await process.people(CROWD)
    for user in people:
        await process.buy(user, event)

    async with crowded_process(database_url, redis_url, timeout=0.5) as crowded, truth.connection.transaction():
        await truth.connection.execute("SELECT FROM events WHERE id = $1 FOR NO KEY UPDATE", event)
        outcomes = await together([crowded.sale.cancel(user, event, 1) for user in people])

    assert {type(outcome) for outcome in outcomes} == {StoreWriteFailed}
    assert len(await truth.sold(event)) == CROWD
