"""What a round of upkeep costs when very many events are on sale."""

import asyncio
import logging
import time
from contextlib import suppress
from datetime import timedelta
from functools import partial
from statistics import median

import structlog
from uuid_utils.compat import uuid7

from benchmarks.bench import Bench
from booked.adapters.redis import RedisHoldStore
from booked.bootstrap import open_maintenance
from booked.domain.errors import TooFewTickets
from booked.domain.model.ids import EventId, UserId
from booked.domain.services.wiring import Services
from booked.settings import Settings

EVENTS = 10_000
HELD_SHARE = 10  # a tenth of them has a hold
HELD_FOR = timedelta(minutes=10)
ROUNDS = 5
EVENTS_AT_ONCE = 50


async def measure_upkeep(bench: Bench) -> dict[str, str]:
    """Time rounds over 10,000 events, all of them known to the hold store, as the background worker makes them."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    await bench.crowd(EVENTS)
    settings = Settings.from_env(bench.settings)
    async with open_maintenance(settings) as services:
        events = await services.verification.events()
        await _warm(services, events)
        await _hold(bench.settings["BOOKED_REDIS_URL"], events[::HELD_SHARE])
        await services.upkeep.look_after_events()
        lasted, worker, valkey, postgres = [], [], [], []
        for _ in range(ROUNDS):
            usage, started = bench.usage(), time.perf_counter()
            await services.upkeep.look_after_events()
            lasted.append(time.perf_counter() - started)
            used = bench.usage().since(usage)
            worker.append(used.client)
            valkey.append(used.valkey)
            postgres.append(used.postgres)
    share = median(worker) / (median(lasted) + settings.upkeep_interval.total_seconds())
    return {
        f"a round of upkeep over {len(events):,} events": (
            f"{median(lasted):.2f} s ({min(lasted):.2f}–{max(lasted):.2f}), CPU of the worker {median(worker):.2f} s, "
            f"Valkey {median(valkey):.2f} s, Postgres {median(postgres):.2f} s; "
            f"with the rest between rounds the worker takes {share:.0%} of a core"
        )
    }


async def _warm(services: Services, events: list[EventId]) -> None:
    """Let the hold store know all events. It knows those of earlier measurements, and some of them are very large."""
    inventory = services.upkeep.inventory
    for start in range(0, len(events), EVENTS_AT_ONCE):
        some = events[start : start + EVENTS_AT_ONCE]
        await asyncio.gather(*(inventory.when_warm(id_, partial(inventory.holds.stock, id_)) for id_ in some))


async def _hold(redis_url: str, events: list[EventId]) -> None:
    store = RedisHoldStore.connect(redis_url)

    async def hold(event_id: EventId) -> None:
        with suppress(TooFewTickets):  # earlier measurements sold some events out
            await store.reserve(event_id, UserId(str(uuid7())), 1, HELD_FOR)

    for start in range(0, len(events), EVENTS_AT_ONCE):
        some = events[start : start + EVENTS_AT_ONCE]
        await asyncio.gather(*map(hold, some))
    await store.close()
