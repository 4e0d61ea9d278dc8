"""A clock for tests on real stores, which have clocks of their own."""

from datetime import datetime, timedelta

from booked.adapters.system.clock import SystemClock


class AdvancingClock(SystemClock):
    """The time of day, and as much more as a test has advanced it."""

    def __init__(self) -> None:
        self._ahead = timedelta(0)
        self._elapsed = timedelta(0)

    def advance(self, by: timedelta) -> None:
        self._ahead += by
        self._elapsed += by

    def set_ahead(self, by: timedelta) -> None:
        """Set the time of day, back where `by` is negative; no time passes."""
        self._ahead += by

    def now(self) -> datetime:
        return super().now() + self._ahead

    def monotonic(self) -> timedelta:
        return super().monotonic() + self._elapsed
