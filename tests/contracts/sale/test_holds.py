"""The promises of the hold store: reserving, claiming, settling, and counting."""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from booked.domain.errors import NotYourTicket, OverTicketLimit, TooFewTickets
from booked.domain.model.ids import EventId, ticket_id
from booked.domain.model.sale.holds import CLAIM_GRACE, USUAL, Claim, Hold, Terms
from booked.ports.hold_store import HoldStore
from booked.ports.holds import NotHeld
from tests.builders import ANN, BEN, TTL, a_booking_id, a_user_id, an_event_id, install, key_by, sold_tickets
from tests.contracts.conftest import Lapse

A_WEEK = timedelta(days=7)


async def attempt(reservation: Coroutine[Any, Any, Hold]) -> Hold | None:
    """The hold, or None if there were too few tickets."""
    try:
        return await reservation
    except TooFewTickets:
        return None


async def test_a_store_that_is_there_answers(holds: HoldStore) -> None:
    await holds.ping()


# Reserving


async def test_a_reservation_holds_as_many_different_tickets_as_asked_for(holds: HoldStore, concert: EventId) -> None:
    hold = await holds.reserve(concert, ANN, 3, TTL)

    assert (hold.event_id, hold.user_id) == (concert, ANN)
    assert len(set(hold.numbers)) == 3
    assert (await holds.inspect(concert)).held == set(hold.numbers)


async def test_a_reservation_lasts_as_long_as_it_was_asked_to(holds: HoldStore, concert: EventId) -> None:
    short = await holds.reserve(concert, ANN, 1, timedelta(minutes=10))
    long = await holds.reserve(concert, ANN, 1, timedelta(minutes=30))

    difference = long.expires_at - short.expires_at

    assert timedelta(minutes=20) <= difference < timedelta(minutes=21)


async def test_a_reservation_of_more_tickets_than_there_are_holds_none(holds: HoldStore, concert: EventId) -> None:
    with pytest.raises(TooFewTickets):
        await holds.reserve(concert, ANN, 21, TTL)

    assert (await holds.stock(concert)).held == 0
    assert len((await holds.reserve(concert, ANN, 20, TTL)).numbers) == 20


async def test_every_ticket_can_be_reserved_and_none_beyond_the_capacity(holds: HoldStore, concert: EventId) -> None:
    first = await holds.reserve(concert, ANN, 7, TTL)
    second = await holds.reserve(concert, BEN, 13, TTL)

    assert {*first.numbers, *second.numbers} == set(range(1, 21))
    with pytest.raises(TooFewTickets):
        await holds.reserve(concert, BEN, 1, TTL)


async def test_of_many_who_reserve_at_once_exactly_as_many_succeed_as_there_are_tickets(
    holds: HoldStore, concert: EventId
) -> None:
    attempts = [attempt(holds.reserve(concert, a_user_id(), 1, TTL)) for _ in range(64)]

    outcomes = await asyncio.gather(*attempts)

    given = Counter(number for hold in outcomes if hold for number in hold.numbers)
    assert given == Counter(range(1, 21))


async def test_of_many_parties_who_reserve_at_once_none_is_given_a_part(holds: HoldStore, concert: EventId) -> None:
    attempts = [attempt(holds.reserve(concert, a_user_id(), 3, TTL)) for _ in range(16)]

    outcomes = [hold for hold in await asyncio.gather(*attempts) if hold]

    assert [len(hold.numbers) for hold in outcomes] == [3] * 6
    assert len({number for hold in outcomes for number in hold.numbers}) == 18
    assert (await holds.stock(concert)).free == 2


async def test_lapsed_holds_are_free_again(holds: HoldStore, concert: EventId, lapse: Lapse) -> None:
    hold = await holds.reserve(concert, ANN, 20, TTL)
    await lapse(concert, hold.numbers[:5])

    again = await holds.reserve(concert, BEN, 5, TTL)

    assert set(again.numbers) == set(hold.numbers[:5])
    assert (await holds.stock(concert)).held == 20


async def test_events_do_not_share_tickets(holds: HoldStore, concert: EventId) -> None:
    other = an_event_id()
    await install(holds, other, sold_tickets(capacity=2))
    await holds.reserve(concert, ANN, 20, TTL)

    hold = await holds.reserve(other, ANN, 2, TTL)

    assert set(hold.numbers) == {1, 2}


# The limit of tickets per user


