"""What all pages share: their errors, languages, files, and who may see them."""

import re

import httpx
import pytest
from litestar.routes import HTTPRoute

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts import web
from booked.adapters.http.contracts.contract import contract_at
from booked.adapters.http.contracts.web.static_files import STATIC_FILES, STATIC_HASH, static_path
from booked.asgi import CONTRACTS
from booked.domain.errors import StoreReadFailed
from booked.domain.model.people.users import Role
from tests.http.office import Office, serving
from tests.http.web.browser import ACCEPT, log_in, page_in
from tests.http.web.catalogue import missing, stale

BROWSER = {"Accept": ACCEPT}
UNKNOWN = "019c5b2e-7f00-7a3c-8e54-1f0a00000000"

# Whom each page is for.
MATRIX = {
    ("GET", "/"): Access.PUBLIC,
    ("GET", "/e/{event_id}"): Access.PUBLIC,
    ("POST", "/e/{event_id}"): Access.PUBLIC,
    ("GET", "/e/{event_id}/poster.svg"): Access.PUBLIC,
    ("GET", "/e/{event_id}/event.ics"): Access.PUBLIC,
    ("GET", "/e/{event_id}/wait"): Access.PUBLIC,
    ("POST", "/e/{event_id}/wait"): Access.PUBLIC,
    ("GET", "/hold/{reservation_id}"): Access.USER,
    ("POST", "/hold/{reservation_id}"): Access.USER,
    ("GET", "/hold/{reservation_id}/number"): Access.USER,
    ("POST", "/hold/{reservation_id}/number"): Access.USER,
    ("GET", "/hold/{reservation_id}/extend"): Access.USER,
    ("POST", "/hold/{reservation_id}/extend"): Access.USER,
    ("GET", "/hold/{reservation_id}/back"): Access.USER,
    ("POST", "/hold/{reservation_id}/back"): Access.USER,
    ("GET", "/my"): Access.USER,
    ("GET", "/my/past"): Access.USER,
    ("GET", "/my/bookings/{booking_id}"): Access.USER,
    ("GET", "/e/{event_id}/hall"): Access.PUBLIC,
    ("GET", "/e/{event_id}/hall/{section}"): Access.PUBLIC,
    ("POST", "/e/{event_id}/hall/{section}"): Access.PUBLIC,
    ("GET", "/my/bookings/{booking_id}/cancel"): Access.USER,
    ("POST", "/my/bookings/{booking_id}/cancel"): Access.USER,
    ("GET", "/my/places/{entry_id}/accept"): Access.USER,
    ("POST", "/my/places/{entry_id}/accept"): Access.USER,
    ("GET", "/my/places/{entry_id}/leave"): Access.USER,
    ("POST", "/my/places/{entry_id}/leave"): Access.USER,
    ("GET", "/login"): Access.PUBLIC,
    ("POST", "/login"): Access.PUBLIC,
    ("GET", "/register"): Access.PUBLIC,
    ("POST", "/register"): Access.PUBLIC,
    ("GET", "/logout"): Access.PUBLIC,
    ("POST", "/logout"): Access.PUBLIC,
    ("GET", "/office"): Access.ORGANIZER,
    ("GET", "/office/new"): Access.ORGANIZER,
    ("POST", "/office/new"): Access.ORGANIZER,
    ("GET", "/office/events/{event_id}"): Access.ORGANIZER,
    ("POST", "/office/events/{event_id}"): Access.ORGANIZER,
    ("GET", "/office/events/{event_id}/delete"): Access.ORGANIZER,
    ("POST", "/office/events/{event_id}/delete"): Access.ORGANIZER,
    ("GET", "/office/events/{event_id}/copy"): Access.ORGANIZER,
    ("POST", "/office/events/{event_id}/copy"): Access.ORGANIZER,
    ("GET", "/office/events/{event_id}/figures"): Access.ORGANIZER,
    ("GET", "/office/events/{event_id}/figures.csv"): Access.ORGANIZER,
    ("GET", "/office/events/{event_id}/figures/hall"): Access.ORGANIZER,
    ("GET", "/office/events/{event_id}/attendees"): Access.ORGANIZER,
    ("GET", "/office/events/{event_id}/attendees.csv"): Access.ORGANIZER,
    ("GET", "/office/events/{event_id}/attendees/{booking_id}"): Access.ORGANIZER,
    ("GET", "/office/events/{event_id}/attendees/{booking_id}/cancel"): Access.ORGANIZER,
    ("POST", "/office/events/{event_id}/attendees/{booking_id}/cancel"): Access.ORGANIZER,
    ("GET", "/office/events/{event_id}/attendees/{booking_id}/check-in"): Access.ORGANIZER,
    ("POST", "/office/events/{event_id}/attendees/{booking_id}/check-in"): Access.ORGANIZER,
    ("GET", "/office/events/{event_id}/attendees/{booking_id}/check-in/undo"): Access.ORGANIZER,
    ("POST", "/office/events/{event_id}/attendees/{booking_id}/check-in/undo"): Access.ORGANIZER,
    ("GET", "/office/events/{event_id}/types"): Access.ORGANIZER,
    ("POST", "/office/events/{event_id}/types"): Access.ORGANIZER,
    ("GET", "/office/events/{event_id}/types/{number}"): Access.ORGANIZER,
    ("POST", "/office/events/{event_id}/types/{number}"): Access.ORGANIZER,
    ("GET", "/office/events/{event_id}/types/{number}/delete"): Access.ORGANIZER,
    ("POST", "/office/events/{event_id}/types/{number}/delete"): Access.ORGANIZER,
    ("GET", "/office/events/{event_id}/status/{step}"): Access.ORGANIZER,
    ("POST", "/office/events/{event_id}/status/{step}"): Access.ORGANIZER,
    ("GET", "/office/organizations"): Access.ORGANIZER,
    ("GET", "/office/organizations/{organization_id}"): Access.ORGANIZER,
    ("GET", "/office/organizations/{organization_id}/members"): Access.ORGANIZER,
    ("POST", "/office/organizations/{organization_id}/members"): Access.ORGANIZER,
    ("GET", "/office/organizations/{organization_id}/members/{user_id}/remove"): Access.ORGANIZER,
    ("POST", "/office/organizations/{organization_id}/members/{user_id}/remove"): Access.ORGANIZER,
    ("GET", "/office/events/{event_id}/seats"): Access.ORGANIZER,
    ("GET", "/office/events/{event_id}/seats/{section}"): Access.ORGANIZER,
    ("POST", "/office/events/{event_id}/seats/{section}"): Access.ORGANIZER,
    ("GET", "/office/events/{event_id}/waitlist"): Access.ORGANIZER,
    ("GET", "/office/venues"): Access.ORGANIZER,
    ("GET", "/office/venues/new"): Access.ORGANIZER,
    ("POST", "/office/venues/new"): Access.ORGANIZER,
    ("GET", "/office/venues/{venue_id}"): Access.ORGANIZER,
    ("POST", "/office/venues/{venue_id}"): Access.ORGANIZER,
    ("GET", "/office/venues/{venue_id}/delete"): Access.ORGANIZER,
    ("POST", "/office/venues/{venue_id}/delete"): Access.ORGANIZER,
    ("GET", "/office/venues/{venue_id}/event"): Access.ORGANIZER,
    ("POST", "/office/venues/{venue_id}/event"): Access.ORGANIZER,
    ("GET", "/language"): Access.PUBLIC,
    ("POST", "/language"): Access.PUBLIC,
    ("GET", "/static/{content_hash}/{name}"): Access.PUBLIC,
    ("GET", "/admin"): Access.ADMIN,
    ("GET", "/admin/people"): Access.ADMIN,
    ("GET", "/admin/people/{user_id}"): Access.ADMIN,
    ("POST", "/admin/people/{user_id}"): Access.ADMIN,
    ("GET", "/admin/organizations"): Access.ADMIN,
    ("GET", "/admin/organizations/{organization_id}"): Access.ADMIN,
    ("GET", "/admin/organizations/{organization_id}/members"): Access.ADMIN,
    ("POST", "/admin/organizations/{organization_id}/members"): Access.ADMIN,
    ("GET", "/admin/organizations/{organization_id}/members/{user_id}/remove"): Access.ADMIN,
    ("POST", "/admin/organizations/{organization_id}/members/{user_id}/remove"): Access.ADMIN,
    ("GET", "/admin/categories"): Access.ADMIN,
    ("POST", "/admin/categories"): Access.ADMIN,
    ("GET", "/admin/categories/{category_id}"): Access.ADMIN,
    ("POST", "/admin/categories/{category_id}"): Access.ADMIN,
    ("GET", "/admin/events"): Access.ADMIN,
    ("GET", "/admin/keys"): Access.ADMIN,
    ("POST", "/admin/keys"): Access.ADMIN,
    ("GET", "/admin/keys/{key_id}/revoke"): Access.ADMIN,
    ("POST", "/admin/keys/{key_id}/revoke"): Access.ADMIN,
}


