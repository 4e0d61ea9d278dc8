"""The promises of the hold store: what is free, and what became of reserved tickets."""

import pytest

from booked.domain.model.figures.analytics import Funnel
from booked.domain.model.ids import EventId
from booked.domain.model.sale.holds import LAST_EPOCH, Hold, SeatMap, TakenTickets, house_of
from booked.domain.model.sale.reservations import AnyOf, Exactly
from booked.ports.hold_store import HoldStore
from booked.ports.holds import EventIsCold
from tests.builders import ANN, BEN, TTL, a_booking_id, an_entry, an_event_id, install, make_offer, sold_tickets
from tests.contracts.conftest import Lapse
from tests.contracts.sale.halls import BACK, FRONT, STANDING, sell, take

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


async def test_a_discard_keeps_the_funnel_and_counts_what_is_held_as_lapsed(holds: HoldStore, concert: EventId) -> None:
    made = await holds.make_reservation(concert, ANN, AnyOf(4), TTL)
    await holds.reduce(made.id, ANN, 1)
    booked = await holds.claim(concert, ANN, made.numbers[:1], a_booking_id())
    await holds.settle(concert, booked.booking_id)
    await holds.claim(concert, ANN, made.numbers[1:2], a_booking_id())
    await take(holds, concert, 20, user=house_of(concert))

    for _ in range(2):
        await holds.discard(concert, epoch=1)

    assert await holds.funnel(concert) == Funnel(reserved=4, booked=1, lapsed=2, given_back=1)


async def test_an_event_that_is_on_sale_again_goes_on_with_its_funnel(holds: HoldStore, concert: EventId) -> None:
    await take(holds, concert, 20, user=house_of(concert))
    await holds.make_reservation(concert, ANN, AnyOf(4), TTL)
    await holds.discard(concert, epoch=1)
    await install(holds, concert, sold_tickets(epoch=2))
    await holds.make_reservation(concert, BEN, AnyOf(3), TTL)

    assert await holds.funnel(concert) == Funnel(reserved=7, booked=0, lapsed=4, given_back=0)


async def test_the_funnel_ends_with_its_event(holds: HoldStore, concert: EventId) -> None:
    await holds.make_reservation(concert, ANN, AnyOf(4), TTL)

    await holds.discard(concert, LAST_EPOCH)

    assert await holds.funnel(concert) == Funnel(0, 0, 0, 0)


async def test_of_an_event_that_nobody_asked_for_nothing_was_reserved(holds: HoldStore) -> None:
    assert await holds.funnel(an_event_id()) == Funnel(0, 0, 0, 0)


async def test_a_plain_hold_belongs_to_no_reservation(holds: HoldStore, concert: EventId) -> None:
    hold = await holds.reserve(concert, ANN, 2, TTL)

    assert isinstance(hold, Hold)
    assert await holds.reservations(ANN) == []


# An event that nobody used


async def test_an_event_that_nobody_used_is_forgotten(holds: HoldStore, concert: EventId) -> None:
    assert await holds.discard_unused(concert, epoch=1)

    with pytest.raises(EventIsCold):
        await holds.stock(concert)
    assert not await install(holds, concert, sold_tickets(epoch=1))


async def test_a_cold_event_is_forgotten_as_well(holds: HoldStore) -> None:
    event_id = an_event_id()

    assert await holds.discard_unused(event_id, epoch=3)

    assert not await install(holds, event_id, sold_tickets(epoch=3))
    assert await install(holds, event_id, sold_tickets(epoch=4))


@pytest.mark.parametrize("then", ["hold", "claim", "sell", "lapse", "give back"])
async def test_an_event_that_somebody_holds_or_held_is_not_forgotten(
    holds: HoldStore, concert: EventId, lapse: Lapse, then: str
) -> None:
    if then == "give back":
        reservation = await holds.make_reservation(concert, ANN, AnyOf(1), TTL)
        await holds.give_back(reservation.id, ANN)
    else:
        hold = await take(holds, concert, 1)
        if then == "claim":
            await holds.claim(concert, hold.user_id, hold.numbers, a_booking_id())
        if then == "sell":
            await sell(holds, hold)
        if then == "lapse":
            await lapse(concert, hold.numbers)
    before = await holds.stock(concert)

    assert not await holds.discard_unused(concert, epoch=1)

    assert await holds.stock(concert) == before


async def test_what_the_house_keeps_is_no_use(holds: HoldStore, concert: EventId) -> None:
    house = house_of(concert)
    reservation = await holds.make_reservation(concert, house, Exactly((1, 2)), TTL)
    claim = await holds.claim(concert, house, reservation.numbers, a_booking_id())
    await holds.settle(concert, claim.booking_id)

    assert await holds.discard_unused(concert, epoch=1)
