"""`booked create-admin`"""

import asyncio

import click

from booked.bootstrap import open_services
from booked.cli.setup import data_dir_option, load_settings, open_box_office, stdout
from booked.domain.model.people.users import User
from booked.settings import Settings


@click.command("create-admin")
@click.option("--email", prompt="E-mail address", help="Asked for if absent, like the other two.")
@click.option("--name", prompt="Name", help="For a new account.")
@click.option("--password", prompt="Password", hide_input=True, confirmation_prompt=True)
@data_dir_option
def command(email: str, name: str, password: str, data_dir: str | None) -> None:
    """Make an account with the admin role.

    If there is an account with this e-mail address, it gets the role and the password; tokens it has end.
    """
    with open_box_office(load_settings(errand=True, data_dir=data_dir)) as settings:
        admin = asyncio.run(_ensure_admin(settings, name, email, password))
    stdout.print(f"{admin.email} is an admin.", highlight=False, markup=False)


async def _ensure_admin(settings: Settings, name: str, email: str, password: str) -> User:
    async with open_services(settings) as services:
        return await services.accounts.ensure_admin(name, email, password)
