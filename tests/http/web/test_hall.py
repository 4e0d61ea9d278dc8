"""Choosing seats: the sections of a hall, the seats of one, and holding exactly those that are ticked."""

from dataclasses import replace
from urllib.parse import unquote

import httpx
import pytest

from booked.domain.model.ids import EventId, ticket_id
from booked.domain.model.programme.seating import RowStyle, SeatBlock
from booked.domain.model.programme.ticket_types import TicketTypeDraft
from booked.domain.model.sale.reservations import TicketRequest
from tests.builders import a_specification, a_venue
from tests.http.office import PASSWORD, Office, Person
from tests.http.web.browser import KEY, Page, log_in, page_in

STALLS = SeatBlock("Stalls", rows=3, seats_per_row=4, row_style=RowStyle.LETTERS)
BALCONY = SeatBlock("Balcony/left", rows=40, seats_per_row=30)


@pytest.fixture
async def event(office: Office) -> EventId:
    """Tickets 1 to 12 are rows A to C of the stalls, 13 to 1,212 rows 1 to 40 of the balcony."""
    root = await office.services.accounts.ensure_admin("root", "root@example.com", PASSWORD)
    organization = await office.services.organizations.create(root, "Mill", "")
    hall = a_venue(layout=(STALLS, BALCONY), capacity=1_212, organization_id=organization.id)
    venue = await office.services.venues.add(root, hall)
    specification = replace(
        a_specification(organization_id=organization.id),
        venue_id=venue.id,
        tickets=[
            TicketTypeDraft("Stalls", 4900, sections=("Stalls",)),
            TicketTypeDraft("Balcony", 1200, sections=("Balcony/left",)),
        ],
        ticket_limit=6,
    )
    return (await office.services.events.create(root, specification)).event.id


@pytest.fixture
async def ann(office: Office) -> Person:
    return await office.person("ann")


async def take(office: Office, name: str, event: EventId, *numbers: int) -> None:
    person = await office.person(name)
    seats = [ticket_id(event, number) for number in numbers]
    await office.services.reservations.make(person.id, event, TicketRequest(seats=seats))


def boxes(page: Page, number: int) -> list[dict[str, str]]:
    return page.all("input", name="seat", value=str(number))


async def test_a_hall_lists_its_sections_with_prices_and_what_is_free(
    office: Office, browser: httpx.AsyncClient, event: EventId
) -> None:
    await take(office, "ben", event, 1, 2)

    page = page_in(await browser.get(f"/e/{event}/hall"))

    assert page.all("a", href=f"/e/{event}/hall/1")
    assert page.all("a", href=f"/e/{event}/hall/2")
    assert "10 of 12 free" in page.text
    assert "1,200 of 1,200 free" in page.text
    assert "€49.00" in page.text
    assert "up to 6 seats" in page.text


async def test_the_page_of_an_event_with_seats_leads_to_its_hall(browser: httpx.AsyncClient, event: EventId) -> None:
    assert page_in(await browser.get(f"/e/{event}")).all("a", href=f"/e/{event}/hall")


async def test_an_event_without_seats_has_no_hall(office: Office, browser: httpx.AsyncClient) -> None:
    event = await office.event()

    assert not page_in(await browser.get(f"/e/{event}")).all("a", href=f"/e/{event}/hall")
    for path in ("hall", "hall/1"):
        reply = await browser.get(f"/e/{event}/{path}")
        assert reply.status_code == 404
        assert "EVENT-14" in page_in(reply).text


@pytest.mark.parametrize("path", ["hall/3", "hall/0", "hall/x", "hall/1?row=4", "hall/99999999999999999999"])
async def test_a_section_or_row_that_is_not_there_is_a_page(
    browser: httpx.AsyncClient, event: EventId, path: str
) -> None:
    reply = await browser.get(f"/e/{event}/{path}")

    assert reply.status_code == 404
    page_in(reply)


async def test_every_seat_of_a_section_is_a_checkbox_with_a_name(
    office: Office, browser: httpx.AsyncClient, event: EventId
) -> None:
    await take(office, "ben", event, 6)

    page = page_in(await browser.get(f"/e/{event}/hall/1"))

    assert len(page.all("input", name="seat")) == 12
    assert boxes(page, 5)[0]["aria-label"] == "Row B, seat 1, €49.00, free"
    assert "disabled" not in boxes(page, 5)[0]
    assert boxes(page, 6)[0]["aria-label"] == "Row B, seat 2, €49.00, taken"
    assert "disabled" in boxes(page, 6)[0]
    assert page.all("div", role="region", tabindex="0")
    assert len(page.all("th", scope="row")) == 3


