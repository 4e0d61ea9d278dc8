"""Forms as they were received, for the page of an error: handlers of errors get another request than the route did."""

from typing import Any

from litestar import Request

_FORM = "form"


def note_form(request: Request[Any, Any, Any], body: bytes) -> None:
    """Note the body of a form for `form_received`."""
    request.scope["state"][_FORM] = body


def form_received(request: Request[Any, Any, Any]) -> bytes | None:
    """Return the body of a form; None where it was not read."""
    body: bytes | None = request.scope["state"].get(_FORM)
    return body
