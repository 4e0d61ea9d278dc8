"""Simulated storms: the services on stores in memory, on an event loop whose every choice comes from a seed."""

import os

import pytest

from tests.simulation.faults import FAULTS
from tests.simulation.search import first_finding, search
from tests.torture.proofs import Proof, Trial

RUNS_OF_A_CONTROL = 2_000


def run(trial: Trial) -> None:
    first = trial.random("storms").randrange(2**32)
    for done, found in search(first, trial.goal, os.cpu_count() or 1):
        for seed, what in found:
            trial.violated(what, run=seed)
        trial.advance(done - trial.done)
        if not trial.goes_on:
            break
    for fault, what in FAULTS.items():
        with pytest.MonkeyPatch.context() as patch:
            fault(patch)
            found_at = first_finding(range(first, first + RUNS_OF_A_CONTROL))
        caught = found_at is not None and what in found_at[1]
        trial.controlled(what, caught, f"after {found_at[0] - first + 1} runs" if found_at else "")


PROOF = Proof(
    name="storms",
    promise="No order of steps, no failure of a store and no clock that jumps breaks what was promised.",
    unit="runs",
    goal=25_000,
    seconds=240,
    run=run,
    full=200_000,
)
