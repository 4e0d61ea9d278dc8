"""The browser that tests drive: the machine's Chromium or Chrome, or one that Playwright fetched.

`python -m tests.browser.chromium` lets Playwright fetch one where there is none. If that fails, tests say so.
"""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Playwright, async_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ON_A_MAC = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
QUIET = ["--disable-gpu", "--disable-quic", "--disable-sync"]  # Playwright adds what else makes no traffic.
FETCH = "python -m playwright install chromium"
MISSING = (
    "there is no Chromium or Chrome. Install one (on Debian: apt install chromium), name one in BOOKED_BROWSER, "
    f"or run: {FETCH}"
)
PATIENCE_MS = 30_000


def installed() -> str | None:
    """Return the path of the machine's browser; None if it has none. `BOOKED_BROWSER` names another."""
    named = os.environ.get("BOOKED_BROWSER")
    if named and not shutil.which(named):
        raise FileNotFoundError(f"BOOKED_BROWSER names {named}, which is no program. Name a Chromium or Chrome.")
    found = (shutil.which(name) for name in (*NAMES, *ON_A_MAC))
    return named or next(filter(None, found), None)


def program(playwright: Playwright) -> str | None:
    """Return the path of the browser to drive; None if there is none."""
    fetched = playwright.chromium.executable_path
    return installed() or (fetched if Path(fetched).exists() else None)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser | None]:
    """Run the browser, with a new and empty profile. None if there is none."""
    async with async_playwright() as playwright:
        path = program(playwright)
        if path is None:
            yield None
            return
        browser = await playwright.chromium.launch(executable_path=path, args=QUIET, timeout=PATIENCE_MS)
        yield browser
        await browser.close()


async def _is_there() -> bool:
    async with async_playwright() as playwright:
        return program(playwright) is not None


def main() -> None:
    if installed() or asyncio.run(_is_there()):
        return
    print("Fetching a browser for the tests …", flush=True)
    fetched = subprocess.run([sys.executable, "-m", *FETCH.split()[2:]], check=False, capture_output=True, text=True)
    if fetched.returncode:
        print(f"The browser could not be fetched, so browser tests cannot run: {MISSING}")


if __name__ == "__main__":
    main()
