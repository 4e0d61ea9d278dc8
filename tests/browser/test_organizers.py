"""An organizer's whole way, by keys alone and without scripts: an event, its types, who comes, and seats kept back."""

import asyncio
import re
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.async_api import Page, ViewportSize, expect

from tests.browser.hands import Hands, Keys, Pointer
from tests.browser.site import Site
from tests.browser.windows import Windows, log_in

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHONE: ViewportSize = {"width": 360, "height": 740}
HIDDEN_SIDEWAYS = "(region) => region.scrollWidth - region.clientWidth"


@pytest.mark.parametrize("way", [Keys, Pointer])
async def test_an_event_is_put_on_sold_and_looked_after(
    windows: Windows, site: Site, way: type[Keys | Pointer]
) -> None:
    hands = way(await windows.open(java_script_enabled=way is Keys))
    page, buyer = hands.page, await windows.open()
    await enter(hands, site, "Lea")

    name = await put_on(hands)
    await add_a_type(hands, name)
    await log_in(buyer, site, "Ben")
    await buy(buyer, name)

    await open_event(hands, name)
    await hands.press(page.get_by_role("link", name="Figures", exact=True))
    await expect(page.locator(".figures div", has_text="Sold").first).to_contain_text("2")
    await hands.press(page.get_by_role("link", name=name))
    await hands.press(page.get_by_role("link", name="Who comes", exact=True))
    await hands.fill("Name, e-mail address or code", "ben@example.com")
    await hands.press(page.get_by_role("button", name="Find"))
    async with page.expect_download() as table:
        await hands.press(page.get_by_role("link", name="As a table (CSV)"))
    path = Path(await (await table.value).path())
    assert "ben@example.com" in await asyncio.to_thread(path.read_text)

    await cancel_one(hands, "The balcony is closed.")

    await buyer.goto("/my")
    await buyer.get_by_role("link", name=name).first.click()
    await expect(buyer.get_by_text("The balcony is closed.")).to_be_visible()


async def test_cancelled_tickets_are_read_on_a_phone_without_scrolling_sideways(windows: Windows, site: Site) -> None:
    hands = Pointer(await windows.open(viewport=PHONE))
    page, buyer = hands.page, await windows.open()
    await enter(hands, site, "Lea")
    name = await put_on(hands)
    await log_in(buyer, site, "Ben")
    await buy(buyer, name)
    await open_event(hands, name)
    await page.get_by_role("link", name="Who comes", exact=True).click()
    await cancel_one(hands, "The balcony is closed for repairs until the summer.")

    cancelled = page.get_by_role("table", name="Cancelled tickets")

    await expect(cancelled.get_by_role("row", name="Standard")).to_contain_text("12.50")
    assert await page.get_by_role("region", name="Cancelled tickets").last.evaluate(HIDDEN_SIDEWAYS) == 0


@pytest.mark.parametrize("way", [Keys, Pointer])
async def test_a_row_is_kept_from_sale_and_put_on_sale_again(
    windows: Windows, site: Site, way: type[Keys | Pointer]
) -> None:
    hands = way(await windows.open(java_script_enabled=way is Keys))
    page = hands.page
    await enter(hands, site, "Lea")
    await page.goto(f"/office/events/{site.hall.rpartition('/')[2]}/seats")
    await hands.press(page.get_by_role("table").get_by_role("link").last)
    await expect(page.locator("#picker")).to_be_visible()
    row = page.locator("tbody tr").filter(has_not=page.locator("input:disabled")).last
    seats = await row.locator("td input").count()
    assert seats

    label = await row.locator("input.line").get_attribute("aria-label")
    await hands.tick(page.get_by_label(str(label), exact=True))
    await hands.press(page.get_by_role("button", name="Keep from sale"))
    await expect(page.locator("tr", has=page.get_by_label(str(label), exact=True)).locator("input.kept")).to_have_count(
        seats
    )

    await hands.tick(page.get_by_label(str(label), exact=True))
    await hands.press(page.get_by_role("button", name="Put on sale again"))
    await expect(page.locator("tr", has=page.get_by_label(str(label), exact=True)).locator("input.kept")).to_have_count(
        0
    )


