"""How statements reach Postgres: one by one through the pool, or together in a transaction, within time limits."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, Protocol, TypeAlias

import asyncpg
import asyncpg.transaction

from booked.deadline import Deadline
from booked.domain.errors import StoreError, StoreReadFailed, StoreWriteFailed, TransactionFailed

# The server is away, going away, or too slow; never anything that is wrong with a statement.
UNREACHABLE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresSystemError,  # its disk
    asyncpg.LockNotAvailableError,
    asyncpg.DeadlockDetectedError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InvalidCachedStatementError,  # a migration came between, in mid-transaction: nothing has taken effect
)

# A statement that waited in vain for what another transaction has locked: for certain it wrote nothing.
REFUSED = (asyncpg.LockNotAvailableError,)


class Connection(asyncpg.Connection):
    """A connection that goes back to the pool without the usual round trip to reset a session nobody changed."""

    def get_reset_query(self) -> str:
        return ""


TIDYING_MOST = 0.25  # seconds that a caller waits for what only tidies its connection up

BE_PATIENT = "SET LOCAL statement_timeout = {milliseconds}"

Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
PoolConnection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"


class Reads(Protocol):
    """Runs statements that read. Raises `StoreReadFailed` for what cannot be reached."""

    async def read(self, statement: str, *arguments: Any) -> list[asyncpg.Record]: ...


class Statements(Reads, Protocol):
    """Runs statements. What cannot be reached raises the error the method's name stands for."""

    async def write(self, statement: str, *arguments: Any) -> list[asyncpg.Record]: ...


class PoolStatements:
    """Each statement on a connection of its own, as its own transaction.

    It takes at most `timeout` seconds, of which the wait for a connection is a part.
    """

    def __init__(self, pool: Pool, timeout: float) -> None:
        self._pool = pool
        self._timeout = timeout

    async def read(self, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        give_up = time.monotonic() + self._timeout
        with failing_as(StoreReadFailed):
            connection = await self._pool.acquire(timeout=self._timeout)
            try:
                return await connection.fetch(statement, *arguments, timeout=give_up - time.monotonic())
            finally:
                await return_to_pool(self._pool, connection)

    async def write(self, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        """Run a statement that writes. Raises `TransactionFailed` if it was sent and not answered: it may have run."""
        give_up = time.monotonic() + self._timeout
        with failing_as(StoreWriteFailed):
            connection = await self._pool.acquire(timeout=self._timeout)
        try:
            with failing_as(TransactionFailed), leaving_read_only(connection), failing_as(StoreWriteFailed, REFUSED):
                return await connection.fetch(statement, *arguments, timeout=give_up - time.monotonic())
        finally:
            await return_to_pool(self._pool, connection)


class PooledStatements:
    """Each statement in a transaction of its own, all of which a pooler sends over one connection of the server."""

    def __init__(self, pool: Pool, timeout: float) -> None:
        self._pool = pool
        self._timeout = timeout

    async def read(self, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        with failing_as(StoreReadFailed, (StoreWriteFailed, TransactionFailed)):
            async with transaction(self._pool, self._timeout) as statements:
                return await statements.read(statement, *arguments)

    async def write(self, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        """Run a statement that writes. Raises `TransactionFailed` if its commit was sent and not answered."""
        async with transaction(self._pool, self._timeout) as statements:
            return await statements.write(statement, *arguments)


class TransactionStatements:
    """All statements on one connection with an open transaction; `timeout` in seconds, where not the pool's."""

    def __init__(self, connection: PoolConnection, timeout: float | None) -> None:
        self._connection = connection
        self._timeout = timeout

    async def read(self, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        with failing_as(StoreReadFailed):
            return await self._connection.fetch(statement, *arguments, timeout=self._timeout)

    async def write(self, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        with failing_as(StoreWriteFailed):
            return await self._connection.fetch(statement, *arguments, timeout=self._timeout)


@asynccontextmanager
async def transaction(
    pool: Pool, timeout: float, snapshot: bool = False, patience: float | None = None
) -> AsyncIterator[TransactionStatements]:
    """Open a transaction: its statements take effect together or not at all.

    With `snapshot` it reads only, and all of it as of one moment. With `patience` each statement may take this many
    seconds: for the few whose work grows with what was sold.
    """
    with failing_as(StoreWriteFailed):
        connection = await pool.acquire(timeout=timeout)
    opened = connection.transaction(isolation="repeatable_read" if snapshot else "read_committed", readonly=snapshot)
    try:
        with failing_as(StoreWriteFailed):
            await opened.start()
            if patience:
                await connection.execute(BE_PATIENT.format(milliseconds=int(patience * 1000)))
        with leaving_read_only(connection):
            yield TransactionStatements(connection, patience)
        with failing_as(TransactionFailed):
            await opened.commit()
    except BaseException:
        undoing = asyncio.create_task(_undo(pool, connection, opened))
        _undoing.add(undoing)
        undoing.add_done_callback(_undoing.discard)
        await asyncio.wait({undoing}, timeout=TIDYING_MOST)
        raise
    await return_to_pool(pool, connection)


_undoing: set[asyncio.Task[None]] = set()  # the event loop alone would not keep them


async def _undo(pool: Pool, connection: PoolConnection, opened: asyncpg.transaction.Transaction) -> None:
    try:
        with suppress(*UNREACHABLE):  # a connection that is gone has rolled back
            await opened.rollback()
    finally:
        with suppress(*UNREACHABLE):
            await pool.release(connection)


async def return_to_pool(pool: Pool, connection: PoolConnection) -> None:
    """Give a connection back to its pool, which goes on with it if that takes longer than `TIDYING_MOST`.

    A server that does not answer takes long: the pool asks it to end the statement that nobody waits for any more.
    """
    with suppress(*UNREACHABLE), Deadline(TIDYING_MOST):  # the pool closes what it cannot clean
        await pool.release(connection)


@contextmanager
def leaving_read_only(connection: PoolConnection) -> Iterator[None]:
    """Drop a connection to a read-only server: the next connection may find the writable one.

    Raises `StoreWriteFailed` for its refusal: nothing was written.
    """
    try:
        yield
    except asyncpg.ReadOnlySQLTransactionError as refusal:
        connection.terminate()
        raise StoreWriteFailed from refusal
    except StoreWriteFailed as failure:
        if isinstance(failure.__cause__, asyncpg.ReadOnlySQLTransactionError):
            connection.terminate()
        raise


@contextmanager
def failing_as(error: type[StoreError], causes: tuple[type[Exception], ...] = UNREACHABLE) -> Iterator[None]:
    """Raise this error for these causes: by default, where the server was not reached or did not answer in time."""
    try:
        yield
    except causes as cause:
        raise error from cause
