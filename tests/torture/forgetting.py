"""The hold store forgets what it knew of a large sale, in several ways, while a crowd buys."""

import asyncio
import time
from dataclasses import dataclass

import uvloop
from redis.asyncio import Redis

from booked.domain.model.ids import EventId, UserId
from tests.concurrency.processes import Process
from tests.pairs import follow, promote, url_of, valkey_pair
from tests.servers import fresh_directory
from tests.torture.offices import Office, box_office
from tests.torture.proofs import Proof, Trial
from tests.torture.sales import Sale
from tests.torture.wires import Wire

SOLD = 50_000
SEATS = 400  # left to the crowd
TIMES_A_ROUND = 10
SALES_ON_WITHIN = 120.0
REPAIRED_WITHIN = 3.0  # seconds
NOWHERE = 1  # a port on which nobody listens
PARALLEL = 10
TICKETS_A_BOOKING = 100
LEFT_ALONE = "left alone"
WAYS = ("flushed", "replaced_by_an_empty_one", "replaced_by_a_stale_replica", "there_and_back")
SETTINGS = {"BOOKED_HOLD_TTL": "5"}


@dataclass(slots=True)
class Pair:
    """Two Valkeys, of which the wire leads to the first. Each method returns when the store has forgotten."""

    wire: Wire
    first: Redis
    second: Redis

    async def flushed(self, sale: Sale) -> None:
        await self.first.flushall()

    async def replaced_by_an_empty_one(self, sale: Sale) -> None:
        """Look like a restart without data: another run id, and nothing in it."""
        await promote(self.second)
        await self.second.flushall()
        self._switch()

    async def replaced_by_a_stale_replica(self, sale: Sale) -> None:
        await follow(self.second, self.first)
        await self.second.replicaof("127.0.0.1", NOWHERE)
        await _next_sale(sale)
        await promote(self.second)
        self._switch()

    async def there_and_back(self, sale: Sale) -> None:
        """Fail over to the replica, sell, and fail back to a first one that has heard of nothing."""
        await follow(self.second, self.first)
        await promote(self.second)
        self._switch()
        await self.second.replicaof("127.0.0.1", NOWHERE)
        await _next_sale(sale)
        await promote(self.second)
        self._switch()

    def _switch(self) -> None:
        self.first, self.second = self.second, self.first
        self.wire.lead_to(url_of(self.first))


def try_forgetting(trial: Trial, sold: int = SOLD) -> None:
    times = uvloop.run(_tried(trial, sold))
    trial.measured("while nothing was forgotten", times.pop(LEFT_ALONE, []))
    for name, seconds in times.items():
        trial.measured(f"after it was {name} ({len(seconds)})", seconds, REPAIRED_WITHIN)
    trial.control = "tests/concurrency/test_failovers.py"


async def _tried(trial: Trial, sold: int) -> dict[str, list[float]]:
    """Let the store forget until the goal is reached; how long the next sale took, by the way it forgot."""
    choices, times = trial.random("forgetting"), dict[str, list[float]]()
    with fresh_directory() as directory:
        async with valkey_pair(directory) as (first, second):
            pair = Pair(Wire(), first, second)
            settings = SETTINGS | {"BOOKED_REDIS_URL": url_of(first)}
            async with box_office(settings, wires={"BOOKED_REDIS_URL": pair.wire}) as office:
                while trial.goes_on and not trial.violations:
                    event = await _mostly_sold(office, pair, sold)
                    async with Sale.on(office, SEATS, event) as sale:
                        await _next_sale(sale)
                        times.setdefault(LEFT_ALONE, []).append(await _next_sale(sale))
                        for _ in range(min(TIMES_A_ROUND, trial.goal - trial.done)):
                            await asyncio.sleep(choices.random())
                            way = choices.choice(WAYS)
                            await getattr(pair, way)(sale)
                            times.setdefault(way.replace("_", " "), []).append(await _next_sale(sale))
                            trial.advance()
                    if wrong := await sale.wrong():
                        trial.violated("what was sold is not what buyers were told", **wrong)
    return times


async def _mostly_sold(office: Office, pair: Pair, sold: int) -> EventId:
    """Return an event on sale with this many tickets sold, and some left."""
    event = await office.inside.event(sold + SEATS)
    near = await Process.open(office.database_url, url_of(pair.first))
    buyers = await near.people(PARALLEL)

    async def buy(buyer: UserId) -> None:
        for _ in range(sold // PARALLEL // TICKETS_A_BOOKING):
            await near.buy(buyer, event, TICKETS_A_BOOKING)

    await asyncio.gather(*map(buy, buyers))
    await near.close()
    return event


async def _next_sale(sale: Sale) -> float:
    """Wait until somebody buys who asks for it from now on; how many seconds that took."""
    since = time.monotonic()
    async with asyncio.timeout(SALES_ON_WITHIN):
        while not sale.crowd.sold_since(since):
            await asyncio.sleep(0.01)
    return time.monotonic() - since


PROOF = Proof(
    "forgetting",
    "When the hold store forgets, all or its last second, nothing is sold twice, and the sale goes on in moments.",
    "times",
    20,
    180,
    try_forgetting,
    full=60,
)
