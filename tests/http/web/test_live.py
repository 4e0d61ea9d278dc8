"""Pages that stay up to date: what their scripts find on them, and that they are complete without."""

from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest

from booked.domain.model.ids import EventId, ticket_type_id
from booked.domain.model.people.users import Role
from booked.domain.model.programme.events import EventStatus
from tests.builders import a_specification
from tests.http.office import Office
from tests.http.web.browser import KEY, Page, log_in, page_in


async def test_the_page_of_an_event_has_what_its_script_needs_to_follow_the_sale(
    office: Office, browser: httpx.AsyncClient
) -> None:
    event = EventId(await office.event(seats=200))

    page = page_in(await browser.get(f"/e/{event}"))

    [live] = page.all("article", id="live")
    assert (live["data-event"], live["data-state"], live["data-few-at"]) == (event, "on_sale", "10")
    assert "{count}" in live["data-left"]
    assert page.all("span", **{"data-type": ticket_type_id(event, 1)})
    assert page.all("p", id="said", role="status")
    assert scripts_of(page) == ["live.js"]


@pytest.mark.parametrize("status", [EventStatus.PUBLISHED, EventStatus.POSTPONED])
async def test_the_page_of_an_event_that_sells_later_is_renewed_until_it_sells(
    office: Office, browser: httpx.AsyncClient, status: EventStatus
) -> None:
    event = await sold_later(office, status)

    before = page_in(await browser.get(f"/e/{event}"))
    await change(office, event, "sales_start = NULL, status = $2", EventStatus.PUBLISHED)
    after = page_in(await browser.get(f"/e/{event}"))

    assert scripts_of(before) == ["live.js", "renew.js"]
    [live] = before.all("article", id="live", **{"data-renew": "15"})
    assert live["data-said-begun"] == "Tickets are on sale now."
    assert scripts_of(after) == ["live.js"]
    assert "data-renew" not in after.all("article", id="live")[0]


async def test_what_is_wrong_with_a_form_stays_on_the_page(office: Office, browser: httpx.AsyncClient) -> None:
    event = await sold_later(office, EventStatus.PUBLISHED)
    await office.person("ann")
    await log_in(browser, "ann")

    refused = await browser.post(f"/e/{event}", data={"number": "1", "type": "1", "key": KEY})

    assert refused.status_code == 400
    assert scripts_of(page_in(refused)) == ["live.js"]


async def test_cards_of_the_shop_are_renewed_by_asking_for_the_page_again(
    office: Office, browser: httpx.AsyncClient
) -> None:
    event = await office.event(seats=20)
    before = page_in(await browser.get("/"))
    await office.reserve(await office.person("ann"), event, 15)

    after = page_in(await browser.get("/"))

    assert before.all("p", id=f"deal-{event}", **{"data-renew": "15"})
    assert scripts_of(before) == ["renew.js"]
    assert "5 tickets left" not in before.text
    assert "5 tickets left" in after.text


async def test_an_empty_shop_and_what_is_over_ask_for_nothing(office: Office, browser: httpx.AsyncClient) -> None:
    assert not page_in(await browser.get("/")).all("script", type="module")
    assert not page_in(await browser.get("/?past=yes")).all("script", type="module")


async def test_figures_in_the_office_are_marked_to_be_renewed(office: Office, browser: httpx.AsyncClient) -> None:
    await office.person("kit", Role.ADMIN)
    await log_in(browser, "kit")
    event = await office.event(seats=20)

    pages = [
        page_in(await browser.get(f"/office{path}")) for path in ("", f"/events/{event}", f"/events/{event}/figures")
    ]

    for page in pages:
        [marked] = [attributes for _, attributes in page.tags if "data-renew" in attributes]
        assert marked["id"]
        assert scripts_of(page) == ["renew.js"]


def scripts_of(page: Page) -> list[str]:
    return [script["src"].rpartition("/")[2] for script in page.all("script", type="module")]


async def sold_later(office: Office, status: EventStatus) -> EventId:
    specification = a_specification(starts_at=datetime(2030, 6, 1, tzinfo=UTC))
    event = await office.services.events.put_on(replace(specification, sales_start=datetime(2030, 1, 1, tzinfo=UTC)))
    await office.services.inventory.repair(event)
    await change(office, event, "status = $2", status)
    return event


async def change(office: Office, event: EventId, what: str, *values: object) -> None:
    async with office.connection() as connection:
        await connection.execute(f"UPDATE events SET {what} WHERE id = $1", event, *values)
