"""A database, and connections to it, that other tests have used before are as good as new."""

import asyncio
import signal
from collections.abc import Iterator
from typing import Any, cast
from urllib.parse import urlsplit

import asyncpg
import pytest

from booked.adapters.postgres.database import PostgresDatabase
from tests.builders import a_user, an_admission, an_event
from tests.databases import SMALL
from tests.servers import Servers
from tests.warmth import WarmLoop

Portrait = dict[str, object]

TABLES = "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
SEQUENCES = "SELECT schemaname, sequencename, start_value, last_value FROM pg_sequences"
SESSION = {
    "settings": "SELECT name, setting, source FROM pg_settings WHERE name <> 'transaction_deferrable' ORDER BY name",
    "search path": "SELECT current_schemas(true)",
    "user": "SELECT session_user, current_user",
    "listening": "SELECT * FROM pg_listening_channels()",
    "cursors": "SELECT name FROM pg_cursors WHERE is_holdable",
    "locks": "SELECT locktype, mode FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()",
    "temporary tables": "SELECT relname FROM pg_class WHERE relpersistence = 't'",
    "under way": """
        SELECT pid, state FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'
    """,
}
SESSION_LEFT_BEHIND = """
    SET work_mem = '1MB';
    SET search_path = pg_catalog;
    SET SESSION AUTHORIZATION pg_monitor;
    LISTEN news;
    SELECT pg_advisory_lock(7);
    DECLARE reader CURSOR WITH HOLD FOR SELECT 1;
"""
VENUES = """
    INSERT INTO venues (id, name, address, city, country, capacity)
    SELECT gen_random_uuid(), repeat('x', 100), 'Main Street 1', 'Vienna', 'AT', 1 FROM generate_series(1, 1000)
"""

CHANGES = [
    "CREATE TABLE left_over (number integer)",
    "ALTER TABLE events ADD COLUMN extra integer",
    "ALTER TABLE events DROP CONSTRAINT events_sold_within_capacity",
    "DROP INDEX tickets_sold_once",
    "CREATE OR REPLACE FUNCTION first_epoch() RETURNS integer LANGUAGE sql RETURN 7",
    "ALTER TABLE users SET (fillfactor = 50)",
    "ALTER TABLE users DISABLE TRIGGER ALL",
    "CREATE SCHEMA elsewhere",
    "DROP SCHEMA public CASCADE; CREATE SCHEMA public",
    "DELETE FROM _pogo_migration",
    "ALTER TABLE users ALTER created_at SET DEFAULT '2030-01-01'",
    "GRANT SELECT ON users TO PUBLIC",
    VENUES + "; ANALYZE venues",
]


@pytest.fixture(autouse=True)
def _without_a_past(servers: Servers) -> Iterator[None]:
    """Let the test be the first that uses a database, and keep what it leaves for those that follow."""
    databases = servers.databases
    idle, databases._idle = databases._idle, []
    yield
    databases._idle += idle


class BreakingOff:
    """A connection that the server has just told its end: the library refuses it before it counts as closed."""

    def is_closed(self) -> bool:
        return False

    async def fetchval(self, statement: str, known: list[int]) -> None:
        raise asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress")

    def terminate(self) -> None:
        pass


async def portrait(url: str) -> Portrait:
    """All that a test can notice of a database that is given to it."""
    database = await PostgresDatabase.connect(url)
    async with database._pool.acquire() as connection:
        seen: Portrait = {name: await connection.fetch(question) for name, question in SESSION.items()}
        for (table,) in await connection.fetch(TABLES):
            seen[table] = await connection.fetch(f"SELECT t::text FROM {table} t ORDER BY 1")
        seen["sequences"] = await connection.fetch(SEQUENCES)
    await database.close()
    return seen


