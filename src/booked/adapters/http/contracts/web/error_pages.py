"""Errors as pages: what happened, in a sentence, and a way on."""

from collections.abc import Mapping
from dataclasses import dataclass

from booked.adapters.http.contracts.web.rendering import render
from booked.adapters.http.contracts.web.visits import AnyRequest, visit_of
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.error_bodies import present_request_id
from booked.domain.errors import BookedError

AWAY = 503
RETRY_SECONDS = 5


@dataclass(frozen=True, slots=True)
class ErrorView:
    """`reload_s` is after how many seconds the page asks again by itself, None for never."""

    status: int
    code: str
    sentence: str
    detail: str
    request_id: str
    reload_s: int | None


def show_error(request: AnyRequest, error: BookedError, status: int, headers: Mapping[str, str]) -> Answer[bytes]:
    """Return the page of an error."""
    comes_back = status == AWAY and request.scope["method"] == "GET"
    view = ErrorView(
        status=status,
        code=error.code,
        sentence=visit_of(request).language.sentence_of(error),
        detail=error.detail or "",
        request_id=present_request_id(),
        reload_s=RETRY_SECONDS if comes_back else None,
    )
    return render(request, "error.html", view, status, headers=headers)
