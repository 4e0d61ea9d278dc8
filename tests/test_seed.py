"""`booked seed`: what it makes, and how it is used."""

import asyncio
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import asyncpg
import httpx
import pytest
from click.testing import CliRunner

from booked.adapters.embedded import embedded_servers
from booked.bootstrap import open_maintenance, open_services
from booked.cli import seed
from booked.cli.signals import StopSignals
from booked.demo.fabrication import Amounts, Fabrication
from booked.demo.seeding import Kind, Seeding
from booked.domain.errors import InvalidOrganization
from booked.domain.model.people.users import Role
from booked.settings import Settings
from tests.running import PATIENCE, booked, environment, eventually, serving
from tests.servers import fresh_directory

TODAY = datetime.now(UTC)
AMOUNTS = Amounts(users=8, organizations=2, venues=3, categories=4, events=11, bookings=60)
PASSWORD = "correct horse"


@dataclass(frozen=True, slots=True)
class Filled:
    """A box office of a test's own to fill, and to look into past every adapter."""

    settings: Settings

    async def seed(self, random_seed: int = 7, amounts: Amounts = AMOUNTS) -> Seeding:
        limits = self.settings.tickets_per_user, self.settings.held_per_user
        return await seed.fill(self.settings, Fabrication(random_seed, amounts, TODAY, *limits), StopSignals())

    async def clear(self) -> None:
        async with open_maintenance(self.settings) as services:
            await services.clearance.clear()

    async def fetch(self, statement: str) -> list[tuple[Any, ...]]:
        connection = await asyncpg.connect(self.settings.database_url)
        rows = await connection.fetch(statement)
        await connection.close()
        return [tuple(row) for row in rows]

    async def count(self, table: str) -> int:
        [(count,)] = await self.fetch(f"SELECT count(*) FROM {table}")
        return int(count)

    async def counts(self) -> list[int]:
        tables = ("users", "organizations", "venues", "categories", "events", "bookings")
        return [await self.count(table) for table in tables]

    async def contents(self) -> list[list[tuple[Any, ...]]]:
        """Everything but ids and what follows from them, in an order that does not depend on them."""
        statements = (
            "SELECT first_name, last_name, email, role FROM users ORDER BY email",
            "SELECT name, description FROM organizations ORDER BY name, description",
            "SELECT name, address, city, country, capacity, layout FROM venues ORDER BY name, address",
            "SELECT name FROM categories ORDER BY name",
            """
            SELECT name, starts_at, address, artist, tour_name, status, currency, seat_count, sold, revenue,
                   ticket_limit, (SELECT count(*) FROM bookings WHERE event_id = events.id)
            FROM events
            ORDER BY starts_at, name, seat_count
            """,
        )
        return [await self.fetch(statement) for statement in statements]


@pytest.fixture
def filled(database_url: str, redis_url: str) -> Filled:
    return Filled(Settings(database_url=database_url, redis_url=redis_url, jwt_secret="s" * 32))


async def test_it_makes_as_much_as_was_asked_for_and_both_stores_agree(filled: Filled) -> None:
    seeding = await filled.seed()

    assert seeding.made == seeding.goals
    assert await filled.counts() == [8 + 2, 2, 3, 4, 11, 60]  # each organization has an organizer
    assert await filled.count("events WHERE status = 'draft'") == seeding.drafts == 1
    assert await filled.count("tickets") == seeding.tickets
    assert await filled.count("bookings WHERE standing = 0") == seeding.cancelled
    async with open_maintenance(filled.settings) as services:
        verification = services.verification
        reports = [await verification.verify(event_id) for event_id in await verification.events()]
    assert len(reports) == 10
    assert not [report for report in reports if report.findings or report.cold]


