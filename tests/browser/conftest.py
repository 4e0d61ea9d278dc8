"""A browser and a running Booked, both shared by all tests of a process. Each test has windows of its own."""

import os
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.chromium import MISSING, chromium
from tests.browser.site import Site, opened
from tests.browser.windows import Windows
from tests.servers import fresh_directory


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        if browser is None:
            give_up = pytest.fail if os.environ.get("CI") else pytest.skip
            give_up(MISSING)
        yield browser


@pytest.fixture(scope="session")
def site(browser: Browser) -> Iterator[Site]:
    """The demo, served. Tests share it: each makes the accounts and events that it changes."""
    with fresh_directory() as directory, opened(directory) as site:
        yield site


@pytest_asyncio.fixture(loop_scope="session")
async def windows(browser: Browser, site: Site) -> AsyncIterator[Windows]:
    """Opens windows. At the end of the test all of them are closed, and none may have complained."""
    windows = Windows(browser, site.url)
    yield windows
    await windows.close()
