"""A real Postgres and a real Valkey for the tests.

They are embedded ones or, with BOOKED_TEST_SERVERS=containers, run in containers.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg

from booked.adapters.embedded import embedded_servers
from booked.adapters.postgres.migrations import migrate

TEMPLATE = "booked_template"
MEMORY = Path("/dev/shm")  # noqa: S108 - it only names a place for directories of our own
ROOM = 2 * 2**30  # bytes


class Administrator:
    """Makes and drops databases over one connection, in an event loop of its own: each test has another loop.

    To connect costs a server as much as to make a small database.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="administrator", daemon=True)
        self._thread.start()
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None

    async def execute(self, statement: str) -> None:
        """Run a statement. Nobody else uses the connection meanwhile: tests of a process follow one another."""
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._execute(statement), self._loop))

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._disconnect(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _execute(self, statement: str) -> None:
        if self._connection is None or self._connection.is_closed():
            self._connection = await asyncpg.connect(self._url)
        await self._connection.execute(statement)

    async def _disconnect(self) -> None:
        if self._connection is not None:
            await self._connection.close()


@dataclass(frozen=True, slots=True)
class Servers:
    database_url: str
    """Of a database that only serves to make others: tests get copies of a template."""
    redis_url: str
    administrator: Administrator

    async def make_template(self) -> None:
        await self.administrator.execute(f'CREATE DATABASE "{TEMPLATE}"')
        await migrate(self._url_of(TEMPLATE))

    def fresh_database(self) -> AbstractAsyncContextManager[str]:
        """The URL of a migrated database that nobody else uses."""
        return self._database(TEMPLATE)

    @contextmanager
    def filled_database(self, statements: str) -> Iterator[str]:
        """The same with something in it, for several tests that only read, each in an event loop of its own."""

        @asynccontextmanager
        async def filled() -> AsyncIterator[str]:
            async with self.fresh_database() as url:
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
        return self._database("template0")

    @asynccontextmanager
    async def _database(self, template: str) -> AsyncIterator[str]:
        name = f"test_{uuid4().hex}"
        # Files are copied with half the work that it takes to log them.
        await self.administrator.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        try:
            yield self._url_of(name)
        finally:
            await self.administrator.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    def _url_of(self, database: str) -> str:
        return urlsplit(self.database_url)._replace(path=f"/{database}").geturl()


@contextmanager
def fresh_directory() -> Iterator[Path]:
    """A directory that servers can live in.

    Not one of pytest's: whenever pytest is started once more, it closes them to everybody but us, and so to the system
    user that Postgres runs as for root.
    """
    with TemporaryDirectory(prefix="booked-test-", dir=_home()) as directory:
        Path(directory).chmod(0o711)
        yield Path(directory)


def _home() -> Path | None:
    """Memory, where there is room in it: on a disk, making each test's database can take longer than all the rest."""
    roomy = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ROOM
    return MEMORY if roomy else None


@contextmanager
def running_servers() -> Iterator[Servers]:
    kind = os.environ.get("BOOKED_TEST_SERVERS", "embedded")
    with {"embedded": _embedded, "containers": _containers}[kind]() as (database_url, redis_url):
        administrator = Administrator(database_url)
        yield Servers(database_url, redis_url, administrator)
        administrator.close()


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