def test_every_page_is_for_those_whom_the_matrix_names(office: Office) -> None:
    found = {
        (method, route.path_format): handler.opt["access"]
        for route in office.app.routes
        if isinstance(route, HTTPRoute) and contract_at(route.path, CONTRACTS) is web.CONTRACT
        for handler in route.route_handlers
        for method in handler.http_methods - {"OPTIONS", "HEAD"}
    }

    assert found == MATRIX


def test_every_address_that_a_form_is_sent_to_is_that_of_a_page_too() -> None:
    forms, shown = ({path for sent, path in MATRIX if sent == method} for method in ("POST", "GET"))

    assert forms <= shown


FORMS = {
    "/e/{id}/wait": "/e/{id}",
    "/hold/{id}/number": "/hold/{id}",
    "/hold/{id}/extend": "/hold/{id}",
    "/hold/{id}/back": "/hold/{id}",
    "/my/places/{id}/accept": "/my",
    "/my/places/{id}/leave": "/my",
    "/office/events/{id}/delete": "/office/events/{id}",
    "/office/events/{id}/types/2/delete": "/office/events/{id}/types/2",
    "/office/venues/{id}/delete": "/office/venues/{id}",
    "/office/organizations/{id}/members": "/office/organizations/{id}",
    "/office/organizations/{id}/members/{id}/remove": "/office/organizations/{id}",
    "/admin/organizations/{id}/members": "/admin/organizations/{id}",
    "/admin/organizations/{id}/members/{id}/remove": "/admin/organizations/{id}",
    "/admin/categories/{id}": "/admin/categories",
    "/admin/keys/{id}/revoke": "/admin/keys",
    "/language": "/",
    "/logout": "/",
}


