"""The promises of the hold store: installing events, forgetting them, and letting them grow."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from booked.adapters.embedded.valkey import valkey as valkey_server
from booked.adapters.redis.store import RedisHoldStore
from booked.domain.errors import OverTicketLimit, TooFewTickets
from booked.domain.model.ids import EventId, reservation_id
from booked.domain.model.sale.holds import EPOCHS_A_TIMELINE, Release, Stock
from booked.domain.model.sale.reservations import AnyOf
from booked.domain.model.sale.waitlist import Demand
from booked.ports.hold_store import HoldStore
from booked.ports.holds import EventIsCold, NotHeld
from booked.ports.upkeep import FlipIsDue
from tests.builders import ANN, BEN, TTL, a_booking_id, an_entry, an_event_id, install, key_by, make_offer, sold_tickets
from tests.contracts.conftest import Lapse, LoseEverything

UNSEEN = Stock(1, 20, 0, 0, 0, 0, 0, 0)


CALLS: dict[str, Callable[[HoldStore, EventId], Awaitable[object]]] = {
    "reserve": lambda holds, event_id: holds.reserve(event_id, ANN, 1, TTL),
    "claim": lambda holds, event_id: holds.claim(event_id, ANN, {1}, a_booking_id()),
    "settle": lambda holds, event_id: holds.settle(event_id, a_booking_id()),
    "abandon": lambda holds, event_id: holds.abandon(event_id, a_booking_id()),
    "release": lambda holds, event_id: holds.release(Release(event_id, ANN, (1,), epoch=1, number=1)),
    "stale_claims": lambda holds, event_id: holds.stale_claims(event_id, timedelta(0)),
    "shorten": lambda holds, event_id: holds.shorten(event_id, TTL),
    "stock": lambda holds, event_id: holds.stock(event_id),
    "grow": lambda holds, event_id: holds.grow(event_id, 30),
    "set_demand": lambda holds, event_id: holds.set_demand(Demand(event_id, 1, 1)),
    "offer": lambda holds, event_id: make_offer(holds, an_entry(event_id, ANN), TTL),
    "offers": lambda holds, event_id: holds.offers(event_id),
    "came_back_among": lambda holds, event_id: holds.came_back_among(event_id, []),
    "return_surplus": lambda holds, event_id: holds.return_surplus(Demand(event_id, 1, 1), UNSEEN, 1),
    "make_reservation": lambda holds, event_id: holds.make_reservation(event_id, ANN, AnyOf(1), TTL),
    "reservation": lambda holds, event_id: holds.reservation(reservation_id(event_id, 1)),
    "answered": lambda holds, event_id: holds.answered(event_id, key_by(ANN)),
    "enlarge": lambda holds, event_id: holds.enlarge(reservation_id(event_id, 1), ANN, AnyOf(1)),
    "reduce": lambda holds, event_id: holds.reduce(reservation_id(event_id, 1), ANN, 1),
    "extend": lambda holds, event_id: holds.extend(reservation_id(event_id, 1), ANN, TTL, 1),
    "give_back": lambda holds, event_id: holds.give_back(reservation_id(event_id, 1), ANN),
    "free_among": lambda holds, event_id: holds.free_among(event_id, []),
    "on_offer_among": lambda holds, event_id: holds.on_offer_among(event_id, []),
    "seat_map": lambda holds, event_id: holds.seat_map(event_id, 1, 20),
    "taken_among": lambda holds, event_id: holds.taken_among(event_id, [1]),
    "inspect": lambda holds, event_id: holds.inspect(event_id),
}


@asynccontextmanager
async def a_server_on(directory: Path) -> AsyncIterator[RedisHoldStore]:
    """A Valkey that keeps its data in a directory; it ends with the block, and can be started again."""
    with valkey_server(directory, durable=True) as url:
        store = RedisHoldStore.connect(url)
        try:
            yield store
        finally:
            await store.close()


# Cold events


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
async def test_an_event_is_cold_until_the_store_was_told_about_it(
    holds: HoldStore, call: Callable[[HoldStore, EventId], Awaitable[object]]
) -> None:
    event_id = an_event_id()

    with pytest.raises(EventIsCold):
        await call(holds, event_id)

    assert await holds.available([event_id]) == [None]
    await install(holds, event_id, sold_tickets())
    assert (await holds.stock(event_id)).free == 20


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
async def test_a_discarded_event_is_cold(
    holds: HoldStore, concert: EventId, call: Callable[[HoldStore, EventId], Awaitable[object]]
) -> None:
    await holds.discard(concert, epoch=1)

    with pytest.raises(EventIsCold):
        await call(holds, concert)


async def test_discarding_an_event_forgets_everything_about_it(holds: HoldStore, concert: EventId) -> None:
    hold = await holds.reserve(concert, ANN, 5, TTL)
    await holds.claim(concert, ANN, hold.numbers[:2], a_booking_id())
    await holds.set_demand(Demand(concert, 4, version=9))
    await make_offer(holds, an_entry(concert, BEN, 3), TTL)
    await holds.release(Release(concert, ANN, (), epoch=1, number=2))

    await holds.discard(concert, epoch=1)

    await install(holds, concert, sold_tickets(epoch=2))
    stock = await holds.stock(concert)
    assert (stock.free, stock.public, stock.marked) == (20, 20, 0)
    assert await holds.offers(concert) == []
    assert await holds.stale_claims(concert, timedelta(0)) == []
    assert await holds.release(Release(concert, ANN, (), epoch=2, number=2))
    with pytest.raises(NotHeld):
        await holds.claim(concert, ANN, hold.numbers, a_booking_id())


async def test_discarding_touches_no_other_event(holds: HoldStore, concert: EventId) -> None:
    await holds.reserve(concert, ANN, 5, TTL)

    await holds.discard(an_event_id(), epoch=1)

    assert (await holds.stock(concert)).held == 5


async def test_a_discard_that_comes_after_a_newer_flip_changes_nothing(holds: HoldStore, concert: EventId) -> None:
    await holds.discard(concert, epoch=2)
    await install(holds, concert, sold_tickets(epoch=3))
    hold = await holds.reserve(concert, ANN, 5, TTL)

    await holds.discard(concert, epoch=2)

    assert (await holds.inspect(concert)).held == set(hold.numbers)


async def test_many_holds_are_discarded_and_none_of_those_made_since(holds: HoldStore) -> None:
    event_id = an_event_id()
    await install(holds, event_id, sold_tickets(capacity=2_500))
    for _ in range(25):
        await holds.reserve(event_id, ANN, 100, TTL)

    await holds.discard(event_id, epoch=2)

    await install(holds, event_id, sold_tickets(capacity=2_500, epoch=3))
    assert (await holds.stock(event_id)).held == 0


@pytest.mark.parametrize("late", [1, 2])
async def test_a_flip_to_an_epoch_that_was_discarded_is_refused(holds: HoldStore, late: int) -> None:
    event_id = an_event_id()
    permit = await holds.permit_flip(event_id)
    await holds.discard(event_id, epoch=2)
    await holds.discard(event_id, epoch=1)

    assert not await holds.flip(event_id, permit, sold_tickets(epoch=late))

    assert await holds.available([event_id]) == [None]
    assert await install(holds, event_id, sold_tickets(epoch=3))


# Flips


@pytest.mark.parametrize(
    ("capacity", "ranges"),
    [
        (1, []),
        (7, [(7, 7)]),
        (8, [(1, 8)]),
        (9, [(9, 9)]),
        (20, [(1, 1), (3, 4), (8, 9), (16, 20)]),
        (64, [(2, 63)]),
        (1000, [(1, 7), (9, 15), (17, 500), (502, 999)]),
    ],
)
async def test_a_flip_tells_sold_tickets_from_free_ones(
    holds: HoldStore, capacity: int, ranges: list[tuple[int, int]]
) -> None:
    event_id = an_event_id()
    sold = {number for first, last in ranges for number in range(first, last + 1)}

    flipped = await install(holds, event_id, sold_tickets(ranges, capacity=capacity, epoch=3, released=5))

    assert flipped
    stock = await holds.stock(event_id)
    assert (stock.epoch, stock.capacity, stock.released) == (3, capacity, 5)
    assert (stock.sold, stock.marked, stock.free) == (len(sold), len(sold), capacity - len(sold))
    assert (await holds.inspect(event_id)).sold == sold
    if stock.free:
        hold = await holds.reserve(event_id, ANN, stock.free, TTL)
        assert set(hold.numbers) == set(range(1, capacity + 1)) - sold
    with pytest.raises(TooFewTickets):
        await holds.reserve(event_id, ANN, 1, TTL)


async def test_a_flip_keeps_live_holds(holds: HoldStore, concert: EventId) -> None:
    hold = await holds.reserve(concert, ANN, 3, TTL)

    await install(holds, concert, sold_tickets([(20, 20)], epoch=2))

    assert (await holds.inspect(concert)).held == set(hold.numbers)
    claim = await holds.claim(concert, ANN, hold.numbers, a_booking_id())
    assert claim.epoch == 2


async def test_a_flip_leaves_deadlines_as_they_are(holds: HoldStore, concert: EventId, lapse: Lapse) -> None:
    hold = await holds.reserve(concert, ANN, 2, TTL)

    await install(holds, concert, sold_tickets(epoch=2))
    await lapse(concert, hold.numbers[:1])

    assert (await holds.inspect(concert)).held == set(hold.numbers[1:])


async def test_a_flip_does_not_bring_lapsed_holds_back(holds: HoldStore, concert: EventId, lapse: Lapse) -> None:
    hold = await holds.reserve(concert, ANN, 2, TTL)
    await lapse(concert, hold.numbers)

    await install(holds, concert, sold_tickets(epoch=2))

    assert (await holds.stock(concert)).free == 20
    with pytest.raises(NotHeld):
        await holds.claim(concert, ANN, hold.numbers, a_booking_id())


async def test_a_flip_takes_holds_from_tickets_that_are_sold(holds: HoldStore, concert: EventId) -> None:
    hold = await holds.reserve(concert, ANN, 3, TTL)
    taken = hold.numbers[1]

    await install(holds, concert, sold_tickets([(taken, taken)], epoch=2))

    inspection = await holds.inspect(concert)
    assert inspection.held == {*hold.numbers} - {taken}
    assert inspection.sold == {taken}
    with pytest.raises(NotHeld) as refusal:
        await holds.claim(concert, ANN, hold.numbers, a_booking_id())
    assert refusal.value.numbers == {taken}


async def test_a_flip_turns_claims_back_into_holds(holds: HoldStore, concert: EventId) -> None:
    hold = await holds.reserve(concert, ANN, 3, TTL)
    claim = await holds.claim(concert, ANN, hold.numbers[:2], a_booking_id())
    committed = claim.numbers[0]

    await install(holds, concert, sold_tickets([(committed, committed)], epoch=2))

    inspection = await holds.inspect(concert)
    assert inspection.claimed == set()
    assert inspection.sold == {committed}
    assert inspection.held == {*hold.numbers} - {committed}
    assert not await holds.settle(concert, claim.booking_id)
    assert not await holds.abandon(concert, claim.booking_id)
    again = await holds.claim(concert, ANN, claim.numbers[1:], a_booking_id())
    assert again.epoch == 2


async def test_who_was_booking_during_a_flip_can_claim_again_even_after_the_deadline(
    holds: HoldStore, concert: EventId, lapse: Lapse
) -> None:
    hold = await holds.reserve(concert, ANN, 2, TTL)
    await holds.claim(concert, ANN, hold.numbers, a_booking_id())
    await lapse(concert, hold.numbers)

    await install(holds, concert, sold_tickets(epoch=2))

    again = await holds.claim(concert, ANN, hold.numbers, a_booking_id())
    assert set(again.numbers) == set(hold.numbers)


@pytest.mark.parametrize("epoch", [3, 2, 0])
async def test_a_flip_to_an_epoch_that_is_not_newer_is_refused(holds: HoldStore, epoch: int) -> None:
    event_id = an_event_id()
    await install(holds, event_id, sold_tickets([(1, 2)], epoch=3))
    hold = await holds.reserve(event_id, ANN, 2, TTL)
    claim = await holds.claim(event_id, ANN, hold.numbers[:1], a_booking_id())
    before = await holds.inspect(event_id)

    flipped = await install(holds, event_id, sold_tickets([(5, 9)], capacity=30, epoch=epoch, released=4))

    assert not flipped
    assert await holds.inspect(event_id) == before
    assert await holds.settle(event_id, claim.booking_id)


async def test_a_flip_without_a_permit_is_refused(holds: HoldStore) -> None:
    event_id = an_event_id()

    flipped = await holds.flip(event_id, "anything", sold_tickets())

    assert not flipped
    assert await holds.available([event_id]) == [None]


async def test_a_permit_is_good_for_one_flip_of_one_event(holds: HoldStore, concert: EventId) -> None:
    permit = await holds.permit_flip(concert)

    elsewhere = await holds.flip(an_event_id(), permit, sold_tickets())
    first = await holds.flip(concert, permit, sold_tickets(epoch=2))
    second = await holds.flip(concert, permit, sold_tickets(epoch=3))

    assert (elsewhere, first, second) == (False, True, False)
    assert (await holds.stock(concert)).epoch == 2


async def test_every_flip_has_a_permit_of_its_own(holds: HoldStore, concert: EventId) -> None:
    first, second = await holds.permit_flip(concert), await holds.permit_flip(concert)

    flips = [
        await holds.flip(concert, first, sold_tickets([(1, 1)], epoch=2)),
        await holds.flip(concert, second, sold_tickets([(2, 2)], epoch=3)),
    ]

    assert flips == [True, True]
    inspection = await holds.inspect(concert)
    assert inspection.stock.epoch == 3
    assert inspection.sold == {2}


async def test_a_flip_that_is_needed_is_permitted_once_until_it_has_come(holds: HoldStore) -> None:
    event_id = an_event_id()
    permit = await holds.permit_needed_flip(event_id, past=-1)
    assert permit is not None

    with pytest.raises(FlipIsDue):
        await holds.permit_needed_flip(event_id, past=-1)
    flipped = await holds.flip(event_id, permit, sold_tickets())
    afterwards = [await holds.permit_needed_flip(event_id, past=past) for past in (-1, 0, 1)]

    assert flipped
    assert afterwards[:2] == [None, None]
    assert afterwards[2] is not None


async def test_a_flip_that_is_not_permitted_any_more_has_no_effect(holds: HoldStore, concert: EventId) -> None:
    permit = await holds.permit_flip(concert)
    await holds.flip(concert, permit, sold_tickets([(1, 2)], epoch=2))
    hold = await holds.reserve(concert, ANN, 2, TTL)
    claim = await holds.claim(concert, ANN, hold.numbers[:1], a_booking_id())
    before = await holds.inspect(concert)

    flipped = await holds.flip(concert, permit, sold_tickets([(5, 9)], capacity=30, epoch=3, released=4))

    assert not flipped
    assert await holds.inspect(concert) == before
    assert await holds.settle(concert, claim.booking_id)


async def test_a_permit_of_a_server_that_was_restarted_since_is_void() -> None:
    event_id = an_event_id()
    with TemporaryDirectory(prefix="booked-test-") as directory:
        async with a_server_on(Path(directory)) as before:
            await install(before, event_id, sold_tickets())
            permit = await before.permit_flip(event_id)
        async with a_server_on(Path(directory)) as after:
            flipped = await after.flip(event_id, permit, sold_tickets([(5, 9)], epoch=9))

            assert not flipped
            assert await after.available([event_id]) == [None]
            assert await install(after, event_id, sold_tickets([(1, 2)], epoch=2))


async def test_what_was_read_before_the_store_lost_everything_is_not_installed(
    holds: HoldStore, lose_everything: LoseEverything
) -> None:
    event_id = an_event_id()
    permit = await holds.permit_flip(event_id)
    await lose_everything()

    flipped = await holds.flip(event_id, permit, sold_tickets())

    assert not flipped
    assert await holds.available([event_id]) == [None]
    assert await install(holds, event_id, sold_tickets())


async def test_an_event_of_which_everything_was_lost_is_cold(
    holds: HoldStore, concert: EventId, lose_everything: LoseEverything
) -> None:
    await lose_everything()

    with pytest.raises(EventIsCold):
        await holds.stock(concert)


async def test_of_many_flips_at_once_the_newest_stays(holds: HoldStore) -> None:
    event_id = an_event_id()
    flips = [install(holds, event_id, sold_tickets([(epoch, epoch)], epoch=epoch)) for epoch in range(12, 0, -1)]

    await asyncio.gather(*flips)

    inspection = await holds.inspect(event_id)
    assert inspection.stock.epoch == 12
    assert inspection.sold == {12}


async def test_a_flip_sets_aside_what_came_back_and_the_queue_waits_for(holds: HoldStore) -> None:
    event_id = an_event_id()

    await install(holds, event_id, sold_tickets([(1, 10)], waiting=4, waiting_version=1, came_back=6))

    stock = await holds.stock(event_id)
    assert (stock.free, stock.aside, stock.public) == (10, 4, 6)


async def test_a_flip_sets_nothing_aside_that_never_was_taken(holds: HoldStore) -> None:
    event_id = an_event_id()

    await install(holds, event_id, sold_tickets([(1, 10)], waiting=20, waiting_version=1, came_back=2))

    stock = await holds.stock(event_id)
    assert (stock.free, stock.aside, stock.public) == (10, 2, 8)


async def test_a_flip_sets_aside_no_more_than_is_free(holds: HoldStore) -> None:
    event_id = an_event_id()
    await install(holds, event_id, sold_tickets([(10, 20)]))
    await holds.reserve(event_id, ANN, 3, TTL)

    await install(
        holds, event_id, sold_tickets([(10, 20)], epoch=2, released=1, waiting=50, waiting_version=1, came_back=9)
    )

    stock = await holds.stock(event_id)
    assert (stock.free, stock.aside, stock.public) == (6, 6, 0)


async def test_a_flip_keeps_aside_what_was(holds: HoldStore, concert: EventId, lapse: Lapse) -> None:
    await holds.set_demand(Demand(concert, tickets=9, version=1))
    hold = await holds.reserve(concert, ANN, 5, TTL)
    await lapse(concert, hold.numbers)
    before = await holds.stock(concert)

    await install(holds, concert, sold_tickets(capacity=22, epoch=2, waiting=9, waiting_version=1, came_back=8))

    after = await holds.stock(concert)
    assert (before.aside, after.aside) == (5, 7)


async def test_a_flip_sets_aside_what_a_release_that_was_lost_gave_back(holds: HoldStore, concert: EventId) -> None:
    await holds.set_demand(Demand(concert, tickets=9, version=1))

    await install(holds, concert, sold_tickets(epoch=2, released=1, waiting=9, waiting_version=1, came_back=4))

    assert (await holds.stock(concert)).aside == 4


async def test_a_flip_does_not_undo_a_later_demand(holds: HoldStore, concert: EventId) -> None:
    await holds.set_demand(Demand(concert, tickets=2, version=8))

    await install(holds, concert, sold_tickets(epoch=2, released=1, waiting=5, waiting_version=7, came_back=5))

    assert (await holds.stock(concert)).aside == 2


async def test_a_flip_does_not_take_back_what_an_event_has_grown_by(holds: HoldStore, concert: EventId) -> None:
    await holds.grow(concert, 30)

    await install(holds, concert, sold_tickets(capacity=20, epoch=2))

    assert (await holds.stock(concert)).capacity == 30


async def test_in_a_new_timeline_the_databases_word_holds_for_capacity_demand_and_holds(
    holds: HoldStore, concert: EventId
) -> None:
    await holds.grow(concert, 30)
    await holds.set_demand(Demand(concert, tickets=5, version=9))
    await holds.reserve(concert, ANN, 22, TTL)

    flipped = await install(holds, concert, sold_tickets(capacity=20, epoch=EPOCHS_A_TIMELINE, waiting_version=3))

    stock = await holds.stock(concert)
    assert flipped
    assert (stock.capacity, stock.held, stock.aside, stock.marked) == (20, 20, 0, 20)


async def test_a_flip_of_an_earlier_timeline_is_refused(holds: HoldStore, concert: EventId) -> None:
    await install(holds, concert, sold_tickets(epoch=EPOCHS_A_TIMELINE))

    assert not await install(holds, concert, sold_tickets([(1, 20)], epoch=999))


async def test_holds_that_a_flip_keeps_count_towards_the_limit(holds: HoldStore) -> None:
    event_id = an_event_id()
    await install(holds, event_id, sold_tickets(ticket_limit=4))
    hold = await holds.reserve(event_id, ANN, 2, TTL)
    await holds.claim(event_id, ANN, hold.numbers[:1], a_booking_id())

    await install(holds, event_id, sold_tickets([(20, 20)], epoch=2, ticket_limit=4, per_user=[(ANN, 1)]))

    with pytest.raises(OverTicketLimit):
        await holds.reserve(event_id, ANN, 2, TTL)
    await holds.reserve(event_id, ANN, 1, TTL)


# Growing


async def test_an_event_grows_at_the_end(holds: HoldStore, concert: EventId) -> None:
    await holds.reserve(concert, ANN, 20, TTL)

    await holds.grow(concert, 45)

    hold = await holds.reserve(concert, BEN, 25, TTL)
    assert set(hold.numbers) == set(range(21, 46))
    with pytest.raises(TooFewTickets):
        await holds.reserve(concert, BEN, 1, TTL)


@pytest.mark.parametrize("capacity", [20, 19, 1])
async def test_an_event_does_not_shrink(holds: HoldStore, concert: EventId, capacity: int) -> None:
    before = await holds.stock(concert)

    await holds.grow(concert, capacity)

    assert await holds.stock(concert) == before


async def test_growing_many_times_at_once_counts_every_ticket_once(holds: HoldStore, concert: EventId) -> None:
    await asyncio.gather(*(holds.grow(concert, capacity) for capacity in (25, 40, 30, 40, 22, 35) * 3))

    stock = await holds.stock(concert)
    assert (stock.capacity, stock.free) == (40, 40)
