"""The promises of the hold store: reservations, and the selections that they are made from."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from booked.adapters.redis import reservations as redis_reservations
from booked.domain.errors import (
    IdempotencyKeyReused,
    NoSuchReservation,
    NotYourTicket,
    OverTicketLimit,
    ReservationFixed,
    SalesClosed,
    SeatTaken,
    TooFewTickets,
)
from booked.domain.model.ids import EventId, UserId, event_of, reservation_id
from booked.domain.model.programme.seating import Block, SeatBlock
from booked.domain.model.programme.times import SalesWindow
from booked.domain.model.sale.availability import SeatMap, TakenTickets
from booked.domain.model.sale.holds import CLAIM_GRACE, TICKETS_A_REQUEST, Claim, Hold, Release, house_of
from booked.domain.model.sale.idempotency import IdempotencyKey
from booked.domain.model.sale.reservations import AnyOf, BestOf, Exactly, Reservation, Selection
from booked.domain.model.sale.waitlist import Demand
from booked.ports.hold_store import HoldStore
from booked.ports.holds import NotHeld
from tests.builders import (
    ANN,
    BEN,
    OPENING,
    TTL,
    a_booking_id,
    a_user_id,
    an_entry,
    an_event_id,
    install,
    key_by,
    make_offer,
    sold_tickets,
)
from tests.contracts.conftest import Lapse

MINUTE = timedelta(minutes=1)
YEAR = timedelta(days=365)

# Twenty tickets: a row of six, two rows of four, and six without seats.
FRONT = Block(1, 6, 1, SeatBlock("Front", rows=1, seats_per_row=6))
BACK = Block(7, 14, 2, SeatBlock("Back", rows=2, seats_per_row=4))
STANDING = Block(15, 20, 3)
HALL = (FRONT, BACK)


async def take(holds: HoldStore, event_id: EventId, *numbers: int, user: UserId = BEN) -> Reservation:
    """Somebody reserves just these tickets."""
    return await holds.make_reservation(event_id, user, Exactly(numbers), TTL)


async def sell(holds: HoldStore, reservation: Reservation) -> None:
    """The reservation's owner books what it holds."""
    event_id = reservation.event_id
    claim = await holds.claim(event_id, reservation.user_id, reservation.numbers, a_booking_id())
    assert await holds.settle(event_id, claim.booking_id)


@pytest.fixture
async def limited(holds: HoldStore) -> EventId:
    """An event of which one may have four tickets."""
    event_id = an_event_id()
    await install(holds, event_id, sold_tickets(ticket_limit=4))
    return event_id


@pytest.fixture
async def closed(holds: HoldStore, concert: EventId) -> EventId:
    """An event whose sales are over."""
    await close_sales(holds, concert)
    return concert


async def close_sales(holds: HoldStore, event_id: EventId) -> None:
    assert await install(holds, event_id, sold_tickets(epoch=2, sales=SalesWindow(end=OPENING - 30 * YEAR)))


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

    with pytest.raises(TooFewTickets):
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

    with pytest.raises(SeatTaken):
        await holds.make_reservation(concert, ANN, Exactly([2, number]), TTL)

    assert (await holds.stock(concert)).held == 1


async def test_of_many_who_choose_a_seat_at_once_one_has_it(holds: HoldStore, concert: EventId) -> None:
    attempts = [holds.make_reservation(concert, a_user_id(), Exactly([5, 6]), TTL) for _ in range(32)]

    outcomes = await asyncio.gather(*attempts, return_exceptions=True)

    assert Counter(type(outcome) for outcome in outcomes) == {Reservation: 1, SeatTaken: 31}


# The limit, the sales window, the waitlist and the house


@pytest.mark.parametrize("selection", [AnyOf(2), AnyOf(2, [FRONT]), BestOf(2, [FRONT]), Exactly([1, 2])])
async def test_nobody_reserves_more_than_the_event_allows(
    holds: HoldStore, limited: EventId, selection: Selection
) -> None:
    await take(holds, limited, 18, 19, 20, user=ANN)

    with pytest.raises(OverTicketLimit):
        await holds.make_reservation(limited, ANN, selection, TTL)

    await holds.make_reservation(limited, ANN, AnyOf(1), TTL)


async def test_the_limit_stands_against_32_parallel_reservations(holds: HoldStore, limited: EventId) -> None:
    selections: list[Selection] = [AnyOf(1), AnyOf(1, [FRONT]), BestOf(1, HALL), AnyOf(1, [STANDING])] * 8

    outcomes = await asyncio.gather(
        *(holds.make_reservation(limited, ANN, selection, TTL) for selection in selections), return_exceptions=True
    )

    assert Counter(type(outcome) for outcome in outcomes) == {Reservation: 4, OverTicketLimit: 28}