@pytest.mark.parametrize(("sent_to", "page"), FORMS.items())
async def test_the_address_that_a_form_is_sent_to_leads_to_the_page_of_the_form(
    office: Office, browser: httpx.AsyncClient, sent_to: str, page: str
) -> None:
    await office.person("root", Role.ADMIN)
    await log_in(browser, "root")

    reply = await browser.get(sent_to.format(id=UNKNOWN))

    assert (reply.status_code, reply.headers["Location"]) == (303, page.format(id=UNKNOWN))


@pytest.mark.parametrize(
    "id_", ["x%2F..%2F..%2Fevil", "%2F%2Fevil.example", "%0D%0ASet-Cookie:%20a=b", "a b", "%C3%A4", "{x}"]
)
async def test_the_address_that_a_form_is_sent_to_never_leads_elsewhere(front: httpx.AsyncClient, id_: str) -> None:
    reply = await front.get(f"/e/{id_}/wait", headers=BROWSER)

    location = httpx.URL("http://booked/").join(reply.headers.get("Location", "/e/"))
    assert reply.status_code in {303, 404}
    assert (location.host, location.raw_path[:3]) == ("booked", b"/e/")
    assert "Set-Cookie" not in reply.headers


async def test_another_language_after_a_refused_form_shows_its_page(office: Office, browser: httpx.AsyncClient) -> None:
    await office.person("root", Role.ADMIN)
    await log_in(browser, "root")
    category = await office.services.venues.add_category("Circus")
    refused = await browser.post(f"/admin/categories/{category.id}", data={"name": "", "step": "rename"})
    [next_field] = page_in(refused).all("input", name="next")

    chosen = await browser.post("/language", data={"language": "de", "next": next_field["value"]})
    led = await browser.get(chosen.headers["Location"], follow_redirects=True)

    assert refused.status_code == 400
    assert (led.status_code, led.url.path) == (200, "/admin/categories")
    assert page_in(led).all("html", lang="de")


async def test_no_page_is_in_the_document_for_programs(front: httpx.AsyncClient) -> None:
    paths = (await front.get("/openapi.json")).json()["paths"]

    assert not [path for path in paths if contract_at(path, CONTRACTS) is web.CONTRACT]


@pytest.mark.parametrize("path", ["/e/x/y", "/my/nothing", "/static/x/booked.css", "/nothing", "/office/x"])
async def test_a_wrong_address_in_a_browser_is_a_page_with_a_way_on(front: httpx.AsyncClient, path: str) -> None:
    reply = await front.get(path, headers=BROWSER)

    page = page_in(reply)
    assert reply.status_code == 404
    assert page.all("a", href="/")
    assert "SYS-04" in page.text
    assert not page.all("meta", **{"http-equiv": "refresh"})


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/json, text/html;q=0.9", ""])
async def test_a_program_gets_json_at_an_address_nobody_has(front: httpx.AsyncClient, accept: str) -> None:
    reply = await front.get("/nothing", headers={"Accept": accept})

    assert (reply.status_code, reply.headers["Content-Type"]) == (404, "application/json")


