"""How long to wait before an ended process is started again."""

SHORTEST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 5.0
HEALTHY_AFTER_S = 30.0


class Backoff:
    """Pauses that double from the shortest to the longest, as long as the process does not live for half a minute."""

    def __init__(self) -> None:
        self._next_s = SHORTEST_PAUSE_S

    def pause_s(self, lived_s: float) -> float:
        """Return the seconds to wait, now that the process has ended after living for some."""
        pause_s = SHORTEST_PAUSE_S if lived_s > HEALTHY_AFTER_S else self._next_s
        self._next_s = min(2 * pause_s, LONGEST_PAUSE_S)
        return pause_s
