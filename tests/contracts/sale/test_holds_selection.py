"""The promises of the hold store: which tickets a selection is given."""

import asyncio
from collections import Counter
from dataclasses import replace

import pytest

from booked.adapters.redis import reservations as redis_reservations
from booked.adapters.redis.store import RedisHoldStore
from booked.domain.errors import NotTogether, SeatTaken, TooFewTickets
from booked.domain.model.ids import EventId, UserId, event_of
from booked.domain.model.programme.seating import Block, SeatBlock
from booked.domain.model.sale.reservations import AnyOf, BestOf, CheapestOf, Exactly, Reservation
from booked.ports.hold_store import HoldStore
from booked.ports.holds import EventHasGrown
from tests.builders import ANN, BEN, TTL, a_user_id, an_event_id, install, sold_tickets
from tests.contracts.conftest import Lapse
from tests.contracts.sale.halls import BACK, FRONT, HALL, STANDING, take
from tests.guards import Guards

# Any tickets


async def test_a_reservation_holds_what_was_asked_for_under_an_id_of_its_event(
    holds: HoldStore, concert: EventId
) -> None:
    made = await holds.make_reservation(concert, ANN, AnyOf(3), TTL)

    assert (event_of(made.id), made.event_id, made.user_id) == (concert, concert, ANN)
    assert made.numbers == (1, 2, 3)
    assert (made.type_number, made.extensions) == (None, 0)
    assert made.expires_at - made.made_at == TTL
    assert await holds.reservation(made.id) == made
    assert (await holds.inspect(concert)).held == {1, 2, 3}


async def test_reservations_have_ids_of_their_own(holds: HoldStore, concert: EventId) -> None:
    made = await asyncio.gather(*(holds.make_reservation(concert, ANN, AnyOf(1), TTL) for _ in range(20)))

    assert len({reservation.id for reservation in made}) == 20
    assert {number for reservation in made for number in reservation.numbers} == set(range(1, 21))


async def test_an_id_that_is_used_is_not_used_again(
    holds: HoldStore, concert: EventId, monkeypatch: pytest.MonkeyPatch
) -> None:
    marks = iter([7, 7, 8])
    monkeypatch.setattr(redis_reservations, "randbelow", lambda _: next(marks))

    first = await holds.make_reservation(concert, ANN, AnyOf(1), TTL)
    second = await holds.make_reservation(concert, BEN, AnyOf(1), TTL)

    assert first.id != second.id
    assert await holds.reservation(first.id) == first


@pytest.mark.parametrize(
    "selection", [AnyOf(2, known_capacity=20), CheapestOf(2, [[BACK]], [STANDING], known_capacity=20)]
)
async def test_what_an_event_has_grown_by_is_not_taken_unknown(
    holds: HoldStore, concert: EventId, selection: AnyOf | CheapestOf
) -> None:
    made = await holds.make_reservation(concert, ANN, selection, TTL)
    await holds.grow(concert, 21)

    for attempt in (
        holds.reserve(concert, BEN, 2, TTL, known_capacity=20),
        holds.reserve(concert, BEN, 2, TTL, [[BACK]], withheld=[STANDING], known_capacity=20),
        holds.make_reservation(concert, BEN, selection, TTL),
        holds.enlarge(made.id, ANN, selection),
    ):
        with pytest.raises(EventHasGrown):
            await attempt

    assert (await holds.inspect(concert)).held == set(made.numbers)
    assert len((await holds.enlarge(made.id, ANN, replace(selection, known_capacity=21))).numbers) == 4
    assert len((await holds.reserve(concert, BEN, 2, TTL, known_capacity=21)).numbers) == 2


async def test_control_without_the_guard_it_is_taken(redis_url: str, guards: Guards) -> None:
    guards.remove("grown")
    store, event_id = RedisHoldStore.connect(redis_url), an_event_id()
    await install(store, event_id, sold_tickets())
    await store.grow(event_id, 21)

    await store.reserve(event_id, ANN, 21, TTL, known_capacity=20)

    assert (await store.stock(event_id)).held == 21
    await store.close()


async def test_too_few_tickets_are_not_reserved_in_part(holds: HoldStore, concert: EventId) -> None:
    with pytest.raises(TooFewTickets):
        await holds.make_reservation(concert, ANN, AnyOf(21), TTL)

    assert (await holds.stock(concert)).held == 0
    assert await holds.reservations(ANN) == []


