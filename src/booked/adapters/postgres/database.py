"""The database port on Postgres: repositories on a pool, or on one transaction."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any, cast

import asyncpg

from booked.adapters.postgres.connecting import connect
from booked.adapters.postgres.leases import WAS_LED, LeaderStatements, Lease, leading
from booked.adapters.postgres.repositories import PostgresRepositories
from booked.adapters.postgres.sale.commit_queue import CommitQueue
from booked.adapters.postgres.shares import LongReads, Shares
from booked.adapters.postgres.statements import (
    Connection,
    Pool,
    PooledStatements,
    PoolStatements,
    Statements,
    transaction,
)
from booked.domain.model.ids import EventId

# Plans are kept, those of foreign keys' checks too. One that was made while a table was almost empty would go on
# reading it from end to end, with every booking for longer, until statistics are gathered anew.
PLANNING = {"enable_seqscan": "off"}
# A sale that was answered survives a crash of the server, whatever its configuration says.
DURABILITY = {"synchronous_commit": "on"}
# Without a word from the other end for so long, in seconds, a connection is closed, by whichever end still lives.
KEEPALIVES = {"tcp_keepalives_idle": "15", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "3"}

STATEMENTS_KEPT = 100  # prepared, for each connection

# So that none is added meanwhile.
LOCK_EVENTS = "LOCK TABLE events IN ACCESS EXCLUSIVE MODE"
EVENTS = "SELECT id FROM events"
EMPTY = """
    TRUNCATE
        events, ticket_types, blocks, bookings, tickets, event_buyers, type_buyers, event_quarters, waitlist_entries,
        waiting_counts, waiting_types, idempotency_keys, venues, categories, organizations, organization_members
"""
# Row by row, unlike the tables above: the end of an account voids its tokens and ends its sessions.
REMOVE_PEOPLE = "DELETE FROM users WHERE role <> 'admin'"
CLEARING_PATIENCE = 600.0  # seconds: a million people take one or two minutes


class PostgresDatabase(PostgresRepositories):
    """Use `connect`. It succeeds without a server: calls fail until there is one, and work from then on.

    With a lease it is a leader's: a write takes effect only while nobody has taken over.
    """

    def __init__(
        self,
        pool: Pool,
        timeout: float,
        lease: Lease | None = None,
        *,
        shared_commits: bool,
        pooled: bool,
    ) -> None:
        self._pool = pool
        self._timeout = timeout
        self._lease = lease
        self._pooled = pooled
        self._shared_commits = shared_commits
        self._shares = Shares(pool.get_max_size(), timeout)
        alone: Statements = PooledStatements(pool, timeout) if pooled else PoolStatements(pool, timeout)
        statements = LeaderStatements(alone, pool, timeout, lease) if lease else alone
        self._queue = CommitQueue(statements, timeout, shared=shared_commits)
        long_reads = LongReads(alone, pool.get_max_size(), timeout)
        super().__init__(statements, self._queue, pool, timeout, long_reads)

    @classmethod
    async def connect(
        cls,
        url: str,
        pool_size: int = 10,
        timeout: float = 5.0,
        *,
        shared_commits: bool = True,
        pooled: bool = False,
    ) -> "PostgresDatabase":
        """Open a pool of at most `pool_size` connections whose statements each take at most `timeout` seconds.

        With `shared_commits`, one transaction may commit bookings of several events. With `pooled`, a pooler in
        transaction mode stands in between: nothing is left on its connections, neither settings nor statements.
        """
        session = {"application_name": "booked"}
        pool = await asyncpg.create_pool(
            url,
            min_size=0,
            max_size=pool_size,
            connect=cast(Any, connect),  # it takes what the library's own takes
            connection_class=Connection,
            timeout=timeout,
            command_timeout=timeout,
            server_settings=session if pooled else session | _limits(timeout) | PLANNING | DURABILITY | KEEPALIVES,
            statement_cache_size=0 if pooled else STATEMENTS_KEPT,
        )
        return cls(pool, timeout, shared_commits=shared_commits, pooled=pooled)

    async def close(self) -> None:
        """Wait for statements under way, then close the connections."""
        await self._pool.close()

    @asynccontextmanager
    async def transaction(
        self, patience: timedelta | None = None, at: EventId | None = None
    ) -> AsyncIterator[PostgresRepositories]:
        seconds = patience.total_seconds() if patience else None
        async with AsyncExitStack() as stack:
            left = await stack.enter_async_context(self._shares.place(at)) if at else None
            statements = await stack.enter_async_context(
                transaction(self._pool, left or self._timeout, patience=seconds or left)
            )
            if self._lease:
                await self._lease.require(statements)
            yield PostgresRepositories(statements, self._queue, self._pool, self._timeout)

    @asynccontextmanager
    async def leadership(self, duty: str) -> AsyncIterator["PostgresDatabase | None"]:
        async with leading(self._statements, duty) as lease:
            if lease:
                yield PostgresDatabase(
                    self._pool, self._timeout, lease, shared_commits=self._shared_commits, pooled=self._pooled
                )
            else:
                yield None

    async def was_led(self, duty: str, within: timedelta) -> bool:
        return bool(await self._statements.read(WAS_LED, duty, within))

    async def clear(self) -> list[EventId]:
        async with transaction(self._pool, self._timeout, patience=CLEARING_PATIENCE) as statements:
            await statements.write(LOCK_EVENTS)
            events = [EventId(str(row["id"])) for row in await statements.read(EVENTS)]
            await statements.write(EMPTY)
            await statements.write(REMOVE_PEOPLE)
        return events

    async def ping(self) -> None:
        await self._statements.read("SELECT 1")


def _limits(timeout: float) -> dict[str, str]:
    """Let the server give up slightly before the client does: a connection survives a slow statement.

    It gives up a lock first: then nothing was written, for certain.
    """
    return {
        "statement_timeout": str(int(timeout * 900)),
        "lock_timeout": str(int(timeout * 800)),
        "idle_in_transaction_session_timeout": str(int(timeout * 2000)),
    }
