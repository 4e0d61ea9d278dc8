"""`booked migrate`"""

import asyncio

import click

from booked.adapters.postgres.migrations import migrate
from booked.cli.setup import data_dir_option, load_settings, open_stores, stdout


@click.command("migrate")
@data_dir_option
def command(data_dir: str | None) -> None:
    """Bring the database's tables up to date. Several may try at once: one does, the others wait."""
    with open_stores(load_settings(errand=True, data_dir=data_dir)) as settings:
        applied = asyncio.run(migrate(settings.stores()[0], pooled=settings.database_pooled))
    for migration in applied:
        stdout.print(f"Applied {migration}.", highlight=False)
    stdout.print("The database's tables are up to date.")
