"""Exchanges with Valkey: an answer that comes too late is nobody else's."""

from collections.abc import AsyncIterator

import pytest
from redis import Redis
from redis.asyncio import BlockingConnectionPool
from redis.asyncio.connection import AbstractConnection

from booked.adapters.redis.wire import Wire


@pytest.fixture
async def wire(redis_url: str) -> AsyncIterator[Wire]:
    wire = Wire(BlockingConnectionPool.from_url(redis_url, socket_timeout=1, socket_connect_timeout=2))
    yield wire
    await wire.close()


async def answer_after_a_late_one(wire: Wire, redis_url: str) -> object:
    """What a second exchange is answered, when the first was given up and its answer came after all."""
    with pytest.raises(TimeoutError):
        await wire.exchange([("BLPOP", "list", 0)])
    with Redis.from_url(redis_url) as other:
        other.rpush("list", "for the first")
    [answer] = await wire.exchange([("ECHO", "for the second")])
    return answer


async def test_whoever_comes_after_one_who_gave_up_gets_an_answer_of_their_own(wire: Wire, redis_url: str) -> None:
    assert await answer_after_a_late_one(wire, redis_url) == b"for the second"


async def test_control_without_closing_the_connection_they_get_the_late_one(
    wire: Wire, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stay_open(*_: object, **__: object) -> None:
        """Go on with a connection on which an answer is still to come."""

    with monkeypatch.context() as patch:
        patch.setattr(AbstractConnection, "disconnect", stay_open)
        answer = await answer_after_a_late_one(wire, redis_url)

    assert answer == [b"list", b"for the first"]


async def test_an_error_is_the_answer_of_its_own_command_only(wire: Wire) -> None:
    first, wrong, last = await wire.exchange([("ECHO", "one"), ("HGET", "too few"), ("ECHO", "three")])

    assert (first, last) == (b"one", b"three")
    assert "wrong number of arguments" in str(wrong)
