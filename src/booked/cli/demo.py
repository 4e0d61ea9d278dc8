"""`booked demo`"""

import asyncio
from datetime import UTC, datetime

import click
from rich.table import Table

from booked.bootstrap import open_services
from booked.cli.setup import data_dir_option, load_settings, open_box_office, progress, stdout
from booked.demo import Demo, Introduction
from booked.demo.programme import programme
from booked.settings import Settings


@click.command("demo")
@data_dir_option
def command(data_dir: str | None) -> None:
    """Fill the box office with venues, events, people and bookings to look at.

    Doing it again adds what is missing.
    """
    with open_box_office(load_settings(errand=True, data_dir=data_dir)) as settings:
        introduction = asyncio.run(_demonstrate(settings))
    table = Table("Name", "Role", "E-mail address", "Password", title="Logins")
    for login in introduction.logins:
        table.add_row(login.name, login.role, login.email, login.password)
    stdout.print(table)


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
