"""The limiter port in memory: for tests, and for limits each process counts by itself."""

from datetime import datetime

from booked.domain.bounded import BoundedDict
from booked.domain.model.people.limits import Limit, Taken
from booked.ports.system import Clock

WINDOWS_MOST = 20_000


class MemoryLimiter:
    """Keep a bounded number of windows. One more drops the window counted in longest ago."""

    def __init__(self, clock: Clock, windows_most: int = WINDOWS_MOST) -> None:
        self._clock = clock
        self._windows = BoundedDict[tuple[str, str], tuple[int, datetime]](windows_most)

    async def take(self, limit: Limit, who: str) -> Taken:
        now, key = self._clock.now(), (limit.name, who)
        used, end = self._windows.get(key, (0, now))
        if end <= now:
            used, end = 0, now + limit.window
        allowed = used < limit.most
        if allowed:
            used += 1
            self._windows[key] = used, end
        return Taken(allowed, max(0, limit.most - used), end - now)

    async def give_back(self, limit: Limit, who: str) -> None:
        used, end = self._windows.get((limit.name, who), (0, self._clock.now()))
        if used > 1 and end > self._clock.now():
            self._windows[limit.name, who] = used - 1, end
        else:
            self._windows.pop((limit.name, who), None)

    async def count(self, limit: Limit, who: str) -> int:
        used, end = self._windows.get((limit.name, who), (0, self._clock.now()))
        return used if end > self._clock.now() else 0

    async def forget(self, limit: Limit, who: str) -> None:
        self._windows.pop((limit.name, who), None)

    def __len__(self) -> int:
        return len(self._windows)
