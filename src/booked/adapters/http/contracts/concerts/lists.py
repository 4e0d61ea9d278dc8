"""Lists as arrays, with the address of the next page in a header: `Link: <…>; rel="next"` (RFC 8288)."""

from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode

from litestar import Request

from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.pages import Page

Body = TypeVar("Body")


def listed(request: Request[Any, Any, Any], path: str, page: Page[Body]) -> Answer[list[Body]]:
    """Return the items of a page and, if there are more, the address of the next page for the same query."""
    if page.next_cursor is None:
        return Answer(page.items)
    asked = parse_qsl(request.scope["query_string"].decode(), keep_blank_values=True)
    query = urlencode([*((name, text) for name, text in asked if name != "cursor"), ("cursor", page.next_cursor)])
    return Answer(page.items, headers={"Link": f'<{path}?{query}>; rel="next"'})
