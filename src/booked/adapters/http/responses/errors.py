"""How errors become answers: a status per error and contract, a body per contract."""

from typing import Any, NamedTuple

import msgspec
import structlog
from litestar import Request
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap
from msgspec import UNSET, UnsetType

from booked.adapters.http.contracts.ownership import Contract, contract_of
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.problem import PROBLEM_JSON, Problem, present_request_id
from booked.domain.errors import (
    AlreadyCancelled,
    AlreadyWaiting,
    BodyTooLarge,
    BookedError,
    Busy,
    CancellationClosed,
    CannotBeMember,
    EmailTaken,
    EmptyEmail,
    EmptyName,
    EmptyPassword,
    IdempotencyKeyReused,
    IllegalStatus,
    InvalidApiKey,
    InvalidCursor,
    InvalidEmail,
    InvalidEvent,
    InvalidEventId,
    InvalidForm,
    InvalidIdempotencyKey,
    InvalidJSON,
    InvalidOrganization,
    InvalidPassword,
    InvalidQuery,
    InvalidRefreshToken,
    InvalidSeatCount,
    InvalidTicketType,
    InvalidToken,
    InvalidUUID,
    InvalidVenue,
    InvalidWaitlistCount,
    LastAdmin,
    MethodNotAllowed,
    NameTaken,
    NoEventFound,
    NoSuchBooking,
    NoSuchCategory,
    NoSuchEntry,
    NoSuchOrganization,
    NoSuchReservation,
    NoSuchRoute,
    NoSuchSeat,
    NoSuchTicketType,
    NoSuchUser,
    NoSuchVenue,
    NotAnAdmin,
    NotForm,
    NotJSON,
    NotYourOrganization,
    NotYourTicket,
    OfferBooked,
    OverTicketLimit,
    PasswordRefused,
    PreconditionFailed,
    PreconditionRequired,
    PriceFixed,
    RequestInFlight,
    RequestTimeout,
    ReservationFixed,
    SalesClosed,
    SeatCountReduced,
    SeatTaken,
    StoreReadFailed,
    StoreWriteFailed,
    TicketNotReserved,
    TokenNotSigned,
    TooFewTickets,
    TooManyRequests,
    TransactionFailed,
    UnknownError,
    UserNotFound,
)

AnyRequest = Request[Any, Any, Any]

log = structlog.get_logger("booked.http")


class Statuses(NamedTuple):
    """An error's status in each HTTP contract."""

    booked: int
    v1: int

    def of(self, contract: Contract) -> int:
        return self.booked if contract is Contract.BOOKED else self.v1


STATUSES: dict[type[BookedError], Statuses] = {
    InvalidJSON: Statuses(booked=400, v1=400),
    UnknownError: Statuses(booked=500, v1=500),
    InvalidUUID: Statuses(booked=400, v1=400),
    NoSuchRoute: Statuses(booked=404, v1=404),
    MethodNotAllowed: Statuses(booked=405, v1=405),
    BodyTooLarge: Statuses(booked=413, v1=413),
    NotJSON: Statuses(booked=415, v1=415),
    TooManyRequests: Statuses(booked=429, v1=429),
    Busy: Statuses(booked=503, v1=503),
    RequestTimeout: Statuses(booked=408, v1=408),
    NotAnAdmin: Statuses(booked=401, v1=403),
    EmptyPassword: Statuses(booked=400, v1=400),
    UserNotFound: Statuses(booked=401, v1=401),
    InvalidPassword: Statuses(booked=401, v1=401),
    TokenNotSigned: Statuses(booked=500, v1=500),
    InvalidToken: Statuses(booked=401, v1=401),
    EmptyEmail: Statuses(booked=400, v1=400),
    EmptyName: Statuses(booked=400, v1=400),
    EmailTaken: Statuses(booked=400, v1=400),
    InvalidEmail: Statuses(booked=400, v1=400),
    PasswordRefused: Statuses(booked=400, v1=400),
    InvalidSeatCount: Statuses(booked=400, v1=400),
    InvalidEventId: Statuses(booked=400, v1=400),
    NoEventFound: Statuses(booked=400, v1=404),
    InvalidEvent: Statuses(booked=400, v1=400),
    SeatCountReduced: Statuses(booked=400, v1=409),
    TooFewTickets: Statuses(booked=400, v1=400),
    TicketNotReserved: Statuses(booked=400, v1=409),
    NotYourTicket: Statuses(booked=400, v1=409),
    OverTicketLimit: Statuses(booked=400, v1=400),
    AlreadyWaiting: Statuses(booked=400, v1=409),
    InvalidWaitlistCount: Statuses(booked=400, v1=400),
    NoSuchEntry: Statuses(booked=404, v1=404),
    OfferBooked: Statuses(booked=409, v1=409),
    InvalidIdempotencyKey: Statuses(booked=400, v1=400),
    IdempotencyKeyReused: Statuses(booked=422, v1=422),
    RequestInFlight: Statuses(booked=409, v1=409),
    PreconditionFailed: Statuses(booked=412, v1=412),
    PreconditionRequired: Statuses(booked=428, v1=428),
    InvalidCursor: Statuses(booked=400, v1=400),
    InvalidQuery: Statuses(booked=400, v1=400),
    NotForm: Statuses(booked=415, v1=415),
    InvalidForm: Statuses(booked=400, v1=400),
    SalesClosed: Statuses(booked=400, v1=400),
    InvalidVenue: Statuses(booked=400, v1=400),
    NoSuchVenue: Statuses(booked=404, v1=404),
    NoSuchCategory: Statuses(booked=404, v1=404),
    NoSuchOrganization: Statuses(booked=404, v1=404),
    IllegalStatus: Statuses(booked=409, v1=409),
    InvalidTicketType: Statuses(booked=400, v1=400),
    NoSuchTicketType: Statuses(booked=404, v1=404),
    NoSuchSeat: Statuses(booked=404, v1=404),
    NameTaken: Statuses(booked=409, v1=409),
    SeatTaken: Statuses(booked=409, v1=409),
    NoSuchReservation: Statuses(booked=404, v1=404),
    ReservationFixed: Statuses(booked=409, v1=409),
    NoSuchBooking: Statuses(booked=404, v1=404),
    AlreadyCancelled: Statuses(booked=400, v1=400),
    CancellationClosed: Statuses(booked=400, v1=409),
    NotYourOrganization: Statuses(booked=403, v1=403),
    InvalidRefreshToken: Statuses(booked=401, v1=401),
    NoSuchUser: Statuses(booked=404, v1=404),
    LastAdmin: Statuses(booked=409, v1=409),
    CannotBeMember: Statuses(booked=409, v1=409),
    InvalidApiKey: Statuses(booked=401, v1=401),
    InvalidOrganization: Statuses(booked=400, v1=400),
    PriceFixed: Statuses(booked=409, v1=409),
    StoreReadFailed: Statuses(booked=503, v1=503),
    StoreWriteFailed: Statuses(booked=503, v1=503),
    TransactionFailed: Statuses(booked=503, v1=503),
}

