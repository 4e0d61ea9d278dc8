"""Who may do what: every route is asked by everyone, in every way that a route can be spelled."""

from types import SimpleNamespace

import httpx
import pytest
from litestar.routes import HTTPRoute

from booked.adapters.http import access
from booked.adapters.http.access import Access
from booked.domain.model.users import Role
from tests.http.answers import assert_refused, code_of
from tests.http.office import TIME, Office, Person, call

UNKNOWN = "019c5b2e-7f00-7a3c-8e54-1f0a00000000"
DRAFT = {"name": "Concert", "unix_time": TIME, "address": "Main Street 1", "description": "", "seat_count": 5}

# Every route with a request to it that is good but for who asks, and what becomes of it when all else is well.
ROUTES: dict[tuple[str, str], tuple[Access, object, int]] = {
    ("GET", "/"): (Access.PUBLIC, None, 302),
    ("GET", "/docs"): (Access.PUBLIC, None, 200),
    ("GET", "/docs/assets/start.js"): (Access.PUBLIC, None, 200),
    ("GET", "/docs/assets/{name}"): (Access.PUBLIC, None, 404),
    ("GET", "/openapi.json"): (Access.PUBLIC, None, 200),
    ("GET", "/metrics"): (Access.PUBLIC, None, 200),
    ("GET", "/health"): (Access.PUBLIC, None, 200),
    ("GET", "/health/live"): (Access.PUBLIC, None, 200),
    ("GET", "/health/ready"): (Access.PUBLIC, None, 200),
    ("POST", "/user/register"): (Access.PUBLIC, {}, 400),
    ("POST", "/user/login"): (Access.PUBLIC, {}, 400),
    ("GET", "/user/bookings"): (Access.USER, None, 200),
    ("GET", "/event"): (Access.PUBLIC, None, 200),
    ("POST", "/event"): (Access.ADMIN, DRAFT, 201),
    ("DELETE", "/event"): (Access.ADMIN, None, 400),
    ("POST", "/event/update"): (Access.ADMIN, {"id": UNKNOWN}, 400),
    ("POST", "/ticket/reserve"): (Access.USER, {"event_id": UNKNOWN, "count": 1}, 400),
    ("POST", "/ticket/book"): (Access.USER, {"ticket_ids": []}, 400),
    ("POST", "/ticket/cancel"): (Access.USER, {"event_id": UNKNOWN, "count": 1}, 400),
    ("POST", "/waitlist/add"): (Access.USER, {"event_id": UNKNOWN, "count": 1}, 400),
    ("GET", "/waitlist"): (Access.USER, None, 200),
    ("GET", "/analytics"): (Access.ADMIN, None, 200),
    ("GET", "/analytics/cancellation_rates"): (Access.ADMIN, None, 200),
}
CLOSED = {route: needs for route, needs in ROUTES.items() if needs[0] is not Access.PUBLIC}


@pytest.fixture
async def people(office: Office) -> dict[str, Person | None]:
    return {
        "nobody": None,
        "user": await office.person("ann"),
        "organizer": await office.person("ben", Role.ORGANIZER),
        "admin": await office.person("root", Role.ADMIN),
    }


async def send(office: Office, method: str, path: str, body: object, who: Person | None) -> httpx.Response:
    headers = who.bearer if who else {}
    if body is None:
        return await office.http.request(method, path, headers=headers)
    return await office.http.request(method, path, headers=headers, json=body)


def test_the_matrix_has_every_route(office: Office) -> None:
    routes = {
        (method, route.path_format)
        for route in office.app.routes
        if isinstance(route, HTTPRoute)
        for method in route.methods - {"OPTIONS"}
    }

    assert routes == set(ROUTES)


async def test_every_route_lets_in_those_it_is_for_and_nobody_else(
    office: Office, people: dict[str, Person | None]
) -> None:
    for (method, path), (needs, body, status) in ROUTES.items():
        for role, who in people.items():
            reply = await send(office, method, path, body, who)

            if needs is not Access.PUBLIC and who is None:
                assert_refused(reply, 401, "USER-06")
            elif needs is Access.ADMIN and role != "admin":
                assert_refused(reply, 401, "USER-01")
            else:
                assert reply.status_code == status, (method, path, role, reply.text)