async def test_errors_of_the_api_stay_json_in_a_browser_too(front: httpx.AsyncClient) -> None:
    for path in ("/api/v1/users/me/", "/user/bookings/", "/api/v1/nothing"):
        reply = await front.get(path, headers=BROWSER)
        assert "json" in reply.headers["Content-Type"], path


async def test_a_wrong_method_is_a_page_and_says_which_are_right(front: httpx.AsyncClient) -> None:
    reply = await front.delete("/logout", headers=BROWSER)

    page_in(reply)
    assert (reply.status_code, set(reply.headers["Allow"].split(", "))) == (405, {"GET", "POST", "OPTIONS"})


async def test_a_store_that_is_away_is_a_page_that_asks_again_by_itself(office: Office) -> None:
    class Away:
        async def upcoming(self, *_: object) -> None:
            raise StoreReadFailed

    from dataclasses import replace

    services = replace(office.services, shop=Away())  # type: ignore[arg-type]
    async with serving(services) as (_, http):
        reply = await http.get("/?q=mill", headers=BROWSER)

    page = page_in(reply)
    assert (reply.status_code, reply.headers["Retry-After"]) == (503, "1")
    assert page.all("meta", **{"http-equiv": "refresh", "content": "5"})
    assert page.all("a", href="/?q=mill")


async def test_an_id_that_is_none_is_a_page(browser: httpx.AsyncClient) -> None:
    assert page_in(await browser.get("/e/1")).all("a", href="/")
    reply = await browser.get(f"/e/{UNKNOWN}")
    assert reply.status_code == 404
    assert "EVENT-03" in page_in(reply).text


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("en;q=0.5, de;q=0.9", "de"),
        ("fr, en", "en"),
        ("fr", "en"),
        ("de;q=0", "en"),
        ("", "en"),
        ("\xff;q=x," * 100, "en"),
    ],
)
async def test_a_page_speaks_the_language_a_browser_asks_for(
    front: httpx.AsyncClient, asked: str, language: str
) -> None:
    reply = await front.get("/login", headers=[(b"Accept-Language", asked.encode("latin-1"))])

    assert page_in(reply).all("html", lang=language)


async def test_a_language_that_was_chosen_comes_first(front: httpx.AsyncClient) -> None:
    asked = {"Accept-Language": "en", "Sec-Fetch-Site": "same-origin"}

    reply = await front.post("/language", data={"language": "de", "next": "/login?next=%2Fmy"}, headers=asked)

    page = page_in(await front.get(reply.headers["Location"], headers=asked))
    assert (reply.status_code, reply.headers["Location"]) == (303, "/login?next=%2Fmy")
    assert page.all("html", lang="de")
    assert "E-Mail-Adresse" in page.text


async def test_no_other_language_can_be_chosen(front: httpx.AsyncClient) -> None:
    reply = await front.post("/language", data={"language": "xx"}, headers={"Sec-Fetch-Site": "same-origin"})

    assert reply.status_code == 400
    page_in(reply)


def test_every_text_is_translated() -> None:
    assert list(missing()) == [], "python -m tests.http.web.catalogue tells what to add"


def test_no_translation_is_left_over() -> None:
    assert stale() == []


@pytest.mark.parametrize("name", sorted(STATIC_FILES))
async def test_files_are_kept_for_good_at_an_address_of_their_content(front: httpx.AsyncClient, name: str) -> None:
    reply = await front.get(static_path(name))

    assert reply.content == STATIC_FILES[name].content
    assert reply.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert reply.headers["Content-Type"] == STATIC_FILES[name].media_type
    assert (await front.get(f"/static/{STATIC_HASH[::-1]}/{name}")).status_code == 404


@pytest.mark.parametrize("name", ["x.css", "..%2f__init__.py", "../cookies.py", "%2e%2e", "booked.css/"])
async def test_no_other_file_is_served(front: httpx.AsyncClient, name: str) -> None:
    reply = await front.get(f"/static/{STATIC_HASH}/{name}")

    assert reply.status_code == 404 or reply.content == STATIC_FILES["booked.css"].content


def test_the_stylesheet_needs_nothing_from_elsewhere() -> None:
    style = STATIC_FILES["booked.css"].content.decode()

    assert not re.findall(r"url\(|@import|https?:", style)
