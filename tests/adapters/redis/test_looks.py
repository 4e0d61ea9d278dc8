"""What everybody may look at costs the hold store no more when more tickets are held."""

from collections import Counter
from collections.abc import Awaitable, Callable

import pytest
from redis.asyncio import Redis

from booked.adapters.redis import RedisHoldStore
from booked.domain.model.ids import EventId
from booked.domain.model.programme.seating import Block
from tests.adapters.redis.lapsing import lapse_all
from tests.builders import ANN, TTL, a_booking_id, a_user_id, an_event_id, install, sold_tickets

SEATS = 10_000
BLOCKS = [[Block(1, 4_000, 1)], [Block(4_001, SEATS, 2)]]

LOOKS: dict[str, Callable[[RedisHoldStore, EventId], Awaitable[object]]] = {
    "a seat": lambda store, event_id: store.taken_among(event_id, [5]),
    "a page of seats": lambda store, event_id: store.taken_among(event_id, range(1, 101)),
    "the availability": lambda store, event_id: store.seat_map(event_id, 1, SEATS),
    "how many are available": lambda store, event_id: store.available([event_id]),
    "how many of each type": lambda store, event_id: store.free_among(event_id, BLOCKS),
}
WHOLE = {"zrange", "hvals", "hgetall", "hkeys", "smembers"}  # commands that read all there is
OURS = {"info", "evalsha"}


async def held(store: RedisHoldStore, batches: int) -> EventId:
    """An event of which this many hundred tickets are held, and as many claimed."""
    event_id = an_event_id()
    await install(store, event_id, sold_tickets(capacity=SEATS))
    for _ in range(batches):
        await store.reserve(event_id, a_user_id(), 100, TTL)
        hold = await store.reserve(event_id, ANN, 100, TTL)
        await store.claim(event_id, ANN, hold.numbers, a_booking_id())
    return event_id


async def work(valkey: Redis, look: Callable[[], Awaitable[object]]) -> Counter[str]:
    """How often the server ran each command while somebody looked."""
    before = await commands(valkey)
    await look()
    return await commands(valkey) - before


async def commands(valkey: Redis) -> Counter[str]:
    stats = await valkey.info("commandstats")
    calls = {name.removeprefix("cmdstat_"): figures["calls"] for name, figures in stats.items()}
    return Counter({name: count for name, count in calls.items() if name not in OURS})


@pytest.mark.parametrize("what", LOOKS)
async def test_a_look_costs_the_same_however_many_tickets_are_held(
    store: RedisHoldStore, valkey: Redis, what: str
) -> None:
    few, many = await held(store, batches=1), await held(store, batches=20)

    of_few = await work(valkey, lambda: LOOKS[what](store, few))
    of_many = await work(valkey, lambda: LOOKS[what](store, many))

    assert of_many == of_few
    assert of_many.keys().isdisjoint(WHOLE)


async def test_control_a_look_at_everything_is_seen(store: RedisHoldStore, valkey: Redis) -> None:
    event_id = await held(store, batches=1)

    assert not (await work(valkey, lambda: store.inspect(event_id))).keys().isdisjoint(WHOLE)


@pytest.mark.parametrize("what", LOOKS)
async def test_a_look_frees_few_of_many_lapsed_holds(store: RedisHoldStore, valkey: Redis, what: str) -> None:
    event_id = await held(store, batches=20)
    await lapse_all(valkey, event_id)

    before = await valkey.zcard(f"expiry:{{{event_id}}}")
    await LOOKS[what](store, event_id)

    assert before - await valkey.zcard(f"expiry:{{{event_id}}}") <= 25


async def test_a_ticket_whose_hold_lapsed_is_not_called_sold_before_it_is_freed(
    store: RedisHoldStore, valkey: Redis
) -> None:
    event_id = await held(store, batches=2)
    lapsed = await lapse_all(valkey, event_id)
    await valkey.delete(*(f"hold:{{{event_id}}}:{event_id[:28]}{number:08x}" for number in lapsed))

    first = await store.taken_among(event_id, range(1, 401))
    then = await store.taken_among(event_id, range(1, 401))

    assert (first.sold, len(first.held)) == (frozenset(), 375)
    assert (then.sold, len(then.held)) == (frozenset(), 350)
