"""The page of what somebody holds: booking it, changing it, giving it back, and what it says when it is gone."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from booked.adapters.http.contracts.web.static_files import static_path
from booked.domain.model.ids import EventId, ReservationId
from booked.domain.model.people.users import Role
from booked.domain.model.programme.seating import SeatBlock
from booked.domain.model.programme.ticket_types import TicketTypeDraft
from booked.domain.model.sale.reservations import TicketRequest
from tests.builders import a_specification, a_venue
from tests.http.office import PASSWORD, Office, Person
from tests.http.web.browser import KEY, Page, log_in, page_in


async def held_by(office: Office, browser: httpx.AsyncClient, count: int = 2) -> tuple[Person, ReservationId]:
    """Let Ann log in and hold tickets of a new event."""
    event = await office.event()
    ann = await office.person("ann")
    await log_in(browser, "ann")
    made = await office.services.reservations.make(ann.id, event, TicketRequest(count))
    return ann, made.reservation.id


def key_on(page: Page) -> str:
    return page.all("input", name="key")[0]["value"]


async def test_a_hold_says_what_it_is_until_when_and_what_it_costs(office: Office, browser: httpx.AsyncClient) -> None:
    root = await office.services.accounts.register("root", "root@example.com", PASSWORD, Role.ADMIN)
    organization = await office.services.organizations.create(root, "Mill", "")
    hall = a_venue(
        layout=(SeatBlock("Stalls", rows=2, seats_per_row=4),),
        capacity=8,
        organization_id=organization.id,
        timezone="Asia/Tokyo",
    )
    venue = await office.services.venues.add(root, hall)
    specification = replace(
        a_specification(organization_id=organization.id, starts_at=datetime(2030, 6, 1, 12, tzinfo=UTC)),
        venue_id=venue.id,
        tickets=[TicketTypeDraft("Best", 1250, sections=("Stalls",))],
    )
    event = (await office.services.events.create(root, specification)).event.id
    await log_in(browser, "root")
    led = await browser.post(f"/e/{event}", data={"number": "2", "type": "1", "key": KEY})

    page = page_in(await browser.get(led.headers["Location"]))

    [until] = [each for each in page.all("time") if re.fullmatch(r"\d\d:\d\d", each["datetime"][11:16])][1:]
    assert until["datetime"].endswith("+09:00")
    assert "21:00" in page.text
    assert re.search(r"Stalls, row 1, seats \d, \d", page.text)
    assert "€25.00" in page.text
    assert re.search(r"(9|10) minutes left", page.text)
    assert page.all("script", src=static_path("countdown.js"), type="module")


async def test_what_is_held_is_booked_once_however_often_the_form_is_sent(
    office: Office, browser: httpx.AsyncClient
) -> None:
    ann, held = await held_by(office, browser)
    key = key_on(page_in(await browser.get(f"/hold/{held}")))

    first = await browser.post(f"/hold/{held}", data={"key": key})
    again = await browser.post(f"/hold/{held}", data={"key": key})
    page = page_in(await browser.get(first.headers["Location"]))

    [booked] = await office.database.bookings.of_user(ann.id)
    assert (first.status_code, first.headers["Location"]) == (303, f"/my/bookings/{booked.id}")
    assert again.headers["Location"] == first.headers["Location"]
    assert booked.tickets == 2
    assert "Booked! The tickets are yours." in page.text
    assert re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}", page.text)


@pytest.mark.parametrize(("number", "held_then"), [("5", 5), ("1", 1), ("2", 2)])
async def test_the_number_is_changed(office: Office, browser: httpx.AsyncClient, number: str, held_then: int) -> None:
    ann, held = await held_by(office, browser)
    form = {"number": number, "key": KEY}

    first = await browser.post(f"/hold/{held}/number", data=form)
    await browser.post(f"/hold/{held}/number", data=form)

    assert (first.status_code, first.headers["Location"]) == (303, f"/hold/{held}")
    assert len((await office.services.reservations.get(ann.id, held)).tickets) == held_then


@pytest.mark.parametrize("number", ["0", "", "two", "11", "-1"])
async def test_a_number_that_cannot_be_had_is_kept_and_says_why(
    office: Office, browser: httpx.AsyncClient, number: str
) -> None:
    ann, held = await held_by(office, browser)

    reply = await browser.post(f"/hold/{held}/number", data={"number": number, "key": KEY})

    page = page_in(reply)
    assert reply.status_code == 400
    assert page.all("a", href="#number")
    assert page.all("input", name="number", value=number)
    assert len((await office.services.reservations.get(ann.id, held)).tickets) == 2


async def test_more_time_is_given_as_often_as_can_be(office: Office, browser: httpx.AsyncClient) -> None:
    ann, held = await held_by(office, browser)
    before = (await office.services.reservations.get(ann.id, held)).reservation.expires_at

    given = [await browser.post(f"/hold/{held}/extend", data={"key": f"{KEY}{time}"}) for time in range(10)]
    page = page_in(await browser.get(f"/hold/{held}"))
    refused = await browser.post(f"/hold/{held}/extend", data={"key": f"{KEY}10"})

    after = (await office.services.reservations.get(ann.id, held)).reservation.expires_at
    assert {reply.status_code for reply in given} == {303}
    assert after - before == timedelta(minutes=100)
    assert "You have had all the time there is" in page.text
    assert refused.status_code == 409
    assert "TICKET-07" not in page_in(refused).text


async def test_what_is_given_back_is_free_again(office: Office, browser: httpx.AsyncClient) -> None:
    ann, held = await held_by(office, browser)

    reply = await browser.post(f"/hold/{held}/back")
    page = page_in(await browser.get(reply.headers["Location"]))
    gone = await browser.get(f"/hold/{held}")

    assert await office.services.reservations.of_user(ann.id, None, 10) == []
    assert "The tickets are given back." in page.text
    assert gone.status_code in {404, 410}
    assert page_in(gone).all("a", href=reply.headers["Location"])


async def test_a_hold_of_somebody_else_is_a_page_that_leads_to_the_event(
    office: Office, browser: httpx.AsyncClient
) -> None:
    _, held = await held_by(office, browser)
    await office.person("ben")
    await log_in(browser, "ben")

    for reply in (
        await browser.get(f"/hold/{held}"),
        await browser.post(f"/hold/{held}", data={"key": KEY}),
        await browser.post(f"/hold/{held}/number", data={"number": "1", "key": KEY}),
        await browser.post(f"/hold/{held}/extend", data={"key": KEY}),
        await browser.post(f"/hold/{held}/back"),
    ):
        page = page_in(reply)
        assert reply.status_code == 404
        assert "Nothing is held here" in page.text
        assert "Concert" in page.text


async def test_a_hold_of_an_event_nobody_knows_leads_to_the_programme(
    office: Office, browser: httpx.AsyncClient
) -> None:
    await office.person("ann")
    await log_in(browser, "ann")

    reply = await browser.get(f"/hold/{EventId('019c5b2e-7f00-7a3c-8e54-1f0a00000000')}")

    assert reply.status_code == 404
    assert page_in(reply).all("a", href="/", **{"class": "button"})


@pytest.mark.parametrize("key", ["", "x", "k" * 65, "key with spaces, of some length"])
async def test_a_form_without_a_key_is_refused(office: Office, browser: httpx.AsyncClient, key: str) -> None:
    ann, held = await held_by(office, browser)

    reply = await browser.post(f"/hold/{held}", data={"key": key})

    page_in(reply)
    assert reply.status_code == 400
    assert await office.database.bookings.of_user(ann.id) == []


async def test_a_booking_is_shown_to_its_owner_alone(office: Office, browser: httpx.AsyncClient) -> None:
    ann, held = await held_by(office, browser)
    booked = (await office.services.bookings.book_reservation(ann.id, held)).record
    path = f"/my/bookings/{booked.id}"

    own = page_in(await browser.get(path))
    await log_in(browser, "root")
    of_an_admin = await browser.get(path)

    assert booked.code in own.text
    assert of_an_admin.status_code == 404
    page_in(of_an_admin)
