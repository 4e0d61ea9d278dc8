"""`booked seed`"""

import asyncio
import secrets
import sys
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import click
import uvloop
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from booked.bootstrap import open_maintenance, open_services
from booked.cli.setup import data_dir_option, load_settings, open_box_office, stderr, stdout
from booked.cli.signals import StopSignals
from booked.demo.fabrication import Amounts, Fabrication, Impossible
from booked.demo.logins import password_of
from booked.demo.seeding import Kind, Seeding
from booked.domain.model.figures.analytics import ON_SALE
from booked.settings import Settings

PATIENCE = timedelta(minutes=1)  # everybody waits for everybody else, and nobody is to give up
LOOK_AGAIN_AFTER = 0.1  # seconds, for the progress bar
LINE_EVERY = 10.0  # seconds, where there is no terminal
LAST_STEPS = 5.0  # seconds that what is being made gets to be finished after an interruption
NOTHING = "--users 0 --orgs 0 --venues 0 --cats 0 --events 0 --bookings 0"


@click.command("seed")
@click.option("--users", type=click.IntRange(0, 1_000_000), default=20, show_default=True, help="Who buy tickets.")
@click.option(
    "--orgs",
    type=click.IntRange(0, 10_000),
    default=5,
    show_default=True,
    help="Organizations, each with an organizer.",
)
@click.option("--venues", type=click.IntRange(0, 10_000), default=6, show_default=True, help="Of all sizes.")
@click.option("--cats", type=click.IntRange(0, 1_000), default=6, show_default=True, help="Categories of events.")
@click.option("--events", type=click.IntRange(0, 100_000), default=12, show_default=True, help="Some are drafts.")
@click.option(
    "--bookings",
    type=click.IntRange(0, 100_000_000),
    default=80,
    show_default=True,
    help="Of 1 to 6 tickets each; some are cancelled at once.",
)
@click.option("--random-seed", type=click.IntRange(0), help="With the same number, the same things are made up again.")
@click.option("--flush", is_flag=True, help="First remove everything but admins and API keys.")
@click.option("--yes", is_flag=True, help="Do not ask whether to flush.")
@data_dir_option
def command(
    *,
    users: int,
    orgs: int,
    venues: int,
    cats: int,
    events: int,
    bookings: int,
    random_seed: int | None,
    flush: bool,
    yes: bool,
    data_dir: str | None,
) -> None:
    """Fill the box office with as many made-up people, events and bookings as you like.

    They are made as people would make them, so that every rule holds, also while Booked is running. Without --flush
    they come on top of what is there; with it, sales under way end as if their events had been withdrawn.
    """
    if flush and not yes and not sys.stdin.isatty():
        raise click.UsageError("--flush removes everything but admins. Where nobody can be asked, say so with --yes.")
    amounts = {"users": users, "organizations": orgs, "venues": venues, "categories": cats, "events": events}
    chosen = secrets.randbelow(1_000_000) if random_seed is None else random_seed
    settings = load_settings(errand=True, data_dir=data_dir)
    try:
        fabrication = Fabrication(
            chosen,
            Amounts(**amounts, bookings=bookings),
            datetime.now(UTC),
            settings.tickets_per_user,
            settings.held_per_user,
        )
    except Impossible as refusal:
        raise click.UsageError(str(refusal)) from refusal
    with StopSignals() as signals:
        try:
            with open_box_office(settings) as running:
                if flush:
                    _flush(running, _place(settings), yes)
                seeding = uvloop.run(fill(running, fabrication, signals))
        except KeyboardInterrupt:
            stderr.print("Interrupted before anything was made.")
            raise click.exceptions.Exit(signals.exit_status) from None
    if seeding.stopped:
        _tell_what_stays(seeding)
        raise click.exceptions.Exit(signals.exit_status)
    _report(seeding)


def _place(settings: Settings) -> str:
    """Return which database it is, without a password."""
    if settings.embedded:
        return str(settings.data_dir.absolute())
    url = urlsplit(settings.stores()[0])
    return f"{url.hostname or 'this machine'}{url.path}"


def _flush(settings: Settings, place: str, sure: bool) -> None:
    if not sure:
        events, tickets = asyncio.run(_on_sale(settings))
        click.confirm(
            f"This removes everything but admins and API keys from {place}, "
            f"where {events} events are on sale and {tickets} of their tickets sold. Go on?",
            abort=True,
        )
    asyncio.run(_clear(settings))


