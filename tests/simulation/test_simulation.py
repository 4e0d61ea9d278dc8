"""No order of steps, no failure of a store and no clock that jumps breaks what was promised, in runs made by seeds."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation.faults import FAULTS, Fault
from tests.simulation.search import findings, first_finding
from tests.simulation.world import World

RUNS = 200
RUNS_OF_A_CONTROL = 1_000  # at most: it ends with the first that finds something

TELL = "from tests.simulation.test_simulation import story; print(story(5))"


def story(seed: int) -> str:
    """Return all that happened in a run."""
    world = World(seed)
    world.run()
    return repr((world.weather.trace, world.accounts))


def test_no_promise_is_broken_in_any_run() -> None:
    assert findings(range(RUNS)) == []


def test_a_run_has_late_failed_and_lost_messages_and_processes_that_die() -> None:
    outcomes = set()
    for seed in range(20):
        world = World(seed)
        world.run()
        outcomes |= {outcome for _, outcome in world.weather.trace}

    assert outcomes == {"done", "late", "failed", "lost", "died"}


def test_a_seed_replays_identically_here_and_in_another_process() -> None:
    environment = os.environ | {"PYTHONHASHSEED": "7"}
    told = subprocess.run(
        [sys.executable, "-c", TELL],
        env=environment,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )

    assert story(5) == story(5) == told.stdout.strip()
    assert story(5) != story(6)


@pytest.mark.parametrize(("fault", "what"), FAULTS.items())
def test_control_a_fault_is_found(monkeypatch: pytest.MonkeyPatch, fault: Fault, what: str) -> None:
    fault(monkeypatch)

    found = first_finding(range(RUNS_OF_A_CONTROL))

    assert found is not None
    assert what in found[1]
