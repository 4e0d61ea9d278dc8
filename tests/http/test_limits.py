"""Limits as clients feel them: by address, with the headers that tell when to come back."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import pytest

from booked.adapters.http import HttpOptions
from booked.adapters.http.requests.addresses import LOOPBACK, Proxies
from booked.adapters.redis.limits import RedisLimiter
from booked.domain.model.ids import EventId
from booked.domain.services.people.limits import Limits
from tests.contracts.conftest import ms_ago
from tests.http.office import PASSWORD, Office, Person, open_office

FAR, FARTHER = {"X-Forwarded-For": "203.0.113.7"}, {"X-Forwarded-For": "203.0.113.8"}
LOGINS = [
    ("/user/login/", {"email": "ann@example.com", "password": PASSWORD}),
    ("/api/auth/jwt/create/", {"email": "ann@example.com", "password": PASSWORD}),
]


@pytest.fixture
async def limited(database_url: str, redis_url: str) -> AsyncIterator[Office]:
    limits = Limits.of(logins=3, registrations=2)
    async with open_office(database_url, redis_url, limits=limits) as office:
        yield office


@pytest.fixture
async def customer(limited: Office) -> Person:
    return await limited.person("ann")


@pytest.mark.usefixtures("customer")
@pytest.mark.parametrize(("path", "body"), LOGINS)
async def test_an_address_may_log_in_as_often_as_the_limit_says(limited: Office, path: str, body: object) -> None:
    replies = [await limited.post(path, body, headers=FAR) for _ in range(4)]

    assert [reply.status_code for reply in replies] == [200, 200, 200, 429]
    refused = replies[-1]
    assert refused.json()["code"] == "SYS-08"
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert refused.headers["RateLimit-Policy"] == '"logins";q=3;w=60'
    assert refused.headers["RateLimit"] == f'"logins";r=0;t={refused.headers["Retry-After"]}'
    assert (await limited.post(path, body, headers=FARTHER)).status_code == 200


@pytest.mark.usefixtures("customer")
async def test_logins_of_all_contracts_count_together(limited: Office) -> None:
    form = {"grant_type": "password", "username": "ann@example.com", "password": PASSWORD}

    statuses = [(await limited.post(path, body, headers=FAR)).status_code for path, body in LOGINS]
    statuses += [(await limited.http.post("/auth/token/", data=form, headers=FAR)).status_code for _ in range(2)]

    assert statuses == [200, 200, 200, 429]


async def test_registrations_of_all_contracts_count_together(limited: Office) -> None:
    def account(number: int) -> dict[str, str]:
        return {"email": f"{number}@example.com", "password": PASSWORD}

    replies = [
        await limited.post("/user/register/", {"name": "Ann", **account(1)}, headers=FAR),
        await limited.post("/api/auth/register/", account(2), headers=FAR),
        await limited.post("/user/register/", {"name": "Ann", **account(3)}, headers=FAR),
        await limited.post("/api/auth/register/", account(4), headers=FAR),
    ]

    assert [reply.status_code for reply in replies] == [201, 201, 429, 429]


@pytest.mark.usefixtures("customer")
async def test_control_without_limits_nobody_is_refused(limited: Office, database_url: str, redis_url: str) -> None:
    path, body = LOGINS[0]
    async with open_office(database_url, redis_url) as unlimited:
        replies = [await unlimited.post(path, body, headers=FAR) for _ in range(6)]

    assert {reply.status_code for reply in replies} == {200}


@pytest.mark.usefixtures("customer")
async def test_the_loopback_itself_is_not_limited(limited: Office) -> None:
    replies = [await limited.post(*LOGINS[0]) for _ in range(6)]

    assert {reply.status_code for reply in replies} == {200}


async def test_who_is_no_trusted_proxy_is_not_believed(database_url: str, redis_url: str) -> None:
    limits, options = Limits.of(logins=3, registrations=None), HttpOptions(trusted_proxies=())
    async with open_office(database_url, redis_url, options, limits=limits) as office:
        await office.person("ann")
        forged = [{"X-Forwarded-For": f"203.0.113.{number}"} for number in range(4)]
        replies = [await office.post(*LOGINS[0], headers=headers) for headers in forged]

    assert [reply.status_code for reply in replies] == [200, 200, 200, 429]


async def test_while_valkey_is_away_logins_are_refused_and_reads_go_on(
    limited: Office, customer: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = RedisLimiter.connect("redis://127.0.0.1:1")
    monkeypatch.setattr(limited.services.limits.limiter, "take", away.take)

    refused = await limited.post(*LOGINS[0], headers=FAR)

    assert refused.status_code == 503
    assert refused.headers["Retry-After"] == "1"
    assert (await limited.get("/user/bookings/", customer, headers=FAR)).status_code == 200
    await away.close()


@pytest.mark.parametrize(
    ("peer", "forwarded", "counted"),
    [
        ("127.0.0.1", [], None),
        ("::1", [], None),
        ("::ffff:127.0.0.1", [], None),
        (None, [], None),
        ("203.0.113.7", [], "203.0.113.7"),
        ("203.0.113.7", ["198.51.100.1"], "203.0.113.7"),
        ("127.0.0.1", ["203.0.113.7"], "203.0.113.7"),
        ("127.0.0.1", ["198.51.100.1, 203.0.113.7"], "203.0.113.7"),
        ("127.0.0.1", ["198.51.100.1", "203.0.113.7, 127.0.0.1"], "203.0.113.7"),
        ("127.0.0.1", ["203.0.113.7:4711"], "203.0.113.7"),
        ("127.0.0.1", ["[2001:db8:1:2::9]:4711"], "2001:db8:1:2::/64"),
        ("127.0.0.1", ["2001:db8:1:2:3:4:5:6"], "2001:db8:1:2::/64"),
        ("127.0.0.1", ["203.0.113.7, unknown"], "127.0.0.1"),
        ("127.0.0.1", ["127.0.0.1"], None),
    ],
)
def test_an_address_is_what_the_last_trusted_proxy_saw(
    peer: str | None, forwarded: list[str], counted: str | None
) -> None:
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]

    assert Proxies(LOOPBACK).client_address(peer, headers) == counted


async def test_guesses_from_everywhere_are_counted_by_account_and_do_not_keep_its_owner_out(
    database_url: str, redis_url: str
) -> None:
    path, body = LOGINS[0]
    wrong = {**LOGINS[0][1], "password": "wrong password"}
    async with open_office(database_url, redis_url, limits=Limits.of(wrong_passwords=3)) as office:
        await office.person("ann")
        at_home = await office.post(path, body, headers=FAR)
        guesses = [
            await office.post(path, wrong, headers={"X-Forwarded-For": f"198.51.100.{number}"}) for number in range(4)
        ]
        elsewhere = await office.post(path, body, headers=FARTHER)
        at_home_again = await office.post(path, body, headers=FAR)

    assert [reply.status_code for reply in guesses] == [401, 401, 401, 429]
    assert (at_home.status_code, elsewhere.status_code, at_home_again.status_code) == (200, 429, 200)


async def test_an_address_written_in_another_way_is_the_same_account(database_url: str, redis_url: str) -> None:
    path, body = LOGINS[0]
    spellings = [
        str(body["email"]),
        str(body["email"]).upper(),
        str(body["email"]).replace("a", "\N{FULLWIDTH LATIN SMALL LETTER A}"),
    ]
    async with open_office(database_url, redis_url, limits=Limits.of(wrong_passwords=2)) as office:
        await office.person("ann")
        guesses = [
            await office.post(path, {**body, "email": email, "password": "wrong password"}, headers=FAR)
            for email in spellings
        ]

    assert [reply.status_code for reply in guesses] == [401, 401, 429]


async def test_wrong_passwords_are_counted_where_a_password_is_changed(database_url: str, redis_url: str) -> None:
    def change(current: str, new: str = "even more correct horses") -> dict[str, str]:
        return {"current_password": current, "new_password": new}

    path = "/api/v1/users/me/password/"
    async with open_office(database_url, redis_url, limits=Limits.of(wrong_passwords=3)) as office:
        ann = await office.person("ann")
        too_short = [await office.post(path, change(PASSWORD, "short"), ann, FAR) for _ in range(4)]
        guesses = [await office.post(path, change(f"wrong password {n}"), ann, FAR) for n in range(4)]
        right = await office.post(path, change(PASSWORD), ann, FAR)
        login = await office.post(*LOGINS[1], headers=FARTHER)

    assert {reply.status_code for reply in too_short} == {400}
    assert [reply.status_code for reply in guesses] == [401, 401, 401, 429]
    assert guesses[-1].headers["RateLimit-Policy"] == '"wrong-passwords";q=3;w=900'
    assert (right.status_code, login.status_code) == (429, 429)


async def test_a_right_password_lets_wrong_ones_be_forgotten_where_a_password_is_changed(
    database_url: str, redis_url: str
) -> None:
    path, new = "/api/v1/users/me/password/", "even more correct horses"
    async with open_office(database_url, redis_url, limits=Limits.of(wrong_passwords=2)) as office:
        ann = await office.person("ann")
        wrong = await office.post(path, {"current_password": "wrong password", "new_password": new}, ann, FAR)
        changed = await office.post(path, {"current_password": PASSWORD, "new_password": new}, ann, FAR)
        logins = [
            await office.post("/api/auth/jwt/create/", {"email": "ann@example.com", "password": password}, headers=FAR)
            for password in ("wrong password", new)
        ]

    assert [reply.status_code for reply in (wrong, changed, *logins)] == [401, 200, 401, 200]


async def test_an_account_may_reserve_as_often_as_the_limit_says(database_url: str, redis_url: str) -> None:
    async with open_office(database_url, redis_url, limits=Limits.of(reservations=2)) as office:
        ann, ben, event_id = await office.person("ann"), await office.person("ben"), await office.event()
        body = {"event_id": event_id, "count": 1}
        replies = [await office.post("/ticket/reserve/", body, ann, FAR) for _ in range(3)]
        of_ben = await office.post("/ticket/reserve/", body, ben, FAR)

    assert [reply.status_code for reply in replies] == [200, 200, 429]
    assert of_ben.status_code == 200


async def let_lapse(office: Office, who: Person, event_id: EventId, ages: Sequence[int]) -> None:
    """Let a reservation lapse for each of these numbers of seconds, that long ago."""
    async with office.valkey() as client:
        await client.hset(f"meta:{{{event_id}}}", "repaired", 0)
        for age in ages:
            hold = await office.holds.reserve(event_id, who.id, 1, timedelta(minutes=10))
            deadline = await ms_ago(client, timedelta(seconds=age))
            await client.zadd(f"expiry:{{{event_id}}}", {f"{hold.numbers[0]}:{who.id}": deadline})


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/ticket/reserve/", {"count": 1}),
        ("/api/v1/reservations/", {"num_tickets": 1}),
    ],
)
async def test_who_lets_reservations_lapse_again_and_again_has_to_cool_down(
    database_url: str, redis_url: str, path: str, body: dict[str, int]
) -> None:
    async with open_office(database_url, redis_url, limits=Limits.of(reservations=600)) as office:
        ann, event_id = await office.person("ann"), await office.event()
        sent = {"event_id": event_id, **body}
        await let_lapse(office, ann, event_id, [3, 2])
        good = await office.post(path, sent, ann, FAR)
        await let_lapse(office, ann, event_id, [1])
        refused = await office.post(path, sent, ann, FAR)
        trusted = await office.post(path, sent, ann)

    assert good.status_code in {200, 201}
    assert (refused.status_code, refused.json()["code"]) == (429, "SYS-08")
    sentence = refused.json().get("detail") or refused.json()["error"]
    assert sentence.startswith("You let 3 reservations of this event lapse in a row.")
    assert 30 <= int(refused.headers["Retry-After"]) <= 60
    assert refused.headers["RateLimit-Policy"] == '"lapsed-reservations";q=2;w=86400'
    assert trusted.status_code == good.status_code


async def test_without_the_limit_nobody_has_to_cool_down(database_url: str, redis_url: str) -> None:
    async with open_office(database_url, redis_url, limits=Limits.of(reservations=None)) as office:
        ann, event_id = await office.person("ann"), await office.event()
        await let_lapse(office, ann, event_id, [3, 2, 1])

        reply = await office.post("/ticket/reserve/", {"event_id": event_id, "count": 1}, ann, FAR)

    assert reply.status_code == 200
