"""Pages that say no: they are as easy to use as all others."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.looks import excess_of, look_closely, problems_of
from tests.browser.site import Site
from tests.browser.windows import Windows, log_in

pytestmark = pytest.mark.asyncio(loop_scope="session")

NOWHERE = "00000000-0000-7000-8000-000000000000"


async def test_a_visitor_who_is_refused_finds_the_way_on(windows: Windows, site: Site) -> None:
    windows.refusals_expected = True
    page = await windows.open()
    await look_closely(page)

    found = []
    await page.goto("/login")
    await type_in(page, {"email": "nobody@example.com", "password": "wrong"})
    found += await looked_at(page)
    await page.goto("/register")
    await type_in(page, {"name": " ", "email": "nobody@nowhere", "password": "x"})
    found += await looked_at(page)
    for path in ("/nothing", f"/e/{NOWHERE}", "/?q=nothing+is+called+so&location=nowhere"):
        await page.goto(path)
        found += await looked_at(page)

    assert "\n".join(found) == ""


async def test_a_buyer_who_is_refused_finds_the_way_on(windows: Windows, site: Site) -> None:
    windows.refusals_expected = True
    page = await windows.open()
    await look_closely(page)
    await log_in(page, site, "Ann")

    found = []
    await page.goto(site.hall)
    await type_in(page, {"number": "100000"}, "Hold the best seats together")
    found += await looked_at(page)
    await page.goto(f"{site.hall}/hall")
    await page.locator(".sections a").first.click()
    await page.get_by_role("button", name="Hold these seats").click()
    found += await looked_at(page)
    await page.goto(f"/hold/{NOWHERE}")
    found += await looked_at(page)
    await page.goto(site.hall)
    await page.get_by_role("button", name="Hold the best seats together").click()
    found += await looked_at(page)
    await type_in(page, {"number": "100000"}, "Change the number")
    found += await looked_at(page)

    assert "\n".join(found) == ""


async def test_an_organizer_who_is_refused_finds_the_way_on(windows: Windows, site: Site) -> None:
    windows.refusals_expected = True
    page = await windows.open()
    await look_closely(page)
    await log_in(page, site, "Lea")

    await page.goto("/office")
    found = await looked_at(page)
    await page.goto("/office/new")
    wrong = {"name": "x", "place": "y", "starts_at": "2001-01-01T10:00", "price": "much", "tickets": "99999999"}
    await type_in(page, wrong, "Keep it as a draft")
    found += await looked_at(page)

    assert "\n".join(found) == ""


async def type_in(page: Page, texts: dict[str, str], button: str = "") -> None:
    """Fill a form that the browser would not send, and send it."""
    await page.evaluate("for (const form of document.forms) form.noValidate = true")
    for name, text in texts.items():
        await page.locator(f"#{name}").fill(text)
    main = page.get_by_role("main")
    await (main.get_by_role("button", name=button) if button else main.get_by_role("button")).click()
    await expect(page.get_by_role("alert")).to_be_visible()


async def looked_at(page: Page) -> list[str]:
    return await problems_of(page) + await excess_of(page)
