"""Natural batching: the first goes alone, the others together, and nobody pays for somebody else's trouble."""

import asyncio
from collections.abc import Sequence

import pytest

from booked.batching import Batcher


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
