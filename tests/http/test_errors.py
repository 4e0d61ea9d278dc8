"""Every error has its place in the contract: a status, a body, and a request that runs into it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
import structlog

from booked.adapters.http import HttpOptions, create_app
from booked.adapters.http.errors import catalogue
from booked.adapters.http.responses.statuses import STATUSES
from booked.adapters.observing.logs import describe
from booked.asgi import CONTRACTS
from booked.domain.errors import (
    Busy,
    StoreReadFailed,
    StoreWriteFailed,
    TokenNotSigned,
    TooManyRequests,
    TransactionFailed,
)
from booked.domain.model.ids import ticket_id
from booked.domain.services.wiring import Services
from tests.http.answers import assert_refused
from tests.http.office import PASSWORD, TIME, Office, Person, open_office, serving

UNKNOWN = "019c5b2e-7f00-7a3c-8e54-1f0a00000000"

Attempt = Callable[[Office, Person, Person, Person], Awaitable[httpx.Response]]


def test_every_error_has_a_status() -> None:
    assert set(STATUSES) == set(catalogue())


def test_codes_are_unique_and_stay_as_documented() -> None:
    codes = [error().code for error in catalogue()]

    assert len(set(codes)) == len(codes)
    documented = {"SYS": 3, "USER": 8, "EVENT": 5, "TICKET": 3, "WAITLIST": 2, "DB": 3}
    assert {f"{category}-{n:02}" for category, most in documented.items() for n in range(1, most + 1)} <= set(codes)


async def empty_body(office: Office, ann: Person, ben: Person, admin: Person) -> httpx.Response:
    return await office.post("/ticket/reserve/", b"", ann)


async def not_a_uuid(office: Office, ann: Person, ben: Person, admin: Person) -> httpx.Response:
    return await office.post("/ticket/reserve/", {"event_id": "x", "count": 1}, ann)


async def no_such_route(office: Office, ann: Person, ben: Person, admin: Person) -> httpx.Response:
    return await office.get("/nothing/")


async def method_not_allowed(office: Office, ann: Person, ben: Person, admin: Person) -> httpx.Response:
    return await office.delete("/ticket/reserve/", ann)


async def large_body(office: Office, ann: Person, ben: Person, admin: Person) -> httpx.Response:
    return await office.post("/ticket/reserve/", b" " * 70_000, ann)


async def not_json(office: Office, ann: Person, ben: Person, admin: Person) -> httpx.Response:
    return await office.http.post("/ticket/reserve/", content="{}", headers=ann.bearer)


async def slow_body(office: Office, ann: Person, ben: Person, admin: Person) -> httpx.Response:
    async def never() -> AsyncIterator[bytes]:
        await asyncio.Event().wait()
        yield b""

    headers = {**ann.bearer, "Content-Type": "application/json"}
    return await office.http.post("/ticket/reserve/", content=never(), headers=headers)


async def not_an_admin(office: Office, ann: Person, ben: Person, admin: Person) -> httpx.Response:
    return await office.get("/analytics/", ann)


async def no_token(office: Office, ann: Person, ben: Person, admin: Person) -> httpx.Response:
    return await office.get("/user/bookings/")


def registering(**fields: str) -> Attempt:
    async def attempt(office: Office, ann: Person, ben: Person, admin: Person) -> httpx.Response:
        good = {"name": "Zoe", "email": "zoe@example.com", "password": PASSWORD}
        return await office.post("/user/register/", {**good, **fields})

    return attempt


def logging_in(email: str, password: str) -> Attempt:
    async def attempt(office: Office, ann: Person, ben: Person, admin: Person) -> httpx.Response:
        return await office.post("/user/login/", {"email": email, "password": password})

    return attempt


def creating(**fields: object) -> Attempt:
    async def attempt(office: Office, ann: Person, ben: Person, admin: Person) -> httpx.Response:
        good = {"name": "x", "unix_time": TIME, "address": "x", "description": "Loud", "seat_count": 5}
        return await office.post("/event/", {**good, **fields}, admin)

    return attempt


async def event_id_not_a_uuid(office: Office, ann: Person, ben: Person, admin: Person) -> httpx.Response:
    return await office.delete("/event/?id=1", admin)


async def no_event(office: Office, ann: Person, ben: Person, admin: Person) -> httpx.Response:
    return await office.delete(f"/event/?id={UNKNOWN}", admin)


async def shrinking(office: Office, ann: Person, ben: Person, admin: Person) -> httpx.Response:
    return await office.post("/event/update/", {"id": await office.event(seats=5), "seat_count": 4}, admin)


async def too_few(office: Office, ann: Person, ben: Person, admin: Person) -> httpx.Response:
    return await office.post("/ticket/reserve/", {"event_id": await office.event(seats=5), "count": 6}, ann)


async def not_reserved(office: Office, ann: Person, ben: Person, admin: Person) -> httpx.Response:
    return await office.post("/ticket/book/", {"ticket_ids": [ticket_id(await office.event(), 1)]}, ann)


async def of_somebody_else(office: Office, ann: Person, ben: Person, admin: Person) -> httpx.Response:
    tickets = await office.reserve(ben, await office.event(), 1)
    return await office.post("/ticket/book/", {"ticket_ids": tickets}, ann)


async def over_the_limit(office: Office, ann: Person, ben: Person, admin: Person) -> httpx.Response:
    return await office.post("/ticket/reserve/", {"event_id": UNKNOWN, "count": 101}, ann)


async def waiting_twice(office: Office, ann: Person, ben: Person, admin: Person) -> httpx.Response:
    event_id = await office.event(seats=1)
    await office.buy(ben, event_id, 1)
    await office.post("/waitlist/add/", {"event_id": event_id, "count": 1}, ann)
    return await office.post("/waitlist/add/", {"event_id": event_id, "count": 1}, ann)


async def waiting_for_nothing(office: Office, ann: Person, ben: Person, admin: Person) -> httpx.Response:
    return await office.post("/waitlist/add/", {"event_id": await office.event(), "count": 0}, ann)


def failing(path: str, service: str, method: str, error: Exception) -> Attempt:
    """The same request to an office of which one service fails."""

    async def fail(*_: object, **__: object) -> object:
        raise error

    async def attempt(office: Office, ann: Person, ben: Person, admin: Person) -> httpx.Response:
        broken = cast("Any", SimpleNamespace(**{method: fail}))
        async with serving(replace(office.services, **{service: broken})) as (_, http):
            if path == "/user/bookings/":
                return await http.get(path, headers=ann.bearer)
            body = {"event_id": UNKNOWN, "count": 1}
            return await http.post(path, json=body, headers=ann.bearer)

    return attempt


async def token_not_signed(office: Office, ann: Person, ben: Person, admin: Person) -> httpx.Response:
    def fail(_: object) -> str:
        raise TokenNotSigned

    accounts = replace(office.services.accounts, tokens=cast("Any", SimpleNamespace(issue=fail)))
    async with serving(replace(office.services, accounts=accounts)) as (_, http):
        return await http.post("/user/login/", json={"email": ann.email, "password": PASSWORD})


RESERVE, BOOKINGS = "/ticket/reserve/", "/user/bookings/"
ATTEMPTS: dict[str, tuple[int, Attempt]] = {
    "SYS-01": (400, empty_body),
    "SYS-02": (500, failing(RESERVE, "sale", "reserve", RuntimeError("a secret of ours"))),
    "SYS-03": (400, not_a_uuid),
    "SYS-04": (404, no_such_route),
    "SYS-05": (405, method_not_allowed),
    "SYS-06": (413, large_body),
    "SYS-07": (415, not_json),
    "SYS-08": (429, failing(RESERVE, "sale", "reserve", TooManyRequests())),
    "SYS-09": (503, failing(RESERVE, "sale", "reserve", Busy())),
    "SYS-11": (408, slow_body),
    "USER-01": (401, not_an_admin),
    "USER-02": (400, registering(password="")),
    "USER-03": (401, logging_in("zoe@example.com", PASSWORD)),
    "USER-04": (401, logging_in("ann@example.com", PASSWORD + "!")),
    "USER-05": (500, token_not_signed),
    "USER-06": (401, no_token),
    "USER-07": (400, registering(email="")),
    "USER-08": (400, registering(name="")),
    "USER-09": (400, registering(email="ANN@example.com")),
    "USER-10": (400, registering(email="ann")),
    "USER-11": (400, registering(password="short")),
    "EVENT-01": (400, creating(seat_count=0)),
    "EVENT-02": (400, event_id_not_a_uuid),
    "EVENT-03": (400, no_event),
    "EVENT-04": (400, creating(name="")),
    "EVENT-05": (400, shrinking),
    "TICKET-01": (400, too_few),
    "TICKET-02": (400, not_reserved),
    "TICKET-03": (400, of_somebody_else),
    "TICKET-04": (400, over_the_limit),
    "WAITLIST-01": (400, waiting_twice),
    "WAITLIST-02": (400, waiting_for_nothing),
    "DB-01": (503, failing(BOOKINGS, "sale", "bookings", StoreReadFailed())),
    "DB-02": (503, failing(RESERVE, "sale", "reserve", StoreWriteFailed())),
    "DB-03": (503, failing(RESERVE, "sale", "reserve", TransactionFailed())),
}


# The numbers that the first contract has come to in each category, and what nothing that it offers can lead to.
LAST = {"SYS": 11, "USER": 11, "EVENT": 5, "TICKET": 4, "WAITLIST": 2, "DB": 3}
NOT_HERE = {"SYS-10"}
OF_FIRST_CONTRACT = {
    error().code: error.message
    for error in catalogue()
    if int(error.number) <= LAST[error.category] and error().code not in NOT_HERE
}


def test_there_is_an_attempt_for_every_code() -> None:
    assert set(ATTEMPTS) == set(OF_FIRST_CONTRACT)


async def test_every_code_can_be_met_and_has_its_status(database_url: str, redis_url: str) -> None:
    met = {}
    async with open_office(database_url, redis_url, HttpOptions(body_deadline=0.05)) as office:
        ann, ben, admin = await office.person("ann"), await office.person("ben"), await office.admin()
        for code, (status, attempt) in ATTEMPTS.items():
            reply = await attempt(office, ann, ben, admin)

            assert_refused(reply, status, code)
            met[code] = reply.json()["msg"]

    assert met == OF_FIRST_CONTRACT


async def test_what_nobody_foresaw_is_logged_with_the_request_id_and_not_told(office: Office, ann: Person) -> None:
    for error in (RuntimeError("a secret of ours"), MemoryError(), RecursionError(), KeyError("x")):
        with structlog.testing.capture_logs(processors=[describe]) as lines:
            reply = await failing(RESERVE, "sale", "reserve", error)(office, ann, ann, ann)

        assert_refused(reply, 500, "SYS-02")
        assert "secret" not in reply.text
        (logged,) = (line for line in lines if line["event"] == "unforeseen")
        assert type(error).__name__ in logged["exception"]
        assert logged["request_id"] == reply.headers["X-Request-Id"]


async def test_a_store_that_is_down_is_told_and_when_to_try_again(office: Office, ann: Person) -> None:
    for error in (StoreReadFailed(), StoreWriteFailed(), TransactionFailed(), Busy()):
        reply = await failing(RESERVE, "sale", "reserve", error)(office, ann, ann, ann)

        assert_refused(reply, 503, error.code)
        assert reply.headers["Retry-After"] == "1"


async def test_details_are_told_where_there_are_any(office: Office, ann: Person) -> None:
    told = await office.post(RESERVE, {"event_id": UNKNOWN, "count": "2"}, ann)
    plain = await office.get("/nothing/")

    assert told.json()["error"] == "Expected `int`, got `str` - at `$.count`"
    assert "error" not in plain.json()


async def test_a_host_that_is_none_is_refused(front: httpx.AsyncClient) -> None:
    reply = await front.get("/health/", headers={"Host": "a b<>"})

    assert_refused(reply, 400, "SYS-01")
    assert reply.json()["error"] == "A header of the request is malformed."


async def test_readiness_tells_which_store_is_away(office: Office) -> None:
    async def half_ready() -> dict[str, bool]:
        return {"database": True, "holds": False}

    readiness: Any = SimpleNamespace(stores=half_ready)
    async with serving(replace(office.services, readiness=readiness)) as (_, http):
        reply = await http.get("/health/ready")

    assert reply.status_code == 503
    assert reply.json() == {"status": "unavailable", "stores": {"database": True, "holds": False}}


@pytest.mark.parametrize("id_", ["a", "A-1_b.c", "0" * 64])
async def test_a_request_keeps_the_id_that_its_client_gave_it(front: httpx.AsyncClient, id_: str) -> None:
    reply = await front.get("/health/", headers={"X-Request-Id": id_})

    assert reply.headers["X-Request-Id"] == id_


@pytest.mark.parametrize("id_", ["", "0" * 65, "a b", "a,b", "a;b", "<a>", "a\tb", "a/b"])
async def test_an_id_that_cannot_be_trusted_is_replaced(front: httpx.AsyncClient, id_: str) -> None:
    reply = await front.get("/health/", headers=[("X-Request-Id", id_)])

    (given,) = reply.headers.get_list("X-Request-Id")
    assert given
    assert given != id_
    assert id_ == "" or id_ not in given


async def test_ids_that_we_give_are_different(front: httpx.AsyncClient) -> None:
    given = [(await front.get("/health/")).headers["X-Request-Id"] for _ in range(100)]

    assert len(set(given)) == 100


async def test_a_client_that_does_not_wait_is_counted_as_gone(office: Office, ann: Person) -> None:
    reached = asyncio.Event()

    async def never(*_: object) -> None:
        reached.set()
        await asyncio.Event().wait()

    waiting = cast("Any", SimpleNamespace(bookings=never))
    async with serving(replace(office.services, sale=waiting)) as (_, http):
        with structlog.testing.capture_logs() as lines:
            request = asyncio.create_task(http.get(BOOKINGS, headers=ann.bearer))
            await reached.wait()
            request.cancel()
            await asyncio.wait({request})

    assert request.cancelled()
    assert [line["status"] for line in lines if line["event"] == "request"] == [499]


async def test_services_are_opened_when_the_application_starts_and_closed_when_it_ends(office: Office) -> None:
    happened: list[str] = []

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[Services]:
        happened.append("opened")
        yield office.services
        happened.append("closed")

    app = create_app(lifespan, CONTRACTS)
    assert happened == []
    async with app.lifespan():
        assert happened == ["opened"]
    assert happened == ["opened", "closed"]


async def test_each_start_of_an_application_gives_requests_ids_of_its_own(office: Office) -> None:
    @asynccontextmanager
    async def lifespan() -> AsyncIterator[Services]:
        yield office.services

    app: Any = create_app(lifespan, CONTRACTS)
    ids = []
    for _ in range(2):  # as in two processes that were forked with it
        async with (
            app.lifespan(),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://booked") as http,
        ):
            ids.append((await http.get("/health/live")).headers["X-Request-Id"])

    assert ids[0] != ids[1]
