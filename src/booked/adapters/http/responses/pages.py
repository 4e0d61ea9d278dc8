"""Lists in pages: a page tells where the next one begins by an opaque cursor."""

import base64
import hashlib
from collections.abc import Callable, Sequence
from typing import Annotated, Generic, TypeVar

import msgspec
from msgspec import Meta

from booked.domain.errors import InvalidCursor
from booked.domain.model.text import require_plain

PAGE = 20
PAGE_MOST = 100
CURSOR_LENGTH = 1_200  # room for the longest name, of characters of four bytes each

Row = TypeVar("Row")
Body = TypeVar("Body")
Position = TypeVar("Position", bound=msgspec.Struct)

_BINDING = 8  # bytes


class PageQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What every list takes. Queries of lists inherit from it and add what can be looked for."""

    limit: Annotated[int, Meta(ge=1, le=PAGE_MOST, description="How many to list.", examples=[PAGE])] = PAGE
    cursor: (
        Annotated[
            str,
            Meta(max_length=CURSOR_LENGTH, description="`next_cursor` of the page before, with all else unchanged."),
        ]
        | None
    ) = None


class Page(msgspec.Struct, Generic[Body], frozen=True):
    """`next_cursor` is the `cursor` of the next page, null on the last one."""

    items: list[Body]
    next_cursor: str | None


def page_of(
    rows: Sequence[Row], query: PageQuery, body: Callable[[Row], Body], position: Callable[[Row], msgspec.Struct]
) -> Page[Body]:
    """A page of these rows, which were asked for with a limit of one more than the page has room for.

    `position` is what `position_in` is to give back for the next page: where a row stands in the order of the list.
    Anybody can make a cursor up, so its types are bounded like those of any other message.
    """
    shown = rows[: query.limit]
    more = len(rows) > len(shown)
    return Page([body(row) for row in shown], _cursor(query, position(shown[-1])) if more else None)


def page_up_to(items: list[Body], query: PageQuery, end: msgspec.Struct | None) -> Page[Body]:
    """A page of as many items as there may be. `end` is what `position_in` is to give back, None on the last page."""
    return Page(items, _cursor(query, end) if end else None)


def position_in(query: PageQuery, kind: type[Position]) -> Position | None:
    """Behind which row the page begins, None for the first page.

    Raises `InvalidCursor` if the cursor is not one of ours, or of a list that was asked for differently.
    """
    if query.cursor is None:
        return None
    try:
        raw = base64.b64decode(query.cursor.encode("ascii"), altchars=b"-_", validate=True)
        position = msgspec.json.decode(raw[_BINDING:], type=kind)
    except ValueError as cause:
        raise InvalidCursor from cause
    if raw[:_BINDING] != _binding(query):
        raise InvalidCursor("The cursor belongs to a list that was asked for differently.")
    for value in msgspec.structs.astuple(position):
        if isinstance(value, str):
            require_plain(value, InvalidCursor, "cursor", CURSOR_LENGTH)
    return position


def _cursor(query: PageQuery, position: msgspec.Struct) -> str:
    raw = _binding(query) + msgspec.json.encode(position)
    # Padded to whole groups with white space, which JSON may end in, so that no "=" needs escaping in addresses.
    raw += b" " * (-len(raw) % 3)
    return base64.urlsafe_b64encode(raw).decode()


def _binding(query: PageQuery) -> bytes:
    """What all pages of a list have in common: what it lists, in which order, but not how many at a time."""
    whole = msgspec.structs.replace(query, limit=PAGE, cursor=None)
    text = msgspec.json.encode([type(query).__qualname__, whole], order="deterministic")
    return hashlib.sha256(text).digest()[:_BINDING]
