"""Who comes, in the office: the list, one booking, and cancelling tickets for somebody."""

import asyncio
import csv
import io

import httpx
import pytest

from booked.domain.model.ids import EventId
from booked.domain.model.people.users import Role
from booked.domain.model.programme.events import EventStatus
from tests.http.office import Office, Person
from tests.http.web.browser import Page, log_in, page_in
from tests.http.web.test_office_event import FORM


@pytest.fixture
async def event(office: Office, browser: httpx.AsyncClient) -> EventId:
    """An event on sale, of somebody who is logged in."""
    await office.person("olga", Role.ORGANIZER)
    await log_in(browser, "olga")
    reply = await browser.post("/office/new", data={**FORM, "publish": "yes"})
    return EventId(reply.headers["Location"].rpartition("/")[2])


async def bought(office: Office, who: Person, event: EventId, count: int = 2) -> str:
    """Return the address of a booking in the office."""
    await office.buy(who, event, count)
    [newest, *_] = (await office.get("/api/bookings/", who)).json()["items"]
    return f"/office/events/{event}/attendees/{newest['id']}"


async def boxes_in(browser: httpx.AsyncClient, path: str) -> list[str]:
    page = page_in(await browser.get(path))
    return [box["value"] for box in page.all("input", type="checkbox")]


def hidden(page: Page) -> dict[str, list[str]]:
    """Return the hidden fields of the form."""
    form: dict[str, list[str]] = {}
    for found in page.all("input", type="hidden"):
        if found["name"] in {"key", "ticket"}:
            form.setdefault(found["name"], []).append(found["value"])
    return form


async def cancelled(office: Office, who: Person) -> list[tuple[str, str]]:
    """Return what came back of each cancelled ticket of somebody's newest booking, and why."""
    [newest, *_] = (await office.get("/api/bookings/", who)).json()["items"]
    return [(one["refunded"], one["cancel_reason"]) for one in newest["tickets"] if one["cancelled"]]


async def test_the_list_of_an_event_without_bookings_leads_on(browser: httpx.AsyncClient, event: EventId) -> None:
    office_page = page_in(await browser.get(f"/office/events/{event}"))
    page = page_in(await browser.get(f"/office/events/{event}/attendees"))

    assert office_page.all("a", href=f"/office/events/{event}/attendees")
    assert "Nobody has booked yet" in page.text
    assert page.all("a", href=f"/e/{event}")
    assert not page.all("table")


async def test_organizers_see_who_comes(
    office: Office, browser: httpx.AsyncClient, event: EventId, ann: Person, ben: Person
) -> None:
    anns = await bought(office, ann, event)
    await bought(office, ben, event, 1)

    page = page_in(await browser.get(f"/office/events/{event}/attendees"))

    assert page.all("a", href=anns)
    assert page.text.index("ben@example.com") < page.text.index("ann@example.com")
    assert "€25.00" in page.text


async def test_the_list_is_searched_and_its_table_has_what_was_found(
    office: Office, browser: httpx.AsyncClient, event: EventId, ann: Person, ben: Person
) -> None:
    anns = await bought(office, ann, event)
    bens = await bought(office, ben, event)

    found = page_in(await browser.get(f"/office/events/{event}/attendees?q=ANN&status=active"))
    nobody = page_in(await browser.get(f"/office/events/{event}/attendees?q=ann&status=cancelled"))

    assert found.all("a", href=anns)
    assert not found.all("a", href=bens)
    assert found.all("input", name="q", value="ANN")
    [table] = [each["href"] for each in found.all("a") if ".csv" in each.get("href", "")]
    reply = await browser.get(table)
    rows = list(csv.DictReader(io.StringIO(reply.text.removeprefix("\N{BYTE ORDER MARK}"), newline="")))
    assert [row["email"] for row in rows] == ["ann@example.com"]
    assert reply.headers["Content-Type"].startswith("text/csv")
    assert "Nobody found" in nobody.text
    assert nobody.all("a", href=f"/office/events/{event}/attendees")


async def test_a_long_list_comes_in_pages_of_what_was_looked_for(
    office: Office, browser: httpx.AsyncClient, event: EventId, ann: Person
) -> None:
    made = [await bought(office, ann, event, 1) for _ in range(3)]
    seen: list[str] = []

    path = f"/office/events/{event}/attendees?q=ann&limit=2"
    while path:
        page = page_in(await browser.get(path))
        seen += [each["href"] for each in page.all("a") if each.get("href") in made]
        [path] = [each["href"] + "&limit=2" for each in page.all("a", rel="next")] or [""]

    assert seen == made[::-1]


async def test_what_comes_back_is_said_before_tickets_are_cancelled_for_somebody(
    office: Office, browser: httpx.AsyncClient, event: EventId, ann: Person
) -> None:
    booking = await bought(office, ann, event, 3)
    first, *_ = await boxes_in(browser, booking)

    page = page_in(await browser.get(f"{booking}/cancel?ticket={first}"))
    reply = await browser.post(f"{booking}/cancel", data={**hidden(page), "refund": "12.50", "reason": "Ann is ill."})

    assert "€12.50 was paid for them." in page.text
    assert page.all("input", name="refund", value="12.50")
    assert (reply.status_code, reply.headers["Location"]) == (303, booking)
    assert await cancelled(office, ann) == [("12.50", "Ann is ill.")]
    after = page_in(await browser.get(booking))
    assert "The organizer cancelled it." in after.text
    assert "Ann is ill." in after.text
    assert len(await boxes_in(browser, booking)) == 2


