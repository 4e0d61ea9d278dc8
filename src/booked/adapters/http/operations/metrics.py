"""Count and time requests by route, method and status, for Prometheus."""

from functools import lru_cache

from litestar import Response, get
from litestar.exceptions import NotFoundException
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram

from booked.adapters.http.access.levels import Access
from booked.adapters.http.operations.exposition import Exposition
from booked.adapters.http.requests.request import ApiRequest

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

requests = Counter("booked_http_requests", "Requests answered.", ["route", "method", "status"])
request_seconds = Histogram(
    "booked_http_request_seconds", "How long requests took.", ["route", "method"], buckets=SECONDS
)


def observe(route: str | None, method: str, status: int, seconds: float | None) -> None:
    """Count a request, and time it unless it is a stream. Paths and methods clients make up do not become labels."""
    counter, histogram = _children(route or "none", method if method in METHODS else "other", status)
    counter.inc()
    if seconds is not None:
        histogram.observe(seconds)


@lru_cache(maxsize=4096)
def _children(route: str, method: str, status: int) -> tuple[Counter, Histogram]:
    return requests.labels(route, method, status), request_seconds.labels(route, method)


@get("/metrics", access=Access.PUBLIC)
async def show_metrics(request: ApiRequest) -> Response[bytes]:
    if not request.may_read_metrics:
        raise NotFoundException
    exposition: Exposition = request.app.state["exposition"]
    return Response(await exposition.text(), media_type=CONTENT_TYPE_LATEST)
