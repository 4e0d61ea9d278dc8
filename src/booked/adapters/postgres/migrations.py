"""The tables' history: plain SQL files, applied in order and only forwards.

They stand in `migrations/` at the top of the repository and travel inside the package.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
from pogo_core.error import BadMigrationError
from pogo_core.migration import topological_sort
from pogo_core.util import migrate as pogo
from pogo_core.util.sql import read_migrations

import booked
from booked.adapters.postgres.connecting import connect

# The ids are returned; without a configuration of its own, logging stays quiet about them.
logger = logging.getLogger(__name__)
logger.addHandler(logging.NullHandler())

SCHEMA = "public"
CONNECT_TIMEOUT_S = 10.0

# Any number will do as long as it is the same in every process: here, "booked" in ASCII.
LOCK = 0x626F6F6B6564

LOCK_PATIENCE_S = 60
TABLE_PATIENCE = "3s"
ATTEMPTS = 6  # together not as long as others wait for the lock above
PAUSE_S = 5.0

BE_PATIENT = "SELECT set_config('lock_timeout', $1, false)"
# The role may have limits, made for statements of a sale.
TAKE_YOUR_TIME = """
    SELECT set_config(name, '0', false) FROM pg_settings
     WHERE name IN ('statement_timeout', 'transaction_timeout', 'idle_in_transaction_session_timeout',
                    'idle_session_timeout')
"""
TAKE_LOCK = "SELECT pg_advisory_lock($1)"
OWN_PROCESS = "SELECT pg_backend_pid()"
HAS_HISTORY = "SELECT to_regclass('public._pogo_migration') IS NOT NULL"


class MigrationBusy(Exception):
    """Another process has been changing the tables for too long."""

    def __init__(self) -> None:
        super().__init__(
            f"Another process has been bringing the tables up to date for {LOCK_PATIENCE_S} seconds. "
            "Wait until it is done; if it hangs, end its connection (pg_locks shows it as an advisory lock)."
        )


class TablesInUse(Exception):
    """Other connections have kept tables locked for too long."""

    def __init__(self) -> None:
        super().__init__(
            f"{ATTEMPTS} times, other connections kept a table locked that a migration changes. "
            "End what lasts for long, a report or a dump (pg_stat_activity shows it), and try again."
        )


class TablesOutdated(Exception):
    """The tables lack migrations."""

    def __init__(self, *, pooled: bool) -> None:
        itself = ", with a BOOKED_DATABASE_URL that leads to Postgres itself and not to PgBouncer" if pooled else ""
        super().__init__(f"The database's tables are not up to date. Run: booked migrate{itself}")


class PoolerBetween(Exception):
    """A pooler would give what a migration leaves on its connection to other clients."""

    def __init__(self) -> None:
        super().__init__(
            "BOOKED_DATABASE_URL leads to PgBouncer. Run booked migrate with one that leads to Postgres itself."
        )


async def migrate(database_url: str, *, pooled: bool = False) -> list[str]:
    """Apply missing migrations and return their ids. Of several callers at once, one applies them and the others wait.

    Raises `MigrationBusy` if another caller has not ended after a minute, `TablesInUse`, or what Postgres says; with
    `pooled`, `PoolerBetween` unless the URL leads to Postgres itself.
    """
    async with _connection(database_url) as connection:
        if pooled:
            await _require_postgres_itself(connection)
        await connection.execute(TAKE_YOUR_TIME)
        await _take_lock(connection)
        missing = await _missing(connection)
        await _apply(connection)
        return missing


async def make_tables(database_url: str) -> None:
    """Make the tables of a database that has none, and change no other one.

    Waits for another caller that makes them just now. Raises what `migrate` raises.
    """
    async with _connection(database_url) as connection:
        await connection.execute(TAKE_YOUR_TIME)
        await _take_lock(connection)
        if not await connection.fetchval(HAS_HISTORY):
            await _apply(connection)


async def _apply(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Apply what is missing, each migration in a transaction.

    Sales queue up behind a migration that waits for a lock, so it waits for a moment only, and lets them go on before
    it tries again.
    """
    await connection.execute(BE_PATIENT, TABLE_PATIENCE)
    for attempt in range(ATTEMPTS):
        if attempt:
            await asyncio.sleep(PAUSE_S)
        try:
            return await pogo.apply(connection, migrations_dir(), schema_name=SCHEMA, logger=logger)
        except BadMigrationError as failure:
            if not isinstance(failure.__cause__, (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError)):
                raise (failure.__cause__ or failure) from None
    raise TablesInUse


async def _take_lock(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Wait for the lock, which is held until the connection ends."""
    await connection.execute(BE_PATIENT, f"{LOCK_PATIENCE_S}s")
    try:
        await connection.execute(TAKE_LOCK, LOCK)
    except asyncpg.LockNotAvailableError as cause:
        raise MigrationBusy from cause


async def _require_postgres_itself(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Raise `PoolerBetween` if the process that answers is another one than was told when connecting."""
    async with connection.transaction():
        if await connection.fetchval(OWN_PROCESS) != connection.get_server_pid():
            raise PoolerBetween


async def pending(database_url: str) -> list[str]:
    """Return the ids of what `migrate` would apply. Changes nothing, and leaves nothing on a pooler's connections."""
    async with _connection(database_url, statement_cache_size=0) as connection, connection.transaction(readonly=True):
        return await _missing(connection)


async def require_tables(database_url: str, *, pooled: bool) -> None:
    """Raise `TablesOutdated` unless all migrations were applied."""
    if await pending(database_url):
        raise TablesOutdated(pooled=pooled)


def migrations_dir() -> Path:
    package = Path(booked.__file__).parent
    for directory in (package / "migrations", package.parents[1] / "migrations"):
        if directory.is_dir():
            return directory
    raise FileNotFoundError("Booked was installed without its migrations.")


@asynccontextmanager
async def _connection(database_url: str, **options: Any) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
    connection = await connect(database_url, timeout=CONNECT_TIMEOUT_S, **options)
    try:
        yield connection
    finally:
        await connection.close(timeout=CONNECT_TIMEOUT_S)


async def _missing(connection: "asyncpg.Connection[asyncpg.Record]") -> list[str]:
    history = connection if await connection.fetchval(HAS_HISTORY) else None
    migrations = await read_migrations(migrations_dir(), history, schema_name=SCHEMA)
    in_order = topological_sort([migration.load() for migration in migrations])
    return [migration.id for migration in in_order if not migration.applied]
