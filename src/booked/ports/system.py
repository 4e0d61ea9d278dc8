"""Time, fresh ids, and whether a store answers."""

from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID


class Clock(Protocol):
    def now(self) -> datetime:
        """Return the time of day in UTC. Somebody may set it, so the difference of two of them is not elapsed time."""
        ...

    def monotonic(self) -> timedelta:
        """Return the time since some moment. Nobody can set it, so use it to measure intervals."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return when this many seconds have passed on this clock."""
        ...


class Ids(Protocol):
    def unique(self) -> UUID:
        """Return a UUIDv7 (RFC 9562) never given out before. Later ones sort after earlier ones."""
        ...


class Answering(Protocol):
    async def ping(self) -> None:
        """Return if the store answers. Raises `StoreReadFailed`."""
        ...
