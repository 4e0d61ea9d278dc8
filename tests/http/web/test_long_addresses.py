"""Addresses with as many tickets or seats as somebody may have come through the login and a change of language."""

from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote

import httpx
import pytest

from booked.domain.model.people.users import Role
from booked.domain.model.programme.ticket_types import TicketTypeDraft
from booked.domain.model.programme.times import AT_START
from booked.domain.model.sale.holds import TICKETS_A_REQUEST
from booked.domain.model.sale.reservations import TicketRequest
from tests.builders import a_specification
from tests.http.office import PASSWORD, Office
from tests.http.web.browser import log_in, page_in

ID = "019c5b2e-7f00-7a3c-8e54-1f0a00000000"
NUMBERS = [str(number) for number in range(10_000_000 - TICKETS_A_REQUEST + 1, 10_000_001)]
TICKETS = "&".join(f"ticket={number}" for number in NUMBERS)
LONGEST = [
    f"/my/bookings/{ID}/cancel?{TICKETS}",
    f"/office/events/{ID}/attendees/{ID}/cancel?{TICKETS}",
    f"/e/{ID}/hall/9999?row=999999&seat={'.'.join(NUMBERS)}&kept=yes",
    f"/?q={quote('Ä' * 200)}&location={quote('Ö' * 200)}",
]


async def in_german(browser: httpx.AsyncClient, reply: httpx.Response) -> httpx.Response:
    """Return the page that somebody sees who chooses German on another page."""
    next_path = page_in(reply).all("input", name="next")[-1]["value"]
    chosen = await browser.post("/language", data={"language": "de", "next": next_path})
    return await browser.get(chosen.headers["Location"])


@pytest.mark.parametrize("path", LONGEST)
@pytest.mark.parametrize("way", ["/login", "/register"])
async def test_the_way_through_the_login_keeps_the_whole_address(
    office: Office, browser: httpx.AsyncClient, path: str, way: str
) -> None:
    await office.person("ann")
    address = f"{way}?next={quote(path, safe='')}"

    asked = await browser.get(address)
    german = await in_german(browser, asked)
    refused = await browser.post(address, data={"email": "ann@example.com", "password": "", "next": path})
    again = await in_german(browser, refused)
    form = {"email": "ann@example.com", "password": PASSWORD, "next": path}
    led = await browser.post("/login", data=form)

    for reply in (asked, german, again):
        assert reply.status_code == 200
        assert page_in(reply).all("input", name="next", value=path)
        assert page_in(reply).all("form", action=address)
    assert page_in(german).all("html", lang="de")
    assert led.headers["Location"] == path


@pytest.mark.parametrize("path", LONGEST[:2])
async def test_somebody_unknown_is_led_to_the_login_and_back_to_the_whole_address(
    office: Office, browser: httpx.AsyncClient, path: str
) -> None:
    looked = await browser.get(path)
    sent = await browser.post(path, data={"key": "k" * 20}, headers={"Referer": f"http://booked{path}"})

    assert looked.headers["Location"] == f"/login?next={quote(path, safe='')}"
    assert sent.headers["Location"] == looked.headers["Location"]


async def test_most_tickets_of_a_large_booking_stay_chosen_in_another_language(
    office: Office, browser: httpx.AsyncClient
) -> None:
    root = await office.services.accounts.register("root", "root@example.com", PASSWORD, Role.ADMIN)
    organization = await office.services.organizations.create(root, "Mill", "")
    draft = replace(
        a_specification(organization_id=organization.id, starts_at=datetime(2030, 6, 1, 12, tzinfo=UTC)),
        tickets=[TicketTypeDraft("Standing", 2000, quota=200)],
        cancellable_until=AT_START,
    )
    event = (await office.services.events.create(root, draft)).event.id
    booked = await office.services.bookings.book_now(root.id, event, TicketRequest(TICKETS_A_REQUEST))
    numbers = [str(ticket.number) for ticket in booked.record.standing][1:]
    await log_in(browser, "root")
    asked = "&".join(f"ticket={number}" for number in numbers)

    for path in (f"/my/bookings/{booked.record.id}", f"/office/events/{event}/attendees/{booked.record.id}"):
        first = await browser.get(f"{path}/cancel?{asked}")
        refused = await browser.post(f"{path}/cancel?{asked}", data={"ticket": [*numbers, "9999"], "key": "k" * 20})
        pages = [page_in(await in_german(browser, reply)) for reply in (first, refused)]

        for page in pages:
            assert page.all("html", lang="de")
            assert [field["value"] for field in page.all("input", name="ticket")] == numbers
            assert page.all("form", action=f"{path}/cancel?{asked}")
