"""Natural batching: what many callers want at the same moment is done in one go.

The first caller is served at once. Whoever comes while that is under way forms the next batch. Nobody waits for a
timer, so a lone caller loses nothing, and the busier it gets the more callers share the cost of a round trip.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Batcher(Generic[Item, Result]):
    """`action` gets up to `most` items and returns for each its result or the exception that is to be raised for it.

    What `action` raises is raised for every item of the batch, and for those that have come meanwhile: they have waited
    long enough. A caller that goes away does not stop its batch.
    """

    def __init__(self, action: Callable[[Sequence[Item]], Awaitable[Sequence[Result | Exception]]], most: int) -> None:
        self._action = action
        self._most = most
        self._waiting: deque[tuple[Item, asyncio.Future[Result]]] = deque()
        self._worker: asyncio.Task[None] | None = None

    @property
    def idle(self) -> bool:
        return self._worker is None

    async def run(self, item: Item) -> Result:
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._worker is None:
            self._worker = asyncio.create_task(self._work())
        return await future

    async def _work(self) -> None:
        try:
            while self._waiting:
                size = min(self._most, len(self._waiting))
                await self._serve([self._waiting.popleft() for _ in range(size)])
        finally:
            self._worker = None

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
