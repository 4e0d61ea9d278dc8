"""The database port on Postgres: repositories on a pool, or on one transaction."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

import asyncpg

from booked.adapters.postgres.analytics import PostgresAnalytics
from booked.adapters.postgres.bookings import PostgresBookings
from booked.adapters.postgres.events import PostgresEvents
from booked.adapters.postgres.sales import Sales
from booked.adapters.postgres.session import (
    Connection,
    Pool,
    PoolSession,
    Session,
    failing_as,
    transaction,
)
from booked.adapters.postgres.users import PostgresUsers
from booked.adapters.postgres.waitlist import PostgresWaitlist
from booked.domain.errors import StoreReadFailed

LEADER_LOCK = 0x626F6F6B6564  # "booked": any number that nobody else in this database locks

TRY_LEAD = "SELECT pg_try_advisory_lock($1) AS leads"
STOP_LEADING = "SELECT pg_advisory_unlock($1)"


@dataclass(frozen=True, slots=True)
class PostgresRepositories:
    users: PostgresUsers
    events: PostgresEvents
    bookings: PostgresBookings
    waitlist: PostgresWaitlist
    analytics: PostgresAnalytics

    @classmethod
    def on(cls, session: Session, sales: Sales, pool: Pool, timeout: float) -> "PostgresRepositories":
        return cls(
            PostgresUsers(session),
            PostgresEvents(session, pool, timeout),
            PostgresBookings(session, sales),
            PostgresWaitlist(session),
            PostgresAnalytics(session),
        )


class PostgresDatabase:
    """Use `connect`. It succeeds without a server: calls fail until there is one, and work from then on."""

    def __init__(self, pool: Pool, timeout: float) -> None:
        self._pool = pool
        self._timeout = timeout
        self._session = PoolSession(pool, timeout)
        self._sales = Sales(self._session)
        repositories = PostgresRepositories.on(self._session, self._sales, pool, timeout)
        self.users = repositories.users
        self.events = repositories.events
        self.bookings = repositories.bookings
        self.waitlist = repositories.waitlist
        self.analytics = repositories.analytics

    @classmethod
    async def connect(cls, url: str, pool_size: int = 10, timeout: float = 5.0) -> "PostgresDatabase":
        """Open a pool of at most `pool_size` connections whose statements each take at most `timeout` seconds."""
        pool = await asyncpg.create_pool(
            url,
            min_size=0,
            max_size=pool_size,
            connection_class=Connection,
            timeout=timeout,
            command_timeout=timeout,
            # The server gives up slightly before the client does, so that a connection survives a slow statement.
            server_settings={
                "application_name": "booked",
                "statement_timeout": str(int(timeout * 900)),
                "lock_timeout": str(int(timeout * 900)),
                "idle_in_transaction_session_timeout": str(int(timeout * 2000)),
            },
        )
        return cls(pool, timeout)

    async def close(self) -> None:
        """Wait for statements under way, then close the connections."""
        await self._pool.close()

    @asynccontextmanager
    async def transaction(self, patience: timedelta | None = None) -> AsyncIterator[PostgresRepositories]:
        seconds = patience.total_seconds() if patience else None
        async with transaction(self._pool, self._timeout, patience=seconds) as session:
            yield PostgresRepositories.on(session, self._sales, self._pool, self._timeout)

    @asynccontextmanager
    async def leadership(self) -> AsyncIterator[bool]:
        with failing_as(StoreReadFailed):
            connection = await self._pool.acquire(timeout=self._timeout)
        try:
            with failing_as(StoreReadFailed):
                leads = await connection.fetchval(TRY_LEAD, LEADER_LOCK)
            try:
                yield leads
            finally:
                if leads:
                    with failing_as(StoreReadFailed):
                        await connection.fetchval(STOP_LEADING, LEADER_LOCK)
        except BaseException:
            # It may have the lock all the same, which would go back to the pool with it.
            with suppress(asyncpg.InterfaceError):  # a connection that was cut is gone already
                connection.terminate()
            raise
        finally:
            await self._pool.release(connection)

    async def ping(self) -> None:
        await self._session.read("SELECT 1")
