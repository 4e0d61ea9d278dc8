"""A limit of time around a step, for steps taken thousands of times a second."""

import asyncio
from types import TracebackType
from typing import Self


class Deadline:
    """`with Deadline(seconds):` raises `TimeoutError` where what is awaited in the block takes longer than that.

    It is `asyncio.timeout` without the ways to change the limit once it runs, at a third of the price: steps with the
    same limit share a timer.
    """

    __slots__ = ("_expired", "_pending", "_task", "_watch", "due")

    due: float  # by the loop's clock

    def __init__(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        task = asyncio.current_task(loop)
        assert task is not None, "only a task can be told to stop waiting"  # noqa: S101
        self._task = task
        self._watch = _watches.get((loop, seconds)) or _new_watch(loop, seconds)
        self._expired = False

    def __enter__(self) -> Self:
        self._pending = self._task.cancelling()
        self._watch.add(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._watch.running.pop(self, None)
        # Somebody else may have cancelled the task as well, and that is not to be lost.
        if self._expired and self._task.uncancel() <= self._pending and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def expire(self) -> None:
        self._expired = True
        self._task.cancel()


class _Watch:
    """One timer for all deadlines of a length: the one that began first is over first."""

    def __init__(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        self._loop = loop
        self._seconds = seconds
        self._is_set = False
        self.running: dict[Deadline, None] = {}

    def add(self, deadline: Deadline) -> None:
        deadline.due = self._loop.time() + self._seconds
        self.running[deadline] = None
        if not self._is_set:
            self._set(deadline.due)

    def _set(self, due: float) -> None:
        self._is_set = True
        self._loop.call_at(due, self._look)

    def _look(self) -> None:
        """End what is over, and look again when the next one may be."""
        self._is_set = False
        now = self._loop.time()
        while self.running:
            first = next(iter(self.running))
            if first.due > now:
                self._set(first.due)
                return
            del self.running[first]
            first.expire()


_watches: dict[tuple[asyncio.AbstractEventLoop, float], _Watch] = {}


def _new_watch(loop: asyncio.AbstractEventLoop, seconds: float) -> _Watch:
    for key in [key for key in _watches if key[0].is_closed()]:
        del _watches[key]
    watch = _watches[loop, seconds] = _Watch(loop, seconds)
    return watch