async def test_nobody_holds_more_tickets_than_the_event_allows(holds: HoldStore) -> None:
    event_id = an_event_id()
    await install(holds, event_id, sold_tickets(ticket_limit=4))
    await holds.reserve(event_id, ANN, 3, TTL)

    with pytest.raises(OverTicketLimit):
        await holds.reserve(event_id, ANN, 2, TTL)

    assert (await holds.stock(event_id)).held == 3
    await holds.reserve(event_id, ANN, 1, TTL)
    await holds.reserve(event_id, BEN, 4, TTL)


async def test_tickets_that_a_user_owns_count_towards_the_limit(holds: HoldStore) -> None:
    event_id = an_event_id()
    await install(holds, event_id, sold_tickets([(1, 5)], ticket_limit=4, per_user=[(ANN, 3), (BEN, 2)]))

    with pytest.raises(OverTicketLimit):
        await holds.reserve(event_id, ANN, 2, TTL)

    await holds.reserve(event_id, ANN, 1, TTL)
    await holds.reserve(event_id, BEN, 2, TTL)


async def test_a_ticket_counts_towards_the_limit_while_it_is_claimed_and_when_it_is_sold(
    holds: HoldStore,
) -> None:
    event_id = an_event_id()
    await install(holds, event_id, sold_tickets(ticket_limit=2))
    hold = await holds.reserve(event_id, ANN, 2, TTL)
    claim = await holds.claim(event_id, ANN, hold.numbers, a_booking_id())

    with pytest.raises(OverTicketLimit):
        await holds.reserve(event_id, ANN, 1, TTL)

    await holds.settle(event_id, claim.booking_id)
    with pytest.raises(OverTicketLimit):
        await holds.reserve(event_id, ANN, 1, TTL)


async def test_a_lapsed_hold_does_not_count_towards_the_limit(holds: HoldStore, lapse: Lapse) -> None:
    event_id = an_event_id()
    await install(holds, event_id, sold_tickets(ticket_limit=2))
    hold = await holds.reserve(event_id, ANN, 2, TTL)
    await lapse(event_id, hold.numbers)

    again = await holds.reserve(event_id, ANN, 2, TTL)

    assert len(again.numbers) == 2


async def test_the_limit_stands_against_a_user_who_reserves_many_times_at_once(holds: HoldStore) -> None:
    event_id = an_event_id()
    await install(holds, event_id, sold_tickets(ticket_limit=4))
    attempts = [holds.reserve(event_id, ANN, 1, TTL) for _ in range(16)]

    outcomes = await asyncio.gather(*attempts, return_exceptions=True)

    assert Counter(type(outcome) for outcome in outcomes) == {Hold: 4, OverTicketLimit: 12}


# Claiming


async def test_a_claim_keeps_the_tickets_under_its_booking_id(holds: HoldStore, concert: EventId) -> None:
    hold = await holds.reserve(concert, ANN, 2, TTL)
    booking_id = a_booking_id()

    claim = await holds.claim(concert, ANN, hold.numbers, booking_id)

    assert claim == Claim(booking_id, concert, ANN, tuple(sorted(hold.numbers)), epoch=1, entry_id=None)
    inspection = await holds.inspect(concert)
    assert (inspection.held, inspection.claimed) == (frozenset(), frozenset(hold.numbers))


@pytest.mark.parametrize(
    "terms",
    [
        USUAL,
        Terms(priced_at=datetime(2026, 12, 20, 19, 30, 0, 123_000, UTC)),
        Terms(part_of=a_booking_id(), idempotency_key=key_by(ANN, 'a|key,"of:1\\', b"\x00|\xff")),
    ],
)
async def test_a_claim_keeps_the_terms_on_which_it_was_made(holds: HoldStore, concert: EventId, terms: Terms) -> None:
    hold = await holds.reserve(concert, ANN, 2, TTL)
    made = await holds.claim(concert, ANN, hold.numbers, a_booking_id(), terms)

    shared = await holds.claim(
        concert, ANN, hold.numbers[:1], a_booking_id(), Terms(idempotency_key=key_by(ANN, "another"))
    )
    [stale] = await holds.stale_claims(concert, timedelta(0))

    assert made.terms == shared.terms == stale.terms == terms
    assert shared == stale == made
    assert await holds.abandon(concert, made.booking_id)
    again = await holds.claim(concert, ANN, hold.numbers, a_booking_id())
    assert again.terms == USUAL


async def test_a_part_of_a_hold_can_be_claimed(holds: HoldStore, concert: EventId) -> None:
    hold = await holds.reserve(concert, ANN, 3, TTL)

    await holds.claim(concert, ANN, hold.numbers[1:2], a_booking_id())

    inspection = await holds.inspect(concert)
    assert inspection.claimed == {hold.numbers[1]}
    assert inspection.held == {hold.numbers[0], hold.numbers[2]}


