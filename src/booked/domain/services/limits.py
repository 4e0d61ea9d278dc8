"""What is refused because somebody does it too often."""

from dataclasses import dataclass, field
from datetime import timedelta
from math import ceil

from booked.domain.errors import TooManyRequests
from booked.domain.model.limits import Limit
from booked.ports.limits import Limiter
from booked.ports.observer import Observer

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits in force; None is no limit."""

    logins: Limit | None = None
    registrations: Limit | None = None

    @classmethod
    def of(cls, *, logins: int | None, registrations: int | None) -> "Limits":
        """The limits by how often each thing may be done."""
        return cls(
            logins=_limit("logins", logins, MINUTE),
            registrations=_limit("registrations", registrations, MINUTE),
        )


def _limit(name: str, most: int | None, window: timedelta) -> Limit | None:
    return None if most is None else Limit(name, most, window)


@dataclass(frozen=True, slots=True)
class LimitService:
    """An `address` of None is one that is trusted, and is never limited.

    Each method raises `TooManyRequests`, or `StoreWriteFailed` where nobody can tell.
    """

    limiter: Limiter
    observer: Observer
    limits: Limits = field(default_factory=Limits)

    async def log_in(self, address: str | None) -> None:
        """Count a login, whether its password is right or wrong."""
        await self._take(self.limits.logins, address)

    async def register(self, address: str | None) -> None:
        """Count a registration."""
        await self._take(self.limits.registrations, address)

    async def _take(self, limit: Limit | None, who: str | None) -> None:
        if limit is None or who is None:
            return
        taken = await self.limiter.take(limit, who)
        if not taken.allowed:
            self.observer.limited(limit.name)
            raise TooManyRequests(
                policy=limit.name,
                most=limit.most,
                window_s=int(limit.window.total_seconds()),
                retry_after_s=max(1, ceil(taken.ends_in.total_seconds())),
            )
