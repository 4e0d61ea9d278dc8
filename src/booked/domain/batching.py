"""Natural batching: what many callers want at the same moment is done in one go.

The first caller is served at once. Callers that come meanwhile form the next batch. Nobody waits for a timer, so a lone
caller loses nothing, and more callers share the cost of a round trip the busier it gets.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Generator, Sequence
from types import coroutine
from typing import Generic, TypeVar, cast

Item = TypeVar("Item")
Result = TypeVar("Result")


@coroutine
def yield_to_others() -> Generator[None]:
    """Yield to the event loop once. Tasks that await this at the same moment go on right after one another."""
    yield  # as asyncio.sleep(0) does after two more calls


class Batcher(Generic[Item, Result]):
    """Runs `action` on up to `most` items at once. It returns for each item a result, or the exception to raise for it.

    A batcher is for one event loop.

    Up to `at_once` batches are under way: one is prepared while another waits for its answer. An exception
    raised by `action` is raised for every item of the batch, and for items that have come meanwhile: they have
    waited long enough. A caller that goes away does not stop its batch.
    """

    def __init__(
        self, action: Callable[[Sequence[Item]], Awaitable[Sequence[Result | Exception]]], most: int, at_once: int = 1
    ) -> None:
        self._action = action
        self._most = most
        self._at_once = at_once
        self._waiting: deque[tuple[Item, asyncio.Future[Result]]] = deque()
        self._workers: set[asyncio.Task[None]] = set()
        self._starting = False
        self._loop: asyncio.AbstractEventLoop | None = None  # remembered: to ask for it is a system call

    @property
    def idle(self) -> bool:
        return not self._workers

    async def run(self, item: Item) -> Result:
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = self._loop.create_future()
        self._waiting.append((item, future))
        # One that is about to start takes this item along.
        if not self._starting and len(self._workers) < self._at_once:
            self._workers.add(self._loop.create_task(self._work()))
            self._starting = True
        return await future

    async def _work(self) -> None:
        self._starting = False
        try:
            while self._waiting:
                size = min(self._most, len(self._waiting))
                await self._serve([self._waiting.popleft() for _ in range(size)])
        finally:
            # Here and not when the task is done: whoever comes in between must find that a worker is missing.
            self._workers.remove(cast(asyncio.Task[None], asyncio.current_task()))

    async def _serve(self, batch: Sequence[tuple[Item, "asyncio.Future[Result]"]]) -> None:
        results: Sequence[Result | Exception]
        try:
            results = await self._action([item for item, _ in batch])
        except Exception as error:
            batch = [*batch, *self._all_waiting()]
            results = [error] * len(batch)
        except asyncio.CancelledError:
            for _, future in [*batch, *self._all_waiting()]:
                future.cancel()
            raise
        for (_, future), result in zip(batch, results, strict=True):
            if future.done():
                continue
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)

    def _all_waiting(self) -> list[tuple[Item, "asyncio.Future[Result]"]]:
        waiting = list(self._waiting)
        self._waiting.clear()
        return waiting
