"""Forms that must take effect once: a key in a hidden field reveals one sent again."""

import re
import secrets
from dataclasses import replace
from typing import TypeVar

from booked.adapters.http.contracts.web.forms import KeyForm, read_form
from booked.adapters.http.contracts.web.visits import AnyRequest, user_of
from booked.adapters.http.errors import InvalidForm
from booked.adapters.http.requests.idempotency import fingerprint
from booked.domain.model.sale.idempotency import IdempotencyKey

_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")


Form = TypeVar("Form", bound=KeyForm)


def new_key() -> str:
    """Return a key for the forms of a page, another one each time it is made.

    Visitors may share a page, and with it a key. It counts together with the user who sends the form.
    """
    return secrets.token_urlsafe(16)


def read_once(request: AnyRequest, body: bytes, kind: type[Form]) -> tuple[Form, IdempotencyKey]:
    """Return the form in this body, as it was sent there, and its key.

    Raises as `read_form` does, and `InvalidForm` for other text than a key.
    """
    form = read_form(body, kind)
    return form, _key_of(request, body, form)


def key_of_choice(request: AnyRequest, body: bytes, form: KeyForm) -> IdempotencyKey:
    """Return the key of the form in this body, which somebody may send again with another choice.

    Another choice is a request of its own. Raises `InvalidForm` as `read_once` does.
    """
    key = _key_of(request, body, form)
    return replace(key, key=f"{key.key} {key.fingerprint.hex()}")  # no request has a key with a space


def _key_of(request: AnyRequest, body: bytes, form: KeyForm) -> IdempotencyKey:
    if not _KEY.fullmatch(form.key):
        raise InvalidForm("It has no key. Load the page again and send its form.")
    asked = fingerprint("POST", request.scope["path"], body)
    return IdempotencyKey(user_of(request).id, form.key, asked)
