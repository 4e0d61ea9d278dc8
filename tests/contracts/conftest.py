"""The ports' fixtures. A test that takes one of them runs once for each adapter of the port."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from dataclasses import replace
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from booked.adapters.postgres.database import PostgresDatabase
from booked.adapters.redis.arguments import reservation_mark
from booked.adapters.redis.store import RedisHoldStore
from booked.domain.model.ids import EventId, ReservationId, event_of, ticket_id
from booked.domain.model.people.users import User
from booked.domain.model.programme.events import Event
from booked.domain.model.sale.lapses import NEVER
from booked.ports.database import Database
from booked.ports.hold_store import HoldStore
from tests.builders import FrozenClock, a_user, an_admission, an_event, an_event_id, install, sold_tickets
from tests.clusters import looking_at
from tests.memory.database import MemoryDatabase
from tests.memory.holds import MemoryHoldStore

Lapse = Callable[[EventId, Collection[int]], Awaitable[None]]
LapsedAgo = Callable[[EventId, Collection[int], timedelta], Awaitable[None]]
Age = Callable[[ReservationId, timedelta], Awaitable[None]]
LoseEverything = Callable[[], Awaitable[object]]


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture(params=["memory", "redis", pytest.param("cluster", marks=pytest.mark.slow)])
def valkey(request: pytest.FixtureRequest) -> str | None:
    """The URL of an empty Valkey, or those of a cluster, or None where the store is to be in memory."""
    match request.param:
        case "redis":
            return str(request.getfixturevalue("redis_url"))
        case "cluster":
            return str(request.getfixturevalue("cluster").url)
    return None


@pytest.fixture
async def holds(valkey: str | None, clock: FrozenClock) -> AsyncIterator[HoldStore]:
    if valkey is None:
        yield MemoryHoldStore(clock)
        return
    store = RedisHoldStore.connect(valkey)
    yield store
    await store.close()


@pytest.fixture
async def strict(valkey: str | None, clock: FrozenClock) -> AsyncIterator[HoldStore]:
    """A store in which a user may hold at most four tickets of an event at once."""
    if valkey is None:
        yield MemoryHoldStore(clock, held_per_user=4)
        return
    store = RedisHoldStore.connect(valkey, held_per_user=4)
    yield store
    await store.close()


@pytest.fixture
async def lapse(holds: HoldStore, valkey: str | None, clock: FrozenClock) -> AsyncIterator[Lapse]:
    """Makes the deadlines of tickets pass, claimed ones included, and leaves those of all others as they are."""
    if isinstance(holds, MemoryHoldStore):
        yield lambda event_id, numbers: lapse_in_memory(holds, clock, event_id, numbers)
        return
    assert valkey is not None
    async with looking_at(valkey, decode_responses=True) as client:
        yield lambda event_id, numbers: lapse_in_valkey(client, event_id, numbers)


@pytest.fixture
async def lapsed_ago(holds: HoldStore, valkey: str | None, clock: FrozenClock) -> AsyncIterator[LapsedAgo]:
    """Makes tickets lapse this long ago, and their event's last repair longer ago."""
    if isinstance(holds, MemoryHoldStore):

        async def in_memory(event_id: EventId, numbers: Collection[int], ago: timedelta) -> None:
            holds.events[event_id].repaired_at = NEVER
            await lapse_in_memory(holds, clock, event_id, numbers, ago)

        yield in_memory
        return
    assert valkey is not None
    async with looking_at(valkey, decode_responses=True) as client:

        async def in_valkey(event_id: EventId, numbers: Collection[int], ago: timedelta) -> None:
            await client.hset(f"meta:{{{event_id}}}", "repaired", 0)
            await lapse_in_valkey(client, event_id, numbers, await ms_ago(client, ago))

        yield in_valkey


