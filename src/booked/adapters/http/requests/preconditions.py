"""Entity tags and what depends on them (RFC 9110 sections 8.8.3 and 13).

A tag is a resource's version in quotation marks. Some answers also show what changes without a new version, such as how
many tickets are left. Their tags have a digest of the answer after the version: it tells caches what is new, and does
not hinder a change.
"""

import hashlib
import re
from collections.abc import Iterable

import msgspec
from litestar.di import NamedDependency

from booked.adapters.http.errors import PreconditionRequired
from booked.domain.errors import PreconditionFailed

RawHeaders = Iterable[tuple[bytes, bytes]]

IfMatch = NamedDependency[int | None]
"""`if_match: IfMatch` is the version that a change is based on, None for any. It must be sent."""

IfMatchOptional = NamedDependency[int | None]
"""`if_match_optional: IfMatchOptional` is the version that a deletion is based on, None for any."""

IfNoneMatch = NamedDependency[frozenset[str]]
"""`if_none_match: IfNoneMatch` has the tags of what the client has already, for `found`."""

ANY = "*"

_DIGITS = 18
_DIGEST = 16  # hexadecimal digits
_VERSION = re.compile(rf'"([0-9]{{1,{_DIGITS}}})(?:-[0-9a-f]{{{_DIGEST}}})?"')
_TAG = re.compile(r'(?:W/)?("[\x21\x23-\x7e]*")')


def etag(version: int | str) -> str:
    """Return the entity tag of a version."""
    return f'"{version}"'


def with_digest(version: int, body: msgspec.Struct) -> str:
    """Return a version with a digest of everything shown."""
    return f"{version}-{hashlib.sha256(msgspec.json.encode(body)).hexdigest()[:_DIGEST]}"


def version_in(headers: RawHeaders) -> int | None:
    """Return the version named by If-Match, None for any.

    Raises `PreconditionRequired` if it is not sent, and `PreconditionFailed` for a tag that was never ours.
    """
    named = _values(headers, b"if-match")
    if not named:
        raise PreconditionRequired
    if named == [ANY]:
        return None
    version = _VERSION.fullmatch(named[0]) if len(named) == 1 else None
    if version is None:
        raise PreconditionFailed("Send If-Match with the one ETag that you were given.")
    return int(version[1])


def version_if_named(headers: RawHeaders) -> int | None:
    """Return the version If-Match names, None for any, also if it is not sent. Raises `PreconditionFailed`."""
    return version_in(headers) if _values(headers, b"if-match") else None


def tags_in(headers: RawHeaders) -> frozenset[str]:
    """Return the tags named by If-None-Match, to be compared weakly. What cannot be read matches nothing."""
    named = _values(headers, b"if-none-match")
    return frozenset([ANY]) if named == [ANY] else frozenset(_tags(named))


def _tags(named: Iterable[str]) -> Iterable[str]:
    return (tag[1] for list_ in named for tag in _TAG.finditer(list_))


def _values(headers: RawHeaders, wanted: bytes) -> list[str]:
    return [value.decode("latin-1").strip() for name, value in headers if name == wanted]
