"""Requests that change something come from pages of ours, and from no other site (Fetch Metadata, RFC 6454)."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from booked.adapters.http.errors import ForeignRequest

RawHeaders = Iterable[tuple[bytes, bytes]]

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OURS = frozenset({b"same-origin", b"none"})


def require_our_origin(method: str, headers: RawHeaders, public_url: str | None) -> None:
    """Raise `ForeignRequest` for an unsafe method, unless the browser says that a page of ours sent it.

    Browsers send no `Sec-Fetch-Site` over plain http, but they do send the `Origin` of a form.
    """
    if method in SAFE:
        return
    sites = _values(headers, b"sec-fetch-site")
    if sites:
        ours = len(sites) == 1 and sites[0] in _OURS
    else:
        origins = _values(headers, b"origin")
        ours = len(origins) == 1 and _is_ours(origins[0], headers, public_url)
    if not ours:
        raise ForeignRequest


def _is_ours(origin: bytes, headers: RawHeaders, public_url: str | None) -> bool:
    try:
        sent = urlsplit(origin.decode("latin-1"))
    except ValueError:  # brackets without an address of IPv6 in them
        return False
    if public_url is not None:
        public = urlsplit(public_url)
        return (sent.scheme, sent.netloc.lower()) == (public.scheme, public.netloc.lower())
    hosts = _values(headers, b"host")
    return sent.scheme in {"http", "https"} and hosts == [sent.netloc.encode("latin-1")]


def _values(headers: RawHeaders, name: bytes) -> list[bytes]:
    return [value for header, value in headers if header == name]
