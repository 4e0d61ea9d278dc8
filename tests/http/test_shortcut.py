"""Rushed requests are answered around the framework exactly as they would be through it.

An address with two slashes at its end is the same address to the framework, and none that the shortcut knows.
"""

import gc
from collections.abc import AsyncIterator
from dataclasses import fields
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar import post as post_route
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody
from litestar.routes import HTTPRoute
from litestar.types import Receive, Scope, Send

from booked.adapters.http.access.levels import Access
from booked.adapters.http.app import create_app
from booked.adapters.http.contracts.booked.tickets import ReserveRequest
from booked.adapters.http.errors import catalogue
from booked.adapters.http.operations.room import Room
from booked.adapters.http.operations.shortcut import Shortcut
from booked.adapters.http.requests.given import GIVEN
from booked.adapters.http.requests.light_request import LightRequest
from booked.asgi import CONTRACTS
from booked.domain.errors import BookedError, TooFewTickets, TooManyRequests
from booked.domain.model.ids import EventId, ticket_id
from booked.domain.model.people.users import Voided
from booked.domain.services.wiring import Services
from tests.builders import NONE_VOIDED
from tests.http.conftest import nothing_behind
from tests.http.forgeries import forgeries, good_claims, sign
from tests.http.office import Office, Person, serving
from tests.http.test_payloads import EXTRAS, broken_bodies

SHORT = ["/ticket/reserve/", "/ticket/book/", "/api/v1/reservations/", "/api/v1/bookings/"]
SOMEBODY = "019c5b2e-7f00-7a3c-8e54-1f0a2b3c4d5e"
ID = ("X-Request-Id", "the-same")
JSON_TYPE = ("Content-Type", "application/json")

EVERY_SHORT = pytest.mark.parametrize("path", SHORT)


def long_way(path: str) -> str:
    return f"{path}/"


async def post(http: httpx.AsyncClient, path: str, body: bytes, headers: list[tuple[str, str]]) -> httpx.Response:
    return await http.post(path, content=body, headers=[ID, *headers])


def essence(reply: httpx.Response) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    return reply.status_code, reply.headers.raw, reply.content


async def assert_same(
    http: httpx.AsyncClient, path: str, body: bytes, headers: list[tuple[str, str]], case: object
) -> int:
    """The same status, headers and body both ways. Return the status."""
    short, long = await post(http, path, body, headers), await post(http, long_way(path), body, headers)
    assert essence(short) == essence(long), case
    return short.status_code


def good_body(path: str, event_id: EventId) -> bytes:
    held = f'["{ticket_id(event_id, 1)}"]'
    return {
        "/ticket/reserve/": f'{{"event_id":"{event_id}","count":1}}',
        "/ticket/book/": f'{{"ticket_ids":{held}}}',
        "/api/v1/reservations/": f'{{"event_id":"{event_id}","num_tickets":1}}',
        "/api/v1/bookings/": f'{{"tickets":{held}}}',
    }[path].encode()


@EVERY_SHORT
async def test_broken_bodies(office: Office, ann: Person, path: str) -> None:
    event_id = await office.event()
    bodies = broken_bodies(good_body(path, event_id))
    headers = [JSON_TYPE, *ann.bearer.items()]

    statuses = {await assert_same(office.http, path, body, headers, case) for case, body in bodies.items()}

    assert statuses == {400}


@EVERY_SHORT
async def test_odd_headers(office: Office, ann: Person, path: str) -> None:
    body = b'{"event_id":"x","ticket_ids":["x"],"tickets":["x"]}'
    odd: list[list[tuple[str, str]]] = [
        [],
        [("Content-Type", "text/plain")],
        [("Content-Type", "application/json; charset=utf-8")],
        [JSON_TYPE, JSON_TYPE],
        [JSON_TYPE, ("Content-Encoding", "gzip")],
        [JSON_TYPE, ("Idempotency-Key", "")],
        [JSON_TYPE, ("Idempotency-Key", "with space")],
        [JSON_TYPE, ("Idempotency-Key", "a"), ("Idempotency-Key", "b")],
        [JSON_TYPE, ("Host", "one two")],
        [JSON_TYPE, ("Host", "a"), ("Host", "b b")],
        [JSON_TYPE, ("Accept", "text/html")],
        [JSON_TYPE, ("Accept", "application/xml")],
        [JSON_TYPE, ("X-API-Key", "bk_nothing")],
    ]

    for headers in odd:
        assert await assert_same(office.http, path, body, [*headers, *ann.bearer.items()], headers) >= 400


