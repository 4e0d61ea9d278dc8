"""Natural batching: the first goes alone, the others together, and nobody pays for somebody else's trouble."""

import asyncio
from collections.abc import Sequence

import pytest

from booked.domain.batching import Batcher


class Counter:
    """An action that doubles numbers, batch by batch, each batch only when it is let through."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.let_through = asyncio.Semaphore(0)

    async def double(self, numbers: Sequence[int]) -> Sequence[int | Exception]:
        self.batches.append(list(numbers))
        await self.let_through.acquire()
        return [ValueError(number) if number < 0 else number * 2 for number in numbers]


async def started(batcher: Batcher[int, int], *numbers: int) -> list["asyncio.Task[int]"]:
    """Tasks that have handed their numbers in."""
    tasks = [asyncio.create_task(batcher.run(number)) for number in numbers]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks


async def test_whoever_comes_while_a_batch_is_under_way_is_in_the_next() -> None:
    counter = Counter()
    batcher = Batcher(counter.double, most=10)

    first = await started(batcher, 1)
    others = await started(batcher, 2, 3, 4)
    counter.let_through.release()
    counter.let_through.release()

    assert await asyncio.gather(*first, *others) == [2, 4, 6, 8]
    assert counter.batches == [[1], [2, 3, 4]]


async def test_a_batch_has_a_most() -> None:
    counter = Counter()
    batcher = Batcher(counter.double, most=2)
    for _ in range(3):
        counter.let_through.release()

    results = await asyncio.gather(*(batcher.run(number) for number in range(5)))

    assert results == [0, 2, 4, 6, 8]
    assert max(map(len, counter.batches)) == 2


async def test_one_failure_is_its_callers_alone() -> None:
    counter = Counter()
    counter.let_through.release()
    batcher = Batcher(counter.double, most=10)

    good, bad, good_too = await asyncio.gather(batcher.run(1), batcher.run(-1), batcher.run(2), return_exceptions=True)

    assert (good, good_too) == (2, 4)
    assert isinstance(bad, ValueError)


async def test_what_an_action_raises_every_caller_gets_and_the_next_batch_runs() -> None:
    async def fail_once(numbers: Sequence[int]) -> Sequence[int | Exception]:
        if 1 in numbers:
            raise ConnectionError
        return list(numbers)

    batcher = Batcher(fail_once, most=10)

    results = await asyncio.gather(batcher.run(1), batcher.run(2), return_exceptions=True)

    assert [type(result) for result in results] == [ConnectionError, ConnectionError]
    assert await batcher.run(3) == 3


async def test_a_caller_that_goes_away_does_not_stop_its_batch() -> None:
    counter = Counter()
    batcher = Batcher(counter.double, most=10)
    gone, stays = await started(batcher, 1, 2)

    gone.cancel()
    counter.let_through.release()

    assert await stays == 4
    with pytest.raises(asyncio.CancelledError):
        await gone


async def test_as_many_batches_are_under_way_as_may_be() -> None:
    counter = Counter()
    batcher = Batcher(counter.double, most=10, at_once=2)

    first = await started(batcher, 1)
    second = await started(batcher, 2)
    others = await started(batcher, 3, 4)
    under_way = list(counter.batches)
    for _ in range(3):
        counter.let_through.release()

    assert await asyncio.gather(*first, *second, *others) == [2, 4, 6, 8]
    assert under_way == [[1], [2]]
    assert counter.batches[2:] == [[3, 4]]


async def test_whoever_comes_at_the_same_moment_shares_a_batch_however_many_may_be_under_way() -> None:
    counter = Counter()
    counter.let_through.release()
    batcher = Batcher(counter.double, most=10, at_once=4)

    await asyncio.gather(*(batcher.run(number) for number in range(5)))

    assert counter.batches == [[0, 1, 2, 3, 4]]


async def test_a_caller_that_comes_as_the_last_batch_ends_is_served() -> None:
    async def echo(numbers: Sequence[int]) -> Sequence[int | Exception]:
        return list(numbers)

    batcher = Batcher(echo, most=10)

    async def one_after_the_other(first: int) -> list[int]:
        return [await batcher.run(first + step) for step in range(50)]

    async with asyncio.timeout(5):
        results = await asyncio.gather(*(one_after_the_other(first) for first in (0, 100, 200)))

    assert [result[-1] for result in results] == [49, 149, 249]
    assert batcher.idle