@pytest.fixture
async def age(holds: HoldStore, valkey: str | None) -> AsyncIterator[Age]:
    """Makes a reservation older; it lapses when it would have."""
    if isinstance(holds, MemoryHoldStore):

        async def in_memory(reservation_id: ReservationId, by: timedelta) -> None:
            event = holds.events[event_of(reservation_id)]
            made = event.reservations[reservation_id]
            event.repaired_at = NEVER
            event.reservations[reservation_id] = replace(made, made_at=made.made_at - by)

        yield in_memory
        return
    assert valkey is not None
    async with looking_at(valkey, decode_responses=True) as client:

        async def in_valkey(reservation_id: ReservationId, by: timedelta) -> None:
            event_id = event_of(reservation_id)
            key = f"reservation:{{{event_id}}}:{reservation_mark(reservation_id)}"
            fields = str(await client.get(key)).split("|")
            fields[3] = str(int(fields[3]) - by // timedelta(milliseconds=1))
            await client.set(key, "|".join(fields), keepttl=True)
            await client.hset(f"meta:{{{event_id}}}", "repaired", 0)

        yield in_valkey


@pytest.fixture
async def lose_everything(holds: HoldStore, valkey: str | None) -> AsyncIterator[LoseEverything]:
    """Makes the store forget whatever it knows."""
    if isinstance(holds, MemoryHoldStore):

        async def flush() -> None:
            holds.flush()

        yield flush
        return
    assert valkey is not None
    async with looking_at(valkey) as client:
        yield client.flushall


@pytest.fixture
async def concert(holds: HoldStore) -> EventId:
    """An event that the hold store knows, with twenty tickets, all of them free."""
    event_id = an_event_id()
    await install(holds, event_id, sold_tickets())
    return event_id


@pytest.fixture(params=["memory", "postgres"])
def postgres(request: pytest.FixtureRequest) -> str | None:
    """The URL of an empty database in Postgres, or None where it is to be in memory."""
    return request.getfixturevalue("database_url") if request.param == "postgres" else None


@pytest.fixture
async def database(postgres: str | None, clock: FrozenClock) -> AsyncIterator[Database]:
    if postgres is None:
        yield MemoryDatabase(clock)
        return
    database = await PostgresDatabase.connect(postgres)
    yield database
    await database.close()


@pytest.fixture
async def ann(database: Database) -> User:
    return await database.users.add(a_user("Ann", "ann@example.com"))


@pytest.fixture
async def ben(database: Database) -> User:
    return await database.users.add(a_user("Ben", "ben@example.com"))


@pytest.fixture
async def show(database: Database) -> Event:
    """An event that the database knows, with twenty tickets, none of them sold."""
    event = an_event()
    await database.events.add(event)
    return event


@pytest.fixture
async def gala(database: Database) -> Event:
    """An event with twenty tickets of two types, priced as `an_admission` says."""
    event = an_event(name="Gala")
    await database.events.add(event, an_admission())
    return event


async def lapse_in_memory(
    holds: MemoryHoldStore,
    clock: FrozenClock,
    event_id: EventId,
    numbers: Collection[int],
    ago: timedelta = timedelta(seconds=1),
) -> None:
    event = holds.events[event_id]
    for tickets in [event.held, *(pending.holds for pending in event.claims.values())]:
        for number in tickets.keys() & set(numbers):
            tickets[number] = replace(tickets[number], deadline=clock.now() - ago)


async def ms_ago(client: Redis, ago: timedelta) -> int:
    seconds, microseconds = await client.time()
    return int(seconds) * 1000 + int(microseconds) // 1000 - ago // timedelta(milliseconds=1)


async def lapse_in_valkey(client: Redis, event_id: EventId, numbers: Collection[int], at: int = 1) -> None:
    """Make `at`, in ms, the deadline of tickets."""
    expiry, claims, offers = (f"{key}:{{{event_id}}}" for key in ("expiry", "claims", "offers"))
    for member in map(str, await client.zrange(expiry, 0, -1)):
        if int(member.split(":", maxsplit=1)[0]) in numbers:
            await client.zadd(expiry, {member: at})
    for number in numbers:
        # A key without a time to live does not lapse, whatever its ticket's deadline.
        key = f"hold:{{{event_id}}}:{ticket_id(event_id, number)}"
        if await client.pttl(key) >= 0:
            await client.delete(key)
        for booking_id, claim in (await client.hgetall(claims)).items():
            await client.hset(claims, booking_id, re.sub(rf"\b{number}:\d+", f"{number}:{at}", str(claim)))
        for user_id, offer in (await client.hgetall(offers)).items():
            entry_id, _, offered = str(offer).split("|")
            if str(number) in offered.split(","):
                await client.hset(offers, user_id, f"{entry_id}|{at}|{offered}")
