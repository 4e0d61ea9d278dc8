"""Answer OPTIONS with the methods of an address."""

from collections.abc import Iterable

from litestar import MediaType, Response, route
from litestar.handlers import HTTPRouteHandler


def show_methods_of(handlers: Iterable[HTTPRouteHandler]) -> list[HTTPRouteHandler]:
    """Return a handler of OPTIONS per address. Those of the framework know only the first handler of an address."""
    methods: dict[str, set[str]] = {}
    for handler in handlers:
        for path in handler.paths:
            methods.setdefault(path, {"OPTIONS"}).update(handler.http_methods)
    return [_handler(path, ", ".join(sorted(taken))) for path, taken in methods.items()]


def _handler(path: str, methods: str) -> HTTPRouteHandler:
    @route(path, http_method="OPTIONS", status_code=204, media_type=MediaType.TEXT)
    async def show_methods() -> Response[None]:
        return Response(None, headers={"Allow": methods}, media_type=MediaType.TEXT)

    return show_methods
