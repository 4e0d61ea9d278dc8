"""Calls that are made together: few steps of the server for many calls, and each call stands for itself."""

import asyncio
from datetime import timedelta

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from booked.adapters.redis import RedisHoldStore
from booked.adapters.redis.steps import CALLS_A_STEP
from booked.domain.errors import TooFewTickets
from booked.domain.model.ids import EventId
from booked.ports.holds import EventIsCold
from tests.adapters.redis.lapsing import lapse_all
from tests.builders import (
    ANN,
    BEN,
    a_booking_id,
    a_user_id,
    an_entry,
    an_event_id,
    install,
    make_offer,
    sold_tickets,
)
from tests.guards import Guards

TTL = timedelta(minutes=10)


async def on_sale(store: RedisHoldStore, seats: int) -> EventId:
    event_id = an_event_id()
    await install(store, event_id, sold_tickets(capacity=seats))
    return event_id


async def steps(valkey: Redis) -> int:
    """How many scripts ran."""
    return int((await valkey.info("commandstats"))["cmdstat_evalsha"]["calls"])


async def test_calls_of_one_moment_for_one_event_are_one_step(store: RedisHoldStore, valkey: Redis) -> None:
    event_id = await on_sale(store, seats=100)
    before = await steps(valkey)

    holds = await asyncio.gather(*(store.reserve(event_id, a_user_id(), 1, TTL) for _ in range(CALLS_A_STEP)))

    assert await steps(valkey) - before == 1
    assert sorted(number for hold in holds for number in hold.numbers) == list(range(1, CALLS_A_STEP + 1))


async def test_a_step_has_a_most(store: RedisHoldStore, valkey: Redis) -> None:
    event_id = await on_sale(store, seats=100)
    before = await steps(valkey)

    await asyncio.gather(*(store.reserve(event_id, a_user_id(), 1, TTL) for _ in range(CALLS_A_STEP + 1)))

    assert await steps(valkey) - before == 2


async def test_events_share_a_step(store: RedisHoldStore, valkey: Redis) -> None:
    first, second = await on_sale(store, seats=9), await on_sale(store, seats=9)
    before = await steps(valkey)

    holds = await asyncio.gather(*(store.reserve(id_, a_user_id(), 1, TTL) for id_ in (first, second) * 3))

    assert await steps(valkey) - before == 1
    assert [hold.event_id for hold in holds] == [first, second] * 3
    assert [hold.numbers for hold in holds] == [(1,), (1,), (2,), (2,), (3,), (3,)]


async def test_a_step_of_several_events_has_a_most(store: RedisHoldStore, valkey: Redis) -> None:
    event_ids = [await on_sale(store, seats=9) for _ in range(CALLS_A_STEP + 1)]
    before = await steps(valkey)

    await asyncio.gather(*(store.reserve(event_id, a_user_id(), 1, TTL) for event_id in event_ids))

    assert await steps(valkey) - before == 2


async def test_an_event_with_many_calls_shares_no_step(store: RedisHoldStore, valkey: Redis) -> None:
    hot, other = await on_sale(store, seats=100), await on_sale(store, seats=100)
    before = await steps(valkey)

    await asyncio.gather(*(store.reserve(id_, a_user_id(), 1, TTL) for id_ in [hot] * CALLS_A_STEP + [other] * 9))

    assert await steps(valkey) - before == 2


async def test_a_flip_shares_a_step_with_no_other_event(store: RedisHoldStore, valkey: Redis) -> None:
    permits = {event_id: await store.permit_flip(event_id) for event_id in (an_event_id(), an_event_id())}
    before = await steps(valkey)

    await asyncio.gather(*(store.flip(event_id, permit, sold_tickets()) for event_id, permit in permits.items()))

    assert await steps(valkey) - before == 2


