"""A clock that moves only when told to."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

NEW_YEAR = datetime(2027, 1, 1, 12, tzinfo=UTC)


@dataclass(slots=True)
class FrozenClock:
    """Stands at `moment`. Sleeping on it moves it on at once."""

    moment: datetime = NEW_YEAR

    def now(self) -> datetime:
        return self.moment

    async def sleep(self, seconds: float) -> None:
        self.advance(timedelta(seconds=seconds))
        await asyncio.sleep(0)

    def advance(self, by: timedelta) -> None:
        self.moment += by
