"""Every page that people of each role come to: nobody stumbles over it, and nothing leads nowhere."""

import pytest

from tests.browser.crawl import crawl
from tests.browser.looks import english_of, excess_of, in_english, look_closely, problems_of
from tests.browser.site import Site
from tests.browser.windows import Windows, log_in

# Who looks, from where on, and at how many events: the visitor looks at each state of one. Who runs events looks at the
# pages that others do not have.
roles = pytest.mark.parametrize(
    ("name", "start", "events"),
    [
        pytest.param(None, "/", 12, id="visitor"),
        pytest.param("Ann", "/", 1, id="buyer"),
        pytest.param("Ida", "/", 1, id="waiting"),
        pytest.param("Lea", "/office", 0, id="organizer"),
        pytest.param("Ada", "/admin", 0, id="admin"),
    ],
)
pytestmark = pytest.mark.asyncio(loop_scope="session")


@roles
async def test_nobody_stumbles_over_a_page(
    windows: Windows, site: Site, name: str | None, start: str, events: int
) -> None:
    """German texts are the longer ones, so pages are looked at in German; each is there in English as well."""
    page = await windows.open(locale="de-DE")
    await look_closely(page)
    await log_in(page, site, name)

    found = []
    async for _ in crawl(page, f"{site.url}{start}", events):
        found += await english_of(page) + await excess_of(page) + await problems_of(page)
        found += await in_english(page)

    assert "\n".join(found) == ""
