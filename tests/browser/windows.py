"""Windows of a browser: each has cookies of its own, and notes whatever a browser complains about."""

from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Response, ViewportSize

from tests.browser.chromium import PATIENCE_MS
from tests.browser.site import Site

WIDE: ViewportSize = {"width": 1280, "height": 900}


@dataclass  # without slots: Playwright keeps handlers in attributes of what they belong to
class Windows:
    browser: Browser
    url: str
    complaints: list[str] = field(default_factory=list)
    refusals_expected: bool = False
    _opened: list[BrowserContext] = field(default_factory=list)

    async def open(self, **like: Any) -> Page:
        """Open a window of somebody who was never here. `like` are options of a context."""
        context = await self.browser.new_context(
            **{"base_url": self.url, "viewport": WIDE, "locale": "en-GB", "reduced_motion": "reduce"} | like
        )
        context.set_default_timeout(PATIENCE_MS)
        context.on("console", self._note_console)
        context.on("weberror", lambda error: self.complaints.append(f"{error.page and error.page.url}: {error.error}"))
        context.on("response", self._note_response)
        self._opened.append(context)
        return await context.new_page()

    async def close(self) -> None:
        for context in self._opened:
            await context.close()
        assert self.complaints == []

    def _note_console(self, message: ConsoleMessage) -> None:
        expected = self.refusals_expected and message.text.startswith("Failed to load resource")
        if message.type in ("error", "warning") and not expected:
            self.complaints.append(f"{message.page and message.page.url}: {message.text}")

    def _note_response(self, response: Response) -> None:
        if response.status >= (500 if self.refusals_expected else 400):
            self.complaints.append(f"{response.status} at {response.url}")


async def log_in(page: Page, site: Site, name: str | None) -> None:
    """Log somebody of the demo in, in any language. Nobody stays a visitor."""
    if name is None:
        return
    await page.goto("/login")
    await page.locator("#email").fill(f"{name.lower()}@example.com")
    await page.locator("#password").fill(site.password(name))
    await page.locator("main button").click()
    await page.wait_for_url("/")