async def test_the_matrix_goes_red_when_routes_are_open_by_default(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    all_open = SimpleNamespace(USER=Access.PUBLIC, PUBLIC=Access.PUBLIC, ADMIN=Access.ADMIN)
    monkeypatch.setattr(access, "Access", all_open)

    reply = await send(office, "GET", "/user/bookings/", None, None)

    assert reply.status_code != 401


async def test_a_closed_route_is_closed_before_its_body_is_looked_at(office: Office) -> None:
    for (method, path), (_, body, _) in CLOSED.items():
        if body is not None:
            reply = await office.http.request(method, path, content=b"{" * 100_000)
            assert_refused(reply, 401, "USER-06")


async def test_no_other_spelling_of_a_route_is_an_open_one(office: Office) -> None:
    for method, path in CLOSED:
        if (method, path) == ("GET", "/event"):
            continue
        segments = path.strip("/").split("/")
        spellings = [
            path,
            path + "/",
            path + "//",
            "/" + path,
            "/." + path,
            "/x/.." + path,
            path + "/..;/",
            path + ";a=b",
            path + "%2f",
            path + "/%2e",
            path + "%00",
            path + "%20",
            path + ".json",
            path.upper(),
            "/" + "%2f".join(segments),
            "/" + "%2F".join(segments) + "/",
            "/%" + f"{ord(path[1]):x}" + path[2:],
            "/" + "\\".join(segments),
            path + "?id=1",
            path + "?access=PUBLIC",
        ]
        for spelling in spellings:
            reply = await office.http.request(method, httpx.URL("http://booked" + spelling))
            assert code_of(reply) in {"USER-06", "SYS-04", "SYS-05"}, spelling
            assert_refused(reply, {"USER-06": 401, "SYS-04": 404, "SYS-05": 405}[code_of(reply)], code_of(reply))


async def test_headers_that_name_another_method_or_path_are_ignored(office: Office, admin: Person) -> None:
    event_id = await office.event()
    overrides = {
        "X-HTTP-Method-Override": "DELETE",
        "X-HTTP-Method": "DELETE",
        "X-Method-Override": "DELETE",
        "X-Original-URL": f"/event/?id={event_id}",
        "X-Rewrite-URL": f"/event/?id={event_id}",
        "X-Original-Method": "DELETE",
    }

    reply = await office.http.get(f"/event/?id={event_id}&_method=DELETE", headers={**admin.bearer, **overrides})

    assert reply.status_code == 200
    assert [event["id"] for event in reply.json()["events"]] == [event_id]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "TRACE", "CONNECT", "PROPFIND", "BREW"])
async def test_a_method_that_a_route_does_not_take_is_refused(front: httpx.AsyncClient, method: str) -> None:
    for _, path in ROUTES:
        reply = await front.request(method, path)

        assert_refused(reply, 405, "SYS-05")
        assert reply.headers["Allow"]


async def test_a_method_is_spelled_in_capitals(office: Office) -> None:
    for path in ("/event/", "/user/bookings/", "/analytics/"):
        for method in ("get", "Get", "post"):
            assert await call(office.app, method, path, [], []) == (405, 0)


async def test_the_methods_that_an_address_takes_are_listed(front: httpx.AsyncClient) -> None:
    reply = await front.put("/event/")

    assert_refused(reply, 405, "SYS-05")
    assert methods_in(reply) == {"GET", "POST", "DELETE", "OPTIONS"}


async def test_options_lists_the_same_methods_as_a_refusal(office: Office, ann: Person) -> None:
    for _, path in ROUTES:
        told = await send(office, "OPTIONS", path, None, ann)
        refused = await send(office, "PUT", path, None, None)

        assert methods_in(told) == methods_in(refused), path
    assert methods_in(await send(office, "OPTIONS", "/event/", None, ann)) == {"GET", "POST", "DELETE", "OPTIONS"}


def methods_in(reply: httpx.Response) -> set[str]:
    return {method.strip() for method in reply.headers["Allow"].split(",")}


async def test_head_is_get_without_the_body(office: Office, people: dict[str, Person | None]) -> None:
    event_id = await office.event()

    for method, path in ROUTES:
        for who in people.values():
            get = await send(office, "GET", path, None, who)
            head = await send(office, "HEAD", path, None, who)

            assert head.status_code == get.status_code, (method, path)
            assert head.content == b""
            if path not in {"/metrics", "/event"}:
                assert head.headers.get("Content-Length") == get.headers.get("Content-Length")
    assert [event["id"] for event in (await office.get("/event/")).json()["events"]] == [event_id]


async def test_options_tells_the_methods_to_those_with_a_token_and_does_nothing(office: Office, ann: Person) -> None:
    for _, path in ROUTES:
        assert_refused(await send(office, "OPTIONS", path, None, None), 401, "USER-06")
        told = await send(office, "OPTIONS", path, None, ann)
        assert (told.status_code, told.content) == (204, b"")
        assert "OPTIONS" in told.headers["Allow"]


@pytest.mark.parametrize("path", ["/nothing", "/user", "/user/login/x", "/docs/assets/../../x", "/.env", "/event/1"])
async def test_an_address_where_nothing_is_says_so(front: httpx.AsyncClient, path: str) -> None:
    assert_refused(await front.get(path), 404, "SYS-04")


async def test_a_long_address_is_not_repeated(front: httpx.AsyncClient) -> None:
    path = "/" + "abc" * 1000

    assert_refused(await front.get(path), 404, "SYS-04", sent=path)
