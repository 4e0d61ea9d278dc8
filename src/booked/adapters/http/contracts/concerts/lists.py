"""Lists as arrays, with the address of the next page in a header: `Link: <…>; rel="next"` (RFC 8288)."""

from typing import Annotated, TypeVar
from urllib.parse import parse_qsl, urlencode

from msgspec import Meta

from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.pages import CURSOR_LENGTH, PAGE_MOST, Page, PageQuery

Body = TypeVar("Body")


class ListQuery(PageQuery, frozen=True, kw_only=True):
    """A page of a list. The default size is the maximum."""

    limit: Annotated[int, Meta(ge=1, le=PAGE_MOST, description="How many to list.", examples=[PAGE_MOST])] = PAGE_MOST
    cursor: (
        Annotated[str, Meta(max_length=CURSOR_LENGTH, description="Where to go on, as the Link header has it.")] | None
    ) = None


def listed(request: ApiRequest, path: str, page: Page[Body]) -> Answer[list[Body]]:
    """Return the items of a page and, if there are more, the address of the next page for the same query."""
    if page.next_cursor is None:
        return Answer(page.items)
    asked = parse_qsl(request.scope["query_string"].decode(), keep_blank_values=True)
    query = urlencode([*((name, text) for name, text in asked if name != "cursor"), ("cursor", page.next_cursor)])
    return Answer(page.items, headers={"Link": f'<{path}?{query}>; rel="next"'})