async def test_tickets_of_a_type_come_from_its_blocks_the_lowest_first(holds: HoldStore, concert: EventId) -> None:
    await take(holds, concert, 8)

    made = await holds.make_reservation(concert, ANN, AnyOf(3, [BACK]), TTL)

    assert (made.numbers, made.type_number) == ((7, 9, 10), 2)


async def test_blocks_are_filled_from_the_lowest_number_whatever_their_order(
    holds: HoldStore, concert: EventId
) -> None:
    made = await holds.make_reservation(concert, ANN, AnyOf(8, [STANDING, FRONT]), TTL)

    assert (made.numbers, made.type_number) == ((1, 2, 3, 4, 5, 6, 15, 16), None)


async def test_a_type_can_be_sold_out_while_others_are_not(holds: HoldStore, concert: EventId) -> None:
    await holds.make_reservation(concert, BEN, AnyOf(5, [FRONT]), TTL)

    with pytest.raises(TooFewTickets):
        await holds.make_reservation(concert, ANN, AnyOf(2, [FRONT]), TTL)

    assert (await holds.make_reservation(concert, ANN, AnyOf(1, [FRONT]), TTL)).numbers == (6,)
    assert (await holds.make_reservation(concert, ANN, AnyOf(14), TTL)).numbers == tuple(range(7, 21))


async def test_blocks_that_the_store_has_not_heard_of_have_no_tickets(holds: HoldStore, concert: EventId) -> None:
    grown, new = Block(15, 30, 3), Block(31, 60, 4, SeatBlock("New", rows=3, seats_per_row=10))

    assert await holds.free_among(concert, [[grown], [new]]) == [6, 0]
    with pytest.raises(TooFewTickets):
        await holds.make_reservation(concert, ANN, AnyOf(7, [grown]), TTL)
    with pytest.raises(TooFewTickets):
        await holds.make_reservation(concert, ANN, BestOf(1, [new]), TTL)


async def test_lapsed_tickets_of_a_type_can_be_had_again(holds: HoldStore, concert: EventId, lapse: Lapse) -> None:
    await holds.make_reservation(concert, BEN, AnyOf(6, [FRONT]), TTL)
    await lapse(concert, [2, 3])

    assert (await holds.make_reservation(concert, ANN, AnyOf(2, [FRONT]), TTL)).numbers == (2, 3)


async def test_lower_tickets_that_come_back_are_found_again(holds: HoldStore, concert: EventId) -> None:
    first = await holds.make_reservation(concert, BEN, AnyOf(3, [FRONT]), TTL)
    await holds.make_reservation(concert, BEN, AnyOf(3, [FRONT]), TTL)
    await holds.give_back(first.id, BEN)

    assert (await holds.make_reservation(concert, ANN, AnyOf(2, [FRONT]), TTL)).numbers == (1, 2)
    assert (await holds.reserve(concert, ANN, 2, TTL)).numbers == (3, 7)


# The cheapest tickets

BY_PRICE = [[STANDING], [BACK], [FRONT]]


async def cheapest(holds: HoldStore, concert: EventId, user: UserId, count: int) -> tuple[int, ...]:
    """The numbers of tickets that are reserved without a reservation of their own."""
    return tuple(sorted((await holds.reserve(concert, user, count, TTL, BY_PRICE)).numbers))


async def test_the_cheapest_tickets_come_from_the_first_type_with_enough_of_them(
    holds: HoldStore, concert: EventId
) -> None:
    first = await holds.make_reservation(concert, ANN, CheapestOf(4, BY_PRICE), TTL)
    second = await holds.make_reservation(concert, BEN, CheapestOf(3, BY_PRICE), TTL)
    third = await holds.make_reservation(concert, BEN, CheapestOf(2, BY_PRICE), TTL)

    assert [made.numbers for made in (first, second, third)] == [(15, 16, 17, 18), (7, 8, 9), (19, 20)]
    assert [made.type_number for made in (first, second, third)] == [None, None, None]
    assert await cheapest(holds, concert, ANN, 5) == (10, 11, 12, 13, 14)
    assert await cheapest(holds, concert, ANN, 1) == (1,)


async def test_a_party_that_no_type_has_room_for_gets_tickets_of_several_the_cheaper_ones_first(
    holds: HoldStore, concert: EventId
) -> None:
    await take(holds, concert, 1, 7, 15)

    made = await holds.make_reservation(concert, ANN, CheapestOf(14, BY_PRICE), TTL)

    assert made.numbers == (2, 3, *range(8, 15), *range(16, 21))
    assert await cheapest(holds, concert, BEN, 3) == (4, 5, 6)


