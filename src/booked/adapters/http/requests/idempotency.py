"""Idempotency-Key: a request that is sent again with the same key takes effect once."""

import hashlib
import re

from litestar.di import NamedDependency

from booked.adapters.http.requests.request import ApiRequest
from booked.domain.errors import InvalidIdempotencyKey
from booked.domain.model.sale.idempotency import IdempotencyKey

IdempotencyHeader = NamedDependency[IdempotencyKey | None]
"""`once: IdempotencyHeader` is the request's caller, key and fingerprint, None where it was sent without a key."""

KEY_LENGTH = 255

_KEY = re.compile(rb"[\x21-\x7e]{1,%d}" % KEY_LENGTH)


async def idempotency_key(request: ApiRequest) -> IdempotencyKey | None:
    """What tells this request from others, if it has a key. Raises `InvalidIdempotencyKey`."""
    keys = [value for name, value in request.scope["headers"] if name == b"idempotency-key"]
    if not keys:
        return None
    if len(keys) > 1 or not _KEY.fullmatch(keys[0]):
        raise InvalidIdempotencyKey
    takes_body = "data" in request.route_handler.parsed_fn_signature.parameters
    body = await request.body() if takes_body else b""
    caller = request.visitor.user_id if request.visitor else request.counter
    return IdempotencyKey(caller, keys[0].decode(), _fingerprint(request.scope["method"], request.scope["path"], body))


def _fingerprint(method: str, path: str, body: bytes) -> bytes:
    """SHA-256 over all that a request asks for; a last slash of the path makes no difference."""
    return hashlib.sha256(b"\n".join([method.encode(), path.rstrip("/").encode(), body])).digest()
