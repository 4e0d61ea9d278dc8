"""Bodies packed with gzip, for clients that take it (RFC 9110 section 12.5.3)."""

import gzip
from collections.abc import Iterable

PACKED = {"Content-Encoding": "gzip"}


def packed(body: bytes, level: int) -> bytes:
    """Return a body as gzip. The same body always gives the same bytes."""
    return gzip.compress(body, level, mtime=0)


def takes_gzip(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Tell whether a request names gzip among what it takes, with another weight than zero."""
    named = (coding for name, value in headers if name == b"accept-encoding" for coding in value.lower().split(b","))
    for coding in named:
        name, _, weight = coding.partition(b";")
        if name.strip() == b"gzip":
            return bool(weight.strip().removeprefix(b"q=").strip(b"0.")) or not weight.strip()
    return False
