"""Ids as clients send them: in paths, where handlers get them parsed, and in fields of messages."""

from collections.abc import Callable
from functools import cache
from typing import Annotated, TypeAlias, TypeVar

from litestar.handlers import BaseRouteHandler
from litestar.params import PathParameter

from booked.adapters.http.requests.fields import shown
from booked.domain.model.ids import parse_uuid

AnyId = TypeVar("AnyId", bound=str)

_UUID = shown(format="uuid")

PathId: TypeAlias = Annotated[AnyId, _UUID, PathParameter()]
"""`booking_id: PathId[BookingId]` is an id in the path, in canonical form. Other text is refused with `InvalidUUID`."""


@cache
def ids_in_path(handler: BaseRouteHandler) -> frozenset[str]:
    """Return the names of the parameters a handler declares as `PathId`."""
    parameters = handler.parsed_fn_signature.parameters
    return frozenset(name for name, parameter in parameters.items() if _UUID in parameter.metadata)


def optional_id(kind: Callable[[str], AnyId], text: str | None) -> AnyId | None:
    """Return the id in an optional field, or None where the field has none. Raises `InvalidUUID`."""
    return None if text is None else kind(parse_uuid(text))
