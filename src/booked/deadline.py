"""A limit of time around a step, for steps taken thousands of times a second."""

import asyncio
from types import TracebackType
from typing import Self


class Deadline:
    """`with Deadline(seconds):` raises `TimeoutError` where what is awaited in the block takes longer than that.

    It is `asyncio.timeout` without the ways to change the limit once it runs, at little more than half the price.
    """

    __slots__ = ("_expired", "_pending", "_seconds", "_task", "_timer")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._expired = False

    def __enter__(self) -> Self:
        loop = asyncio.get_running_loop()
        task = asyncio.current_task(loop)
        assert task is not None, "only a task can be told to stop waiting"  # noqa: S101
        self._task = task
        self._pending = task.cancelling()
        self._timer = loop.call_later(self._seconds, self._expire)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._timer.cancel()
        # Somebody else may have cancelled the task as well, and that is not to be lost.
        if self._expired and self._task.uncancel() <= self._pending and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def _expire(self) -> None:
        self._expired = True
        self._task.cancel()
