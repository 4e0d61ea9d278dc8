"""Processes of `booked serve` are killed or frozen at random moments while a crowd buys: what is left of its sales."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import asyncpg

from tests.concurrency.processes import Process
from tests.running import booked, eventually
from tests.servers import fresh_directory
from tests.torture.buyers import Crowd
from tests.torture.calls import Caller
from tests.torture.offices import tokens_for
from tests.torture.proofs import Proof, Trial
from tests.torture.sales import discrepancies
from tests.torture.sieges import Siege

BUYERS = 64
SEATS = 400
FAULTS_A_ROUND = 10
CONTROL_ROUNDS = 5  # what is not written yet is little, and the kill may miss it
FROZEN = (5.0, 30.0)  # seconds
SOLD_OUT_WITHIN = 300.0
# How often each fault, and how long the sale may take to go on after it where that is promised.
KILLS = {"worker": 26, "http": 10, "background worker": 10, "backend": 14, "postgres": 12, "valkey": 14, "serve": 4}
FREEZES = {"worker": 2, "background worker": 1, "backend": 2, "postgres": 2, "valkey": 3}
GOALS = {"worker": 5.0, "backend": 3.0, "postgres": 3.0, "valkey": 2.0}


@dataclass(slots=True)
class Round:
    """The sale of one event under fire."""

    siege: Siege
    trial: Trial
    buyers: int = BUYERS
    seats: int = SEATS
    crowd: Crowd = field(init=False)
    callers: list[Caller] = field(init=False)
    people: list[str] = field(init=False)

    def play(self, faults: list[tuple[str, float]]) -> None:
        """Strike while the crowd buys; then it has to buy all that is left."""
        asyncio.run(self._open())
        with ThreadPoolExecutor(1) as thread:
            living = thread.submit(asyncio.run, self.crowd.live(self.callers))
            try:
                for target, frozen in faults:
                    time.sleep(self.siege.choices.random())
                    if frozen:
                        self.siege.freeze(target, self.crowd, frozen)
                    else:
                        self.siege.kill(target, self.crowd)
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
        self.people = [*map(str, await inside.people(self.buyers))]
        self.callers = [Caller(self.siege.port, token) for token in tokens_for(self.people)]
        self.crowd = Crowd(await inside.event(self.seats), self.seats)
        await inside.close()


async def _sold(url: str, event: str) -> list[tuple[int, str]]:
    connection = await asyncpg.connect(url)
    rows = await connection.fetch(
        "SELECT number, user_id FROM tickets WHERE event_id = $1 AND cancelled_at IS NULL", event
    )
    await connection.close()
    return [(row["number"], str(row["user_id"])) for row in rows]


def survive(trial: Trial, scale: float = 1.0) -> None:
    """Play round after round on one box office. `scale` makes what is frozen thaw sooner."""
    with fresh_directory() as directory:
        siege = Siege(trial, directory, trial.random("killing"))
        siege.start()
        try:
            while trial.goes_on and not trial.violations:
                one = Round(siege, trial)
                one.play([_fault(siege, scale) for _ in range(min(FAULTS_A_ROUND, trial.goal - trial.done))])
                if wrong := one.wrong():
                    trial.violated("what was sold is not what buyers were told", **wrong)
                _verify(siege)
            for name, times in siege.times.items():
                trial.measured(f"after {name} ({len(times)})", times, GOALS.get(name.removeprefix("frozen ")))
            _control(siege, trial)
        finally:
            siege.stop()


def _fault(siege: Siege, scale: float) -> tuple[str, float]:
    """Return what to strike, and for how many seconds if it is to be frozen."""
    faults = [(target, False) for target in KILLS] + [(target, True) for target in FREEZES]
    [(target, freeze)] = siege.choices.choices(faults, [*KILLS.values(), *FREEZES.values()])
    return target, siege.choices.uniform(*FROZEN) * min(1.0, scale) if freeze else 0.0


def _verify(siege: Siege) -> None:
    """Wait until both stores agree on all events, ticket by ticket."""
    eventually(lambda: "Findings: 0." in booked("verify", f"--data-dir={siege.data}").stdout, "the stores agree")


def _control(siege: Siege, trial: Trial) -> None:
    """Let Postgres confirm what it has not written yet: then buyers were told of what is gone."""
    asyncio.run(_forgetful(siege.addresses()["database_url"]))
    lost, rounds = False, 0
    while not lost and rounds < CONTROL_ROUNDS:
        one = Round(siege, Trial(10, trial.seconds, trial.seed))
        one.play([("postgres", 0.0)] * 6)
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


PROOF = Proof(
    "killing",
    "What was confirmed stands though processes are killed or frozen; the event sells out then, and nothing stays.",
    "faults",
    25,
    540,
    survive,
    full=300,
)
