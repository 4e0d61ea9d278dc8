"""What a store was asked, or what it answered, is lost on the way: answers have to be true all the same."""

import asyncio

import uvloop

from tests.torture.offices import box_office
from tests.torture.proofs import Proof, Trial
from tests.torture.sales import Sale
from tests.torture.wires import DOWN, UP, Wire

CUTS_A_ROUND = 200
CUTS_OF_VALKEY = 1 / 3
CONTROL_CUTS = 20
SEATS = 400
LONGEST_ANSWER = 10.0  # seconds
# Of a round, how often a wire stops for some seconds, instead of being cut.
STOPS = 0.06
MOST_BETWEEN_CUTS = 20  # messages: connections have to be made anew, and to get somewhere
STOPPED = (0.5, 9.0)  # seconds
SETTINGS = {"BOOKED_HOLD_TTL": "5"}


def try_cuts(trial: Trial) -> None:
    slowest = uvloop.run(_tried(trial))
    trial.measured("slowest answer", [slowest], LONGEST_ANSWER)
    faulty = Trial(CONTROL_CUTS, trial.seconds, trial.seed)
    uvloop.run(_tried(faulty, careless=True))
    trial.controlled("other keys for the same request", bool(faulty.violations), "bookings nobody was told of")
    for path in faulty.violations:
        path.unlink()


async def _tried(trial: Trial, *, careless: bool = False) -> float:
    """Cut wires while a crowd buys, until the goal is reached; how many seconds the slowest answer took."""
    slowest, database, valkey = 0.0, Wire(), Wire()
    wires = {"BOOKED_DATABASE_URL": database, "BOOKED_REDIS_URL": valkey}
    async with box_office(SETTINGS, wires=wires) as office:
        while trial.goes_on and not trial.violations:
            async with Sale.on(office, SEATS, careless=careless) as sale:
                cuts = min(CUTS_A_ROUND, trial.goal - trial.done)
                of_valkey = int(cuts * CUTS_OF_VALKEY)
                await asyncio.gather(
                    _cut(valkey, of_valkey, trial, "valkey"), _cut(database, cuts - of_valkey, trial, "database")
                )
            if wrong := await sale.wrong():
                trial.violated("an answer was not true", **wrong)
            slowest = max(slowest, sale.crowd.slowest)
    return slowest


async def _cut(wire: Wire, times: int, trial: Trial, store: str) -> None:
    """Cut a wire this often, or stop it for a while instead."""
    choices = trial.random("lost replies", store, trial.done)
    for _ in range(times):
        direction = choices.choice([UP, DOWN])
        if choices.random() < STOPS:
            await wire.stop(direction, choices.uniform(*STOPPED))
        else:
            await wire.cut(direction, after=choices.randrange(MOST_BETWEEN_CUTS))
        trial.advance()


PROOF = Proof(
    "lost-replies",
    "When a store's question or answer is lost, what is answered is true, and what is not known can be asked again.",
    "cuts",
    400,
    300,
    try_cuts,
    full=1_000,
)
