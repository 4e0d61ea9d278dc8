"""The sale of one event by a box office that is struck meanwhile."""

import asyncio
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import asyncpg

from tests.concurrency.processes import Process
from tests.torture.buyers import Crowd
from tests.torture.calls import Caller
from tests.torture.offices import tokens_for
from tests.torture.proofs import Trial
from tests.torture.sales import discrepancies
from tests.torture.sieges import Siege

BUYERS = 64
SEATS = 400
SOLD_OUT_WITHIN = 300.0
CONTROL_ROUNDS = 5  # what is not written yet is little, and a strike may miss it
CONTROL_STRIKES = 6

Strike = Callable[[Crowd], None]
"""Does some harm, and returns when the crowd buys again."""


@dataclass(slots=True)
class Round:
    siege: Siege
    trial: Trial
    crowd: Crowd = field(init=False)
    callers: list[Caller] = field(init=False)
    people: list[str] = field(init=False)

    def play(self, strikes: Iterable[Strike]) -> None:
        """Strike while the crowd buys; then it has to buy all that is left."""
        asyncio.run(self._open())
        with ThreadPoolExecutor(1) as thread:
            living = thread.submit(asyncio.run, self.crowd.live(self.callers))
            try:
                for strike in strikes:
                    time.sleep(self.siege.choices.random())
                    strike(self.crowd)
                    self.trial.advance()
                self.crowd.finish()
                deadline = time.monotonic() + SOLD_OUT_WITHIN
                while not living.done() and time.monotonic() < deadline:
                    time.sleep(0.05)
            finally:
                self.crowd.over = True
            living.result()

    def wrong(self) -> dict[str, object]:
        """Return what differs between what buyers were told and what the database has."""
        url = self.siege.addresses()["database_url"]
        return discrepancies(self.crowd, self.people, asyncio.run(_sold(url, self.crowd.event)))

    async def _open(self) -> None:
        addresses = self.siege.addresses()
        inside = await Process.open(addresses["database_url"], addresses["redis_url"])
        self.people = [*map(str, await inside.people(BUYERS))]
        self.callers = [Caller(self.siege.port, token) for token in tokens_for(self.people)]
        self.crowd = Crowd(await inside.event(SEATS), SEATS)
        await inside.close()


async def _sold(url: str, event: str) -> list[tuple[int, str]]:
    connection = await asyncpg.connect(url)
    rows = await connection.fetch(
        "SELECT number, user_id FROM tickets WHERE event_id = $1 AND cancelled_at IS NULL", event
    )
    await connection.close()
    return [(row["number"], str(row["user_id"])) for row in rows]


def survive(trial: Trial, siege: Siege, strikes: Callable[[int], Iterable[Strike]], at_once: int) -> None:
    """Play round after round on one box office until the goal is reached, with so many strikes in each at most."""
    while trial.goes_on and not trial.violations:
        one = Round(siege, trial)
        one.play(strikes(min(at_once, trial.goal - trial.done)))
        if wrong := one.wrong():
            trial.violated("what was sold is not what buyers were told", **wrong)
        siege.verify()


def forget(trial: Trial, siege: Siege, strike: Strike) -> None:
    """Control: let Postgres confirm sales that it has not written yet. Then buyers were told of what is gone."""
    asyncio.run(_forgetful(siege.addresses()["database_url"]))
    lost, rounds = False, 0
    while not lost and rounds < CONTROL_ROUNDS:
        one = Round(siege, Trial(CONTROL_STRIKES, trial.seconds, trial.seed))
        one.play([strike] * CONTROL_STRIKES)
        lost, rounds = "lost" in one.wrong(), rounds + 1
    trial.controlled("synchronous_commit = off", lost, f"acknowledged bookings lost in round {rounds}")


async def _forgetful(url: str) -> None:
    """Let sales be confirmed before they are written; what writes them otherwise rests for ten seconds."""
    connection = await asyncpg.connect(url)
    await connection.execute(
        "CREATE FUNCTION forget() RETURNS trigger LANGUAGE plpgsql "
        "AS $$ BEGIN PERFORM set_config('synchronous_commit', 'off', true); RETURN NULL; END $$"
    )
    await connection.execute("CREATE TRIGGER forget AFTER UPDATE ON events EXECUTE FUNCTION forget()")
    await connection.execute("ALTER SYSTEM SET wal_writer_delay = '10s'")
    await connection.execute("SELECT pg_reload_conf()")
    await connection.close()