async def test_every_rule_holds_for_what_is_made_up(filled: Filled) -> None:
    await filled.seed()

    assert 0 < await filled.count("events WHERE ticket_limit IS NOT NULL") < 11
    assert await filled.count("event_buyers JOIN events ON id = event_id WHERE tickets > events.ticket_limit") == 0
    assert await filled.count("events WHERE status = 'draft' AND sold > 0") == 0
    paid = """
        tickets JOIN ticket_types AS type ON type.event_id = tickets.event_id AND type.number = type_number
        WHERE tickets.price = CASE WHEN early_until > booked_at THEN early_price ELSE type.price END
    """
    assert await filled.count(paid) == await filled.count("tickets")
    assert await filled.count("tickets JOIN ticket_types AS type USING (event_id) WHERE early_until > booked_at") > 0
    earned = "(SELECT sum(price) FROM tickets WHERE event_id = events.id AND cancelled_at IS NULL)"
    assert await filled.count(f"events WHERE revenue <> coalesce({earned}, 0)") == 0


async def test_the_operators_limits_hold_for_what_is_made_up(filled: Filled) -> None:
    limited = replace(filled, settings=replace(filled.settings, tickets_per_user=40, held_per_user=3))

    await limited.seed(amounts=Amounts(users=4, organizations=1, venues=2, categories=1, events=3, bookings=60))

    assert await filled.count("bookings") == 60
    assert await filled.count("events WHERE ticket_limit = 40") > 0
    assert await filled.fetch("SELECT max(standing) FROM bookings") == [(3,)]
    assert await filled.count("event_buyers JOIN events ON id = event_id WHERE tickets > events.ticket_limit") == 0


