"""What reservations leave in Valkey, and for how long."""

import tempfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis

from booked.adapters.embedded.valkey import valkey as valkey_server
from booked.adapters.redis import listing
from booked.adapters.redis.store import RedisHoldStore
from booked.domain.model.ids import EventId, ticket_id
from booked.domain.model.sale.holds import house_of
from booked.domain.model.sale.reservations import AnyOf, Exactly, Reservation
from tests.builders import ANN, TTL, an_event_id, install, key_by, sold_tickets

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
async def valkey(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url, decode_responses=True) as client:
        yield client


@pytest.fixture
async def concert(holds: RedisHoldStore) -> EventId:
    event_id = an_event_id()
    await install(holds, event_id, sold_tickets())
    return event_id


async def ends(valkey: Redis, key: str) -> datetime:
    """When a key lapses by itself."""
    return datetime.fromtimestamp(await valkey.pexpiretime(key) / 1000, UTC)


async def deadlines(valkey: Redis, reservation: Reservation) -> set[datetime]:
    """When its tickets are free again: by their hold keys, and by the set of holds."""
    event_id, user = reservation.event_id, reservation.user_id
    keys = {await ends(valkey, f"hold:{{{event_id}}}:{ticket_id(event_id, number)}") for number in reservation.numbers}
    scores = [await valkey.zscore(f"expiry:{{{event_id}}}", f"{number}:{user}") for number in reservation.numbers]
    return keys | {datetime.fromtimestamp((score or 0) / 1000, UTC) for score in scores}


async def answers(valkey: Redis, event_id: EventId) -> list[str]:
    """The keys of what is remembered of requests with an idempotency key."""
    return [str(key) for key in await valkey.keys(f"once:{{{event_id}}}:*")]


async def test_all_tickets_of_a_reservation_have_its_deadline_whatever_is_done_to_it(
    holds: RedisHoldStore, valkey: Redis, concert: EventId
) -> None:
    made = await holds.make_reservation(concert, ANN, AnyOf(2), TTL)
    enlarged = await holds.enlarge(made.id, ANN, Exactly([9, 10]))
    after_enlarging = await deadlines(valkey, enlarged)
    extended = await holds.extend(made.id, ANN, TTL, most=1)
    reduced = await holds.reduce(made.id, ANN, 1)

    assert after_enlarging == {made.expires_at}
    assert extended.expires_at == made.expires_at + TTL
    assert await deadlines(valkey, reduced) == {extended.expires_at}


async def test_what_is_kept_of_a_reservation_lapses_by_itself(
    holds: RedisHoldStore, valkey: Redis, concert: EventId
) -> None:
    made = await holds.make_reservation(concert, ANN, AnyOf(2), TTL, key_by(ANN, "key", b"fingerprint"))
    extended = await holds.extend(made.id, ANN, TTL, most=1)

    assert await ends(valkey, f"reservation:{{{concert}}}:{made.id[28:]}") == extended.expires_at + HOUR
    for key in (*await answers(valkey, concert), f"reservations-of:{{{ANN}}}"):
        assert timedelta(0) < await ends(valkey, key) - made.made_at - DAY + timedelta(seconds=1) < timedelta(minutes=1)


async def test_nothing_is_left_of_reservations_that_were_given_back(
    holds: RedisHoldStore, valkey: Redis, concert: EventId
) -> None:
    before = set(await valkey.keys("*"))
    made = await holds.make_reservation(concert, ANN, AnyOf(2), TTL)
    await holds.give_back(made.id, ANN)

    left = set(await valkey.keys("*")) - before

    assert left == {f"funnel:{{{concert}}}", f"reservations-of:{{{ANN}}}"}


async def test_the_key_of_a_reservation_that_was_given_back_lapses_when_it_would_have(
    holds: RedisHoldStore, valkey: Redis, concert: EventId
) -> None:
    idempotency_key, again = key_by(ANN, "key", b"fingerprint"), key_by(ANN, "another|key", b"fingerprint")
    made = await holds.make_reservation(concert, ANN, AnyOf(2), TTL, idempotency_key)
    extended = await holds.extend(made.id, ANN, TTL, most=1, idempotency_key=again)

    await holds.give_back(made.id, ANN)

    assert [await ends(valkey, key) for key in await answers(valkey, concert)] == [extended.expires_at] * 2
    assert (await holds.make_reservation(concert, ANN, AnyOf(2), TTL, idempotency_key)).id == made.id


async def test_a_reservation_that_is_changed_again_and_again_keeps_few_keys_for_a_day(
    holds: RedisHoldStore, valkey: Redis, concert: EventId
) -> None:
    made = await holds.make_reservation(concert, ANN, AnyOf(1), TTL)
    for n in range(20):
        await holds.enlarge(made.id, ANN, AnyOf(1), key_by(ANN, f"more {n}", b""))
        await holds.reduce(made.id, ANN, 1, key_by(ANN, f"fewer {n}", b""))

    deadlines = [await ends(valkey, key) for key in await answers(valkey, concert)]
    assert deadlines.count(made.expires_at) == 20
    assert len([deadline for deadline in deadlines if deadline > made.expires_at + HOUR]) == 20


async def test_a_list_is_bounded_and_forgets_what_has_lapsed(
    holds: RedisHoldStore, valkey: Redis, concert: EventId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "LISTED_MOST", 3)
    await valkey.zadd(f"reservations-of:{{{ANN}}}", {"one that lapsed long ago": 1})

    made = [await holds.make_reservation(concert, ANN, AnyOf(1), TTL * n) for n in (1, 2, 3, 4)]

    listed = await valkey.zrange(f"reservations-of:{{{ANN}}}", 0, -1)
    assert listed == [reservation.id for reservation in made[1:]]


async def test_a_reservation_is_made_even_if_it_cannot_be_listed(
    holds: RedisHoldStore, valkey: Redis, concert: EventId
) -> None:
    await valkey.set(f"reservations-of:{{{ANN}}}", "not a sorted set")

    made = await holds.make_reservation(concert, ANN, AnyOf(1), TTL)

    assert await holds.reservation(made.id) == made


async def test_nobody_lists_what_the_house_holds(holds: RedisHoldStore, valkey: Redis, concert: EventId) -> None:
    await holds.make_reservation(concert, house_of(concert), AnyOf(1), TTL)

    assert await valkey.keys("reservations-of:*") == []


async def test_reservations_are_listed_after_a_restart_even_of_events_that_are_cold() -> None:
    with tempfile.TemporaryDirectory() as directory:
        with valkey_server(Path(directory), durable=True) as url:
            store = RedisHoldStore.connect(url)
            event_id = an_event_id()
            await install(store, event_id, sold_tickets())
            made = await store.make_reservation(event_id, ANN, AnyOf(2), TTL, key_by(ANN, "key", b""))
            await store.close()
        with valkey_server(Path(directory), durable=True) as url:
            store = RedisHoldStore.connect(url)

            while_cold = await store.reservations(ANN)
            await install(store, event_id, sold_tickets(epoch=2))
            once_warm = await store.reservation(made.id)
            again = await store.make_reservation(event_id, ANN, AnyOf(2), TTL, key_by(ANN, "key", b""))
            funnel = await store.funnel(event_id)
            await store.close()

    assert while_cold == [made]
    assert once_warm == again == made
    assert funnel.reserved == 2
