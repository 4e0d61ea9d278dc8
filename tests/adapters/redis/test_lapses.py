"""What lapsed reservations leave in Valkey, of whom, and for how long."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from booked.adapters.redis.store import RedisHoldStore
from booked.domain.model.ids import EventId, UserId
from booked.domain.model.sale.lapses import FORGOTTEN_AFTER
from tests.builders import ANN, BEN, TTL, a_booking_id, an_event_id, install, sold_tickets
from tests.contracts.conftest import lapse_in_valkey, ms_ago


@pytest.fixture
async def valkey(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url, decode_responses=True) as client:
        yield client


@pytest.fixture
async def concert(holds: RedisHoldStore, valkey: Redis) -> EventId:
    event_id = an_event_id()
    await install(holds, event_id, sold_tickets())
    await valkey.hset(f"meta:{{{event_id}}}", "repaired", 0)
    return event_id


async def let_lapse(holds: RedisHoldStore, valkey: Redis, event_id: EventId, user: UserId, seconds_ago: int) -> None:
    hold = await holds.reserve(event_id, user, 1, TTL)
    await lapse_in_valkey(valkey, event_id, hold.numbers, await ms_ago(valkey, timedelta(seconds=seconds_ago)))
    await holds.stock(event_id)


async def book(holds: RedisHoldStore, event_id: EventId, user: UserId) -> None:
    hold = await holds.reserve(event_id, user, 1, TTL)
    claim = await holds.claim(event_id, user, hold.numbers, a_booking_id())
    await holds.settle(event_id, claim.booking_id)


async def records(valkey: Redis) -> list[str]:
    return [str(key) for key in await valkey.keys("lapses:*")]


async def holders(valkey: Redis, event_id: EventId) -> set[str]:
    return set(map(str, await valkey.hkeys(f"holders:{{{event_id}}}")))


async def test_who_books_what_they_reserve_leaves_nothing(
    holds: RedisHoldStore, valkey: Redis, concert: EventId
) -> None:
    await book(holds, concert, ANN)

    assert (await records(valkey), await holders(valkey, concert)) == ([], set())


async def test_lapses_are_remembered_for_a_day_or_until_a_booking(
    holds: RedisHoldStore, valkey: Redis, concert: EventId
) -> None:
    await let_lapse(holds, valkey, concert, ANN, 1)

    [record] = await records(valkey)
    left = timedelta(milliseconds=await valkey.pttl(record))
    assert FORGOTTEN_AFTER - timedelta(minutes=1) < left <= FORGOTTEN_AFTER
    await book(holds, concert, ANN)
    assert (await records(valkey), await holders(valkey, concert)) == ([], set())


async def test_who_holds_nothing_and_whose_lapses_are_forgotten_is_dropped_in_time(
    holds: RedisHoldStore, valkey: Redis, concert: EventId
) -> None:
    await let_lapse(holds, valkey, concert, ANN, 3)
    assert await holders(valkey, concert) == {ANN}
    await valkey.delete(*await records(valkey))

    await let_lapse(holds, valkey, concert, BEN, 2)

    assert await holders(valkey, concert) == {BEN}


async def test_a_forgotten_user_begins_anew(holds: RedisHoldStore, valkey: Redis, concert: EventId) -> None:
    for ago in (9, 8):
        await let_lapse(holds, valkey, concert, ANN, ago)
    await valkey.delete(*await records(valkey))
    for ago in (7, 6):
        await let_lapse(holds, valkey, concert, ANN, ago)

    await holds.reserve(concert, ANN, 1, TTL, limited=True)

    [record] = await records(valkey)
    assert str(await valkey.get(record)).split("|")[1] == "2"
