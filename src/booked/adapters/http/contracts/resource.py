"""A resource: its path and its tag are stated once, and a handler adds only what is its own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict, Unpack

import msgspec
from litestar.handlers import HTTPRouteHandler

from booked.adapters.http.access.roles import Access
from booked.adapters.http.openapi.document import Doc
from booked.domain.errors import BookedError

Decorator = Callable[[Callable[..., Any]], HTTPRouteHandler]


class Route(TypedDict, total=False):
    """What a handler may say beside its path and its answer; `Doc` tells what most of it means.

    `access` is the resource's and `status` the usual one of the method, unless they are stated.
    """

    access: Access
    status: int
    sends: msgspec.Struct
    returns: object
    gives: Sequence[str]
    also: Mapping[str, str]
    refuses: Sequence[type[BookedError]]


@dataclass(frozen=True, slots=True)
class Resource:
    """Its methods decorate handlers, which become its `routes`. A path that begins with a slash is taken as it is."""

    path: str
    tag: str
    access: Access = Access.USER
    routes: list[HTTPRouteHandler] = field(default_factory=list)

    def get(self, path: str, answer: str, **route: Unpack[Route]) -> Decorator:
        """Add a handler of GET."""
        return self._adding("GET", path, answer, route)

    def post(self, path: str, answer: str, **route: Unpack[Route]) -> Decorator:
        """Add a handler of POST."""
        return self._adding("POST", path, answer, route)

    def put(self, path: str, answer: str, **route: Unpack[Route]) -> Decorator:
        """Add a handler of PUT."""
        return self._adding("PUT", path, answer, route)

    def patch(self, path: str, answer: str, **route: Unpack[Route]) -> Decorator:
        """Add a handler of PATCH."""
        return self._adding("PATCH", path, answer, route)

    def delete(self, path: str, answer: str, **route: Unpack[Route]) -> Decorator:
        """Add a handler of DELETE."""
        return self._adding("DELETE", path, answer, route)

    def _adding(self, method: Any, path: str, answer: str, route: Route) -> Decorator:
        doc = Doc(
            self.tag,
            answer,
            sends=route.get("sends"),
            returns=route.get("returns"),
            gives=route.get("gives", ()),
            also=route.get("also", {}),
            refuses=route.get("refuses", ()),
        )

        def add(function: Callable[..., Any]) -> HTTPRouteHandler:
            handler = HTTPRouteHandler(
                path if path.startswith("/") else self.path + path,
                http_method=method,
                status_code=route.get("status"),
                access=route.get("access", self.access),
                doc=doc,
            )(function)
            self.routes.append(handler)
            return handler

        return add
