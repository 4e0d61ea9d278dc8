"""Noticing that the process stood still: it was stopped, or something kept its event loop busy."""

import asyncio
from math import inf
from time import monotonic
from typing import NoReturn

BEAT = 0.5  # seconds
STILL = 2.0  # seconds without a beat
AFTERMATH = 1.0  # seconds after it goes on; what was sent meanwhile arrives within them


class Pulse:
    """Beats while the process goes on, and so knows when it did not."""

    def __init__(self) -> None:
        self._beaten_at = inf  # nothing beats yet
        self._settled_at = 0.0

    @property
    def stood_still(self) -> bool:
        """Tell whether what arrives now may have waited for seconds."""
        now = monotonic()
        self._notice(now)
        return now < self._settled_at

    async def beat(self) -> NoReturn:
        while True:
            now = monotonic()
            self._notice(now)
            self._beaten_at = now
            await asyncio.sleep(BEAT)

    def _notice(self, now: float) -> None:
        if now - self._beaten_at > STILL:
            self._settled_at = now + AFTERMATH
