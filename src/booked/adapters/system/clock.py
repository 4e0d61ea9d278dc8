"""The clock on the wall."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

MICROSECOND = timedelta(microseconds=1)


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> timedelta:
        return time.monotonic_ns() // 1000 * MICROSECOND  # a third of the time that it takes from seconds

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
