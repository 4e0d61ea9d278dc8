"""What the shop says where nothing is left but tickets of types that are not on offer."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from booked.domain.model.ids import EventId
from booked.domain.model.programme.ticket_types import TicketTypeDraft
from booked.domain.model.programme.times import SalesWindow
from booked.domain.model.programme.type_rules import USUAL_RULES, TypeRules
from booked.domain.model.sale.reservations import TicketRequest
from tests.builders import a_specification
from tests.http.office import Office
from tests.http.web.browser import DATA, Page, page_in

START = datetime(2030, 6, 1, 12, tzinfo=UTC)
OPENS = datetime(2030, 5, 1, 10, tzinfo=UTC)
PAST = datetime(2020, 1, 1, tzinfo=UTC)
FROM = "On sale from Wed 1 May, 10:00"

LATER, PAUSED = TypeRules(sales=SalesWindow(OPENS)), TypeRules(paused=True)
OVER, HIDDEN = TypeRules(sales=SalesWindow(end=PAST)), TypeRules(hidden=True)


async def put_on(office: Office, early: TypeRules, regular: TypeRules) -> EventId:
    types = [
        TicketTypeDraft("Early", 1000, quota=2, rules=early),
        TicketTypeDraft("Regular", 2000, quota=9, rules=regular),
    ]
    event = await office.services.events.put_on(replace(a_specification(starts_at=START), tickets=types))
    await office.services.inventory.repair(event)
    return event


async def sold_out_but(office: Office, rules: TypeRules) -> EventId:
    """Put on an event whose "Early" tickets are sold, and whose "Regular" ones have these rules."""
    event = await put_on(office, USUAL_RULES, rules)
    ben = await office.person("ben")
    await office.services.bookings.book_now(ben.id, event, TicketRequest(2, 1))
    return event


def tag(page: Page) -> str:
    return page.source.split('<span class="tag')[1].split(">")[1].split("<")[0]


def offers(page: Page) -> list[tuple[str, str | None]]:
    outline = json.loads(page.source.split(f'<script type="{DATA}">')[1].split("</script>")[0])
    return [
        (offer["availability"].removeprefix("https://schema.org/"), offer.get("validFrom"))
        for offer in outline["offers"]
    ]


@dataclass(frozen=True)
class Told:
    """What is told of an event of which tickets of a type with these rules are left."""

    rules: TypeRules
    tag: str
    of_type: str
    offer: tuple[str, str | None]
    can_wait: bool


@pytest.mark.parametrize(
    "told",
    [
        Told(LATER, FROM, "From Wed 1 May on", ("PreOrder", OPENS.isoformat()), can_wait=False),
        Told(PAUSED, "Sale paused", "Paused", ("OutOfStock", None), can_wait=True),
        Told(OVER, "Sold out", "No longer sold", ("OutOfStock", None), can_wait=True),
    ],
)
async def test_what_is_withheld_is_not_called_sold_out(office: Office, browser: httpx.AsyncClient, told: Told) -> None:
    event = await sold_out_but(office, told.rules)

    card, page = page_in(await browser.get("/")), page_in(await browser.get(f"/e/{event}"))

    of_early, of_regular = page.text.split("Tickets and prices")[1].split("Regular")[:2]
    assert (tag(card), tag(page)) == (told.tag, told.tag)
    assert bool(page.all("form", action=f"/e/{event}/wait")) is told.can_wait
    assert told.of_type in of_regular
    assert "Sold out" in of_early
    assert offers(page) == [("SoldOut", None), told.offer]


@pytest.mark.parametrize(
    ("rules", "gone", "said"),
    [
        (LATER, FROM, "Load the page again to see when there are more."),
        (PAUSED, "Sale paused", "Load the page again to join the waitlist."),
        (USUAL_RULES, "Sold out", "Load the page again to join the waitlist."),
    ],
)
async def test_a_page_in_sight_can_say_what_comes_once_the_last_ticket_is_gone(
    office: Office, browser: httpx.AsyncClient, rules: TypeRules, gone: str, said: str
) -> None:
    event = await put_on(office, USUAL_RULES, rules)

    [live] = page_in(await browser.get(f"/e/{event}")).all("article", id="live")

    assert live["data-gone"] == gone
    assert live["data-said-sold-out"].endswith(said)


async def test_where_the_sale_of_every_type_is_over_nobody_waits(office: Office, browser: httpx.AsyncClient) -> None:
    event = await put_on(office, OVER, OVER)

    page = page_in(await browser.get(f"/e/{event}"))

    assert tag(page) == "Sales are over"
    assert not page.all("form", action=f"/e/{event}/wait")


async def test_what_nobody_sees_is_not_told(office: Office, browser: httpx.AsyncClient) -> None:
    event = await sold_out_but(office, replace(LATER, hidden=True))

    page = page_in(await browser.get(f"/e/{event}"))

    assert tag(page) == "Sold out"
    assert page.all("form", action=f"/e/{event}/wait")


async def test_nobody_is_offered_to_wait_for_a_type_that_is_no_longer_sold(
    office: Office, browser: httpx.AsyncClient
) -> None:
    event = await sold_out_but(office, OVER)

    page = page_in(await browser.get(f"/e/{event}?type=2&kept=yes"))

    radios = page.all("input", type="radio", name="type")
    assert [radio["value"] for radio in radios] == ["", "1"]
    assert all("required" in radio and "checked" not in radio for radio in radios)


@pytest.mark.parametrize(
    ("starts", "said"),
    [(OPENS - timedelta(days=9), FROM), (OPENS + timedelta(hours=1), "On sale from Wed 1 May, 11:00")],
)
async def test_types_are_sold_once_both_their_own_sale_and_that_of_the_event_have_begun(
    office: Office, browser: httpx.AsyncClient, starts: datetime, said: str
) -> None:
    event = await put_on(office, LATER, LATER)
    await change_sales(office, event, starts)

    assert tag(page_in(await browser.get(f"/e/{event}"))) == said


async def change_sales(office: Office, event: EventId, starts: datetime) -> None:
    async with office.connection() as connection:
        await connection.execute("UPDATE events SET sales_start = $2 WHERE id = $1", event, starts)


async def test_before_the_sale_of_an_event_its_tickets_are_ordered_ahead(
    office: Office, browser: httpx.AsyncClient
) -> None:
    told: dict[str, Any] = {"sales_start": OPENS}
    event = await office.services.events.put_on(replace(a_specification(starts_at=START), **told))
    await office.services.inventory.repair(event)

    page = page_in(await browser.get(f"/e/{event}"))

    assert tag(page) == FROM
    assert offers(page) == [("PreOrder", OPENS.isoformat())]


async def test_after_the_sale_of_an_event_what_is_left_is_not_sold_out(
    office: Office, browser: httpx.AsyncClient
) -> None:
    event = await office.services.events.put_on(replace(a_specification(starts_at=START), sales_end=OPENS))
    await office.services.inventory.repair(event)
    office.clock.set_ahead(OPENS - office.clock.now())

    page = page_in(await browser.get(f"/e/{event}"))

    assert tag(page) == "Sales are over"
    assert "Sold out" not in page.text.split("Tickets and prices")[1]
    assert offers(page) == [("OutOfStock", None)]
