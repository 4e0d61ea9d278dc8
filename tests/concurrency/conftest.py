"""Fixtures of the races: several processes on one pair of stores."""

from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import pytest

from tests.clusters import looking_at
from tests.concurrency.processes import Process, Truth
from tests.concurrency.scene import Scene

OpenProcess = Callable[..., Awaitable[Process]]


@pytest.fixture(params=["server", pytest.param("cluster", marks=pytest.mark.slow)])
def redis_url(request: pytest.FixtureRequest, redis_url: str) -> str:
    """An empty Valkey, of one server or of a cluster."""
    return request.getfixturevalue("cluster").url if request.param == "cluster" else redis_url


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
    valkey = looking_at(redis_url)
    yield Truth(connection, valkey)
    await valkey.aclose()
    await connection.close()


@pytest.fixture
async def scene(open_process: OpenProcess, truth: Truth) -> Scene:
    first, second = await open_process(), await open_process()
    ann, ben = await first.people(2)
    event_id = await first.event(seats=1)
    return Scene(first, second, ann, ben, event_id, truth)
