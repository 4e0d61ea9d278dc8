"""`booked grant`"""

import asyncio

import click

from booked.bootstrap import open_maintenance
from booked.cli.setup import data_dir_option, load_settings, open_box_office
from booked.domain.model.people.users import Role, User
from booked.settings import Settings


@click.command("grant")
@click.argument("email")
@click.argument("role", type=click.Choice([role.value for role in Role]))
@data_dir_option
def command(email: str, role: str, data_dir: str | None) -> None:
    """Give an account a role.

    EMAIL is the address of the account. A change of role ends its tokens, so its owner has to log in again.
    """
    with open_box_office(load_settings(errand=True, data_dir=data_dir)) as settings:
        user = asyncio.run(_grant(settings, email, Role(role)))
    click.echo(f"{user.email} has the role {user.role}. If that is new, they have to log in again.")


async def _grant(settings: Settings, email: str, role: Role) -> User:
    async with open_maintenance(settings) as services:
        return await services.accounts.grant_to(email, role)