async def test_tickets_of_several_reservations_can_be_claimed_together(holds: HoldStore, concert: EventId) -> None:
    first = await holds.reserve(concert, ANN, 1, TTL)
    second = await holds.reserve(concert, ANN, 2, TTL)

    claim = await holds.claim(concert, ANN, {*first.numbers, *second.numbers}, a_booking_id())

    assert set(claim.numbers) == {*first.numbers, *second.numbers}


@pytest.mark.parametrize("number", [0, 7, 20, 21, 10_000_001, 2**32 - 1])
async def test_a_ticket_that_was_never_reserved_cannot_be_claimed(
    holds: HoldStore, concert: EventId, number: int
) -> None:
    hold = await holds.reserve(concert, ANN, 1, TTL)

    with pytest.raises(NotHeld) as refusal:
        await holds.claim(concert, ANN, {*hold.numbers, number}, a_booking_id())

    assert refusal.value.numbers == {number}
    assert (await holds.stock(concert)).claimed == 0


async def test_a_lapsed_hold_cannot_be_claimed(holds: HoldStore, concert: EventId, lapse: Lapse) -> None:
    hold = await holds.reserve(concert, ANN, 2, TTL)
    await lapse(concert, hold.numbers[:1])

    with pytest.raises(NotHeld) as refusal:
        await holds.claim(concert, ANN, hold.numbers, a_booking_id())

    assert refusal.value.numbers == set(hold.numbers[:1])
    assert (await holds.inspect(concert)).held == set(hold.numbers[1:])


async def test_a_sold_ticket_cannot_be_claimed(holds: HoldStore, concert: EventId) -> None:
    hold = await holds.reserve(concert, ANN, 1, TTL)
    claim = await holds.claim(concert, ANN, hold.numbers, a_booking_id())
    await holds.settle(concert, claim.booking_id)

    with pytest.raises(NotHeld) as refusal:
        await holds.claim(concert, ANN, hold.numbers, a_booking_id())

    assert refusal.value.numbers == set(hold.numbers)


async def test_somebody_elses_ticket_cannot_be_claimed(holds: HoldStore, concert: EventId) -> None:
    own = await holds.reserve(concert, ANN, 1, TTL)
    foreign = await holds.reserve(concert, BEN, 1, TTL)

    with pytest.raises(NotYourTicket, match=ticket_id(concert, foreign.numbers[0])):
        await holds.claim(concert, ANN, {*own.numbers, *foreign.numbers}, a_booking_id())

    assert (await holds.stock(concert)).claimed == 0
    theirs = await holds.claim(concert, BEN, foreign.numbers, a_booking_id())
    assert theirs.numbers == foreign.numbers


async def test_a_ticket_that_somebody_else_is_booking_cannot_be_claimed(holds: HoldStore, concert: EventId) -> None:
    hold = await holds.reserve(concert, BEN, 1, TTL)
    await holds.claim(concert, BEN, hold.numbers, a_booking_id())

    with pytest.raises(NotYourTicket):
        await holds.claim(concert, ANN, hold.numbers, a_booking_id())


async def test_somebody_elses_ticket_is_named_before_one_that_nobody_holds(holds: HoldStore, concert: EventId) -> None:
    foreign = await holds.reserve(concert, BEN, 1, TTL)

    with pytest.raises(NotYourTicket):
        await holds.claim(concert, ANN, {20, *foreign.numbers}, a_booking_id())


async def test_tickets_that_are_being_booked_already_are_not_claimed_anew(holds: HoldStore, concert: EventId) -> None:
    hold = await holds.reserve(concert, ANN, 3, TTL)
    earlier = await holds.claim(concert, ANN, hold.numbers[:2], a_booking_id())

    again = await holds.claim(concert, ANN, hold.numbers, a_booking_id())

    assert again == earlier
    assert (await holds.stock(concert)).held == 1


async def test_somebody_elses_ticket_is_refused_even_along_with_one_that_is_being_booked(
    holds: HoldStore, concert: EventId
) -> None:
    own = await holds.reserve(concert, ANN, 1, TTL)
    foreign = await holds.reserve(concert, BEN, 1, TTL)
    await holds.claim(concert, ANN, own.numbers, a_booking_id())

    with pytest.raises(NotYourTicket):
        await holds.claim(concert, ANN, {*own.numbers, *foreign.numbers}, a_booking_id())


