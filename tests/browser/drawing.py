"""How long a browser takes to draw a hall of 20,000 seats: `python -m tests.browser.drawing` prints it.

Goals are 100 ms for the whole hall and 16 ms, a frame, for a change of one seat.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from statistics import median

import httpx
from playwright.async_api import Page

from tests.browser.chromium import MISSING, chromium
from tests.browser.site import Site, opened
from tests.browser.windows import Windows
from tests.running import PATIENCE
from tests.servers import fresh_directory

TIMES = 20
LAYOUT = [{"section": f"Block {number}", "rows": 40, "seats_per_row": 50} for number in range(1, 11)]
SEATS = 20_000

# overview.js leaves a measure for a browser's tools, which replaces the one before.
NEWER = """([name, start]) => {
  const measure = performance.getEntriesByName(name).at(-1);
  return measure && measure.startTime > start ? [measure.startTime, measure.duration] : null;
}"""


@asynccontextmanager
async def somebody(site: Site, name: str) -> AsyncIterator[httpx.AsyncClient]:
    """Open a client of the resource API as somebody of the demo."""
    async with httpx.AsyncClient(base_url=f"{site.url}/api/", timeout=PATIENCE) as client:
        login = {"email": f"{name.lower()}@example.com", "password": site.password(name)}
        token = (await made(client, "auth/jwt/create/", login, 200))["access"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


async def made(client: httpx.AsyncClient, path: str, body: object, status: int = 201) -> dict[str, str]:
    reply = await client.post(path, json=body)
    assert reply.status_code == status, reply.text
    made: dict[str, str] = reply.json()
    return made


async def put_on(admin: httpx.AsyncClient) -> str:
    """Return the id of an event in a hall that is as large as wanted."""
    place = {"address": "Mill Lane 1", "city": "York", "country": "United Kingdom"}
    organization = (await made(admin, "v1/organizations/", {"name": "The Large Hall"}))["id"]
    hall = {"name": "Large Hall", "capacity": SEATS, "organization_id": organization, "layout": LAYOUT, **place}
    event = {
        "name": "Twenty thousand",
        "organization_id": organization,
        "venue_id": (await made(admin, "v1/venues/", hall))["id"],
        "starts_at": "2035-06-01T19:30:00Z",
        "ticket_types": [{"name": "Seat", "price": "19.90", "sections": [block["section"] for block in LAYOUT]}],
        "status": "PUBLISHED",
    }
    return (await made(admin, "v1/events/", event))["id"]


async def durations(page: Page, name: str, act: Callable[[], Awaitable[object]]) -> list[float]:
    """Do something again and again. Return how many milliseconds the page measured each time."""
    found, start = [], await page.evaluate("performance.now()")
    for _ in range(TIMES):
        await act()
        start, duration = await (await page.wait_for_function(NEWER, arg=[name, start])).json_value()
        found.append(duration)
    return found


async def measure(page: Page, site: Site) -> dict[str, list[float]]:
    async with somebody(site, "Ada") as admin, somebody(site, "Ben") as buyer:
        event = await put_on(admin)
        await page.goto(f"/e/{event}/hall")
        await page.wait_for_function(NEWER, arg=["hall drawn", 0])
        await page.locator("#canvas").focus()
        held: list[str] = []

        async def change() -> None:
            """Hold a seat, or give the one that is held back."""
            if held:
                reply = await buyer.delete(f"v1/reservations/{held.pop()}/")
                assert reply.is_success, reply.text
            else:
                held.append((await made(buyer, "v1/reservations/", {"event_id": event, "num_tickets": 1}))["id"])

        return {
            "the whole hall": await durations(page, "hall drawn", lambda: page.keyboard.press("0")),
            "one seat that changes": await durations(page, "hall changed", change),
        }


async def main() -> None:
    with fresh_directory() as directory, opened(directory) as site:
        async with chromium() as browser:
            if browser is None:
                raise SystemExit(f"Nothing can be drawn: {MISSING}.")
            windows = Windows(browser, site.url)
            found = await measure(await windows.open(), site)
            await windows.close()
    for what, times in found.items():
        print(f"{what}: median {median(times):.1f} ms, most {max(times):.1f} ms, {TIMES} times")


if __name__ == "__main__":
    asyncio.run(main())
