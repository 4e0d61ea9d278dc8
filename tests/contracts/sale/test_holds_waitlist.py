"""The promises of the hold store: setting tickets aside for the waitlist."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from booked.domain.errors import TooFewTickets
from booked.domain.model.ids import EventId
from booked.domain.model.programme.seating import Block, SeatBlock
from booked.domain.model.sale.holds import Hold, Release, house_of
from booked.domain.model.sale.reservations import AnyOf, BestOf, Exactly, Selection
from booked.domain.model.sale.waitlist import CameBack, Demand, WantedTickets
from booked.ports.hold_store import HoldStore
from tests.builders import ANN, BEN, TTL, a_booking_id, a_user_id, an_entry, an_event_id, install, sold_tickets
from tests.contracts.conftest import Lapse

OFFER_TTL = timedelta(minutes=15)


FRONT, BACK = Block(1, 10, 1), Block(11, 20, 2)


# Setting aside


async def test_tickets_that_lapse_are_set_aside_up_to_the_demand(
    holds: HoldStore, concert: EventId, lapse: Lapse
) -> None:
    hold = await holds.reserve(concert, ANN, 20, TTL)
    await holds.set_demand(Demand(concert, tickets=3, version=1))

    await lapse(concert, hold.numbers[:2])
    after_two = await holds.stock(concert)
    await lapse(concert, hold.numbers[2:7])
    after_seven = await holds.stock(concert)

    assert (after_two.free, after_two.aside, after_two.public) == (2, 2, 0)
    assert (after_seven.free, after_seven.aside, after_seven.public) == (7, 3, 4)


async def test_tickets_that_were_cancelled_are_set_aside(holds: HoldStore) -> None:
    event_id = an_event_id()
    await install(holds, event_id, sold_tickets([(1, 20)]))
    await holds.set_demand(Demand(event_id, tickets=3, version=1))

    await holds.release(Release(event_id, ANN, (4, 5), epoch=1, number=1))

    stock = await holds.stock(event_id)
    assert (stock.free, stock.aside) == (2, 2)
    with pytest.raises(TooFewTickets):
        await holds.reserve(event_id, BEN, 1, TTL)


async def test_tickets_that_were_added_are_set_aside(holds: HoldStore, concert: EventId) -> None:
    await holds.reserve(concert, ANN, 20, TTL)
    await holds.set_demand(Demand(concert, tickets=3, version=1))

    await holds.grow(concert, 25)

    stock = await holds.stock(concert)
    assert (stock.free, stock.aside, stock.public) == (5, 3, 2)


async def test_a_claim_that_is_abandoned_and_lapses_is_set_aside(
    holds: HoldStore, concert: EventId, lapse: Lapse
) -> None:
    hold = await holds.reserve(concert, ANN, 20, TTL)
    await holds.set_demand(Demand(concert, tickets=3, version=1))
    claim = await holds.claim(concert, ANN, hold.numbers[:2], a_booking_id())
    await lapse(concert, claim.numbers)

    await holds.abandon(concert, claim.booking_id)

    assert (await holds.stock(concert)).aside == 2


async def test_tickets_that_never_were_taken_are_not_set_aside(holds: HoldStore, concert: EventId) -> None:
    await holds.set_demand(Demand(concert, tickets=50, version=1))

    assert await holds.available([concert]) == [20]
    assert len((await holds.reserve(concert, ANN, 20, TTL)).numbers) == 20


async def test_what_is_available_leaves_out_what_is_set_aside(holds: HoldStore, queued: EventId, lapse: Lapse) -> None:
    before = await holds.available([queued])
    hold = await holds.reserve(queued, ANN, 2, TTL)
    await holds.set_demand(Demand(queued, tickets=5, version=2))
    await lapse(queued, hold.numbers)

    after = await holds.available([queued])

    assert (before, after) == ([2], [1])


async def test_nobody_reserves_what_is_set_aside(holds: HoldStore, queued: EventId) -> None:
    attempts = [holds.reserve(queued, a_user_id(), 1, TTL) for _ in range(32)]

    outcomes = await asyncio.gather(*attempts, return_exceptions=True)

    assert sum(isinstance(outcome, Hold) for outcome in outcomes) == 2
    assert sum(isinstance(outcome, TooFewTickets) for outcome in outcomes) == 30
    assert (await holds.stock(queued)).aside == 4


@pytest.mark.parametrize("version", [6, 7])
async def test_a_demand_that_is_not_later_has_no_effect(
    holds: HoldStore, concert: EventId, lapse: Lapse, version: int
) -> None:
    hold = await holds.reserve(concert, ANN, 20, TTL)
    await holds.set_demand(Demand(concert, tickets=3, version=7))

    await holds.set_demand(Demand(concert, tickets=9, version=version))

    await lapse(concert, hold.numbers)
    assert (await holds.stock(concert)).aside == 3


async def test_of_many_demands_at_once_the_latest_stays(holds: HoldStore, concert: EventId, lapse: Lapse) -> None:
    hold = await holds.reserve(concert, ANN, 20, TTL)

    await asyncio.gather(*(holds.set_demand(Demand(concert, 20 - version, version)) for version in range(1, 17)))

    await lapse(concert, hold.numbers)
    assert (await holds.stock(concert)).aside == 4


async def test_when_the_queue_waits_for_fewer_tickets_the_rest_is_the_publics(
    holds: HoldStore, queued: EventId
) -> None:
    await holds.set_demand(Demand(queued, tickets=1, version=2))

    stock = await holds.stock(queued)
    assert (stock.aside, stock.public) == (1, 5)


async def test_surplus_goes_back_to_the_public(holds: HoldStore, queued: EventId) -> None:
    demand = Demand(queued, tickets=4, version=1)
    assert await holds.return_surplus(demand, await holds.stock(queued), 3)
    some = await holds.stock(queued)
    assert await holds.return_surplus(demand, some, 3)
    more_than_there_is = await holds.stock(queued)

    assert (some.aside, some.public) == (1, 5)
    assert (more_than_there_is.aside, more_than_there_is.public) == (0, 6)


async def test_surplus_is_not_returned_where_more_was_set_aside_since(
    holds: HoldStore, concert: EventId, lapse: Lapse
) -> None:
    hold = await holds.reserve(concert, ANN, 20, TTL)
    demand = Demand(concert, tickets=2, version=1)
    await holds.set_demand(demand)
    await lapse(concert, hold.numbers[:1])
    seen = await holds.stock(concert)
    await lapse(concert, hold.numbers[1:2])

    assert not await holds.return_surplus(demand, seen, 1)

    assert (await holds.stock(concert)).aside == 2


async def test_surplus_is_not_returned_where_the_queue_has_changed_since(holds: HoldStore, queued: EventId) -> None:
    seen = await holds.stock(queued)
    await holds.set_demand(Demand(queued, tickets=5, version=2))

    assert not await holds.return_surplus(Demand(queued, tickets=4, version=1), seen, 4)

    assert (await holds.stock(queued)).aside == 4


async def test_surplus_is_not_returned_where_the_event_was_installed_anew_since(
    holds: HoldStore, queued: EventId
) -> None:
    seen = await holds.stock(queued)
    await install(holds, queued, sold_tickets([(1, 14)], epoch=2, waiting=4, waiting_version=1))

    assert not await holds.return_surplus(Demand(queued, tickets=4, version=1), seen, 4)

    assert (await holds.stock(queued)).aside == 4


# Waiting for certain tickets


@pytest.fixture
async def half_sold(holds: HoldStore) -> EventId:
    """An event of twenty tickets: 1 to 10 are sold, and two parties wait for one of these each; 11 to 20 are free."""
    event_id = an_event_id()
    await install(holds, event_id, sold_tickets([(1, 10)]))
    await holds.set_demand(Demand(event_id, tickets=2, version=1, wanted=(WantedTickets(2, (FRONT,)),)))
    return event_id


async def test_a_wanted_ticket_that_comes_back_is_nobody_elses(holds: HoldStore, half_sold: EventId) -> None:
    await holds.release(Release(half_sold, ANN, (4,), epoch=1, number=1))

    any_ticket = await holds.reserve(half_sold, BEN, 1, TTL)
    any_reserved = await holds.make_reservation(half_sold, BEN, AnyOf(1), TTL)
    for selection in (AnyOf(1, [FRONT]), Exactly([4]), Exactly([4, 15])):
        with pytest.raises(TooFewTickets):
            await holds.make_reservation(half_sold, BEN, selection, TTL)

    assert (any_ticket.numbers, any_reserved.numbers) == ((11,), (12,))
    assert (await holds.make_reservation(half_sold, BEN, AnyOf(2, [BACK]), TTL)).numbers == (13, 14)


async def test_of_wanted_tickets_what_is_more_than_wanted_is_the_publics(holds: HoldStore, half_sold: EventId) -> None:
    await holds.release(Release(half_sold, ANN, (4, 5, 6), epoch=1, number=1))

    assert (await holds.make_reservation(half_sold, BEN, AnyOf(1, [FRONT]), TTL)).numbers == (4,)
    with pytest.raises(TooFewTickets):
        await holds.make_reservation(half_sold, BEN, AnyOf(1, [FRONT]), TTL)


async def test_seats_that_are_wanted_are_not_the_best_available(holds: HoldStore) -> None:
    event_id, front = an_event_id(), replace(FRONT, seats=SeatBlock("Front", 2, 5))
    await install(holds, event_id, sold_tickets([(1, 10)]))
    await holds.set_demand(Demand(event_id, tickets=2, version=1, wanted=(WantedTickets(2, (front,)),)))
    await holds.release(Release(event_id, ANN, (4, 5), epoch=1, number=1))

    with pytest.raises(TooFewTickets):
        await holds.make_reservation(event_id, BEN, BestOf(2, [front]), TTL)


@pytest.mark.parametrize("split", [False, True])
async def test_the_best_available_are_looked_for_where_nothing_is_wanted(holds: HoldStore, split: bool) -> None:
    front, back = (Block(1, 10, 1, SeatBlock("Front", 2, 5)), Block(11, 20, 2, SeatBlock("Back", 2, 5)))
    event_id = an_event_id()
    await install(holds, event_id, sold_tickets([(1, 10)]))
    await holds.set_demand(Demand(event_id, tickets=2, version=1, wanted=(WantedTickets(2, (front,)),)))
    await holds.release(Release(event_id, ANN, (3, 4), epoch=1, number=1))

    made = await holds.make_reservation(event_id, BEN, BestOf(2, [front, back], split), TTL)

    assert min(made.numbers) > 10


async def test_the_house_may_take_what_is_wanted(holds: HoldStore, half_sold: EventId) -> None:
    await holds.release(Release(half_sold, ANN, (4,), epoch=1, number=1))

    assert (await holds.make_reservation(half_sold, house_of(half_sold), Exactly([4]), TTL)).numbers == (4,)


async def test_what_is_wanted_stays_until_it_is_known_better(holds: HoldStore, half_sold: EventId) -> None:
    await holds.set_demand(Demand(half_sold, tickets=2, version=2))
    await holds.set_demand(Demand(half_sold, tickets=2, version=1, wanted=()))
    await holds.release(Release(half_sold, ANN, (4,), epoch=1, number=1))
    kept = (await holds.reserve(half_sold, BEN, 1, TTL)).numbers

    await holds.set_demand(Demand(half_sold, tickets=2, version=2, wanted=()))

    assert kept == (11,)
    assert (await holds.reserve(half_sold, BEN, 1, TTL)).numbers == (4,)


async def test_what_is_wanted_survives_a_flip(holds: HoldStore, half_sold: EventId) -> None:
    await install(
        holds,
        half_sold,
        sold_tickets([(1, 3), (5, 10)], epoch=2, released=1, waiting=2, waiting_version=1, came_back=1),
    )

    assert (await holds.reserve(half_sold, BEN, 1, TTL)).numbers == (11,)


@pytest.fixture
async def waited_for_twice(holds: HoldStore) -> EventId:
    """The same event, where one party waits for two front tickets and another for more back tickets than are free."""
    event_id = an_event_id()
    await install(holds, event_id, sold_tickets([(1, 10)]))
    wanted = (WantedTickets(2, (FRONT,)), WantedTickets(11, (BACK,)))
    await holds.set_demand(Demand(event_id, tickets=13, version=1, wanted=wanted))
    return event_id


async def came_back(holds: HoldStore, event_id: EventId) -> list[int]:
    """How many tickets came back in front, in the back, altogether, and of none."""
    return await holds.came_back_among(event_id, [[FRONT], [BACK], [BACK, FRONT], []])


@pytest.mark.parametrize("selection", [AnyOf(10, [BACK]), AnyOf(10), Exactly(range(11, 21))])
async def test_tickets_of_another_type_that_never_were_taken_stay_on_sale(
    holds: HoldStore, waited_for_twice: EventId, selection: Selection
) -> None:
    await holds.release(Release(waited_for_twice, ANN, (4, 5), epoch=1, number=1))

    made = await holds.make_reservation(waited_for_twice, BEN, selection, TTL)

    assert made.numbers == tuple(range(11, 21))
    assert (await holds.stock(waited_for_twice)).public == 0


async def test_tickets_of_either_type_that_came_back_are_nobody_elses(
    holds: HoldStore, waited_for_twice: EventId, lapse: Lapse
) -> None:
    hold = await holds.make_reservation(waited_for_twice, BEN, AnyOf(3, [BACK]), TTL)
    await lapse(waited_for_twice, hold.numbers)
    await holds.release(Release(waited_for_twice, ANN, (4,), epoch=1, number=1))

    for selection in (AnyOf(1, [FRONT]), AnyOf(8, [BACK])):
        with pytest.raises(TooFewTickets):
            await holds.make_reservation(waited_for_twice, BEN, selection, TTL)

    assert (await holds.stock(waited_for_twice)).aside == 4
    assert len((await holds.make_reservation(waited_for_twice, BEN, AnyOf(7, [BACK]), TTL)).numbers) == 7


async def test_what_came_back_is_told_of_each_group(holds: HoldStore, waited_for_twice: EventId, lapse: Lapse) -> None:
    before = await came_back(holds, waited_for_twice)
    hold = await holds.make_reservation(waited_for_twice, BEN, AnyOf(3, [BACK]), TTL)
    await holds.release(Release(waited_for_twice, ANN, (4, 5), epoch=1, number=1))
    released = await came_back(holds, waited_for_twice)
    await lapse(waited_for_twice, hold.numbers[:1])
    lapsed = await came_back(holds, waited_for_twice)
    await holds.make_reservation(waited_for_twice, house_of(waited_for_twice), Exactly([4, 20]), TTL)

    assert (before, released, lapsed) == ([0, 0, 0, 0], [2, 0, 2, 0], [2, 1, 3, 0])
    assert await came_back(holds, waited_for_twice) == [1, 1, 2, 0]


async def test_what_went_back_to_the_public_does_not_count_as_come_back(holds: HoldStore, half_sold: EventId) -> None:
    await holds.release(Release(half_sold, ANN, (4, 5), epoch=1, number=1))
    await holds.set_demand(Demand(half_sold, tickets=0, version=2, wanted=()))
    nobody_waits = await came_back(holds, half_sold)
    await holds.set_demand(Demand(half_sold, tickets=2, version=3, wanted=(WantedTickets(2, (FRONT,)),)))
    await holds.release(Release(half_sold, ANN, (6,), epoch=1, number=2))

    assert nobody_waits == [0, 0, 0, 0]
    assert await came_back(holds, half_sold) == [1, 0, 1, 0]
    assert (await holds.make_reservation(half_sold, BEN, AnyOf(2, [FRONT]), TTL)).numbers == (4, 5)


async def test_surplus_is_returned_of_the_blocks_of_which_nothing_stays(
    holds: HoldStore, waited_for_twice: EventId, lapse: Lapse
) -> None:
    hold = await holds.make_reservation(waited_for_twice, BEN, AnyOf(1, [BACK]), TTL)
    await lapse(waited_for_twice, hold.numbers)
    await holds.release(Release(waited_for_twice, ANN, (4,), epoch=1, number=1))
    demand, seen = Demand(waited_for_twice, tickets=13, version=1), await holds.stock(waited_for_twice)
    front, back = CameBack(1, (FRONT,), stay_aside=True), CameBack(1, (BACK,), stay_aside=False)

    assert await holds.return_surplus(demand, seen, 1, [front, back])

    assert await came_back(holds, waited_for_twice) == [1, 0, 1, 0]
    assert (await holds.make_reservation(waited_for_twice, BEN, AnyOf(10, [BACK]), TTL)).numbers[0] == 11
    with pytest.raises(TooFewTickets):
        await holds.make_reservation(waited_for_twice, BEN, AnyOf(1, [FRONT]), TTL)


async def test_surplus_is_returned_although_somebody_took_a_ticket_that_came_back(
    holds: HoldStore, half_sold: EventId, lapse: Lapse
) -> None:
    hold = await holds.make_reservation(half_sold, BEN, AnyOf(2, [BACK]), TTL)
    await lapse(half_sold, hold.numbers)
    demand, seen = Demand(half_sold, tickets=2, version=1), await holds.stock(half_sold)

    assert await holds.return_surplus(demand, seen, 2, [CameBack(3, (BACK,), stay_aside=False)])

    assert (await holds.stock(half_sold)).aside == 0


async def test_surplus_is_not_returned_where_a_ticket_of_another_type_came_back_since(
    holds: HoldStore, half_sold: EventId, lapse: Lapse
) -> None:
    hold = await holds.make_reservation(half_sold, BEN, AnyOf(2, [BACK]), TTL)
    await lapse(half_sold, hold.numbers)
    demand, seen = Demand(half_sold, tickets=2, version=1), await holds.stock(half_sold)
    groups = [CameBack(0, (FRONT,), stay_aside=False), CameBack(2, (BACK,), stay_aside=False)]
    await holds.release(Release(half_sold, ANN, (4,), epoch=1, number=1))

    assert not await holds.return_surplus(demand, seen, 2, groups)

    assert (await holds.stock(half_sold)).aside == seen.aside == 2
    assert await came_back(holds, half_sold) == [1, 2, 3, 0]
    with pytest.raises(TooFewTickets):
        await holds.make_reservation(half_sold, BEN, AnyOf(1, [FRONT]), TTL)


async def test_an_offer_takes_first_what_came_back(holds: HoldStore, waited_for_twice: EventId, lapse: Lapse) -> None:
    hold = await holds.make_reservation(waited_for_twice, BEN, AnyOf(2, [BACK]), TTL)
    sold = await holds.make_reservation(waited_for_twice, BEN, AnyOf(2, [BACK]), TTL)
    await lapse(waited_for_twice, sold.numbers)
    await lapse(waited_for_twice, hold.numbers[:1])

    offer = await holds.offer(an_entry(waited_for_twice, ANN, 4), 1, OFFER_TTL, [BACK])

    assert offer is not None
    assert sorted(offer.numbers) == [11, 13, 14, 15]
    assert await came_back(holds, waited_for_twice) == [0, 0, 0, 0]
    assert (await holds.stock(waited_for_twice)).aside == 0


async def test_an_offer_leaves_set_aside_what_came_back_of_another_type(
    holds: HoldStore, waited_for_twice: EventId, lapse: Lapse
) -> None:
    hold = await holds.make_reservation(waited_for_twice, BEN, AnyOf(1, [BACK]), TTL)
    await lapse(waited_for_twice, hold.numbers)
    await holds.release(Release(waited_for_twice, ANN, (4,), epoch=1, number=1))

    await holds.offer(an_entry(waited_for_twice, ANN, 9), 1, OFFER_TTL, [BACK])

    assert (await holds.stock(waited_for_twice)).aside == 1
    with pytest.raises(TooFewTickets):
        await holds.make_reservation(waited_for_twice, BEN, AnyOf(1, [FRONT]), TTL)


async def test_an_offer_is_of_what_is_set_aside_also_where_others_took_what_came_back(
    holds: HoldStore, waited_for_twice: EventId
) -> None:
    await holds.set_demand(Demand(waited_for_twice, tickets=3, version=2, wanted=()))
    await holds.release(Release(waited_for_twice, ANN, (4,), epoch=1, number=1))
    await holds.make_reservation(waited_for_twice, BEN, Exactly([4]), TTL)
    before = (await holds.stock(waited_for_twice)).aside

    await holds.offer(an_entry(waited_for_twice, ANN, 1), 1, OFFER_TTL)

    assert (before, (await holds.stock(waited_for_twice)).aside) == (1, 0)


async def test_a_flip_knows_what_came_back_before(holds: HoldStore, waited_for_twice: EventId) -> None:
    await holds.release(Release(waited_for_twice, ANN, (4, 5), epoch=1, number=1))

    again = sold_tickets([(1, 3), (5, 10)], epoch=2, released=1, waiting=13, waiting_version=1, came_back=2)
    await install(holds, waited_for_twice, again)

    assert await came_back(holds, waited_for_twice) == [1, 0, 1, 0]
    assert (await holds.make_reservation(waited_for_twice, BEN, AnyOf(9, [BACK]), TTL)).numbers[-1] == 19


async def test_after_a_flip_that_misses_a_release_any_free_ticket_may_have_come_back(
    holds: HoldStore, waited_for_twice: EventId
) -> None:
    again = sold_tickets([(1, 3), (5, 10)], epoch=2, released=1, waiting=13, waiting_version=1, came_back=1)
    await install(holds, waited_for_twice, again)

    assert await came_back(holds, waited_for_twice) == [1, 10, 11, 0]


async def test_tickets_that_were_added_came_back(holds: HoldStore, waited_for_twice: EventId) -> None:
    await holds.grow(waited_for_twice, 90)
    more = await holds.came_back_among(waited_for_twice, [[BACK], [Block(21, 90, 3)], [Block(22, 200, 3)]])
    again = sold_tickets([(1, 10)], capacity=99, epoch=2, waiting=13, waiting_version=1)
    await install(holds, waited_for_twice, again)

    assert more == [0, 70, 69]
    assert await holds.came_back_among(waited_for_twice, [[BACK], [Block(21, 200, 3)]]) == [0, 79]


async def on_offer(holds: HoldStore, event_id: EventId) -> list[int]:
    """What is on offer in front, in the back, in the last two tickets, altogether, and of none."""
    return await holds.on_offer_among(event_id, [[FRONT], [BACK], [Block(19, 20, 2)], [FRONT, BACK], []])


async def test_what_is_on_offer_leaves_out_what_is_set_aside_for_a_type(
    holds: HoldStore, waited_for_twice: EventId, lapse: Lapse
) -> None:
    hold = await holds.make_reservation(waited_for_twice, BEN, AnyOf(1, [BACK]), TTL)
    before = await on_offer(holds, waited_for_twice)
    await holds.release(Release(waited_for_twice, ANN, (4,), epoch=1, number=1))
    released = await on_offer(holds, waited_for_twice)
    await lapse(waited_for_twice, hold.numbers)
    lapsed = await on_offer(holds, waited_for_twice)
    await holds.make_reservation(waited_for_twice, BEN, AnyOf(8, [BACK]), TTL)

    assert (before, released, lapsed) == ([0, 9, 2, 9, 0], [0, 9, 2, 9, 0], [0, 9, 2, 9, 0])
    assert await on_offer(holds, waited_for_twice) == [0, 1, 1, 1, 0]


async def test_of_what_is_set_aside_for_any_type_nothing_is_on_offer(holds: HoldStore, queued: EventId) -> None:
    some = await holds.on_offer_among(queued, [[FRONT], [BACK], [Block(20, 20, 2)]])
    await holds.reserve(queued, BEN, 2, TTL)

    assert some == [0, 2, 1]
    assert await holds.on_offer_among(queued, [[FRONT], [BACK]]) == [0, 0]


async def test_a_map_for_the_public_shows_as_taken_what_is_all_set_aside(
    holds: HoldStore, waited_for_twice: EventId
) -> None:
    await holds.release(Release(waited_for_twice, ANN, (4, 5), epoch=1, number=1))
    seats = await holds.seat_map(waited_for_twice, 3, 20)
    await holds.make_reservation(waited_for_twice, BEN, AnyOf(10, [BACK]), TTL)
    nothing_left = (await holds.seat_map(waited_for_twice, 1, 20)).for_public()

    assert (seats.free, seats.free_numbers()) == (12, [4, 5, *range(11, 21)])
    assert (seats.for_public().free, seats.for_public().free_numbers()) == (10, list(range(11, 21)))
    assert (nothing_left.free, nothing_left.free_numbers()) == (0, [])


async def test_a_map_for_the_public_shows_seats_of_which_some_are_set_aside(
    holds: HoldStore, half_sold: EventId
) -> None:
    await holds.release(Release(half_sold, ANN, (4, 5, 6), epoch=1, number=1))

    seats = (await holds.seat_map(half_sold, 1, 20)).for_public()

    assert (seats.free, seats.free_numbers()) == (11, [4, 5, 6, *range(11, 21)])


async def test_an_offer_takes_only_tickets_of_its_blocks(holds: HoldStore, half_sold: EventId) -> None:
    await holds.release(Release(half_sold, ANN, (4,), epoch=1, number=1))

    with pytest.raises(TooFewTickets):
        await holds.offer(an_entry(half_sold, ANN, 2), 1, OFFER_TTL, [FRONT])
    front = await holds.offer(an_entry(half_sold, ANN, 1), 1, OFFER_TTL, [FRONT])
    back = await holds.offer(an_entry(half_sold, BEN, 2), 1, OFFER_TTL, [BACK])

    assert front is not None
    assert back is not None
    assert (front.numbers, back.numbers) == ((4,), (11, 12))
    assert (await holds.stock(half_sold)).aside == 0
