"""Logging in, registering, logging out."""

import msgspec

from booked.adapters.http.contracts.web.cookies import SESSION, cookie, cookie_in, cookie_removed
from booked.adapters.http.contracts.web.forms import NO_COMPLAINTS, complaints, read_form
from booked.adapters.http.contracts.web.local_paths import PATH_LENGTH, local_path
from booked.adapters.http.contracts.web.notices import Notice
from booked.adapters.http.contracts.web.pages import Pages
from booked.adapters.http.contracts.web.queries import read_query
from booked.adapters.http.contracts.web.rendering import lead_to, render
from booked.adapters.http.contracts.web.views.people import LoginView, RegisterView
from booked.adapters.http.contracts.web.visits import visit_of
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.domain.errors import (
    BookedError,
    EmailTaken,
    EmptyEmail,
    EmptyName,
    EmptyPassword,
    InvalidEmail,
    InvalidPassword,
    PasswordRefused,
)
from booked.domain.model.people.browser_sessions import LONGEST

pages = Pages()

FIELDS: dict[type[BookedError], str] = {
    EmptyName: "name",
    EmptyEmail: "email",
    InvalidEmail: "email",
    EmailTaken: "email",
    EmptyPassword: "password",
    InvalidPassword: "password",
    PasswordRefused: "password",
}


class LoginQuery(msgspec.Struct, frozen=True):
    next: str = ""


class LoginForm(msgspec.Struct, frozen=True):
    email: str = ""
    password: str = ""
    next: str = ""


class RegisterForm(msgspec.Struct, frozen=True):
    name: str = ""
    email: str = ""
    password: str = ""
    next: str = ""


@pages.get("/login")
async def show_login(request: ApiRequest) -> Answer[bytes]:
    """Show the form, or lead on somebody who is logged in."""
    next_path = _next_path(request)
    if visit_of(request).user is not None:
        return lead_to(request, next_path)
    return render(request, "login.html", LoginView("", next_path, NO_COMPLAINTS))


@pages.post("/login")
async def log_in(request: ApiRequest) -> Answer[bytes]:
    form = read_form(await request.form_body(), LoginForm)
    next_path = local_path(form.next)
    try:
        async with request.services.limits.log_in(form.email, request.client_address):
            token = await request.services.browser_sessions.log_in(form.email, form.password)
    except BookedError as refusal:
        told = complaints(request, refusal, FIELDS)
        return render(request, "login.html", LoginView(form.email, next_path, told), told.status)
    return await _logged_in(request, token, next_path, Notice.LOGGED_IN)


@pages.get("/register")
async def show_registration(request: ApiRequest) -> Answer[bytes]:
    """Show the form, or lead on somebody who is logged in."""
    next_path = _next_path(request)
    if visit_of(request).user is not None:
        return lead_to(request, next_path)
    return render(request, "register.html", RegisterView("", "", next_path, NO_COMPLAINTS))


@pages.post("/register")
async def register(request: ApiRequest) -> Answer[bytes]:
    form = read_form(await request.form_body(), RegisterForm)
    next_path = local_path(form.next)
    try:
        await request.services.limits.register(request.client_address)
        token = await request.services.browser_sessions.register(form.name, form.email, form.password)
    except BookedError as refusal:
        told = complaints(request, refusal, FIELDS)
        return render(request, "register.html", RegisterView(form.name, form.email, next_path, told), told.status)
    return await _logged_in(request, token, next_path, Notice.REGISTERED)


@pages.post("/logout", page="/")
async def log_out(request: ApiRequest) -> Answer[bytes]:
    await _end_former(request)
    removed = cookie_removed(SESSION, secure=visit_of(request).secure)
    return lead_to(request, "/", Notice.LOGGED_OUT, cookies=[removed])


def _next_path(request: ApiRequest) -> str:
    return local_path(read_query(request.scope["query_string"], LoginQuery, PATH_LENGTH).next)


async def _logged_in(request: ApiRequest, token: str, next_path: str, notice: Notice) -> Answer[bytes]:
    """Lead on with a new session; one the browser had before ends."""
    await _end_former(request)
    lasting = cookie(SESSION, token, secure=visit_of(request).secure, seconds=int(LONGEST.total_seconds()))
    return lead_to(request, next_path, notice, cookies=[lasting])


async def _end_former(request: ApiRequest) -> None:
    token = cookie_in(request.scope["headers"], SESSION, secure=visit_of(request).secure)
    if token:
        await request.services.browser_sessions.log_out(token)
