"""A short way around the framework, for the requests of a rush.

Finding a route, resolving what its handler is given and wrapping what it returns take a quarter of the CPU of such a
request. For a `rushed` handler all of this is known beforehand: it is called here with the same arguments, made by
the same functions. A request that is not plainly for such a handler takes the long way.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from litestar.types import ASGIApp, Receive, Scope, Send

from booked.adapters.http.access.gate import Gate
from booked.adapters.http.access.levels import Access
from booked.adapters.http.operations.room import Room
from booked.adapters.http.requests.light_request import LightRequest
from booked.adapters.http.requests.request import JSON, ApiRequest, Reading, reading_of
from booked.adapters.http.responses.answers import Answer, Encoded, encode
from booked.adapters.http.responses.errors import answer_refusal, answer_unforeseen
from booked.domain.errors import BookedError

Giver = Callable[[ApiRequest], Awaitable[Any]]

_PLAIN_HOST = re.compile(rb"[0-9A-Za-z.:\[\]-]*")
_PLAIN_LENGTH = re.compile(rb"[0-9]{1,4}")  # of a body that is never too long


class Shortcut:
    """Answers requests for the rushed handlers of an application, and leaves all others to the long way.

    `given` has, for each name that a handler may declare, what gives it its value. `room` is for the requests of both
    ways.
    """

    def __init__(self, app: Litestar, long_way: ASGIApp, given: Mapping[str, Giver], room: Room) -> None:
        self._app = app
        self._long_way = long_way
        self._room = room
        self._handlers = {
            (method, path): _Rushed.of(handler, route.path, given)
            for route in app.routes
            if isinstance(route, HTTPRoute)
            for handler in route.route_handlers
            if handler.opt.get("rushed")
            for method in handler.http_methods
            for path in (route.path, f"{route.path}/")
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        rushed = self._handlers.get((scope.get("method"), scope["path"]))  # type: ignore[arg-type]  # a string or None
        headers = dict(scope["headers"]) if rushed else {}
        if rushed is None or not _is_plain(scope, headers):
            await self._long_way(scope, receive, send)
            return
        scope["route_handler"] = rushed.handler
        scope["path"] = scope["path_template"] = rushed.path
        request = LightRequest(scope, receive, send)
        try:
            answered = await self._answer(rushed, request, headers)
        except BookedError as refusal:
            answered = answer_refusal(request, refusal).encoded()
        except Exception as error:
            answered = answer_unforeseen(request, error).encoded()
        await answered.send_by(send)

    async def _answer(self, rushed: "_Rushed", request: LightRequest, headers: Mapping[bytes, bytes]) -> Encoded:
        room = self._room
        room.enter()
        try:
            gate: Gate = self._app.state["gate"]
            request.scope["auth"] = await gate.identify_by(headers.get(b"authorization", b""))
        finally:
            room.leave()
        body = await request.receive_body(int(headers.get(b"content-length", b"0")))
        room.enter()
        try:
            data = rushed.reading.read(body)
            arguments = {}
            for name, give in rushed.givers:
                arguments[name] = await give(request)
            returned = await rushed.handler.fn(request=request, data=data, **arguments)
        finally:
            room.leave()
        if isinstance(returned, Answer):
            return returned.encoded()
        return encode(returned, rushed.handler.status_code, rushed.handler.media_type)


@dataclass(frozen=True, slots=True)
class _Rushed:
    """A handler at its path, how its bodies are read, and what gives it its other arguments."""

    handler: HTTPRouteHandler
    path: str
    reading: Reading
    givers: tuple[tuple[str, Giver], ...]

    @classmethod
    def of(cls, handler: HTTPRouteHandler, path: str, given: Mapping[str, Giver]) -> "_Rushed":
        if handler.opt.get("access", Access.USER) is not Access.USER:
            raise ValueError(f"A rushed handler is for users, and {handler} is for others.")
        names = handler.parsed_fn_signature.parameters.keys() - {"request", "data"}
        return cls(handler, path, reading_of(handler), tuple((name, given[name]) for name in sorted(names)))


def _is_plain(scope: Scope, headers: Mapping[bytes, bytes]) -> bool:
    """Tell whether neither the framework nor a reader of bodies has anything to say about the head of a request."""
    return (
        len(headers) == len(scope["headers"])  # type: ignore[arg-type]  # a list
        and not scope["query_string"]
        and headers.get(b"content-type") == JSON
        and b"content-encoding" not in headers
        and b"transfer-encoding" not in headers
        and _PLAIN_HOST.fullmatch(headers.get(b"host", b"")) is not None
        and _PLAIN_LENGTH.fullmatch(headers.get(b"content-length", b"0")) is not None
    )
