"""What is deferred is done once for all who asked, a moment later, and never forgotten."""

import asyncio

from booked.deferring import DeferredAction

MOMENT = 0.01


class Done:
    def __init__(self) -> None:
        self.times = 0
        self.deferred = DeferredAction(self.do, MOMENT)

    def do(self) -> None:
        self.times += 1


async def test_all_who_ask_in_a_moment_share_one_run() -> None:
    done = Done()

    for _ in range(3):
        done.deferred.soon()
    at_once = done.times
    await asyncio.sleep(2 * MOMENT)

    assert (at_once, done.times) == (0, 1)


async def test_who_asks_after_a_run_gets_another() -> None:
    done = Done()

    for _ in range(2):
        done.deferred.soon()
        await asyncio.sleep(2 * MOMENT)

    assert done.times == 2


def test_without_an_event_loop_it_is_done_at_once() -> None:
    done = Done()

    done.deferred.soon()

    assert done.times == 1


def test_a_loop_that_ends_too_early_does_not_keep_another_from_it() -> None:
    done = Done()

    async def ask(wait: float) -> None:
        done.deferred.soon()
        await asyncio.sleep(wait)

    asyncio.run(ask(0))
    asyncio.run(ask(2 * MOMENT))

    assert done.times == 1
