"""Nobody gets in but with one token that is ours, good, and sent as it should be."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import httpx
import jwt
import pytest
import structlog

from booked.adapters.http.access import gate
from booked.adapters.http.app import create_app
from booked.adapters.security import JwtTokens, tokens
from booked.asgi import CONTRACTS
from booked.domain.errors import InvalidToken, StoreReadFailed
from booked.domain.model.ids import UserId
from booked.domain.model.people.users import Identity, Role, User, Voided
from booked.domain.services.people.accounts import AccountService
from booked.domain.services.wiring import Services
from tests.builders import OPENING
from tests.clocks import AdvancingClock
from tests.http.answers import assert_refused
from tests.http.forgeries import HEADER, forgeries, good_claims, sign
from tests.http.office import PASSWORD, TOKEN_TTL, Office, Person
from tests.wiring import SECRET

USER_ROUTE = "/user/bookings/"
ADMIN_ROUTE = "/analytics/"


async def attempt(office: Office, path: str, *headers: tuple[str, str]) -> httpx.Response:
    return await office.get(path, headers=list(headers))


async def test_a_token_of_the_documented_form_is_let_in(office: Office, ann: Person) -> None:
    token = sign(good_claims(ann.id))

    reply = await attempt(office, USER_ROUTE, ("Authorization", f"Bearer {token}"))

    assert reply.status_code == 200


async def test_no_forged_token_is_let_in(office: Office, ann: Person, admin: Person) -> None:
    let_in: list[str] = []

    for path, person in ((USER_ROUTE, ann), (ADMIN_ROUTE, admin)):
        for fault, token in forgeries(person.id).items():
            reply = await attempt(office, path, ("Authorization", f"Bearer {token}"))
            if reply.status_code == 200:
                let_in.append(fault)
            else:
                assert_refused(reply, 401, "USER-06", token)

    assert let_in == []


async def test_the_library_alone_would_let_some_of_them_in(ann: Person) -> None:
    let_in = set()
    for fault, token in forgeries(ann.id).items():
        try:
            jwt.decode(token, SECRET, algorithms=["HS256"])
            let_in.add(fault)
        except (jwt.PyJWTError, ValueError):
            continue

    assert {"typ 'JWT'", "typ 'refresh'", "exp a string", "exp 10^30", "exp missing", "sub not a UUID"} <= let_in


@pytest.mark.parametrize("typ", ["JWT", "refresh"])
def test_nothing_but_the_check_of_the_header_keeps_another_type_out(
    ann: Person, monkeypatch: pytest.MonkeyPatch, typ: str
) -> None:
    token = sign(good_claims(ann.id), {**HEADER, "typ": typ})
    with pytest.raises(InvalidToken):
        JwtTokens(SECRET, TOKEN_TTL, AdvancingClock()).verify(token)

    monkeypatch.setattr(tokens, "TYPE", typ)

    assert JwtTokens(SECRET, TOKEN_TTL, AdvancingClock()).verify(token).user_id == ann.id


async def test_a_token_is_taken_from_one_authorization_header_only(office: Office, ann: Person) -> None:
    bearer = ("Authorization", f"Bearer {ann.token}")
    refused = {
        "none": [],
        "empty": [("Authorization", "")],
        "scheme alone": [("Authorization", "Bearer")],
        "nothing after the scheme": [("Authorization", "Bearer ")],
        "without the scheme": [("Authorization", ann.token)],
        "basic": [("Authorization", "Basic YW5uOnNlY3JldA==")],
        "another scheme": [("Authorization", f"Token {ann.token}")],
        "two spaces": [("Authorization", f"Bearer  {ann.token}")],
        "tab": [("Authorization", f"Bearer\t{ann.token}")],
        "quoted": [("Authorization", f'Bearer "{ann.token}"')],
        "two tokens": [("Authorization", f"Bearer {ann.token}, Bearer {ann.token}")],
        "padded": [("Authorization", f"Bearer {ann.token}=")],
        "two headers": [bearer, bearer],
        "two headers, one of them empty": [bearer, ("Authorization", "")],
        "cookie": [("Cookie", f"token={ann.token}; Authorization=Bearer {ann.token}")],
        "another header": [("X-Authorization", f"Bearer {ann.token}")],
        "proxy": [("Proxy-Authorization", f"Bearer {ann.token}")],
        "long": [("Authorization", "Bearer " + "a" * 100_000)],
    }

    for headers in refused.values():
        assert_refused(await attempt(office, USER_ROUTE, *headers), 401, "USER-06", ann.token)
    for query in (f"token={ann.token}", f"access_token={ann.token}", f"Authorization=Bearer%20{ann.token}"):
        assert_refused(await attempt(office, f"{USER_ROUTE}?{query}"), 401, "USER-06", ann.token)

    assert (await attempt(office, USER_ROUTE, bearer)).status_code == 200


async def test_the_scheme_is_spelled_in_any_case(office: Office, ann: Person) -> None:
    for scheme in ("bearer", "BEARER"):
        reply = await attempt(office, USER_ROUTE, ("Authorization", f"{scheme} {ann.token}"))

        assert reply.status_code == 200


async def test_headers_that_claim_to_be_somebody_are_ignored(office: Office, ann: Person, admin: Person) -> None:
    claims = [(name, admin.email) for name in ("X-EMAIL", "X-Forwarded-User", "X-Remote-User", "Remote-User")]
    claims += [(name, admin.id) for name in ("X-User-Id", "X-User", "X-Forwarded-For")]
    claims += [("X-Role", "admin"), ("X-Admin", "true")]

    nobody = await attempt(office, ADMIN_ROUTE, *claims)
    user = await attempt(office, ADMIN_ROUTE, ("Authorization", f"Bearer {ann.token}"), *claims)

    assert_refused(nobody, 401, "USER-06")
    assert_refused(user, 401, "USER-01")


async def test_the_role_is_taken_from_the_database_not_from_the_token(
    office: Office, ann: Person, admin: Person
) -> None:
    user_claiming_admin = sign(good_claims(ann.id, role="admin"))
    admin_claiming_user = sign(good_claims(admin.id, role="user"))

    refused = await attempt(office, ADMIN_ROUTE, ("Authorization", f"Bearer {user_claiming_admin}"))
    allowed = await attempt(office, ADMIN_ROUTE, ("Authorization", f"Bearer {admin_claiming_user}"))

    assert_refused(refused, 401, "USER-01")
    assert allowed.status_code == 200


async def test_a_token_of_nobody_opens_no_privileged_route(office: Office) -> None:
    stranger = sign(good_claims("01890000-0000-7000-8000-000000000000", role="admin"))

    reply = await attempt(office, ADMIN_ROUTE, ("Authorization", f"Bearer {stranger}"))

    assert_refused(reply, 401, "USER-06")


async def test_a_token_expires_to_the_second(office: Office, ann: Person) -> None:
    office.clock.advance(TOKEN_TTL - timedelta(seconds=5))
    before = await office.get(USER_ROUTE, ann)
    office.clock.advance(timedelta(seconds=5))
    after = await office.get(USER_ROUTE, ann)

    assert before.status_code == 200
    assert_refused(after, 401, "USER-06")


async def test_a_voided_token_is_refused_at_once_on_privileged_routes(office: Office, ann: Person) -> None:
    await office.database.users.promote(ann.id, Role.ADMIN, "a new hash")

    assert_refused(await office.get(ADMIN_ROUTE, ann), 401, "USER-06")


async def test_a_voided_token_is_refused_elsewhere_once_the_gate_has_heard(office: Office, ann: Person) -> None:
    before = await office.get(USER_ROUTE, ann)
    await office.database.users.promote(ann.id, Role.USER, "a new hash")
    await office.app.state["gate"].refresh()
    after = await office.get(USER_ROUTE, ann)
    renewed = office.as_person(await voided_user(office, ann))

    assert before.status_code == 200
    assert_refused(after, 401, "USER-06")
    assert (await office.get(USER_ROUTE, renewed)).status_code == 200


async def test_the_token_of_a_removed_person_is_refused_once_the_gate_has_heard(office: Office, ann: Person) -> None:
    gate = office.app.state["gate"]
    await gate.refresh()
    before = await office.get(USER_ROUTE, ann)

    await office.services.clearance.clear()
    await gate.refresh()

    assert before.status_code == 200
    assert_refused(await office.get(USER_ROUTE, ann), 401, "USER-06")


async def test_the_gate_remembers_what_it_has_heard_until_tokens_expire(
    office: Office, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, almost = OPENING, OPENING + TOKEN_TTL - timedelta(seconds=1)
    answers = iter(
        [
            Voided({UserId(ann.id): 1}, read_at=now, mark=1, expired_at=now + TOKEN_TTL),
            Voided({}, read_at=almost, mark=2, expired_at=almost + TOKEN_TTL),
            Voided({}, read_at=now + TOKEN_TTL, mark=3, expired_at=now + 2 * TOKEN_TTL),
        ]
    )

    async def voided_tokens(*_: object) -> Voided:
        return next(answers)

    monkeypatch.setattr(AccountService, "voided_tokens", voided_tokens)
    watch = gate.Gate(office.services.accounts, office.services.tokens)
    remembered = []
    for _ in range(3):
        await watch.refresh()
        remembered.append(watch.remembered)

    assert remembered == [1, 1, 0]


@pytest.mark.parametrize(
    "route", [USER_ROUTE, ADMIN_ROUTE, "/api/v1/users/me/", "/api/v1/organizations/", "/bookings/"]
)
async def test_after_a_change_of_role_one_is_told_to_log_in_again(office: Office, ann: Person, route: str) -> None:
    await office.services.accounts.grant_to(ann.email, Role.ORGANIZER)
    await office.app.state["gate"].refresh()

    reply = await office.get(route, ann)

    assert (reply.status_code, reply.json()["code"]) == (401, "USER-06")
    assert reply.headers["WWW-Authenticate"] == "Bearer"
    assert "Your rights have changed since you logged in." in reply.text
    assert "Log in again." in reply.text
    assert "missing" not in reply.text


async def test_after_a_change_of_password_nothing_is_said_of_rights(office: Office, ann: Person) -> None:
    await office.database.users.promote(ann.id, Role.USER, "a new hash")
    await office.app.state["gate"].refresh()

    for route in (USER_ROUTE, ADMIN_ROUTE):
        assert "rights" not in (await office.get(route, ann)).text


async def test_a_voided_token_is_refused_while_the_database_is_down(
    office: Office, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise StoreReadFailed

    await office.services.accounts.grant_to(ann.email, Role.ORGANIZER)
    await office.app.state["gate"].refresh()
    monkeypatch.setattr(type(office.database.users), "by_id", fail)

    assert_refused(await office.get(USER_ROUTE, ann), 401, "USER-06")


async def test_the_gate_hears_of_voided_tokens_by_itself(
    office: Office, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = asyncio.Event()
    watch = gate.Gate(office.services.accounts, office.services.tokens)
    monkeypatch.setattr(gate, "VOIDED_REFRESH", 0.001)
    await office.database.users.promote(ann.id, Role.USER, "a new hash")
    repository = type(office.database.voided_tokens)
    original, rounds = repository.since, count(1)

    async def since(self: Any, moment: datetime, mark: int | None = None) -> dict[UserId, int]:
        number = next(rounds)
        if number == 1:
            raise RuntimeError("one round fails, the next is held all the same")
        if number == 3:
            heard.set()
        return await original(self, moment, mark)

    monkeypatch.setattr(repository, "since", since)
    keeping = asyncio.create_task(watch.keep_fresh())
    await heard.wait()
    keeping.cancel()

    with pytest.raises(InvalidToken):
        await watch.identify([(b"authorization", f"Bearer {ann.token}".encode())])


async def test_a_process_starts_even_on_a_database_without_tables(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def mark(_: object) -> int:
        raise RuntimeError("relation does not exist")

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[Services]:
        yield office.services

    monkeypatch.setattr(type(office.database.voided_tokens), "mark", mark)
    app = create_app(lifespan, CONTRACTS)

    async with app.lifespan():
        assert app.state["gate"]


def test_voided_tokens_are_heard_of_well_within_five_seconds() -> None:
    assert gate.VOIDED_REFRESH <= 2


async def test_a_database_that_is_down_does_not_make_the_gate_forget(
    office: Office, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.database.users.promote(ann.id, Role.USER, "a new hash")
    gate = office.app.state["gate"]
    await gate.refresh()

    async def fail(_: object) -> int:
        raise StoreReadFailed

    monkeypatch.setattr(type(office.database.voided_tokens), "mark", fail)
    with structlog.testing.capture_logs() as lines:
        for _ in range(3):
            await gate.refresh()

    assert_refused(await office.get(USER_ROUTE, ann), 401, "USER-06")
    assert [line["code"] for line in lines] == ["DB-01"]  # said once


@pytest.mark.parametrize("secret", ["", "verysecret", "a" * 31, "é" * 15])
def test_a_secret_that_can_be_guessed_is_refused_at_the_start(secret: str) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        JwtTokens(secret, TOKEN_TTL, AdvancingClock())


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every token that was read, and not remembered, in this order."""
    seen: list[str] = []
    read = JwtTokens._read

    def look(verifier: JwtTokens, token: str) -> tuple[Identity, datetime]:
        seen.append(token)
        return read(verifier, token)

    monkeypatch.setattr(JwtTokens, "_read", look)
    return seen


