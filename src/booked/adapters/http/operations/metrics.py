"""Show what was counted, for Prometheus."""

from litestar import Response, get
from litestar.exceptions import NotFoundException
from prometheus_client import CONTENT_TYPE_LATEST

from booked.adapters.http.access.levels import Access
from booked.adapters.http.operations.exposition import Exposition
from booked.adapters.http.requests.request import ApiRequest


@get("/metrics", access=Access.PUBLIC)
async def show_metrics(request: ApiRequest) -> Response[bytes]:
    if not request.may_read_metrics:
        raise NotFoundException
    exposition: Exposition = request.app.state["exposition"]
    return Response(await exposition.text(), media_type=CONTENT_TYPE_LATEST)
