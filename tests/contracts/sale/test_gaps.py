"""What is remembered of gaps between seats: no party is told that it finds no room where there is some."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from booked.adapters.redis.store import RedisHoldStore
from booked.domain.errors import NotTogether, SeatTaken, TooFewTickets
from booked.domain.model.ids import EventId
from booked.domain.model.sale.holds import Release
from booked.domain.model.sale.reservations import BestOf, Exactly, Reservation, Selection
from booked.ports.hold_store import HoldStore
from tests.builders import ANN, BEN, TTL, FrozenClock, install, sold_tickets
from tests.contracts.conftest import Lapse
from tests.contracts.sale.test_best_seats import Hall, hall, put_on
from tests.guards import Guards
from tests.memory.holds import MemoryHoldStore

HALL = hall("x.x.x", ".x.x.", types=[1, 2])  # the seats 1 to 10
FRONT, BACK = HALL.blocks[:1], HALL.blocks[1:]

Change = Callable[[HoldStore, EventId], Awaitable[None]]


async def largest(holds: HoldStore, event_id: EventId, of: Hall, count: int = 5) -> str:
    """Return what a party is told that finds no room."""
    with pytest.raises(NotTogether) as refusal:
        await holds.make_reservation(event_id, ANN, BestOf(count, of.blocks), TTL)
    return str(refusal.value)


async def cancel(holds: HoldStore, event_id: EventId) -> None:
    await holds.release(Release(event_id, BEN, (3,), epoch=1, number=1))


async def repair(holds: HoldStore, event_id: EventId) -> None:
    sold = HALL.taken - {3}
    assert await install(
        holds, event_id, sold_tickets([(seat, seat) for seat in sorted(sold)], capacity=HALL.capacity, epoch=2)
    )


CHANGES: dict[str, Change] = {"a cancellation": cancel, "a repair": repair}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_seats_that_come_back_make_room(holds: HoldStore, change: Change) -> None:
    event_id = await put_on(holds, HALL)
    assert "At most 1 " in await largest(holds, event_id, HALL, 3)

    await change(holds, event_id)

    assert (await holds.make_reservation(event_id, ANN, BestOf(3, HALL.blocks), TTL)).numbers == (2, 3, 4)


async def test_seats_that_are_given_back_make_room(holds: HoldStore) -> None:
    event_id = await put_on(holds, HALL)
    held = await holds.make_reservation(event_id, ANN, Exactly((2,)), TTL)
    await largest(holds, event_id, HALL, 2)
    await holds.release(Release(event_id, BEN, (1,), epoch=1, number=1))
    await largest(holds, event_id, HALL, 2)

    await holds.give_back(held.id, ANN)

    assert (await holds.make_reservation(event_id, ANN, BestOf(2, HALL.blocks), TTL)).numbers == (1, 2)


async def test_seats_whose_time_is_over_make_room(holds: HoldStore, lapse: Lapse) -> None:
    of = hall("....", "x.x.")
    event_id = await put_on(holds, of)
    held = await holds.make_reservation(event_id, BEN, BestOf(4, of.blocks), TTL)
    await largest(holds, event_id, of, 2)

    await lapse(event_id, held.numbers)

    assert (await holds.make_reservation(event_id, ANN, BestOf(4, of.blocks), TTL)).numbers == (1, 2, 3, 4)


async def test_an_event_that_grows_has_room_in_its_new_rows(holds: HoldStore) -> None:
    of = hall(".x.x.", "...")
    event_id = await put_on(holds, Hall(of.blocks[:1], of.taken))
    await largest(holds, event_id, of, 2)

    await holds.grow(event_id, of.capacity)

    assert (await holds.make_reservation(event_id, ANN, BestOf(3, of.blocks), TTL)).numbers == (6, 7, 8)


async def test_the_largest_gap_that_is_told_is_still_there(holds: HoldStore) -> None:
    of = hall("x..x.", "x..x.", "x.x.x")
    event_id = await put_on(holds, of)

    sizes = [await largest(holds, event_id, of, 4)]
    for seat in (2, 8):
        await holds.make_reservation(event_id, BEN, Exactly((seat,)), TTL)
        sizes.append(await largest(holds, event_id, of, 4))

    assert ["At most 2" in sizes[0], "At most 2" in sizes[1], "At most 1" in sizes[2]] == [True, True, True]


async def test_a_smaller_party_finds_the_room_that_a_larger_one_did_not(holds: HoldStore) -> None:
    of = hall("x.x..", "x.x.x")
    event_id = await put_on(holds, of)
    await largest(holds, event_id, of, 3)

    assert (await holds.make_reservation(event_id, ANN, BestOf(2, of.blocks), TTL)).numbers == (4, 5)
    assert (await holds.make_reservation(event_id, ANN, BestOf(1, of.blocks), TTL)).numbers == (2,)


@pytest.mark.parametrize(
    ("guard", "change"),
    [
        ("largest gap", cancel),
        ("largest gap before a flip", repair),
    ],
)
async def test_a_gap_that_is_remembered_for_too_long_keeps_people_away(
    redis_url: str, guards: Guards, guard: str, change: Change
) -> None:
    guards.remove(guard)
    holds = RedisHoldStore.connect(redis_url)
    event_id = await put_on(holds, HALL)
    await largest(holds, event_id, HALL, 3)

    await change(holds, event_id)

    assert "At most 1 " in await largest(holds, event_id, HALL, 3)
    await holds.close()


async def test_new_rows_stay_empty_without_the_guard(redis_url: str, guards: Guards) -> None:
    guards.remove("largest gap before growing")
    holds = RedisHoldStore.connect(redis_url)
    of = hall(".x.x.", "...")
    event_id = await put_on(holds, Hall(of.blocks[:1], of.taken))
    await largest(holds, event_id, of, 2)

    await holds.grow(event_id, of.capacity)

    assert "At most 1 " in await largest(holds, event_id, of, 2)
    await holds.close()


async def test_what_comes_back_in_other_rows_changes_nothing(redis_url: str) -> None:
    holds = RedisHoldStore.connect(redis_url)
    event_id = await put_on(holds, HALL)
    for blocks in (FRONT, BACK):
        await largest(holds, event_id, Hall(blocks), 2)

    async with Redis.from_url(redis_url) as client:
        known = [await rows_remembered(client, event_id)]
        await holds.release(Release(event_id, BEN, (3,), epoch=1, number=1))
        known += [await rows_remembered(client, event_id)]

    assert known == [2, 1]
    await holds.close()


async def rows_remembered(client: Redis, event_id: EventId) -> int:
    record: Any = await client.get(f"gaps:{{{event_id}}}")
    return len(msgspec.msgpack.decode(record))


# Any order of events

steps = st.lists(
    st.tuples(st.sampled_from(["best", "best", "exactly", "give back", "cancel"]), st.integers(1, 12)), max_size=25
)
TAKEN_FIRST = hall("x.x..x", ".xx.x.", types=[1, 2])


@pytest.fixture
async def both(redis_url: str) -> AsyncIterator[list[HoldStore]]:
    """A store in Valkey, which remembers, and one in memory, which looks."""
    valkey = RedisHoldStore.connect(redis_url)
    yield [valkey, MemoryHoldStore(FrozenClock())]
    await valkey.close()


@given(steps)
@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
async def test_what_is_remembered_changes_no_answer(
    both: Sequence[HoldStore], wanted: Sequence[tuple[str, int]]
) -> None:
    answers = [await played(holds, wanted) for holds in both]

    assert answers[0] == answers[1]


async def played(holds: HoldStore, wanted: Sequence[tuple[str, int]]) -> list[object]:
    """Return what each step is answered."""
    event_id = await put_on(holds, TAKEN_FIRST)
    held: list[Reservation] = []
    sold = sorted(TAKEN_FIRST.taken)
    answers: list[object] = []
    for step, number in wanted:
        if step == "cancel":
            if sold:
                seat = sold.pop(number % len(sold))
                release = len(TAKEN_FIRST.taken) - len(sold)
                answers.append(await holds.release(Release(event_id, BEN, (seat,), epoch=1, number=release)))
        elif step == "give back":
            if held:
                await holds.give_back(held.pop(number % len(held)).id, ANN)
        else:
            blocks = (TAKEN_FIRST.blocks, TAKEN_FIRST.blocks[:1], TAKEN_FIRST.blocks[1:])[number % 3]
            selection: Selection = Exactly((number,)) if step == "exactly" else BestOf(1 + number // 3, blocks)
            try:
                made = await holds.make_reservation(event_id, ANN, selection, TTL)
            except (NotTogether, TooFewTickets, SeatTaken) as refusal:
                answers.append(str(refusal) if isinstance(refusal, NotTogether) else type(refusal))
            else:
                held.append(made)
                answers.append(made.numbers)
    return answers