async def test_seats_that_are_bought_together_are_next_to_each_other(filled: Filled) -> None:
    await filled.seed()

    seated = """
        SELECT array_agg(number ORDER BY number), min(first), min(seats_per_row)
        FROM tickets
        JOIN blocks USING (event_id, type_number)
        WHERE section IS NOT NULL AND number BETWEEN first AND last
        GROUP BY booking_id
    """
    parties = await filled.fetch(seated)
    assert [numbers for numbers, _, _ in parties if len(numbers) > 1]
    for numbers, first, seats_per_row in parties:
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        assert len({(number - first) // seats_per_row for number in numbers}) == 1


async def test_the_same_random_seed_makes_the_same_again(filled: Filled) -> None:
    await filled.seed(7)
    first = await filled.contents()
    await filled.clear()
    await filled.seed(8)
    another = await filled.contents()
    await filled.clear()

    await filled.seed(7)

    assert all(first)
    assert await filled.contents() == first
    assert all(these != those for these, those in zip(first[:3], another[:3], strict=True))


async def test_once_more_everything_comes_on_top_but_for_people_and_categories(filled: Filled) -> None:
    await filled.seed()

    await filled.seed()

    assert await filled.counts() == [10, 4, 6, 4, 22, 120]


async def test_everybody_shares_a_password_that_is_hashed_once(filled: Filled) -> None:
    seeding = await filled.seed()

    assert await filled.fetch("SELECT count(DISTINCT password_hash) FROM users") == [(1,)]
    organizer, user = seeding.logins()
    async with open_services(filled.settings) as services:
        accounts = [await services.accounts.authenticate(login.email, login.password) for login in (organizer, user)]
        organizations = await services.organizations.page(accounts[0], None, 10)
    assert [account.role for account in accounts] == [Role.ORGANIZER, Role.USER]
    assert len(organizations) == 1


async def test_the_first_failure_ends_it(filled: Filled) -> None:
    fabrication = Fabrication(7, AMOUNTS, TODAY)
    fabrication.companies[1] = replace(fabrication.companies[1], name="")

    with pytest.raises(InvalidOrganization, match="The name is empty"):
        await seed.fill(filled.settings, fabrication, StopSignals())

    assert await filled.count("users WHERE email LIKE '%example.org'") == 0


@dataclass(frozen=True, slots=True)
class Stores:
    data_dir: Path
    database_url: str
    redis_url: str

    @property
    def option(self) -> str:
        return f"--data-dir={self.data_dir}"

    @property
    def filled(self) -> Filled:
        return Filled(Settings(database_url=self.database_url, redis_url=self.redis_url, jwt_secret="s" * 32))


@pytest.fixture(scope="module")
def stores() -> Iterator[Stores]:
    """Stores that run in a data directory, to which commands attach; there is an admin."""
    with fresh_directory() as data_dir, embedded_servers(data_dir, durable=False) as servers:
        stores = Stores(data_dir, servers.database_url, servers.redis_url)
        admin = ["--email=root@example.com", "--name=Root", f"--password={PASSWORD}"]
        assert booked("create-admin", *admin, stores.option).returncode == 0
        yield stores


async def test_it_tells_what_it_made_and_how_to_make_the_same_again(stores: Stores) -> None:
    done = booked("seed", "--flush", "--yes", "--events=10", "--bookings=30", stores.option)

    assert done.returncode == 0, done.stderr
    rows = {cells[0]: cells[1:] for cells in re.findall(r"│ (\w+) +│ +([\d,]+) │ ([\w: ]*?) *│", done.stdout)}
    assert rows["Events"] == ("10", "drafts: 1")
    assert (rows["Bookings"][0], rows["Users"][0]) == ("30", "20")
    assert int(rows["Tickets"][0]) == await stores.filled.count("tickets")
    assert re.search(r"[\d,]+ bookings a second\.", done.stdout)
    assert re.search(r"--random-seed \d+\n", done.stdout)
    assert re.search(r"Log in as \S+@example\.net, organizer, with \w{4}-\w{4}-\w{4}-\w{4}\n", done.stdout)
    assert re.search(r"Log in as \S+@example\.org, user, with \w{4}-\w{4}-\w{4}-\w{4}\n", done.stdout)


def start_seeding(stores: Stores) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "booked", "seed", "--users=500", "--bookings=50000", "--random-seed=7", stores.option],
        env=environment({}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_interrupted_it_says_what_stays_and_how_to_go_on_or_remove_it(
    stores: Stores, number: signal.Signals
) -> None:
    assert booked("seed", "--flush", "--yes", *seed.NOTHING.split(), stores.option).returncode == 0
    command = start_seeding(stores)
    while not await stores.filled.count("bookings"):
        assert command.poll() is None, command.communicate()
        await asyncio.sleep(0.05)

    command.send_signal(number)
    told, complaints = command.communicate(timeout=PATIENCE)

    assert command.returncode == 128 + number, complaints
    made = {what: int(count.replace(",", "")) for what, count in re.findall(r"│ (\w+) +│ +([\d,]+) │", told)}
    assert 0 < made["Bookings"] == await stores.filled.count("bookings") < 100_000
    assert made["Tickets"] == await stores.filled.count("tickets")
    assert "What was made stays" in told
    assert "To start over: booked seed --flush --random-seed 7" in told
    assert f"To remove it: booked seed --flush {seed.NOTHING}\n" in told


async def test_flush_keeps_admins_and_api_keys_and_that_is_all(stores: Stores) -> None:
    assert booked("api-key", "create", "Agency", stores.option).returncode == 0
    nothing = [f"--{what}=0" for what in ("users", "orgs", "venues", "cats", "events", "bookings")]

    done = booked("seed", "--flush", "--yes", *nothing, stores.option)

    assert done.returncode == 0, done.stderr
    assert await stores.filled.counts() == [1, 0, 0, 0, 0, 0]
    assert await stores.filled.fetch("SELECT email FROM users") == [("root@example.com",)]
    assert await stores.filled.fetch("SELECT name FROM api_keys") == [("Agency",)]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--flush"], "say so with --yes"),
        (["--flush", "--yes", "--venues=0"], "Events need a venue."),
        (["--flush", "--yes", "--orgs=0"], "Venues, categories and events need an organization."),
        (["--flush", "--yes", "--users=0"], "Bookings need an event and a user."),
        (["--flush", "--yes", "--bookings=90000000"], "No event has room for so many bookings. Make more events."),
        (["--flush", "--yes", "--users=-1"], "-1 is not in the range"),
        (["--flush", "--yes", "--random-seed=x"], "'x' is not a valid integer"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_is_removed(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], complaint: str
) -> None:
    monkeypatch.setattr(seed, "open_box_office", lambda _: pytest.fail("the stores were opened"))

    refusal = CliRunner().invoke(seed.command, arguments)

    assert refusal.exit_code == 2
    assert complaint in " ".join(refusal.output.split())


async def test_on_a_terminal_it_asks_before_it_flushes_and_shows_how_far_it_is(stores: Stores) -> None:
    assert booked("seed", "--flush", "--yes", stores.option).returncode == 0
    before = await stores.filled.counts()

    refused = at_a_terminal(["seed", "--flush", "--bookings=300", stores.option], "n\n")
    unchanged = await stores.filled.counts()
    agreed = at_a_terminal(["seed", "--flush", "--bookings=300", stores.option], "y\n")

    assert unchanged == before
    assert str(stores.data_dir) in refused
    assert "11 events are on sale" in refused
    assert "Aborted!" in refused
    assert re.search(r"Bookings.*━", agreed)
    assert await stores.filled.count("bookings") == 300


async def test_where_there_is_no_terminal_lines_tell_how_far_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(seed, "LINE_EVERY", 0.001)
    goals = {Kind.USERS: 20, Kind.EVENTS: 0, Kind.BOOKINGS: 1_000_000}
    seeding: Any = SimpleNamespace(goals=goals, made={Kind.USERS: 20, Kind.EVENTS: 0, Kind.BOOKINGS: 120_000})

    telling, told = asyncio.create_task(seed.tell(seeding)), ""
    while told.count("\n") < 3:
        await asyncio.sleep(0.001)
        told += capsys.readouterr().err
    telling.cancel()

    assert set(told.splitlines()) == {"Bookings: 120,000 of 1,000,000"}


def test_while_booked_is_open_it_can_be_flushed_and_filled(directory: Path) -> None:
    with serving(directory) as filled, filled.client() as client:
        ann = {"name": "Ann", "email": "ann@example.com", "password": PASSWORD}
        client.post("/user/register/", json=ann).raise_for_status()
        as_ann = {"Authorization": f"Bearer {client.post('/user/login/', json=ann).json()['token']}"}
        assert client.get("/user/bookings/", headers=as_ann).status_code == 200

        done = booked("seed", "--flush", "--yes", f"--data-dir={directory / '.booked'}")

        assert done.returncode == 0, done.stderr
        assert len(client.get("/api/v1/events/?limit=100").json()["items"]) == 11
        eventually(lambda: client.get("/user/bookings/", headers=as_ann).status_code == 401, "her token is void")
        organizer, user = (
            log_in(client, *login) for login in re.findall(r"Log in as (\S+), \w+, with (\S+)", done.stdout)
        )
        bookings = client.get("/api/v1/bookings/", headers=user).json()["items"]
        assert bookings
        assert all(re.fullmatch(r"\w{4}-\w{4}", booking["code"]) for booking in bookings)
        assert client.get("/api/v1/analytics/events/", headers=organizer).status_code == 200


def log_in(client: httpx.Client, email: str, password: str) -> dict[str, str]:
    reply = client.post("/api/auth/jwt/create/", json={"email": email, "password": password})
    return {"Authorization": f"Bearer {reply.json()['access']}"}


def at_a_terminal(arguments: list[str], answer: str) -> str:
    """What a command writes to a terminal at which somebody answers."""
    ours, theirs = pty.openpty()
    command = subprocess.Popen(
        [sys.executable, "-m", "booked", *arguments],
        env=environment({"TERM": "xterm", "COLUMNS": "200"}),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    os.write(ours, answer.encode())
    written = b""
    deadline = time.monotonic() + PATIENCE
    try:
        while time.monotonic() < deadline and select.select([ours], [], [], PATIENCE)[0]:
            try:
                written += os.read(ours, 65536)
            except OSError:  # nobody writes to it any more
                break
        command.wait(PATIENCE)
    finally:
        command.kill()
        os.close(ours)
    return written.decode()
