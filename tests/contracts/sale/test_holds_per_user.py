"""The promises of the hold store: how many tickets of an event a user may hold at once."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from booked.adapters.redis import RedisHoldStore
from booked.domain.errors import OverTicketLimit
from booked.domain.model.ids import EventId
from booked.domain.model.sale.holds import Claim, house_of
from booked.domain.model.sale.reservations import AnyOf, Exactly
from booked.ports.hold_store import HoldStore
from tests.builders import ANN, BEN, TTL, a_booking_id, an_event_id, install, sold_tickets
from tests.guards import Guards

LIMIT = 4  # of the store that `strict` gives

Taking = Callable[[HoldStore, EventId, int], Awaitable[object]]


async def reserve(holds: HoldStore, event_id: EventId, count: int) -> object:
    return await holds.reserve(event_id, ANN, count, TTL)


async def make_reservation(holds: HoldStore, event_id: EventId, count: int) -> object:
    return await holds.make_reservation(event_id, ANN, AnyOf(count), TTL)


async def enlarge(holds: HoldStore, event_id: EventId, count: int) -> object:
    """Make a reservation for one ticket and add the others."""
    made = await holds.make_reservation(event_id, ANN, AnyOf(1), TTL)
    return await holds.enlarge(made.id, ANN, AnyOf(count - 1))


WAYS = [reserve, make_reservation, enlarge]


@pytest.fixture
async def show(strict: HoldStore) -> EventId:
    """An event of twenty tickets."""
    event_id = an_event_id()
    await install(strict, event_id, sold_tickets())
    return event_id


async def claim(holds: HoldStore, event_id: EventId, count: int) -> Claim:
    hold = await holds.reserve(event_id, ANN, count, TTL)
    return await holds.claim(event_id, ANN, hold.numbers, a_booking_id())


async def require_full(holds: HoldStore, event_id: EventId) -> None:
    with pytest.raises(OverTicketLimit):
        await holds.reserve(event_id, ANN, 1, TTL)


async def require_empty(holds: HoldStore, event_id: EventId) -> None:
    await holds.reserve(event_id, ANN, LIMIT, TTL)
    await require_full(holds, event_id)


@pytest.mark.parametrize("take", WAYS)
async def test_nobody_holds_more_at_once_than_is_allowed(strict: HoldStore, show: EventId, take: Taking) -> None:
    with pytest.raises(OverTicketLimit):
        await take(strict, show, LIMIT + 1)


@pytest.mark.parametrize("take", WAYS)
async def test_what_is_held_counts_however_it_was_taken(strict: HoldStore, show: EventId, take: Taking) -> None:
    await take(strict, show, LIMIT)

    for again in (reserve, make_reservation):
        with pytest.raises(OverTicketLimit):
            await again(strict, show, 1)
    assert (await strict.stock(show)).held == LIMIT


async def test_32_requests_at_once_hold_no_more_than_is_allowed(strict: HoldStore, show: EventId) -> None:
    await asyncio.gather(*(reserve(strict, show, 1) for _ in range(32)), return_exceptions=True)

    assert (await strict.stock(show)).held == LIMIT


async def test_control_without_the_guard_an_account_holds_more(redis_url: str, guards: Guards) -> None:
    guards.remove("most held")
    store, event_id = RedisHoldStore.connect(redis_url, held_per_user=LIMIT), an_event_id()
    await install(store, event_id, sold_tickets())

    await store.reserve(event_id, ANN, LIMIT + 1, TTL)

    assert (await store.stock(event_id)).held == LIMIT + 1
    await store.close()


async def test_others_and_other_events_have_limits_of_their_own(strict: HoldStore, show: EventId) -> None:
    other = an_event_id()
    await install(strict, other, sold_tickets())
    await strict.reserve(show, ANN, LIMIT, TTL)

    await strict.reserve(show, BEN, LIMIT, TTL)
    await strict.reserve(other, ANN, LIMIT, TTL)


async def test_the_house_holds_as_many_as_it_likes(strict: HoldStore, show: EventId) -> None:
    await strict.make_reservation(show, house_of(show), Exactly(range(1, LIMIT + 3)), TTL)

    assert (await strict.stock(show)).held == LIMIT + 2


async def test_what_has_lapsed_does_not_count(strict: HoldStore, show: EventId) -> None:
    await strict.reserve(show, ANN, LIMIT, timedelta(0))

    await require_empty(strict, show)


async def test_what_was_given_back_does_not_count(strict: HoldStore, show: EventId) -> None:
    made = await strict.make_reservation(show, ANN, AnyOf(LIMIT), TTL)
    await strict.reduce(made.id, ANN, 1)
    await strict.give_back(made.id, ANN)

    await require_empty(strict, show)


async def test_what_is_being_booked_counts_and_what_is_booked_does_not(strict: HoldStore, show: EventId) -> None:
    pending = await claim(strict, show, LIMIT)
    await require_full(strict, show)

    await strict.settle(show, pending.booking_id)

    await require_empty(strict, show)


async def test_what_a_claim_that_is_given_up_holds_again_counts_once(strict: HoldStore, show: EventId) -> None:
    pending = await claim(strict, show, LIMIT)

    await strict.abandon(show, pending.booking_id)

    await require_full(strict, show)
    await strict.claim(show, ANN, pending.numbers, a_booking_id())
    await require_full(strict, show)


@pytest.mark.parametrize("sold", [0, 1, 3, 4])
async def test_a_flip_counts_what_is_still_held(strict: HoldStore, show: EventId, sold: int) -> None:
    held = await strict.reserve(show, ANN, 2, TTL)
    pending = await claim(strict, show, 2)
    assert held.numbers + pending.numbers == (1, 2, 3, 4)

    await install(strict, show, sold_tickets([(1, sold)] if sold else [], epoch=2))

    if sold:
        await strict.reserve(show, ANN, sold, TTL)
    await require_full(strict, show)


async def test_a_discarded_event_is_held_by_nobody(strict: HoldStore, show: EventId) -> None:
    await strict.reserve(show, ANN, 1, TTL)
    await claim(strict, show, 3)

    await strict.discard(show, 1)
    await install(strict, show, sold_tickets(epoch=2))

    await require_empty(strict, show)
