"""Time and fresh ids."""

from datetime import datetime
from typing import Protocol
from uuid import UUID


class Clock(Protocol):
    def now(self) -> datetime:
        """The present, in UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return when this many seconds have passed on this clock."""
        ...


class Ids(Protocol):
    def unique(self) -> UUID:
        """A UUIDv7 (RFC 9562) never given out before; later ones sort after earlier ones."""
        ...
