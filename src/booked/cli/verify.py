"""`booked verify`"""

import asyncio
import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from itertools import groupby

import click
from rich.table import Table

from booked.bootstrap import open_maintenance
from booked.cli.setup import data_dir_option, load_settings, open_box_office, progress, stdout
from booked.domain.services.upkeep.verification import Report
from booked.settings import Settings

PATIENCE = timedelta(minutes=1)  # reading all the tickets of a large event takes longer than selling one
RANGES_SHOWN = 8


@click.command("verify")
@data_dir_option
def command(data_dir: str | None) -> None:
    """Prove, event by event and ticket by ticket, that both stores agree.

    It changes nothing and can be done while tickets are sold. The exit code is 1 if anything is wrong.
    """
    with open_box_office(load_settings(errand=True, data_dir=data_dir)) as settings:
        patient = replace(settings, database_timeout=PATIENCE, redis_timeout=PATIENCE)
        reports = asyncio.run(_verify(patient))
    findings = sum(len(report.findings) for report in reports)
    cold = sum(report.cold for report in reports)
    stdout.print(f"Events: {len(reports)}. Findings: {findings}.")
    if cold:
        stdout.print(
            f"The hold store has not heard of {cold} of the events yet, as after a start. It is told of an event "
            "when somebody first asks for its tickets; until then only the database can be looked at."
        )
    for report in reports:
        if report.findings:
            stdout.print(_table(report))
    if findings:
        sys.exit(1)


async def _verify(settings: Settings) -> list[Report]:
    async with open_maintenance(settings) as services:
        verification = services.verification
        with progress() as bar:
            events = await verification.events()
            return [
                await verification.verify(event_id)
                for event_id in bar.track(events, description="Comparing the stores")
            ]


def _table(report: Report) -> Table:
    title = f"Event {report.event_id}"
    table = Table(
        "What is wrong", "Database", "Hold store", "Tickets", title=title, title_justify="left", show_lines=True
    )
    for finding in report.findings:
        table.add_row(finding.what, finding.database, finding.hold_store, in_words(finding.tickets))
    return table


def in_words(numbers: Iterable[int]) -> str:
    """Return ticket numbers as ranges, such as `1-5, 9`. Of many, return the first ones and how many there are."""
    ordered = sorted(numbers)
    ranges = [
        [number for _, number in run] for _, run in groupby(enumerate(ordered), key=lambda pair: pair[1] - pair[0])
    ]
    shown = ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in ranges[:RANGES_SHOWN])
    return shown if len(ranges) <= RANGES_SHOWN else f"{shown}, … ({len(ordered)} in all)"
