"""What somebody has: held, waited for and booked; cancelling, and answering offers."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote

import asyncpg
import httpx
import pytest

from booked.adapters.postgres.statements import PoolStatements
from booked.domain.model.ids import BookingId, EntryId, EventId
from booked.domain.model.people.users import Identity, Role
from booked.domain.model.programme.events import EventSpecification
from booked.domain.model.programme.ticket_types import TicketTypeDraft
from booked.domain.model.programme.times import AT_START
from booked.domain.model.sale.reservations import TicketRequest
from booked.domain.model.sale.waitlist import EntryState
from tests.builders import a_specification
from tests.http.office import PASSWORD, Office, Person
from tests.http.web.browser import Page, log_in, page_in

UNKNOWN = "019c5b2e-7f00-7a3c-8e54-1f0a00000000"


async def an_evening(office: Office, **terms: object) -> EventId:
    """Put an event with paid tickets on sale. Its clock is that of Tokyo."""
    [event] = await evenings(office, 1, **terms)
    return event


async def evenings(office: Office, count: int, **terms: object) -> list[EventId]:
    root = await office.services.accounts.register("root", "root@example.com", PASSWORD, Role.ADMIN)
    organization = await office.services.organizations.create(root, "Mill", "")
    draft: EventSpecification = replace(
        a_specification(organization_id=organization.id, starts_at=datetime(2030, 6, 1, 12, tzinfo=UTC)),
        tickets=[TicketTypeDraft("Standing", 2000, quota=10)],
        timezone="Asia/Tokyo",
        **{"cancellable_until": AT_START, **terms},  # type: ignore[arg-type]
    )
    return [(await office.services.events.create(root, draft)).event.id for _ in range(count)]


async def booked_by(office: Office, person: Person, event: EventId, count: int) -> BookingId:
    view = await office.services.bookings.book_now(person.id, event, TicketRequest(count))
    return view.record.id


async def offered_to(office: Office, person: Person, event: EventId, count: int) -> EntryId:
    """Let somebody wait for tickets of a sold-out event, and be offered some that another gives back."""
    ben = await office.person("ben")
    all_of_it = await booked_by(office, ben, event, 10)
    entry = await office.services.waitlist.join(person.id, event, count)
    await office.services.bookings.resize(Identity(ben.id, Role.USER, 0), all_of_it, 10 - count)
    assert await office.services.offers.serve(event) == 1
    return entry


def ticked(page: Page) -> list[str]:
    return [box["value"] for box in page.all("input", type="hidden", name="ticket")]


async def test_somebody_with_nothing_is_told_so(office: Office, browser: httpx.AsyncClient) -> None:
    await office.person("ann")
    await log_in(browser, "ann")

    page = page_in(await browser.get("/my"))
    past = page_in(await browser.get("/my/past"))

    assert "Nothing is booked yet" in page.text
    assert "Nothing is over yet" in past.text
    assert page.all("a", href="/my", **{"aria-current": "page"})


async def test_my_tickets_are_for_those_who_are_logged_in(browser: httpx.AsyncClient) -> None:
    reply = await browser.get("/my")

    assert (reply.status_code, reply.headers["Location"]) == (303, "/login?next=%2Fmy")
    assert not page_in(await browser.get("/")).all("a", href="/my")


async def test_what_is_held_and_booked_stands_there_in_the_time_of_the_event(
    office: Office, browser: httpx.AsyncClient
) -> None:
    event, ann = await an_evening(office), await office.person("ann")
    booked = await booked_by(office, ann, event, 2)
    held = (await office.services.reservations.make(ann.id, event, TicketRequest(1))).reservation.id
    await log_in(browser, "ann")

    page = page_in(await browser.get("/my"))

    assert page.all("a", href=f"/my/bookings/{booked}")
    assert page.all("a", href=f"/hold/{held}")
    assert "2 × Standing" in page.text
    assert "€40.00" in page.text
    assert "21:00" in page.text
    assert "Tickets can be cancelled until Saturday, 1 June 2030, 21:00." in page.text
    assert "If you cancel now, €40.00 comes back." in page.text


async def test_a_page_asks_the_database_as_often_however_many_events_it_shows(
    office: Office, browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, events = await office.person("ann"), await evenings(office, 5)
    await log_in(browser, "ann")
    asked: list[str] = []
    read = PoolStatements.read

    async def noted(self: PoolStatements, statement: str, *arguments: object) -> list[asyncpg.Record]:
        asked.append(statement)
        return await read(self, statement, *arguments)

    async def look() -> tuple[int, int]:
        """Return how many bookings are shown, and how many statements that took."""
        asked.clear()
        page = page_in(await browser.get("/my"))
        return sum(link["href"].startswith("/my/bookings/") for link in page.all("a")), len(asked)

    monkeypatch.setattr(PoolStatements, "read", noted)
    await booked_by(office, ann, events[0], 1)
    one, for_one = await look()
    for event in events[1:]:
        await booked_by(office, ann, event, 1)
    all_of_them, for_all = await look()

    assert all_of_them == 5 * one > 0
    assert for_all == for_one


async def test_bookings_come_in_pages(office: Office, browser: httpx.AsyncClient) -> None:
    event, ann = await an_evening(office), await office.person("ann")
    made = [await booked_by(office, ann, event, 1) for _ in range(3)]
    await log_in(browser, "ann")

    first = page_in(await browser.get("/my?limit=2"))
    [more] = first.all("a", rel="next")
    second = page_in(await browser.get(more["href"] + "&limit=2"))

    assert [page.all("a", href=f"/my/bookings/{made[0]}") != [] for page in (first, second)] == [False, True]
    assert [page.all("a", href=f"/my/bookings/{made[2]}") != [] for page in (first, second)] == [True, False]


async def test_tickets_are_cancelled_after_asking_and_saying_what_comes_back(
    office: Office, browser: httpx.AsyncClient
) -> None:
    event, ann = await an_evening(office, cancellation_fee=500), await office.person("ann")
    booked = await booked_by(office, ann, event, 3)
    await log_in(browser, "ann")
    path = f"/my/bookings/{booked}"

    page = page_in(await browser.get(path))
    boxes = [box["value"] for box in page.all("input", type="checkbox", name="ticket")]
    asked = page_in(await browser.get(f"{path}/cancel?ticket={boxes[0]}&ticket={boxes[2]}"))
    form = {"ticket": ticked(asked), "key": asked.all("input", name="key")[0]["value"]}
    done = await browser.post(f"{path}/cancel", data=form)
    again = await browser.post(f"{path}/cancel", data=form)
    after = page_in(await browser.get(path))

    assert "€5.00 of each is kept." in page.text
    assert ticked(asked) == [boxes[0], boxes[2]]
    assert "€30.00 comes back." in asked.text
    assert "Cancel 2 tickets" in asked.text
    assert [reply.headers["Location"] for reply in (done, again)] == [path, path]
    assert "The tickets are cancelled." in after.text
    assert [box["value"] for box in after.all("input", type="checkbox", name="ticket")] == [boxes[1]]


async def test_with_no_ticket_ticked_the_whole_booking_is_asked_about(
    office: Office, browser: httpx.AsyncClient
) -> None:
    event, ann = await an_evening(office), await office.person("ann")
    booked = await booked_by(office, ann, event, 2)
    await log_in(browser, "ann")

    asked = page_in(await browser.get(f"/my/bookings/{booked}/cancel"))
    form = {"ticket": ticked(asked), "key": asked.all("input", name="key")[0]["value"]}
    await browser.post(f"/my/bookings/{booked}/cancel", data=form)
    after = page_in(await browser.get(f"/my/bookings/{booked}"))

    assert "Cancel the whole booking?" in asked.text
    assert "This booking is cancelled." in after.text
    assert "€40.00 came back." in after.text
    assert not after.all("input", type="checkbox")


async def test_the_question_asked_again_is_about_the_same_tickets(office: Office, browser: httpx.AsyncClient) -> None:
    event, ann = await an_evening(office), await office.person("ann")
    booked = await booked_by(office, ann, event, 3)
    path = f"/my/bookings/{booked}/cancel?ticket=1&ticket=3"
    await log_in(browser, "ann")
    [form] = page_in(await browser.get(path)).all("form", method="post", **{"class": "ways"})
    others = {"ticket": ["1", "99"], "key": "k" * 20}

    refused = page_in(await browser.post(form["action"], data=others))
    await browser.post("/logout")
    stranger = await browser.post(form["action"], data=others, headers={"Referer": f"http://booked{path}"})

    assert form["action"] == path
    assert refused.all("input", name="next", value=path)
    assert stranger.headers["Location"] == f"/login?next={quote(path, safe='')}"


@pytest.mark.parametrize("ticket", ["99", "0", "x", "-1", ""])
async def test_a_ticket_that_is_not_in_the_booking_is_not_cancelled(
    office: Office, browser: httpx.AsyncClient, ticket: str
) -> None:
    event, ann = await an_evening(office), await office.person("ann")
    booked = await booked_by(office, ann, event, 2)
    await log_in(browser, "ann")

    reply = await browser.post(f"/my/bookings/{booked}/cancel", data={"ticket": ticket, "key": "k" * 20})

    page_in(reply)
    assert 400 <= reply.status_code < 500
    [kept] = await office.database.bookings.of_user(ann.id)
    assert kept.tickets == 2


async def test_a_form_without_tickets_cancels_nothing(office: Office, browser: httpx.AsyncClient) -> None:
    event, ann = await an_evening(office), await office.person("ann")
    booked = await booked_by(office, ann, event, 2)
    await log_in(browser, "ann")

    reply = await browser.post(f"/my/bookings/{booked}/cancel", data={"key": "k" * 20})

    assert reply.status_code == 400
    [kept] = await office.database.bookings.of_user(ann.id)
    assert kept.tickets == 2


async def test_what_cannot_be_cancelled_any_more_says_so(office: Office, browser: httpx.AsyncClient) -> None:
    event = await an_evening(office, cancellable_until=datetime(2001, 1, 1, tzinfo=UTC))
    ann = await office.person("ann")
    booked = await booked_by(office, ann, event, 2)
    await log_in(browser, "ann")

    page = page_in(await browser.get(f"/my/bookings/{booked}"))
    asked = page_in(await browser.get(f"/my/bookings/{booked}/cancel"))
    refused = await browser.post(f"/my/bookings/{booked}/cancel", data={"ticket": "1", "key": "k" * 20})

    assert "It cannot be cancelled any more." in page.text
    assert not page.all("input", type="checkbox")
    assert not ticked(asked)
    assert refused.status_code == 409
    page_in(refused)


async def test_an_admin_cancels_their_own_tickets_on_the_terms_of_buyers(
    office: Office, browser: httpx.AsyncClient
) -> None:
    event = await an_evening(office, cancellation_fee=500)
    root = office.as_person(await office.services.accounts.ensure_admin("root", "root@example.com", PASSWORD))
    booked = await booked_by(office, root, event, 1)
    await log_in(browser, "root")

    await browser.post(f"/my/bookings/{booked}/cancel", data={"ticket": "1", "key": "k" * 20})

    record = await office.database.bookings.get(booked)
    assert record is not None
    assert [ticket.fee for ticket in record.tickets] == [500]


async def test_a_booking_of_somebody_else_is_not_cancelled(office: Office, browser: httpx.AsyncClient) -> None:
    event, ann = await an_evening(office), await office.person("ann")
    booked = await booked_by(office, ann, event, 2)
    await log_in(browser, "root")

    asked = await browser.get(f"/my/bookings/{booked}/cancel")
    sent = await browser.post(f"/my/bookings/{booked}/cancel", data={"ticket": "1", "key": "k" * 20})

    assert (asked.status_code, sent.status_code) == (404, 404)
    [kept] = await office.database.bookings.of_user(ann.id)
    assert kept.tickets == 2


async def test_an_offer_is_accepted_once_and_then_booked(office: Office, browser: httpx.AsyncClient) -> None:
    event, ann = await an_evening(office), await office.person("ann")
    entry = await offered_to(office, ann, event, 2)
    await log_in(browser, "ann")

    page = page_in(await browser.get("/my"))
    first = await browser.post(f"/my/places/{entry}/accept")
    again = await browser.post(f"/my/places/{entry}/accept")
    held = page_in(await browser.get(first.headers["Location"]))
    key = held.all("input", name="key")[0]["value"]
    booked = await browser.post(first.headers["Location"], data={"key": key})

    assert "2 tickets are offered to you" in page.text
    assert re.fullmatch(r"/hold/[0-9a-f-]{36}", first.headers["Location"])
    assert again.headers["Location"] == first.headers["Location"]
    assert "Book these 2 tickets" in held.text
    assert booked.headers["Location"].startswith("/my/bookings/")
    assert (await office.services.waitlist.place(entry)).state is EntryState.BOOKED


async def test_an_offer_is_declined(office: Office, browser: httpx.AsyncClient) -> None:
    event, ann = await an_evening(office), await office.person("ann")
    entry = await offered_to(office, ann, event, 2)
    await log_in(browser, "ann")

    reply = await browser.post(f"/my/places/{entry}/leave", data={"next": "/my"})
    page = page_in(await browser.get(reply.headers["Location"]))
    too_late = await browser.post(f"/my/places/{entry}/accept")

    assert "You do not wait any more." in page.text
    assert "offered to you" not in page.text
    assert (too_late.status_code, too_late.headers["Location"]) == (303, "/my")
    assert "This offer is over" in page_in(await browser.get("/my")).text


async def test_an_offer_that_has_lapsed_leads_to_what_somebody_has(office: Office, browser: httpx.AsyncClient) -> None:
    event, ann = await an_evening(office), await office.person("ann")
    entry = await offered_to(office, ann, event, 2)
    await office.holds.decline(event, ann.id, entry)
    await office.services.bookings.book_now((await office.person("zoe")).id, event, TicketRequest(2))
    await log_in(browser, "ann")

    reply = await browser.post(f"/my/places/{entry}/accept")
    page = page_in(await browser.get("/my"))

    assert (reply.status_code, reply.headers["Location"]) == (303, "/my")
    assert "This offer is over" in page.text
    assert not page.all("p", role="status", **{"class": "notice good"})


async def test_a_place_of_somebody_else_is_neither_accepted_nor_left(
    office: Office, browser: httpx.AsyncClient
) -> None:
    event, ann = await an_evening(office), await office.person("ann")
    entry = await offered_to(office, ann, event, 2)
    await log_in(browser, "ben")

    for place in (entry, UNKNOWN):
        accepted = await browser.post(f"/my/places/{place}/accept")
        left = await browser.post(f"/my/places/{place}/leave", data={"next": "/"})
        page_in(left)
        assert (accepted.status_code, accepted.headers["Location"]) == (303, "/my")
        assert left.status_code == 404
    assert (await office.services.waitlist.place(entry)).state is EntryState.OFFERED
