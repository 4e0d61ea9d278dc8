"""An event loop without any input or output, whose every choice comes from a seed."""

import asyncio
import heapq
from asyncio import events
from collections.abc import Callable, Coroutine, Generator
from contextvars import Context
from datetime import timedelta
from random import Random
from typing import Any, TypeVar, TypeVarTuple, Unpack

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class SimulatedLoop(asyncio.AbstractEventLoop):
    """Runs one callback at a time, any of those that are ready. When none is, time passes until the next one is.

    A task that waits for what never comes stays behind. `close` ends it.
    """

    def __init__(self, random: Random) -> None:
        self.faults: list[dict[str, Any]] = []
        """What callbacks raised and nobody took."""
        self._random = random
        self.elapsed = timedelta(0)
        """How much time has passed."""
        self._now = 0.0
        self._ready: list[asyncio.Handle] = []
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._serial = 0
        self._tasks: list[asyncio.Task[Any]] = []

    def run_until_idle(self) -> None:
        """Run until nothing is ready and no time is waited for."""
        events._set_running_loop(self)
        try:
            while self._ready or self._timers:
                self._step()
        finally:
            events._set_running_loop(None)

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run until nothing more happens, and return what the coroutine returned by then."""
        task = self.create_task(coroutine)
        self.run_until_idle()
        return task.result()

    def jump(self, seconds: float) -> None:
        """Let time pass at once."""
        self._pass_to(self._now + seconds)

    def close(self) -> None:
        """End the tasks that are left."""
        for task in self._tasks:
            task.cancel()
        self.run_until_idle()

    def _step(self) -> None:
        while self._timers and (not self._ready or self._timers[0][0] <= self._now):
            moment, _, timer = heapq.heappop(self._timers)
            if not timer.cancelled():
                self._pass_to(max(self._now, moment))
                self._ready.append(timer)
        if not self._ready:
            return
        if len(self._ready) > 1:
            chosen = int(self._random.random() * len(self._ready))
            self._ready[chosen], self._ready[-1] = self._ready[-1], self._ready[chosen]
        handle = self._ready.pop()
        if not handle.cancelled():
            handle._run()

    def _pass_to(self, moment: float) -> None:
        self._now = moment
        self.elapsed = timedelta(seconds=moment)

    def time(self) -> float:
        return self._now

    def call_soon(
        self, callback: Callable[[Unpack[Ts]], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def call_later(
        self, delay: float, callback: Callable[[Unpack[Ts]], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        return self.call_at(self._now + delay, callback, *args, context=context)

    def call_at(
        self, when: float, callback: Callable[[Unpack[Ts]], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        timer = asyncio.TimerHandle(when, callback, args, self, context)
        self._serial += 1
        heapq.heappush(self._timers, (when, self._serial, timer))
        return timer

    def create_future(self) -> "asyncio.Future[Any]":
        return asyncio.Future(loop=self)

    def create_task(
        self,
        coro: Generator[Any, None, T] | Coroutine[Any, Any, T],
        *,
        name: str | None = None,
        context: Context | None = None,
    ) -> "asyncio.Task[T]":
        task = asyncio.Task(coro, loop=self, name=name, context=context)
        self._tasks.append(task)
        return task

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return True

    def is_closed(self) -> bool:
        return False

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        self.faults.append(context)

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Leave it: it is skipped when its time has come."""
