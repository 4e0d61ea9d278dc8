"""Accounts: register, log in, stay logged in, log out."""

from litestar.params import JSONBody

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.resource import Resource
from booked.adapters.http.contracts.v1.examples.people import ANN, PAIR, PASSWORD, REFRESH
from booked.adapters.http.contracts.v1.messages.people import (
    LoginRequest,
    RefreshRequest,
    SignUpRequest,
    TokenPairBody,
    UserBody,
)
from booked.adapters.http.errors import InvalidJSON
from booked.adapters.http.requests.credentials import address_in
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.replies import created
from booked.domain.errors import (
    Busy,
    EmailTaken,
    EmptyEmail,
    EmptyName,
    EmptyPassword,
    InvalidEmail,
    InvalidPassword,
    InvalidRefreshToken,
    PasswordRefused,
    TokenNotSigned,
    TooManyRequests,
)

resource = Resource("/api/auth/", "v1 · Accounts", Access.PUBLIC)


@resource.post(
    "register/",
    "The account.",
    sends=SignUpRequest("ann@example.com", PASSWORD, "Ann", "Archer"),
    returns=ANN,
    gives=["Location"],
    refuses=[EmptyName, EmptyEmail, InvalidEmail, EmailTaken, EmptyPassword, PasswordRefused, TooManyRequests, Busy],
)
async def sign_up(request: ApiRequest, data: JSONBody[SignUpRequest]) -> Answer[UserBody]:
    """Make an account.

    An e-mail address can be registered once, however its letters are capitalised.
    """
    await request.services.limits.register(request.client_address)
    user = await request.services.accounts.sign_up(data.email, data.password, data.first_name, data.last_name)
    return created(UserBody.of(user), "/api/v1/users/me/")


@resource.post(
    "jwt/create/",
    "An access token, to be sent as `Authorization: Bearer <access>`, and a refresh token.",
    status=200,
    sends=LoginRequest(PASSWORD, "ann@example.com"),
    returns=PAIR,
    refuses=[InvalidPassword, EmptyEmail, EmptyPassword, PasswordRefused, TooManyRequests, Busy, TokenNotSigned],
)
async def create_tokens(request: ApiRequest, data: JSONBody[LoginRequest]) -> TokenPairBody:
    """Log in.

    The answer does not tell an unknown e-mail address from a wrong password.
    """
    email = address_in(data.email, data.username, InvalidJSON)
    async with request.services.limits.log_in(email, request.client_address):
        return TokenPairBody.of(await request.services.sessions.log_in(email, data.password))


@resource.post(
    "jwt/refresh/",
    "The next tokens; the refresh token that was sent is used up.",
    status=200,
    sends=RefreshRequest(REFRESH),
    returns=PAIR,
    refuses=[InvalidRefreshToken, TokenNotSigned],
)
async def refresh_tokens(request: ApiRequest, data: JSONBody[RefreshRequest]) -> TokenPairBody:
    """Exchange a refresh token for the next tokens.

    If the answer got lost, repeat the request: it gives the same refresh token. A refresh token may have been stolen if
    it is sent again after its successor was used, so it then ends the session.
    """
    return TokenPairBody.of(await request.services.sessions.refresh(data.refresh))


@resource.post("logout/", "The session has ended.", status=204, sends=RefreshRequest(REFRESH))
async def log_out(request: ApiRequest, data: JSONBody[RefreshRequest]) -> None:
    """End the session of a refresh token.

    Your access tokens become void; your other sessions get new ones with their refresh tokens. The answer does not tell
    whether there was such a session.
    """
    await request.services.sessions.log_out(data.refresh)
