"""No way around the doors: every way in which a route can be spelled, called and overridden."""

import httpx
import pytest

from tests.http.answers import assert_refused, assert_refused_there, code_of
from tests.http.office import Office, Person, call
from tests.http.test_matrix import CLOSED, COUNTERS, MATRIX, PATHS, filled

REFUSALS = {"USER-06": 401, "USER-17": 401, "SYS-04": 404, "SYS-05": 405}
TAKEN = {(method, filled(path)) for method, path in MATRIX}


async def test_a_closed_route_is_closed_before_its_body_is_looked_at(office: Office) -> None:
    for (method, path), case in CLOSED.items():
        if case.body is not None:
            reply = await office.http.request(method, path, content=b"{" * 100_000)
            assert_refused_there(reply, 401, "USER-17" if case.access in COUNTERS else "USER-06")


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
            assert code_of(reply) in REFUSALS, spelling
            assert_refused_there(reply, REFUSALS[code_of(reply)], code_of(reply))


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
    for path in PATHS:
        if (method, path) not in TAKEN:
            reply = await front.request(method, path)

            assert_refused_there(reply, 405, "SYS-05")
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
    for path in PATHS:
        told = await office.http.request("OPTIONS", path, headers=ann.bearer)
        refused = await office.http.request("BREW", path)

        assert methods_in(told) == methods_in(refused), path
    event = await office.http.request("OPTIONS", "/event/", headers=ann.bearer)
    assert methods_in(event) == {"GET", "POST", "DELETE", "OPTIONS"}


def methods_in(reply: httpx.Response) -> set[str]:
    return {method.strip() for method in reply.headers["Allow"].split(",")}


async def test_head_is_get_without_the_body(office: Office, ann: Person, admin: Person) -> None:
    event_id = await office.event()

    for path in PATHS:
        for headers in ({}, ann.bearer, admin.bearer):
            # The same id, which a problem repeats.
            get = await office.http.get(path, headers={**headers, "X-Request-Id": "same"})
            head = await office.http.head(path, headers={**headers, "X-Request-Id": "same"})

            assert head.status_code == get.status_code, path
            assert head.content == b""
            if path not in {"/metrics", "/event"}:
                assert head.headers.get("Content-Length") == get.headers.get("Content-Length")
    assert [event["id"] for event in (await office.get("/event/")).json()["events"]] == [event_id]


async def test_options_tells_the_methods_to_those_with_a_token_and_does_nothing(office: Office, ann: Person) -> None:
    for path in PATHS:
        assert_refused_there(await office.http.request("OPTIONS", path), 401, "USER-06")
        told = await office.http.request("OPTIONS", path, headers=ann.bearer)
        assert (told.status_code, told.content) == (204, b"")
        assert "OPTIONS" in told.headers["Allow"]


@pytest.mark.parametrize("path", ["/nothing", "/user", "/user/login/x", "/docs/assets/../../x", "/.env", "/event/1"])
async def test_an_address_where_nothing_is_says_so(front: httpx.AsyncClient, path: str) -> None:
    assert_refused(await front.get(path), 404, "SYS-04")


async def test_a_long_address_is_not_repeated(front: httpx.AsyncClient) -> None:
    path = "/" + "abc" * 1000

    assert_refused(await front.get(path), 404, "SYS-04", sent=path)
