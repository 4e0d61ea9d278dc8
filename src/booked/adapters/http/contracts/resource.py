"""A resource: its path and its tag are stated once, and a handler adds only what is its own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict, Unpack

import msgspec
from litestar import MediaType
from litestar.handlers import HTTPRouteHandler

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.in_time import in_time
from booked.adapters.http.openapi.doc import Doc, Parameter
from booked.domain.errors import BookedError

Decorator = Callable[[Callable[..., Any]], HTTPRouteHandler]


class Route(TypedDict, total=False):
    """What a handler may state beside its path and its answer. `Doc` explains what goes into the documentation.

    `access` defaults to the resource's, and `status` to the usual one of the method. A `rushed` handler takes a body,
    has no parameters in its path, and is called around the framework.
    """

    access: Access
    rushed: bool
    status: int
    media_type: MediaType
    parameters: Sequence[Parameter]
    sends: msgspec.Struct
    returns: object
    gives: Sequence[str]
    also: Mapping[str, str]
    refuses: Sequence[type[BookedError]]


@dataclass(frozen=True, slots=True)
class Resource:
    """Decorators for the handlers of a resource, which become its `routes`.

    Paths are relative to the resource's, unless they begin with a slash. Routes without any `access` are for users.
    With `in_time` those that change something end in time.
    """

    path: str
    tag: str
    access: Access | None = None
    in_time: bool = False
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
            parameters=route.get("parameters", ()),
            sends=route.get("sends"),
            returns=route.get("returns"),
            gives=route.get("gives", ()),
            also=route.get("also", {}),
            refuses=route.get("refuses", ()),
        )

        opt: dict[str, object] = {"doc": doc, "rushed": route.get("rushed", False)}
        if (access := route.get("access", self.access)) is not None:
            opt["access"] = access

        def add(function: Callable[..., Any]) -> HTTPRouteHandler:
            handler = HTTPRouteHandler(
                path if path.startswith("/") else self.path + path,
                http_method=method,
                status_code=route.get("status"),
                media_type=route.get("media_type"),
                opt=opt,
            )(in_time(function) if self.in_time and method != "GET" else function)
            self.routes.append(handler)
            return handler

        return add
