"""Logging in and out on the pages, and making an account."""

import httpx
import pytest

from booked.adapters.http import HttpOptions
from booked.domain.model.people.users import Role
from tests.http.office import PASSWORD, Office, open_office
from tests.http.web.browser import ACCEPT, SAME_ORIGIN, log_in, page_in

ANN = {"email": "ann@example.com", "password": PASSWORD, "next": "/"}


async def test_the_pages_for_logging_in_and_registering_are_forms(browser: httpx.AsyncClient) -> None:
    for path in ("/login?next=/e/x", "/register?next=/e/x"):
        page = page_in(await browser.get(path))

        assert page.all("input", type="hidden", name="next", value="/e/x")
        assert page.all("input", type="password", value="")


async def test_a_login_leads_on_and_the_next_page_says_who_is_there(office: Office, browser: httpx.AsyncClient) -> None:
    await office.person("ann")

    reply = await browser.post("/login", data={**ANN, "next": "/?q=mill"})
    page = page_in(await browser.get(reply.headers["Location"]))
    again = page_in(await browser.get("/"))

    assert (reply.status_code, reply.headers["Location"]) == (303, "/?q=mill")
    assert "You are logged in." in page.text
    assert "You are logged in." not in again.text
    assert ">ann<" in (await browser.get("/")).text
    assert PASSWORD not in reply.text


async def test_the_cookie_is_for_this_site_and_not_for_scripts(office: Office, browser: httpx.AsyncClient) -> None:
    await office.person("ann")

    reply = await browser.post("/login", data=ANN)

    [cookie] = [each for each in reply.headers.get_list("Set-Cookie") if each.startswith("session=")]
    assert cookie.partition("; ")[2] == "Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax"


async def test_at_an_https_address_cookies_are_sent_over_nothing_else(database_url: str, redis_url: str) -> None:
    options = HttpOptions(public_url="https://tickets.example.com")
    origin = {"Origin": "https://tickets.example.com", "Accept": ACCEPT}
    async with open_office(database_url, redis_url, options) as office:
        await office.person("ann")

        reply = await office.http.post("/login", data=ANN, headers=origin)

        cookies = reply.headers.get_list("Set-Cookie")
        assert len(cookies) == 2
        assert all(each.startswith("__Host-") and each.endswith("; Secure") for each in cookies)
        shown = await office.http.get("/", headers={"Cookie": cookies[0].partition(";")[0]})
        assert ">ann<" in shown.text


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"password": "wrong"}, "password"),
        ({"password": ""}, "password"),
        ({"email": ""}, "email"),
        ({"email": "zoe@example.com"}, "password"),
    ],
)
async def test_a_refused_login_keeps_what_was_typed_but_no_password(
    office: Office, browser: httpx.AsyncClient, typed: dict[str, str], field: str
) -> None:
    await office.person("ann")
    form = {**ANN, "next": "/e/1", **typed}

    reply = await browser.post("/login", data=form)

    page = page_in(reply)
    assert reply.status_code == 400
    [wrong] = page.all("input", name=field)
    assert wrong["aria-invalid"] == "true"
    assert page.all("a", href=f"#{field}")
    assert page.all("input", name="email", value=form["email"])
    assert page.all("input", name="next", value="/e/1")
    assert page.all("input", name="password", value="")
    assert "Set-Cookie" not in reply.headers


async def test_logins_on_the_pages_are_counted_with_those_of_the_api(database_url: str, redis_url: str) -> None:
    from booked.domain.services.people.limits import Limits

    options = HttpOptions(trusted_proxies=())
    async with open_office(database_url, redis_url, options, limits=Limits.of(logins=2)) as office:
        await office.post("/api/auth/jwt/create/", {"email": "ann@example.com", "password": "x"})
        await office.http.post("/login", data=ANN, headers={**SAME_ORIGIN, "Accept": ACCEPT})

        reply = await office.http.post("/login", data=ANN, headers={**SAME_ORIGIN, "Accept": ACCEPT})

        assert reply.status_code == 429
        assert page_in(reply).all("input", name="email", value=ANN["email"])