async def test_tickets_are_cancelled_for_somebody_when_the_event_is_over(
    office: Office, browser: httpx.AsyncClient, event: EventId, ann: Person
) -> None:
    booking = await bought(office, ann, event)
    await office.services.events.go_on_as(event, EventStatus.COMPLETED)
    first, _ = await boxes_in(browser, booking)

    page = page_in(await browser.get(f"{booking}/cancel?ticket={first}"))
    reply = await browser.post(f"{booking}/cancel", data={**hidden(page), "refund": "12.50", "reason": "Rain."})

    assert (reply.status_code, reply.headers["Location"]) == (303, booking)
    assert await cancelled(office, ann) == [("12.50", "Rain.")]


async def test_a_part_of_the_price_can_be_kept(
    office: Office, browser: httpx.AsyncClient, event: EventId, ann: Person
) -> None:
    booking = await bought(office, ann, event)

    page = page_in(await browser.get(f"{booking}/cancel"))
    form = {**hidden(page), "refund": "5", "reason": ""}
    replies = [await browser.post(f"{booking}/cancel", data=form) for _ in range(2)]

    assert [reply.status_code for reply in replies] == [303, 303]
    assert await cancelled(office, ann) == [("2.50", ""), ("2.50", "")]
    assert "This booking is cancelled." in page_in(await browser.get(booking)).text
    assert "nothing to cancel here" in page_in(await browser.get(f"{booking}/cancel")).text


@pytest.mark.parametrize(
    "typed",
    [
        {"wrong": "refund", "refund": "25.01", "reason": "Gone"},
        {"wrong": "refund", "refund": "a lot", "reason": "Gone"},
        {"wrong": "reason", "refund": "5", "reason": "x" * 501},
    ],
)
async def test_what_is_typed_wrong_is_told_beside_its_field_and_kept(
    office: Office, browser: httpx.AsyncClient, event: EventId, ann: Person, typed: dict[str, str]
) -> None:
    booking = await bought(office, ann, event)
    form = hidden(page_in(await browser.get(f"{booking}/cancel")))
    sent = {**form, "refund": typed["refund"], "reason": typed["reason"]}

    reply = await browser.post(f"{booking}/cancel", data=sent)

    page = page_in(reply)
    assert reply.status_code == 400
    assert page.all("p", id=f"{typed['wrong']}-wrong")
    assert page.all("input", name="refund", value=typed["refund"])
    assert typed["reason"] in page.text
    assert await cancelled(office, ann) == []


async def test_nobody_else_sees_who_comes(
    office: Office, browser: httpx.AsyncClient, event: EventId, ann: Person
) -> None:
    booking = await bought(office, ann, event)
    other = EventId(
        (await browser.post("/office/new", data={**FORM, "key": "fedcba9876543210"}))
        .headers["Location"]
        .rpartition("/")[2]
    )
    elsewhere = await browser.get(booking.replace(event, other))
    await office.person("otto", Role.ORGANIZER)
    await log_in(browser, "otto")

    replies = [
        await browser.get(path)
        for path in (booking, f"{booking}/cancel", *(f"/office/events/{event}/attendees{end}" for end in ("", ".csv")))
    ]

    assert elsewhere.status_code == 404
    assert {reply.status_code for reply in replies} == {403}
    assert not [reply for reply in replies if "ann@example.com" in reply.text]
    posted = await browser.post(f"{booking}/cancel", data={"key": "k" * 20, "ticket": "1"})
    assert posted.status_code == 403
    assert await cancelled(office, ann) == []


async def test_the_buyer_reads_who_cancelled_a_ticket_and_why(
    office: Office, browser: httpx.AsyncClient, event: EventId
) -> None:
    booking = await bought(office, await office.person("ann"), event)
    form = hidden(page_in(await browser.get(f"{booking}/cancel")))
    await browser.post(f"{booking}/cancel", data={**form, "refund": "12.50", "reason": "A pillar is in the way."})

    browser.cookies.clear()
    await log_in(browser, "ann")
    page = page_in(await browser.get(f"/my/bookings/{booking.rpartition('/')[2]}"))

    assert "The organizer cancelled it." in page.text
    assert "A pillar is in the way." in page.text


# At the door


def door_in(page: Page, place: int = 0) -> dict[str, str]:
    """Return what the form of a ticket sends that can still be admitted."""
    tickets = [each["value"] for each in page.all("input", name="ticket", type="hidden")]
    key, *_ = page.all("input", name="key")
    return {"key": key["value"], "ticket": tickets[place]}


