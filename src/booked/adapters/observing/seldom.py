"""Saying once a minute what happens all the time."""

import time

SILENCE = 60.0  # seconds


class Seldom:
    """Lets one line of each kind through in a minute, and counts the others."""

    def __init__(self) -> None:
        self._told_at: dict[str, float] = {}
        self._untold: dict[str, int] = {}

    def due(self, kind: str) -> int | None:
        """Return how many lines of this kind were left out since the last one, or None to leave this one out."""
        now = time.monotonic()
        if now < self._told_at.get(kind, -SILENCE) + SILENCE:
            self._untold[kind] = self._untold.get(kind, 0) + 1
            return None
        self._told_at[kind] = now
        return self._untold.pop(kind, 0)
