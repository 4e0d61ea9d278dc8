"""The shop: what is on, one event, and reserving its tickets without choosing seats."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest

from booked.domain.model.ids import EventId
from booked.domain.model.people.users import Role
from booked.domain.model.programme.seating import SeatBlock
from booked.domain.model.programme.ticket_types import TicketTypeDraft
from booked.domain.model.sale.reservations import TicketRequest
from tests.builders import a_specification, a_venue
from tests.http.office import PASSWORD, TIME, Office
from tests.http.web.browser import KEY, log_in, page_in

SEARCHED = "/?q=mill&location=york"
DAY = 24 * 60 * 60
NAMES = ["Tonight", "Sunday night", "Already Monday there", "In a month", "Too late"]


def moment(day: int, hour: int) -> int:
    """Return a time in November 2029, in Unix seconds."""
    return int(datetime(2029, 11, day, hour, tzinfo=UTC).timestamp())


async def test_an_empty_shop_says_so(browser: httpx.AsyncClient) -> None:
    assert "Nothing is on just now" in page_in(await browser.get("/")).text
    assert "Nothing found" in page_in(await browser.get(SEARCHED)).text


async def test_what_is_looked_for_stays_in_the_form(browser: httpx.AsyncClient) -> None:
    page = page_in(await browser.get("/?q=<b>mill&location=york&utm_source=x&fbclid=y"))

    assert page.all("input", name="q", value="<b>mill")
    assert page.all("input", name="location", value="york")


async def test_events_are_cards_that_lead_to_their_page(office: Office, browser: httpx.AsyncClient) -> None:
    event = await office.event(name="Night <Music>")

    page = page_in(await browser.get("/"))

    assert page.all("a", href=f"/e/{event}")
    assert page.all("img", src=f"/e/{event}/poster.svg", alt="")
    assert "Night <Music>" in page.text
    assert "On sale" in page.text
    assert "Free" in page.text


async def test_the_list_comes_in_pages(office: Office, browser: httpx.AsyncClient) -> None:
    for place in range(3):
        await office.event(name=f"Evening {place}", unix_time=TIME + place)

    first = page_in(await browser.get("/?limit=2&q=evening"))
    [more] = first.all("a", rel="next")
    second = page_in(await browser.get(more["href"] + "&limit=2"))

    assert "Evening 0" in first.text
    assert "Evening 2" not in first.text
    assert "Evening 2" in second.text
    assert not second.all("a", rel="next")


async def test_days_are_those_of_the_place_where_an_event_is(office: Office, browser: httpx.AsyncClient) -> None:
    office.clock.set_ahead(datetime(2029, 11, 30, 12, tzinfo=UTC) - office.clock.now())  # a Friday
    await office.event(name="Tonight", unix_time=moment(30, 20))
    await office.event(name="Sunday night", unix_time=moment(30, 20) + 2 * DAY)
    await office.event(name="Already Monday there", unix_time=moment(30, 20) + 2 * DAY)
    async with office.connection() as connection:
        await connection.execute("UPDATE events SET timezone = 'Asia/Tokyo' WHERE name = 'Already Monday there'")
    await office.event(name="In a month", unix_time=moment(30, 20) + 29 * DAY)
    await office.event(name="Too late", unix_time=moment(30, 20) + 30 * DAY)

    async def listed(query: str) -> list[str]:
        page = page_in(await browser.get(f"/?{query}"))
        return [name for name in NAMES if name in page.text]

    assert await listed("") == NAMES
    assert await listed("when=today") == ["Tonight"]
    assert await listed("when=weekend") == ["Sunday night"]
    assert await listed("when=soon") == NAMES[:4]
    assert await listed("day=2029-12-03") == ["Already Monday there"]
    assert await listed("day=2029-12-03&when=today") == ["Already Monday there"]


async def test_filters_are_named_above_the_list_and_stay_over_its_pages(
    office: Office, browser: httpx.AsyncClient
) -> None:
    for place in range(2):
        await office.event(name=f"Evening {place}", unix_time=TIME + place)

    first = page_in(await browser.get("/?limit=1&q=evening&location=main&available=yes"))
    [more] = first.all("a", rel="next")
    second = page_in(await browser.get(more["href"] + "&limit=1"))

    assert "“evening” · in main · tickets to be had" in first.text
    assert "Evening 1" in second.text
    assert "“evening” · in main · tickets to be had" in second.text
    assert second.all("input", name="available", checked="")


async def test_only_what_can_be_had_is_listed_on_request(office: Office, browser: httpx.AsyncClient) -> None:
    event = await office.event(name="Sold out soon", seats=1)
    await office.event(name="Plenty", seats=9)
    ann = await office.person("ann")
    reserved = await office.services.reservations.make(ann.id, event, TicketRequest(1))
    await office.services.bookings.book_reservation(ann.id, reserved.reservation.id)

    page = page_in(await browser.get("/?available=yes"))

    assert "Plenty" in page.text
    assert "Sold out soon" not in page.text


async def test_what_is_over_has_a_list_of_its_own(office: Office, browser: httpx.AsyncClient) -> None:
    await office.event(name="Long ago", unix_time=TIME - 9 * DAY)
    await office.event(name="Lately", unix_time=TIME - 3 * DAY)
    await office.event(name="Coming", unix_time=TIME + DAY)
    office.clock.set_ahead(datetime.fromtimestamp(TIME, UTC) - office.clock.now())

    past = page_in(await browser.get("/?past=yes"))
    found = page_in(await browser.get("/?past=yes&q=lately&when=today"))
    on = page_in(await browser.get("/"))

    assert past.text.index("Lately") < past.text.index("Long ago")
    assert "Coming" not in past.text
    assert past.text.count("Over") == 2
    assert "Long ago" not in found.text
    assert found.all("a", href="/?q=lately")
    assert on.all("a", href="/?past=yes")
    assert "Lately" not in on.text


async def test_a_search_without_a_result_leads_on(browser: httpx.AsyncClient) -> None:
    page = page_in(await browser.get("/?q=mill&when=today&available=yes"))

    assert page.all("a", href="/?q=mill&available=yes")
    assert page.all("a", href="/?when=today&available=yes")
    assert page.all("a", href="/?when=today&q=mill")
    assert page.all("a", href="/?q=mill&past=yes")
    assert page.all("a", href="/")


@pytest.mark.parametrize(
    "query", ["cursor=x", "category=x", "limit=0", "when=never", "q=%00", "day=2029-02-30", "q=" + "a" * 300]
)
async def test_a_filter_that_makes_no_sense_is_a_page_with_a_way_on(browser: httpx.AsyncClient, query: str) -> None:
    reply = await browser.get(f"/?{query}")

    assert reply.status_code == 400
    assert page_in(reply).all("a", href="/")


async def test_programs_are_still_led_to_the_documentation(browser: httpx.AsyncClient) -> None:
    reply = await browser.get("/", headers={"Accept": "application/json"})

    assert (reply.status_code, reply.headers["Location"]) == (302, "/docs")


async def test_an_event_says_what_there_is_and_takes_a_choice(office: Office, browser: httpx.AsyncClient) -> None:
    event = await office.event(seats=12)

    page = page_in(await browser.get(f"/e/{event}"))

    [number] = page.all("input", name="number")
    assert (number["value"], number["max"]) == ("2", "12")
    assert page.all("input", type="radio", name="type", value="1")
    assert "12 left" in page.text


async def test_a_choice_becomes_a_reservation(office: Office, browser: httpx.AsyncClient) -> None:
    event = await office.event()
    ann = await office.person("ann")
    await log_in(browser, "ann")

    reply = await browser.post(f"/e/{event}", data={"number": "3", "type": "1", "key": KEY})

    [held] = await office.services.reservations.of_user(ann.id, None, 10)
    assert len(held.tickets) == 3
    assert (reply.status_code, reply.headers["Location"]) == (303, f"/hold/{held.reservation.id}")


async def test_somebody_unknown_logs_in_first_and_finds_their_choice_again(
    office: Office, browser: httpx.AsyncClient
) -> None:
    event = await office.event()
    await office.person("ann")

    asked = await browser.post(f"/e/{event}", data={"number": "4", "type": "1"})
    login = page_in(await browser.get(asked.headers["Location"]))
    next_path = login.all("input", name="next")[0]
    form = {"email": "ann@example.com", "password": PASSWORD, "next": next_path["value"]}
    led = await browser.post("/login", data=form)
    page = page_in(await browser.get(led.headers["Location"]))

    assert asked.headers["Location"].startswith("/login?next=%2Fe%2F")
    assert page.all("input", name="number", value="4")
    assert page.all("input", name="type", value="1", checked="")
    assert "Your choice is kept" in page.text
    assert login.all("a", href="/register" + asked.headers["Location"].removeprefix("/login"))


@pytest.mark.parametrize(
    ("choice", "field"),
    [
        ({"number": "0"}, "number"),
        ({"number": ""}, "number"),
        ({"number": "two"}, "number"),
        ({"number": "11"}, "number"),
        ({"number": "101"}, "number"),
        ({"type": "9"}, "type"),
        ({"type": "x"}, "type"),
    ],
)
async def test_a_choice_that_cannot_be_had_is_kept_and_says_why(
    office: Office, browser: httpx.AsyncClient, choice: dict[str, str], field: str
) -> None:
    event = await office.event(seats=10)
    await office.person("ann")
    await log_in(browser, "ann")
    form = {"number": "2", "type": "1", "key": KEY, **choice}

    reply = await browser.post(f"/e/{event}", data=form)

    page = page_in(reply)
    assert reply.status_code in {400, 404}
    assert page.all("a", href=f"#{field}")
    assert page.all("input", name="number", value=form["number"])


async def test_a_party_that_fits_in_no_row_may_sit_in_groups(office: Office, browser: httpx.AsyncClient) -> None:
    root = await office.services.accounts.register("root", "root@example.com", PASSWORD, Role.ADMIN)
    stalls = SeatBlock("Stalls", rows=2, seats_per_row=3)
    organization = await office.services.organizations.create(root, "Mill", "")
    hall = a_venue(layout=(stalls,), capacity=6, organization_id=organization.id, timezone="Asia/Tokyo")
    venue = await office.services.venues.add(root, hall)
    specification = replace(
        a_specification(organization_id=organization.id, starts_at=datetime(2030, 6, 1, 12, tzinfo=UTC)),
        venue_id=venue.id,
        tickets=[TicketTypeDraft("Stalls", 1200, sections=("Stalls",))],
    )
    event = (await office.services.events.create(root, specification)).event.id
    await log_in(browser, "root")

    refused = page_in(await browser.post(f"/e/{event}", data={"number": "4", "type": "1", "key": KEY}))
    taken = await browser.post(f"/e/{event}", data={"number": "4", "type": "1", "split": "yes", "key": KEY})

    assert "21:00" in refused.text
    assert refused.all("a", href="#number")
    assert "sit in groups" in refused.text
    assert taken.status_code == 303


async def test_an_event_nobody_has_cannot_be_reserved(office: Office, browser: httpx.AsyncClient) -> None:
    await office.person("ann")
    await log_in(browser, "ann")

    reply = await browser.post(
        f"/e/{EventId('019c5b2e-7f00-7a3c-8e54-1f0a00000000')}", data={"number": "1", "key": KEY}
    )

    assert reply.status_code == 404
    page_in(reply)


async def test_what_cannot_be_bought_has_no_form(office: Office, browser: httpx.AsyncClient) -> None:
    event = await office.event(seats=2)
    ann = await office.person("ann")
    await office.services.reservations.make(ann.id, event, TicketRequest(2))

    page = page_in(await browser.get(f"/e/{event}"))

    assert "Sold out" in page.text
    assert not page.all("form", action=f"/e/{event}")


async def test_a_poster_is_a_picture_with_the_name_in_it(office: Office, browser: httpx.AsyncClient) -> None:
    event = await office.event(name="Tom & <Jerry>")

    reply = await browser.get(f"/e/{event}/poster.svg")

    assert reply.headers["Content-Type"] == "image/svg+xml"
    assert "Tom &amp;" in reply.text
    assert "&lt;Jerry&gt;" in reply.text
    assert (await browser.get(f"/e/{event}/poster.svg")).content == reply.content


@pytest.mark.parametrize("name", ["?", "Io", "A Night of Waltzes", "Donaudampfschifffahrtsgesellschaft", "A b " * 50])
async def test_a_poster_has_its_title_on_paper_however_long_it_is(
    office: Office, browser: httpx.AsyncClient, name: str
) -> None:
    event = await office.event(name=name)

    picture = (await browser.get(f"/e/{event}/poster.svg")).text

    heights = [int(height) for height in re.findall(r'<text x="\d+" y="(-?\d+)"', picture)]
    assert 1 <= len(heights) <= 4 + 2
    assert all(300 < height < 800 for height in heights)


async def test_evenings_of_one_tour_have_posters_that_look_alike(office: Office, browser: httpx.AsyncClient) -> None:
    tour = replace(a_specification(), tour_name="Slow Light")
    events = [await office.services.events.put_on(replace(tour, name=name)) for name in ("Berlin 1", "London 1")]

    first, second = [(await browser.get(f"/e/{event}/poster.svg")).text for event in events]

    assert first.replace("Berlin", "London") == second