async def test_claiming_the_same_tickets_many_times_at_once_makes_one_claim(holds: HoldStore, concert: EventId) -> None:
    hold = await holds.reserve(concert, ANN, 2, TTL)

    claims = await asyncio.gather(*(holds.claim(concert, ANN, hold.numbers, a_booking_id()) for _ in range(32)))

    assert len(set(claims)) == 1
    assert await holds.stale_claims(concert, timedelta(0)) == [claims[0]]


async def test_a_claim_does_not_lapse(holds: HoldStore, concert: EventId, lapse: Lapse) -> None:
    hold = await holds.reserve(concert, ANN, 2, TTL)
    claim = await holds.claim(concert, ANN, hold.numbers, a_booking_id())

    await lapse(concert, hold.numbers)

    assert (await holds.stock(concert)).claimed == 2
    with pytest.raises(NotYourTicket):
        await holds.claim(concert, BEN, hold.numbers, a_booking_id())
    assert await holds.settle(concert, claim.booking_id)


# Settling and abandoning


async def test_a_settled_claim_is_sold(holds: HoldStore, concert: EventId) -> None:
    hold = await holds.reserve(concert, ANN, 3, TTL)
    claim = await holds.claim(concert, ANN, hold.numbers[:2], a_booking_id())

    settled = await holds.settle(concert, claim.booking_id)

    assert settled
    inspection = await holds.inspect(concert)
    assert inspection.sold == set(claim.numbers)
    assert inspection.held == {hold.numbers[2]}
    assert inspection.claimed == set()


async def test_an_abandoned_claim_is_held_again(holds: HoldStore, concert: EventId) -> None:
    hold = await holds.reserve(concert, ANN, 2, TTL)
    claim = await holds.claim(concert, ANN, hold.numbers, a_booking_id())

    abandoned = await holds.abandon(concert, claim.booking_id)

    assert abandoned
    assert (await holds.inspect(concert)).held == set(hold.numbers)
    again = await holds.claim(concert, ANN, hold.numbers, a_booking_id())
    assert again.booking_id != claim.booking_id


async def test_an_abandoned_claim_has_its_old_deadline(holds: HoldStore, concert: EventId, lapse: Lapse) -> None:
    hold = await holds.reserve(concert, ANN, 2, TTL)
    claim = await holds.claim(concert, ANN, hold.numbers, a_booking_id())
    await lapse(concert, hold.numbers[:1])

    await holds.abandon(concert, claim.booking_id)

    for user in (ANN, BEN):
        with pytest.raises(NotHeld):
            await holds.claim(concert, user, hold.numbers[:1], a_booking_id())
    assert (await holds.inspect(concert)).held == set(hold.numbers[1:])


async def test_a_claim_can_be_abandoned_with_time_to_claim_again(
    holds: HoldStore, concert: EventId, lapse: Lapse
) -> None:
    hold = await holds.reserve(concert, ANN, 2, TTL)
    claim = await holds.claim(concert, ANN, hold.numbers, a_booking_id())
    await lapse(concert, hold.numbers)

    await holds.abandon(concert, claim.booking_id, at_least=CLAIM_GRACE)

    with pytest.raises(NotYourTicket):
        await holds.claim(concert, BEN, hold.numbers, a_booking_id())
    assert (await holds.claim(concert, ANN, hold.numbers, a_booking_id())).numbers == hold.numbers


async def test_time_to_claim_again_lapses_too(holds: HoldStore, concert: EventId, lapse: Lapse) -> None:
    hold = await holds.reserve(concert, ANN, 1, TTL)
    claim = await holds.claim(concert, ANN, hold.numbers, a_booking_id())
    await lapse(concert, hold.numbers)
    await holds.abandon(concert, claim.booking_id, at_least=CLAIM_GRACE)

    await lapse(concert, hold.numbers)

    with pytest.raises(NotHeld):
        await holds.claim(concert, ANN, hold.numbers, a_booking_id())
    assert (await holds.stock(concert)).free == 20


async def test_an_abandoned_claim_can_lapse(holds: HoldStore, concert: EventId, lapse: Lapse) -> None:
    hold = await holds.reserve(concert, ANN, 1, TTL)
    claim = await holds.claim(concert, ANN, hold.numbers, a_booking_id())
    await holds.abandon(concert, claim.booking_id)

    await lapse(concert, hold.numbers)

    for user in (ANN, BEN):
        with pytest.raises(NotHeld):
            await holds.claim(concert, user, hold.numbers, a_booking_id())
    assert (await holds.stock(concert)).free == 20