async def test_of_withheld_tickets_a_party_gets_all_of_hers_from_one_type_or_none(
    holds: HoldStore, concert: EventId
) -> None:
    first = await holds.make_reservation(concert, ANN, CheapestOf(4, BY_PRICE, [STANDING]), TTL)
    several = await holds.make_reservation(concert, BEN, CheapestOf(10, BY_PRICE, [STANDING]), TTL)

    assert (first.numbers, several.numbers) == ((15, 16, 17, 18), (1, 2, *range(7, 15)))
    assert (await holds.reserve(concert, BEN, 2, TTL, BY_PRICE, withheld=[STANDING])).numbers == (19, 20)
    with pytest.raises(TooFewTickets):
        await holds.make_reservation(concert, BEN, CheapestOf(5, BY_PRICE, [STANDING]), TTL)


async def test_of_cheapest_tickets_all_are_held_or_none(holds: HoldStore, concert: EventId) -> None:
    await take(holds, concert, 1, 7, 15)
    before = await holds.inspect(concert)

    for _ in range(2):
        with pytest.raises(TooFewTickets):
            await holds.make_reservation(concert, ANN, CheapestOf(18, BY_PRICE), TTL)
        with pytest.raises(TooFewTickets):
            await cheapest(holds, concert, ANN, 18)

    assert await holds.inspect(concert) == before


async def test_cheap_tickets_that_lapsed_are_the_cheapest_again(
    holds: HoldStore, concert: EventId, lapse: Lapse
) -> None:
    await holds.make_reservation(concert, BEN, AnyOf(6, [STANDING]), TTL)
    await lapse(concert, [16, 17, 18, 19])

    assert (await holds.make_reservation(concert, ANN, CheapestOf(2, BY_PRICE), TTL)).numbers == (16, 17)
    assert await cheapest(holds, concert, ANN, 2) == (18, 19)


async def test_tickets_of_no_known_type_come_after_the_cheapest(holds: HoldStore, concert: EventId) -> None:
    known = [[STANDING], [BACK]]

    made = await holds.make_reservation(concert, ANN, CheapestOf(16, known), TTL)

    assert made.numbers == (1, 2, *range(7, 21))
    assert (await holds.reserve(concert, BEN, 4, TTL, known)).numbers == (3, 4, 5, 6)


async def test_tickets_that_are_withheld_are_not_taken_when_others_are_too_few(
    holds: HoldStore, concert: EventId
) -> None:
    with pytest.raises(TooFewTickets):
        await holds.make_reservation(concert, ANN, CheapestOf(15, [[STANDING], [FRONT]], [BACK]), TTL)
    with pytest.raises(TooFewTickets):
        await holds.reserve(concert, ANN, 15, TTL, [[STANDING], [FRONT]], withheld=[BACK])

    made = await holds.make_reservation(concert, ANN, CheapestOf(10, [[STANDING], [FRONT]], [BACK]), TTL)
    hold = await holds.reserve(concert, ANN, 2, TTL, [[STANDING], [FRONT]], withheld=[BACK])

    assert made.numbers == (1, 2, 3, 4, *range(15, 21))
    assert hold.numbers == (5, 6)


async def test_where_all_is_withheld_nothing_is_taken(holds: HoldStore, concert: EventId) -> None:
    everything = [FRONT, BACK, STANDING]

    with pytest.raises(TooFewTickets):
        await holds.make_reservation(concert, ANN, CheapestOf(1, [], everything), TTL)
    with pytest.raises(TooFewTickets):
        await holds.reserve(concert, ANN, 1, TTL, withheld=everything)

    assert (await holds.inspect(concert)).held == set()


async def test_more_tickets_of_a_reservation_are_the_cheapest_as_well(holds: HoldStore, concert: EventId) -> None:
    made = await holds.make_reservation(concert, ANN, AnyOf(2, [FRONT]), TTL)

    enlarged = await holds.enlarge(made.id, ANN, CheapestOf(2, BY_PRICE))

    assert enlarged.numbers == (1, 2, 15, 16)


# The best seats


async def test_the_best_seats_are_next_to_each_other_in_the_best_block(holds: HoldStore, concert: EventId) -> None:
    made = await holds.make_reservation(concert, ANN, BestOf(4, [FRONT, BACK]), TTL)

    assert (made.numbers, made.type_number) == ((1, 2, 3, 4), None)


async def test_a_party_is_not_split_over_rows(holds: HoldStore, concert: EventId) -> None:
    await take(holds, concert, 1, 2, 3, 7)

    made = await holds.make_reservation(concert, ANN, BestOf(4, HALL), TTL)

    assert made.numbers == (11, 12, 13, 14)


