"""Pages that somebody looks at while others buy."""

import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from playwright.async_api import expect

from tests.browser.site import Site, as_organizer
from tests.browser.windows import Windows, log_in

pytestmark = pytest.mark.asyncio(loop_scope="session")

RENEWED_WITHIN_MS = 18_000
FIGURES_RENEWED_WITHIN_MS = 7_000


async def put_on(site: Site, name: str, tickets: int) -> str:
    """Return the id of an event that anybody may sell."""
    async with httpx.AsyncClient(base_url=site.url) as counter:
        reply = await counter.post("/events", json={"name": name, "total_tickets": tickets})
    return str(reply.json()["id"])


async def sell(site: Site, event: str, tickets: int) -> None:
    async with httpx.AsyncClient(base_url=site.url) as counter:
        for number in range(tickets):
            body = {"user_id": f"guest {number}", "ticket_count": 1}
            assert (await counter.post(f"/events/{event}/bookings", json=body)).status_code == 201


async def announce(lea: httpx.AsyncClient, name: str) -> str:
    """Return the id of an event with twelve tickets that sells tomorrow."""
    organizations = (await lea.get("/api/v1/organizations/")).json()["items"]
    now = datetime.now(UTC)
    described = {
        "name": name,
        "organization_id": organizations[0]["id"],
        "starts_at": (now + timedelta(days=30)).isoformat(),
        "sales_start": (now + timedelta(days=1)).isoformat(),
        "address": "Main Street 1",
        "ticket_types": [{"name": "Stalls", "price": "20.00", "quota": 12}],
        "status": "PUBLISHED",
    }
    return str((await lea.post("/api/v1/events/", json=described)).raise_for_status().json()["id"])


async def change(lea: httpx.AsyncClient, event: str, revision: dict[str, str | None]) -> None:
    (await lea.patch(f"/api/v1/events/{event}/", json=revision, headers={"If-Match": "*"})).raise_for_status()


async def hold(lea: httpx.AsyncClient, event: str, tickets: int) -> None:
    wanted = {"event_id": event, "num_tickets": tickets}
    (await lea.post("/api/v1/reservations/", json=wanted)).raise_for_status()


async def test_what_is_left_of_an_event_changes_while_somebody_looks(windows: Windows, site: Site) -> None:
    event = await put_on(site, "Rush", 12)
    page = await windows.open()
    await page.goto(f"/e/{event}")
    left = page.locator("[data-type]")
    await expect(left).to_have_text("12 left")

    await sell(site, event, 7)

    await expect(left).to_have_text("5 left")
    await expect(page.locator(".state")).to_have_text("5 tickets left")
    await expect(page.locator("#said")).to_have_text(
        re.compile(r"^\d+ tickets left$")
    )  # once: it is not said at each sale


async def test_somebody_who_looks_is_told_when_the_last_ticket_goes(windows: Windows, site: Site) -> None:
    event = await put_on(site, "Last Call", 2)
    page = await windows.open(locale="de-DE")
    await page.goto(f"/e/{event}")

    await sell(site, event, 2)

    await expect(page.locator("#said")).to_contain_text("Die letzte Karte ist gerade vergeben worden")
    await expect(page.locator(".state")).to_have_text("Ausverkauft")


async def test_a_sale_begins_while_somebody_looks(windows: Windows, site: Site) -> None:
    async with as_organizer(site) as lea:
        event = await announce(lea, "Dawn")
        page = await windows.open()
        await page.clock.install()
        await page.goto(f"/e/{event}")
        await expect(page.locator(".state")).to_contain_text("On sale from")

        await change(lea, event, {"name": "Early Dawn"})
        await page.clock.run_for(RENEWED_WITHIN_MS)
        await expect(page.get_by_role("heading", level=1)).to_have_text("Early Dawn")
        await expect(page.locator("#said")).to_have_text("")

        await change(lea, event, {"sales_start": None})
        await page.clock.run_for(RENEWED_WITHIN_MS)

    await expect(page.locator("#said")).to_have_text("Tickets are on sale now.")
    await expect(page.locator(".state")).to_have_text("On sale")
    await expect(page.get_by_role("button", name="Hold tickets")).to_be_visible()


async def test_once_a_sale_has_begun_its_page_follows_it_and_keeps_what_is_typed(windows: Windows, site: Site) -> None:
    async with as_organizer(site) as lea:
        event = await announce(lea, "Noon")
        page = await windows.open()
        await page.clock.install()
        await page.goto(f"/e/{event}")
        await change(lea, event, {"sales_start": None})
        await page.clock.run_for(RENEWED_WITHIN_MS)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        await page.get_by_label("How many?").fill("5")

        await hold(lea, event, 3)
        await expect(page.locator("[data-type]")).to_have_text("9 left")
        await page.clock.run_for(2 * RENEWED_WITHIN_MS)

    await expect(page.get_by_label("How many?")).to_have_value("5")
    assert [url for url in asked if url.endswith(f"/e/{event}")] == []


async def test_cards_of_the_shop_say_after_a_while_what_is_left(windows: Windows, site: Site) -> None:
    event = await put_on(site, "Slow Rush", 12)
    page = await windows.open()
    await page.clock.install()
    await page.goto("/?q=slow+rush")
    deal = page.locator(f"#deal-{event}")
    await expect(deal).to_contain_text("On sale")

    await sell(site, event, 7)
    await page.clock.run_for(RENEWED_WITHIN_MS)

    await expect(deal).to_contain_text("5 tickets left")


async def test_figures_of_the_office_change_by_themselves_during_a_sale(windows: Windows, site: Site) -> None:
    event = await put_on(site, "Counted Rush", 12)
    page = await windows.open()
    await log_in(page, site, "Ada")
    await page.clock.install()
    await page.goto(f"/office/events/{event}/figures")
    sold = page.locator("#figures .figures div", has_text="Sold").first
    await expect(sold).to_contain_text("0")

    await sell(site, event, 7)
    await page.clock.run_for(FIGURES_RENEWED_WITHIN_MS)

    await expect(sold).to_contain_text("7")