async def test_registering_logs_in_at_once(office: Office, browser: httpx.AsyncClient) -> None:
    form = {"name": "Ann Archer", "email": "ann@example.com", "password": PASSWORD, "next": "/?q=mill"}

    reply = await browser.post("/register", data=form)
    page = page_in(await browser.get(reply.headers["Location"]))

    assert reply.headers["Location"] == "/?q=mill"
    assert "Ann Archer" in page.text
    assert "Welcome!" in page.text


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "\u202eAnn"}, "name"),
        ({"email": "ann"}, "email"),
        ({"email": "ANN@example.com"}, "email"),
        ({"password": "short"}, "password"),
    ],
)
async def test_a_refused_registration_keeps_what_was_typed(
    office: Office, browser: httpx.AsyncClient, typed: dict[str, str], field: str
) -> None:
    await office.person("ann")
    form = {"name": "Ben", "email": "ben@example.com", "password": PASSWORD, "next": "/", **typed}

    reply = await browser.post("/register", data=form)

    page = page_in(reply)
    assert reply.status_code == 400
    assert page.all("input", name=field)[0]["aria-describedby"] == f"{field}-wrong"
    assert page.all("input", name="name", value=form["name"])
    assert page.all("input", name="email", value=form["email"])


@pytest.mark.parametrize("path", ["/login", "/register"])
async def test_pages_for_logging_in_lead_where_their_visitor_was_going(
    office: Office, browser: httpx.AsyncClient, path: str
) -> None:
    await office.person("ann")
    shown = page_in(await browser.get(f"{path}?next=%2Fe%2F1%3Fnumber%3D2"))
    [form] = shown.all("form", action=f"{path}?next=%2Fe%2F1%3Fnumber%3D2")
    mistyped = {"email": "ann@example.com", "password": "wrong", "next": "/e/1?number=2"}

    again = page_in(await browser.post(form["action"], data=mistyped))

    for page in (shown, again):
        assert {link["href"].partition("?")[2] for link in page.all("a") if "?next=" in link["href"]} == {
            "next=%2Fe%2F1%3Fnumber%3D2"
        }
        assert page.all("input", name="next", value=form["action"])  # of the languages


@pytest.mark.parametrize("path", ["/login", "/register"])
async def test_somebody_who_is_logged_in_is_led_on_from_the_pages_for_it(
    office: Office, browser: httpx.AsyncClient, path: str
) -> None:
    await office.person("ann")
    await log_in(browser, "ann")

    replies = [await browser.get(f"{path}{query}") for query in ("?next=%2Fe%2F1", "?next=%2F%2Fevil.example", "")]

    assert [(reply.status_code, reply.headers["Location"]) for reply in replies] == [
        (303, "/e/1"),
        (303, "/"),
        (303, "/"),
    ]


async def test_logging_out_ends_the_session_for_whoever_kept_the_cookie(
    office: Office, browser: httpx.AsyncClient
) -> None:
    await office.person("ann")
    await log_in(browser, "ann")
    kept = browser.cookies["session"]

    reply = await browser.post("/logout")

    assert (reply.status_code, reply.headers["Location"]) == (303, "/")
    assert "session" not in browser.cookies
    again = await office.http.get("/", headers={"Cookie": f"session={kept}"})
    assert ">ann<" not in again.text


async def test_a_login_gives_a_new_session_and_ends_the_one_before(office: Office, browser: httpx.AsyncClient) -> None:
    await office.person("ann")
    await log_in(browser, "ann")
    before = browser.cookies["session"]

    await log_in(browser, "ann")

    assert browser.cookies["session"] != before
    assert await office.services.browser_sessions.user_of(before) is None


async def test_the_cookie_opens_no_door_of_the_api_and_a_token_none_of_the_pages(
    office: Office, browser: httpx.AsyncClient
) -> None:
    root = await office.person("root", Role.ADMIN)
    await log_in(browser, "root")

    by_cookie = await browser.get("/api/v1/users/me/")
    by_token = await office.http.get("/", headers=root.bearer)

    assert by_cookie.status_code == 401
    assert ">root<" not in by_token.text


async def test_pages_of_a_person_are_kept_nowhere(office: Office, browser: httpx.AsyncClient) -> None:
    await office.person("ann")
    open_page = await browser.get("/")
    await log_in(browser, "ann")

    personal = await browser.get("/")

    assert open_page.headers["Cache-Control"] == "private, no-cache"
    assert personal.headers["Cache-Control"] == "no-store"
    assert "Cookie" in personal.headers["Vary"]


@pytest.mark.parametrize("cookie", ["session=", "session=x", "session=%00", "session=" + "a" * 5000, "session"])
async def test_a_cookie_we_never_set_is_nobodys(office: Office, browser: httpx.AsyncClient, cookie: str) -> None:
    reply = await office.http.get("/", headers={"Cookie": cookie})

    assert reply.status_code == 200
    assert 'href="/login' in reply.text
