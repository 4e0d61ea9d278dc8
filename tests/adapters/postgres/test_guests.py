"""What keeps a guest one person: an index, which is seen to matter."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from booked.adapters.postgres.database import PostgresDatabase
from booked.domain.model.ids import CounterId, UserId
from booked.domain.model.people.guests import Guest
from tests.builders import a_user_id
from tests.guards import Guards

COUNTER = CounterId("01a00000-0000-7000-8000-000000000001")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[PostgresDatabase]:
    database = await PostgresDatabase.connect(database_url)
    yield database
    await database.close()


@pytest.fixture
async def connection(database_url: str) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def admit_at_once(database: PostgresDatabase) -> set[UserId]:
    some = [Guest(a_user_id(), COUNTER, "user123") for _ in range(16)]
    return set(await asyncio.gather(*(database.guests.admit(guest) for guest in some)))


async def test_a_guest_who_comes_many_times_at_once_is_one_person(database: PostgresDatabase) -> None:
    assert len(await admit_at_once(database)) == 1


async def test_without_the_index_they_are_many(
    database: PostgresDatabase,
    connection: "asyncpg.Connection[asyncpg.Record]",
    guards: Guards,
) -> None:
    await connection.execute("DROP INDEX users_known_at_a_counter")
    guards.remove("one guest")

    assert len(await admit_at_once(database)) > 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE users SET email = 'ann@example.com', email_key = 'ann@example.com', password_hash = 'x'",
        "UPDATE users SET password_hash = 'x'",
        "UPDATE users SET counter_id = NULL",
        "UPDATE users SET role = 'admin'",
    ],
)
async def test_the_database_lets_no_guest_have_an_account_or_a_role(
    database: PostgresDatabase, connection: "asyncpg.Connection[asyncpg.Record]", statement: str
) -> None:
    await database.guests.admit(Guest(a_user_id(), COUNTER, "user123"))

    with pytest.raises(asyncpg.CheckViolationError):
        await connection.execute(statement)
