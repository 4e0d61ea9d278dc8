"""Accounts in the resource API: registering, logging in, staying logged in, and what ends it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import jwt
import pytest
from argon2 import PasswordHasher

from booked.adapters.security import Argon2Hasher, HmacRefreshTokens
from booked.domain.model.ids import SessionId
from booked.domain.model.people.sessions import RefreshToken
from booked.domain.model.people.users import Role
from tests.guards import Guards
from tests.http.answers import assert_problem, assert_protected
from tests.http.office import PASSWORD, REFRESH_TTL, TOKEN_TTL, Office, Person, open_office
from tests.http.test_accounts import REFUSED_REGISTRATIONS
from tests.wiring import SECRET

REGISTER = "/api/auth/register/"
LOGIN = "/api/auth/jwt/create/"
REFRESH = "/api/auth/jwt/refresh/"
LOGOUT = "/api/auth/logout/"
ME = "/api/v1/users/me/"
MY_PASSWORD = "/api/v1/users/me/password/"

GOOD = {"email": "ann@example.com", "password": PASSWORD, "first_name": "Ann", "last_name": "Archer"}
NEXT_PASSWORD = "even more correct horses"
SECOND = timedelta(seconds=1)


async def log_in(office: Office, person: Person, password: str = PASSWORD) -> dict[str, str]:
    reply = await office.post(LOGIN, {"email": person.email, "password": password})
    assert reply.status_code == 200, reply.text
    tokens: dict[str, str] = reply.json()
    return tokens


async def refresh(office: Office, token: str) -> dict[str, str]:
    reply = await office.post(REFRESH, {"refresh": token})
    assert reply.status_code == 200, reply.text
    tokens: dict[str, str] = reply.json()
    return tokens


async def assert_ended(office: Office, token: str) -> None:
    assert_problem(await office.post(REFRESH, {"refresh": token}), 401, "USER-13", sent=token)


def with_access(person: Person, access: str) -> Person:
    return Person(person.id, person.email, access)


async def test_who_registers_is_shown_without_their_password(office: Office) -> None:
    reply = await office.post(REGISTER, GOOD)

    user = await office.database.users.by_email("ann@example.com")
    assert user is not None
    assert reply.status_code == 201
    assert reply.json() == {
        "id": user.id,
        "email": "ann@example.com",
        "first_name": "Ann",
        "last_name": "Archer",
        "role": "user",
    }
    assert reply.headers["Location"] == ME
    assert_protected(reply)


async def test_names_may_be_left_out(office: Office) -> None:
    reply = await office.post(REGISTER, {"email": "ann@example.com", "password": PASSWORD})

    assert reply.status_code == 201
    assert (reply.json()["first_name"], reply.json()["last_name"]) == ("", "")


async def test_registrations_that_cannot_be_used_are_refused_and_change_nothing(office: Office) -> None:
    faults = [(fault, code) for fault, code in REFUSED_REGISTRATIONS if "name" not in fault]
    faults += [({key: "a" * 201}, "USER-08") for key in ("first_name", "last_name")]
    faults += [({"last_name": "Archer\0"}, "USER-08"), ({"first_name": "Ann\u202enimda"}, "USER-08")]
    before = await office.digest()

    for fault, code in faults:
        assert_problem(await office.post(REGISTER, {**GOOD, **fault}), 400, code, sent=next(iter(fault.values())))

    assert await office.digest() == before


async def test_fields_that_nobody_asked_for_are_refused_by_name(office: Office) -> None:
    for selection in ("role", "is_admin", "id", "token_version", "password_hash", "name", "x" * 100):
        reply = await office.post(REGISTER, {**GOOD, selection: "admin"})

        assert_problem(reply, 400, "SYS-01", sent=selection)
        assert selection[:20] in reply.json()["detail"]
    assert await office.database.users.by_email("ann@example.com") is None


async def test_a_registration_needs_an_address_and_a_password(office: Office) -> None:
    for missing in ("email", "password"):
        reply = await office.post(REGISTER, {key: value for key, value in GOOD.items() if key != missing})

        assert_problem(reply, 400, "SYS-01")


async def test_fifty_registrations_of_one_address_at_once_make_one_account(office: Office) -> None:
    replies = await asyncio.gather(*(office.post(REGISTER, GOOD) for _ in range(50)))

    refused = [reply for reply in replies if reply.status_code != 201]
    assert len(refused) == 49
    for reply in refused:
        assert_problem(reply, 400, "USER-09")


async def test_both_contracts_know_the_same_people(office: Office) -> None:
    await office.post("/user/register/", {"name": "Ann Archer", "email": "ann@example.com", "password": PASSWORD})
    await office.post(REGISTER, {**GOOD, "email": "ben@example.com"})

    ann = await office.post(LOGIN, {"email": "ann@example.com", "password": PASSWORD})
    ben = await office.post("/user/login/", {"email": "ben@example.com", "password": PASSWORD})

    me = await office.get(ME, headers={"Authorization": f"Bearer {ann.json()['access']}"})
    assert (me.json()["first_name"], me.json()["last_name"]) == ("Ann Archer", "")
    assert ben.status_code == 200


@pytest.mark.parametrize("name", ["email", "username"])
async def test_one_logs_in_by_address_or_user_name_which_is_the_same(office: Office, ann: Person, name: str) -> None:
    reply = await office.post(LOGIN, {name: ann.email, "password": PASSWORD})

    assert reply.status_code == 200
    assert set(reply.json()) == {"access", "refresh"}
    claims = jwt.decode(reply.json()["access"], options={"verify_signature": False})
    assert claims["sub"] == ann.id
    assert claims["exp"] - claims["iat"] == TOKEN_TTL.total_seconds()
    assert (await office.get(ME, with_access(ann, reply.json()["access"]))).status_code == 200


async def test_a_login_does_not_tell_an_unknown_account_from_a_wrong_password(office: Office, ann: Person) -> None:
    id_ = {"X-Request-Id": "same"}

    unknown = await office.post(LOGIN, {"email": "ben@example.com", "password": PASSWORD}, headers=id_)
    silly = await office.post(LOGIN, {"email": "no address", "password": PASSWORD}, headers=id_)
    wrong = await office.post(LOGIN, {"email": ann.email, "password": PASSWORD + "!"}, headers=id_)

    assert_problem(wrong, 401, "USER-04")
    assert unknown.content == silly.content == wrong.content
    assert unknown.headers == silly.headers == wrong.headers


async def test_a_login_costs_the_same_work_for_an_unknown_account(
    office: Office, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []
    original = PasswordHasher.verify

    def verify(hasher: PasswordHasher, password_hash: str, password: str) -> bool:
        checked.append(password_hash)
        return original(hasher, password_hash, password)

    monkeypatch.setattr(PasswordHasher, "verify", verify)
    for email in (ann.email, "ben@example.com", "no address"):
        await office.post(LOGIN, {"email": email, "password": "a wrong one"})

    hers, nobodys, again = checked
    assert hers != nobodys == again
    assert hers.rsplit("$", 2)[0] == nobodys.rsplit("$", 2)[0]  # what one costs


SENSELESS_LOGINS = [
    ({"password": PASSWORD}, 400, "USER-07"),
    ({"email": "", "password": PASSWORD}, 400, "USER-07"),
    ({"email": "ann@example.com"}, 400, "SYS-01"),
    ({"email": "ann@example.com", "password": ""}, 400, "USER-02"),
    ({"email": "ann@example.com", "password": "a" * 60_000}, 400, "USER-11"),
    ({"email": "ann@example.com", "password": "a\0b"}, 400, "USER-11"),
    ({"email": "ann@example.com", "username": "ben@example.com", "password": PASSWORD}, 400, "SYS-01"),
    ({"email": "ann@example.com", "password": PASSWORD, "role": "admin"}, 400, "SYS-01"),
    ({"email": ["ann@example.com"], "password": PASSWORD}, 400, "SYS-01"),
    ({"email": "a\0@example.com", "password": PASSWORD}, 401, "USER-04"),
    ({"username": "' OR 1=1 --@x", "password": PASSWORD}, 401, "USER-04"),
]


async def test_a_login_that_makes_no_sense_is_refused(office: Office, ann: Person) -> None:
    for body, status, code in SENSELESS_LOGINS:
        assert_problem(await office.post(LOGIN, body), status, code)


async def test_a_session_goes_on_as_long_as_its_token_is_exchanged_in_time(office: Office, ann: Person) -> None:
    tokens = await log_in(office, ann)

    for _ in range(3):
        office.clock.advance(REFRESH_TTL - SECOND)
        tokens = await refresh(office, tokens["refresh"])
        assert (await office.get(ME, with_access(ann, tokens["access"]))).status_code == 200

    office.clock.advance(REFRESH_TTL)
    await assert_ended(office, tokens["refresh"])


async def test_refresh_tokens_are_opaque_and_only_their_digests_are_kept(office: Office, ann: Person) -> None:
    first = await log_in(office, ann)
    second = await refresh(office, first["refresh"])

    async with office.connection() as connection:
        rows = await connection.fetch("SELECT t::text FROM sessions t")
    kept = "".join(row[0] for row in rows)
    assert len(rows) == 1
    for token in (first["refresh"], second["refresh"]):
        assert len(token) == 64
        assert token.encode().hex() not in kept
        assert RefreshToken(SessionId(""), token).digest.hex() in kept
        assert ann.id not in token


async def test_a_lost_reply_can_be_asked_for_again(office: Office, ann: Person) -> None:
    first = await log_in(office, ann)
    lost = await refresh(office, first["refresh"])
    office.clock.advance(timedelta(hours=3))

    again = await refresh(office, first["refresh"])

    assert again["refresh"] == lost["refresh"]
    assert (await office.get(ME, with_access(ann, again["access"]))).status_code == 200
    assert (await refresh(office, again["refresh"]))["refresh"] != again["refresh"]


async def test_a_token_whose_successor_was_used_ends_the_session_and_voids_its_access_tokens(
    office: Office, ann: Person, ben: Person
) -> None:
    first, of_ben = await log_in(office, ann), await log_in(office, ben)
    second = await refresh(office, first["refresh"])
    third = await refresh(office, second["refresh"])

    await assert_ended(office, first["refresh"])

    await assert_ended(office, third["refresh"])
    assert_problem(await office.get(ME, with_access(ann, third["access"])), 401, "USER-06")
    assert await refresh(office, of_ben["refresh"])


async def test_a_stolen_token_is_of_no_use_for_long(office: Office, ann: Person) -> None:
    """Whoever comes second, the thief or the owner, ends the session for both; a new login is a new session."""
    first = await log_in(office, ann)
    thiefs = await refresh(office, first["refresh"])
    thiefs = await refresh(office, thiefs["refresh"])
    office.clock.advance(timedelta(hours=1))

    await assert_ended(office, first["refresh"])

    await assert_ended(office, thiefs["refresh"])
    assert await refresh(office, (await log_in(office, ann))["refresh"])


async def test_fifty_exchanges_of_one_token_at_once_have_one_successor(office: Office, ann: Person) -> None:
    first = await log_in(office, ann)

    replies = await asyncio.gather(*(office.post(REFRESH, {"refresh": first["refresh"]}) for _ in range(50)))

    assert {reply.status_code for reply in replies} == {200}
    [successor] = {reply.json()["refresh"] for reply in replies}
    assert (await refresh(office, successor))["refresh"] not in {first["refresh"], successor}


async def test_control_successors_that_are_not_derived_are_for_one_of_them(
    office: Office, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await log_in(office, ann)
    monkeypatch.setattr(HmacRefreshTokens, "successor", lambda self, token: self.fresh(token.session_id))

    replies = await asyncio.gather(*(office.post(REFRESH, {"refresh": first["refresh"]}) for _ in range(50)))

    assert [reply.status_code for reply in replies].count(200) == 1


async def test_control_a_row_that_is_not_looked_at_has_several_successors(
    office: Office, ann: Person, guards: Guards, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await log_in(office, ann)
    guards.remove("presented token")
    monkeypatch.setattr(HmacRefreshTokens, "successor", lambda self, token: self.fresh(token.session_id))

    replies = await asyncio.gather(*(office.post(REFRESH, {"refresh": first["refresh"]}) for _ in range(50)))

    assert len({reply.json()["refresh"] for reply in replies}) == 50


async def test_no_refresh_token_but_a_good_one_is_exchanged(office: Office, ann: Person) -> None:
    tokens = await log_in(office, ann)
    good = tokens["refresh"]
    other = await log_in(office, ann)
    elsewhere = HmacRefreshTokens("another secret").fresh(HmacRefreshTokens(SECRET).read(other["refresh"]).session_id)
    bad = {
        "an access token": tokens["access"],
        "empty": "",
        "short": good[:-1],
        "long": good + "A",
        "padded": good + "=",
        "in other letters": good[:63] + "+",
        "with white space": f" {good}",
        "with a NUL": good[:63] + "\0",
        "full-width": good[:63] + "\uff21",
        "of no session": "A" * 64,
        "made up for a session": elsewhere.text,
        "very long": good * 800,
    }

    for token in bad.values():
        assert_problem(await office.post(REFRESH, {"refresh": token}), 401, "USER-13", sent=token)
    for nonsense in (None, 7, [good], True):
        assert_problem(await office.post(REFRESH, {"refresh": nonsense}), 400, "SYS-01")
    assert_problem(await office.post(REFRESH, {}), 400, "SYS-01")
    assert_problem(await office.post(REFRESH, {"refresh": good, "user": ann.id}), 400, "SYS-01")

    assert await refresh(office, good)


async def test_a_refresh_token_is_no_access_token(office: Office, ann: Person) -> None:
    tokens = await log_in(office, ann)

    for path in (ME, "/user/bookings/", "/analytics/"):
        assert (await office.get(path, with_access(ann, tokens["refresh"]))).status_code == 401


async def test_an_exchange_gives_the_role_that_one_has_by_now(office: Office, ann: Person) -> None:
    tokens = await log_in(office, ann)
    await office.database.users.set_role(ann.id, Role.ORGANIZER)

    renewed = await refresh(office, tokens["refresh"])

    assert jwt.decode(renewed["access"], options={"verify_signature": False})["role"] == "organizer"
    assert_problem(await office.get(ME, with_access(ann, tokens["access"])), 401, "USER-06")
    assert (await office.get(ME, with_access(ann, renewed["access"]))).status_code == 200


async def test_logging_out_ends_one_session_and_voids_the_access_tokens_of_all(
    office: Office, ann: Person, ben: Person
) -> None:
    here, there, of_ben = await log_in(office, ann), await log_in(office, ann), await log_in(office, ben)

    reply = await office.post(LOGOUT, {"refresh": here["refresh"]})

    assert (reply.status_code, reply.content) == (204, b"")
    await assert_ended(office, here["refresh"])
    for voided in (here, there):
        assert_problem(await office.get(ME, with_access(ann, voided["access"])), 401, "USER-06")
    renewed = await refresh(office, there["refresh"])
    assert (await office.get(ME, with_access(ann, renewed["access"]))).status_code == 200
    assert (await office.get(ME, with_access(ben, of_ben["access"]))).status_code == 200


async def test_a_voided_access_token_is_refused_on_plain_routes_once_the_gate_has_heard(
    office: Office, ann: Person
) -> None:
    tokens = await log_in(office, ann)
    await office.post(LOGOUT, {"refresh": tokens["refresh"]})

    await office.app.state["gate"].refresh()

    assert (await office.get("/user/bookings/", with_access(ann, tokens["access"]))).status_code == 401


async def test_logging_out_of_nothing_is_as_good_and_changes_nothing(office: Office, ann: Person) -> None:
    tokens = await log_in(office, ann)
    await office.post(LOGOUT, {"refresh": (await log_in(office, ann))["refresh"]})
    before = await office.digest()

    for token in ("", "A" * 64, "nonsense", tokens["access"]):
        assert (await office.post(LOGOUT, {"refresh": token})).status_code == 204

    assert await office.digest() == before
    assert await refresh(office, tokens["refresh"])


async def test_a_session_that_has_expired_is_not_held_against_its_user(office: Office, ann: Person) -> None:
    old = await log_in(office, ann)
    office.clock.advance(REFRESH_TTL)
    new = await log_in(office, ann)

    await assert_ended(office, old["refresh"])
    await office.post(LOGOUT, {"refresh": old["refresh"]})

    assert (await office.get(ME, with_access(ann, new["access"]))).status_code == 200


async def change_password(office: Office, who: Person, current: str, new: str) -> dict[str, str]:
    reply = await office.post(MY_PASSWORD, {"current_password": current, "new_password": new}, who)
    assert reply.status_code == 200, reply.text
    tokens: dict[str, str] = reply.json()
    return tokens


async def test_a_change_of_password_ends_all_sessions_and_answers_with_a_new_one(
    office: Office, ann: Person, ben: Person
) -> None:
    before = [await log_in(office, ann) for _ in range(3)]
    of_ben = await log_in(office, ben)

    tokens = await change_password(office, with_access(ann, before[0]["access"]), PASSWORD, NEXT_PASSWORD)

    assert set(tokens) == {"access", "refresh"}
    for ended in before:
        await assert_ended(office, ended["refresh"])
        assert_problem(await office.get(ME, with_access(ann, ended["access"])), 401, "USER-06")
    assert (await office.get(ME, with_access(ann, tokens["access"]))).status_code == 200
    assert await refresh(office, tokens["refresh"])
    assert await refresh(office, of_ben["refresh"])
    assert_problem(await office.post(LOGIN, {"email": ann.email, "password": PASSWORD}), 401, "USER-04")
    assert await log_in(office, ann, NEXT_PASSWORD)


REFUSED_PASSWORDS = [
    ("a wrong one", NEXT_PASSWORD, 401, "USER-04"),
    ("", NEXT_PASSWORD, 400, "USER-02"),
    ("a\0b", NEXT_PASSWORD, 400, "USER-11"),
    (PASSWORD, "", 400, "USER-02"),
    (PASSWORD, "short", 400, "USER-11"),
    (PASSWORD, "ä" * 513, 400, "USER-11"),
    (PASSWORD, "null\0and void", 400, "USER-11"),
]


async def test_a_password_that_cannot_be_changed_so_stays_as_it_is(office: Office, ann: Person) -> None:
    tokens = await log_in(office, ann)
    before = await office.digest()

    for current, new, status, code in REFUSED_PASSWORDS:
        reply = await office.post(MY_PASSWORD, {"current_password": current, "new_password": new}, ann)
        assert_problem(reply, status, code, sent=new)

    assert await office.digest() == before
    assert await refresh(office, tokens["refresh"])


async def test_of_many_changes_of_a_password_at_once_one_is_made(office: Office, ann: Person) -> None:
    selections = [f"{NEXT_PASSWORD} {n}" for n in range(8)]

    replies = await asyncio.gather(
        *(
            office.post(MY_PASSWORD, {"current_password": PASSWORD, "new_password": selection}, ann)
            for selection in selections
        )
    )

    made = [selection for selection, reply in zip(selections, replies, strict=True) if reply.status_code == 200]
    assert len(made) == 1
    assert await log_in(office, ann, made[0])
    for reply in replies:
        assert reply.status_code in {200, 401}


async def test_no_login_with_the_old_password_outlives_its_change(office: Office, ann: Person) -> None:
    async def attempt() -> dict[str, str] | None:
        reply = await office.post(LOGIN, {"email": ann.email, "password": PASSWORD})
        return reply.json() if reply.status_code == 200 else None

    logins = [asyncio.create_task(attempt()) for _ in range(20)]
    tokens = await change_password(office, ann, PASSWORD, NEXT_PASSWORD)

    for login in logins:
        opened = await login
        if opened is not None:
            await assert_ended(office, opened["refresh"])
    assert await refresh(office, tokens["refresh"])


@pytest.fixture
async def costly_office(database_url: str, redis_url: str) -> AsyncIterator[Office]:
    """One whose passwords cost what they cost in production."""
    async with open_office(database_url, redis_url, passwords=Argon2Hasher(threads=1)) as office:
        yield office


async def test_more_logins_than_can_be_served_soon_are_told_so(costly_office: Office) -> None:
    ann = await costly_office.person("ann")

    replies = await asyncio.gather(
        *(costly_office.post(LOGIN, {"email": ann.email, "password": PASSWORD}) for _ in range(100))
    )

    refused = [reply for reply in replies if reply.status_code != 200]
    assert refused
    for reply in refused:
        assert_problem(reply, 503, "SYS-09")