async def test_nothing_is_reserved_after_sales_have_closed(holds: HoldStore, closed: EventId) -> None:
    for selection in (AnyOf(1), AnyOf(1, [FRONT]), BestOf(1, HALL), Exactly([1])):
        with pytest.raises(SalesClosed):
            await holds.make_reservation(closed, ANN, selection, TTL)
    with pytest.raises(SalesClosed):
        await holds.reserve(closed, ANN, 1, TTL)
    with pytest.raises(SalesClosed):
        await make_offer(holds, an_entry(closed, ANN), TTL, epoch=2)

    assert (await holds.stock(closed)).held == 0


async def test_nothing_is_reserved_before_sales_open(holds: HoldStore) -> None:
    event_id = an_event_id()
    await install(holds, event_id, sold_tickets(sales=SalesWindow(start=OPENING + 90 * YEAR)))

    with pytest.raises(SalesClosed):
        await holds.reserve(event_id, ANN, 1, TTL)


async def test_within_the_sales_window_tickets_are_sold(holds: HoldStore) -> None:
    event_id = an_event_id()
    window = SalesWindow(OPENING - 30 * YEAR, OPENING + 90 * YEAR)
    await install(holds, event_id, sold_tickets(sales=window, ticket_limit=3))

    await holds.reserve(event_id, ANN, 1, TTL)

    stock = await holds.stock(event_id)
    assert (stock.sales, stock.ticket_limit) == (window, 3)


async def test_what_was_reserved_in_time_can_be_booked_and_extended_after_sales_have_closed(
    holds: HoldStore, concert: EventId
) -> None:
    made = await holds.make_reservation(concert, ANN, AnyOf(2), TTL)
    await close_sales(holds, concert)

    await holds.extend(made.id, ANN, MINUTE, most=1)
    await sell(holds, made)

    assert (await holds.inspect(concert)).sold == set(made.numbers)


async def test_offered_tickets_can_be_taken_after_sales_have_closed(holds: HoldStore, concert: EventId) -> None:
    offer = await make_offer(holds, an_entry(concert, ANN, 2), TTL)
    await close_sales(holds, concert)

    assert (await holds.reserve(concert, ANN, 2, TTL)).numbers == offer.numbers
    assert (await holds.make_reservation(concert, ANN, AnyOf(2), TTL)).numbers == offer.numbers
    with pytest.raises(SalesClosed):
        await holds.make_reservation(concert, ANN, AnyOf(1), TTL)


@pytest.mark.parametrize("selection", [AnyOf(3), AnyOf(3, [STANDING]), BestOf(3, HALL), Exactly([1, 2, 3])])
async def test_tickets_set_aside_are_not_reserved(holds: HoldStore, concert: EventId, selection: Selection) -> None:
    await holds.set_demand(Demand(concert, tickets=18, version=1))
    taken = await holds.make_reservation(concert, BEN, AnyOf(20), TTL)
    await holds.give_back(taken.id, BEN)

    with pytest.raises(TooFewTickets):
        await holds.make_reservation(concert, ANN, selection, TTL)

    assert len((await holds.make_reservation(concert, ANN, AnyOf(2), TTL)).numbers) == 2


async def test_an_offered_user_reserves_the_offered_tickets_under_the_offers_deadline(
    holds: HoldStore, concert: EventId
) -> None:
    offer = await make_offer(holds, an_entry(concert, ANN, 2), 15 * MINUTE)

    made = await holds.make_reservation(concert, ANN, AnyOf(3), TTL)

    assert set(offer.numbers) < set(made.numbers)
    assert made.expires_at == offer.expires_at
    assert (await holds.stock(concert)).held == 3
    assert (await holds.reservation(made.id)) == made


async def test_offered_tickets_are_reserved_once(holds: HoldStore, concert: EventId) -> None:
    offer = await make_offer(holds, an_entry(concert, ANN, 2), TTL)

    first = await holds.make_reservation(concert, ANN, AnyOf(2), TTL)
    second = await holds.make_reservation(concert, ANN, AnyOf(2), TTL)

    assert first.numbers == offer.numbers
    assert not {*second.numbers} & {*first.numbers}
    assert await holds.reservation(first.id) == first


async def test_who_asks_for_certain_tickets_is_not_given_offered_ones(holds: HoldStore, concert: EventId) -> None:
    offer = await make_offer(holds, an_entry(concert, ANN, 2), TTL)

    made = await holds.make_reservation(concert, ANN, AnyOf(2, [STANDING]), TTL)

    assert not {*made.numbers} & {*offer.numbers}


async def test_offered_tickets_that_are_given_back_go_to_the_next_and_not_to_the_same_party_again(
    holds: HoldStore, concert: EventId
) -> None:
    entry = an_entry(concert, ANN, 20)
    offer = await make_offer(holds, entry, TTL)
    made = await holds.make_reservation(concert, ANN, AnyOf(20), TTL)
    await holds.set_demand(Demand(concert, tickets=5, version=1))

    reduced = await holds.reduce(made.id, ANN, 8)
    await holds.give_back(made.id, ANN)

    assert reduced.numbers == offer.numbers[:12]
    stock = await holds.stock(concert)
    assert (stock.free, stock.aside) == (20, 5)
    [standing] = await holds.offers(concert)
    assert (standing.entry_id, standing.numbers, standing.expires_at) == (entry.id, (), offer.expires_at)
    assert (await make_offer(holds, entry, TTL)).numbers == ()


