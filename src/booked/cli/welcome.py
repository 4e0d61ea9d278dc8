"""What `booked serve` says when it is open."""

from collections.abc import Sequence

from rich.panel import Panel
from rich.table import Table

from booked.demo import Login
from booked.settings import Settings


def welcome(settings: Settings, stores: str, logins: Sequence[Login]) -> Panel:
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::", "localhost"} else settings.host  # noqa: S104
    address = f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"
    facts = Table.grid(padding=(0, 2))
    facts.add_row("Try it", f"[bold]{address}/docs[/bold]")
    facts.add_row("API", address)
    facts.add_row("Stores", stores)
    for login in logins:
        facts.add_row(f"{login.name}, {login.role}", f"{login.email}  {login.password}")
    facts.add_row("Close", "Ctrl-C")
    return Panel(facts, title="Booked is open", border_style="green", expand=False, padding=(1, 2))
