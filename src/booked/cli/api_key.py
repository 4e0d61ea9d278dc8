"""`booked api-key`"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from booked.bootstrap import open_maintenance
from booked.cli.setup import data_dir_option, load_settings, open_box_office, stdout
from booked.domain.model.ids import ApiKeyId, parse_uuid
from booked.domain.model.people.api_keys import ApiKey
from booked.domain.services.people.api_keys import ApiKeyService

T = TypeVar("T")

ID_LENGTH = 36
WIDTH_FOR_PROGRAMS = 400


@click.group("api-key")
def command() -> None:
    """Make, list and revoke keys for programs that sell and book at /events and /bookings.

    Every key has users and bookings of its own.
    """


@command.command("create")
@click.argument("name")
@data_dir_option
def create(name: str, data_dir: str | None) -> None:
    """Make a key, and print it: it cannot be shown again. NAME is for you to know it by."""
    key, text = _ask(lambda api_keys: api_keys.create(name), data_dir)
    click.echo(text)
    click.echo(f"This is the only time that the key {key.id} is shown.", err=True)


@command.command("list")
@data_dir_option
def list_(data_dir: str | None) -> None:
    """List all keys, and when they were used last."""
    table = Table(box=None, pad_edge=False)
    table.add_column("Id", no_wrap=True, min_width=ID_LENGTH)
    for heading in ("Name", "Begins with", "Made", "Last used", "Revoked"):
        table.add_column(heading, overflow="fold")
    for key in _ask(lambda api_keys: api_keys.all(), data_dir):
        table.add_row(*_cells(key))
    # A key is a line where programs read.
    console = stdout if stdout.is_terminal else Console(width=WIDTH_FOR_PROGRAMS)
    console.print(table)


@command.command("revoke")
@click.argument("key_id", metavar="ID")
@data_dir_option
def revoke(key_id: str, data_dir: str | None) -> None:
    """Revoke a key, at once and for ever."""
    known = ApiKeyId(parse_uuid(key_id))
    if not _ask(lambda api_keys: api_keys.revoke(known), data_dir):
        raise click.ClickException("There is no API key with this id. See: booked api-key list")
    click.echo(f"{known} is revoked.")


def _ask(question: Callable[[ApiKeyService], Awaitable[T]], data_dir: str | None) -> T:
    with open_box_office(load_settings(errand=True, data_dir=data_dir)) as settings:

        async def answer() -> T:
            async with open_maintenance(settings) as services:
                return await question(services.api_keys)

        return asyncio.run(answer())


def _cells(key: ApiKey) -> tuple[Text, ...]:
    made = f"{key.created_at:%Y-%m-%d}"
    last_used = key.last_used_on.isoformat() if key.last_used_on else "never"
    revoked = f"{key.revoked_at:%Y-%m-%d}" if key.revoked_at else ""
    return Text(key.id), Text(key.name), Text(f"{key.prefix}…"), Text(made), Text(last_used), Text(revoked)
