"""The forms that hold tickets, sent twice: by a double click, or by a reload after a lost answer."""

import asyncio
from dataclasses import dataclass, replace

import httpx
import pytest

from booked.domain.model.ids import EventId, ReservationId
from booked.domain.model.programme.seating import SeatBlock
from booked.domain.model.programme.ticket_types import TicketTypeDraft
from tests.builders import a_specification, a_venue
from tests.http.office import PASSWORD, Office, Person
from tests.http.web.browser import log_in, page_in


@dataclass(frozen=True)
class Choosing:
    """The page of a form, what somebody chooses there, and something else they could choose."""

    path: str
    choice: dict[str, str | list[str]]
    another: dict[str, str | list[str]]


TICKETS = Choosing("/e/{}", {"number": "2", "type": "1"}, {"number": "3", "type": "1"})
SEATS = Choosing("/e/{}/hall/1", {"row": "1", "seat": ["3", "4"]}, {"row": "1", "seat": ["5"]})

both = pytest.mark.parametrize("choosing", [TICKETS, SEATS], ids=["tickets", "seats"])


@pytest.fixture
async def event(office: Office) -> EventId:
    """Tickets 1 to 12 are the seats of the stalls, in three rows."""
    root = await office.services.accounts.ensure_admin("root", "root@example.com", PASSWORD)
    organization = await office.services.organizations.create(root, "Mill", "")
    stalls = SeatBlock("Stalls", rows=3, seats_per_row=4)
    venue = await office.services.venues.add(
        root, a_venue(layout=(stalls,), capacity=12, organization_id=organization.id)
    )
    draft = a_specification(organization_id=organization.id)
    tickets = [TicketTypeDraft("Stalls", 4900, sections=("Stalls",))]
    specification = replace(draft, venue_id=venue.id, tickets=tickets)
    return (await office.services.events.create(root, specification)).event.id


@pytest.fixture
async def ann(office: Office) -> Person:
    return await office.person("ann")


async def filled_in(
    browser: httpx.AsyncClient, path: str, choice: dict[str, str | list[str]]
) -> dict[str, str | list[str]]:
    """Look at the page, and return its form with this choice and the key it has there."""
    page = page_in(await browser.get(path))
    return choice | {field["name"]: field["value"] for field in page.all("input", name="key")}


async def held_by(office: Office, who: Person) -> list[ReservationId]:
    return [held.reservation.id for held in await office.services.reservations.of_user(who.id, None, 10)]


@both
async def test_a_form_sent_twice_leads_to_the_same_hold(
    office: Office, browser: httpx.AsyncClient, event: EventId, ann: Person, choosing: Choosing
) -> None:
    await log_in(browser, "ann")
    path = choosing.path.format(event)
    form = await filled_in(browser, path, choosing.choice)

    replies = await asyncio.gather(*(browser.post(path, data=form) for _ in range(2)))
    replies.append(await browser.post(path, data=form))

    [held] = await held_by(office, ann)
    assert [(reply.status_code, reply.headers.get("Location")) for reply in replies] == [(303, f"/hold/{held}")] * 3
    assert "Held for you" in page_in(await browser.get(f"/hold/{held}")).text


@both
async def test_the_form_that_somebody_finds_after_the_login_leads_to_the_same_hold(
    office: Office, browser: httpx.AsyncClient, event: EventId, ann: Person, choosing: Choosing
) -> None:
    path = choosing.path.format(event)
    unknown = await filled_in(browser, path, choosing.choice)
    asked = await browser.post(path, data=unknown)
    login = page_in(await browser.get(asked.headers["Location"]))
    way = {"email": ann.email, "password": PASSWORD, "next": login.all("input", name="next")[0]["value"]}
    led = await browser.post("/login", data=way)
    form = await filled_in(browser, led.headers["Location"], choosing.choice)

    replies = [await browser.post(path, data=form) for _ in range(2)]

    [held] = await held_by(office, ann)
    assert "kept=yes" in led.headers["Location"]
    assert [reply.headers.get("Location") for reply in replies] == [f"/hold/{held}"] * 2


async def test_the_page_visited_anew_holds_more_tickets(
    office: Office, browser: httpx.AsyncClient, event: EventId, ann: Person
) -> None:
    await log_in(browser, "ann")
    path = TICKETS.path.format(event)

    replies = [await browser.post(path, data=await filled_in(browser, path, TICKETS.choice)) for _ in range(2)]

    assert {reply.headers["Location"] for reply in replies} == {f"/hold/{held}" for held in await held_by(office, ann)}
    assert len(await held_by(office, ann)) == 2


