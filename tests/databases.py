"""Databases for tests. What one test has left goes to another as if it were new: that takes a tenth of the work.

With BOOKED_TEST_DATABASES=new, every test gets a new one.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from threading import Thread
from typing import Any, TypeVar
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg

from booked.adapters.postgres.migrations import migrate
from tests.warmth import WarmConnections

TEMPLATE = "booked_template"
EMPTY = "template0"
SMALL = 64 * 1024  # bytes: in larger tables, rows of earlier tests cost more than new files

END_STRANGERS = """
    SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity
     WHERE datname = current_database() AND backend_type = 'client backend'
       AND pid <> pg_backend_pid() AND pid <> ALL($1::integer[])
"""
# All that a test can change of a database, but for rows. Definitions are told by the versions of their rows in the
# catalogue, which a copy has from its template.
SHAPE = """
    WITH versions AS (
        SELECT xmin FROM pg_attribute WHERE attrelid >= 16384
        UNION ALL SELECT xmin FROM pg_attrdef
        UNION ALL SELECT xmin FROM pg_constraint WHERE oid >= 16384
        UNION ALL SELECT xmin FROM pg_index WHERE indexrelid >= 16384
        UNION ALL SELECT xmin FROM pg_proc WHERE oid >= 16384
        UNION ALL SELECT xmin FROM pg_type WHERE oid >= 16384
        UNION ALL SELECT xmin FROM pg_trigger
        UNION ALL SELECT xmin FROM pg_namespace WHERE nspname !~ '^pg_(toast_)?temp_'
        UNION ALL SELECT xmin FROM _pogo_migration
        UNION ALL SELECT xmin FROM _pogo_version
    )
    SELECT ARRAY[
        (SELECT string_agg(concat_ws(' ', oid, relname, relkind, reloptions, relacl), ' ' ORDER BY oid)
           FROM pg_class WHERE oid >= 16384),
        (SELECT count(*)::text || ' ' || sum(xmin::text::bigint * xmin::text::bigint) FROM versions),
        (SELECT string_agg(setconfig::text, ' ') FROM pg_db_role_setting
          WHERE setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))),
        (SELECT count(*)::text FROM pg_statistic WHERE starelid >= 16384),
        (SELECT count(*)::text FROM pg_class WHERE oid >= 16384 AND relkind = 'r' AND reltuples > 0)
    ]
"""
TABLES = """
    SELECT oid::regclass::text FROM pg_class
     WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname !~ '^_pogo_'
"""
SIZES = "SELECT name, pg_relation_size(name::regclass) AS size FROM unnest($1::text[]) AS name"
RESTART_SEQUENCES = "SELECT setval(seqrelid, seqstart, false) FROM pg_sequence"

# A test may have ended the connection, or changed what the statements are about.
FAILING = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)

Result = TypeVar("Result")


class Databases:
    """Makes, empties and drops databases, in an event loop of its own: tests have others."""

    def __init__(self, url: str, connections: WarmConnections) -> None:
        self._url = url
        self._connections = connections
        self._idle: list[str] = []
        self._shape: object = None
        self._tables: list[str] = []
        self._open: dict[str, asyncpg.Connection[asyncpg.Record]] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="databases", daemon=True)
        self._thread.start()

    async def make_template(self) -> None:
        await self._run(self._execute(f'CREATE DATABASE "{TEMPLATE}"'))
        await migrate(self.url_of(TEMPLATE))
        await self._run(self._study_template())

    @asynccontextmanager
    async def used(self) -> AsyncIterator[str]:
        """The URL of a migrated, empty database that nobody else uses, maybe one that other tests have used before."""
        if os.environ.get("BOOKED_TEST_DATABASES") == "new":
            async with self.new(TEMPLATE) as url:
                yield url
            return
        name = self._idle.pop() if self._idle else await self._run(self._create(TEMPLATE))
        url = self.url_of(name)
        self._connections.keep_those_to(url)
        try:
            yield url
        finally:
            if await self._run(self._make_as_new(name, self._connections.processes(url))):
                self._idle.append(name)
            else:
                self._connections.forget(url)
                await self._run(self._drop(name))

    @asynccontextmanager
    async def new(self, template: str) -> AsyncIterator[str]:
        """The URL of a database that nobody else uses, before or after."""
        name = await self._run(self._create(template))
        try:
            yield self.url_of(name)
        finally:
            await self._run(self._drop(name))

    def url_of(self, name: str) -> str:
        return urlsplit(self._url)._replace(path=f"/{name}").geturl()

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._disconnect(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _run(self, steps: Coroutine[Any, Any, Result]) -> Result:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(steps, self._loop))

    async def _create(self, template: str) -> str:
        name = f"test_{uuid4().hex}"
        # Files are copied with half the work that it takes to log them.
        await self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        return name

    async def _drop(self, name: str) -> None:
        if visitor := self._open.pop(name, None):
            visitor.terminate()
        await self._execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    async def _make_as_new(self, name: str, known: list[int]) -> bool:
        """Empty a database. Return False if it has changed in any other way."""
        try:
            visitor = await self._visit(name)
            await visitor.fetchval(END_STRANGERS, known)
            if await visitor.fetchval(SHAPE) != self._shape:
                return False
            sizes = {row["name"]: row["size"] for row in await visitor.fetch(SIZES, self._tables)}
            steps = [f"DELETE FROM {table}" for table, size in sizes.items() if 0 < size <= SMALL]
            large = [table for table, size in sizes.items() if size > SMALL]
            if large:
                steps.append(f"TRUNCATE {', '.join(large)} CASCADE")
            await visitor.execute("; ".join([*steps, RESTART_SEQUENCES]))
        except FAILING:
            return False
        return True

    async def _study_template(self) -> None:
        visitor = await self._visit(TEMPLATE)
        self._shape = await visitor.fetchval(SHAPE)
        self._tables = [table for (table,) in await visitor.fetch(TABLES)]
        await visitor.close()

    async def _execute(self, statement: str) -> None:
        await (await self._visit(urlsplit(self._url).path[1:])).execute(statement)

    async def _visit(self, name: str) -> "asyncpg.Connection[asyncpg.Record]":
        """Connect without triggers and foreign keys, once for each database."""
        visitor = self._open.get(name)
        if visitor is None or visitor.is_closed():
            settings = {"session_replication_role": "replica"}
            visitor = self._open[name] = await asyncpg.connect(self.url_of(name), server_settings=settings)
        return visitor

    async def _disconnect(self) -> None:
        for visitor in self._open.values():
            await visitor.close()