async def test_neither_limit_nor_sales_window_nor_waitlist_bind_the_house(holds: HoldStore) -> None:
    event_id = an_event_id()
    house = house_of(event_id)
    over = SalesWindow(end=OPENING - 30 * YEAR)
    kept = sold_tickets(ticket_limit=2, sales=over, waiting=20, waiting_version=1, came_back=20)
    await install(holds, event_id, kept)

    made = await holds.make_reservation(event_id, house, Exactly(range(1, 18)), TTL)

    assert made.numbers == tuple(range(1, 18))
    stock = await holds.stock(event_id)
    assert (stock.held, stock.free, stock.aside) == (17, 3, 3)


async def test_what_the_house_keeps_counts_as_nobodys(holds: HoldStore, limited: EventId, lapse: Lapse) -> None:
    house = house_of(limited)
    await sell(holds, await take(holds, limited, 1, 2, 3, 4, 5, 6, user=house))
    held = await take(holds, limited, 7, 8, 9, user=house)
    await holds.reduce(held.id, house, 1)
    await lapse(limited, [7])
    await holds.give_back(held.id, house)
    await holds.release(Release(limited, house, (1, 2), epoch=1, number=1))

    funnel = await holds.funnel(limited)
    assert (funnel.reserved, funnel.booked, funnel.lapsed, funnel.given_back) == (0, 0, 0, 0)
    stock = await holds.stock(limited)
    assert (stock.sold, stock.held, stock.marked) == (4, 0, 4)
    await take(holds, limited, *range(7, 18), user=house)


# Requests that must take effect once


async def test_a_repeated_request_is_given_what_the_first_one_made(holds: HoldStore, concert: EventId) -> None:
    made = await holds.make_reservation(concert, ANN, AnyOf(2), TTL, key_by(ANN))

    again = await holds.make_reservation(concert, ANN, AnyOf(2), TTL, key_by(ANN))

    assert again == made
    assert (await holds.stock(concert)).held == 2


async def test_of_many_twins_one_takes_effect(holds: HoldStore, concert: EventId) -> None:
    made = await asyncio.gather(*(holds.make_reservation(concert, ANN, AnyOf(2), TTL, key_by(ANN)) for _ in range(32)))

    assert len({reservation.id for reservation in made}) == 1
    assert (await holds.stock(concert)).held == 2


async def test_a_repeated_request_is_given_the_reservation_as_it_is_now(holds: HoldStore, concert: EventId) -> None:
    made = await holds.make_reservation(concert, ANN, AnyOf(2), TTL, key_by(ANN))
    enlarged = await holds.enlarge(made.id, ANN, AnyOf(1))

    assert await holds.make_reservation(concert, ANN, AnyOf(2), TTL, key_by(ANN)) == enlarged

    await holds.give_back(made.id, ANN)
    ended = await holds.make_reservation(concert, ANN, AnyOf(2), TTL, key_by(ANN))
    assert (ended.id, ended.numbers, ended.made_at) == (made.id, (), made.made_at)
    assert (await holds.stock(concert)).held == 0


@pytest.mark.parametrize("change", ["enlarge", "reduce"])
async def test_a_repeated_change_takes_effect_once(holds: HoldStore, concert: EventId, change: str) -> None:
    made = await holds.make_reservation(concert, ANN, AnyOf(3), TTL)

    async def attempt(idempotency_key: IdempotencyKey | None) -> Reservation:
        if change == "enlarge":
            return await holds.enlarge(made.id, ANN, AnyOf(1), idempotency_key)
        return await holds.reduce(made.id, ANN, 1, idempotency_key)

    assert await holds.answered(concert, key_by(ANN)) is None
    changed = await asyncio.gather(*(attempt(key_by(ANN)) for _ in range(16)))
    without_key = await attempt(None)

    assert {len(reservation.numbers) for reservation in changed} == {4 if change == "enlarge" else 2}
    assert await holds.answered(concert, key_by(ANN)) == await attempt(key_by(ANN)) == without_key
    assert await holds.answered(concert, key_by(BEN)) is None
    for repeated in (
        attempt(key_by(ANN, fingerprint=b"another one")),
        holds.answered(concert, key_by(ANN, fingerprint=b"another one")),
    ):
        with pytest.raises(IdempotencyKeyReused):
            await repeated
    await holds.give_back(made.id, ANN)
    ended = await attempt(key_by(ANN))
    assert (ended.id, ended.numbers) == (made.id, ())


async def test_a_repeated_extension_extends_once(holds: HoldStore, concert: EventId) -> None:
    made = await holds.make_reservation(concert, ANN, AnyOf(2), TTL)

    extended = await asyncio.gather(
        *(holds.extend(made.id, ANN, MINUTE, most=5, idempotency_key=key_by(ANN)) for _ in range(16))
    )

    assert {(reservation.id, reservation.expires_at - made.expires_at) for reservation in extended} == {
        (made.id, MINUTE)
    }
    assert {reservation.extensions for reservation in extended} == {1}
    with pytest.raises(IdempotencyKeyReused):
        await holds.extend(made.id, ANN, MINUTE, most=5, idempotency_key=key_by(ANN, fingerprint=b"another one"))