async def test_tickets_are_admitted_on_a_phone_where_no_script_runs(windows: Windows, site: Site) -> None:
    hands = Pointer(await windows.open(viewport=PHONE, java_script_enabled=False))
    page, buyer = hands.page, await windows.open()
    await enter(hands, site, "Lea")
    name = await put_on(hands)
    await log_in(buyer, site, "Ben")
    await buy(buyer, name)
    code = await buyer.locator(".code strong").inner_text()
    await open_event(hands, name)
    await hands.press(page.get_by_role("link", name="Who comes", exact=True))
    await hands.fill("Name, e-mail address or code", code)
    await hands.press(page.get_by_role("button", name="Find"))
    await hands.press(page.get_by_role("table").get_by_role("link").first)
    door = page.get_by_role("region", name="At the door")

    await door.get_by_label("Gate (may stay empty)").first.fill("North")
    await hands.press(door.get_by_role("button", name="Check in").first)
    await expect(door.get_by_text("Checked in")).to_have_count(1)
    await expect(door.get_by_label("Gate (may stay empty)")).to_have_value("North")
    await hands.press(door.get_by_role("button", name="Check in"))
    await expect(door.get_by_text("· North")).to_have_count(2)
    await hands.press(door.get_by_role("button", name="Undo the check-in").first)

    await expect(door.get_by_text("Checked in")).to_have_count(1)


async def enter(hands: Hands, site: Site, name: str) -> None:
    await hands.page.goto("/login")
    await hands.fill("E-mail address", f"{name.lower()}@example.com")
    await hands.fill("Password", site.password(name))
    await hands.press(hands.page.get_by_role("main").get_by_role("button", name="Log in"))
    await hands.page.wait_for_url("/")


async def put_on(hands: Hands) -> str:
    """Put an event on, and return its name."""
    name = f"Night of {uuid4().hex[:8]}"
    await hands.page.goto("/office")
    await hands.press(hands.page.get_by_role("link", name="Put on an event", exact=True))
    await hands.fill("What is on?", name)
    await hands.fill("Where?", "12 Mill Lane, Leeds")
    await hands.fill("When does it start?", "2031-05-05T08:00")
    await hands.fill("Price of a ticket", "12.50")
    await hands.fill("How many tickets?", "40")
    await hands.press(hands.page.get_by_role("button", name="Put it on sale now"))
    await hands.page.wait_for_url(re.compile("/(office/events|e)/"))
    return name


async def open_event(hands: Hands, name: str) -> None:
    await hands.page.goto("/office")
    await hands.press(hands.page.get_by_role("table").get_by_role("link", name=name, exact=True))


async def add_a_type(hands: Hands, name: str) -> None:
    await open_event(hands, name)
    await hands.press(hands.page.get_by_role("link", name="Add a ticket type"))
    await hands.fill("Name", "Balcony")
    await hands.fill("Price in EUR", "9")
    await hands.fill("How many tickets?", "10")
    await hands.press(hands.page.get_by_role("button", name="Save"))
    await expect(hands.page.get_by_role("row", name="Balcony")).to_be_visible()


async def buy(buyer: Page, name: str) -> None:
    """Buy two of the cheapest tickets."""
    await buyer.goto(f"/?q={name.rsplit(maxsplit=1)[-1]}")
    await buyer.get_by_role("link", name=name).click()
    await buyer.get_by_label("How many?").fill("2")
    await buyer.get_by_role("button", name="Hold tickets").click()
    await buyer.get_by_role("button", name="Book these 2 tickets").click()
    await buyer.wait_for_url("**/my/bookings/*")


async def cancel_one(hands: Hands, why: str) -> None:
    """Cancel one ticket of the only booking in the list."""
    page = hands.page
    await hands.press(page.get_by_role("table").get_by_role("link").first)
    await hands.tick(page.get_by_role("group", name="Which tickets?").get_by_role("checkbox").first)
    await hands.press(page.get_by_role("button", name="Cancel tickets …"))
    await hands.fill("Why?", why)
    await hands.press(page.get_by_role("button", name="Cancel 1 ticket"))
    await expect(page.get_by_role("group", name="Which tickets?").get_by_role("checkbox")).to_have_count(1)
