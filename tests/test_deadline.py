"""Deadlines: they end what takes too long, and nothing else."""

import asyncio

import pytest

from booked.deadline import Deadline

SOON = 0.1
LATE = 60.0


async def test_what_takes_too_long_is_ended() -> None:
    with pytest.raises(TimeoutError), Deadline(SOON):
        await asyncio.Event().wait()


async def test_what_ends_in_time_is_left_alone() -> None:
    with Deadline(SOON):
        await asyncio.sleep(0)

    await asyncio.sleep(3 * SOON)


async def test_an_error_in_time_is_that_error() -> None:
    with pytest.raises(ValueError, match="mine"), Deadline(LATE):
        raise ValueError("mine")


async def test_whoever_is_cancelled_in_time_stays_cancelled() -> None:
    async def wait() -> None:
        with Deadline(LATE):
            await asyncio.Event().wait()

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_whoever_is_cancelled_as_time_runs_out_stays_cancelled() -> None:
    async def wait() -> None:
        with Deadline(0):
            asyncio.get_running_loop().call_later(0, task.cancel)  # in the same turn, after the deadline
            await asyncio.Event().wait()

    task = asyncio.create_task(wait())

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_of_two_deadlines_the_one_that_is_over_speaks() -> None:
    with Deadline(LATE):
        with pytest.raises(TimeoutError), Deadline(SOON):
            await asyncio.Event().wait()

        await asyncio.sleep(0)
