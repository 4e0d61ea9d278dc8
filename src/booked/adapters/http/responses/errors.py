"""Exception handlers: each error becomes an answer in the style of the contract that owns the path."""

from typing import Any

import structlog
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap

from booked.adapters.http.contracts.contract import AnyRequest, contract_of, guide_of
from booked.adapters.http.errors import BodyTooLarge, InvalidJSON, MethodNotAllowed, NoSuchRoute, UnknownError
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.error_bodies import present_request_id
from booked.adapters.http.responses.statuses import HEADERS
from booked.domain.errors import BookedError, TooManyRequests

log = structlog.get_logger("booked.http")

# What the framework may raise before or around a handler.
_BY_STATUS: dict[int, type[BookedError]] = {
    400: InvalidJSON,
    404: NoSuchRoute,
    405: MethodNotAllowed,
    413: BodyTooLarge,
}


def answer(request: AnyRequest, error: BookedError, headers: dict[str, str] | None = None) -> Answer[Any]:
    """Return the answer to an error, in the style of the contract that owns the request's path."""
    contract = guide_of(request) if isinstance(error, NoSuchRoute) else contract_of(request)
    status = contract.status_of(type(error))
    headers = headers or HEADERS.get(status, {})
    if contract.error_page:
        return contract.error_page(request, error, status, headers)
    body = contract.error_body.of(error, status, present_request_id())
    return Answer(body, status_code=status, media_type=body.media_type, headers=headers)


def answer_refusal(request: AnyRequest, refusal: BookedError) -> Answer[Any]:
    """Return the answer to an error of ours."""
    return answer(request, refusal, _rate(refusal) if isinstance(refusal, TooManyRequests) else None)


def _rate(refusal: TooManyRequests) -> dict[str, str]:
    """Return Retry-After and the RateLimit header fields of the IETF's draft."""
    return {
        "Retry-After": str(refusal.retry_after_s),
        "RateLimit-Policy": f'"{refusal.policy}";q={refusal.most};w={refusal.window_s}',
        "RateLimit": f'"{refusal.policy}";r=0;t={refusal.retry_after_s}',
    }


def answer_framework(request: AnyRequest, exception: HTTPException) -> Answer[Any]:
    """Return our own error for a refusal of the framework, whose details repeat what was sent."""
    error = _BY_STATUS.get(exception.status_code)
    if error is None:
        return answer_unforeseen(request, exception)
    if error is InvalidJSON:  # bodies are refused by ourselves, so it is not the body
        return answer(request, InvalidJSON("A header of the request is malformed."))
    allow = (exception.headers or {}).get("allow")
    return answer(request, error(), {"Allow": allow} if allow else None)


def answer_unforeseen(request: AnyRequest, exception: Exception) -> Answer[Any]:
    """Log an exception nobody expected, and return an answer that tells nothing of it."""
    log.error("unforeseen", exc_info=exception)
    return answer(request, UnknownError())


EXCEPTION_HANDLERS: ExceptionHandlersMap = {
    BookedError: answer_refusal,
    HTTPException: answer_framework,
    Exception: answer_unforeseen,
}