async def test_a_ticket_is_admitted_and_the_page_says_when_and_where(
    office: Office, browser: httpx.AsyncClient, event: EventId, ann: Person
) -> None:
    booking = await bought(office, ann, event)
    form = {**door_in(page_in(await browser.get(booking))), "gate": " North & East "}

    reply = await browser.post(f"{booking}/check-in", data=form)

    assert (reply.status_code, reply.headers["Location"]) == (303, f"{booking}?gate=North+%26+East")
    page = page_in(await browser.get(reply.headers["Location"]))
    assert "The ticket is checked in." in page.text
    assert "· North & East" in page.text
    assert page.all("input", name="gate", value="North & East")
    [newest, *_] = (await office.get("/api/bookings/", ann)).json()["items"]
    assert [one["gate"] for one in newest["tickets"] if one["checked_in_at"]] == ["North & East"]
    assert "1 checked in" in page_in(await browser.get(booking.rpartition("/")[0])).text


async def test_a_check_in_sent_twice_is_no_second_guest(
    office: Office, browser: httpx.AsyncClient, event: EventId, ann: Person
) -> None:
    booking = await bought(office, ann, event)
    page = page_in(await browser.get(booking))

    both = await asyncio.gather(*(browser.post(f"{booking}/check-in", data=door_in(page)) for _ in range(2)))
    other = await browser.post(f"{booking}/check-in", data=door_in(page, 1))

    assert [reply.status_code for reply in (*both, other)] == [303, 303, 303]


async def test_who_shows_a_ticket_again_is_told_when_and_where_it_was_admitted(
    office: Office, browser: httpx.AsyncClient, event: EventId, ann: Person
) -> None:
    booking = await bought(office, ann, event)
    form = door_in(page_in(await browser.get(booking)))
    later = door_in(page_in(await browser.get(booking)))
    await browser.post(f"{booking}/check-in", data={**form, "gate": "North"})

    reply = await browser.post(f"{booking}/check-in", data={**later, "gate": "South"})

    page = page_in(reply)
    assert reply.status_code == 409
    assert "This ticket was checked in already." in page.text
    assert "· North" in page.text
    assert page.all("input", name="gate", value="South")


async def test_what_cannot_be_admitted_is_told_on_the_page(
    office: Office, browser: httpx.AsyncClient, event: EventId, ann: Person
) -> None:
    booking = await bought(office, ann, event)
    sent = door_in(page_in(await browser.get(booking)))

    for wrong, status in (({"gate": "x" * 101}, 400), ({"ticket": "99"}, 404), ({"ticket": "one"}, 404)):
        reply = await browser.post(f"{booking}/check-in", data={**sent, **wrong})

        assert reply.status_code == status
        assert "Please look at this again." in page_in(reply).text


async def test_a_check_in_is_undone(office: Office, browser: httpx.AsyncClient, event: EventId, ann: Person) -> None:
    booking = await bought(office, ann, event, 1)
    form = door_in(page_in(await browser.get(booking)))
    await browser.post(f"{booking}/check-in", data=form)

    unknown = await browser.post(f"{booking}/check-in/undo", data={"ticket": "99"})
    reply = await browser.post(f"{booking}/check-in/undo", data={"ticket": form["ticket"]})

    assert (unknown.status_code, reply.status_code, reply.headers["Location"]) == (404, 303, booking)
    page = page_in(await browser.get(f"{booking}?utm_source=elsewhere"))
    assert "The ticket is not checked in any more." in page.text
    assert page.all("form", action=f"{booking}/check-in")
    again = page_in(await browser.post(f"{booking}/check-in", data=form))
    assert "This check-in was undone since." in again.text


async def test_nobody_else_admits_tickets(
    office: Office, browser: httpx.AsyncClient, event: EventId, ann: Person
) -> None:
    booking = await bought(office, ann, event)
    form = door_in(page_in(await browser.get(booking)))
    await office.person("otto", Role.ORGANIZER)
    await log_in(browser, "otto")

    replies = [await browser.post(f"{booking}/{step}", data=form) for step in ("check-in", "check-in/undo")]

    assert [reply.status_code for reply in replies] == [403, 403]
    [newest, *_] = (await office.get("/api/bookings/", ann)).json()["items"]
    assert [one["checked_in_at"] for one in newest["tickets"]] == [None, None]


async def test_buyers_cancel_what_was_not_admitted(
    office: Office, browser: httpx.AsyncClient, event: EventId, ann: Person
) -> None:
    booking = await bought(office, ann, event)
    form = door_in(page_in(await browser.get(booking)))
    await browser.post(f"{booking}/check-in", data=form)
    browser.cookies.clear()
    await log_in(browser, "ann")
    own = f"/my/bookings/{booking.rpartition('/')[2]}"

    page = page_in(await browser.get(own))
    asked = page_in(await browser.get(f"{own}/cancel"))
    reply = await browser.post(f"{own}/cancel", data=hidden(asked))

    assert "Tickets that were checked in cannot be cancelled any more." in page.text
    assert len(page.all("input", type="checkbox")) == 1
    assert "Cancel tickets?" in asked.text
    assert reply.status_code == 303
    after = page_in(await browser.get(own))
    assert "It cannot be cancelled any more." in after.text
    assert not after.all("input", type="checkbox")