async def test_a_key_with_another_request_is_refused(holds: HoldStore, concert: EventId) -> None:
    await holds.make_reservation(concert, ANN, AnyOf(2), TTL, key_by(ANN))

    with pytest.raises(IdempotencyKeyReused):
        await holds.make_reservation(concert, ANN, AnyOf(2), TTL, key_by(ANN, fingerprint=b"another one"))

    assert (await holds.stock(concert)).held == 2


async def test_a_key_is_its_users_and_its_events_own(holds: HoldStore, concert: EventId) -> None:
    other = an_event_id()
    await install(holds, other, sold_tickets())
    anns = await holds.make_reservation(concert, ANN, AnyOf(1), TTL, key_by(ANN))

    bens = await holds.make_reservation(concert, BEN, AnyOf(1), TTL, key_by(BEN))
    elsewhere = await holds.make_reservation(other, ANN, AnyOf(1), TTL, key_by(ANN, fingerprint=b"another one"))

    assert len({anns.id, bens.id, elsewhere.id}) == 3


async def test_a_refused_request_leaves_its_key_free(holds: HoldStore, concert: EventId) -> None:
    everything = await holds.make_reservation(concert, BEN, AnyOf(20), TTL)
    with pytest.raises(TooFewTickets):
        await holds.make_reservation(concert, ANN, AnyOf(2), TTL, key_by(ANN))
    await holds.give_back(everything.id, BEN)

    assert (await holds.make_reservation(concert, ANN, AnyOf(2), TTL, key_by(ANN))).numbers == (1, 2)


@pytest.mark.parametrize("key", ["}", "{x}", "a:b|c|", " ", "~" * 255])
async def test_a_key_may_be_any_text(holds: HoldStore, concert: EventId, key: str) -> None:
    idempotency_key = key_by(ANN, key, b"")

    made = await holds.make_reservation(concert, ANN, AnyOf(1), TTL, idempotency_key)

    assert await holds.make_reservation(concert, ANN, AnyOf(1), TTL, idempotency_key) == made


# Looking at reservations


async def test_there_is_no_reservation_by_an_id_that_none_has(holds: HoldStore, concert: EventId) -> None:
    assert await holds.reservation(reservation_id(concert, 5)) is None
    for change in (
        holds.enlarge(reservation_id(concert, 5), ANN, AnyOf(1)),
        holds.reduce(reservation_id(concert, 5), ANN, 1),
        holds.extend(reservation_id(concert, 5), ANN, TTL, 1),
        holds.give_back(reservation_id(concert, 5), ANN),
    ):
        with pytest.raises(NoSuchReservation):
            await change


async def test_a_lapsed_reservation_holds_nothing_and_cannot_be_changed(
    holds: HoldStore, concert: EventId, lapse: Lapse
) -> None:
    made = await holds.make_reservation(concert, ANN, AnyOf(2), TTL)
    await lapse(concert, made.numbers)

    seen = await holds.reservation(made.id)
    assert seen is not None
    assert (seen.id, seen.numbers) == (made.id, ())
    for change in (
        holds.enlarge(made.id, ANN, AnyOf(1)),
        holds.reduce(made.id, ANN, 1),
        holds.extend(made.id, ANN, TTL, 1),
        holds.give_back(made.id, ANN),
    ):
        with pytest.raises(NoSuchReservation):
            await change
    assert (await holds.stock(concert)).free == 20


async def test_a_reservation_shows_its_tickets_while_they_are_booked_and_not_when_they_are(
    holds: HoldStore, concert: EventId
) -> None:
    made = await holds.make_reservation(concert, ANN, AnyOf(3), TTL)
    claim = await holds.claim(concert, ANN, made.numbers[:2], a_booking_id())

    during = await holds.reservation(made.id)
    await holds.settle(concert, claim.booking_id)
    after = await holds.reservation(made.id)

    assert during == made
    assert after is not None
    assert after.numbers == made.numbers[2:]


async def test_a_claim_that_is_abandoned_leaves_the_reservation_as_it_was(holds: HoldStore, concert: EventId) -> None:
    made = await holds.make_reservation(concert, ANN, AnyOf(2), TTL)
    claim = await holds.claim(concert, ANN, made.numbers, a_booking_id())

    await holds.abandon(concert, claim.booking_id)

    assert await holds.reservation(made.id) == made
    assert (await holds.enlarge(made.id, ANN, AnyOf(1))).numbers == (1, 2, 3)


