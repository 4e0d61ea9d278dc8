"""How errors become answers: a status per error and contract, one body for all of them."""

from typing import Any, NamedTuple

import msgspec
import structlog
from litestar import Request
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap
from msgspec import UNSET, UnsetType

from booked.adapters.http.answers import Answer
from booked.domain.errors import (
    AlreadyWaiting,
    BodyTooLarge,
    BookedError,
    Busy,
    EmailTaken,
    EmptyEmail,
    EmptyName,
    EmptyPassword,
    InvalidEmail,
    InvalidEvent,
    InvalidEventId,
    InvalidJSON,
    InvalidPassword,
    InvalidSeatCount,
    InvalidToken,
    InvalidUUID,
    InvalidWaitlistCount,
    MethodNotAllowed,
    NoEventFound,
    NoSuchRoute,
    NotAnAdmin,
    NotJSON,
    NotYourTicket,
    OverTicketLimit,
    PasswordRefused,
    RequestTimeout,
    SeatCountReduced,
    StoreReadFailed,
    StoreWriteFailed,
    TicketNotReserved,
    TokenNotSigned,
    TooFewTickets,
    TransactionFailed,
    UnknownError,
    UserNotFound,
)

AnyRequest = Request[Any, Any, Any]

log = structlog.get_logger("booked.http")


class Statuses(NamedTuple):
    """An error's status in each HTTP contract."""

    booked: int


STATUSES: dict[type[BookedError], Statuses] = {
    InvalidJSON: Statuses(booked=400),
    UnknownError: Statuses(booked=500),
    InvalidUUID: Statuses(booked=400),
    NoSuchRoute: Statuses(booked=404),
    MethodNotAllowed: Statuses(booked=405),
    BodyTooLarge: Statuses(booked=413),
    NotJSON: Statuses(booked=415),
    Busy: Statuses(booked=503),
    RequestTimeout: Statuses(booked=408),
    NotAnAdmin: Statuses(booked=401),
    EmptyPassword: Statuses(booked=400),
    UserNotFound: Statuses(booked=401),
    InvalidPassword: Statuses(booked=401),
    TokenNotSigned: Statuses(booked=500),
    InvalidToken: Statuses(booked=401),
    EmptyEmail: Statuses(booked=400),
    EmptyName: Statuses(booked=400),
    EmailTaken: Statuses(booked=400),
    InvalidEmail: Statuses(booked=400),
    PasswordRefused: Statuses(booked=400),
    InvalidSeatCount: Statuses(booked=400),
    InvalidEventId: Statuses(booked=400),
    NoEventFound: Statuses(booked=400),
    InvalidEvent: Statuses(booked=400),
    SeatCountReduced: Statuses(booked=400),
    TooFewTickets: Statuses(booked=400),
    TicketNotReserved: Statuses(booked=400),
    NotYourTicket: Statuses(booked=400),
    OverTicketLimit: Statuses(booked=400),
    AlreadyWaiting: Statuses(booked=400),
    InvalidWaitlistCount: Statuses(booked=400),
    StoreReadFailed: Statuses(booked=503),
    StoreWriteFailed: Statuses(booked=503),
    TransactionFailed: Statuses(booked=503),
}

# What goes with a status, whichever error it is: RFC 9110 wants a challenge with every 401.
HEADERS: dict[int, dict[str, str]] = {
    401: {"WWW-Authenticate": "Bearer"},
    503: {"Retry-After": "1"},
}

# What the framework may raise before or around a handler.
_BY_STATUS: dict[int, type[BookedError]] = {
    400: InvalidJSON,
    404: NoSuchRoute,
    405: MethodNotAllowed,
    413: BodyTooLarge,
}


class ErrorBody(msgspec.Struct, frozen=True):
    """`error` tells what is particular to this occasion, where there is such a thing."""

    category: str
    category_code: str
    code: str
    msg: str
    error: str | UnsetType = UNSET

    @classmethod
    def of(cls, error: BookedError) -> "ErrorBody":
        return cls(error.category, error.number, error.code, error.message, error.detail or UNSET)


def answer(error: BookedError, headers: dict[str, str] | None = None) -> Answer[ErrorBody]:
    status = STATUSES[type(error)].booked
    return Answer(ErrorBody.of(error), status_code=status, headers=headers or HEADERS.get(status))


def answer_refusal(_: AnyRequest, refusal: BookedError) -> Answer[ErrorBody]:
    return answer(refusal)


def answer_framework(request: AnyRequest, exception: HTTPException) -> Answer[ErrorBody]:
    """Our words for the framework's own refusals, whose details repeat what was sent."""
    error = _BY_STATUS.get(exception.status_code)
    if error is None:
        return answer_unforeseen(request, exception)
    if error is InvalidJSON:  # bodies are refused by ourselves, so it is not the body
        return answer(InvalidJSON("A header of the request is malformed."))
    allow = (exception.headers or {}).get("allow")
    return answer(error(), {"Allow": allow} if allow else None)


def answer_unforeseen(_: AnyRequest, exception: Exception) -> Answer[ErrorBody]:
    log.error("unforeseen", exc_info=exception)
    return answer(UnknownError())


EXCEPTION_HANDLERS: ExceptionHandlersMap = {
    BookedError: answer_refusal,
    HTTPException: answer_framework,
    Exception: answer_unforeseen,
}
