"""A rush for the best seats: 160 parties at once for the gaps that are left among 8,000 seats."""

import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from booked.adapters.redis import RedisHoldStore, scripts
from booked.domain.errors import NotTogether, SeatTaken
from booked.domain.model.ids import EventId, UserId
from booked.domain.model.programme.seating import Block, SeatBlock
from booked.domain.model.sale.reservations import BestOf, Exactly, Reservation
from booked.ports.hold_store import HoldStore
from tests.builders import FrozenClock, a_user_id, an_event_id, install, sold_tickets
from tests.concurrency.processes import together
from tests.memory.holds import MemoryHoldStore

TTL = timedelta(minutes=10)
SEATS_A_ROW = 40
HALL = [
    Block(first, first + 1_999, number, SeatBlock(f"Section {number}", rows=50, seats_per_row=SEATS_A_ROW))
    for number, first in enumerate(range(1, 8_001, 2_000), start=1)
]
PARTIES = 160
FREE = 420  # for 160 parties of 3.5 people on average: some must be refused

Turns = Callable[[], Awaitable[list[UserId]]]


@dataclass(frozen=True, slots=True)
class Attempt:
    """A party, and what it was given or told."""

    user: UserId
    size: int
    answer: object


# It notes the turns of scripts in a key of its own, which a script can do on one server only.
pytestmark = pytest.mark.parametrize("redis_url", ["server"], indirect=True)


@pytest.fixture
async def stores(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[RedisHoldStore]]:
    """What three processes see of one Valkey, which notes in whose turn it decides."""
    noting = "redis.call('RPUSH', 'turns', ARGV[2])\n"
    monkeypatch.setitem(scripts.TEXTS, "make_reservation", noting + scripts.TEXTS["make_reservation"])
    stores = [RedisHoldStore.connect(redis_url) for _ in range(3)]
    yield stores
    for store in stores:
        await store.close()


@pytest.fixture
async def turns(redis_url: str) -> AsyncIterator[Turns]:
    """Tells in which order Valkey has decided."""

    async def users() -> list[UserId]:
        return [UserId(str(user)) for user in await client.lrange("turns", 0, -1)]

    async with Redis.from_url(redis_url, decode_responses=True) as client:
        yield users


def sold_but_for_gaps(seed: int) -> list[tuple[int, int]]:
    """Ranges of sold tickets that leave gaps of one to eight seats all over the hall, some of them across two rows."""
    chance = random.Random(seed)
    free: set[int] = set()
    while len(free) < FREE:
        first = chance.randint(1, 8_000)
        free |= set(range(first, min(first + chance.randint(1, 8), 8_001)))
    return [(number, number) for number in range(1, 8_001) if number not in free]


async def rush(stores: Sequence[HoldStore], event_id: EventId) -> list[Attempt]:
    chance = random.Random(PARTIES)
    parties = [(a_user_id(), chance.randint(1, 6)) for _ in range(PARTIES)]
    answers = await together(
        [
            stores[index % len(stores)].make_reservation(event_id, user, BestOf(size, HALL), TTL)
            for index, (user, size) in enumerate(parties)
        ]
    )
    return [Attempt(user, size, answer) for (user, size), answer in zip(parties, answers, strict=True)]


async def refused_wrongly(
    attempts: Sequence[Attempt], order: Sequence[UserId], sold: list[tuple[int, int]]
) -> list[int]:
    """The sizes of parties that were refused although a row had room for them when it was their turn."""
    oracle, event_id = MemoryHoldStore(FrozenClock()), an_event_id()
    await install(oracle, event_id, sold_tickets(sold, capacity=8_000))
    by_user = {attempt.user: attempt for attempt in attempts}
    wrongly: list[int] = []
    for attempt in (by_user[user] for user in order):
        if isinstance(attempt.answer, Reservation):
            # Raises where one of the seats was somebody else's already.
            await oracle.make_reservation(event_id, attempt.user, Exactly(attempt.answer.numbers), TTL)
            continue
        [found] = await together([oracle.make_reservation(event_id, attempt.user, BestOf(attempt.size, HALL), TTL)])
        if isinstance(found, Reservation):
            wrongly.append(attempt.size)
            await oracle.give_back(found.id, attempt.user)
    return wrongly