async def test_holds_that_last_too_long_are_shortened_and_what_they_are_part_of_too(
    holds: HoldStore, concert: EventId
) -> None:
    made = await holds.make_reservation(concert, ANN, AnyOf(2), TTL)
    long = await holds.make_reservation(concert, ANN, AnyOf(2), 100 * TTL)
    await holds.reserve(concert, ANN, 1, 100 * TTL)
    offer = await holds.offer(an_entry(concert, BEN, 3), 1, 100 * TTL)

    shortened = [await holds.shorten(concert, 2 * TTL), await holds.shorten(concert, 2 * TTL)]

    assert shortened == [6, 0]
    assert await holds.reservation(made.id) == made
    now = await holds.reservation(long.id)
    [standing] = await holds.offers(concert)
    assert now
    assert offer
    assert (now.numbers, standing.numbers) == (long.numbers, offer.numbers)
    for expires_at in (now.expires_at, standing.expires_at):
        assert TTL < expires_at - made.made_at < 3 * TTL
    await holds.shorten(concert, timedelta(0))
    assert (await holds.stock(concert)).free == 20


async def abandon_with_time(holds: HoldStore, claim: Claim) -> None:
    await holds.abandon(claim.event_id, claim.booking_id, at_least=CLAIM_GRACE)


async def flip_to_the_next_epoch(holds: HoldStore, claim: Claim) -> None:
    await install(holds, claim.event_id, sold_tickets(epoch=claim.epoch + 1))


@pytest.mark.parametrize("give_up", [abandon_with_time, flip_to_the_next_epoch])
async def test_a_reservation_lasts_as_long_as_the_time_in_which_its_tickets_can_be_claimed_again(
    holds: HoldStore, concert: EventId, give_up: Callable[[HoldStore, Claim], Awaitable[None]]
) -> None:
    made = await holds.make_reservation(concert, ANN, AnyOf(2), timedelta(seconds=1))
    claim = await holds.claim(concert, ANN, made.numbers, a_booking_id())

    await give_up(holds, claim)

    kept = await holds.reservation(made.id)
    assert kept is not None
    assert kept.numbers == made.numbers
    assert kept.expires_at - made.expires_at > CLAIM_GRACE / 2
    assert (await holds.enlarge(made.id, ANN, AnyOf(1))).expires_at == kept.expires_at


async def test_a_flip_keeps_reservations_even_while_they_are_booked(holds: HoldStore, concert: EventId) -> None:
    one = await holds.make_reservation(concert, ANN, AnyOf(2), TTL, key_by(ANN))
    other = await holds.make_reservation(concert, ANN, AnyOf(2), TTL)
    await holds.claim(concert, ANN, other.numbers, a_booking_id())

    await install(holds, concert, sold_tickets([(1, 1)], epoch=2))

    left = await holds.reservation(one.id)
    assert left is not None
    assert left.numbers == (2,)
    assert await holds.reservation(other.id) == other
    assert (await holds.make_reservation(concert, ANN, AnyOf(2), TTL, key_by(ANN))).id == one.id
    await sell(holds, other)


async def test_a_ticket_that_is_bought_again_is_not_part_of_the_old_reservation(
    holds: HoldStore, concert: EventId
) -> None:
    old = await holds.make_reservation(concert, ANN, AnyOf(2), TTL)
    await sell(holds, old)
    await holds.release(Release(concert, ANN, old.numbers, epoch=1, number=1))

    new = await holds.make_reservation(concert, ANN, AnyOf(1), TTL)
    hold = await holds.reserve(concert, ANN, 1, TTL)

    seen = await holds.reservation(old.id)
    assert seen is not None
    assert seen.numbers == ()
    assert {*new.numbers, *hold.numbers} == set(old.numbers)
    assert await holds.reservation(new.id) == new


async def test_a_discarded_event_has_no_reservations_and_no_keys(holds: HoldStore, concert: EventId) -> None:
    made = await holds.make_reservation(concert, ANN, AnyOf(2), TTL, key_by(ANN))
    await holds.discard(concert, epoch=1)

    assert await holds.reservations(ANN) == []
    await install(holds, concert, sold_tickets(epoch=2))
    assert await holds.reservation(made.id) is None
    assert (
        await holds.make_reservation(concert, ANN, AnyOf(1), TTL, key_by(ANN, fingerprint=b"another"))
    ).id != made.id


async def test_a_users_reservations_are_listed_until_they_hold_nothing(
    holds: HoldStore, concert: EventId, lapse: Lapse
) -> None:
    other = an_event_id()
    await install(holds, other, sold_tickets())
    late = await holds.make_reservation(concert, ANN, AnyOf(1), 3 * TTL)
    early = await holds.make_reservation(other, ANN, AnyOf(2), TTL)
    extended = await holds.make_reservation(other, ANN, AnyOf(1), TTL)
    lapsed = await holds.make_reservation(concert, ANN, AnyOf(1), TTL)
    given_back = await holds.make_reservation(concert, ANN, AnyOf(1), TTL)
    booked = await holds.make_reservation(concert, ANN, AnyOf(1), TTL)
    await holds.make_reservation(concert, BEN, AnyOf(1), TTL)
    extended = await holds.extend(extended.id, ANN, TTL, most=1)
    await lapse(concert, lapsed.numbers)
    await holds.give_back(given_back.id, ANN)
    await sell(holds, booked)

    assert await holds.reservations(ANN) == [early, extended, late]
    assert await holds.reservations(a_user_id()) == []