async def test_a_large_section_comes_in_rows_and_keeps_the_ticks(browser: httpx.AsyncClient, event: EventId) -> None:
    first = page_in(await browser.get(f"/e/{event}/hall/2"))
    led = await browser.post(f"/e/{event}/hall/2", data={"row": "1", "seat": ["13", "14"], "go": "21"})
    second = page_in(await browser.get(led.headers["Location"]))
    elsewhere = await browser.post(f"/e/{event}/hall/2", data={"row": "1", "seat": ["13", "14"], "go": "hall"})
    hall = page_in(await browser.get(elsewhere.headers["Location"]))

    assert len(first.all("input", name="seat")) == 600
    assert first.all("button", name="go", value="21")
    assert led.headers["Location"] == f"/e/{event}/hall/2?row=21&seat=13.14"
    assert "checked" in boxes(second, 13)[0]
    assert second.all("button", name="go", value="1")
    assert hall.all("a", href=f"/e/{event}/hall/1?seat=13.14")


async def test_a_seat_in_the_address_is_ticked_and_its_row_shown(browser: httpx.AsyncClient, event: EventId) -> None:
    page = page_in(await browser.get(f"/e/{event}/hall/2?seat=1212&utm_source=x"))

    assert "checked" in boxes(page, 1212)[0]
    assert page.all("input", name="row", value="21")


@pytest.mark.parametrize("seat", ["x", "0", "1213", "-1", "1.1.1", "999999999", "2..3"])
async def test_seats_in_an_address_that_are_none_are_left_out(
    browser: httpx.AsyncClient, event: EventId, seat: str
) -> None:
    reply = await browser.get(f"/e/{event}/hall/1?seat={seat}")

    assert reply.status_code == 200
    page_in(reply)


async def test_exactly_the_ticked_seats_are_held(
    office: Office, browser: httpx.AsyncClient, event: EventId, ann: Person
) -> None:
    await log_in(browser, "ann")

    reply = await browser.post(f"/e/{event}/hall/1", data={"row": "1", "seat": ["3", "8", "100", "3"], "key": KEY})

    [held] = await office.services.reservations.of_user(ann.id, None, 10)
    assert [ticket.number for ticket in held.tickets] == [3, 8, 100]
    assert (reply.status_code, reply.headers["Location"]) == (303, f"/hold/{held.reservation.id}")


async def test_seats_that_are_gone_are_named_and_the_nearest_offered(
    office: Office, browser: httpx.AsyncClient, event: EventId, ann: Person
) -> None:
    await take(office, "ben", event, 6)
    await log_in(browser, "ann")

    reply = await browser.post(f"/e/{event}/hall/1", data={"row": "1", "seat": ["6", "7", "20"], "key": KEY})

    page = page_in(reply)
    assert reply.status_code == 409
    assert "Stalls, row B, seat 2" in page.text
    assert [("checked" in box, "disabled" in box) for box in boxes(page, 6)] == [(False, True)]
    assert "checked" in boxes(page, 7)[0]
    assert "checked" in boxes(page, 20)[0]
    assert ["checked" in box for box in boxes(page, 5)] == [False, False]
    assert await office.services.reservations.of_user(ann.id, None, 10) == []


async def test_seats_stay_ticked_in_another_language_after_a_refused_hold(
    office: Office, browser: httpx.AsyncClient, event: EventId, ann: Person
) -> None:
    await take(office, "ben", event, 6)
    await log_in(browser, "ann")
    refused = await browser.post(f"/e/{event}/hall/2", data={"row": "21", "seat": ["6", "7", "1000"], "key": KEY})
    [next_field] = page_in(refused).all("input", name="next")

    chosen = await browser.post("/language", data={"language": "de", "next": next_field["value"]})
    page = page_in(await browser.get(chosen.headers["Location"]))

    assert refused.status_code == 409
    assert page.all("html", lang="de")
    assert page.all("input", name="row", value="21")
    assert [box["value"] for box in page.all("input", name="seat", checked="")] == ["1000", "7"]


