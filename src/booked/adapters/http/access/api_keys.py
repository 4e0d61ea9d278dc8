"""API keys in requests: as bearer tokens (RFC 6750), or in the header `X-API-Key`."""

import re
from collections.abc import Iterable, Iterator

from booked.domain.errors import InvalidApiKey
from booked.domain.model.people.api_keys import MARK

RawHeaders = Iterable[tuple[bytes, bytes]]

_BEARER = re.compile(rb"(?i:bearer) (.*)", re.DOTALL)


def api_key_in(headers: RawHeaders) -> str | None:
    """Return what is sent as an API key, valid or not; None for nothing. Raises `InvalidApiKey` for several."""
    shown = list(_shown(headers))
    if len(shown) > 1:
        raise InvalidApiKey("Several keys are sent. Send one.")
    return shown[0] if shown else None


def has_other_credentials(headers: RawHeaders) -> bool:
    """Tell whether a request has an Authorization header without an API key."""
    return any(name == b"authorization" and not _credentials(value).startswith(MARK) for name, value in headers)


def _shown(headers: RawHeaders) -> Iterator[str]:
    for name, value in headers:
        if name == b"authorization":
            yield _credentials(value)
        elif name == b"x-api-key":
            yield value.decode("latin-1")


def _credentials(authorization: bytes) -> str:
    """Return the credentials of a bearer, empty for any other scheme."""
    bearer = _BEARER.fullmatch(authorization)
    return bearer[1].decode("latin-1") if bearer else ""