async def test_an_inspection_shares_a_step_with_no_other_event(store: RedisHoldStore, valkey: Redis) -> None:
    first, second = await on_sale(store, seats=9), await on_sale(store, seats=9)
    before = await steps(valkey)

    await asyncio.gather(store.inspect(first), store.inspect(second))

    assert await steps(valkey) - before == 2


async def test_a_page_of_events_is_looked_at_in_one_step(store: RedisHoldStore, valkey: Redis) -> None:
    event_ids = [await on_sale(store, seats=seats) for seats in range(1, 102)]
    before = await steps(valkey)

    available = await store.available(event_ids)

    assert await steps(valkey) - before == 1
    assert available == list(range(1, 102))


async def test_pages_that_begin_with_one_event_have_steps_of_their_own(store: RedisHoldStore, valkey: Redis) -> None:
    event_ids = [await on_sale(store, seats=9) for _ in range(CALLS_A_STEP)]
    before = await steps(valkey)

    pages = await asyncio.gather(*(store.available(event_ids) for _ in range(5)))

    assert await steps(valkey) - before == 5
    assert pages == [[9] * CALLS_A_STEP] * 5


async def test_a_look_at_many_events_sees_what_came_before_it_in_its_step(store: RedisHoldStore) -> None:
    event_id, other = await on_sale(store, seats=9), await on_sale(store, seats=5)

    _, available = await asyncio.gather(
        store.reserve(event_id, a_user_id(), 2, TTL), store.available([event_id, other, event_id])
    )

    assert available == [7, 5, 7]


async def test_each_call_of_a_step_has_an_answer_of_its_own(store: RedisHoldStore) -> None:
    event_id = await on_sale(store, seats=3)

    results = await asyncio.gather(
        *(store.reserve(event_id, a_user_id(), count, TTL) for count in (2, 2, 1)), return_exceptions=True
    )

    assert [type(result).__name__ for result in results] == ["Hold", "TooFewTickets", "Hold"]
    assert isinstance(results[1], TooFewTickets)


async def test_calls_of_a_step_see_what_those_before_them_did(store: RedisHoldStore) -> None:
    event_id = await on_sale(store, seats=4)
    ann, ben = ANN, BEN
    await asyncio.gather(store.reserve(event_id, ann, 1, TTL), store.reserve(event_id, ben, 1, TTL))
    booking = a_booking_id()

    claim, settled, hold, stock = await asyncio.gather(
        store.claim(event_id, ann, [1], booking),
        store.settle(event_id, booking),
        store.reserve(event_id, ben, 1, TTL),
        store.stock(event_id),
    )

    assert (claim.numbers, settled, hold.numbers) == ((1,), True, (3,))
    assert (stock.sold, stock.held, stock.claimed, stock.marked) == (1, 2, 0, 3)
    assert await store.stock(event_id) == stock


async def test_a_call_that_fails_fails_alone(store: RedisHoldStore, valkey: Redis) -> None:
    event_id = await on_sale(store, seats=4)
    await valkey.set(f"claims:{{{event_id}}}", "not a hash")

    first, failed, second = await asyncio.gather(
        store.reserve(event_id, a_user_id(), 1, TTL),
        store.settle(event_id, a_booking_id()),
        store.reserve(event_id, a_user_id(), 1, TTL),
        return_exceptions=True,
    )

    assert isinstance(failed, ResponseError)
    assert [getattr(hold, "numbers", hold) for hold in (first, second)] == [(1,), (2,)]
    assert (await store.stock(event_id)).held == 2


async def test_a_discarded_event_is_cold_for_the_rest_of_the_step(store: RedisHoldStore) -> None:
    event_id = await on_sale(store, seats=4)

    _, _, available = await asyncio.gather(
        store.reserve(event_id, a_user_id(), 1, TTL), store.discard(event_id, 1), store.available([event_id])
    )

    assert available == [None]