@EVERY_SHORT
async def test_forged_tokens_and_none(office: Office, ann: Person, path: str) -> None:
    tokens = {
        "none": None,
        **{fault: f"Bearer {token}" for fault, token in forgeries(ann.id).items()},
        "odd": "Basic x",
    }

    for fault, credentials in tokens.items():
        headers = [JSON_TYPE, *([("Authorization", credentials)] if credentials else [])]
        await assert_same(office.http, path, b"{}", headers, fault)

    twice = [JSON_TYPE, *ann.bearer.items(), *ann.bearer.items()]
    assert await assert_same(office.http, path, b"{}", twice, "twice") == 401


@EVERY_SHORT
async def test_query_strings(office: Office, ann: Person, path: str) -> None:
    for query in ("?", "?a=1", "?limit=1&limit=2", "?%ff=1", "?" + "a=1&" * 200):
        headers = [JSON_TYPE, *ann.bearer.items()]
        short = await post(office.http, path + query, b"{}", headers)
        long = await post(office.http, long_way(path) + query, b"{}", headers)
        assert essence(short) == essence(long), query


@EVERY_SHORT
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "BREW"])
async def test_other_methods(office: Office, ann: Person, path: str, method: str) -> None:
    headers = dict([ID, *ann.bearer.items()])

    short = await office.http.request(method, path, headers=headers)

    assert essence(short) == essence(await office.http.request(method, long_way(path), headers=headers))


async def test_what_succeeds(office: Office, ann: Person) -> None:
    event_id = await office.event(100)
    headers = [JSON_TYPE, *ann.bearer.items()]

    for extra in EXTRAS:
        body = b'{"event_id":"%b","count":1,%b}' % (event_id.encode(), extra)
        short = await post(office.http, "/ticket/reserve/", body, headers)
        long = await post(office.http, long_way("/ticket/reserve/"), body, headers)
        assert (short.status_code, short.headers) == (200, long.headers)
        [first], [second] = short.json()["ticket_ids"], long.json()["ticket_ids"]
        assert short.content.replace(first.encode(), second.encode()) == long.content
        # A booking sent again has the same answer.
        assert await assert_same(office.http, "/ticket/book/", good_tickets(first), headers, extra) == 200


async def test_a_refusal_leaves_nothing_to_the_garbage_collector(office: Office, ann: Person) -> None:
    event_id = await office.event(1)
    headers = [JSON_TYPE, *ann.bearer.items()]
    await post(office.http, "/ticket/reserve/", good_body("/ticket/reserve/", event_id), headers)

    def refusals() -> set[int]:
        return {id(each) for each in gc.get_objects() if type(each) is TooFewTickets}

    gc.collect()
    before = refusals()
    gc.disable()
    try:
        for path in ("/ticket/reserve/", "/api/v1/reservations/"):
            reply = await post(office.http, path, good_body(path, event_id), headers)
            assert reply.json()["code"] == "TICKET-01"
        left = refusals() - before
    finally:
        gc.enable()

    assert left == set()


async def test_what_succeeds_in_v1(office: Office, ann: Person) -> None:
    event_id = await office.event()
    headers = [JSON_TYPE, *ann.bearer.items()]
    body = good_body("/api/v1/reservations/", event_id)

    keyed = [*headers, ("Idempotency-Key", "once")]
    made = await post(office.http, "/api/v1/reservations/", body, keyed)
    again = await post(office.http, long_way("/api/v1/reservations/"), body, keyed)
    assert (made.status_code, made.headers.get("Location")) == (201, f"/api/v1/reservations/{made.json()['id']}/")
    assert again.json() | {"seconds_left": 0} == made.json() | {"seconds_left": 0}
    assert again.headers.raw == made.headers.raw

    booking = f'{{"reservation_id":"{made.json()["id"]}"}}'.encode()
    assert await assert_same(office.http, "/api/v1/bookings/", booking, keyed, "booked") == 201


def good_tickets(ticket: str) -> bytes:
    return f'{{"ticket_ids":["{ticket}"]}}'.encode()


class Failing:
    """A service all of whose methods fail with the same error."""

    def __init__(self) -> None:
        self.error: Exception = RuntimeError("none said")

    def __getattr__(self, name: str) -> Any:
        async def fail(*_: object, **__: object) -> None:
            raise self.error

        return fail


