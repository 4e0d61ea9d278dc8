"""Forms that must take effect once: a key in a hidden field says that one is sent again."""

import re
import secrets

from booked.adapters.http.contracts.web.visits import AnyRequest, user_of
from booked.adapters.http.errors import InvalidForm
from booked.adapters.http.requests.idempotency import fingerprint
from booked.domain.model.sale.idempotency import IdempotencyKey

_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")


def new_key() -> str:
    """Return a key for the forms of a page, another one each time that it is shown."""
    return secrets.token_urlsafe(16)


def key_of(request: AnyRequest, body: bytes, sent: str) -> IdempotencyKey:
    """Return the key of the form in this body, as it was sent there. Raises `InvalidForm` for other text."""
    if not _KEY.fullmatch(sent):
        raise InvalidForm("It has no key. Load the page again and send its form.")
    asked = fingerprint("POST", request.scope["path"], body)
    return IdempotencyKey(user_of(request).id, sent, asked)
