"""A clock that moves only when told to."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

NEW_YEAR = datetime(2027, 1, 1, 12, tzinfo=UTC)


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
