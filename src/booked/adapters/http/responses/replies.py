"""Answers with the headers of what was made, found or changed."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeVar

from booked.adapters.http.requests.preconditions import ANY, etag
from booked.adapters.http.responses.answers import Answer

T = TypeVar("T")

NO_MORE: Mapping[str, str] = MappingProxyType({})


def created(body: T, location: str, version: int | str | None = None) -> Answer[T]:
    """Return 201 with the address of what was made and, if it has versions, its ETag."""
    return Answer(body, status_code=201, headers={"Location": location, **_tagged(version)})


def found(
    body: T,
    version: int | str,
    if_none_match: frozenset[str] = frozenset(),
    headers: Mapping[str, str] = NO_MORE,
) -> Answer[T]:
    """Return 200 with an ETag, or 304 if the client has this version already."""
    known = if_none_match & {ANY, etag(version)}
    return Answer(body, status_code=304 if known else 200, headers={**_tagged(version), **headers})


def changed(body: T, version: int | str) -> Answer[T]:
    """Return 200 with the new ETag."""
    return Answer(body, status_code=200, headers=_tagged(version))


def _tagged(version: int | str | None) -> dict[str, str]:
    return {} if version is None else {"ETag": etag(version)}
