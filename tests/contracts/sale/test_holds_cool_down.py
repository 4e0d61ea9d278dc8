"""The promises of the hold store: who lets reservations of an event lapse again and again has to cool down."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from booked.adapters.redis import RedisHoldStore
from booked.domain.errors import TooManyRequests
from booked.domain.model.ids import EventId, UserId
from booked.domain.model.programme.seating import Block, SeatBlock
from booked.domain.model.sale.holds import CLAIM_GRACE, house_of
from booked.domain.model.sale.reservations import AnyOf, BestOf, Exactly
from booked.ports.hold_store import HoldStore
from tests.builders import (
    ANN,
    BEN,
    TTL,
    a_booking_id,
    an_entry,
    an_event_id,
    install,
    key_by,
    make_offer,
    sold_tickets,
)
from tests.contracts.conftest import Age, LapsedAgo, lapse_in_valkey, ms_ago
from tests.guards import Guards

SECOND = timedelta(seconds=1)
FIRST_WAIT = TTL / 10
ROW = Block(1, 20, 1, SeatBlock("A", rows=1, seats_per_row=20))

Taking = Callable[[HoldStore, EventId], Awaitable[object]]
LetLapse = Callable[..., Awaitable[None]]


async def reserve(holds: HoldStore, event_id: EventId) -> object:
    return await holds.reserve(event_id, ANN, 1, TTL, limited=True)


async def any_ticket(holds: HoldStore, event_id: EventId) -> object:
    return await holds.make_reservation(event_id, ANN, AnyOf(1), TTL, limited=True)


async def best_seats(holds: HoldStore, event_id: EventId) -> object:
    return await holds.make_reservation(event_id, ANN, BestOf(2, [ROW]), TTL, limited=True)


async def chosen_seats(holds: HoldStore, event_id: EventId) -> object:
    return await holds.make_reservation(event_id, ANN, Exactly([19, 20]), TTL, limited=True)


WAYS = [reserve, any_ticket, best_seats, chosen_seats]


@pytest.fixture
def let_lapse(holds: HoldStore, lapsed_ago: LapsedAgo) -> LetLapse:
    """Lets as many rounds lapse as there are times, this long ago each."""

    async def let(event_id: EventId, ages: Sequence[timedelta], user: UserId = ANN) -> None:
        for ago in ages:
            hold = await holds.reserve(event_id, user, 2, TTL)
            await lapsed_ago(event_id, hold.numbers, ago)

    return let


def rounds(count: int, last: timedelta = SECOND) -> list[timedelta]:
    """So many rounds one after the other, the last of them this long ago."""
    return [last + n * SECOND for n in reversed(range(count))]


async def wait(holds: HoldStore, event_id: EventId, take: Taking = reserve) -> timedelta:
    with pytest.raises(TooManyRequests) as refusal:
        await take(holds, event_id)
    return timedelta(seconds=refusal.value.retry_after_s)


@pytest.mark.parametrize("take", WAYS)
async def test_after_three_rounds_in_a_row_a_user_waits(
    holds: HoldStore, concert: EventId, let_lapse: LetLapse, take: Taking
) -> None:
    await let_lapse(concert, rounds(3))

    assert FIRST_WAIT - 15 * SECOND <= await wait(holds, concert, take) <= FIRST_WAIT
    assert (await holds.stock(concert)).held == 0


@pytest.mark.parametrize("take", WAYS)
async def test_after_two_rounds_nobody_waits(
    holds: HoldStore, concert: EventId, let_lapse: LetLapse, take: Taking
) -> None:
    await let_lapse(concert, rounds(2))

    await take(holds, concert)


async def test_each_further_round_doubles_the_wait_up_to_a_longest(
    holds: HoldStore, concert: EventId, let_lapse: LetLapse
) -> None:
    waits = []
    for ago in reversed(range(1, 13)):
        await let_lapse(concert, [ago * SECOND])
        if ago <= 10:
            waits.append(await wait(holds, concert) + ago * SECOND)

    expected = [FIRST_WAIT * 2**n for n in range(6)] + [6 * TTL] * 4
    assert all(timedelta(0) <= due - waited <= 15 * SECOND for due, waited in zip(expected, waits, strict=True))


async def test_the_wait_is_counted_from_the_lapse(holds: HoldStore, concert: EventId, let_lapse: LetLapse) -> None:
    await let_lapse(concert, rounds(3, last=FIRST_WAIT))

    await reserve(holds, concert)


async def test_control_without_the_guard_nobody_waits(redis_url: str, guards: Guards) -> None:
    guards.remove("cool-down")
    store, event_id = RedisHoldStore.connect(redis_url), an_event_id()
    await install(store, event_id, sold_tickets())
    async with Redis.from_url(redis_url, decode_responses=True) as client:
        await client.hset(f"meta:{{{event_id}}}", "repaired", 0)
        for ago in rounds(3):
            hold = await store.reserve(event_id, ANN, 2, TTL)
            await lapse_in_valkey(client, event_id, hold.numbers, await ms_ago(client, ago))

    await reserve(store, event_id)
    await store.close()


async def test_who_is_not_limited_does_not_wait(holds: HoldStore, concert: EventId, let_lapse: LetLapse) -> None:
    await let_lapse(concert, rounds(5))

    await holds.reserve(concert, ANN, 1, TTL)
    await holds.make_reservation(concert, ANN, AnyOf(1), TTL)


async def test_others_and_other_events_are_not_concerned(
    holds: HoldStore, concert: EventId, let_lapse: LetLapse
) -> None:
    other = an_event_id()
    await install(holds, other, sold_tickets())
    await let_lapse(concert, rounds(3))

    await holds.reserve(concert, BEN, 1, TTL, limited=True)
    await reserve(holds, other)


async def test_what_is_held_until_one_deadline_is_one_round(
    holds: HoldStore, concert: EventId, lapsed_ago: LapsedAgo
) -> None:
    numbers = [number for _ in range(4) for number in (await holds.reserve(concert, ANN, 2, TTL)).numbers]
    await lapsed_ago(concert, numbers, SECOND)

    await reserve(holds, concert)


async def test_a_booking_ends_the_row(holds: HoldStore, concert: EventId, let_lapse: LetLapse) -> None:
    await let_lapse(concert, rounds(5))
    hold = await holds.reserve(concert, ANN, 1, TTL)
    claim = await holds.claim(concert, ANN, hold.numbers, a_booking_id())
    await wait(holds, concert)

    await holds.settle(concert, claim.booking_id)

    await let_lapse(concert, rounds(2))
    await reserve(holds, concert)


async def test_a_row_begins_anew_after_a_booking(holds: HoldStore, concert: EventId, let_lapse: LetLapse) -> None:
    hold = await holds.reserve(concert, ANN, 1, TTL)
    claim = await holds.claim(concert, ANN, hold.numbers, a_booking_id())
    await holds.settle(concert, claim.booking_id)

    await let_lapse(concert, rounds(3))

    await wait(holds, concert)


@pytest.mark.parametrize("rest_is_found_first", [True, False])
async def test_a_reservation_that_is_booked_in_part_is_no_round(
    holds: HoldStore, concert: EventId, let_lapse: LetLapse, lapsed_ago: LapsedAgo, *, rest_is_found_first: bool
) -> None:
    hold = await holds.reserve(concert, ANN, 3, TTL)
    claim = await holds.claim(concert, ANN, hold.numbers[:1], a_booking_id())
    await lapsed_ago(concert, hold.numbers, 10 * SECOND)  # also what the claim says of its ticket
    if rest_is_found_first:
        await holds.stock(concert)
    await holds.settle(concert, claim.booking_id)

    await let_lapse(concert, rounds(2))
    await reserve(holds, concert)
    await let_lapse(concert, [SECOND / 2])
    await wait(holds, concert)


@pytest.mark.parametrize(("late", "allowed"), [(9 * TTL + SECOND, False), (8 * TTL, True)])
async def test_a_reservation_given_back_in_the_last_tenth_of_its_time_is_a_round(
    holds: HoldStore, concert: EventId, let_lapse: LetLapse, age: Age, late: timedelta, *, allowed: bool
) -> None:
    await let_lapse(concert, rounds(2))
    made = await holds.make_reservation(concert, ANN, AnyOf(2), TTL)
    await age(made.id, late)

    await holds.give_back(made.id, ANN)

    if allowed:
        await reserve(holds, concert)
    else:
        assert TTL < await wait(holds, concert) <= TTL + FIRST_WAIT  # as if it had lapsed


async def test_own_rounds_are_found_behind_those_of_others(
    holds: HoldStore, let_lapse: LetLapse, lapsed_ago: LapsedAgo
) -> None:
    arena = an_event_id()
    await install(holds, arena, sold_tickets(capacity=500))
    await let_lapse(arena, rounds(2, last=20 * SECOND))
    own = await holds.reserve(arena, ANN, 1, TTL)
    others = await holds.reserve(arena, BEN, 300, TTL)
    await lapsed_ago(arena, others.numbers, 10 * SECOND)
    await lapsed_ago(arena, own.numbers, SECOND)

    await wait(holds, arena)


async def test_offers_that_lapse_are_no_rounds(holds: HoldStore, concert: EventId, lapsed_ago: LapsedAgo) -> None:
    for version, ago in enumerate(rounds(4)):
        offer = await make_offer(holds, an_entry(concert, ANN, 2, version=version))
        await lapsed_ago(concert, offer.numbers, ago)
        await holds.offers(concert)

    await reserve(holds, concert)


async def test_who_waits_may_take_what_is_offered_and_add_to_what_is_held(
    holds: HoldStore, concert: EventId, let_lapse: LetLapse
) -> None:
    made = await holds.make_reservation(concert, ANN, AnyOf(1), TTL)
    await let_lapse(concert, rounds(3))
    await make_offer(holds, an_entry(concert, ANN, 1))

    await holds.enlarge(made.id, ANN, AnyOf(1))
    await reserve(holds, concert)
    await any_ticket(holds, concert)


async def test_a_repeated_request_is_answered_while_its_user_waits(
    holds: HoldStore, concert: EventId, let_lapse: LetLapse
) -> None:
    key = key_by(ANN)
    made = await holds.make_reservation(concert, ANN, AnyOf(1), TTL, key, limited=True)
    await let_lapse(concert, rounds(3))

    again = await holds.make_reservation(concert, ANN, AnyOf(1), TTL, key, limited=True)

    assert again == made


@pytest.mark.parametrize(("at_least", "allowed"), [(CLAIM_GRACE, True), (timedelta(0), False)])
async def test_a_claim_that_is_given_up_is_a_round_only_if_it_was_refused(
    holds: HoldStore,
    concert: EventId,
    let_lapse: LetLapse,
    lapsed_ago: LapsedAgo,
    at_least: timedelta,
    *,
    allowed: bool,
) -> None:
    await let_lapse(concert, rounds(2, last=20 * SECOND))
    hold = await holds.reserve(concert, ANN, 1, TTL)
    claim = await holds.claim(concert, ANN, hold.numbers, a_booking_id())
    await holds.abandon(concert, claim.booking_id, at_least)

    await lapsed_ago(concert, hold.numbers, SECOND)

    if allowed:
        await reserve(holds, concert)
    else:
        await wait(holds, concert)


async def test_a_repair_forgets_rounds_and_what_lapsed_before_it_is_none(
    holds: HoldStore, concert: EventId, let_lapse: LetLapse
) -> None:
    await let_lapse(concert, rounds(3, last=20 * SECOND))
    await wait(holds, concert)
    await let_lapse(concert, [10 * SECOND])  # which nobody has noticed yet

    await install(holds, concert, sold_tickets(epoch=2))

    await reserve(holds, concert)
    await let_lapse(concert, rounds(2))
    await reserve(holds, concert)


async def test_what_was_just_being_booked_amid_a_repair_is_no_round(
    holds: HoldStore, concert: EventId, let_lapse: LetLapse, lapsed_ago: LapsedAgo
) -> None:
    hold = await holds.reserve(concert, ANN, 1, TTL)
    await holds.claim(concert, ANN, hold.numbers, a_booking_id())
    await install(holds, concert, sold_tickets(epoch=2))

    await lapsed_ago(concert, hold.numbers, 10 * SECOND)
    await let_lapse(concert, rounds(2))

    await reserve(holds, concert)


async def test_a_discarded_event_forgets_rounds(holds: HoldStore, concert: EventId, let_lapse: LetLapse) -> None:
    await let_lapse(concert, rounds(5))
    await wait(holds, concert)

    await holds.discard(concert, 1)
    await install(holds, concert, sold_tickets(epoch=2))

    await reserve(holds, concert)


async def test_the_house_never_waits(holds: HoldStore, concert: EventId, let_lapse: LetLapse) -> None:
    await let_lapse(concert, rounds(5), house_of(concert))

    await holds.make_reservation(concert, house_of(concert), AnyOf(1), TTL, limited=True)
