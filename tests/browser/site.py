"""The demo as visitors find it: `booked serve --demo`, and who can log in."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx

from booked.demo.logins import password_of
from booked.demo.programme import programme
from tests.running import PATIENCE, serving

SECRET = "s" * 32
SETTINGS = {"BOOKED_JWT_SECRET": SECRET}


@dataclass(frozen=True, slots=True)
class Site:
    url: str

    def password(self, name: str) -> str:
        """Return the password of somebody in the demo, such as Ann."""
        return password_of(SECRET, f"demo login of {name}")

    @property
    def hall(self) -> str:
        """Return the path of an event with seats to choose from."""
        artist = programme(datetime.now(UTC)).seated.artist
        reply = httpx.get(f"{self.url}/api/v1/events/", params={"artist": artist}, timeout=PATIENCE)
        return f"/e/{reply.json()['items'][0]['id']}"


@contextmanager
def opened(directory: Path) -> Iterator[Site]:
    with serving(directory, "--demo", settings=SETTINGS) as service:
        yield Site(service.url)


@asynccontextmanager
async def as_organizer(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    """Send requests to the API as Lea, who puts on events."""
    async with httpx.AsyncClient(base_url=site.url, timeout=PATIENCE) as client:
        login = {"email": "lea@example.com", "password": site.password("Lea")}
        token = (await client.post("/user/login/", json=login)).raise_for_status().json()["token"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield client
