"""A clock for tests on real stores, which have clocks of their own."""

from datetime import datetime, timedelta

from booked.adapters.system.clock import SystemClock


class AdvancingClock(SystemClock):
    """The time of day, and as much more as a test has advanced it."""

    def __init__(self) -> None:
        self._ahead = timedelta(0)

    def advance(self, by: timedelta) -> None:
        self._ahead += by

    def now(self) -> datetime:
        return super().now() + self._ahead
