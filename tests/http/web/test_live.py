"""Pages that stay up to date: what their scripts find on them, and that they are complete without."""

import httpx

from booked.domain.model.ids import EventId, ticket_type_id
from booked.domain.model.people.users import Role
from tests.http.office import Office
from tests.http.web.browser import log_in, page_in


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
    assert [script["src"].rpartition("/")[2] for script in page.all("script", type="module")] == ["live.js"]


async def test_cards_of_the_shop_are_renewed_by_asking_for_the_page_again(
    office: Office, browser: httpx.AsyncClient
) -> None:
    event = await office.event(seats=20)
    before = page_in(await browser.get("/"))
    await office.reserve(await office.person("ann"), event, 15)

    after = page_in(await browser.get("/"))

    assert before.all("p", id=f"deal-{event}", **{"data-renew": "15"})
    assert [script["src"].rpartition("/")[2] for script in before.all("script", type="module")] == ["renew.js"]
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
        assert [script["src"].rpartition("/")[2] for script in page.all("script", type="module")] == ["renew.js"]
