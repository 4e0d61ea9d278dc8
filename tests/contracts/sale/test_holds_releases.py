"""The promises of the hold store: tickets that a cancellation gave back."""

import asyncio

import pytest

from booked.domain.errors import OverTicketLimit
from booked.domain.model.ids import EventId
from booked.domain.model.sale.holds import Release
from booked.ports.hold_store import HoldStore
from booked.ports.holds import EventIsCold
from tests.builders import ANN, BEN, TTL, a_booking_id, an_event_id, install, sold_tickets


async def sell(holds: HoldStore, event_id: EventId, count: int) -> tuple[int, ...]:
    """The numbers of tickets that ann has bought."""
    hold = await holds.reserve(event_id, ANN, count, TTL)
    claim = await holds.claim(event_id, ANN, hold.numbers, a_booking_id())
    await holds.settle(event_id, claim.booking_id)
    return claim.numbers


# Releases


async def test_released_tickets_are_free(holds: HoldStore, concert: EventId) -> None:
    numbers = await sell(holds, concert, 3)

    released = await holds.release(Release(concert, ANN, numbers[:2], epoch=1, number=1))

    assert released
    inspection = await holds.inspect(concert)
    assert inspection.sold == set(numbers[2:])
    assert (inspection.stock.free, inspection.stock.released) == (19, 1)


async def test_a_release_counts_once_however_late_it_is_repeated(holds: HoldStore, concert: EventId) -> None:
    release = Release(concert, ANN, await sell(holds, concert, 20), epoch=1, number=1)
    await holds.release(release)
    await sell(holds, concert, 20)

    repeated = await holds.release(release)

    assert not repeated
    assert (await holds.stock(concert)).sold == 20


async def test_a_release_that_arrives_many_times_at_once_counts_once(holds: HoldStore, concert: EventId) -> None:
    release = Release(concert, ANN, await sell(holds, concert, 2), epoch=1, number=1)

    outcomes = await asyncio.gather(*(holds.release(release) for _ in range(12)))

    assert sum(outcomes) == 1
    assert (await holds.stock(concert)).free == 20


async def test_releases_may_arrive_in_any_order(holds: HoldStore, concert: EventId) -> None:
    numbers = await sell(holds, concert, 4)
    releases = {
        place: Release(concert, ANN, numbers[place - 1 : place], epoch=1, number=place) for place in range(1, 5)
    }

    arrived = []
    for place in (3, 1, 4, 2):
        assert await holds.release(releases[place])
        arrived.append((await holds.stock(concert)).released)

    assert arrived == [0, 1, 1, 4]
    assert not any([await holds.release(release) for release in releases.values()])
    assert (await holds.stock(concert)).free == 20


async def test_a_release_that_came_early_counts_once(holds: HoldStore, concert: EventId) -> None:
    early = Release(concert, ANN, await sell(holds, concert, 1), epoch=1, number=3)

    outcomes = [await holds.release(early), await holds.release(early)]

    assert outcomes == [True, False]


async def test_a_release_that_the_last_flip_includes_is_refused(holds: HoldStore) -> None:
    event_id = an_event_id()
    await install(holds, event_id, sold_tickets([(1, 3)], epoch=2, released=5))

    included = await holds.release(Release(event_id, ANN, (2,), epoch=2, number=5))
    following = await holds.release(Release(event_id, ANN, (2,), epoch=2, number=6))

    assert (included, following) == (False, True)
    assert (await holds.inspect(event_id)).sold == {1, 3}


@pytest.mark.parametrize("epoch", [2, 3])
async def test_a_release_before_the_flip_to_its_epoch_counts_at_once_and_with_every_flip_until_then(
    holds: HoldStore, concert: EventId, epoch: int
) -> None:
    numbers = await sell(holds, concert, 3)
    release = Release(concert, ANN, numbers[:2], epoch=epoch, number=1)

    early = await holds.release(release)
    hold = await holds.reserve(concert, BEN, 1, TTL)
    await install(holds, concert, sold_tickets([(numbers[0], numbers[2])], epoch=2))
    again = await holds.release(release)

    assert (early, again) == (True, False)
    assert hold.numbers == numbers[:1]
    inspection = await holds.inspect(concert)
    assert inspection.sold == {numbers[2]}
    assert inspection.held == set(hold.numbers)
    assert (inspection.stock.released, inspection.stock.marked) == (1, 2)


async def test_a_flip_that_knows_a_release_does_not_count_it_again(holds: HoldStore, concert: EventId) -> None:
    numbers = await sell(holds, concert, 2)
    await holds.release(Release(concert, ANN, numbers[:1], epoch=2, number=1))

    await install(holds, concert, sold_tickets([(numbers[0], numbers[1])], epoch=2, released=1))

    assert (await holds.inspect(concert)).sold == set(numbers)


async def test_a_release_of_a_cold_event_counts_with_its_flip(holds: HoldStore) -> None:
    event_id = an_event_id()
    with pytest.raises(EventIsCold):
        await holds.release(Release(event_id, ANN, (2,), epoch=2, number=1))

    await install(holds, event_id, sold_tickets([(1, 2)], epoch=2, ticket_limit=2, per_user=[(ANN, 2)], waiting=1))

    stock = await holds.stock(event_id)
    assert (stock.sold, stock.released, stock.aside) == (1, 1, 1)
    await holds.reserve(event_id, ANN, 1, TTL)


async def test_a_release_that_came_before_a_flip_is_not_remembered_after_it(holds: HoldStore, concert: EventId) -> None:
    numbers = await sell(holds, concert, 2)
    await holds.release(Release(concert, ANN, numbers[:1], epoch=1, number=2))

    await install(holds, concert, sold_tickets([(numbers[1], numbers[1])], epoch=2, released=2))

    assert (await holds.stock(concert)).released == 2
    assert await holds.release(Release(concert, ANN, numbers[1:], epoch=2, number=3))
    assert (await holds.stock(concert)).released == 3


async def test_a_release_never_touches_tickets_that_are_held(holds: HoldStore, concert: EventId) -> None:
    sold = await sell(holds, concert, 1)
    hold = await holds.reserve(concert, BEN, 2, TTL)
    claim = await holds.claim(concert, BEN, hold.numbers[1:], a_booking_id())

    await holds.release(Release(concert, ANN, (*sold, *hold.numbers, 20), epoch=1, number=1))

    inspection = await holds.inspect(concert)
    assert inspection.sold == set()
    assert inspection.held == set(hold.numbers[:1])
    assert inspection.claimed == set(claim.numbers)
    assert inspection.stock.marked == 2


async def test_who_has_cancelled_may_reserve_again_up_to_the_limit(holds: HoldStore) -> None:
    event_id = an_event_id()
    await install(holds, event_id, sold_tickets(ticket_limit=2))
    numbers = await sell(holds, event_id, 2)

    await holds.release(Release(event_id, ANN, numbers[:1], epoch=1, number=1))

    with pytest.raises(OverTicketLimit):
        await holds.reserve(event_id, ANN, 2, TTL)
    await holds.reserve(event_id, ANN, 1, TTL)
