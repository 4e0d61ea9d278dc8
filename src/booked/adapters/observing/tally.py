"""Counting what happens thousands of times a second."""

from prometheus_client import Counter

from booked.deferring import DeferredAction

DELAY = 1.0  # seconds until the library knows of what was counted


class Tally:
    """Counts events and the tickets in them, and hands both on later: the library asks the system at each step."""

    def __init__(self, events: Counter, tickets: Counter) -> None:
        self._counters = events, tickets
        self._events = self._tickets = 0
        self._handing_over = DeferredAction(self.hand_over, DELAY)

    def add(self, tickets: int) -> None:
        self._events += 1
        self._tickets += tickets
        self._handing_over.soon()

    def hand_over(self) -> None:
        counted, self._events, self._tickets = (self._events, self._tickets), 0, 0
        for counter, number in zip(self._counters, counted, strict=True):
            counter.inc(number)
