"""The pictures of the README, taken of the demo: `make screenshots` puts them into docs/images."""

import asyncio
import base64
from pathlib import Path

from playwright.async_api import Browser, Page

from tests.browser.chromium import MISSING, chromium
from tests.browser.site import Site, opened
from tests.browser.windows import Windows, log_in
from tests.servers import fresh_directory

IMAGES = Path(__file__).parents[2] / "docs" / "images"
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}

# Chromium writes WebP, and so no other library has to.
SMALLER = """async (png) => {
  const picture = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
  const canvas = Object.assign(document.createElement("canvas"), { width: picture.width, height: picture.height });
  canvas.getContext("2d").drawImage(picture, 0, 0);
  return canvas.toDataURL("image/webp", 0.85).split(",")[1];
}"""


async def take(browser: Browser, page: Page, name: str) -> None:
    """Write a picture of what is on the screen."""
    await page.wait_for_load_state("networkidle")
    taken = base64.b64encode(await page.screenshot(animations="disabled")).decode()
    blank = await browser.new_page()
    (IMAGES / f"{name}.webp").write_bytes(base64.b64decode(await blank.evaluate(SMALLER, taken)))
    await blank.close()


async def take_all(browser: Browser, site: Site) -> None:
    windows = Windows(browser, site.url)
    page = await windows.open()
    await page.goto("/")
    await take(browser, page, "shop")

    await page.goto(f"{site.hall}/hall")
    await page.locator(".sections a").first.click()
    for box in (await page.locator(".seats input:enabled").all())[10:13]:
        await box.check()
    await page.locator(".seats").scroll_into_view_if_needed()
    await take(browser, page, "seats")

    await log_in(page, site, "Lea")
    await page.goto("/office")
    await take(browser, page, "office")

    phone = await windows.open(**PHONE)
    await phone.goto(site.hall)
    await take(browser, phone, "phone")
    await windows.close()


async def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with fresh_directory() as directory, opened(directory) as site:
        async with chromium() as browser:
            if browser is None:
                raise SystemExit(f"No pictures can be taken: {MISSING}.")
            await take_all(browser, site)


if __name__ == "__main__":
    asyncio.run(main())
