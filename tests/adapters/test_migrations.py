"""Migrations: applied once, in order, whoever else tries at the same time."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from booked.adapters.postgres.migrations import migrate, migrations_dir, pending
from tests.servers import Servers


@pytest.fixture
async def empty_url(servers: Servers) -> AsyncIterator[str]:
    async with servers.empty_database() as url:
        yield url


def ids_in_order() -> list[str]:
    return sorted(path.stem for path in migrations_dir().glob("*.sql"))


async def test_everything_is_pending_for_an_empty_database(empty_url: str) -> None:
    assert await pending(empty_url) == ids_in_order()


async def test_asking_what_is_pending_changes_nothing(empty_url: str) -> None:
    await pending(empty_url)

    connection = await asyncpg.connect(empty_url)
    assert await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
    await connection.close()


async def test_migrations_are_applied_once_and_in_order(empty_url: str) -> None:
    first = await migrate(empty_url)
    second = await migrate(empty_url)

    assert (first, second) == (ids_in_order(), [])
    assert await pending(empty_url) == []


async def test_of_many_that_migrate_at_once_one_does_it(empty_url: str) -> None:
    applied = await asyncio.gather(*(migrate(empty_url) for _ in range(5)))

    assert sorted(applied) == [[], [], [], [], ids_in_order()]


async def test_a_test_gets_a_migrated_database(database_url: str) -> None:
    assert await pending(database_url) == []
