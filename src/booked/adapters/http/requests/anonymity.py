"""Telling whether anybody in particular asks."""

from collections.abc import Iterable

RawHeaders = Iterable[tuple[bytes, bytes]]


def is_anonymous(headers: RawHeaders) -> bool:
    """Tell whether a request has no Authorization header."""
    return all(name != b"authorization" for name, _ in headers)
