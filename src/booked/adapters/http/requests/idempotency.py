"""Idempotency-Key: a request sent again with the same key takes effect once."""

import hashlib
import re
from collections.abc import Iterable

from litestar.di import NamedDependency

from booked.adapters.http.errors import InvalidIdempotencyKey
from booked.domain.model.sale.idempotency import IdempotencyKey

IdempotencyHeader = NamedDependency[IdempotencyKey | None]
"""`idempotency_key: IdempotencyHeader` has a request's caller, key and fingerprint; None if it was sent without one."""

KEY_LENGTH = 255

_KEY = re.compile(rb"[\x21-\x7e]{1,%d}" % KEY_LENGTH)


def key_in(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """Return the key, or None where there is none. Raises `InvalidIdempotencyKey`."""
    keys = [value for name, value in headers if name == b"idempotency-key"]
    if not keys:
        return None
    if len(keys) > 1 or not _KEY.fullmatch(keys[0]):
        raise InvalidIdempotencyKey
    return keys[0].decode()


def fingerprint(method: str, path: str, body: bytes) -> bytes:
    """Return SHA-256 over everything a request asks for. A last slash of the path makes no difference."""
    return hashlib.sha256(b"\n".join([method.encode(), path.rstrip("/").encode(), body])).digest()
