"""How many requests there are, by route, method and status, and how long they take, for Prometheus."""

import os
from functools import lru_cache

from litestar import Response, get
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from booked.adapters.http.access import Access

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

requests = Counter("booked_http_requests", "Requests answered.", ["route", "method", "status"])
request_seconds = Histogram(
    "booked_http_request_seconds", "How long requests took.", ["route", "method"], buckets=SECONDS
)


def observe(route: str | None, method: str, status: int, seconds: float) -> None:
    """Count a request. What clients can make up freely, paths and methods, does not become a label."""
    counter, histogram = _children(route or "none", method if method in METHODS else "other", status)
    counter.inc()
    histogram.observe(seconds)


@lru_cache(maxsize=4096)
def _children(route: str, method: str, status: int) -> tuple[Counter, Histogram]:
    return requests.labels(route, method, status), request_seconds.labels(route, method)


def exposition() -> bytes:
    """All metrics, and where several processes write theirs into a directory, those of all of them."""
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)


@get("/metrics", access=Access.PUBLIC, sync_to_thread=True)
def show_metrics() -> Response[bytes]:
    return Response(exposition(), media_type=CONTENT_TYPE_LATEST)
