"""Logging in with OAuth 2.0: the token endpoint (RFC 6749 section 3.2)."""

from typing import Annotated, Any

import msgspec
from litestar import MediaType, Request, post

from booked.adapters.http.access.levels import Access
from booked.adapters.http.errors import InvalidForm, InvalidQuery
from booked.adapters.http.openapi.doc import Doc, codes_of
from booked.adapters.http.requests.credentials import Email, Password, RefreshTokenText, address_in
from booked.adapters.http.requests.fields import shown
from booked.adapters.http.requests.parameters import Form
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.error_bodies import Problem, present_request_id
from booked.adapters.http.responses.errors import answer_refusal
from booked.domain.errors import (
    BookedError,
    Busy,
    EmptyEmail,
    EmptyPassword,
    InvalidPassword,
    InvalidRefreshToken,
    PasswordRefused,
    TokenNotSigned,
    TooManyRequests,
)
from booked.domain.model.people.sessions import TokenPair

TAG = "Concerts"

NOT_CACHED = {"Pragma": "no-cache"}  # RFC 6749 section 5.1; Cache-Control is on every answer


class UnsupportedGrant(InvalidForm):
    """The grant type is unknown."""


# Errors with a word in OAuth (section 5.2). The others are answered as everywhere.
OAUTH_ERRORS: dict[type[BookedError], str] = {
    InvalidQuery: "invalid_request",
    InvalidPassword: "invalid_grant",
    InvalidRefreshToken: "invalid_grant",
    UnsupportedGrant: "unsupported_grant_type",
    InvalidForm: "invalid_request",
    EmptyEmail: "invalid_request",
    EmptyPassword: "invalid_request",
    PasswordRefused: "invalid_request",
}


class TokenForm(msgspec.Struct, frozen=True):
    """The grant `password` takes `email`, or `username` instead. The grant `refresh_token` takes `refresh_token`."""

    grant_type: Annotated[str, shown(enum=["password", "refresh_token"])] = "password"
    email: Email | None = None
    username: Email | None = None
    password: Password | None = None
    refresh_token: RefreshTokenText | None = None


REFUSED = "\n".join(
    f"- `{word}`: {codes_of(error() for error, its in OAUTH_ERRORS.items() if its == word)}"
    for word in dict.fromkeys(OAUTH_ERRORS.values())
)


class TokenBody(msgspec.Struct, frozen=True):
    """`expires_in` is in seconds."""

    access_token: str
    token_type: str
    expires_in: int
    refresh_token: str

    @classmethod
    def of(cls, pair: TokenPair) -> "TokenBody":
        return cls(pair.access, "bearer", int(pair.expires_in.total_seconds()), pair.refresh)


class TokenProblem(Problem, frozen=True):
    """A problem that OAuth clients understand, too."""

    error: str
    error_description: str

    @classmethod
    def saying(cls, error: BookedError) -> "TokenProblem":
        problem = Problem.of(error, 400, present_request_id())
        return cls(**msgspec.structs.asdict(problem), error=OAUTH_ERRORS[type(error)], error_description=error.message)


def answer_client(request: Request[Any, Any, Any], error: BookedError) -> Answer[Any]:
    if type(error) not in OAUTH_ERRORS:
        return answer_refusal(request, error)
    return Answer(TokenProblem.saying(error), status_code=400, media_type=MediaType.JSON, headers=NOT_CACHED)


@post(
    "/auth/token/",
    status_code=200,
    access=Access.PUBLIC,
    exception_handlers={BookedError: answer_client},
    doc=Doc(
        TAG,
        "An access token, to be sent as `Authorization: Bearer <access_token>`, and a refresh token.",
        sends=TokenForm(email="ann@example.com", password="correct horse battery staple"),  # noqa: S106  an example
        returns=TokenBody(
            "eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9.e30.c2lnbmF0dXJl",
            "bearer",
            3600,
            "AZyw5qYcd8mTLyCx0LZQmgGcsOamHHfJky8gsdC2UJoBnLDmphx3yZMvILHQtlCa",
        ),
        otherwise={400: (REFUSED, TokenProblem.saying(InvalidPassword()))},
        refuses=[TooManyRequests, Busy, TokenNotSigned],
    ),
)
async def issue_token(request: ApiRequest, form: Form[TokenForm]) -> Answer[TokenBody]:
    """Log in, or exchange a refresh token (OAuth 2.0, RFC 6749 sections 4.3 and 6).

    An error comes with the status 400, and twice: as a problem, and in OAuth's own members `error` and
    `error_description`.
    """
    return Answer(TokenBody.of(await _granted(request, form)), headers=NOT_CACHED)


async def _granted(request: ApiRequest, form: TokenForm) -> TokenPair:
    sessions = request.services.sessions
    if form.grant_type == "password":
        email = address_in(form.email, form.username, InvalidForm)
        async with request.services.limits.log_in(email, request.client_address):
            return await sessions.log_in(email, form.password or "")
    if form.grant_type == "refresh_token":
        return await sessions.refresh(form.refresh_token or "")
    raise UnsupportedGrant("Send grant_type=password or grant_type=refresh_token.")


ROUTES = [issue_token]