# Changing reservations


async def test_a_reservation_can_be_enlarged_and_keeps_its_deadline(holds: HoldStore, concert: EventId) -> None:
    made = await holds.make_reservation(concert, ANN, Exactly([4]), TTL)

    enlarged = await holds.enlarge(made.id, ANN, AnyOf(2))

    assert enlarged.numbers == (1, 2, 4)
    assert (enlarged.expires_at, enlarged.made_at) == (made.expires_at, made.made_at)
    assert await holds.reservation(made.id) == enlarged


async def test_those_who_join_sit_next_to_each_other_or_where_they_choose(holds: HoldStore, concert: EventId) -> None:
    made = await holds.make_reservation(concert, ANN, Exactly([2]), TTL)

    together = await holds.enlarge(made.id, ANN, BestOf(4, HALL))
    chosen = await holds.enlarge(made.id, ANN, Exactly([20]))

    assert together.numbers == (2, 3, 4, 5, 6)
    assert chosen.numbers == (2, 3, 4, 5, 6, 20)
    with pytest.raises(SeatTaken):
        await holds.enlarge(made.id, ANN, Exactly([7, 20]))


async def test_what_cannot_be_added_leaves_the_reservation_as_it_is(holds: HoldStore, limited: EventId) -> None:
    made = await holds.make_reservation(limited, ANN, AnyOf(3), TTL)

    with pytest.raises(OverTicketLimit):
        await holds.enlarge(made.id, ANN, AnyOf(2))
    with pytest.raises(NoSuchReservation):
        await holds.enlarge(made.id, BEN, AnyOf(1))
    await take(holds, limited, *range(4, 21), user=house_of(limited))
    with pytest.raises(TooFewTickets):
        await holds.enlarge(made.id, ANN, AnyOf(1))

    assert await holds.reservation(made.id) == made


async def test_nothing_is_added_after_sales_have_closed(holds: HoldStore, concert: EventId) -> None:
    made = await holds.make_reservation(concert, ANN, AnyOf(1), TTL)
    await close_sales(holds, concert)

    with pytest.raises(SalesClosed):
        await holds.enlarge(made.id, ANN, AnyOf(1))


async def test_the_limit_stands_against_32_parallel_enlargements(holds: HoldStore, limited: EventId) -> None:
    made = await holds.make_reservation(limited, ANN, AnyOf(1), TTL)

    outcomes = await asyncio.gather(*(holds.enlarge(made.id, ANN, AnyOf(1)) for _ in range(32)), return_exceptions=True)

    assert Counter(type(outcome) for outcome in outcomes) == {Reservation: 3, OverTicketLimit: 29}
    seen = await holds.reservation(made.id)
    assert seen is not None
    assert len(seen.numbers) == 4


async def test_a_reservation_has_no_more_tickets_than_can_be_booked_at_once(holds: HoldStore) -> None:
    event_id = an_event_id()
    await install(holds, event_id, sold_tickets(capacity=200))
    made = await holds.make_reservation(event_id, ANN, AnyOf(TICKETS_A_REQUEST - 1), TTL)

    with pytest.raises(OverTicketLimit):
        await holds.enlarge(made.id, ANN, AnyOf(2))

    assert len((await holds.enlarge(made.id, ANN, AnyOf(1))).numbers) == TICKETS_A_REQUEST


async def test_the_highest_numbers_are_given_back_first(holds: HoldStore, concert: EventId) -> None:
    made = await holds.make_reservation(concert, ANN, Exactly([3, 9, 1, 14]), TTL)

    reduced = await holds.reduce(made.id, ANN, 2)

    assert (reduced.numbers, reduced.expires_at) == ((1, 3), made.expires_at)
    assert await holds.reservation(made.id) == reduced
    assert (await holds.inspect(concert)).held == {1, 3}
    with pytest.raises(NotHeld):
        await holds.claim(concert, ANN, [9], a_booking_id())


async def test_not_all_tickets_of_a_reservation_can_be_taken_out_of_it(holds: HoldStore, concert: EventId) -> None:
    made = await holds.make_reservation(concert, ANN, AnyOf(2), TTL)

    with pytest.raises(ReservationFixed):
        await holds.reduce(made.id, ANN, 2)
    with pytest.raises(NoSuchReservation):
        await holds.reduce(made.id, BEN, 1)

    assert await holds.reservation(made.id) == made


async def test_a_reservation_that_is_given_back_is_gone_and_its_tickets_are_free(
    holds: HoldStore, limited: EventId
) -> None:
    made = await holds.make_reservation(limited, ANN, AnyOf(4), TTL)
    with pytest.raises(NoSuchReservation):
        await holds.give_back(made.id, BEN)

    await holds.give_back(made.id, ANN)

    assert await holds.reservation(made.id) is None
    assert (await holds.inspect(limited)).held == set()
    with pytest.raises(NoSuchReservation):
        await holds.give_back(made.id, ANN)
    with pytest.raises(NotHeld):
        await holds.claim(limited, ANN, made.numbers, a_booking_id())
    assert (await holds.make_reservation(limited, ANN, AnyOf(4), TTL)).numbers == made.numbers


