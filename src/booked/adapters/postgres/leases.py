"""Leading a duty by a lease: a row with a deadline, which a frozen process cannot renew."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import asyncpg

from booked.adapters.postgres.statements import Pool, Statements, TransactionStatements, transaction
from booked.domain.errors import StoreError
from booked.ports.database import LeadershipLost

LEASE = 15.0  # seconds
RENEWALS = 3  # within each lease

# A lease that was not given up is free when its time is over. Nobody takes it while its holder writes under it.
TAKE = """
    INSERT INTO leases (name, holder, token, expires_at)
    VALUES ($1, $2, 1, clock_timestamp() + $3 * interval '1 second')
    ON CONFLICT (name) DO UPDATE
    SET holder = excluded.holder, token = leases.token + 1,
        expires_at = clock_timestamp() + $3 * interval '1 second'
    WHERE leases.expires_at <= clock_timestamp()
    RETURNING token
"""

EXTEND = """
    UPDATE leases
    SET expires_at = clock_timestamp() + $3 * interval '1 second'
    WHERE name = $1 AND token = $2
"""

REQUIRE = """
    SELECT
    FROM leases
    WHERE name = $1
      AND token = $2::bigint -- guard: token of a lease
    FOR SHARE -- guard: lock of a lease
"""

WAS_LED = "SELECT FROM leases WHERE name = $1 AND expires_at >= clock_timestamp() - $2::interval"


@dataclass(frozen=True, slots=True)
class Lease:
    """What a leader writes under; `token` is higher than every earlier leader's."""

    name: str
    token: int

    async def require(self, statements: TransactionStatements) -> None:
        """Raise `LeadershipLost` if another process has taken over. Otherwise none does until the transaction ends."""
        if not await statements.write(REQUIRE, self.name, self.token):
            raise LeadershipLost(self.name)


class LeaderStatements:
    """Reads like any session, and writes only under a lease."""

    def __init__(self, reads: Statements, pool: Pool, timeout: float, lease: Lease) -> None:
        self._reads = reads
        self._pool = pool
        self._timeout = timeout
        self._lease = lease

    async def read(self, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        return await self._reads.read(statement, *arguments)

    async def write(self, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        async with transaction(self._pool, self._timeout) as statements:
            await self._lease.require(statements)
            return await statements.write(statement, *arguments)


@asynccontextmanager
async def leading(statements: Statements, name: str) -> AsyncIterator[Lease | None]:
    """Take a lease and renew it until the block ends; None if another process has it."""
    taken = await statements.write(TAKE, name, f"{socket.gethostname()} {os.getpid()}", LEASE)
    if not taken:
        yield None
        return
    lease = Lease(name, taken[0]["token"])
    renewing = asyncio.create_task(_renew(statements, lease))
    try:
        yield lease
    finally:
        renewing.cancel()
        await asyncio.wait({renewing})
        with suppress(StoreError):  # otherwise its time ends it
            await statements.write(EXTEND, name, lease.token, 0.0)


async def _renew(statements: Statements, lease: Lease) -> None:
    while True:
        await asyncio.sleep(LEASE / RENEWALS)
        with suppress(StoreError):  # the next time may come soon enough
            await statements.write(EXTEND, lease.name, lease.token, LEASE)
