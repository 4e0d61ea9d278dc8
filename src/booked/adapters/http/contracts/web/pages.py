"""Routes of pages: whom each is for is stated once, and `admit` sees to it."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from litestar.handlers import HTTPRouteHandler

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.in_time import in_time
from booked.adapters.http.contracts.web.rendering import lead_to
from booked.adapters.http.contracts.web.visits import AnyRequest, admit
from booked.adapters.http.responses.answers import Answer

Decorator = Callable[[Callable[..., Any]], HTTPRouteHandler]

_PARAMETER = re.compile(r"{(\w+):\w+}")


@dataclass(frozen=True, slots=True)
class Pages:
    """Decorators for the handlers of some pages, which become its `routes`.

    Pages for `Access.USER` and above are for those logged in with this role; others are led to the login. With
    `in_time` what a form is sent to ends in time.
    """

    access: Access = Access.PUBLIC
    in_time: bool = False
    routes: list[HTTPRouteHandler] = field(default_factory=list)

    def get(self, path: str, access: Access | None = None) -> Decorator:
        """Add a page."""
        return self._adding("GET", path, access, admit)

    def post(self, path: str, access: Access | None = None, *, page: str | None = None) -> Decorator:
        """Add what a form is sent to. It answers with 303, or with the form and what is wrong with it.

        `page` is the page of the form, where the `path` has none of its own: a GET of the path leads there. Browsers
        send one for a form that was shown again, after a change of the language or a login.
        """
        if page is not None:
            self.get(path, access)(_leading_to(page))
        return self._adding("POST", path, access, admit)

    def open(self, path: str) -> Decorator:
        """Add what is the same for everybody, such as a picture: nobody is asked who they are."""
        return self._adding("GET", path, Access.PUBLIC, _let_in)

    def _adding(self, method: Any, path: str, access: Access | None, before: Any) -> Decorator:
        def add(function: Callable[..., Any]) -> HTTPRouteHandler:
            handler = HTTPRouteHandler(
                path,
                http_method=method,
                status_code=200,
                before_request=before,
                opt={"access": access or self.access},
            )(in_time(function) if self.in_time and method == "POST" else function)
            self.routes.append(handler)
            return handler

        return add


def _leading_to(page: str) -> Callable[[AnyRequest], Awaitable[Answer[bytes]]]:
    """Return a handler that leads to a page, which has parameters of the handler's path in its own."""

    async def lead(request: AnyRequest) -> Answer[bytes]:
        sent = request.path_params
        return lead_to(request, _PARAMETER.sub(lambda found: quote(str(sent[found[1]]), safe=""), page))

    return lead


async def _let_in(_: Any) -> None:
    """Admit everybody."""