@both
async def test_another_choice_in_the_same_form_is_held_too(
    office: Office, browser: httpx.AsyncClient, event: EventId, ann: Person, choosing: Choosing
) -> None:
    await log_in(browser, "ann")
    path = choosing.path.format(event)
    form = await filled_in(browser, path, choosing.choice)

    replies = [await browser.post(path, data={**form, **choice}) for choice in (choosing.choice, choosing.another)]

    assert [reply.status_code for reply in replies] == [303, 303]
    assert {reply.headers["Location"] for reply in replies} == {f"/hold/{held}" for held in await held_by(office, ann)}
    assert len(await held_by(office, ann)) == 2


@both
async def test_a_form_sent_again_after_its_hold_was_given_back_holds_anew(
    office: Office, browser: httpx.AsyncClient, event: EventId, ann: Person, choosing: Choosing
) -> None:
    await log_in(browser, "ann")
    path = choosing.path.format(event)
    form = await filled_in(browser, path, choosing.choice)
    await browser.post(path, data=form)
    [before] = await held_by(office, ann)
    await office.services.reservations.give_back(ann.id, before)

    replies = [await browser.post(path, data=form) for _ in range(2)]

    [held] = await held_by(office, ann)
    assert held != before
    assert [reply.headers.get("Location") for reply in replies] == [f"/hold/{held}"] * 2


async def test_a_form_sent_again_after_its_tickets_were_booked_holds_more(
    office: Office, browser: httpx.AsyncClient, event: EventId, ann: Person
) -> None:
    await log_in(browser, "ann")
    path = TICKETS.path.format(event)
    form = await filled_in(browser, path, TICKETS.choice)
    await browser.post(path, data=form)
    [before] = await held_by(office, ann)
    await office.services.bookings.book_reservation(ann.id, before)

    reply = await browser.post(path, data=form)

    [held] = await held_by(office, ann)
    assert reply.headers["Location"] == f"/hold/{held}"


async def test_a_form_sent_again_after_its_seats_were_booked_says_that_they_are_taken(
    office: Office, browser: httpx.AsyncClient, event: EventId, ann: Person
) -> None:
    await log_in(browser, "ann")
    path = SEATS.path.format(event)
    form = await filled_in(browser, path, SEATS.choice)
    await browser.post(path, data=form)
    [held] = await held_by(office, ann)
    await office.services.bookings.book_reservation(ann.id, held)

    reply = await browser.post(path, data=form)

    assert reply.status_code == 409
    assert "Seats that you chose were taken" in page_in(reply).text


async def test_somebody_else_gets_tickets_of_their_own_with_the_same_form(
    office: Office, browser: httpx.AsyncClient, event: EventId, ann: Person
) -> None:
    ben = await office.person("ben")
    path = TICKETS.path.format(event)
    form = await filled_in(browser, path, TICKETS.choice)

    replies = []
    for name in ("ann", "ben"):
        await log_in(browser, name)
        replies.append(await browser.post(path, data=form))

    [of_ann], [of_ben] = [await held_by(office, who) for who in (ann, ben)]
    assert [reply.headers["Location"] for reply in replies] == [f"/hold/{of_ann}", f"/hold/{of_ben}"]
    assert of_ann != of_ben


async def test_seats_that_somebody_else_holds_are_gone_also_with_the_same_form(
    office: Office, browser: httpx.AsyncClient, event: EventId, ann: Person
) -> None:
    ben = await office.person("ben")
    path = SEATS.path.format(event)
    form = await filled_in(browser, path, SEATS.choice)
    await log_in(browser, "ann")
    await browser.post(path, data=form)
    await log_in(browser, "ben")

    reply = await browser.post(path, data=form)

    assert reply.status_code == 409
    assert "Seats that you chose were taken" in page_in(reply).text
    assert await held_by(office, ben) == []


@both
async def test_a_form_without_a_key_holds_nothing(
    office: Office, browser: httpx.AsyncClient, event: EventId, ann: Person, choosing: Choosing
) -> None:
    await log_in(browser, "ann")

    reply = await browser.post(choosing.path.format(event), data=choosing.choice)

    assert reply.status_code == 400
    assert "Load the page again" in page_in(reply).text
    assert await held_by(office, ann) == []