async def test_a_cold_event_leaves_others_of_its_step_alone(store: RedisHoldStore) -> None:
    warm, cold = await on_sale(store, seats=4), an_event_id()

    results = await asyncio.gather(
        *(store.reserve(id_, a_user_id(), 1, TTL) for id_ in (cold, warm, cold, warm)), return_exceptions=True
    )

    assert [getattr(result, "numbers", type(result)) for result in results] == [EventIsCold, (1,), EventIsCold, (2,)]


async def test_an_event_that_cannot_be_written_leaves_others_of_its_step_alone(
    store: RedisHoldStore, valkey: Redis
) -> None:
    broken, first, second = await an_unwritable_event(store, valkey), await on_sale(store, 9), await on_sale(store, 9)

    results = await reserve_for_each(store, first, broken, broken, second)

    assert [getattr(result, "numbers", type(result)) for result in results] == [
        (1,),
        ResponseError,
        ResponseError,
        (1,),
    ]
    assert [(await store.stock(event_id)).held for event_id in (first, second)] == [1, 1]
    assert [await valkey.hlen(f"holders:{{{event_id}}}") for event_id in (first, second)] == [1, 1]


async def test_control_without_the_guard_an_event_fails_all_of_its_step(
    store: RedisHoldStore, valkey: Redis, guards: Guards
) -> None:
    guards.remove("events apart", instead="local done, made = true, make_calls(calls)")
    broken, other = await an_unwritable_event(store, valkey), await on_sale(store, seats=9)

    results = await reserve_for_each(store, other, broken)

    assert [type(result) for result in results] == [ResponseError, ResponseError]


async def test_what_is_known_of_an_event_is_not_taken_for_another_one(store: RedisHoldStore) -> None:
    offering, other = await an_event_with_an_offer_to_ann(store), await on_sale(store, seats=9)

    results = await asyncio.gather(*(store.reserve(event_id, ANN, 1, TTL) for event_id in (other, offering)))

    assert [hold.numbers for hold in results] == [(1,), (1,)]


async def test_control_without_the_guard_it_is(store: RedisHoldStore, guards: Guards) -> None:
    guards.remove("nothing of another event")
    offering, other = await an_event_with_an_offer_to_ann(store), await on_sale(store, seats=9)

    _, refused = await asyncio.gather(
        *(store.reserve(event_id, ANN, 1, TTL) for event_id in (other, offering)), return_exceptions=True
    )

    assert isinstance(refused, TooFewTickets)


async def an_unwritable_event(store: RedisHoldStore, valkey: Redis) -> EventId:
    """Return an event whose calls succeed, but what they have changed cannot be written at the end of the step."""
    event_id = await on_sale(store, seats=9)
    await valkey.set(f"holders:{{{event_id}}}", "not a hash")
    return event_id


async def an_event_with_an_offer_to_ann(store: RedisHoldStore) -> EventId:
    """Return an event with one ticket, which is offered to her."""
    event_id = await on_sale(store, seats=1)
    await make_offer(store, an_entry(event_id, ANN))
    return event_id


async def reserve_for_each(store: RedisHoldStore, *event_ids: EventId) -> list[object]:
    return await asyncio.gather(
        *(store.reserve(event_id, a_user_id(), 1, TTL) for event_id in event_ids), return_exceptions=True
    )


async def test_a_step_that_counts_events_frees_a_bounded_number_of_lapsed_holds(
    store: RedisHoldStore, valkey: Redis
) -> None:
    first, second = await on_sale(store, seats=11_000), await on_sale(store, seats=9)
    await asyncio.gather(*(store.reserve(first, a_user_id(), 1_000, TTL) for _ in range(11)))
    await store.reserve(second, a_user_id(), 9, TTL)
    for event_id in (first, second):
        await lapse_all(valkey, event_id)
    before = await steps(valkey)

    together = await asyncio.gather(store.stock(first), store.stock(second))
    assert await steps(valkey) - before == 1
    assert [stock.held for stock in together] == [1_000, 9]

    assert [(await store.stock(event_id)).held for event_id in (second, first)] == [0, 0]