@pytest.fixture
async def failing(office: Office) -> AsyncIterator[tuple[Failing, httpx.AsyncClient]]:
    """What is behind an application whose sale fails, and a client of it."""
    behind: Any = Failing()
    known: Any = SimpleNamespace(voided_tokens=none_voided)
    services = dict.fromkeys((service.name for service in fields(Services)), behind)
    async with serving(Services(**services | {"tokens": office.services.tokens, "accounts": known})) as (_, http):
        yield behind, http


async def none_voided(_: Voided | None) -> Voided:
    return NONE_VOIDED


@EVERY_SHORT
async def test_every_error(failing: tuple[Failing, httpx.AsyncClient], path: str) -> None:
    behind, http = failing
    body = good_body(path, EventId("019c5b2e-c25d-7f74-9365-a00000000000"))
    headers = [JSON_TYPE, ("Authorization", f"Bearer {sign(good_claims(SOMEBODY))}")]
    errors: list[BookedError | Exception] = [error() for error in catalogue() if error is not TooManyRequests]

    for error in [
        *errors,
        TooManyRequests(policy="reservations", most=5, retry_after_s=7),
        RuntimeError("nobody expected it"),
    ]:
        behind.error = error
        assert await assert_same(http, path, body, headers, error) >= 400


@EVERY_SHORT
async def test_the_framework_sees_no_plain_request_for_a_rushed_handler_and_every_other_one(path: str) -> None:
    plain = [(b"host", b"localhost"), (b"content-type", b"application/json"), (b"content-length", b"9999")]
    odd = {
        "another type": [*plain[:1], (b"content-type", b"application/json; charset=utf-8")],
        "no type": plain[:1],
        "packed": [*plain, (b"content-encoding", b"gzip")],
        "twice": [*plain, (b"accept", b"a/b"), (b"accept", b"a/b")],
        "long": [*plain[:2], (b"content-length", b"10000")],
        "no length": [*plain[:2], (b"content-length", b"ten")],
        "no host": [(b"host", b"one two"), *plain[1:]],
    }
    seen: list[object] = []

    async def framework(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["state"]["case"])

    app = create_app(nothing_behind, CONTRACTS)  # type: ignore[arg-type]  # nobody starts it
    app.state["gate"] = None
    shortcut = Shortcut(app, framework, GIVEN, Room(0))

    async def ask(case: str, asked: str, **scope: Any) -> None:
        await shortcut({**scope_of(app, asked), "headers": plain, "state": {"case": case}, **scope}, none, none)  # type: ignore[arg-type]  # nothing is read or kept

    await ask("plain", path)
    await ask("plain without slash", path[:-1])
    await ask("another address", long_way(path))
    await ask("a query", path, query_string=b"a=1")
    await ask("another method", path, method="PUT")
    for case, headers in odd.items():
        await ask(case, path, headers=headers)

    assert seen == ["another address", "a query", "another method", *odd]


def test_a_rushed_handler_is_for_users() -> None:
    @post_route("/", opt={"rushed": True, "access": Access.ADMIN})
    async def closed(data: JSONBody[ReserveRequest]) -> None:
        """Take a body, and do nothing with it."""

    app = Litestar([closed])

    with pytest.raises(ValueError, match="is for users"):
        Shortcut(app, none, GIVEN, Room(None))


async def test_a_light_request_has_what_the_framework_keeps_once_asked() -> None:
    app = create_app(nothing_behind, CONTRACTS)  # type: ignore[arg-type]  # nobody starts it
    scope = scope_of(app, "/ticket/book/")
    scope["headers"] = [(b"content-type", b"application/json"), (b"accept", b"text/plain")]
    scope["route_handler"] = next(handler for handler in handlers(app) if handler.opt.get("rushed"))

    async def receive() -> Any:
        return {"type": "http.request", "body": b"{}", "more_body": False}

    light = LightRequest(scope, receive, none)
    body = await light.body()

    assert light.headers["accept"] == "text/plain"
    assert await light.body() == body == b"{}"
    with pytest.raises(AttributeError):
        _ = light.nothing_of_the_kind


def handlers(app: Litestar) -> list[HTTPRouteHandler]:
    return [handler for route in app.routes if isinstance(route, HTTPRoute) for handler in route.route_handlers]


def scope_of(app: Litestar, path: str) -> Any:
    return {
        "type": "http",
        "method": "POST",
        "path": path,
        "headers": [],
        "query_string": b"",
        "state": {},
        "app": app,
        "litestar_app": app,
    }


async def none(*_: object) -> None:
    """Send nothing anywhere."""
