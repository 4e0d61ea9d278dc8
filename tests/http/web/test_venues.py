"""Venues in the office: their layout as a form, and events with seats at them."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from booked.domain.model.ids import EventId, OrganizationId
from booked.domain.model.people.users import Role
from booked.domain.model.programme.seating import RowStyle, SeatBlock
from booked.domain.model.programme.venues import Coordinates, Venue
from tests.builders import a_specification, a_venue
from tests.http.office import Office, Person
from tests.http.web.browser import log_in, page_in

KEY = "a-key-of-sixteen-letters"
PLACE = {"name": "Old <Mill>", "address": "River 1", "city": "York", "country": "England", "key": KEY}
STALLS = SeatBlock("Stalls", rows=3, seats_per_row=4, row_style=RowStyle.LETTERS)
BALCONY = SeatBlock("Balcony", rows=2, seats_per_row=5)


def blocks(*lines: tuple[str, str, str, str]) -> dict[str, list[str]]:
    """Fields of blocks: the section, its rows, seats a row, and the style of its rows."""
    section, rows, seats, style = (list(column) for column in zip(*lines, strict=True))
    ones = ["1"] * len(lines)
    return {"section": section, "rows": rows, "seats": seats, "style": style, "first_row": ones, "first_seat": ones}


TWO = blocks(("Stalls", "3", "4", "letters"), ("Balcony", "2", "5", "numbers"))


@pytest.fixture
async def olga(office: Office, browser: httpx.AsyncClient) -> Person:
    """An organizer, logged in."""
    olga = await office.person("olga", Role.ORGANIZER)
    await log_in(browser, "olga")
    return olga


@pytest.fixture
async def mill(office: Office, olga: Person) -> OrganizationId:
    """The organization that she belongs to."""
    user = await office.services.accounts.get(olga.id)
    return (await office.services.organizations.create(user, "Old Mill", "By the river.")).id


@pytest.fixture
async def hall(office: Office, olga: Person, mill: OrganizationId) -> Venue:
    user = await office.services.accounts.get(olga.id)
    venue = a_venue(organization_id=mill, layout=(STALLS, BALCONY), capacity=100, timezone="Europe/Vienna")
    return await office.services.venues.add(user, venue)


async def venues_of(office: Office, olga: Person) -> list[Venue]:
    return await office.services.venues.own(await office.services.accounts.get(olga.id), None, 10)


async def test_a_venue_with_seats_is_made_from_a_form(
    office: Office, browser: httpx.AsyncClient, olga: Person, mill: OrganizationId
) -> None:
    place = {**PLACE, "organization": mill, "latitude": "53,96", "longitude": "-1.08", "timezone": "Europe/London"}

    reply = await browser.post("/office/venues/new", data={**place, **TWO})
    again = await browser.post("/office/venues/new", data={**place, **TWO})

    [venue] = await venues_of(office, olga)
    assert reply.status_code == 303, reply.text
    assert again.headers["Location"] == reply.headers["Location"] == f"/office/venues/{venue.id}"
    assert (venue.name, venue.capacity, venue.layout) == ("Old <Mill>", 22, (STALLS, BALCONY))
    assert (venue.coordinates, venue.timezone) == (Coordinates(53.96, -1.08), "Europe/London")
    listed = page_in(await browser.get("/office/venues"))
    assert listed.all("a", href=f"/office/venues/{venue.id}")
    assert page_in(await browser.get(f"/office/venues/{venue.id}")).all("input", id="rows-2", value="2")


async def test_one_more_section_keeps_what_is_typed(
    office: Office, browser: httpx.AsyncClient, olga: Person, mill: OrganizationId
) -> None:
    form = {**PLACE, "name": "", "organization": mill, **TWO}

    more = page_in(await browser.post("/office/venues/new", data={**form, "step": "add"}))
    fewer = page_in(await browser.post("/office/venues/new", data={**form, "step": "remove-1"}))

    assert more.all("input", name="city", value="York")
    assert [field["value"] for field in more.all("input", name="section")] == ["Stalls", "Balcony", ""]
    assert more.all("input", id="section-3", autofocus="autofocus")
    assert [field["value"] for field in fewer.all("input", name="section")] == ["Balcony"]
    assert not more.all("input", **{"aria-invalid": "true"})
    assert await venues_of(office, olga) == []


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": " "}, "name"),
        ({"timezone": "Mars/Base"}, "timezone"),
        ({"latitude": "91", "longitude": "1"}, "latitude"),
        ({"latitude": "nan", "longitude": "1"}, "latitude"),
        ({"latitude": "50"}, "longitude"),
        ({"capacity": "21"}, "capacity"),
        ({"capacity": "many"}, "capacity"),
        (blocks(("", "1", "1", "letters")), "section-1"),
        (blocks(("A", "0", "1", "letters")), "rows-1"),
        (blocks(("A", "1", "1", "letters"), ("B", "1", "1001", "letters")), "seats-2"),
        (blocks(("A", "3", "4", "letters"), ("A", "1", "1", "letters")), "section-2"),
        ({**blocks(("A", "1", "1", "letters")), "first_row": "x"}, "first_row-1"),
        (blocks(("", "", "", "letters")), "capacity"),
    ],
)
async def test_what_is_wrong_with_a_venue_stands_beside_the_field(
    browser: httpx.AsyncClient, mill: OrganizationId, changed: dict[str, Any], field: str
) -> None:
    reply = await browser.post("/office/venues/new", data={**PLACE, "organization": mill, **TWO, **changed})

    page = page_in(reply)
    assert reply.status_code == 400
    assert [each["id"] for each in page.all("input", **{"aria-invalid": "true"})] == [field]
    assert page.all("a", href=f"#{field}")


@pytest.mark.parametrize("odd", [{"step": "remove-9"}, {"step": "burn"}, blocks(("A", "1", "1", "roman"))])
async def test_a_form_that_no_page_shows_is_refused(
    browser: httpx.AsyncClient, mill: OrganizationId, odd: dict[str, Any]
) -> None:
    reply = await browser.post("/office/venues/new", data={**PLACE, "organization": mill, **TWO, **odd})

    assert reply.status_code == 400
    page_in(reply)


async def test_a_venue_is_changed_but_never_over_anothers_change(
    office: Office, browser: httpx.AsyncClient, olga: Person, hall: Venue
) -> None:
    path = f"/office/venues/{hall.id}"
    form = {**PLACE, "capacity": "50", "version": "1", **TWO}

    saved = await browser.post(path, data=form)
    late = await browser.post(path, data={**form, "name": "Too late"})

    [venue] = await venues_of(office, olga)
    assert (saved.status_code, late.status_code) == (303, 409)
    assert page_in(late).all("input", name="name", value="Too late")
    assert page_in(late).all("input", name="version", value="2")
    assert (venue.name, venue.capacity, venue.layout) == ("Old <Mill>", 50, (STALLS, BALCONY))
    assert venue.organization_id == hall.organization_id


async def test_only_the_form_of_a_new_venue_has_a_key(browser: httpx.AsyncClient, hall: Venue) -> None:
    new, present = [page_in(await browser.get(f"/office/venues/{path}")) for path in ("new", hall.id)]

    assert new.all("input", name="key")
    assert not present.all("input", name="key")
    assert present.all("input", name="version", value="1")


@pytest.mark.parametrize("step", ["add", "remove-1"])
async def test_a_form_with_another_section_does_not_save_over_anothers_change(
    office: Office, browser: httpx.AsyncClient, olga: Person, hall: Venue, step: str
) -> None:
    path = f"/office/venues/{hall.id}"
    form = {**PLACE, "capacity": "50", "version": "1", **TWO}
    await browser.post(path, data=form)

    again = page_in(await browser.post(path, data={**form, "name": "Too late", "step": step}))
    version = again.all("input", name="version")[0]["value"]
    late = await browser.post(path, data={**form, "name": "Too late", "version": version})

    [venue] = await venues_of(office, olga)
    assert (version, late.status_code) == ("1", 409)
    assert venue.name == "Old <Mill>"


async def test_a_form_with_something_wrong_says_first_that_somebody_changed_the_venue(
    browser: httpx.AsyncClient, hall: Venue
) -> None:
    path = f"/office/venues/{hall.id}"
    form = {**PLACE, "capacity": "50", "version": "1", **TWO}
    await browser.post(path, data=form)

    late = await browser.post(path, data={**form, "name": ""})

    assert late.status_code == 409
    assert "Somebody has changed this venue" in page_in(late).text


async def test_a_layout_too_large_for_a_form_stays_as_it_is(
    office: Office, browser: httpx.AsyncClient, olga: Person, mill: OrganizationId
) -> None:
    user = await office.services.accounts.get(olga.id)
    layout = tuple(SeatBlock(f"Block {number}", 1, 1) for number in range(101))
    hall = await office.services.venues.add(user, a_venue(organization_id=mill, layout=layout))
    path = f"/office/venues/{hall.id}"

    shown = page_in(await browser.get(path))
    reply = await browser.post(path, data={**PLACE, "capacity": "200", "version": "1"})

    [venue] = await venues_of(office, olga)
    assert not shown.all("input", name="section")
    assert reply.status_code == 303, reply.text
    assert (venue.name, venue.layout) == ("Old <Mill>", layout)


async def test_an_unused_venue_is_deleted_and_a_used_one_stays(
    office: Office, browser: httpx.AsyncClient, olga: Person, mill: OrganizationId, hall: Venue
) -> None:
    user = await office.services.accounts.get(olga.id)
    unused = await office.services.venues.add(user, a_venue(organization_id=mill))
    here = replace(a_specification(organization_id=mill), venue_id=hall.id)
    await office.services.events.create(user, here)

    deleted = await browser.post(f"/office/venues/{unused.id}/delete")
    kept = await browser.post(f"/office/venues/{hall.id}/delete")

    assert deleted.headers["Location"] == "/office/venues"
    assert kept.status_code == 409
    page_in(kept)
    assert [venue.id for venue in await venues_of(office, olga)] == [hall.id]


async def test_venues_of_others_are_closed_and_not_listed(
    office: Office, browser: httpx.AsyncClient, olga: Person
) -> None:
    root = await office.services.accounts.get((await office.admin()).id)
    other = await office.services.organizations.create(root, "Other", "")
    barn = await office.services.venues.add(root, a_venue(name="Barn", organization_id=other.id))
    path = f"/office/venues/{barn.id}"

    replies = [
        await browser.get(path),
        await browser.post(path, data={**PLACE, "version": "1", **TWO}),
        await browser.post(f"{path}/delete"),
        await browser.get(f"{path}/event"),
        await browser.post(f"{path}/event", data={"key": KEY}),
        await browser.post("/office/venues/new", data={**PLACE, "organization": other.id, **TWO}),
    ]

    assert [reply.status_code for reply in replies] == [403] * 6
    assert "Barn" not in page_in(await browser.get("/office/venues")).text


PREMIERE = {"key": KEY, "name": "Premiere", "starts_at": "2030-06-01T20:00", "currency": "EUR"}


async def test_an_event_at_a_venue_sells_its_seats_by_section(
    office: Office, browser: httpx.AsyncClient, hall: Venue
) -> None:
    form = {
        **PREMIERE,
        "section": ["Stalls", "Balcony"],
        "type": ["", "Upstairs"],
        "price": ["49", "12,50"],
        "tickets": "30",
        "ticket_price": "5",
        "publish": "yes",
    }
    path = f"/office/venues/{hall.id}/event"

    shown = page_in(await browser.get(path))
    reply = await browser.post(path, data=form)
    again = await browser.post(path, data=form)

    event = EventId(reply.headers["Location"].rpartition("/")[2])
    plan = await office.database.ticket_plans.get(event)
    assert plan is not None
    assert shown.all("input", id="type-2", value="Balcony")
    assert "Europe/Vienna" in shown.text
    assert again.headers["Location"] == reply.headers["Location"]
    assert [(type_.name, type_.price, type_.quota) for type_ in plan.types] == [
        ("Stalls", 4900, 12),
        ("Upstairs", 1250, 10),
        ("Standard", 500, 30),
    ]
    hall_page = page_in(await browser.get(f"/e/{event}/hall"))
    assert "22 seats are free" in hall_page.text
    assert "20:00" in page_in(await browser.get(f"/e/{event}")).text


async def test_sections_under_one_name_are_one_type_and_those_without_a_price_are_not_sold(
    office: Office, browser: httpx.AsyncClient, hall: Venue
) -> None:
    path = f"/office/venues/{hall.id}/event"
    one = {**PREMIERE, "section": ["Stalls", "Balcony"], "type": ["Any", "Any"], "price": ["10", "10.00"]}

    together = await browser.post(path, data=one)
    alone = await browser.post(path, data={**one, "key": KEY[::-1], "price": ["", "10"]})

    plans = [
        await office.database.ticket_plans.get(EventId(reply.headers["Location"].rpartition("/")[2]))
        for reply in (together, alone)
    ]
    assert [[type_.quota for type_ in plan.types] for plan in plans if plan] == [[22], [10]]


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({"name": ""}, ["name"]),
        ({"starts_at": "soon"}, ["starts_at"]),
        ({"price": ["10", "x"]}, ["price-2"]),
        ({"price": ["10", "11"], "type": ["Any", "Any"]}, ["price-2"]),
        ({"price": ["", ""]}, ["tickets", "ticket_price"]),
        ({"tickets": "9"}, ["ticket_price"]),
    ],
)
async def test_what_is_wrong_with_an_event_at_a_venue_stands_beside_the_field(
    browser: httpx.AsyncClient, hall: Venue, changed: dict[str, Any], fields: list[str]
) -> None:
    form = {**PREMIERE, "section": ["Stalls", "Balcony"], "type": ["A", "B"], "price": ["49", "12"]}

    reply = await browser.post(f"/office/venues/{hall.id}/event", data={**form, **changed})

    page = page_in(reply)
    assert reply.status_code == 400
    assert sorted(each["id"] for each in page.all("input", **{"aria-invalid": "true"})) == sorted(fields)


async def test_more_tickets_than_a_venue_has_room_for_are_refused_in_words(
    browser: httpx.AsyncClient, hall: Venue
) -> None:
    form = {**PREMIERE, "section": ["Stalls"], "type": ["A"], "price": ["49"], "tickets": "99", "ticket_price": "1"}

    reply = await browser.post(f"/office/venues/{hall.id}/event", data=form)

    assert reply.status_code == 400
    assert "the venue room for 100" in page_in(reply).text
