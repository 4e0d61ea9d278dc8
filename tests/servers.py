"""A real Postgres and a real Valkey for the tests.

They are embedded ones or, with BOOKED_TEST_SERVERS=containers, run in containers.
"""

import asyncio
import fcntl
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from booked.adapters.embedded import embedded_servers
from tests.databases import EMPTY, TEMPLATE, Databases
from tests.warmth import WarmConnections

MEMORY = Path("/dev/shm")  # noqa: S108 - it only names a place for directories of our own
ROOM = 2 * 2**30  # bytes
PREFIX = "booked-test-"
IN_USE = "in-use"


@dataclass(frozen=True, slots=True)
class Servers:
    database_url: str
    """Of a database that only serves to make others: tests get copies of a template."""
    redis_url: str
    databases: Databases

    def fresh_database(self) -> AbstractAsyncContextManager[str]:
        """The URL of a migrated, empty database that nobody else uses."""
        return self.databases.used()

    def own_database(self) -> AbstractAsyncContextManager[str]:
        """The same, which no other test had or will have."""
        return self.databases.new(TEMPLATE)

    @contextmanager
    def filled_database(self, statements: str) -> Iterator[str]:
        """The same with something in it, for several tests that only read, each in an event loop of its own."""

        @asynccontextmanager
        async def filled() -> AsyncIterator[str]:
            async with self.own_database() as url:
                connection = await asyncpg.connect(url)
                await connection.execute(statements)
                await connection.close()
                yield url

        with asyncio.Runner() as runner:
            database = filled()
            yield runner.run(database.__aenter__())
            runner.run(database.__aexit__(None, None, None))

    def empty_database(self) -> AbstractAsyncContextManager[str]:
        """The URL of a database without any table, that nobody else uses."""
        return self.databases.new(EMPTY)


@contextmanager
def fresh_directory() -> Iterator[Path]:
    """A directory that servers can live in.

    Not one of pytest's: whenever pytest is started once more, it closes them to everybody but us, and so to the system
    user that Postgres runs as for root.
    """
    home = _home()
    _remove_abandoned(home)
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=home) as name:
        directory = Path(name)
        with (directory / "mark").open("w") as mark:
            fcntl.flock(mark, fcntl.LOCK_EX)
            Path(mark.name).rename(directory / IN_USE)  # not to be found before it is locked
            directory.chmod(0o711)
            yield directory


def _remove_abandoned(home: Path) -> None:
    """Remove directories of tests that were killed. A process that uses one keeps its mark locked."""
    for mark in home.glob(f"{PREFIX}*/{IN_USE}"):
        with suppress(OSError), mark.open() as opened:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(mark.parent, ignore_errors=True)


def _home() -> Path:
    """Memory, where there is room in it: on a disk, making each test's database can take longer than all the rest."""
    roomy = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ROOM
    return MEMORY if roomy else Path(tempfile.gettempdir())


@contextmanager
def running_servers() -> Iterator[Servers]:
    kind = os.environ.get("BOOKED_TEST_SERVERS", "embedded")
    with {"embedded": _embedded, "containers": _containers}[kind]() as (database_url, redis_url):
        connections = WarmConnections()
        databases = Databases(database_url, connections)
        asyncio.run(databases.make_template())
        with connections.lent_to_pools():
            yield Servers(database_url, redis_url, databases)
        databases.close()


@contextmanager
def _embedded() -> Iterator[tuple[str, str]]:
    with fresh_directory() as data_dir, embedded_servers(data_dir, durable=False) as servers:
        yield servers.database_url, servers.redis_url


@contextmanager
def _containers() -> Iterator[tuple[str, str]]:
    from testcontainers.community.postgres import PostgresContainer
    from testcontainers.community.valkey import ValkeyContainer

    postgres = PostgresContainer("postgres:18", username="postgres", password="postgres", dbname="booked", driver=None)
    postgres.with_env("POSTGRES_INITDB_ARGS", "--locale=C --locale-provider=builtin --builtin-locale=C.UTF-8")
    postgres.with_command(["postgres", "-c", "max_connections=200", "-c", "fsync=off"])
    valkey = ValkeyContainer("valkey/valkey:9")
    valkey.with_command(["valkey-server", "--save", "", "--maxmemory-policy", "noeviction"])
    with postgres, valkey:
        yield postgres.get_connection_url(), f"redis://{valkey.get_host()}:{valkey.get_exposed_port()}"
