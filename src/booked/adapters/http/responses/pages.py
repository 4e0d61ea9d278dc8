"""Lists in pages: a page tells where the next one begins by an opaque cursor.

A cursor holds the position of the last row shown, and a digest of the query.
"""

import base64
import hashlib
from collections.abc import Callable, Sequence
from typing import Annotated, Generic, TypeVar

import msgspec
from msgspec import Meta

from booked.adapters.http.requests.fields import CanonicalId
from booked.domain.errors import InvalidCursor
from booked.domain.model.text import require_plain

PAGE = 20
PAGE_MOST = 100
CURSOR_LENGTH = 1_200  # room for the longest name, of characters of four bytes each

Row = TypeVar("Row")
Body = TypeVar("Body")
Position = TypeVar("Position", bound=msgspec.Struct)
AnyId = TypeVar("AnyId", bound=str)

_BINDING = 8  # bytes


class PageQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What every list takes. Queries of lists inherit from it and add filters."""

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


class IdPosition(msgspec.Struct, frozen=True):
    """The position of a row in a list ordered by ids."""

    id: CanonicalId


def page_of(
    rows: Sequence[Row], query: PageQuery, body: Callable[[Row], Body], position: Callable[[Row], msgspec.Struct]
) -> Page[Body]:
    """Return a page of these rows. Ask for one row more than `query.limit`: it tells if there is another page.

    `position` gives a row's place in the order of the list, which `position_in` returns for the next page. Anybody can
    make a cursor up, so bound the types of its fields like those of any message.
    """
    shown = rows[: query.limit]
    end = position(shown[-1]) if len(rows) > len(shown) else None
    return page_up_to([body(row) for row in shown], query, end)


def page_up_to(items: list[Body], query: PageQuery, end: msgspec.Struct | None) -> Page[Body]:
    """Return a page of these items. `end` is the position behind them, or None on the last page."""
    return Page(items, None if end is None else _cursor(query, type(end).__name__, end))


def position_in(query: PageQuery, kind: type[Position]) -> Position | None:
    """Return the position behind which the page begins, or None for the first page.

    Raises `InvalidCursor` for other text, or for a cursor of another query.
    """
    return _position(query, kind.__name__, kind)


def page_by_id(
    rows: Sequence[Row],
    query: PageQuery,
    body: Callable[[Row], Body],
    kind: type[AnyId],
    id_of: Callable[[Row], AnyId],
) -> Page[Body]:
    """Return a page as `page_of` does, of a list ordered by ids of this kind."""
    shown = rows[: query.limit]
    cursor = _cursor(query, kind.__name__, IdPosition(id_of(shown[-1]))) if len(rows) > len(shown) else None
    return Page([body(row) for row in shown], cursor)


def id_behind(query: PageQuery, kind: type[AnyId]) -> AnyId | None:
    """Return the id behind which the page begins, as `position_in` does."""
    position = _position(query, kind.__name__, IdPosition)
    return None if position is None else kind(position.id)


def _position(query: PageQuery, order: str, kind: type[Position]) -> Position | None:
    if query.cursor is None:
        return None
    try:
        raw = base64.b64decode(query.cursor.encode("ascii"), altchars=b"-_", validate=True)
        position = msgspec.json.decode(raw[_BINDING:], type=kind)
    except ValueError as cause:
        raise InvalidCursor from cause
    if raw[:_BINDING] != _binding(query, order):
        raise InvalidCursor(
            "The cursor belongs to a list that was asked for differently. Ask as you did for the page before."
        )
    for value in msgspec.structs.astuple(position):
        if isinstance(value, str):
            require_plain(value, InvalidCursor, "cursor", CURSOR_LENGTH)
    return position


def _cursor(query: PageQuery, order: str, position: msgspec.Struct) -> str:
    raw = _binding(query, order) + msgspec.json.encode(position)
    # Padded to whole groups with white space, which JSON may end in, so that no "=" needs escaping in addresses.
    raw += b" " * (-len(raw) % 3)
    return base64.urlsafe_b64encode(raw).decode()


def _binding(query: PageQuery, order: str) -> bytes:
    """Return a digest of what all pages of a list have in common: what is looked for and in which order."""
    whole = msgspec.structs.replace(query, limit=PAGE, cursor=None)
    text = msgspec.json.encode([type(query).__qualname__, order, whole], order="deterministic")
    return hashlib.sha256(text).digest()[:_BINDING]