async def test_a_claim_ends_once(holds: HoldStore, concert: EventId) -> None:
    hold = await holds.reserve(concert, ANN, 2, TTL)
    one = await holds.claim(concert, ANN, hold.numbers[:1], a_booking_id())
    other = await holds.claim(concert, ANN, hold.numbers[1:], a_booking_id())
    await holds.settle(concert, one.booking_id)
    await holds.abandon(concert, other.booking_id)
    before = await holds.inspect(concert)

    repeated = [
        await holds.settle(concert, one.booking_id),
        await holds.abandon(concert, one.booking_id),
        await holds.settle(concert, other.booking_id),
        await holds.abandon(concert, other.booking_id),
        await holds.settle(concert, a_booking_id()),
        await holds.abandon(concert, a_booking_id()),
    ]

    assert repeated == [False] * 6
    assert await holds.inspect(concert) == before


async def test_a_claim_that_is_settled_and_abandoned_at_once_ends_one_way(holds: HoldStore, concert: EventId) -> None:
    hold = await holds.reserve(concert, ANN, 1, TTL)
    claim = await holds.claim(concert, ANN, hold.numbers, a_booking_id())
    ends = [holds.settle, holds.abandon] * 8

    outcomes = await asyncio.gather(*(end(concert, claim.booking_id) for end in ends))

    assert sum(outcomes) == 1
    stock = await holds.stock(concert)
    assert (stock.sold + stock.held, stock.claimed) == (1, 0)


async def test_stale_claims_are_those_made_longer_ago(holds: HoldStore, concert: EventId) -> None:
    hold = await holds.reserve(concert, ANN, 2, TTL)
    pending = await holds.claim(concert, ANN, hold.numbers[:1], a_booking_id())
    settled = await holds.claim(concert, ANN, hold.numbers[1:], a_booking_id())
    await holds.settle(concert, settled.booking_id)

    assert await holds.stale_claims(concert, timedelta(0)) == [pending]
    assert await holds.stale_claims(concert, A_WEEK) == []


# Counting


async def test_every_ticket_is_sold_held_claimed_or_free(holds: HoldStore, concert: EventId, lapse: Lapse) -> None:
    hold = await holds.reserve(concert, ANN, 9, TTL)
    sold = await holds.claim(concert, ANN, hold.numbers[:2], a_booking_id())
    await holds.settle(concert, sold.booking_id)
    await holds.claim(concert, ANN, hold.numbers[2:5], a_booking_id())
    await lapse(concert, hold.numbers[8:])

    stock = await holds.stock(concert)

    assert (stock.capacity, stock.sold, stock.claimed, stock.held, stock.free) == (20, 2, 3, 3, 12)
    assert stock.marked == 8
    assert (stock.public, stock.aside, stock.epoch, stock.released) == (12, 0, 1, 0)


async def test_an_inspection_names_every_ticket_that_is_not_free(
    holds: HoldStore, concert: EventId, lapse: Lapse
) -> None:
    hold = await holds.reserve(concert, ANN, 6, TTL)
    sold = await holds.claim(concert, ANN, hold.numbers[:1], a_booking_id())
    await holds.settle(concert, sold.booking_id)
    await holds.claim(concert, ANN, hold.numbers[1:3], a_booking_id())
    await lapse(concert, hold.numbers[5:])

    inspection = await holds.inspect(concert)

    assert inspection.sold == set(hold.numbers[:1])
    assert inspection.claimed == set(hold.numbers[1:3])
    assert inspection.held == set(hold.numbers[3:5])
    assert inspection.stock == await holds.stock(concert)


async def test_what_is_available_is_told_event_by_event(holds: HoldStore, concert: EventId) -> None:
    unknown, other = an_event_id(), an_event_id()
    await install(holds, other, sold_tickets([(1, 3)], capacity=10))
    await holds.reserve(concert, ANN, 4, TTL)

    assert await holds.available([other, unknown, concert, other]) == [7, None, 16, 7]
    assert await holds.available([]) == []


async def test_asking_what_is_available_changes_nothing(holds: HoldStore, concert: EventId) -> None:
    hold = await holds.reserve(concert, ANN, 4, TTL)
    await holds.claim(concert, ANN, hold.numbers[:2], a_booking_id())
    before = await holds.inspect(concert)

    await holds.available([concert, an_event_id()])

    assert await holds.inspect(concert) == before


async def test_a_lapsed_hold_is_available(holds: HoldStore, concert: EventId, lapse: Lapse) -> None:
    hold = await holds.reserve(concert, ANN, 4, TTL)

    await lapse(concert, hold.numbers[:3])

    assert await holds.available([concert]) == [19]