def test_tokens_that_were_verified_are_remembered_up_to_a_bound(
    ann: Person, decoded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "TOKENS_REMEMBERED", 3)
    verifier = JwtTokens(SECRET, TOKEN_TTL, AdvancingClock())
    good = [sign(good_claims(ann.id)) for _ in range(5)]

    for token in [*good, *reversed(good)]:
        verifier.verify(token)

    assert decoded == [*good, good[1], good[0]]


def test_a_refused_token_is_looked_at_anew(ann: Person, decoded: list[str]) -> None:
    verifier = JwtTokens(SECRET, TOKEN_TTL, AdvancingClock())
    for token in forgeries(ann.id).values():
        looks = []
        for _ in range(2):
            with pytest.raises(InvalidToken):
                verifier.verify(token)
            looks.append(decoded.count(token))

        assert looks in ([0, 0], [1, 2])


async def test_logging_in_gives_a_token_without_anything_secret_in_it(office: Office, ann: Person) -> None:
    reply = await office.post("/user/login/", {"email": ann.email, "password": PASSWORD})

    claims = jwt.decode(reply.json()["token"], options={"verify_signature": False})
    header = jwt.get_unverified_header(reply.json()["token"])
    assert header == HEADER
    assert set(claims) == {"sub", "role", "ver", "iat", "exp", "jti"}
    assert claims["sub"] == ann.id
    assert claims["exp"] - claims["iat"] == TOKEN_TTL.total_seconds()


async def voided_user(office: Office, person: Person) -> User:
    user = await office.database.users.by_id(person.id)
    assert user is not None
    return user
