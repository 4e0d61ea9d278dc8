"""`booked demo`"""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import click
from rich.table import Table

from booked.adapters.system.clock import SystemClock
from booked.bootstrap import open_services
from booked.cli.setup import data_dir_option, load_settings, open_box_office, progress, stdout
from booked.cli.signals import StopSignals, until_stopped
from booked.demo import Demo, Introduction
from booked.demo.live import Bounds, LiveSale
from booked.demo.programme import programme
from booked.settings import Settings


@click.command("demo")
@click.option("--live", is_flag=True, help="Then let people buy who do not exist, so that seats fill while you watch.")
@click.option("--minutes", type=click.IntRange(1, 60), default=10, show_default=True, help="How long they buy at most.")
@click.option("--visits", type=click.IntRange(1, 10_000), default=1_000, show_default=True, help="And how often.")
@data_dir_option
def command(*, live: bool, minutes: int, visits: int, data_dir: str | None) -> None:
    """Fill the box office with venues, events, people and bookings to look at.

    Doing it again adds what is missing. With --live people go on buying; Ctrl-C ends that at once.
    """
    with open_box_office(load_settings(errand=True, data_dir=data_dir)) as settings:
        _tell(asyncio.run(_demonstrate(settings)))
        if live:
            bounds = Bounds(visits, timedelta(minutes=minutes))
            with suppress(KeyboardInterrupt), StopSignals() as signals:
                asyncio.run(until_stopped(_sell(settings, bounds), signals))


async def _demonstrate(settings: Settings) -> Introduction:
    async with open_services(settings) as services:
        scene = Demo(services, settings.signing_secret(), programme(datetime.now(UTC)))
        await perform(scene)
        return await scene.introduction()


async def perform(scene: Demo) -> None:
    """Go through all of it, with a progress bar."""
    with progress() as bar:
        for step in bar.track(scene.steps(), description="Setting the stage"):
            await step()


def _tell(introduction: Introduction) -> None:
    table = Table("Name", "Role", "E-mail address", "Password", title="Logins")
    for login in introduction.logins:
        table.add_row(login.name, login.role, login.email, login.password)
    stdout.print(table)


async def _sell(settings: Settings, bounds: Bounds) -> None:
    """Let people buy, and say what came of it, however it ends."""
    async with open_services(settings) as services:
        scene = Demo(services, settings.signing_secret(), programme(datetime.now(UTC)))
        buyers, favourite = await scene.audience.arrive(), (await scene.introduction()).seated_event
        sale = LiveSale(services, SystemClock(), buyers, favourite, bounds)
        stdout.print("People are buying. Watch the shop, a hall or the office; Ctrl-C ends it.")
        try:
            await sale.run()
        finally:
            stdout.print(
                f"{sale.booked} bookings of {sale.tickets} tickets. {sale.given_back} gave back what they held.",
                highlight=False,
            )
