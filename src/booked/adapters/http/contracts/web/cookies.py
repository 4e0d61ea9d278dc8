"""The cookies of the pages: who is logged in, which language they chose, what a page is to tell once."""

import re
from collections.abc import Iterable

RawHeaders = Iterable[tuple[bytes, bytes]]

SESSION = "session"
LANGUAGE = "language"
NOTICE = "notice"

_SECURED = "__Host-"  # Browsers take such a cookie only from https, for this host alone and all of its paths.
_VALUE = re.compile(r"[A-Za-z0-9_-]{1,100}")


def cookie_in(headers: RawHeaders, name: str, *, secure: bool) -> str | None:
    """Return the value of a cookie of ours; None where there is none, or one with a value we never set."""
    full_name = _full(name, secure)
    for header, value in headers:
        if header == b"cookie":
            for pair in value.decode("latin-1").split(";"):
                sent, _, text = pair.strip().partition("=")
                if sent == full_name:
                    return text if _VALUE.fullmatch(text) else None
    return None


def cookie(name: str, value: str, *, secure: bool, seconds: int) -> str:
    """Return a Set-Cookie that no script can read and no other site sends along with a form."""
    ends = f"{_full(name, secure)}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax"
    return f"{ends}; Secure" if secure else ends


def cookie_removed(name: str, *, secure: bool) -> str:
    """Return a Set-Cookie for removing a cookie."""
    return cookie(name, "", secure=secure, seconds=0)


def _full(name: str, secure: bool) -> str:
    return _SECURED + name if secure else name
