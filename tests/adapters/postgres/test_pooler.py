"""PgBouncer in transaction mode: each transaction gets any connection, and none keeps what another one has left."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

from booked.adapters.embedded.postgres import programs_for
from booked.adapters.postgres.database import PostgresDatabase
from booked.adapters.postgres.migrations import TablesOutdated
from booked.adapters.redis import RedisHoldStore
from booked.cli.failures import explain
from booked.cli.preparation import prepare
from booked.domain.errors import StoreError
from booked.settings import Settings
from tests.builders import a_user
from tests.concurrency.processes import Process, agrees, together
from tests.running import booked, eventually, free_port

PROGRAM = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
MISSING = "There is no PgBouncer: apt-get install pgbouncer"
CONNECTIONS = 3  # of the server, for many more clients
MOST = CONNECTIONS + 1  # with the one that counts them
SEATS = 30

pytestmark = pytest.mark.skipif(PROGRAM is None, reason=MISSING)


def configuration(database_url: str, port: int) -> str:
    parts = urlsplit(database_url)
    host = parts.hostname or parse_qs(parts.query)["host"][0]
    server_port = parts.port or parse_qs(parts.query).get("port", ["5432"])[0]
    password = f" password={parts.password}" if parts.password else ""
    return f"""
        [databases]
        * = host={host} port={server_port} user={parts.username}{password}
        [pgbouncer]
        listen_addr = 127.0.0.1
        listen_port = {port}
        unix_socket_dir =
        auth_type = any
        pool_mode = transaction
        default_pool_size = {CONNECTIONS}
        server_round_robin = 1
    """.replace("        ", "")


@pytest.fixture
def pooled_url(directory: Path, database_url: str) -> Iterator[str]:
    """The URL of the test's database through a pooler."""
    port = free_port()
    settings = directory / "pgbouncer.ini"
    settings.write_text(configuration(database_url, port))
    account = programs_for(directory).account  # it does not run as root, like Postgres
    process = subprocess.Popen(
        [str(PROGRAM), "--quiet", str(settings)],
        cwd="/",
        stderr=subprocess.DEVNULL,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )
    try:
        eventually(lambda: listens(port), "PgBouncer listens")
        yield f"postgresql://booked@127.0.0.1:{port}{urlsplit(database_url).path}"
    finally:
        process.kill()
        process.wait()


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


async def pooled_process(pooled_url: str, redis_url: str) -> Process:
    database = await PostgresDatabase.connect(pooled_url, pool_size=12, pooled=True)
    return Process(database, RedisHoldStore.connect(redis_url, pool_size=24))


async def test_two_processes_sell_an_event_through_a_pooler(pooled_url: str, database_url: str, redis_url: str) -> None:
    server = await asyncpg.connect(database_url)
    connections = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    others = await server.fetchval(connections)
    processes = [await pooled_process(pooled_url, redis_url) for _ in range(2)]
    event_id = await processes[0].event(SEATS)
    buyers = await processes[0].people(SEATS + 4)

    bought = await together([processes[i % 2].buy(buyer, event_id) for i, buyer in enumerate(buyers)])

    sold = [numbers for numbers in bought if isinstance(numbers, list)]
    assert sorted(number for numbers in sold for number in numbers) == list(range(1, SEATS + 1))
    assert await agrees(processes[0], event_id)
    assert 0 < await server.fetchval(connections) - others <= MOST
    await server.close()
    for process in processes:
        await process.close()


async def test_a_duty_has_one_leader_through_a_pooler(pooled_url: str) -> None:
    first = await PostgresDatabase.connect(pooled_url, pooled=True)
    second = await PostgresDatabase.connect(pooled_url, pooled=True)

    async with first.leadership("offers") as leader, second.leadership("offers") as other:
        assert leader is not None
        assert other is None
        await leader.users.add(a_user())

    await first.close()
    await second.close()


async def test_control_without_the_setting_a_pooler_refuses_what_is_set_for_a_session(pooled_url: str) -> None:
    database = await PostgresDatabase.connect(pooled_url)

    with pytest.raises(StoreError):
        await database.ping()

    await database.close()


def own_stores(database_url: str, redis_url: str) -> dict[str, str]:
    return {
        "BOOKED_DATABASE_URL": database_url,
        "BOOKED_REDIS_URL": redis_url,
        "BOOKED_JWT_SECRET": "s" * 32,
        "BOOKED_DATABASE_POOLED": "true",
    }


@pytest.mark.parametrize("arguments", [["verify"], ["api-key", "list"]], ids=" ".join)
def test_commands_work_through_a_pooler_again_and_again(pooled_url: str, redis_url: str, arguments: list[str]) -> None:
    done = [booked(*arguments, settings=own_stores(pooled_url, redis_url)) for _ in range(CONNECTIONS + 1)]

    assert [one.stderr for one in done] == [""] * len(done)
    assert {one.returncode for one in done} == {0}


async def test_what_is_asked_before_opening_works_through_a_pooler(pooled_url: str, redis_url: str) -> None:
    settings = Settings.from_env(own_stores(pooled_url, redis_url))

    for _ in range(CONNECTIONS + 1):
        await prepare(settings, demo=False)


async def test_opening_leaves_nothing_on_connections_of_a_pooler(
    pooled_url: str, database_url: str, redis_url: str
) -> None:
    server = await asyncpg.connect(database_url)

    await prepare(Settings.from_env(own_stores(pooled_url, redis_url)), demo=False)

    assert await server.fetchval("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == 0
    await server.close()


async def test_tables_that_lack_migrations_are_not_changed_through_a_pooler(
    pooled_url: str, database_url: str, redis_url: str
) -> None:
    await forget_the_last_migration(database_url)

    with pytest.raises(TablesOutdated) as refusal:
        await prepare(Settings.from_env(own_stores(pooled_url, redis_url)), demo=False)

    assert explain(refusal.value) == (
        "The database's tables are not up to date. "
        "Run: booked migrate, with a BOOKED_DATABASE_URL that leads to Postgres itself and not to PgBouncer"
    )


async def test_migrating_through_a_pooler_is_refused(pooled_url: str, database_url: str, redis_url: str) -> None:
    server = await asyncpg.connect(database_url)

    refused = booked("migrate", settings=own_stores(pooled_url, redis_url))

    assert refused.returncode == 1
    assert "Run booked migrate with one that leads to Postgres itself." in refused.stderr
    assert await server.fetchval("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == 0
    assert booked("migrate", settings=own_stores(database_url, redis_url)).returncode == 0
    await server.close()


async def forget_the_last_migration(database_url: str) -> None:
    server = await asyncpg.connect(database_url)
    await server.execute("""
        DELETE FROM _pogo_migration WHERE migration_id = (SELECT max(migration_id) FROM _pogo_migration)
    """)
    await server.close()
