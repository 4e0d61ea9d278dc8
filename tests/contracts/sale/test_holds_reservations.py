"""The promises of the hold store: looking at reservations, and changing them."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from booked.domain.errors import (
    BelowMinimum,
    NoSuchReservation,
    NotYourTicket,
    OverTicketLimit,
    ReservationFixed,
    SalesClosed,
    SeatTaken,
    TooFewTickets,
)
from booked.domain.model.ids import EventId, reservation_id
from booked.domain.model.sale.holds import CLAIM_GRACE, TICKETS_A_REQUEST, Claim, Release, house_of
from booked.domain.model.sale.reservations import AnyOf, BestOf, Exactly, Minimum, Reservation
from booked.domain.model.sale.waitlist import Demand
from booked.ports.hold_store import HoldStore
from booked.ports.holds import NotHeld
from tests.builders import (
    ANN,
    BEN,
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
from tests.contracts.sale.halls import FRONT, HALL, STANDING, close_sales, sell, take

MINUTE = timedelta(minutes=1)

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


async def test_the_last_tickets_of_a_reservation_are_known_when_it_holds_none_any_more(
    holds: HoldStore, concert: EventId, lapse: Lapse
) -> None:
    booked = await holds.make_reservation(concert, ANN, AnyOf(2), TTL)
    reduced = await holds.make_reservation(concert, ANN, AnyOf(3), TTL)
    enlarged = await holds.make_reservation(concert, ANN, AnyOf(1), TTL)
    returned = await holds.make_reservation(concert, ANN, AnyOf(1), TTL)
    left = await holds.reduce(reduced.id, ANN, 1)
    grown = await holds.enlarge(enlarged.id, ANN, AnyOf(2))
    await holds.give_back(returned.id, ANN)
    await sell(holds, booked)
    await lapse(concert, left.numbers)

    assert await holds.last_numbers(booked.id, ANN) == set(booked.numbers)
    assert await holds.last_numbers(reduced.id, ANN) == set(left.numbers)
    assert await holds.last_numbers(enlarged.id, ANN) == set(grown.numbers)
    for nothing in (
        holds.last_numbers(returned.id, ANN),
        holds.last_numbers(booked.id, BEN),
        holds.last_numbers(reservation_id(concert, 5), ANN),
        holds.last_numbers(reservation_id(an_event_id(), 5), ANN),
    ):
        assert await nothing == set()
    await holds.discard(concert, epoch=1)
    assert await holds.last_numbers(booked.id, ANN) == set()


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


async def test_a_reservation_that_is_not_as_its_owner_saw_it_stays_as_it_is(holds: HoldStore, concert: EventId) -> None:
    made = await holds.make_reservation(concert, ANN, AnyOf(3), TTL)

    unchanged = [await holds.enlarge(made.id, ANN, AnyOf(2), seen=2), await holds.reduce(made.id, ANN, 1, seen=4)]
    changed = [await holds.enlarge(made.id, ANN, AnyOf(2), seen=3), await holds.reduce(made.id, ANN, 1, seen=5)]

    assert [len(each.numbers) for each in (*unchanged, *changed)] == [3, 3, 5, 4]


async def test_those_who_join_sit_next_to_each_other_or_where_they_choose(holds: HoldStore, concert: EventId) -> None:
    made = await holds.make_reservation(concert, ANN, Exactly([2]), TTL)

    together = await holds.enlarge(made.id, ANN, BestOf(4, HALL))
    chosen = await holds.enlarge(made.id, ANN, Exactly([20]))

    assert together.numbers == (2, 3, 4, 5, 6)
    assert chosen.numbers == (2, 3, 4, 5, 6, 20)
    with pytest.raises(SeatTaken) as refusal:
        await holds.enlarge(made.id, ANN, Exactly([7, 20, 3]))
    assert refusal.value.numbers == (20, 3)


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


async def test_a_reservation_keeps_as_many_of_some_tickets_as_it_has_at_least_or_none(
    holds: HoldStore, concert: EventId
) -> None:
    made = await holds.make_reservation(concert, ANN, Exactly([1, 2, 3, 15, 16, 17]), TTL)
    minimums = [Minimum(2, [STANDING]), Minimum(4, [FRONT])]

    with pytest.raises(BelowMinimum, match="at least 2"):
        await holds.reduce(made.id, ANN, 2, minimums=minimums)
    await holds.reduce(made.id, ANN, 1, minimums=minimums)
    reduced = await holds.reduce(made.id, ANN, 2, minimums=minimums)

    assert reduced.numbers == (1, 2, 3)
    with pytest.raises(BelowMinimum, match="at least 4"):
        await holds.reduce(made.id, ANN, 1, minimums=minimums)


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


async def test_a_reservation_can_be_extended_more_often_while_nobody_waits(holds: HoldStore, concert: EventId) -> None:
    made = await holds.make_reservation(concert, ANN, AnyOf(2), TTL)

    extended = [await holds.extend(made.id, ANN, MINUTE, most=1, most_unwanted=4) for _ in range(3)]
    await holds.set_demand(Demand(concert, tickets=1, version=1))
    with pytest.raises(ReservationFixed):
        await holds.extend(made.id, ANN, MINUTE, most=1, most_unwanted=4)
    await holds.set_demand(Demand(concert, tickets=0, version=2))
    last = await holds.extend(made.id, ANN, MINUTE, most=1, most_unwanted=4)
    with pytest.raises(ReservationFixed):
        await holds.extend(made.id, ANN, MINUTE, most=1, most_unwanted=4)

    assert [each.extensions for each in (*extended, last)] == [1, 2, 3, 4]


async def test_a_reservation_can_be_extended_once_also_while_others_wait(holds: HoldStore, concert: EventId) -> None:
    made = await holds.make_reservation(concert, ANN, AnyOf(2), TTL)
    await holds.set_demand(Demand(concert, tickets=1, version=1))

    extended = await holds.extend(made.id, ANN, MINUTE, most=1, most_unwanted=4)

    assert extended.extensions == 1


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
