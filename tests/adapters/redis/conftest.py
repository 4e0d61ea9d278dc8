"""The hold store on Valkey."""

from collections.abc import AsyncIterator

import pytest

from booked.adapters.redis.store import RedisHoldStore


@pytest.fixture
async def holds(redis_url: str) -> AsyncIterator[RedisHoldStore]:
    store = RedisHoldStore.connect(redis_url)
    yield store
    await store.close()
