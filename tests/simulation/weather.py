"""What stores look like from a process that they fail: slow, out of reach, or with answers that get lost."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Any

from booked.domain.errors import StoreWriteFailed, TransactionFailed

LONG = (0.5, 5.0, 20.0, 700.0)  # seconds that a message may take: longer than retries, claims and holds last


@dataclass(slots=True)
class Weather:
    """Decides what becomes of each call, by a seed, and notes it."""

    random: Random
    calm: bool = True
    trace: list[tuple[str, str]] = field(default_factory=list)

    async def before(self, call: str, *, may_die: bool) -> None:
        """Let a call wait, fail before it takes effect, or never go out as its process has died."""
        await asyncio.sleep(0)
        if self.calm:
            return
        chance = self.random.random()
        if chance < 0.02:
            self.trace.append((call, "late"))
            await asyncio.sleep(self.random.choice(LONG))
        elif chance < 0.05:
            self.trace.append((call, "failed"))
            raise StoreWriteFailed
        elif chance < 0.06 and may_die:
            self.trace.append((call, "died"))
            await asyncio.get_running_loop().create_future()

    async def after(self, call: str, *, may_die: bool) -> None:
        """Let the answer of a call that took effect wait, get lost, or come back to a process that has died."""
        self.trace.append((call, "done"))
        if self.calm:
            return
        chance = self.random.random()
        if chance < 0.03:
            self.trace.append((call, "lost"))
            raise TransactionFailed
        if chance < 0.04 and may_die:
            self.trace.append((call, "died"))
            await asyncio.get_running_loop().create_future()


is_awaited = cache(inspect.iscoroutinefunction)


class Reached:
    """A store, or a part of it, as one process reaches it through the weather."""

    def __init__(self, real: Any, weather: Weather, *, may_die: bool = True) -> None:
        self._real = real
        self._weather = weather
        self._may_die = may_die

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._real, name)
        if name == "transaction":
            reached: Any = self._transaction
        elif is_awaited(getattr(found, "__func__", None)):
            reached = self._called(name, found)
        elif callable(found):
            reached = found
        else:
            reached = Reached(found, self._weather, may_die=self._may_die)
        setattr(self, name, reached)
        return reached

    def _called(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        async def call(*arguments: Any, **options: Any) -> Any:
            await self._weather.before(name, may_die=self._may_die)
            answer = await method(*arguments, **options)
            await self._weather.after(name, may_die=self._may_die)
            return answer

        return call

    @asynccontextmanager
    async def _transaction(self, *arguments: Any, **options: Any) -> AsyncIterator[Any]:
        await self._weather.before("transaction", may_die=self._may_die)
        # Who dies in the middle rolls back, as who fails does: its connection ends.
        async with self._real.transaction(*arguments, **options) as unit:
            yield Reached(unit, self._weather, may_die=False)
        await self._weather.after("transaction", may_die=self._may_die)