@pytest.mark.parametrize(
    "seats", [[], ["x"], ["1", "2", "3", "4", "5", "7", "8"], ["2000"], list(map(str, range(200)))]
)
async def test_a_choice_that_cannot_be_held_says_why(
    browser: httpx.AsyncClient, event: EventId, ann: Person, seats: list[str]
) -> None:
    await log_in(browser, "ann")

    reply = await browser.post(f"/e/{event}/hall/1", data={"row": "1", "seat": seats, "key": KEY})

    page = page_in(reply)
    assert reply.status_code in {400, 403, 404}
    assert page.all("div", role="alert")


async def test_somebody_unknown_logs_in_and_finds_the_seats_ticked(
    browser: httpx.AsyncClient, event: EventId, ann: Person
) -> None:
    asked = await browser.post(f"/e/{event}/hall/1", data={"row": "1", "seat": ["3", "4"]})
    login = page_in(await browser.get(asked.headers["Location"]))
    [next_path] = [found["value"] for found in login.all("input", name="next") if found["value"].startswith("/e/")][:1]
    led = await browser.post(
        "/login", data={"email": "ann@example.com", "password": PASSWORD, "next": unquote(next_path)}
    )
    page = page_in(await browser.get(led.headers["Location"]))

    assert "checked" in boxes(page, 3)[0]
    assert "checked" in boxes(page, 4)[0]
    assert "Your choice is kept" in page.text


async def test_the_way_back_from_the_login_holds_a_hundred_seats_of_the_largest_event(
    browser: httpx.AsyncClient, event: EventId
) -> None:
    seats = [str(number) for number in range(9_999_900, 10_000_000)]

    asked = await browser.post(f"/e/{event}/hall/2", data={"row": "1", "seat": seats})

    next_path = page_in(await browser.get(asked.headers["Location"])).all("input", name="next")[0]["value"]
    assert next_path.startswith(f"/e/{event}/hall/2?row=1&seat=9999900.")


@pytest.mark.parametrize("go", ["", "21", "hall"])
@pytest.mark.parametrize("known", [True, False])
async def test_more_seats_than_anybody_may_hold_stay_ticked_wherever_somebody_wants_to_go(
    browser: httpx.AsyncClient, event: EventId, ann: Person, go: str, known: bool
) -> None:
    if known:
        await log_in(browser, "ann")
    seats = [str(number) for number in range(1013, 1213)]

    reply = await browser.post(f"/e/{event}/hall/2", data={"row": "1", "seat": seats, "go": go, "key": KEY})

    page = page_in(reply)
    assert reply.status_code == 400
    assert page.all("div", role="alert")
    assert [box["value"] for box in page.all("input", name="seat", checked="")] == seats
    [hall] = [link["href"] for link in page.all("a") if "/hall?" in link["href"]]
    for address in (hall, page.all("input", name="next")[-1]["value"]):
        assert (await browser.get(address)).status_code == 200


async def test_nothing_can_be_held_of_an_event_that_is_off_sale(
    office: Office, browser: httpx.AsyncClient, event: EventId, ann: Person
) -> None:
    await office.services.events.withdraw(event)
    await log_in(browser, "ann")

    hall = page_in(await browser.get(f"/e/{event}/hall"))
    page = page_in(await browser.get(f"/e/{event}/hall/1"))
    reply = await browser.post(f"/e/{event}/hall/1", data={"row": "1", "seat": ["1"], "key": KEY})

    assert "Called off" in hall.text
    assert all("disabled" in box for box in page.all("input", name="seat"))
    assert reply.status_code >= 400
    page_in(reply)


async def test_a_section_is_named_once_where_its_type_has_its_name(
    office: Office, browser: httpx.AsyncClient, event: EventId, ann: Person
) -> None:
    await log_in(browser, "ann")
    seats = [ticket_id(event, number) for number in (5, 6, 13)]
    held = await office.services.reservations.make(ann.id, event, TicketRequest(seats=seats))
    hold = page_in(await browser.get(f"/hold/{held.reservation.id}"))
    booked = await office.services.bookings.book_reservation(ann.id, held.reservation.id)
    path = f"/my/bookings/{booked.record.id}"

    pages = [hold, *[page_in(await browser.get(each)) for each in ("/my", path, f"{path}/cancel")]]

    for page in pages:
        assert page.text.count("Stalls") == page.text.count("Stalls, row B, seat") > 0
        assert page.text.count("Balcony") == 2 * page.text.count("Balcony/left, row 1, seat 1") > 0
