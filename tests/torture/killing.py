"""Processes of `booked serve` are killed or frozen at random moments while a crowd buys: what is left of its sales."""

from functools import partial

from tests.servers import fresh_directory
from tests.torture import rounds
from tests.torture.proofs import Proof, Trial
from tests.torture.sieges import Siege

FAULTS_A_ROUND = 10
FROZEN = (5.0, 30.0)  # seconds
# How often each fault, and how long the sale may take to go on after it where that is promised.
KILLS = {"worker": 26, "http": 10, "background worker": 10, "backend": 14, "postgres": 12, "valkey": 14, "serve": 4}
FREEZES = {"worker": 2, "background worker": 1, "backend": 2, "postgres": 2, "valkey": 3}
GOALS = {"worker": 5.0, "backend": 3.0, "postgres": 3.0, "valkey": 2.0}


def survive(trial: Trial) -> None:
    with fresh_directory() as directory:
        siege = Siege(trial, directory, trial.random("killing"))
        siege.start()
        try:
            rounds.survive(trial, siege, lambda count: [_fault(siege) for _ in range(count)], FAULTS_A_ROUND)
            for name, times in siege.times.items():
                trial.measured(f"after {name} ({len(times)})", times, GOALS.get(name.removeprefix("frozen ")))
            rounds.forget(trial, siege, partial(siege.kill, "postgres"))
        finally:
            siege.stop()


def _fault(siege: Siege) -> rounds.Strike:
    faults = [(target, False) for target in KILLS] + [(target, True) for target in FREEZES]
    [(target, freeze)] = siege.choices.choices(faults, [*KILLS.values(), *FREEZES.values()])
    return partial(siege.freeze, target, siege.choices.uniform(*FROZEN)) if freeze else partial(siege.kill, target)


PROOF = Proof(
    "killing",
    "What was confirmed stands though processes are killed or frozen; the event sells out then, and nothing stays.",
    "faults",
    25,
    540,
    survive,
    full=300,
)
