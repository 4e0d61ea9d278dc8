"""The demo as visitors find it: `booked serve --demo`, and who can log in."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from booked.demo.logins import password_of
from tests.running import serving

SECRET = "s" * 32
SETTINGS = {"BOOKED_JWT_SECRET": SECRET}


@dataclass(frozen=True, slots=True)
class Site:
    url: str

    def password(self, name: str) -> str:
        """Return the password of somebody in the demo, such as Ann."""
        return password_of(SECRET, f"demo login of {name}")


@contextmanager
def opened(directory: Path) -> Iterator[Site]:
    with serving(directory, "--demo", settings=SETTINGS) as service:
        yield Site(service.url)
