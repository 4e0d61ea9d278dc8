"""Time and fresh ids."""

from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID


class Clock(Protocol):
    def now(self) -> datetime:
        """Return the time of day in UTC. Somebody may set it: two of them say nothing of how much time has passed."""
        ...

    def monotonic(self) -> timedelta:
        """Return the time since some moment, which nobody can set. Intervals are measured by it."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return when this many seconds have passed on this clock."""
        ...


class Ids(Protocol):
    def unique(self) -> UUID:
        """A UUIDv7 (RFC 9562) never given out before; later ones sort after earlier ones."""
        ...
