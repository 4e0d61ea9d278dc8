"""Fixtures of the races: several processes on one pair of stores, and guards that can be taken out."""

from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import pytest
from redis.asyncio import Redis

from booked.adapters.postgres.programme import events
from booked.adapters.postgres.sale import bookings, commit_queue
from booked.adapters.redis import scripts
from tests.concurrency.processes import Process, Truth

OpenProcess = Callable[..., Awaitable[Process]]


@pytest.fixture
async def open_process(database_url: str, redis_url: str) -> AsyncIterator[OpenProcess]:
    """Opens one more process on the test's stores."""
    processes: list[Process] = []

    async def open_one(tickets_per_user: int | None = None) -> Process:
        processes.append(await Process.open(database_url, redis_url, tickets_per_user))
        return processes[-1]

    yield open_one
    for process in processes:
        await process.close()


@pytest.fixture
async def process(open_process: OpenProcess) -> Process:
    return await open_process()


@pytest.fixture
async def truth(database_url: str, redis_url: str) -> AsyncIterator[Truth]:
    connection = await asyncpg.connect(database_url)
    valkey = Redis.from_url(redis_url)
    yield Truth(connection, valkey)
    await valkey.aclose()
    await connection.close()


def _marked(text: str, guard: str) -> str:
    """Return the line that is marked as this guard."""
    [line] = [line for line in text.splitlines() if line.endswith(f"-- guard: {guard}")]
    return line


class Guards:
    """Takes guards out of the code as it stands. A guard that is not there to be taken out is an error."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, truth: Truth) -> None:
        self._monkeypatch = monkeypatch
        self._truth = truth

    def remove_from_lua(self, script: str, guard: str, instead: str = "") -> None:
        text = scripts._SCRIPTS[script]
        assert guard in text
        self._monkeypatch.setitem(scripts._SCRIPTS, script, text.replace(guard, instead))

    def remove_marked_from_lua(self, script: str, guard: str) -> None:
        """Remove the line that is marked as this guard."""
        self.remove_from_lua(script, _marked(scripts._SCRIPTS[script], guard))

    def remove_from_prelude(self, guard: str, instead: str = "") -> None:
        assert guard in scripts._PRELUDE
        self._monkeypatch.setattr(scripts, "_PRELUDE", scripts._PRELUDE.replace(guard, instead))

    def remove_from_libraries(self, guard: str, instead: str = "") -> None:
        assert guard in scripts._LIBRARIES
        self._monkeypatch.setattr(scripts, "_LIBRARIES", scripts._LIBRARIES.replace(guard, instead))

    def remove_marked_from_libraries(self, guard: str) -> None:
        self.remove_from_libraries(_marked(scripts._LIBRARIES, guard))

    def remove_from_commit(self, guard: str, instead: str) -> None:
        assert guard in commit_queue.COMMIT
        self._monkeypatch.setattr(commit_queue, "COMMIT", commit_queue.COMMIT.replace(guard, instead))

    def remove_from_cancel(self, guard: str, instead: str) -> None:
        assert guard in bookings.CANCEL
        self._monkeypatch.setattr(bookings, "CANCEL", bookings.CANCEL.replace(guard, instead))

    def remove_from_cancel_all(self, guard: str, instead: str) -> None:
        assert guard in bookings.CANCEL_ALL
        self._monkeypatch.setattr(bookings, "CANCEL_ALL", bookings.CANCEL_ALL.replace(guard, instead))

    def remove_event_lock(self) -> None:
        for statement in ("LOCK", "LOCK_ANY"):
            text = getattr(events, statement)
            assert "FOR NO KEY UPDATE" in text
            self._monkeypatch.setattr(events, statement, text.replace("FOR NO KEY UPDATE", ""))

    def remove_epoch(self) -> None:
        self.remove_from_commit("AND event.hold_epoch = claim.epoch", "")

    async def remove_capacity(self) -> None:
        await self._truth.connection.execute("ALTER TABLE events DROP CONSTRAINT events_sold_within_capacity")

    async def remove_unique_index(self) -> None:
        await self._truth.connection.execute("DROP INDEX tickets_sold_once")


@pytest.fixture
def guards(monkeypatch: pytest.MonkeyPatch, truth: Truth) -> Guards:
    return Guards(monkeypatch, truth)
