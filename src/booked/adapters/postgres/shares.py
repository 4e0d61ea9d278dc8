"""Shares of the pool: neither an event whose row is locked nor a search that takes long keeps others waiting."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakValueDictionary

import asyncpg

from booked.adapters.postgres.statements import Statements, failing_as
from booked.deadline import Deadline
from booked.domain.errors import StoreReadFailed, StoreWriteFailed
from booked.domain.model.ids import EventId

PART = 4  # of the pool's connections, one in this many
SOON = 0.001  # seconds


def places_in(pool_size: int) -> int:
    """Return how many connections of a pool one share has."""
    return max(1, pool_size // PART)


class Shares:
    """Lets transactions at one event use a part of a pool's connections; the others queue up in front of it.

    Beside them an event has one connection for its sales while it is locked, where they queue up by themselves, and one
    for its repair.
    """

    def __init__(self, pool_size: int, timeout: float) -> None:
        self._places = places_in(pool_size)
        self._timeout = timeout
        self._queues: WeakValueDictionary[EventId, asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def place(self, event_id: EventId) -> AsyncIterator[float | None]:
        """Wait for a place and yield the seconds left of the time limit; None if there was a place at once.

        Raises `StoreWriteFailed` if there was none in time.
        """
        queue = self._queues.get(event_id)
        if queue is None:
            queue = self._queues[event_id] = asyncio.Semaphore(self._places)
        loop, must_wait = asyncio.get_running_loop(), queue.locked()
        give_up = loop.time() + self._timeout
        with failing_as(StoreWriteFailed), Deadline(self._timeout):
            await queue.acquire()
        try:
            yield max(give_up - loop.time(), SOON) if must_wait else None
        finally:
            queue.release()


class LongReads:
    """Runs reads that take long on a part of a pool's connections; the others queue up in front of it.

    One takes at most `timeout` seconds, of which the wait for its turn is a part.
    """

    def __init__(self, statements: Statements, pool_size: int, timeout: float) -> None:
        self._statements = statements
        self._queue = asyncio.Semaphore(places_in(pool_size))
        self._timeout = timeout

    async def read(self, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        with failing_as(StoreReadFailed), Deadline(self._timeout):
            async with self._queue:
                return await self._statements.read(statement, *arguments)