def row_of(number: int) -> int:
    return (number - 1) // SEATS_A_ROW


@pytest.mark.parametrize("seed", range(3))
async def test_nobody_is_refused_while_a_row_fits_and_no_party_sits_apart(
    stores: list[RedisHoldStore], turns: Turns, seed: int
) -> None:
    event_id, sold = an_event_id(), sold_but_for_gaps(seed)
    await install(stores[0], event_id, sold_tickets(sold, capacity=8_000))

    attempts = await rush(stores, event_id)

    order = await turns()
    assert len(order) == PARTIES
    assert await refused_wrongly(attempts, order, sold) == []
    seated = [attempt for attempt in attempts if isinstance(attempt.answer, Reservation)]
    refused = [attempt for attempt in attempts if isinstance(attempt.answer, NotTogether)]
    assert len(seated) + len(refused) == PARTIES
    assert refused
    for attempt in seated:
        numbers = attempt.answer.numbers  # type: ignore[attr-defined]
        assert numbers == tuple(range(numbers[0], numbers[0] + attempt.size))
        assert row_of(numbers[0]) == row_of(numbers[-1])
    given = [number for attempt in seated for number in attempt.answer.numbers]  # type: ignore[attr-defined]
    assert len(given) == len(set(given))
    assert not any(first <= number <= last for first, last in sold for number in given)


async def test_everybody_is_given_what_they_would_have_been_given_one_after_the_other(
    stores: list[RedisHoldStore], turns: Turns
) -> None:
    event_id, sold = an_event_id(), sold_but_for_gaps(seed=7)
    await install(stores[0], event_id, sold_tickets(sold, capacity=8_000))

    attempts = {attempt.user: attempt for attempt in await rush(stores, event_id)}

    alone, same = MemoryHoldStore(FrozenClock()), an_event_id()
    await install(alone, same, sold_tickets(sold, capacity=8_000))
    for user in await turns():
        attempt = attempts[user]
        [expected] = await together([alone.make_reservation(same, attempt.user, BestOf(attempt.size, HALL), TTL)])
        if isinstance(expected, Reservation):
            assert isinstance(attempt.answer, Reservation)
            assert attempt.answer.numbers == expected.numbers
        else:
            assert type(attempt.answer) is type(expected)


class LooksFirst:
    """Looks for the best seats in one call and takes them in another."""

    def __init__(self, store: RedisHoldStore) -> None:
        self._store = store

    async def make_reservation(self, event_id: EventId, user: UserId, selection: BestOf, ttl: timedelta) -> Reservation:
        seats = await self._store.inspect(event_id)
        taken = seats.sold | seats.held | seats.claimed
        for first in range(1, seats.stock.capacity + 2 - selection.count):
            numbers = range(first, first + selection.count)
            if row_of(numbers[0]) == row_of(numbers[-1]) and taken.isdisjoint(numbers):
                return await self._store.make_reservation(event_id, user, Exactly(numbers), ttl)
        raise NotTogether


async def test_control_who_looks_and_takes_in_two_calls_is_refused_while_rows_fit(
    stores: list[RedisHoldStore], turns: Turns
) -> None:
    event_id, sold = an_event_id(), sold_but_for_gaps(seed=0)
    await install(stores[0], event_id, sold_tickets(sold, capacity=8_000))

    attempts = await rush([LooksFirst(store) for store in stores], event_id)  # type: ignore[misc]

    order = await turns()
    assert any(isinstance(attempt.answer, SeatTaken) for attempt in attempts)
    assert await refused_wrongly(attempts, order, sold) != []
