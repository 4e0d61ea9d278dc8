"""What the resource API's handlers answer with, so that they stay short."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeVar

from booked.adapters.http.requests.preconditions import ANY, etag
from booked.adapters.http.responses.answers import Answer

T = TypeVar("T")

NO_MORE: Mapping[str, str] = MappingProxyType({})


def created(body: T, location: str, version: int | str | None = None) -> Answer[T]:
    """201 with the address of what was made and, where it has versions, its tag."""
    return Answer(body, status_code=201, headers={"Location": location, **_tagged(version)})


def found(
    body: T,
    version: int | str,
    if_none_match: frozenset[str] = frozenset(),
    headers: Mapping[str, str] = NO_MORE,
) -> Answer[T]:
    """200 with a tag, or 304 where the client has that version already."""
    known = if_none_match & {ANY, etag(version)}
    return Answer(body, status_code=304 if known else 200, headers={**_tagged(version), **headers})


def changed(body: T, version: int | str) -> Answer[T]:
    """200 with the new tag."""
    return Answer(body, status_code=200, headers=_tagged(version))


def _tagged(version: int | str | None) -> dict[str, str]:
    return {} if version is None else {"ETag": etag(version)}