async def test_tickets_that_are_given_back_are_set_aside_for_those_who_wait(holds: HoldStore, concert: EventId) -> None:
    made = await holds.make_reservation(concert, ANN, AnyOf(20), TTL)
    await holds.set_demand(Demand(concert, tickets=3, version=1))

    await holds.reduce(made.id, ANN, 2)
    after_two = await holds.stock(concert)
    await holds.give_back(made.id, ANN)
    after_all = await holds.stock(concert)

    assert (after_two.free, after_two.aside) == (2, 2)
    assert (after_all.free, after_all.aside) == (20, 3)


async def test_tickets_that_are_given_back_again_and_again_come_back_once(holds: HoldStore, concert: EventId) -> None:
    made = await holds.make_reservation(concert, ANN, AnyOf(5), TTL)

    outcomes = await asyncio.gather(*(holds.give_back(made.id, ANN) for _ in range(16)), return_exceptions=True)

    assert Counter(type(outcome) for outcome in outcomes) == {type(None): 1, NoSuchReservation: 15}
    assert (await holds.stock(concert)).free == 20


async def test_a_reservation_can_be_extended_as_often_as_is_allowed(holds: HoldStore, concert: EventId) -> None:
    made = await holds.make_reservation(concert, ANN, AnyOf(2), TTL)

    idempotency_key = await holds.extend(made.id, ANN, 5 * MINUTE, most=2)
    twice = await holds.extend(made.id, ANN, 5 * MINUTE, most=2)

    assert (idempotency_key.expires_at - made.expires_at, idempotency_key.extensions) == (5 * MINUTE, 1)
    assert (twice.expires_at - made.expires_at, twice.extensions) == (10 * MINUTE, 2)
    for user, error in ((ANN, ReservationFixed), (BEN, NoSuchReservation)):
        with pytest.raises(error):
            await holds.extend(made.id, user, 5 * MINUTE, most=2)
    assert await holds.reservation(made.id) == twice


async def test_of_many_extensions_at_once_only_those_allowed_take_effect(holds: HoldStore, concert: EventId) -> None:
    made = await holds.make_reservation(concert, ANN, AnyOf(2), TTL)

    outcomes = await asyncio.gather(
        *(holds.extend(made.id, ANN, MINUTE, most=1) for _ in range(16)), return_exceptions=True
    )

    assert Counter(type(outcome) for outcome in outcomes) == {Reservation: 1, ReservationFixed: 15}
    seen = await holds.reservation(made.id)
    assert seen is not None
    assert seen.expires_at == made.expires_at + MINUTE


async def test_what_the_waitlist_offered_cannot_be_kept_longer(holds: HoldStore, concert: EventId) -> None:
    await make_offer(holds, an_entry(concert, ANN, 2), TTL)
    made = await holds.make_reservation(concert, ANN, AnyOf(3), TTL)

    with pytest.raises(ReservationFixed):
        await holds.extend(made.id, ANN, TTL, most=1)


async def test_a_reservation_that_is_being_booked_cannot_be_changed(holds: HoldStore, concert: EventId) -> None:
    made = await holds.make_reservation(concert, ANN, AnyOf(3), TTL)
    await holds.claim(concert, ANN, made.numbers[:1], a_booking_id())

    for change in (
        holds.enlarge(made.id, ANN, AnyOf(1)),
        holds.reduce(made.id, ANN, 1),
        holds.extend(made.id, ANN, TTL, 1),
        holds.give_back(made.id, ANN),
    ):
        with pytest.raises(ReservationFixed):
            await change

    assert await holds.reservation(made.id) == made


async def test_reserved_tickets_are_claimed_like_any_others(holds: HoldStore, concert: EventId) -> None:
    made = await holds.make_reservation(concert, ANN, AnyOf(2), TTL)
    hold = await holds.reserve(concert, ANN, 1, TTL)

    with pytest.raises(NotYourTicket):
        await holds.claim(concert, BEN, made.numbers, a_booking_id())
    claim = await holds.claim(concert, ANN, {*made.numbers, *hold.numbers}, a_booking_id())
    again = await holds.claim(concert, ANN, made.numbers, a_booking_id())

    assert again == claim
    assert set(claim.numbers) == {*made.numbers, *hold.numbers}
    [abandoned] = await holds.stale_claims(concert, timedelta(0))
    for same in (claim, again, abandoned):
        reserved_at = dict(zip(same.numbers, same.reserved_at, strict=True))
        assert reserved_at == dict.fromkeys(made.numbers, made.made_at) | dict.fromkeys(hold.numbers)
    with pytest.raises(NotYourTicket):
        await holds.claim(concert, BEN, made.numbers, a_booking_id())


# Figures


