"""`booked worker`"""

import asyncio
from contextlib import nullcontext

import click
import uvloop

from booked import worker
from booked.adapters.redis.eviction import require_no_eviction
from booked.cli.lifeline import follow_parent, lifeline_option
from booked.cli.setup import data_dir_option, load_settings, open_box_office
from booked.cli.worker_metrics import OPTION, shown_metrics


@click.command("worker")
@data_dir_option
@click.option(
    OPTION,
    type=click.IntRange(1, 65_535),
    help="Show what it counts at /metrics on this port of BOOKED_HOST, to BOOKED_METRICS_READERS.",
)
@lifeline_option
def command(data_dir: str | None, metrics_port: int | None, lifeline: bool) -> None:
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
        with shown_metrics(running.host, metrics_port, running.metrics_readers) if metrics_port else nullcontext():
            uvloop.run(worker.run(running))
