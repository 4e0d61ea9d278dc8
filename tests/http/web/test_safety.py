"""What keeps other sites from acting for somebody, or leading them elsewhere."""

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from booked.adapters.http.contracts.web.local_paths import PATH_LENGTH, local_path
from tests.http.office import PASSWORD, Office
from tests.http.web.browser import ACCEPT, page_in

FORM = {"email": "ann@example.com", "password": PASSWORD, "next": "/"}


@pytest.mark.parametrize(
    ("headers", "taken"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://booked"}, False),
        ({"Sec-Fetch-Site": ""}, False),
        ({"Origin": "http://booked"}, True),
        ({"Origin": "https://booked"}, True),
        ({"Origin": "http://booked:81"}, False),
        ({"Origin": "http://booked.example.com"}, False),
        ({"Origin": "http://evil/booked"}, False),
        ({"Origin": "http://booked@evil"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "http://["}, False),
        ({"Origin": ""}, False),
        ({}, False),
    ],
)
async def test_a_form_is_taken_from_pages_of_ours_alone(office: Office, headers: dict[str, str], taken: bool) -> None:
    await office.person("ann")

    reply = await office.http.post("/login", data=FORM, headers={"Accept": ACCEPT, **headers})

    assert reply.status_code == (303 if taken else 403)
    if not taken:
        page = page_in(reply)
        assert "Nothing has changed" in page.text or "nothing has changed" in page.text
        assert "Set-Cookie" not in reply.headers


async def test_two_origins_are_none(office: Office) -> None:
    headers = [("Origin", "http://booked"), ("Origin", "http://booked"), ("Accept", ACCEPT)]

    reply = await office.http.post("/login", data=FORM, headers=headers)

    assert reply.status_code == 403


async def test_a_page_that_no_address_leads_to_is_not_gone_back_to(browser: httpx.AsyncClient) -> None:
    reply = await browser.post("/office/venues/new", data={"name": "Mill"}, headers={"Referer": "http://["})

    assert (reply.status_code, reply.headers["Location"]) == (303, "/login?next=%2F")


@given(st.text())
@example("//evil.example")
@example("/\\evil.example")
@example("/\t/evil.example")
@example("/\n/evil")
@example("https://evil.example/")
@example("javascript:alert(1)")
@example("/a\\b")
@example("")
@example("/" + "a" * PATH_LENGTH)
def test_the_way_on_is_a_path_of_ours_whatever_was_sent(sent: str) -> None:
    path = local_path(sent)

    assert path in {sent, "/"}
    resolved = httpx.URL("http://booked/login").join(path)
    assert (resolved.scheme, resolved.host) == ("http", "booked")
    assert path.startswith("/")
    assert not path.startswith(("//", "/\\"))
    assert path.isascii()
    assert path.isprintable()


@pytest.mark.parametrize("path", ["/", "/e/1?number=2&type=1", "/my", "/%C3%A4", "/e/1#buy"])
def test_a_path_of_ours_is_kept(path: str) -> None:
    assert local_path(path) == path


async def test_a_login_never_leads_elsewhere(office: Office, browser: httpx.AsyncClient) -> None:
    await office.person("ann")

    reply = await browser.post("/login", data={**FORM, "next": "//evil.example"})

    assert reply.headers["Location"] == "/"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"email=a&email=b&password=x", 400),
        (b"email=a&password=x&role=admin", 400),
        (b"email=%ff", 400),
        (b"&".join(b"email=a" for _ in range(2000)), 400),
        (b"email=" + b"a" * 70_000, 413),
    ],
)
async def test_forms_are_read_strictly_and_within_bounds(browser: httpx.AsyncClient, body: bytes, status: int) -> None:
    kind = {"Content-Type": "application/x-www-form-urlencoded"}

    reply = await browser.post("/login", content=body, headers=kind)

    assert reply.status_code == status
    page_in(reply)


async def test_a_body_that_is_no_form_is_refused(browser: httpx.AsyncClient) -> None:
    reply = await browser.post("/login", json=FORM)

    assert reply.status_code == 415
    page_in(reply)
