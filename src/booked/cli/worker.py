"""`booked worker`"""

import asyncio

import click
import uvloop

from booked import worker
from booked.adapters.redis.eviction import require_no_eviction
from booked.cli.lifeline import follow_parent, lifeline_option
from booked.cli.setup import data_dir_option, load_settings, open_box_office


@click.command("worker")
@data_dir_option
@lifeline_option
def command(data_dir: str | None, lifeline: bool) -> None:
    """Run one more background worker: it makes offers to the waitlist, resolves old claims and audits.

    Any number may run; they take turns. `booked serve` has one already.
    """
    settings = load_settings(data_dir=data_dir)
    if lifeline:
        # The parent sees to the stores and their tables, perhaps even later than now.
        follow_parent()
        uvloop.run(worker.run(settings))
        return
    with open_box_office(settings) as running:
        asyncio.run(require_no_eviction(running.stores()[1], running.redis_timeout))
        uvloop.run(worker.run(running))