async def test_of_the_gaps_in_a_row_the_tightest_is_filled_and_of_two_the_first(holds: HoldStore) -> None:
    event_id = an_event_id()
    row = Block(1, 20, 1, SeatBlock("A", rows=1, seats_per_row=20))
    await install(holds, event_id, sold_tickets([(5, 5), (8, 8), (12, 12), (15, 15)]))  # gaps of 4, 2, 3, 2 and 5

    parties = [2, 2, 3, 2, 2, 5]
    made = [await holds.make_reservation(event_id, ANN, BestOf(party, [row]), TTL) for party in parties]

    assert [reservation.numbers[0] for reservation in made] == [6, 13, 9, 1, 3, 16]


async def test_a_row_further_in_front_goes_before_a_tighter_gap(holds: HoldStore, concert: EventId) -> None:
    await take(holds, concert, 9, 10)

    made = await holds.make_reservation(concert, ANN, BestOf(2, HALL), TTL)

    assert made.numbers == (1, 2)


async def test_blocks_are_searched_in_the_order_that_they_are_wished_for(holds: HoldStore, concert: EventId) -> None:
    made = await holds.make_reservation(concert, ANN, BestOf(2, [BACK, FRONT]), TTL)

    assert made.numbers == (7, 8)


async def test_a_party_that_fits_nowhere_is_refused_and_smaller_ones_are_not(
    holds: HoldStore, concert: EventId
) -> None:
    await take(holds, concert, 3, 8, 13)

    with pytest.raises(NotTogether):
        await holds.make_reservation(concert, ANN, BestOf(4, HALL), TTL)

    assert (await holds.make_reservation(concert, ANN, BestOf(3, HALL), TTL)).numbers == (4, 5, 6)


async def test_tickets_without_seats_are_never_the_best(holds: HoldStore, concert: EventId) -> None:
    with pytest.raises(TooFewTickets):
        await holds.make_reservation(concert, ANN, BestOf(1, [STANDING]), TTL)


async def test_a_lapsed_seat_closes_the_gap_again(holds: HoldStore, concert: EventId, lapse: Lapse) -> None:
    await take(holds, concert, *range(1, 15))
    await lapse(concert, [4, 5, 6, 7])

    assert (await holds.make_reservation(concert, ANN, BestOf(3, HALL), TTL)).numbers == (4, 5, 6)


@pytest.mark.parametrize(("first", "length"), [(1, 7), (4, 13), (9, 64), (3, 1000)])
async def test_seats_are_found_wherever_rows_begin(holds: HoldStore, first: int, length: int) -> None:
    """Rows begin within a byte, or are longer than what is looked at in one go; only the last one has a gap."""
    rows = 12
    last = first + rows * length - 1
    event_id = an_event_id()
    block = Block(first, last, 1, SeatBlock("A", rows=rows, seats_per_row=length))
    gap_from = last - length + 3
    sold = [(1, gap_from - 1), (gap_from + 3, last)]
    await install(holds, event_id, sold_tickets(sold, capacity=last + 50))

    made = await holds.make_reservation(event_id, ANN, BestOf(3, [block]), TTL)

    assert made.numbers == (gap_from, gap_from + 1, gap_from + 2)


# Chosen seats


async def test_chosen_seats_are_held(holds: HoldStore, concert: EventId) -> None:
    made = await holds.make_reservation(concert, ANN, Exactly([14, 2, 9]), TTL)

    assert (made.numbers, made.type_number) == ((2, 9, 14), None)
    assert (await holds.reserve(concert, BEN, 3, TTL)).numbers == (1, 3, 4)


@pytest.mark.parametrize("number", [0, 4, 21, 2**31])
async def test_a_seat_that_is_not_free_cannot_be_chosen(holds: HoldStore, concert: EventId, number: int) -> None:
    await take(holds, concert, 4)

    with pytest.raises(SeatTaken) as refusal:
        await holds.make_reservation(concert, ANN, Exactly([2, number]), TTL)

    assert refusal.value.numbers == (number,)
    assert (await holds.stock(concert)).held == 1


async def test_of_many_who_choose_a_seat_at_once_one_has_it(holds: HoldStore, concert: EventId) -> None:
    attempts = [holds.make_reservation(concert, a_user_id(), Exactly([5, 6]), TTL) for _ in range(32)]

    outcomes = await asyncio.gather(*attempts, return_exceptions=True)

    assert Counter(type(outcome) for outcome in outcomes) == {Reservation: 1, SeatTaken: 31}