# What goes with a status, whichever error it is: RFC 9110 wants a challenge with every 401. Of a 429 the error has the
# values.
HEADERS: dict[int, dict[str, str]] = {
    401: {"WWW-Authenticate": "Bearer"},
    429: {"Retry-After": "60", "RateLimit-Policy": "", "RateLimit": ""},
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


def answer(
    request: AnyRequest, error: BookedError, headers: dict[str, str] | None = None
) -> Answer[ErrorBody] | Answer[Problem]:
    """What the contract of the request's path answers to an error."""
    contract = contract_of(request.scope["path"])
    status = STATUSES[type(error)].of(contract)
    headers = headers or HEADERS.get(status)
    if contract is Contract.BOOKED:
        return Answer(ErrorBody.of(error), status_code=status, headers=headers)
    problem = Problem.of(error, status, present_request_id())
    return Answer(problem, status_code=status, media_type=PROBLEM_JSON, headers=headers)


def answer_refusal(request: AnyRequest, refusal: BookedError) -> Answer[ErrorBody] | Answer[Problem]:
    return answer(request, refusal, _rate(refusal) if isinstance(refusal, TooManyRequests) else None)


def _rate(refusal: TooManyRequests) -> dict[str, str]:
    """What the IETF's draft of RateLimit header fields has for a client, beside Retry-After."""
    return {
        "Retry-After": str(refusal.retry_after_s),
        "RateLimit-Policy": f'"{refusal.policy}";q={refusal.most};w={refusal.window_s}',
        "RateLimit": f'"{refusal.policy}";r=0;t={refusal.retry_after_s}',
    }


def answer_framework(request: AnyRequest, exception: HTTPException) -> Answer[ErrorBody] | Answer[Problem]:
    """Our words for the framework's own refusals, whose details repeat what was sent."""
    error = _BY_STATUS.get(exception.status_code)
    if error is None:
        return answer_unforeseen(request, exception)
    if error is InvalidJSON:  # bodies are refused by ourselves, so it is not the body
        return answer(request, InvalidJSON("A header of the request is malformed."))
    allow = (exception.headers or {}).get("allow")
    return answer(request, error(), {"Allow": allow} if allow else None)


def answer_unforeseen(request: AnyRequest, exception: Exception) -> Answer[ErrorBody] | Answer[Problem]:
    log.error("unforeseen", exc_info=exception)
    return answer(request, UnknownError())


EXCEPTION_HANDLERS: ExceptionHandlersMap = {
    BookedError: answer_refusal,
    HTTPException: answer_framework,
    Exception: answer_unforeseen,
}
