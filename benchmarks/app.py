"""The service as it is, and one route more: an authenticated POST that does nothing, the floor of all figures."""

import msgspec
from litestar import Litestar, MediaType, post
from litestar.params import JSONBody

from booked import asgi
from booked.adapters.http.requests.request import ApiRequest


class Nothing(msgspec.Struct, frozen=True):
    event_id: str
    count: int


@post("/benchmark/nothing/", status_code=200, media_type=MediaType.TEXT)
async def do_nothing(request: ApiRequest, data: JSONBody[Nothing]) -> None:
    """Authenticate, decode, answer."""


def create() -> Litestar:
    app = asgi.create()
    app.register(do_nothing)
    return app
