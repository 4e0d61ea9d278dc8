"""The first look at the shop."""

import pytest
from playwright.async_api import expect

from tests.browser.windows import Windows

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_visitor_finds_an_evening_and_what_it_costs(windows: Windows) -> None:
    page = await windows.open()

    await page.goto("/")
    name = await page.locator(".card h2").first.inner_text()
    await page.locator(".card a").first.click()

    await expect(page.get_by_role("heading", level=1)).to_have_text(name)
    await expect(page.get_by_role("group", name="Which?")).to_be_visible()


async def test_what_the_browser_refuses_is_noticed(windows: Windows) -> None:
    page = await windows.open()
    await page.goto("/")

    await page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: '1'}))")

    assert "Content Security Policy" in windows.complaints.pop()
