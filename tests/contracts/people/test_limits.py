"""The limiter port: each promise, asked of each adapter."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest

from booked.adapters.redis.limits import RedisLimiter
from booked.adapters.system.limiter import MemoryLimiter
from booked.domain.errors import StoreWriteFailed
from booked.domain.model.people.limits import Limit
from booked.ports.people import Limiter
from tests.builders import FrozenClock
from tests.clusters import looking_at
from tests.guards import Guards

THREE = Limit("logins", 3, timedelta(minutes=1))
OTHER = Limit("registrations", 3, timedelta(minutes=1))

EndWindow = Callable[[], Awaitable[object]]


@pytest.fixture
async def limiter(valkey: str | None, clock: FrozenClock) -> AsyncIterator[Limiter]:
    if valkey is None:
        yield MemoryLimiter(clock)
        return
    limiter = RedisLimiter.connect(valkey)
    yield limiter
    await limiter.close()


@pytest.fixture
async def end_window(valkey: str | None, clock: FrozenClock) -> AsyncIterator[EndWindow]:
    """Makes the windows of all end: the server's keys lapse as they would by themselves."""
    if valkey is None:

        async def advance() -> None:
            clock.advance(THREE.window)

        yield advance
        return
    async with looking_at(valkey, decode_responses=True) as client:

        async def lapse() -> None:
            for key in await client.keys("limit:*"):
                assert 0 < await client.pttl(key) <= THREE.window / timedelta(milliseconds=1)
                await client.pexpireat(key, 1)

        yield lapse


async def test_as_many_are_allowed_as_the_limit_says_and_no_more(limiter: Limiter) -> None:
    taken = [await limiter.take(THREE, "ann") for _ in range(5)]

    assert [one.allowed for one in taken] == [True, True, True, False, False]
    assert [one.remaining for one in taken] == [2, 1, 0, 0, 0]
    assert all(timedelta() < one.ends_in <= THREE.window for one in taken)


async def test_at_the_same_moment_no_more_are_allowed(limiter: Limiter) -> None:
    taken = await asyncio.gather(*(limiter.take(THREE, "ann") for _ in range(40)))

    assert sum(one.allowed for one in taken) == THREE.most


async def test_others_and_other_limits_are_counted_apart(limiter: Limiter) -> None:
    for _ in range(4):
        await limiter.take(THREE, "ann")

    assert [await limiter.count(THREE, who) for who in ("ann", "ben")] == [3, 0]
    assert (await limiter.take(THREE, "ben")).allowed
    assert (await limiter.take(OTHER, "ann")).allowed


async def test_a_window_that_has_ended_is_forgotten(limiter: Limiter, end_window: EndWindow) -> None:
    for _ in range(4):
        await limiter.take(THREE, "ann")

    await end_window()

    assert await limiter.count(THREE, "ann") == 0
    assert (await limiter.take(THREE, "ann")).remaining == 2


async def test_what_is_forgotten_starts_anew_and_may_be_forgotten_twice(limiter: Limiter) -> None:
    for _ in range(4):
        await limiter.take(THREE, "ann")

    await limiter.forget(THREE, "ann")
    await limiter.forget(THREE, "ann")

    assert (await limiter.take(THREE, "ann")).remaining == 2


async def test_what_is_given_back_can_be_taken_again(limiter: Limiter) -> None:
    for _ in range(4):
        await limiter.take(THREE, "ann")

    await limiter.give_back(THREE, "ann")

    assert [await limiter.count(THREE, who) for who in ("ann", "ben")] == [2, 0]
    assert [(await limiter.take(THREE, "ann")).allowed for _ in range(2)] == [True, False]


async def test_no_more_is_given_back_than_was_counted(limiter: Limiter, end_window: EndWindow) -> None:
    await limiter.take(THREE, "ann")
    await limiter.take(THREE, "ben")

    for _ in range(3):
        await limiter.give_back(THREE, "ann")
    await end_window()
    await limiter.give_back(THREE, "ben")

    assert [await limiter.count(THREE, who) for who in ("ann", "ben")] == [0, 0]
    for who in ("ann", "ben"):
        assert [(await limiter.take(THREE, who)).allowed for _ in range(4)] == [True, True, True, False]


async def test_giving_back_does_not_prolong_a_window(limiter: Limiter, end_window: EndWindow) -> None:
    for _ in range(3):
        await limiter.take(THREE, "ann")
    await limiter.give_back(THREE, "ann")

    await end_window()

    assert await limiter.count(THREE, "ann") == 0


async def test_control_without_its_guard_the_script_allows_everything(redis_url: str, guards: Guards) -> None:
    guards.remove("full window")
    limiter = RedisLimiter.connect(redis_url)

    taken = [await limiter.take(THREE, "ann") for _ in range(5)]

    await limiter.close()
    assert all(one.allowed for one in taken)


async def test_without_a_server_the_caller_is_told() -> None:
    limiter = RedisLimiter.connect("redis://127.0.0.1:1")

    with pytest.raises(StoreWriteFailed):
        await limiter.take(THREE, "ann")
    with pytest.raises(StoreWriteFailed):
        await limiter.forget(THREE, "ann")
    with pytest.raises(StoreWriteFailed):
        await limiter.give_back(THREE, "ann")
    await limiter.close()


async def test_memory_keeps_a_bounded_number_of_windows(clock: FrozenClock) -> None:
    limiter = MemoryLimiter(clock, windows_most=10)
    for who in "abcdefghij":
        await limiter.take(THREE, who)

    await limiter.take(THREE, "a")
    await limiter.take(THREE, "k")

    assert len(limiter) == 10
    assert [await limiter.count(THREE, who) for who in "abck"] == [2, 0, 1, 1]
