"""What the Postgres adapter does when its server is slow, away, or cut off; and migrations."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import asyncpg
import pytest
from asyncpg.pool import PoolConnectionHolder

from booked.adapters.embedded.postgres import postgres
from booked.adapters.postgres.database import KEEPALIVES, PostgresDatabase
from booked.adapters.postgres.migrations import migrate, pending
from booked.adapters.postgres.statements import PoolStatements, transaction
from booked.domain.errors import EmailTaken, StoreReadFailed, StoreWriteFailed, TransactionFailed
from booked.domain.model.ids import BookingId, EventId, UserId
from booked.domain.model.programme.events import EventStatus
from booked.domain.model.sale.holds import Claim
from tests.builders import a_user, a_user_id
from tests.servers import Servers

CLAIM = Claim(
    BookingId("01a00000-0000-7000-8000-000000000001"),
    EventId("01a00000-0000-7000-8000-000000000000"),
    UserId("01a00000-0000-7000-8000-000000000002"),
    (1,),
    epoch=1,
)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[PostgresDatabase]:
    database = await PostgresDatabase.connect(database_url, pool_size=4)
    yield database
    await database.close()


@pytest.fixture
async def impatient(database_url: str) -> AsyncIterator[PostgresDatabase]:
    """A database whose calls give up after two seconds."""
    database = await PostgresDatabase.connect(database_url, pool_size=4, timeout=2)
    yield database
    await database.close()


@pytest.mark.parametrize(
    ("email", "key"),
    [("straße@example.com", "strasse@example.com"), ("ann@xn--bcher-kva.io", "ann@xn--bcher-kva.io")],
)
async def test_an_account_whose_key_is_of_before_stays_reachable(
    database: PostgresDatabase, database_url: str, email: str, key: str
) -> None:
    ann = await database.users.add(a_user("Ann", email))
    connection = await asyncpg.connect(database_url)
    await connection.execute("UPDATE users SET email_key = $1", key)
    await connection.close()

    assert await database.users.by_email(email) == ann
    assert await database.users.by_email("strasse@example.com") is None
    with pytest.raises(EmailTaken):
        await database.users.add(a_user("Ann's twin", email))


async def test_a_server_that_is_not_there_fails_reads_and_writes_with_their_own_codes() -> None:
    nowhere = await PostgresDatabase.connect("postgresql://booked@127.0.0.1:1/booked", timeout=0.5)

    with pytest.raises(StoreReadFailed):
        await nowhere.ledgers.on_sale(None, 10)
    with pytest.raises(StoreWriteFailed):
        await nowhere.ledgers.next_epoch(CLAIM.event_id)
    # Nothing was sent, so the outcome is known: nothing was written.
    with pytest.raises(StoreWriteFailed):
        await nowhere.bookings.commit(CLAIM)
    await nowhere.close()


@pytest.mark.own_database
async def test_a_failing_disk_leaves_a_write_with_an_unknown_outcome(
    database: PostgresDatabase, database_url: str
) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute(
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE io_error; END $$;"
        "CREATE TRIGGER fail BEFORE INSERT ON users EXECUTE FUNCTION fail()"
    )
    await connection.close()

    with pytest.raises(TransactionFailed):
        await database.users.add(a_user("Ann", "ann@example.com"))


async def test_a_commit_that_is_not_answered_in_time_has_an_unknown_outcome(
    impatient: PostgresDatabase, database_url: str
) -> None:
    administrator = await asyncpg.connect(database_url)
    await administrator.execute(
        """
        CREATE FUNCTION linger() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(60); RETURN NULL; END';
        CREATE TRIGGER linger BEFORE INSERT ON bookings FOR EACH STATEMENT EXECUTE FUNCTION linger();
        """
    )
    await administrator.close()

    with pytest.raises(TransactionFailed):
        await impatient.bookings.commit(CLAIM)


async def test_a_commit_that_waits_for_a_lock_in_vain_had_no_effect_for_certain(
    impatient: PostgresDatabase, database_url: str
) -> None:
    blocker = await asyncpg.connect(database_url)
    async with blocker.transaction():
        await blocker.execute("LOCK TABLE events IN ACCESS EXCLUSIVE MODE")

        with pytest.raises(StoreWriteFailed):
            await impatient.bookings.commit(CLAIM)
    await blocker.close()


async def test_time_goes_on_within_a_transaction(database: PostgresDatabase) -> None:
    async with database.transaction() as unit:
        assert await unit.now() < await unit.now()


async def test_a_statement_that_takes_too_long_is_given_up(impatient: PostgresDatabase, database_url: str) -> None:
    blocker = await asyncpg.connect(database_url)
    async with blocker.transaction():
        await blocker.execute("LOCK TABLE events IN ACCESS EXCLUSIVE MODE")

        with pytest.raises(StoreReadFailed):
            await impatient.ledgers.on_sale(None, 10)
    await blocker.close()


async def test_waiting_for_a_connection_ends_too(impatient: PostgresDatabase) -> None:
    async with impatient.transaction(), impatient.transaction(), impatient.transaction(), impatient.transaction():
        with pytest.raises(StoreReadFailed):
            await impatient.ping()

    await impatient.ping()


@pytest.mark.parametrize("call", ["read", "write"])
async def test_the_wait_for_a_connection_is_part_of_the_time_of_a_statement(
    impatient: PostgresDatabase, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    given = []

    async def fetch(_: object, statement: str, *arguments: object, timeout: float) -> list[asyncpg.Record]:
        given.append(timeout)
        return []

    monkeypatch.setattr(asyncpg.Connection, "fetch", fetch)
    statements = PoolStatements(impatient._pool, timeout=100)
    async with AsyncExitStack() as others:
        for _ in range(4):
            await others.enter_async_context(impatient._pool.acquire())
        waiting = asyncio.create_task(getattr(statements, call)("SELECT 1"))
        await asyncio.sleep(0)  # the statement begins
        began = time.monotonic()
        await asyncio.sleep(0.1)
        waited = time.monotonic() - began
    await waiting

    [left] = given
    assert 0 < left <= 100 - waited


@pytest.mark.parametrize("call", ["read", "write"])
async def test_nobody_waits_for_long_until_a_connection_has_gone_back(
    impatient: PostgresDatabase, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """A pool waits for a server that does not answer, as long as the statement could take, and again."""
    release, may_go_back = PoolConnectionHolder.release, asyncio.Event()

    async def release_late(holder: PoolConnectionHolder, timeout: float | None) -> None:
        await may_go_back.wait()
        await release(holder, timeout)

    monkeypatch.setattr(PoolConnectionHolder, "release", release_late)
    statements = PoolStatements(impatient._pool, timeout=100)

    async with asyncio.timeout(50):  # or it hangs
        assert await getattr(statements, call)("SELECT 1") == [(1,)]

    may_go_back.set()
    async with impatient.transaction(), impatient.transaction(), impatient.transaction(), impatient.transaction():
        pass  # all four have come back


async def test_a_transaction_that_the_server_does_not_answer_is_undone_behind_its_caller(
    directory: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with postgres(directory, durable=False) as url:  # one of our own, whose processes we may stop
        await migrate(url)
        database = await PostgresDatabase.connect(url, pool_size=4, timeout=2)
        with pytest.raises(StoreReadFailed):
            async with transaction(database._pool, timeout=2) as statements:
                await statements.write("INSERT INTO categories (id, name, name_key) VALUES ($1, '', '')", a_user_id())
                [[backend]] = await statements.read("SELECT pg_backend_pid()")
                os.kill(backend, signal.SIGSTOP)
                await statements.read("SELECT 1")
        os.kill(backend, signal.SIGCONT)

        async with database.transaction(), database.transaction(), database.transaction(), database.transaction():
            pass  # all four connections have come back
        assert await database._pool.fetchval("SELECT count(*) FROM categories") == 0
        await database.close()
    assert [record.getMessage() for record in caplog.records if record.name == "asyncio"] == []


async def test_connections_that_the_server_cut_are_replaced(database: PostgresDatabase, database_url: str) -> None:
    await database.ping()
    administrator = await asyncpg.connect(database_url)
    await administrator.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await administrator.close()

    for _ in range(20):
        try:
            await database.ping()
            break
        except StoreReadFailed:
            await asyncio.sleep(0.05)
    await database.ping()


async def test_a_transaction_that_loses_its_connection_leaves_no_trace(
    database: PostgresDatabase, database_url: str
) -> None:
    administrator = await asyncpg.connect(database_url)
    await administrator.execute(
        "INSERT INTO events (id, name, starts_at, address, description, seat_count) "
        "VALUES ($1, 'Concert', now(), '', '', 10)",
        CLAIM.event_id,
    )

    with pytest.raises(StoreWriteFailed):
        async with database.transaction() as unit:
            await unit.events.set_status(CLAIM.event_id, EventStatus.CANCELLED)
            await administrator.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            await unit.events.set_status(CLAIM.event_id, EventStatus.CANCELLED)

    assert await administrator.fetchval("SELECT status FROM events") == "published"
    await administrator.close()


async def test_only_one_process_leads_at_a_time(database: PostgresDatabase, database_url: str) -> None:
    other = await PostgresDatabase.connect(database_url)

    async with database.leadership("offers") as first, other.leadership("offers") as second:
        during = (first, second)
    async with other.leadership("offers") as after:
        pass
    await other.close()

    assert [led is not None for led in (*during, after)] == [True, False, True]


async def test_either_end_notices_when_the_other_one_is_gone(database: PostgresDatabase, database_url: str) -> None:
    connection = await asyncpg.connect(database_url, server_settings=KEEPALIVES)
    over_tcp = await connection.fetchval("SELECT inet_client_addr() IS NOT NULL")

    idle = await connection.fetchval("SHOW tcp_keepalives_idle")

    await connection.close()
    assert idle == (KEEPALIVES["tcp_keepalives_idle"] if over_tcp else "0")


async def test_migrations_apply_to_an_empty_database_once(servers: Servers) -> None:
    async with servers.empty_database() as url:
        waiting = await pending(url)
        applied = await migrate(url)
        again = await migrate(url)

        assert waiting == applied
        assert applied[0] == "0001_box_office"
        assert again == []
        assert await pending(url) == []


async def test_migrators_that_start_together_apply_each_migration_once(servers: Servers) -> None:
    async with servers.empty_database() as url:
        results = await asyncio.gather(*(migrate(url) for _ in range(4)))

        assert sorted(map(len, results)) == [0, 0, 0, max(map(len, results))]
        assert await pending(url) == []


async def test_a_change_of_role_password_or_account_voids_a_users_tokens_whoever_makes_it(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute(
        "INSERT INTO users (id, first_name, email, email_key, password_hash, role) "
        "VALUES ($1, 'Ann', 'ann@example.com', 'ann@example.com', 'x', 'user')",
        CLAIM.user_id,
    )
    voided = "SELECT token_version FROM voided_tokens WHERE user_id = $1"

    await connection.execute("UPDATE users SET first_name = 'Anne'")
    after_name = await connection.fetchval(voided, CLAIM.user_id)
    await connection.execute("UPDATE users SET role = 'admin'")
    after_role = await connection.fetchval(voided, CLAIM.user_id)
    await connection.execute("UPDATE users SET password_hash = 'y'")
    after_password = await connection.fetchval(voided, CLAIM.user_id)
    version = await connection.fetchval("SELECT token_version FROM users")
    await connection.execute("DELETE FROM users")
    after_delete = await connection.fetchval(voided, CLAIM.user_id)
    await connection.close()

    assert (after_name, after_role, after_password, version) == (None, 1, 2, 2)
    assert after_delete > version
