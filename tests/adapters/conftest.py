"""A Valkey to look at, and the hold store on it."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from booked.adapters.redis import RedisHoldStore


@pytest.fixture
async def valkey(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
async def store(redis_url: str) -> AsyncIterator[RedisHoldStore]:
    store = RedisHoldStore.connect(redis_url)
    yield store
    await store.close()