async def _on_sale(settings: Settings) -> tuple[int, int]:
    """Return how many events are on sale, and how many of their tickets are sold."""
    async with open_services(settings) as services:
        sales = await services.analytics.sales(ON_SALE)
        return len(sales), sum(event.sold for event in sales)


async def _clear(settings: Settings) -> None:
    async with open_maintenance(settings) as services:
        await services.clearance.clear()


async def fill(settings: Settings, fabrication: Fabrication, signals: StopSignals) -> Seeding:
    """Make all of it, or what was made until a signal came. Return what was made."""
    password = password_of(settings.signing_secret(), "everybody who was made up")
    patient = replace(settings, database_timeout=PATIENCE, redis_timeout=PATIENCE)
    async with open_services(patient) as services:
        seeding = Seeding(services, fabrication, password)
        watcher = asyncio.create_task(_draw(seeding) if stderr.is_terminal else tell(seeding))
        try:
            await _run_until_stopped(seeding, signals)
        finally:
            watcher.cancel()
            with suppress(asyncio.CancelledError):
                await watcher
        return seeding


async def _run_until_stopped(seeding: Seeding, signals: StopSignals) -> None:
    loop = asyncio.get_running_loop()
    work = asyncio.create_task(seeding.run())

    def stop() -> None:
        seeding.stopped = True
        loop.call_later(LAST_STEPS, work.cancel)

    with signals.calling(lambda: loop.call_soon_threadsafe(stop)):
        try:
            await work
        except asyncio.CancelledError:
            if not seeding.stopped:
                raise


async def _draw(seeding: Seeding) -> None:
    """Show bars of how far it is, until cancelled."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=stderr, transient=True) as progress:
        bars = {kind: progress.add_task(kind, total=goal) for kind, goal in seeding.goals.items() if goal}
        while True:
            for kind, bar in bars.items():
                progress.update(bar, completed=seeding.made[kind])
            await asyncio.sleep(LOOK_AGAIN_AFTER)


async def tell(seeding: Seeding) -> None:
    """Tell in a log what is being made, every now and then, until cancelled."""
    while True:
        await asyncio.sleep(LINE_EVERY)
        for kind, goal in seeding.goals.items():
            if 0 < seeding.made[kind] < goal:
                stderr.print(f"{kind}: {seeding.made[kind]:,} of {goal:,}", highlight=False)


def _made(seeding: Seeding) -> Table:
    made = Table("Made", "How many", "Of these")
    made.columns[1].justify = "right"
    remarks = {Kind.EVENTS: f"drafts: {seeding.drafts:,}", Kind.BOOKINGS: f"cancelled: {seeding.cancelled:,}"}
    for kind in seeding.goals:
        made.add_row(kind, f"{seeding.made[kind]:,}", remarks.get(kind, ""))
    made.add_row("Tickets", f"{seeding.tickets:,}")
    return made


def _tell_what_stays(seeding: Seeding) -> None:
    """Say what an interruption leaves behind, and what to do about it."""
    stdout.print(_made(seeding))
    for line in (
        "Interrupted. What was made stays, and can be used as it is.",
        "To make more, run the command again: it adds to what is there.",
        f"To start over: booked seed --flush --random-seed {seeding.fabrication.random_seed}, with the same amounts.",
        f"To remove it: booked seed --flush {NOTHING}",
        "With --flush, everything but admins and API keys is removed first.",
    ):
        stdout.print(line, highlight=False, soft_wrap=True)


def _report(seeding: Seeding) -> None:
    stdout.print(_made(seeding))
    if seeding.made[Kind.BOOKINGS]:
        rate = seeding.made[Kind.BOOKINGS] / seeding.selling_seconds
        stdout.print(f"{rate:,.0f} bookings a second.", highlight=False)
    stdout.print(f"The same again: --random-seed {seeding.fabrication.random_seed}", highlight=False)
    # In lines, where nothing is cut off and everything can be copied.
    logins = seeding.logins()
    for login in logins:
        stdout.print(f"Log in as {login.email}, {login.role}, with {login.password}", highlight=False, soft_wrap=True)
    if logins:
        stdout.print("Everybody else who was made up has the same password.")
