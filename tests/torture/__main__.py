"""Run the proofs one after the other, and print what came of them as a table."""

import random
import signal
import sys
import traceback
from collections.abc import Sequence

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from tests.torture.catalogue import PROOFS
from tests.torture.proofs import Proof, Trial

WIDTH = 200  # characters

Result = tuple[Proof, Trial]


@click.command()
@click.option("--only", multiple=True, type=click.Choice([proof.name for proof in PROOFS]), help="Run these alone.")
@click.option("--scale", default=1.0, show_default=True, help="How much of each proof to do.")
@click.option("--full", is_flag=True, help="Use the goals of a full run: it takes hours.")
@click.option("--seed", type=int, help="Make the choices of an earlier run again.")
def main(only: Sequence[str], scale: float, full: bool, seed: int | None) -> None:
    """Put what Booked promises to the proof: real processes and stores, killed, cut off and asked at the same time."""
    # Like Ctrl-C, and not at once, or what was started would stay behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    chosen = [proof for proof in PROOFS if not only or proof.name in only]
    seed = random.randrange(2**32) if seed is None else seed
    results: list[Result] = []
    # Who reads it from a file has no terminal that would tell how wide it is.
    console = Console() if sys.stdout.isatty() else Console(width=WIDTH)
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    ) as progress:
        for proof in chosen:
            task = progress.add_task(proof.name, total=None)
            trial = proof.trial(
                scale,
                seed,
                lambda done, task=task: progress.update(task, completed=done),  # type: ignore[misc]
                full=full,
            )
            progress.update(task, total=trial.goal)
            try:
                proof.run(trial)
            except Exception:
                trial.violated("the proof could not go on", fault=traceback.format_exc().splitlines())
            seconds = trial.elapsed
            trial.figures = {"seconds": f"{seconds:.0f}"} | trial.figures
            progress.stop_task(task)
            results.append((proof, trial))
            if not console.is_terminal:
                console.print(f"{proof.name}: {trial.done:,} of {trial.goal:,} {proof.unit} in {seconds:.0f} s")
    show(console, results, seed)
    sys.exit(0 if all(trial.passed for _, trial in results) else 1)


def show(console: Console, results: Sequence[Result], seed: int) -> None:
    table = Table(title="Booked under fire")
    for column in ("proof", "promise", "done", "goal", "violations", "seconds", "figures", "control"):
        table.add_column(column, overflow="fold")
    for proof, trial in results:
        seconds, *figures = trial.figures.items()
        table.add_row(
            proof.name,
            proof.promise,
            f"{trial.done:,} {proof.unit}",
            f"{trial.goal:,}",
            f"[red]{len(trial.violations)}" if trial.violations else "0",
            seconds[1],
            "\n".join(f"{name}: {figure}" for name, figure in figures),
            trial.control.replace("; ", "\n"),
        )
    console.print(table)
    console.print(f"seed: {seed}")
    for proof, trial in results:
        for path in trial.violations:
            console.print(f"[red]{proof.name}: a promise was broken, see {path}")
        for what in trial.unreached:
            console.print(f"[red]{proof.name}: not reached: {what}")
        if trial.done < trial.goal:
            console.print(f"[red]{proof.name}: {trial.done:,} of {trial.goal:,} in the time there was")


if __name__ == "__main__":
    main()