async def test_what_is_free_is_counted_group_by_group(holds: HoldStore, concert: EventId, lapse: Lapse) -> None:
    await sell(holds, await take(holds, concert, 1, 7, 8))
    held = await take(holds, concert, 2, 15)
    await lapse(concert, held.numbers[:1])

    groups = [[FRONT], [BACK], [STANDING], [FRONT, STANDING], []]

    assert await holds.free_among(concert, groups) == [5, 6, 5, 10, 0]
    assert await holds.free_among(concert, []) == []


async def test_a_look_tells_what_is_taken_and_what_of_that_is_held(
    holds: HoldStore, concert: EventId, lapse: Lapse
) -> None:
    await sell(holds, await take(holds, concert, 1, 9))
    claimed = await take(holds, concert, 3)
    await holds.claim(concert, BEN, claimed.numbers, a_booking_id())
    lapsed = await take(holds, concert, 5, 20)
    await lapse(concert, lapsed.numbers[:1])

    whole = await holds.seat_map(concert, 1, 20)
    some = await holds.taken_among(concert, [20, 2, 3, 9, 5])

    assert whole == SeatMap(20, 16, 1, 20, bytes([0b10100000, 0b10000000, 0b00010000]))
    assert some == TakenTickets(sold=frozenset({9}), held=frozenset({3, 20}))
    assert await holds.taken_among(concert, []) == TakenTickets(frozenset(), frozenset())


async def test_a_seat_map_has_the_range_that_was_asked_for(holds: HoldStore, concert: EventId) -> None:
    await take(holds, concert, 1, 9, 11, 18)
    everything = "10000000101000000100"

    for first in range(1, 21):
        for last in range(first, 21):
            seats = await holds.seat_map(concert, first, last)

            bits = "".join(f"{byte:08b}" for byte in seats.taken)
            wanted = everything[first - 1 : last]
            assert (bits, seats.first, seats.last, seats.free) == (padded(wanted), first, last, 16)


def padded(bits: str) -> str:
    return bits + "0" * (-len(bits) % 8)


async def test_a_seat_map_ends_with_the_event(holds: HoldStore, concert: EventId) -> None:
    assert await holds.seat_map(concert, 17, 1000) == SeatMap(20, 20, 17, 20, b"\0")
    assert await holds.seat_map(concert, 21, 1000) == SeatMap(20, 20, 21, 20, b"")
    assert await holds.seat_map(concert, 1000, 1001) == SeatMap(20, 20, 1000, 20, b"")


async def test_a_seat_map_grows_with_the_event(holds: HoldStore, concert: EventId) -> None:
    await holds.grow(concert, 33)

    seats = await holds.seat_map(concert, 1, 40)

    assert (seats.capacity, seats.last, len(seats.taken)) == (33, 33, 5)


async def test_the_funnel_tells_what_became_of_every_reserved_ticket(
    holds: HoldStore, concert: EventId, lapse: Lapse
) -> None:
    made = await holds.make_reservation(concert, ANN, AnyOf(6), TTL)
    await holds.enlarge(made.id, ANN, AnyOf(2))
    await holds.reduce(made.id, ANN, 1)
    hold = await holds.reserve(concert, BEN, 3, TTL)
    await make_offer(holds, an_entry(concert, BEN, 2), TTL)
    await lapse(concert, hold.numbers[:2])
    booked = await holds.claim(concert, ANN, made.numbers[:4], a_booking_id())
    await holds.settle(concert, booked.booking_id)
    abandoned = await holds.claim(concert, ANN, made.numbers[4:], a_booking_id())
    await holds.abandon(concert, abandoned.booking_id)

    funnel = await holds.funnel(concert)

    assert (funnel.reserved, funnel.booked, funnel.lapsed, funnel.given_back) == (13, 4, 2, 1)
    stock = await holds.stock(concert)
    assert funnel.reserved == funnel.booked + funnel.lapsed + funnel.given_back + stock.held + stock.claimed


async def test_a_flip_keeps_the_funnel_and_counts_what_it_finds_sold_once(holds: HoldStore, concert: EventId) -> None:
    made = await holds.make_reservation(concert, ANN, AnyOf(4), TTL)
    claim = await holds.claim(concert, ANN, made.numbers[:2], a_booking_id())

    await install(holds, concert, sold_tickets([(1, 2)], epoch=2))
    late = await holds.settle(concert, claim.booking_id)

    assert not late
    funnel = await holds.funnel(concert)
    assert (funnel.reserved, funnel.booked, funnel.lapsed, funnel.given_back) == (4, 2, 0, 0)


async def test_the_funnel_ends_with_a_discard(holds: HoldStore, concert: EventId) -> None:
    await holds.make_reservation(concert, ANN, AnyOf(4), TTL)
    await holds.discard(concert, epoch=1)
    await install(holds, concert, sold_tickets(epoch=2))

    assert (await holds.funnel(concert)).reserved == 0


async def test_a_plain_hold_belongs_to_no_reservation(holds: HoldStore, concert: EventId) -> None:
    hold = await holds.reserve(concert, ANN, 2, TTL)

    assert isinstance(hold, Hold)
    assert await holds.reservations(ANN) == []
