"""A short way around the framework, for the requests of a rush.

Finding a route, resolving what its handler is given and wrapping what it returns take a quarter of the CPU of such a
request. For a `rushed` handler all of this is known beforehand: it is called here with the same arguments, made by
the same functions. A request that is not plainly for such a handler takes the long way.
"""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from litestar.types import ASGIApp, Receive, Scope, Send

from booked.adapters.http.access.authorization import authorize
from booked.adapters.http.requests.light_request import LightRequest
from booked.adapters.http.requests.request import ApiRequest, Reading, reading_of
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.errors import answer_refusal, answer_unforeseen
from booked.domain.errors import BookedError

Giver = Callable[[ApiRequest], Awaitable[Any]]

_PLAIN_HOST = re.compile(rb"[0-9A-Za-z.:\[\]-]*")


class Shortcut:
    """Answers requests for the rushed handlers of an application, and leaves all others to it.

    `given` has, for each name that a handler may declare, what gives it its value.
    """

    def __init__(self, app: Litestar, given: Mapping[str, Giver]) -> None:
        self._long_way: ASGIApp = app.asgi_handler
        self._handlers = {
            (method, path): _Rushed(handler, route.path, reading_of(handler), _givers_of(handler, given))
            for route in app.routes
            if isinstance(route, HTTPRoute)
            for handler in route.route_handlers
            if handler.opt.get("rushed")
            for method in handler.http_methods
            for path in (route.path, f"{route.path}/")
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        rushed = self._handlers.get((scope.get("method"), scope["path"]))  # type: ignore[arg-type]  # a string or None
        if rushed is None or not _has_plain_host(scope["headers"]):
            await self._long_way(scope, receive, send)
            return
        scope["route_handler"] = rushed.handler
        scope["path"] = scope["path_template"] = rushed.path
        request = LightRequest(scope, receive, send)
        try:
            await authorize(request)
            answered = (await rushed.answer(request)).to_asgi_response()
        except BookedError as refusal:
            answered = answer_refusal(request, refusal).to_asgi_response()
        except Exception as error:
            answered = answer_unforeseen(request, error).to_asgi_response()
        await answered(scope, receive, send)


@dataclass(frozen=True, slots=True)
class _Rushed:
    """A handler at its path, how its bodies are read, and what gives it its other arguments."""

    handler: HTTPRouteHandler
    path: str
    reading: Reading
    givers: tuple[tuple[str, Giver], ...]

    async def answer(self, request: ApiRequest) -> Answer[Any]:
        data = await request.read(self.reading)
        arguments = {}
        for name, give in self.givers:
            arguments[name] = await give(request)
        returned = await self.handler.fn(request=request, data=data, **arguments)
        if isinstance(returned, Answer):
            return returned
        return Answer(returned, status_code=self.handler.status_code, media_type=self.handler.media_type)


def _givers_of(handler: HTTPRouteHandler, given: Mapping[str, Giver]) -> tuple[tuple[str, Giver], ...]:
    names = handler.parsed_fn_signature.parameters.keys() - {"request", "data"}
    return tuple((name, given[name]) for name in sorted(names))


def _has_plain_host(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Tell whether the framework has nothing to say about the Host header."""
    for name, value in headers:  # noqa: SIM110 - a generator takes twice as long
        if name == b"host" and not _PLAIN_HOST.fullmatch(value):
            return False
    return True