async def test_a_used_database_and_its_connections_are_as_good_as_new(servers: Servers) -> None:
    async with servers.own_database() as new_url:
        new = await portrait(new_url)
    async with servers.fresh_database() as url:
        database = await PostgresDatabase.connect(url)
        await database.users.add(a_user())
        await database.events.add(an_event(), an_admission())
        async with database._pool.acquire() as connection:
            process = connection.get_server_pid()
            await connection.execute("SELECT nextval(seqrelid) FROM pg_sequence")
            await connection.execute(VENUES)
            assert await connection.fetchval("SELECT pg_relation_size('venues')") > SMALL
            await connection.execute(SESSION_LEFT_BEHIND)
        await database.close()

    async with servers.fresh_database() as again:
        database = await PostgresDatabase.connect(again)
        async with database._pool.acquire() as connection:
            same_process = connection.get_server_pid() == process
        await database.close()
        used = await portrait(again)

    assert again == url
    assert same_process
    assert used == new


async def test_a_connection_with_temporary_tables_is_not_used_again(servers: Servers) -> None:
    async with servers.fresh_database() as url:
        for _ in range(2):
            database = await PostgresDatabase.connect(url)
            async with database._pool.acquire() as connection:
                await connection.execute("CREATE TEMPORARY TABLE notes (note text)")
            await database.close()


async def test_whoever_is_still_connected_to_a_database_is_sent_away(servers: Servers) -> None:
    async with servers.fresh_database() as url:
        stranger = await asyncpg.connect(url)
        await stranger.execute("BEGIN; LOCK TABLE events")

    async with servers.fresh_database() as again:
        assert again == url
        with pytest.raises((asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.AdminShutdownError)):
            await stranger.execute("SELECT 1")
    stranger.terminate()


async def test_a_database_is_not_used_again_where_nobody_can_look_at_it(servers: Servers) -> None:
    async with servers.fresh_database() as url:
        servers.databases._open[urlsplit(url).path[1:]] = cast(Any, BreakingOff())

    async with servers.fresh_database() as another:
        assert another != url


@pytest.mark.parametrize("change", CHANGES)
async def test_a_database_that_was_changed_is_not_used_again(servers: Servers, change: str) -> None:
    async with servers.fresh_database() as url:
        connection = await asyncpg.connect(url)
        await connection.execute(change)
        await connection.close()

    async with servers.fresh_database() as another:
        assert another != url


async def test_a_database_that_was_given_settings_is_not_used_again(servers: Servers) -> None:
    async with servers.fresh_database() as url:
        connection = await asyncpg.connect(url)
        name = await connection.fetchval("SELECT current_database()")
        await connection.execute(f'ALTER DATABASE "{name}" SET work_mem = 100')
        await connection.close()

    async with servers.fresh_database() as another:
        assert another != url


def test_a_test_inherits_nothing_from_a_loop() -> None:
    loop = WarmLoop()
    ended: list[str] = []

    async def linger() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("task")

    async def leave_things_behind() -> asyncio.AbstractEventLoop:
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, print)
        leave_things_behind.task = asyncio.create_task(linger())  # type: ignore[attr-defined]
        await asyncio.to_thread(int)
        return asyncio.get_running_loop()

    async def look() -> asyncio.AbstractEventLoop:
        running = asyncio.get_running_loop()
        assert await asyncio.to_thread(int) == 0
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert running.get_exception_handler() is None
        assert not running.remove_signal_handler(signal.SIGUSR1)
        return running

    with asyncio.Runner(loop_factory=loop.lend) as first:
        same = first.run(leave_things_behind())
    with asyncio.Runner(loop_factory=loop.lend) as second:
        assert second.run(look()) is same

    assert ended == ["task"]
    loop.end()


def test_a_loop_is_lent_to_one_at_a_time() -> None:
    loop = WarmLoop()

    with asyncio.Runner(loop_factory=loop.lend) as first, asyncio.Runner(loop_factory=loop.lend) as second:
        assert first.get_loop() is loop
        assert second.get_loop() is not loop

    loop.end()
