"""How Postgres is cleared: which tables, and what happens while somebody else is at work."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg
import pytest

from booked.adapters.postgres import database as clearing
from booked.adapters.postgres.database import PostgresDatabase
from booked.domain.errors import StoreWriteFailed
from booked.domain.model.ids import EventId
from booked.domain.model.people.users import Role
from tests.builders import a_user, an_event

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)

# What is there of admins and API keys stays, and whose tokens are void; and who leads.
KEPT = {"users", "sessions", "browser_sessions", "voided_tokens", "api_keys", "leases"}


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[PostgresDatabase]:
    database = await PostgresDatabase.connect(database_url)
    yield database
    await database.close()


async def test_every_table_is_emptied_or_kept_for_a_reason(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    tables = await connection.fetch(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_name !~ '^_'"
    )
    await connection.close()

    emptied = set(clearing.EMPTY.replace("TRUNCATE", "").replace(",", " ").split())

    assert {table["table_name"] for table in tables} == emptied | KEPT
    assert not emptied & KEPT


async def test_nothing_is_removed_while_others_are_at_work_for_too_long(
    database: PostgresDatabase, database_url: str
) -> None:
    event, ann = an_event(), await database.users.add(a_user())
    await database.events.add(event)
    worker = await asyncpg.connect(database_url)
    async with worker.transaction():
        await worker.execute("UPDATE events SET name = name")

        with pytest.raises(StoreWriteFailed):
            await database.clear()

        assert await database.users.by_id(ann.id) == ann
    await worker.close()
    assert await database.events.get(event.id) is not None
    assert await database.clear() == [event.id]


async def cleared_while_one_is_added(database: PostgresDatabase) -> tuple[list[EventId], EventId]:
    """What clearing names that begins just before an event is committed, and that event."""
    event = an_event()
    async with database.transaction() as unit:
        await unit.events.add(event)
        clearing_up = asyncio.create_task(database.clear())
        await asyncio.wait({clearing_up}, timeout=0.2)
        assert not clearing_up.done()
    return await clearing_up, event.id


async def test_an_event_that_is_added_meanwhile_is_named_too(database: PostgresDatabase) -> None:
    removed, added = await cleared_while_one_is_added(database)

    assert removed == [added]


async def test_control_without_the_lock_it_is_removed_and_nobody_hears_of_it(
    database: PostgresDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clearing, "LOCK_EVENTS", "SELECT 1")

    removed, added = await cleared_while_one_is_added(database)

    assert removed == []
    assert await database.events.get(added) is None


async def test_clearing_may_take_longer_than_a_call_usually_may(database: PostgresDatabase, database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute(
        """
        CREATE FUNCTION linger() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.8); RETURN OLD; END';
        CREATE TRIGGER linger BEFORE DELETE ON users FOR EACH ROW EXECUTE FUNCTION linger();
        """
    )
    for _ in range(4):
        await database.users.add(a_user())
    admin = await database.users.add(a_user(role=Role.ADMIN))

    await database.clear()

    assert await database.users.page(None, 10) == [admin]
    assert len(await database.voided_tokens.since(LONG_AGO)) == 4
    await connection.close()


async def test_of_many_who_clear_at_once_each_event_is_removed_by_one(database: PostgresDatabase) -> None:
    events = [an_event() for _ in range(5)]
    for event in events:
        await database.events.add(event)

    removed = await asyncio.gather(*(database.clear() for _ in range(4)))

    assert sorted(id_ for ids in removed for id_ in ids) == sorted(event.id for event in events)
