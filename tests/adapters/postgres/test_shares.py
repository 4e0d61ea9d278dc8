"""Searches that may read every event leave connections of the pool to the sale."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from booked.adapters.postgres import shares
from booked.adapters.postgres.database import PostgresDatabase
from booked.domain.errors import StoreReadFailed
from booked.domain.model.programme.search import EventSearch, FoundEvent
from tests.builders import a_user

CONNECTIONS = 4
SEARCHES = [EventSearch(location="nowhere"), EventSearch(words="nobody")]


@asynccontextmanager
async def slow_searches(
    database_url: str, search: EventSearch, timeout: float = 5.0
) -> AsyncIterator[tuple[PostgresDatabase, list[asyncio.Task[list[FoundEvent]]]]]:
    """A database with more searches under way than it has connections; they are answered after the block."""
    database = await PostgresDatabase.connect(database_url, pool_size=CONNECTIONS, timeout=timeout)
    blocker = await asyncpg.connect(database_url)
    async with blocker.transaction():
        await blocker.execute("LOCK TABLE venues IN ACCESS EXCLUSIVE MODE")
        searches = [asyncio.create_task(database.events.find(search, None, 20)) for _ in range(2 * CONNECTIONS)]
        await asyncio.sleep(0)  # each has asked for a connection now
        yield database, searches
    await asyncio.wait(searches)
    await blocker.close()
    await database.close()


@pytest.mark.parametrize("search", SEARCHES, ids=["location", "words"])
async def test_searches_that_take_long_leave_connections_to_others(database_url: str, search: EventSearch) -> None:
    async with slow_searches(database_url, search) as (database, searches), asyncio.timeout(2):
        await database.users.add(a_user())

    assert [found.result() for found in searches] == [[]] * len(searches)


@pytest.mark.parametrize("search", SEARCHES, ids=["location", "words"])
async def test_control_without_a_share_of_their_own_they_take_all_connections(
    database_url: str, search: EventSearch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shares, "PART", 1)

    async with slow_searches(database_url, search) as (database, _):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(database.users.add(a_user()), 1)


async def test_a_search_waits_for_its_turn_no_longer_than_a_statement_may_take(database_url: str) -> None:
    async with slow_searches(database_url, SEARCHES[0], timeout=0.3) as (_, searches), asyncio.timeout(2):
        await asyncio.wait(searches)

    assert [type(each.exception()) for each in searches] == [StoreReadFailed] * len(searches)
