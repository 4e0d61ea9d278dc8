"""The tables' history: plain SQL files, applied in order and only forwards.

They stand in `migrations/` at the top of the repository and travel inside the package.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
from pogo_core.migration import topological_sort
from pogo_core.util import migrate as pogo
from pogo_core.util.sql import read_migrations

import booked

# The ids are returned; without a configuration of its own, logging stays quiet about them.
logger = logging.getLogger(__name__)
logger.addHandler(logging.NullHandler())

SCHEMA = "public"
CONNECT_TIMEOUT_S = 10.0

# Any number will do as long as it is the same in every process: here, "booked" in ASCII.
LOCK = 0x626F6F6B6564

TAKE_LOCK = "SELECT pg_advisory_lock($1)"
HAS_HISTORY = "SELECT to_regclass('public._pogo_migration') IS NOT NULL"


async def migrate(database_url: str) -> list[str]:
    """Apply what is missing and return its ids. Of several at once, one does it and the others wait."""
    async with _connection(database_url) as connection:
        # Held until the connection ends, however it ends.
        await connection.execute(TAKE_LOCK, LOCK)
        missing = await _missing(connection)
        await pogo.apply(connection, migrations_dir(), schema_name=SCHEMA, logger=logger)
        return missing


async def pending(database_url: str) -> list[str]:
    """The ids of what `migrate` would apply. Changes nothing."""
    async with _connection(database_url) as connection:
        return await _missing(connection)


def migrations_dir() -> Path:
    package = Path(booked.__file__).parent
    for directory in (package / "migrations", package.parents[1] / "migrations"):
        if directory.is_dir():
            return directory
    raise FileNotFoundError("Booked was installed without its migrations.")


@asynccontextmanager
async def _connection(database_url: str) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
    connection = await asyncpg.connect(database_url, timeout=CONNECT_TIMEOUT_S)
    try:
        yield connection
    finally:
        await connection.close(timeout=CONNECT_TIMEOUT_S)


async def _missing(connection: "asyncpg.Connection[asyncpg.Record]") -> list[str]:
    history = connection if await connection.fetchval(HAS_HISTORY) else None
    migrations = await read_migrations(migrations_dir(), history, schema_name=SCHEMA)
    in_order = topological_sort([migration.load() for migration in migrations])
    return [migration.id for migration in in_order if not migration.applied]
