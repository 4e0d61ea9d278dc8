"""Count and time requests by route, method and status, for Prometheus."""

from bisect import bisect_left

from prometheus_client import Counter, Histogram

from booked.deferring import DeferredAction

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
DELAY = 1.0  # seconds until another process can read what was counted here

requests = Counter("booked_http_requests", "Requests answered.", ["route", "method", "status"])
request_seconds = Histogram(
    "booked_http_request_seconds", "How long requests took.", ["route", "method"], buckets=SECONDS
)


class _Tally:
    """Counts requests of one kind until they are handed to the library, whose counters take a lock for each step."""

    __slots__ = ("_counter", "_histogram", "answered", "by_bucket", "seconds")

    def __init__(self, route: str, method: str, status: int) -> None:
        self._counter = requests.labels(route, method, status)
        self._histogram = request_seconds.labels(route, method)
        self._begin()

    def _begin(self) -> None:
        self.answered = 0
        self.seconds = 0.0
        self.by_bucket = [0] * (len(SECONDS) + 1)

    def hand_over(self) -> None:
        if not self.answered:
            return
        self._counter.inc(self.answered)
        # No public way observes many at once, and a collector of one's own would know of this process only.
        self._histogram._sum.inc(self.seconds)
        for bucket, number in zip(self._histogram._buckets, self.by_bucket, strict=True):
            if number:
                bucket.inc(number)
        self._begin()


_tallies: dict[tuple[str, str, int], _Tally] = {}


def observe(route: str | None, method: str, status: int, seconds: float | None) -> None:
    """Count a request, and time it unless it is a stream. Paths and methods clients make up do not become labels."""
    kind = (route or "none", method if method in METHODS else "other", status)
    tally = _tallies.get(kind)
    if tally is None:
        tally = _tallies[kind] = _Tally(*kind)
    tally.answered += 1
    if seconds is not None:
        tally.seconds += seconds
        tally.by_bucket[bisect_left(SECONDS, seconds)] += 1
    _handing_over.soon()


def hand_over() -> None:
    """Let the library know of all requests counted so far."""
    for tally in _tallies.values():
        tally.hand_over()


_handing_over = DeferredAction(hand_over, DELAY)
