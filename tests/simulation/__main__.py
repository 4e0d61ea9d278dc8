"""Run many seeds: `python -m tests.simulation --seeds 200_000`. Exits with 1 if a promise is broken."""

import os
import sys
import time

import click

from tests.simulation.search import search


@click.command(help=__doc__)
@click.option("--seeds", default="200_000", show_default=True, help="How many.")
@click.option("--first", default=0, show_default=True, help="The first of them.")
def main(seeds: str, first: int) -> None:
    began, broken = time.monotonic(), 0
    for done, found in search(first, int(seeds), os.cpu_count() or 1):
        for seed, what in found:
            click.echo(f"seed {seed}: {what}")
        broken += len(found)
        click.echo(f"{done:,} runs in {time.monotonic() - began:.0f} s, {broken} broken promises", err=True)
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
