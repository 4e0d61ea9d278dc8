"""What a page weighs for somebody who comes for the first time: every byte that the server sends for it."""

import re
from dataclasses import replace

import httpx
import pytest

from booked.domain.model.ids import EventId
from booked.domain.model.programme.seating import SeatBlock
from booked.domain.model.programme.ticket_types import TicketTypeDraft
from tests.builders import a_specification, a_venue
from tests.http.office import PASSWORD, Office
from tests.http.web.browser import log_in, page_in

PAGE_MOST = 100_000  # bytes
SCRIPTS_MOST = 40_000
EVENTS = 24  # more than a page of the shop shows
IMPORT = re.compile(r'from "\./([a-z]+\.js)"')


async def weight(browser: httpx.AsyncClient, path: str, encoding: str = "identity") -> tuple[int, int]:
    """Return how many bytes are sent for a page with everything that it needs, and how many of them for scripts."""
    browser.headers["Accept-Encoding"] = encoding
    reply = await browser.get(path)
    page = page_in(reply)
    addresses = [link["href"] for link in page.all("link") if link["rel"] in {"stylesheet", "icon"}]
    addresses += [image["src"] for image in page.all("img")]
    parts = [reply.num_bytes_downloaded]
    parts += [(await browser.get(address)).num_bytes_downloaded for address in set(addresses)]
    scripts: dict[str, int] = {}
    waiting = [script["src"] for script in page.all("script", type="module")]
    while waiting:
        address = waiting.pop()
        if address not in scripts:
            script = await browser.get(address)
            scripts[address] = script.num_bytes_downloaded
            waiting += [f"{address.rpartition('/')[0]}/{name}" for name in IMPORT.findall(script.text)]
    return sum(parts) + sum(scripts.values()), sum(scripts.values())


@pytest.fixture
async def seated(office: Office) -> EventId:
    """An event of the size of a theatre, among a page full of others."""
    layout = (SeatBlock("Stalls", 24, 60), SeatBlock("Circle", 14, 60))
    root = await office.services.accounts.ensure_admin("root", "root@example.com", PASSWORD)
    mill = await office.services.organizations.create(root, "Mill", "")
    hall = a_venue(layout=layout, capacity=sum(block.size for block in layout), organization_id=mill.id)
    venue = await office.services.venues.add(root, hall)
    for number in range(EVENTS):
        await office.event(name=f"An Evening with a Longer Name, Part {number}", seats=200)
    types = [TicketTypeDraft(block.section, 4900, sections=(block.section,)) for block in layout]
    specification = replace(a_specification(organization_id=mill.id), tickets=types, venue_id=venue.id)
    return (await office.services.events.create(root, specification)).event.id


@pytest.mark.parametrize("path", ["/", "/e/{}", "/e/{}/hall"])
async def test_a_first_page_is_light(browser: httpx.AsyncClient, seated: EventId, path: str) -> None:
    everything, _ = await weight(browser, path.format(seated))

    assert everything <= PAGE_MOST


@pytest.mark.parametrize("path", ["/", "/e/{}", "/e/{}/hall", "/e/{}/hall/1"])
async def test_no_page_needs_many_scripts(browser: httpx.AsyncClient, seated: EventId, path: str) -> None:
    _, scripts = await weight(browser, path.format(seated))

    assert scripts <= SCRIPTS_MOST


@pytest.mark.parametrize("name", ["", "ann"])
async def test_the_first_view_of_a_section_is_light_as_it_is_sent(
    browser: httpx.AsyncClient, office: Office, seated: EventId, name: str
) -> None:
    if name:
        await office.person(name)
        await log_in(browser, name)

    everything, _ = await weight(browser, f"/e/{seated}/hall/1", "gzip")

    assert everything <= PAGE_MOST
