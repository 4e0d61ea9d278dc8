"""Whether the answers of a box office could have been given one after the other, each between question and answer.

Several sessions of a few users fight for a few tickets over HTTP, while repairs and sweeps come between. Some hang up
before they are answered.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from itertools import count
from multiprocessing import get_context

import uvloop

from tests.torture.histories import History
from tests.torture.offices import Office, box_office
from tests.torture.proofs import Proof, Trial
from tests.torture.search import Undecided, is_linearizable
from tests.torture.sessions import HOLD_TTL, Board, play

USERS = 5
LANES = 24  # events on sale at once
PUT_ON_AT_ONCE = 4
SETTINGS = {"BOOKED_HOLD_TTL": str(HOLD_TTL), "BOOKED_LOG_LEVEL": "warning"}
CATCH_WITHIN = 1_000  # histories, in which a fault is found
# Faults, by the guards that are taken out for them.
FAULTS: dict[str, tuple[str, ...]] = {
    "tickets not marked": ("taken",),
    "holds of others": ("foreign hold",),
    "given back while being booked": ("being booked",),
    "epoch not compared": ("epoch of a claim",),
}


@dataclass(slots=True)
class Findings:
    """What was played, and what cannot be explained."""

    operations: Counter[str] = field(default_factory=Counter)
    impossible: list[History] = field(default_factory=list)
    undecided: list[History] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def add(self, board: Board, history: History, linearizable: bool | None) -> None:
        self.operations.update(f"{one.kind} {one.outcome}" for one in history.operations())
        self.faults += board.faults
        if linearizable is None:
            self.undecided.append(history)
        elif not linearizable:
            self.impossible.append(history)


def try_histories(trial: Trial, faults: Sequence[str] = tuple(FAULTS)) -> None:
    """Play histories, then take guards out and look how many it takes to find what is wrong."""
    found = uvloop.run(_played(trial))
    for history in found.impossible:
        trial.violated("no order explains these answers", history=asdict(history))
    for history in found.undecided:
        trial.violated("no order was found among too many", history=asdict(history))
    if found.faults:
        trial.violated("answers of no contract", answers=found.faults)
    trial.figures["operations"] = ", ".join(f"{times:,} {what}" for what, times in found.operations.most_common())
    for name in faults:
        faulty = Trial(CATCH_WITHIN, trial.seconds, trial.seed)
        wrong = uvloop.run(_played(faulty, FAULTS[name], to_the_first=True))
        trial.controlled(name, bool(wrong.impossible), f"caught by history {faulty.done}")


async def _played(trial: Trial, without: Sequence[str] = (), *, to_the_first: bool = False) -> Findings:
    """Play histories in a box office that lacks some guards, all of them or to the first that is impossible."""
    findings, numbers, door = Findings(), count(), asyncio.Semaphore(PUT_ON_AT_ONCE)

    async def lane(office: Office, tokens: Sequence[str], checker: ProcessPoolExecutor) -> None:
        while trial.goes_on and not (to_the_first and findings.impossible):
            if (number := next(numbers)) >= trial.goal:
                return
            choices = trial.random("history", number)
            async with door:
                event = await office.inside.event(seats := choices.randint(2, 6))
            board = await play(office, event, tokens, choices, seats)
            history = board.history()
            linearizable = await asyncio.get_running_loop().run_in_executor(checker, judged, history)
            findings.add(board, history, linearizable)
            trial.advance()

    with ProcessPoolExecutor(1, get_context("spawn")) as checker:
        async with box_office(SETTINGS, without) as office:
            tokens = await office.people(USERS)
            await asyncio.gather(*(lane(office, tokens, checker) for _ in range(LANES)))
    return findings


def judged(history: History) -> bool | None:
    """Return whether a history is linearizable; None if that takes too long to tell."""
    try:
        return is_linearizable(history)
    except Undecided:
        return None


PROOF = Proof(
    "linearizability",
    "Answers to requests at the same time are those of a box office that serves one after the other.",
    "histories",
    2_500,
    480,
    try_histories,
    full=10_000,
)
