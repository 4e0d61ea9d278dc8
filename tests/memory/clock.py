"""A clock that moves only when told to."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

NEW_YEAR = datetime(2027, 1, 1, 12, tzinfo=UTC)
TURNS = 100  # of the event loop, more than any step in memory takes


@dataclass(slots=True)
class FrozenClock:
    """Stands at `moment`. Sleeping on it moves it on at once."""

    moment: datetime = NEW_YEAR
    elapsed: timedelta = timedelta(0)

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> timedelta:
        return self.elapsed

    async def sleep(self, seconds: float) -> None:
        self.advance(timedelta(seconds=seconds))
        await asyncio.sleep(0)

    def advance(self, by: timedelta) -> None:
        self.moment += by
        self.elapsed += by

    def set_ahead(self, by: timedelta) -> None:
        """Set the time of day, back where `by` is negative; no time passes."""
        self.moment += by


@dataclass(slots=True)
class SteppingClock(FrozenClock):
    """Stands still. Who sleeps on it wakes when a test has advanced it far enough."""

    _sleepers: list[tuple[timedelta, asyncio.Future[None]]] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        awake: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self.elapsed + timedelta(seconds=seconds), awake))
        await awake

    @property
    def sleeping(self) -> int:
        """Return how many sleep."""
        return sum(not awake.done() for _, awake in self._sleepers)

    async def step(self, seconds: float) -> None:
        """Advance, and return when all who woke up have done what they can do without more time."""
        self.advance(timedelta(seconds=seconds))
        for until, awake in self._sleepers:
            if until <= self.elapsed and not awake.done():
                awake.set_result(None)
        await settled()


async def settled() -> None:
    """Return when no task in memory has anything more to do."""
    for _ in range(TURNS):
        await asyncio.sleep(0)
