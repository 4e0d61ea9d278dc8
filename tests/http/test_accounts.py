"""Accounts: what may be registered, what logging in tells and costs."""

import asyncio
import os
import resource
import statistics
import threading
from collections.abc import AsyncIterator
from contextlib import ExitStack

import pytest
from argon2 import PasswordHasher

from booked.adapters.postgres.people.users import PostgresUsers
from booked.adapters.security import Argon2Hasher
from booked.adapters.security.passwords import NICENESS, WAITING_MOST, Place
from booked.domain.errors import Busy
from booked.domain.model.people.users import Role, User
from tests.http.answers import assert_refused, code_of
from tests.http.office import PASSWORD, Office, Person, open_office

REGISTER = "/user/register/"
LOGIN = "/user/login/"
GOOD = {"name": "Ann", "email": "ann@example.com", "password": PASSWORD}


@pytest.fixture
async def concealing_office(database_url: str, redis_url: str) -> AsyncIterator[Office]:
    async with open_office(database_url, redis_url, conceal_accounts=True) as office:
        yield office


@pytest.fixture
async def costly_office(database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    """One whose passwords cost what they cost in production, and do not wait for everything else on this machine."""
    monkeypatch.setattr("booked.adapters.security.passwords.NICENESS", 0)
    async with open_office(database_url, redis_url, conceal_accounts=True, passwords=Argon2Hasher(threads=2)) as office:
        yield office


REFUSED_REGISTRATIONS = [
    ({"email": ""}, "USER-07"),
    ({"email": "  \t"}, "USER-07"),
    ({"email": "a" * 250 + "@b.cd"}, "USER-10"),
    ({"email": "a" * 30_000 + "@b.cd"}, "USER-10"),
    ({"email": "ann"}, "USER-10"),
    ({"email": "@example.com"}, "USER-10"),
    ({"email": "ann@"}, "USER-10"),
    ({"email": "ann@home@example.com"}, "USER-10"),
    ({"email": "ann@example.com\r\nBcc: ben@example.com"}, "USER-10"),
    ({"email": "ann\0@example.com"}, "USER-10"),
    ({"email": "ann\u202e@example.com"}, "USER-10"),
    ({"password": ""}, "USER-02"),
    ({"password": "a" * 7}, "USER-11"),
    ({"password": "a" * 1025}, "USER-11"),
    ({"password": "ä" * 513}, "USER-11"),
    ({"password": "a" * 60_000}, "USER-11"),
    ({"password": "secret\0secret"}, "USER-11"),
    ({"name": ""}, "USER-08"),
    ({"name": " "}, "USER-08"),
    ({"name": "a" * 201}, "USER-08"),
    ({"name": "a" * 10_000}, "USER-08"),
    ({"name": "Ann\0"}, "USER-08"),
    ({"name": "Ann\r\nBen"}, "USER-08"),
    ({"name": "Ann\u202enimda"}, "USER-08"),
]


async def test_registrations_that_cannot_be_used_are_refused_and_change_nothing(office: Office) -> None:
    before = await office.digest()

    for fault, code in REFUSED_REGISTRATIONS:
        reply = await office.post(REGISTER, {**GOOD, **fault})

        assert_refused(reply, 400, code, sent=next(iter(fault.values())))

    assert await office.digest() == before
    assert (await office.post(REGISTER, GOOD)).status_code == 201


async def test_a_field_that_is_missing_is_answered_like_an_empty_one(office: Office) -> None:
    for missing, code in {"name": "USER-08", "email": "USER-07", "password": "USER-02"}.items():
        reply = await office.post(REGISTER, {name: value for name, value in GOOD.items() if name != missing})

        assert_refused(reply, 400, code)


async def test_a_password_is_taken_as_it_is(office: Office) -> None:
    passwords = ["a" * 8, "a" * 64 + "b" * 960, "pässwörd", "🎟️🎟️🎟️🎟️🎟️", " a b c d "]
    for number, password in enumerate(passwords):
        email = f"ann{number}@example.com"
        await office.post(REGISTER, {**GOOD, "email": email, "password": password})

        right = await office.post(LOGIN, {"email": email, "password": password})
        cut_off = await office.post(LOGIN, {"email": email, "password": password[:-1]})

        assert right.status_code == 200
        assert_refused(cut_off, 401, "USER-04")


async def test_fields_that_would_make_an_admin_are_ignored(office: Office) -> None:
    selections = {
        "role": "admin",
        "is_admin": True,
        "id": "01890000-0000-7000-8000-000000000000",
        "created_at": "1970-01-01T00:00:00Z",
        "token_version": 9,
        "password_hash": "x",
    }

    reply = await office.post(REGISTER, {**GOOD, **selections})

    user = await office.database.users.by_email(GOOD["email"])
    assert reply.status_code == 201
    assert user is not None
    assert user.role is Role.USER
    assert user.token_version == 0
    assert user.id != selections["id"]


async def test_fifty_registrations_of_one_address_at_once_make_one_account(office: Office) -> None:
    addresses = ["ann@example.com", "ANN@example.com", "ann@EXAMPLE.com", "ａnn@example.com", " ann@example.com "]

    replies = await asyncio.gather(
        *(office.post(REGISTER, {**GOOD, "email": addresses[turn % 5]}) for turn in range(50))
    )

    assert sorted(reply.status_code for reply in replies) == [201] + [400] * 49
    assert {code_of(reply) for reply in replies if reply.status_code == 400} == {"USER-09"}


async def test_markup_in_a_name_is_kept_as_text(office: Office, admin: Person) -> None:
    name = "<script>alert(1)</script>"

    await office.event(name=name)

    reply = await office.get("/event/")
    assert reply.headers["Content-Type"] == "application/json"
    assert reply.json()["events"][0]["name"] == name


async def test_a_login_tells_who_has_an_account_as_documented(office: Office, ann: Person) -> None:
    unknown = await office.post(LOGIN, {"email": "ben@example.com", "password": PASSWORD})
    wrong = await office.post(LOGIN, {"email": ann.email, "password": PASSWORD + "!"})

    assert_refused(unknown, 401, "USER-03")
    assert_refused(wrong, 401, "USER-04")


SENSELESS_LOGINS = [
    ({"email": "", "password": PASSWORD}, 400, "USER-07"),
    ({"password": PASSWORD}, 400, "USER-07"),
    ({"email": "ann@example.com", "password": ""}, 400, "USER-02"),
    ({"email": "ann@example.com"}, 400, "USER-02"),
    ({"email": "ann@example.com", "password": "a" * 60_000}, 400, "USER-11"),
    ({"email": "ann@example.com", "password": "a\0b"}, 400, "USER-11"),
    ({"email": "not an address", "password": PASSWORD}, 401, "USER-03"),
    ({"email": "a\0@example.com", "password": PASSWORD}, 401, "USER-03"),
    ({"email": "' OR 1=1 --@x", "password": PASSWORD}, 401, "USER-03"),
]


async def test_a_login_that_makes_no_sense_is_refused(office: Office, ann: Person) -> None:
    for body, status, code in SENSELESS_LOGINS:
        assert_refused(await office.post(LOGIN, body), status, code, sent=body.get("password", ""))


async def test_where_accounts_are_concealed_an_unknown_one_answers_like_a_wrong_password(
    concealing_office: Office,
) -> None:
    ann = await concealing_office.person("ann")
    id_ = {"X-Request-Id": "same"}

    unknown = await concealing_office.post(LOGIN, {"email": "ben@example.com", "password": PASSWORD}, headers=id_)
    wrong = await concealing_office.post(LOGIN, {"email": ann.email, "password": PASSWORD + "!"}, headers=id_)

    assert_refused(unknown, 401, "USER-04")
    assert unknown.content == wrong.content
    assert unknown.headers == wrong.headers


@pytest.fixture
def costs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What each hash costs that is verified from now on: its algorithm and parameters."""
    seen: list[str] = []
    verify = PasswordHasher.verify

    def count(hasher: PasswordHasher, password_hash: str, password: str) -> bool:
        seen.append(password_hash.rsplit("$", 2)[0])
        return verify(hasher, password_hash, password)

    monkeypatch.setattr(PasswordHasher, "verify", count)
    return seen


async def log_in_wrongly(office: Office) -> None:
    """Log in as somebody with an account, as somebody without one, and as nobody."""
    ann = await office.person("ann")
    for email in (ann.email, "ben@example.com", "x"):
        reply = await office.post(LOGIN, {"email": email, "password": "wrong password"})
        assert reply.status_code == 401


async def test_a_login_costs_as_much_for_an_unknown_account_as_for_a_wrong_password(
    costly_office: Office, costs: list[str]
) -> None:
    await log_in_wrongly(costly_office)

    assert costs == ["$argon2id$v=19$m=19456,t=2,p=1"] * 3


async def test_control_without_the_dummy_hash_an_unknown_account_costs_nothing(
    concealing_office: Office, costs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    verify = Place.verify

    async def verify_known_accounts_only(place: Place, password: str, password_hash: str | None) -> bool:
        return password_hash is not None and await verify(place, password, password_hash)

    monkeypatch.setattr(Place, "verify", verify_known_accounts_only)
    await log_in_wrongly(concealing_office)

    assert len(costs) == 1


async def test_more_logins_than_can_be_served_soon_are_told_so_at_once(costly_office: Office) -> None:
    ann = await costly_office.person("ann")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answered: list[int] = []

    async def log_in() -> None:
        reply = await costly_office.post(LOGIN, {"email": ann.email, "password": PASSWORD})
        answered.append(reply.status_code)
        if reply.status_code == 503:
            assert_refused(reply, 503, "SYS-09")

    await asyncio.gather(*(log_in() for _ in range(300)))

    places = {status: [place for place, each in enumerate(answered) if each == status] for status in (200, 503)}
    assert len(places[200]) >= WAITING_MOST + 2
    assert len(places[503]) >= 100
    assert statistics.median(places[503]) < statistics.median(places[200])
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory
    assert grown < 100 * 1024  # KiB


async def test_the_hasher_keeps_a_place_until_the_work_is_done_even_if_nobody_waits() -> None:
    hasher = Argon2Hasher(memory_kib=8, passes=1, threads=1)
    started, release = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def work() -> bool:
        loop.call_soon_threadsafe(started.set)
        asyncio.run_coroutine_threadsafe(release.wait(), loop).result()
        return True

    async def hash_something() -> None:
        with hasher.place() as place:
            await place.run(work)

    abandoned = asyncio.create_task(hash_something())
    await started.wait()
    abandoned.cancel()
    waiting = [asyncio.create_task(hasher.hash("password")) for _ in range(WAITING_MOST)]
    await asyncio.sleep(0)

    with pytest.raises(Busy):
        await hasher.hash("password")
    release.set()
    assert len(await asyncio.gather(*waiting)) == WAITING_MOST
    assert await hasher.hash("password")
    hasher.close()


async def test_logins_that_find_no_place_at_the_hasher_ask_the_database_nothing(
    database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hasher = Argon2Hasher(memory_kib=8, passes=1, threads=1)
    async with open_office(database_url, redis_url, passwords=hasher) as office:
        ann = await office.person("ann")
        asked: list[str] = []
        by_email = PostgresUsers.by_email

        async def count(users: PostgresUsers, email: str) -> User | None:
            asked.append(email)
            return await by_email(users, email)

        monkeypatch.setattr(PostgresUsers, "by_email", count)
        with ExitStack() as taken:
            for _ in range(WAITING_MOST + 1 - 3):
                taken.enter_context(hasher.place())

            replies = await asyncio.gather(
                *(office.post(LOGIN, {"email": ann.email, "password": PASSWORD}) for _ in range(100))
            )

            served = [reply for reply in replies if reply.status_code == 200]
            assert {reply.status_code for reply in replies} == {200, 503}
            assert len(asked) == len(served)
            # Every place is free again but those that we have.
            for _ in range(3):
                taken.enter_context(hasher.place())
            with pytest.raises(Busy), hasher.place():
                pass


async def test_hashing_gives_way_to_the_event_loop() -> None:
    hasher = Argon2Hasher(memory_kib=8, passes=1, threads=1)

    with hasher.place() as place:
        theirs = await place.run(lambda: os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

    ours = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    assert theirs == min(ours + NICENESS, 19)
    hasher.close()


async def test_a_hash_is_recognised_and_salted() -> None:
    hasher = Argon2Hasher(memory_kib=8, passes=1, threads=1)

    one, other = await hasher.hash("password"), await hasher.hash("password")

    assert one != other
    assert await hasher.verify("password", one)
    assert not await hasher.verify("Password", one)
    assert not await hasher.verify("password", None)
    hasher.close()


async def test_production_hashes_have_the_parameters_of_the_design() -> None:
    hasher = Argon2Hasher()

    assert (await hasher.hash("password")).startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    hasher.close()
