"""Errors as pages: what happened, in a sentence, and a way on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from booked.adapters.http.contracts.web.forms import form_pairs
from booked.adapters.http.contracts.web.rendering import render
from booked.adapters.http.contracts.web.visits import AnyRequest, visit_of
from booked.adapters.http.errors import InvalidForm
from booked.adapters.http.requests.received_forms import form_received
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.error_bodies import present_request_id
from booked.domain.errors import BookedError, TransactionFailed

AWAY = 503
TOO_SLOW = 408
RETRY_SECONDS = 5
REPEATABLE = frozenset({"key", "version"})  # a form with one of these fields takes effect once
NEVER_SHOWN = frozenset({"password"})


@dataclass(frozen=True, slots=True)
class ErrorView:
    """`reload_s` is after how many seconds the page asks again by itself, None for never.

    `passes` says that trying again may help. `form` has the names and values of a form that can be sent again.
    `reload_sends` says that the browser has such a form, which the page does not have: to reload sends it again.
    """

    status: int
    code: str
    sentence: str
    detail: str
    request_id: str
    reload_s: int | None
    passes: bool = False
    form: Sequence[tuple[str, str]] | None = None
    reload_sends: bool = False


def show_error(request: AnyRequest, error: BookedError, status: int, headers: Mapping[str, str]) -> Answer[bytes]:
    """Return the page of an error."""
    is_form, passes = request.scope["method"] == "POST", status in {AWAY, TOO_SLOW}
    comes_back = status == AWAY and request.scope["method"] == "GET"
    form = _form_of(request, error) if passes else None
    view = ErrorView(
        status=status,
        code=error.code,
        sentence=visit_of(request).language.sentence_of(error),
        detail=error.detail or "",
        request_id=present_request_id(),
        reload_s=RETRY_SECONDS if comes_back else None,
        passes=passes,
        form=form,
        reload_sends=is_form and passes and form is None and not isinstance(error, TransactionFailed),
    )
    return render(request, "error.html", view, status, headers=headers)


def _form_of(request: AnyRequest, error: BookedError) -> Sequence[tuple[str, str]] | None:
    """Return the fields of a form that can be sent again: of none with a password, and none that may count twice."""
    received = form_received(request)
    if received is None:
        return None
    try:
        pairs = form_pairs(received)
    except InvalidForm:
        return None
    names = {name for name, _ in pairs}
    is_safe = bool(names & REPEATABLE) or not isinstance(error, TransactionFailed)
    return pairs if is_safe and not names & NEVER_SHOWN else None
