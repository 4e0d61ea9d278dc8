"""The OAuth 2.0 token endpoint."""

from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from booked.adapters.http.contracts.concerts.token import OAUTH_ERRORS
from tests.http.answers import assert_problem, assert_protected, code_of
from tests.http.office import PASSWORD, TOKEN_TTL, Office, Person

TOKEN = "/auth/token"
PROBLEM = {"type", "title", "status", "detail", "instance", "category", "category_code", "code"}


async def ask(office: Office, form: dict[str, str] | list[tuple[str, str]]) -> httpx.Response:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return await office.http.post(TOKEN, content=urlencode(form), headers=headers)


def assert_oauth_error(reply: httpx.Response, error: str, code: str) -> None:
    body = reply.json()
    assert (reply.status_code, body["error"], code_of(reply)) == (400, error, code), reply.text
    assert set(body) == {*PROBLEM, "error", "error_description"}
    assert body["status"] == 400
    assert reply.headers["Content-Type"] == "application/json"
    assert reply.headers["Pragma"] == "no-cache"
    assert_protected(reply)


@pytest.mark.parametrize("name", ["email", "username"])
@pytest.mark.parametrize("grant", [{}, {"grant_type": "password"}])
async def test_a_password_gives_a_token(office: Office, ann: Person, name: str, grant: dict[str, str]) -> None:
    reply = await ask(office, {name: ann.email, "password": PASSWORD, **grant})

    body = reply.json()
    assert reply.status_code == 200
    assert set(body) == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert (body["token_type"], body["expires_in"]) == ("bearer", TOKEN_TTL.total_seconds())
    assert reply.headers["Pragma"] == "no-cache"
    assert_protected(reply)
    bearer = {"Authorization": f"Bearer {body['access_token']}"}
    assert (await office.get("/api/v1/users/me/", headers=bearer)).json()["id"] == ann.id


async def test_a_refresh_token_gives_the_next(office: Office, ann: Person) -> None:
    first = (await ask(office, {"email": ann.email, "password": PASSWORD})).json()

    second = await ask(office, {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]})
    third = await office.post("/api/auth/jwt/refresh/", {"refresh": second.json()["refresh_token"]})

    assert second.status_code == 200
    assert second.json()["refresh_token"] != first["refresh_token"]
    assert third.status_code == 200


async def test_what_is_unknown_or_empty_is_ignored(office: Office, ann: Person) -> None:
    form = {"email": ann.email, "password": PASSWORD, "username": "", "scope": "", "client_id": "x", "audience": "y"}

    assert (await ask(office, form)).status_code == 200


async def test_any_password_can_be_sent_as_a_form(office: Office) -> None:
    for number, password in enumerate(["pässwörd & = %41 +", "a" * 1024, "tab\tand\nline", "🎟️🎟️🎟️🎟️🎟️"]):
        email = f"ann+{number}@example.com"
        await office.services.accounts.sign_up(email, password)

        assert (await ask(office, {"username": email, "password": password})).status_code == 200


REFUSALS: list[tuple[dict[str, str] | list[tuple[str, str]], str, str]] = [
    ({"email": "ann@example.com", "password": "a wrong one"}, "invalid_grant", "USER-04"),
    ({"email": "ben@example.com", "password": PASSWORD}, "invalid_grant", "USER-04"),
    ({"grant_type": "refresh_token", "refresh_token": "A" * 64}, "invalid_grant", "USER-13"),
    ({"grant_type": "refresh_token"}, "invalid_grant", "USER-13"),
    ({"grant_type": "client_credentials"}, "unsupported_grant_type", "SYS-19"),
    ({"grant_type": "PASSWORD", "email": "ann@example.com", "password": PASSWORD}, "unsupported_grant_type", "SYS-19"),
    ({}, "invalid_request", "USER-07"),
    ({"password": PASSWORD}, "invalid_request", "USER-07"),
    ({"email": "ann@example.com"}, "invalid_request", "USER-02"),
    ({"email": "ann@example.com", "password": "a\0b"}, "invalid_request", "USER-11"),
    ({"email": "ann@example.com", "username": "ben@example.com", "password": PASSWORD}, "invalid_request", "SYS-19"),
    ([("email", "ann@example.com"), ("password", PASSWORD), ("password", "x")], "invalid_request", "SYS-19"),
]


async def test_refusals_are_those_of_oauth(office: Office, ann: Person) -> None:
    before = await office.digest()

    for form, error, code in REFUSALS:
        assert_oauth_error(await ask(office, form), error, code)

    assert await office.digest() == before


async def test_an_unknown_account_is_answered_like_a_wrong_password(office: Office, ann: Person) -> None:
    unknown = await ask(office, {"email": "ben@example.com", "password": PASSWORD})
    wrong = await ask(office, {"email": ann.email, "password": PASSWORD + "!"})

    assert {**unknown.json(), "instance": ""} == {**wrong.json(), "instance": ""}


async def test_a_parameter_in_the_address_is_refused(office: Office, ann: Person) -> None:
    reply = await office.http.post(f"{TOKEN}?email={ann.email}", data={"password": PASSWORD})

    assert_oauth_error(reply, "invalid_request", "SYS-17")


@pytest.mark.parametrize("body", [b"email=%ff&password=x", b"\xff\xfe", b"&".join([b"a=b"] * 200)])
async def test_a_form_that_cannot_be_read_is_refused(office: Office, body: bytes) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}

    assert_oauth_error(await office.http.post(TOKEN, content=body, headers=headers), "invalid_request", "SYS-19")


async def test_what_is_no_form_is_refused_as_everywhere(office: Office) -> None:
    as_json = await office.http.post(TOKEN, json={"email": "ann@example.com", "password": PASSWORD})
    too_large = await office.http.post(TOKEN, data={"password": "a" * 70_000})

    assert_problem(as_json, 415, "SYS-18")
    assert_problem(too_large, 413, "SYS-06")


def test_what_oauth_is_told_is_of_letters_that_it_allows() -> None:
    """RFC 6749 section 5.2: printable ASCII but for quotation marks and backslashes."""
    for error in OAUTH_ERRORS:
        assert all(" " <= letter <= "~" and letter not in '"\\' for letter in error.message)


async def test_a_client_that_knows_nothing_but_forms_gets_in(office: Office, ann: Person) -> None:
    payload: dict[str, Any] = {"email": ann.email, "password": PASSWORD, "grant_type": "password"}

    response = await office.http.post("/auth/token", data=payload)

    assert response.status_code == 200
    headers = {"Authorization": f"Bearer {response.json()['access_token']}"}
    assert (await office.get("/user/bookings/", headers=headers)).status_code == 200
