"""Pages of other sites: which of them may call the API, and what they may send and read."""

from collections.abc import AsyncIterator

import httpx
import pytest

from booked.adapters.http import HttpOptions
from booked.domain.services.people.limits import Limits
from tests.http.office import PASSWORD, Office, open_office

SHOP = {"Origin": "https://shop.example"}
PREFLIGHT = {
    **SHOP,
    "Access-Control-Request-Method": "PATCH",
    "Access-Control-Request-Headers": "authorization,content-type,if-match",
}
STRANGERS = [
    "https://shop.example.evil.example",
    "https://evil.example",
    "http://shop.example",
    "https://shop.example:8443",
    "HTTPS://SHOP.EXAMPLE",
    "https://shop.example/",
    "null",
    "*",
    "",
]


@pytest.fixture
async def open_to_a_shop(database_url: str, redis_url: str) -> AsyncIterator[Office]:
    options = HttpOptions(allowed_origins=("https://shop.example", "http://localhost:3000"))
    async with open_office(database_url, redis_url, options, limits=Limits.of(logins=1)) as office:
        yield office


def granted(reply: httpx.Response) -> set[str]:
    return {name.lower() for name in reply.headers if name.lower().startswith("access-control-")}


def words(reply: httpx.Response, header: str) -> set[str]:
    return {word.strip().lower() for word in ",".join(reply.headers.get_list(header)).split(",")}


@pytest.mark.parametrize("path", ["/api/v1/events/", "/event/", "/concerts", "/api/v1/nothing/", "/auth/token"])
async def test_a_browser_is_told_what_the_page_of_an_allowed_site_may_send(open_to_a_shop: Office, path: str) -> None:
    reply = await open_to_a_shop.http.options(path, headers=PREFLIGHT)

    assert (reply.status_code, reply.content) == (204, b"")
    assert reply.headers["Access-Control-Allow-Origin"] == "https://shop.example"
    assert words(reply, "Access-Control-Allow-Methods") >= {"get", "post", "put", "patch", "delete"}
    wanted = {"authorization", "content-type", "idempotency-key", "if-match", "if-none-match", "x-api-key"}
    assert words(reply, "Access-Control-Allow-Headers") >= wanted
    assert int(reply.headers["Access-Control-Max-Age"]) > 0
    assert "origin" in words(reply, "Vary")
    assert "access-control-allow-credentials" not in granted(reply)


@pytest.mark.parametrize("origin", STRANGERS)
async def test_other_sites_are_told_nothing(open_to_a_shop: Office, origin: str) -> None:
    for headers in ({"Origin": origin}, {**PREFLIGHT, "Origin": origin}):
        refused = await open_to_a_shop.http.options("/api/v1/events/", headers=headers)
        shown = await open_to_a_shop.http.get("/api/v1/events/", headers=headers)

        assert (refused.status_code, shown.status_code) == (401, 200)
        assert granted(refused) == granted(shown) == set()
        assert "origin" in words(shown, "Vary")


async def test_two_origins_are_none(open_to_a_shop: Office) -> None:
    twice = [("Origin", "https://shop.example"), ("Origin", "https://shop.example")]

    assert granted(await open_to_a_shop.http.get("/api/v1/events/", headers=twice)) == set()


async def test_answers_may_be_read_with_the_headers_that_matter(open_to_a_shop: Office) -> None:
    for origin in ("https://shop.example", "http://localhost:3000"):
        reply = await open_to_a_shop.http.get("/api/v1/events/", headers={"Origin": origin})

        assert reply.headers["Access-Control-Allow-Origin"] == origin
        wanted = {"etag", "location", "link", "retry-after", "x-request-id", "content-disposition"}
        assert words(reply, "Access-Control-Expose-Headers") >= wanted
        assert {"origin", "authorization"} <= words(reply, "Vary")


async def test_errors_may_be_read_too(open_to_a_shop: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    login = {"email": "ann@example.com", "password": PASSWORD}
    far = {**SHOP, "X-Forwarded-For": "203.0.113.7"}

    async def fail(*_: object) -> None:
        raise RuntimeError("nobody foresaw this")

    replies = [
        await open_to_a_shop.get("/api/v1/users/me/", headers=SHOP),
        await open_to_a_shop.get("/nothing/", headers=SHOP),
        await open_to_a_shop.http.put("/event/", headers=SHOP),
        await open_to_a_shop.http.post("/api/auth/jwt/create/", content=b"{", headers=SHOP),
        *[await open_to_a_shop.post("/api/auth/jwt/create/", login, headers=far) for _ in range(2)],
    ]
    monkeypatch.setattr(type(open_to_a_shop.database.events), "find", fail)
    replies.append(await open_to_a_shop.get("/api/v1/events/", headers=SHOP))

    assert [reply.status_code for reply in replies] == [401, 404, 405, 415, 401, 429, 500]
    for reply in replies:
        assert reply.headers["Access-Control-Allow-Origin"] == "https://shop.example"


async def test_without_a_site_to_allow_nothing_is_different(office: Office) -> None:
    preflight = await office.http.options("/api/v1/events/", headers=PREFLIGHT)
    shown = await office.http.get("/api/v1/events/", headers=SHOP)

    assert preflight.status_code == 401
    assert granted(preflight) == granted(shown) == set()
    assert "origin" not in words(shown, "Vary")


async def test_options_goes_on_listing_methods(open_to_a_shop: Office) -> None:
    ann = await open_to_a_shop.person("ann")

    told = await open_to_a_shop.http.options("/api/v1/events/", headers=ann.bearer)
    refused = await open_to_a_shop.http.options("/api/v1/events/")

    assert (told.status_code, told.headers["Allow"]) == (204, "GET, OPTIONS, POST")
    assert refused.status_code == 401
