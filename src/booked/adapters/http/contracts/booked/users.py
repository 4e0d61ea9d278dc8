"""Accounts: register, log in, list bookings."""

from typing import Annotated

import msgspec
from litestar import MediaType
from litestar.params import JSONBody
from msgspec import UNSET, UnsetType

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.booked.fields import (
    EARLIER,
    EVENT,
    TIME,
    TOKEN,
    Latitude,
    Longitude,
    UnixTime,
    unix,
)
from booked.adapters.http.contracts.resource import Resource
from booked.adapters.http.requests.credentials import Email, Password
from booked.adapters.http.requests.fields import Id, shown
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.long_lists import list_answer
from booked.domain.errors import (
    Busy,
    EmailTaken,
    EmptyEmail,
    EmptyName,
    EmptyPassword,
    InvalidEmail,
    InvalidPassword,
    PasswordRefused,
    TokenNotSigned,
    TooManyRequests,
    UserNotFound,
)
from booked.domain.model.people.users import NAME_LENGTH
from booked.domain.model.programme.events import EventStatus
from booked.domain.model.sale.bookings import Booking

resource = Resource("/user/", "Users")


class RegisterRequest(msgspec.Struct, frozen=True):
    name: Annotated[str, shown(minLength=1, maxLength=NAME_LENGTH)] = ""
    email: Email = ""
    password: Password = ""


class LoginRequest(msgspec.Struct, frozen=True):
    email: Email = ""
    password: Password = ""


class TokenBody(msgspec.Struct, frozen=True):
    token: str


class BookingBody(msgspec.Struct, frozen=True):
    event_id: Id
    event_name: str
    event_unix_time: UnixTime
    event_address: str
    event_description: str
    number_of_tickets: int
    booking_unix_time: UnixTime
    event_latitude: Latitude | UnsetType = UNSET
    event_longitude: Longitude | UnsetType = UNSET
    event_status: Annotated[EventStatus, shown("There only if the event was called off.")] | UnsetType = UNSET

    @classmethod
    def of(cls, booking: Booking) -> "BookingBody":
        event = booking.event
        return cls(
            event_id=event.id,
            event_name=event.name,
            event_unix_time=unix(event.starts_at),
            event_address=event.address,
            event_description=event.description,
            number_of_tickets=booking.tickets,
            booking_unix_time=unix(booking.booked_at),
            event_latitude=event.coordinates.latitude if event.coordinates else UNSET,
            event_longitude=event.coordinates.longitude if event.coordinates else UNSET,
            event_status=EventStatus.CANCELLED if event.status is EventStatus.CANCELLED else UNSET,
        )


@resource.post(
    "register/",
    "The account is made.",
    access=Access.PUBLIC,
    media_type=MediaType.TEXT,
    sends=RegisterRequest("Ann", "ann@example.com", "correct horse battery staple"),
    refuses=[EmptyName, EmptyEmail, InvalidEmail, EmailTaken, EmptyPassword, PasswordRefused, TooManyRequests, Busy],
)
async def register(request: ApiRequest, data: JSONBody[RegisterRequest]) -> None:
    """Register a new user.

    An e-mail address can be registered once, however its letters are capitalised.
    """
    await request.services.limits.register(request.client_address)
    await request.services.accounts.register(data.name, data.email, data.password)


@resource.post(
    "login/",
    "A token, to be sent with other requests as `Authorization: Bearer <token>`.",
    access=Access.PUBLIC,
    status=200,
    sends=LoginRequest("ann@example.com", "correct horse battery staple"),
    returns=TokenBody(TOKEN),
    refuses=[
        UserNotFound,
        InvalidPassword,
        EmptyEmail,
        EmptyPassword,
        PasswordRefused,
        TooManyRequests,
        Busy,
        TokenNotSigned,
    ],
)
async def log_in(request: ApiRequest, data: JSONBody[LoginRequest]) -> TokenBody:
    """Log in and get a token.

    Where the operator conceals accounts, an unknown e-mail address is answered like a wrong password.
    """
    async with request.services.limits.log_in(data.email, request.client_address):
        return TokenBody(await request.services.accounts.log_in(data.email, data.password))


@resource.get(
    "bookings/",
    "The bookings.",
    returns=[
        BookingBody(EVENT, "Open air", TIME, "Main Street 1, Springfield", "Bring a coat.", 2, EARLIER, 52.5, 13.4)
    ],
)
async def bookings(request: ApiRequest) -> Answer[list[BookingBody]]:
    """List your bookings, newest first.

    One that was cancelled in part says how many tickets are left; one that was cancelled as a whole is not listed. One
    of an event that was called off says so, and how many tickets it had then.
    """
    return await list_answer(await request.services.sale.bookings(request.identity.user_id), BookingBody.of)
