"""What `booked serve` says when it is open."""

from collections.abc import Iterator, Sequence

from rich.panel import Panel
from rich.table import Table

from booked.demo import Introduction, Login
from booked.settings import Settings

# Lines to copy, hence without a frame. Everybody comes at the same moment: ten are told 201, five 400.
RUSH = """
Sell ten tickets to fifteen people at once:
  EVENT=$(curl -s {address}/events -H 'Content-Type: application/json' \\
    -d '{{"name": "Rush", "total_tickets": 10}}' | cut -d'"' -f4)
  for user in $(seq 15); do
    curl -s -o /dev/null -w '%{{http_code}}\\n' {address}/events/$EVENT/bookings \\
      -H 'Content-Type: application/json' -d '{{"user_id": "user'$user'", "ticket_count": 1}}' &
  done; wait
"""
SEATS = """
Look at the seats of a theatre:
  curl -s "{address}/api/v1/events/{event}/seats/?section=Stalls&row=T"
"""


def welcome(settings: Settings, stores: str, logins: Sequence[Login]) -> Panel:
    address = _address(settings)
    facts = Table.grid(padding=(0, 2))
    facts.add_row("Shop", f"[bold]{address}[/bold]")
    facts.add_row("API", f"{address}/docs")
    facts.add_row("Stores", stores)
    if settings.counter == "open":
        facts.add_row("Box office", "open to everybody, without an API key")
    for login in logins:
        facts.add_row(f"{login.name}, {login.role}", f"{login.email}  {login.password}")
    facts.add_row("Close", "Ctrl-C")
    return Panel(facts, title="Booked is open", border_style="green", expand=False, padding=(1, 2))


def things_to_try(settings: Settings, introduction: Introduction) -> Iterator[str]:
    """Yield commands for a second terminal, if there is a demo to try them on."""
    if introduction.seated_event is None:
        return
    yield SEATS.format(address=_address(settings), event=introduction.seated_event)
    if settings.counter == "open":
        yield RUSH.format(address=_address(settings))


def _address(settings: Settings) -> str:
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"
