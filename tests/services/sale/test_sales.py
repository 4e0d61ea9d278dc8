"""Reserving, booking and cancelling, with everything that can come in between."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from typing import Any, cast

import pytest

from booked.domain.errors import (
    Busy,
    IdempotencyKeyReused,
    InvalidToken,
    NoEventFound,
    NoSuchBooking,
    NotYourTicket,
    OverTicketLimit,
    RequestInFlight,
    StoreWriteFailed,
    TicketNotReserved,
    TooFewTickets,
    TransactionFailed,
)
from booked.domain.model.ids import BookingId, EventId, UserId, event_of, number_of, ticket_id, ticket_ids
from booked.domain.model.programme.events import EventRevision, EventStatus
from booked.domain.model.sale.bookings import BookingRecord, OwnedTicket, Verdict
from booked.domain.model.sale.holds import CLAIM_GRACE, Claim, Release, Terms, house_of
from booked.domain.services.sale.sales import OUTCOME_KNOWN_WITHIN
from tests.builders import TTL, a_booking_id, a_user_id, an_event_id, key_by
from tests.services.box_office import NEXT_AUDIT, BoxOffice, InterruptedBookings

Commit = Callable[[Claim], Awaitable[Verdict]]


def interrupt(office: BoxOffice, *interruptions: Callable[[Claim, Commit], Awaitable[Verdict]]) -> InterruptedBookings:
    """Have these called in place of the next commits."""
    interrupted = InterruptedBookings(office.database.bookings)
    interrupted.interruptions += interruptions
    office.database.bookings = cast("Any", interrupted)
    return interrupted


async def reply_lost(claim: Claim, commit: Commit) -> Verdict:
    await commit(claim)
    raise TransactionFailed


async def connection_lost(claim: Claim, commit: Commit) -> Verdict:
    raise TransactionFailed


# Reserving


async def test_reserved_tickets_belong_to_the_event_and_are_held(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    tickets = await office.sale.reserve(ann, concert, 3)

    assert {event_of(ticket) for ticket in tickets} == {concert}
    assert (await office.holds.inspect(concert)).held == {number_of(ticket) for ticket in tickets}
    assert office.observer.seen[-1] == ("reserved", concert, 3)


async def test_reserving_at_a_cold_event_warms_it(office: BoxOffice, concert: EventId, ann: UserId) -> None:
    before = await office.holds.available([concert])

    await office.sale.reserve(ann, concert, 1)

    assert before == [None]
    assert await office.holds.available([concert]) == [19]
    assert office.observer.named("repaired") == [("repaired", concert, 1)]


@pytest.mark.parametrize("count", [0, -1])
async def test_reserving_nothing_is_refused(office: BoxOffice, concert: EventId, ann: UserId, count: int) -> None:
    with pytest.raises(TooFewTickets):
        await office.sale.reserve(ann, concert, count)


async def test_reserving_more_than_a_request_may_ask_for_is_refused_before_any_store_is_asked(
    office: BoxOffice, ann: UserId
) -> None:
    with pytest.raises(OverTicketLimit):
        await office.sale.reserve(ann, an_event_id(), 101)


async def test_nobody_reserves_at_an_event_that_is_not_on_sale(office: BoxOffice, ann: UserId) -> None:
    with pytest.raises(NoEventFound):
        await office.sale.reserve(ann, an_event_id(), 1)


async def test_reserving_more_than_there_are_holds_nothing(office: BoxOffice, concert: EventId, ann: UserId) -> None:
    with pytest.raises(TooFewTickets):
        await office.sale.reserve(ann, concert, 21)

    assert (await office.holds.stock(concert)).held == 0


async def test_who_is_told_that_there_are_too_few_is_told_the_truth(
    office: BoxOffice, concert: EventId, ann: UserId, ben: UserId
) -> None:
    await office.buy(ben, concert, 20)
    await cancel_without_telling(office, ben, concert, 5)
    office.clock.advance(NEXT_AUDIT)
    with pytest.raises(TooFewTickets):  # the first audit only becomes suspicious
        await office.sale.reserve(ann, concert, 5)
    office.clock.advance(NEXT_AUDIT)

    tickets = await office.sale.reserve(ann, concert, 5)

    assert len(tickets) == 5
    assert len(office.observer.named("mismatch")) == 1


async def test_a_full_house_is_audited_once_a_second_however_many_ask(
    office: BoxOffice, concert: EventId, ann: UserId, ben: UserId
) -> None:
    await office.buy(ben, concert, 20)
    await cancel_without_telling(office, ben, concert, 5)

    for _ in range(10):
        with pytest.raises(TooFewTickets):
            await office.sale.reserve(ann, concert, 5)

    assert office.observer.named("mismatch") == []


async def cancel_without_telling(office: BoxOffice, user: UserId, event_id: EventId, count: int) -> Release:
    """Cancel as a process does that dies before it tells the hold store."""
    async with office.database.transaction() as unit:
        await unit.events.lock(event_id)
        newest = await unit.bookings.newest(event_id, user, count)
        return await unit.bookings.cancel(event_id, user, [ticket.number for ticket in newest])


# Booking


async def test_booked_tickets_are_owned_and_sold(office: BoxOffice, concert: EventId, ann: UserId) -> None:
    tickets = await office.sale.reserve(ann, concert, 3)

    await office.sale.book(ann, tickets)

    numbers = {number_of(ticket) for ticket in tickets}
    assert await office.database.bookings.owned(concert, ann) == numbers
    assert (await office.holds.inspect(concert)).sold == numbers
    [booking] = await office.sale.bookings(ann)
    assert (booking.tickets, booking.event.id) == (3, concert)
    assert office.observer.seen[-1] == ("booked", concert, 3)


async def test_booking_again_what_one_owns_changes_nothing(office: BoxOffice, concert: EventId, ann: UserId) -> None:
    tickets = await office.sale.reserve(ann, concert, 2)
    await office.sale.book(ann, tickets)

    await office.sale.book(ann, tickets)
    await office.sale.book(ann, tickets[:1])

    assert (await office.ledger(concert)).sold == 2
    assert len(await office.sale.bookings(ann)) == 1


async def test_booking_the_same_tickets_many_times_at_once_books_them_once(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    tickets = await office.sale.reserve(ann, concert, 2)

    await asyncio.gather(*(office.sale.book(ann, tickets) for _ in range(16)))

    assert (await office.ledger(concert)).sold == 2
    assert len(await office.sale.bookings(ann)) == 1


async def test_tickets_that_one_owns_can_be_booked_along_with_new_ones(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    owned = await office.buy(ann, concert, 2)
    reserved = await office.sale.reserve(ann, concert, 3)

    await office.sale.book(ann, [*ticket_ids(concert, owned), *reserved])

    assert (await office.ledger(concert)).sold == 5


async def test_a_part_of_what_was_reserved_can_be_booked(office: BoxOffice, concert: EventId, ann: UserId) -> None:
    tickets = await office.sale.reserve(ann, concert, 3)

    await office.sale.book(ann, tickets[:1])

    assert (await office.ledger(concert)).sold == 1
    assert (await office.holds.stock(concert)).held == 2


async def test_booking_more_tickets_than_a_claim_under_way_has_books_all(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    tickets = await office.sale.reserve(ann, concert, 3)
    await office.holds.claim(concert, ann, [number_of(tickets[0])], a_booking_id())

    await office.sale.book(ann, tickets)

    assert (await office.ledger(concert)).sold == 3
    assert (await office.holds.stock(concert)).claimed == 0


@pytest.mark.parametrize("numbers", [[], [5], [1, 5], [0], [21], [2**32 - 1]])
async def test_booking_what_was_not_reserved_books_nothing(
    office: BoxOffice, concert: EventId, ann: UserId, numbers: list[int]
) -> None:
    await office.sale.reserve(ann, concert, 1)

    with pytest.raises(TicketNotReserved):
        await office.sale.book(ann, ticket_ids(concert, numbers))

    assert (await office.ledger(concert)).sold == 0
    assert (await office.holds.stock(concert)).held == 1


async def test_booking_too_late_books_nothing(office: BoxOffice, concert: EventId, ann: UserId) -> None:
    tickets = await office.sale.reserve(ann, concert, 2)
    office.clock.advance(TTL)

    with pytest.raises(TicketNotReserved):
        await office.sale.book(ann, tickets)

    assert (await office.ledger(concert)).sold == 0


async def test_booking_somebody_elses_tickets_books_nothing(
    office: BoxOffice, concert: EventId, ann: UserId, ben: UserId
) -> None:
    own, foreign = await office.sale.reserve(ann, concert, 1), await office.sale.reserve(ben, concert, 1)

    with pytest.raises(NotYourTicket):
        await office.sale.book(ann, [*own, *foreign])

    assert (await office.ledger(concert)).sold == 0
    await office.sale.book(ben, foreign)


async def test_somebody_elses_sold_ticket_is_not_reserved_for_one(
    office: BoxOffice, concert: EventId, ann: UserId, ben: UserId
) -> None:
    sold = await office.buy(ben, concert, 1)

    with pytest.raises(TicketNotReserved):
        await office.sale.book(ann, ticket_ids(concert, sold))


async def test_tickets_of_an_unknown_event_cannot_be_booked(office: BoxOffice, ann: UserId) -> None:
    with pytest.raises(NoEventFound):
        await office.sale.book(ann, [ticket_id(an_event_id(), 1)])


async def test_a_hold_survives_a_repair_and_can_be_booked(office: BoxOffice, concert: EventId, ann: UserId) -> None:
    tickets = await office.sale.reserve(ann, concert, 2)

    await office.inventory.repair(concert)
    await office.sale.book(ann, tickets)

    assert (await office.ledger(concert)).sold == 2


async def test_a_repair_between_claim_and_commit_is_waited_for_and_the_tickets_are_claimed_again(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    async def after_a_repair(claim: Claim, commit: Commit) -> Verdict:
        await office.inventory.repair(concert)
        return await commit(claim)

    tickets = await office.sale.reserve(ann, concert, 2)
    interrupt(office, after_a_repair)

    await office.sale.book(ann, tickets)

    assert (await office.ledger(concert)).sold == 2
    assert (await office.holds.stock(concert)).sold == 2
    assert office.observer.named("refused") == [("refused", concert, Verdict.STALE_EPOCH)]


async def test_an_epoch_that_nobody_installed_is_installed_by_who_meets_it(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    async def after_a_repair_died(claim: Claim, commit: Commit) -> Verdict:
        await office.database.ledgers.next_epoch(concert)
        return await commit(claim)

    tickets = await office.sale.reserve(ann, concert, 2)
    interrupt(office, after_a_repair_died)

    await office.sale.book(ann, tickets)

    assert (await office.ledger(concert)).sold == 2


async def test_an_event_that_is_repaired_again_and_again_is_busy(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    async def after_a_repair(claim: Claim, commit: Commit) -> Verdict:
        await office.inventory.repair(concert)
        return await commit(claim)

    tickets = await office.sale.reserve(ann, concert, 2)
    interrupt(office, *[after_a_repair] * 4)

    with pytest.raises(Busy):
        await office.sale.book(ann, tickets)

    assert (await office.ledger(concert)).sold == 0
    await office.sale.book(ann, tickets)


async def test_a_lost_reply_is_asked_for_again_and_counts_once(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    tickets = await office.sale.reserve(ann, concert, 2)
    interrupt(office, reply_lost, connection_lost, reply_lost)

    await office.sale.book(ann, tickets)

    assert (await office.ledger(concert)).sold == 2
    assert len(office.observer.named("uncertain")) == 3


async def test_a_commit_that_never_arrived_is_sent_again(office: BoxOffice, concert: EventId, ann: UserId) -> None:
    tickets = await office.sale.reserve(ann, concert, 2)
    interrupt(office, connection_lost)

    await office.sale.book(ann, tickets)

    assert (await office.ledger(concert)).sold == 2


async def test_an_outcome_that_stays_unknown_is_said_to_be_and_can_be_asked_for_again(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    tickets = await office.sale.reserve(ann, concert, 2)
    started = office.clock.now()
    interrupted = interrupt(office, reply_lost, *[connection_lost] * 1000)

    with pytest.raises(TransactionFailed):
        await office.sale.book(ann, tickets)

    waited = office.clock.now() - started
    assert OUTCOME_KNOWN_WITHIN <= waited < OUTCOME_KNOWN_WITHIN + timedelta(seconds=1)
    interrupted.interruptions.clear()
    await office.sale.book(ann, tickets)
    assert (await office.ledger(concert)).sold == 2


async def test_a_clock_that_is_set_back_keeps_nobody_waiting_for_an_outcome(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    async def connection_lost_and_clock_set_back(claim: Claim, commit: Commit) -> Verdict:
        office.clock.set_ahead(-timedelta(minutes=1))
        raise TransactionFailed

    tickets = await office.sale.reserve(ann, concert, 2)
    interrupt(office, *[connection_lost_and_clock_set_back] * 200)

    with pytest.raises(TransactionFailed):
        await office.sale.book(ann, tickets)


async def test_a_refused_write_leaves_the_claim_to_be_booked_by_repeating(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    async def refused(claim: Claim, commit: Commit) -> Verdict:
        raise StoreWriteFailed

    tickets = await office.sale.reserve(ann, concert, 2)
    interrupt(office, refused)

    with pytest.raises(StoreWriteFailed):
        await office.sale.book(ann, tickets)

    assert (await office.ledger(concert)).sold == 0
    await office.sale.book(ann, tickets)
    assert (await office.ledger(concert)).sold == 2


async def test_a_claim_that_was_swept_away_meanwhile_is_claimed_again(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    async def after_a_sweep(claim: Claim, commit: Commit) -> Verdict:
        office.clock.advance(timedelta(seconds=16))
        await office.inventory.sweep(concert)
        return await commit(claim)

    tickets = await office.sale.reserve(ann, concert, 2)
    interrupt(office, after_a_sweep)

    await office.sale.book(ann, tickets)

    assert (await office.ledger(concert)).sold == 2
    assert office.observer.named("refused") == [("refused", concert, Verdict.VOID)]


async def test_a_process_that_wakes_up_after_the_sweep_sells_nothing(
    office: BoxOffice, concert: EventId, ann: UserId, ben: UserId
) -> None:
    """The control of what fences a paused process off: its tickets are somebody else's by now."""
    tickets = await office.sale.reserve(ann, concert, 20)
    claim = await office.holds.claim(concert, ann, [number_of(ticket) for ticket in tickets], a_booking_id())
    office.clock.advance(TTL)
    await office.inventory.sweep(concert)
    office.clock.advance(CLAIM_GRACE)
    sold = await office.buy(ben, concert, 5)

    verdict = await office.database.bookings.commit(claim)

    assert verdict is Verdict.VOID
    assert await office.database.bookings.owned(concert, ben) == sold
    assert await office.database.bookings.owned(concert, ann) == frozenset()


async def test_an_event_that_is_withdrawn_meanwhile_is_not_found(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    async def after_its_withdrawal(claim: Claim, commit: Commit) -> Verdict:
        await office.events.withdraw(concert)
        return await commit(claim)

    tickets = await office.sale.reserve(ann, concert, 2)
    interrupt(office, after_its_withdrawal)

    with pytest.raises(NoEventFound):
        await office.sale.book(ann, tickets)

    assert await office.sale.bookings(ann) == []
    assert await office.holds.available([concert]) == [None]


async def test_a_hold_store_that_offers_what_is_sold_is_put_right(
    office: BoxOffice, concert: EventId, ann: UserId, ben: UserId
) -> None:
    sold = await office.buy(ben, concert, 1)
    office.holds.events[concert].sold -= sold
    tickets = await office.sale.reserve(ann, concert, 1)
    assert {number_of(ticket) for ticket in tickets} == sold

    with pytest.raises(TicketNotReserved):
        await office.sale.book(ann, tickets)

    assert (await office.holds.inspect(concert)).sold == sold
    assert await office.database.bookings.owned(concert, ben) == sold


async def test_a_hold_store_that_forgets_amid_a_booking_does_not_undo_it(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    async def then_a_flush(claim: Claim, commit: Commit) -> Verdict:
        verdict = await commit(claim)
        office.holds.flush()
        return verdict

    tickets = await office.sale.reserve(ann, concert, 2)
    interrupt(office, then_a_flush)

    await office.sale.book(ann, tickets)

    await office.inventory.repair(concert)
    assert (await office.holds.stock(concert)).sold == 2


async def test_who_books_after_the_hold_store_forgot_has_to_reserve_again(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    tickets = await office.sale.reserve(ann, concert, 2)
    office.holds.flush()

    with pytest.raises(TicketNotReserved):
        await office.sale.book(ann, tickets)

    assert len(await office.sale.reserve(ann, concert, 20)) == 20


async def test_many_who_reserve_and_book_at_once_get_every_ticket_once(office: BoxOffice, concert: EventId) -> None:
    people = [await office.user() for _ in range(40)]

    outcomes = await asyncio.gather(*(office.buy(user, concert, 1) for user in people), return_exceptions=True)

    sold = [number for outcome in outcomes if isinstance(outcome, frozenset) for number in outcome]
    assert sorted(sold) == list(range(1, 21))
    assert Counter(type(outcome) for outcome in outcomes) == {frozenset: 20, TooFewTickets: 20}


# Buying: booking on terms, with an answer


async def hold(office: BoxOffice, user_id: UserId, event_id: EventId, count: int) -> list[int]:
    return [number_of(ticket) for ticket in await office.sale.reserve(user_id, event_id, count)]


async def standing(office: BoxOffice, booking_id: BookingId) -> set[int]:
    record = await office.database.bookings.get(booking_id)
    assert record is not None
    return {ticket.number for ticket in record.standing}


async def test_buying_names_the_booking(office: BoxOffice, concert: EventId, ann: UserId) -> None:
    numbers = await hold(office, ann, concert, 3)

    booking_id = await office.sale.buy(ann, concert, numbers)

    assert await standing(office, booking_id) == set(numbers)
    assert (await office.holds.inspect(concert)).sold == set(numbers)


async def test_buying_again_what_one_owns_names_the_same_booking(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    numbers = await hold(office, ann, concert, 3)

    bookings = {await office.sale.buy(ann, concert, numbers) for _ in range(3)}

    assert len(bookings) == 1
    assert (await office.ledger(concert)).sold == 3


async def test_what_is_bought_as_a_part_names_the_whole(office: BoxOffice, concert: EventId, ann: UserId) -> None:
    whole = await office.sale.buy(ann, concert, await hold(office, ann, concert, 2))
    more = await hold(office, ann, concert, 3)

    bookings = [await office.sale.buy(ann, concert, more, Terms(part_of=whole)) for _ in range(2)]

    assert bookings == [whole, whole]
    assert len(await standing(office, whole)) == 5


async def test_nothing_becomes_part_of_somebody_elses_booking(
    office: BoxOffice, concert: EventId, ann: UserId, ben: UserId
) -> None:
    bens = await office.sale.buy(ben, concert, await hold(office, ben, concert, 1))
    numbers = await hold(office, ann, concert, 2)

    with pytest.raises(NoSuchBooking):
        await office.sale.buy(ann, concert, numbers, Terms(part_of=bens))

    assert (await office.holds.inspect(concert)).held == set(numbers)
    await office.sale.buy(ann, concert, numbers)


async def test_a_request_that_was_done_before_takes_nothing_more(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    first = await office.sale.buy(ann, concert, await hold(office, ann, concert, 2), Terms(idempotency_key=key_by(ann)))
    more = await hold(office, ann, concert, 3)

    again = await office.sale.buy(ann, concert, more, Terms(idempotency_key=key_by(ann)))

    stock = await office.holds.stock(concert)
    assert again == first
    assert (stock.sold, stock.held, stock.claimed) == (2, 3, 0)


async def test_a_key_that_came_with_another_request_buys_nothing(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    await office.sale.buy(ann, concert, await hold(office, ann, concert, 2), Terms(idempotency_key=key_by(ann)))
    more = await hold(office, ann, concert, 3)

    with pytest.raises(IdempotencyKeyReused):
        await office.sale.buy(ann, concert, more, Terms(idempotency_key=key_by(ann, fingerprint=b"another request")))

    assert (await office.ledger(concert)).sold == 2


async def test_twins_that_hold_tickets_of_their_own_make_one_booking(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    held = [await hold(office, ann, concert, 2) for _ in range(8)]

    bookings = await asyncio.gather(
        *(office.sale.buy(ann, concert, numbers, Terms(idempotency_key=key_by(ann))) for numbers in held)
    )

    stock = await office.holds.stock(concert)
    assert len(set(bookings)) == 1
    assert (stock.sold, stock.held, stock.claimed) == (2, 14, 0)


async def test_twins_of_the_same_tickets_make_one_booking(office: BoxOffice, concert: EventId, ann: UserId) -> None:
    numbers = await hold(office, ann, concert, 2)

    bookings = await asyncio.gather(
        *(office.sale.buy(ann, concert, numbers, Terms(idempotency_key=key_by(ann))) for _ in range(16))
    )

    assert len(set(bookings)) == 1
    assert (await office.ledger(concert)).sold == 2


async def test_a_claim_that_somebody_else_commits_is_booked_though_the_request_was_done_before(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    async def committed_by_another(claim: Claim, commit: Commit) -> Verdict:
        await office.database.bookings.real.commit(claim)  # type: ignore[attr-defined]
        return Verdict.DONE_BEFORE

    first = await office.sale.buy(ann, concert, await hold(office, ann, concert, 2), Terms(idempotency_key=key_by(ann)))
    more = await hold(office, ann, concert, 3)
    interrupt(office, committed_by_another)

    again = await office.sale.buy(ann, concert, more, Terms(idempotency_key=key_by(ann)))

    stock = await office.holds.stock(concert)
    assert again == first
    assert (stock.sold, stock.held, stock.claimed) == (5, 0, 0)


async def test_a_booking_whose_code_is_taken_gets_another_id(office: BoxOffice, concert: EventId, ann: UserId) -> None:
    refused: list[BookingId] = []

    async def collide(claim: Claim, _: Commit) -> Verdict:
        refused.append(claim.booking_id)
        return Verdict.CODE_TAKEN

    numbers = await hold(office, ann, concert, 2)
    interrupt(office, collide)

    booking_id = await office.sale.buy(ann, concert, numbers)

    stock = await office.holds.stock(concert)
    assert [booking_id] != refused
    assert (stock.sold, stock.held, stock.claimed) == (2, 0, 0)
    assert await office.sale.bookings(ann) != []


async def test_a_lost_reply_to_a_purchase_is_asked_for_again_on_the_same_terms(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    numbers = await hold(office, ann, concert, 2)
    interrupt(office, reply_lost, connection_lost)

    booking_id = await office.sale.buy(ann, concert, numbers, Terms(idempotency_key=key_by(ann)))

    assert await office.database.idempotency_keys.find(key_by(ann)) == booking_id
    assert await standing(office, booking_id) == set(numbers)


async def test_what_an_earlier_claim_does_not_have_becomes_part_of_the_same_booking(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    numbers = await hold(office, ann, concert, 3)
    await office.holds.claim(concert, ann, numbers[:1], a_booking_id())

    booking_id = await office.sale.buy(ann, concert, numbers, Terms(idempotency_key=key_by(ann)))

    assert await standing(office, booking_id) == set(numbers)
    assert await office.database.idempotency_keys.find(key_by(ann)) == booking_id
    assert [booking.tickets for booking in await office.sale.bookings(ann)] == [3]


async def test_what_an_earlier_claim_does_not_have_is_a_booking_of_its_own_where_that_one_was_cancelled(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    async def commit_at_once(claim: Claim, commit: Commit) -> Verdict:
        return await commit(claim)

    async def cancelled_meanwhile(claim: Claim, commit: Commit) -> Verdict:
        await office.sale.release(concert, ann, await seen(office, concert, ann, numbers[:1]))
        return Verdict.NO_SUCH_BOOKING

    numbers = await hold(office, ann, concert, 3)
    await office.holds.claim(concert, ann, numbers[:1], a_booking_id())
    interrupt(office, commit_at_once, cancelled_meanwhile)

    booking_id = await office.sale.buy(ann, concert, numbers)

    assert await standing(office, booking_id) == set(numbers[1:])
    assert [booking.tickets for booking in await office.sale.bookings(ann)] == [2]


async def test_what_one_owns_and_new_tickets_can_be_bought_together(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    owned = await office.buy(ann, concert, 2)
    numbers = await hold(office, ann, concert, 3)

    booking_id = await office.sale.buy(ann, concert, [*owned, *numbers], Terms(idempotency_key=key_by(ann)))

    assert await standing(office, booking_id) == set(numbers)
    assert (await office.ledger(concert)).sold == 5


async def test_the_house_buys_as_anybody_does(office: BoxOffice, concert: EventId) -> None:
    house = house_of(concert)
    await office.inventory.repair(concert)
    hold = await office.holds.reserve(concert, house, 2, TTL)

    bookings = {await office.sale.buy(house, concert, hold.numbers) for _ in range(2)}

    event = await office.database.events.get(concert)
    assert event is not None
    assert (len(bookings), event.sold, event.blocked) == (1, 2, 2)


# Giving tickets back


async def seen(office: BoxOffice, event_id: EventId, user_id: UserId, numbers: Iterable[int]) -> list[OwnedTicket]:
    """Return tickets with the bookings that they are in now."""
    return await office.database.bookings.standing(event_id, user_id, sorted(numbers))


async def bought_again(office: BoxOffice, concert: EventId, ann: UserId) -> tuple[BookingRecord, list[OwnedTicket]]:
    """Cancel a booking and buy its only ticket again. Return what a slow request saw of the first booking."""
    [number] = await office.buy(ann, concert, 1)
    stale = await office.database.bookings.get((await office.sale.bookings(ann))[0].id)
    assert stale is not None
    tickets = await seen(office, concert, ann, [number])
    await office.sale.give_back(stale, lambda standing: standing)
    assert await office.buy(ann, concert, 1) == {number}
    return stale, tickets


async def test_a_late_cancellation_leaves_the_next_booking_of_the_same_seat(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    stale, tickets = await bought_again(office, concert, ann)

    late = [
        await office.sale.give_back(stale, lambda standing: standing),
        await office.sale.give_back(stale, lambda _: [tickets[0].number]),
        await office.sale.release(concert, ann, tickets),
    ]

    assert late == [frozenset()] * 3
    assert (await office.ledger(concert)).sold == 1


async def test_control_a_cancellation_by_number_alone_takes_the_next_booking(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    _, tickets = await bought_again(office, concert, ann)

    async with office.database.transaction() as unit:
        await unit.events.lock_any(concert)
        await unit.bookings.cancel(concert, ann, [tickets[0].number])

    assert (await office.ledger(concert)).sold == 0


async def test_named_tickets_are_given_back(office: BoxOffice, concert: EventId, ann: UserId, ben: UserId) -> None:
    numbers = sorted(await office.buy(ann, concert, 3))
    bens = await office.buy(ben, concert, 1)

    of_others = [*await seen(office, concert, ben, bens), OwnedTicket(a_booking_id(), 20)]
    owned = await seen(office, concert, ann, numbers[:2])

    given_back = await office.sale.release(concert, ann, [*owned, *of_others])

    assert given_back == set(numbers[:2])
    assert (await office.holds.inspect(concert)).sold == {numbers[2], *bens}
    assert office.observer.named("cancelled") == [("cancelled", concert, 2)]


async def test_giving_back_what_one_has_not_changes_nothing(office: BoxOffice, concert: EventId, ann: UserId) -> None:
    await office.buy(ann, concert, 1)
    before = await office.ledger(concert)

    assert await office.sale.release(concert, ann, [OwnedTicket(a_booking_id(), 19)]) == frozenset()
    assert await office.ledger(concert) == before
    assert office.observer.named("cancelled") == []


async def test_nothing_is_given_back_of_an_event_that_does_not_exist(office: BoxOffice, ann: UserId) -> None:
    with pytest.raises(NoEventFound):
        await office.sale.release(an_event_id(), ann, [OwnedTicket(a_booking_id(), 1)])


async def test_tickets_of_an_event_that_is_not_on_sale_any_more_can_be_given_back(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    numbers = await office.buy(ann, concert, 2)
    owned = await seen(office, concert, ann, numbers)
    await office.database.events.set_status(concert, EventStatus.POSTPONED)
    await office.holds.discard(concert, epoch=2)

    assert await office.sale.release(concert, ann, owned) == numbers


async def test_many_who_give_the_same_tickets_back_give_them_back_once(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    numbers = await office.buy(ann, concert, 4)
    owned = await seen(office, concert, ann, numbers)

    given_back = await asyncio.gather(*(office.sale.release(concert, ann, owned) for _ in range(8)))

    assert sorted(map(len, given_back)) == [0] * 7 + [4]
    assert (await office.ledger(concert)).released == 1
    assert (await office.holds.stock(concert)).free == 20


async def test_a_request_to_give_back_is_remembered(office: BoxOffice, concert: EventId, ann: UserId) -> None:
    numbers = await office.buy(ann, concert, 4)
    [booking] = await office.sale.bookings(ann)
    owned = await seen(office, concert, ann, numbers)

    await office.sale.release(concert, ann, owned, key_by(ann), booking.id)

    assert await office.database.idempotency_keys.find(key_by(ann)) == booking.id
    with pytest.raises(RequestInFlight):
        await office.sale.release(concert, ann, owned, key_by(ann), booking.id)


async def test_tickets_whose_claim_was_never_settled_come_back_at_once_when_given_back(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    numbers = await hold(office, ann, concert, 2)
    claim = await office.holds.claim(concert, ann, numbers, a_booking_id())
    await office.database.bookings.commit(claim)  # and then the process died

    await office.sale.release(concert, ann, await seen(office, concert, ann, numbers))

    assert (await office.holds.stock(concert)).free == 20


# The limit of tickets per user


async def test_nobody_reserves_more_than_the_limit() -> None:
    office = BoxOffice(tickets_per_user=4)
    ann = await office.user("Ann")
    event_id = await office.event()
    await office.buy(ann, event_id, 3)

    with pytest.raises(OverTicketLimit):
        await office.sale.reserve(ann, event_id, 2)

    await office.buy(ann, event_id, 1)


async def test_nobody_books_more_than_the_limit_even_if_the_hold_store_let_them() -> None:
    office = BoxOffice(tickets_per_user=4)
    ann = await office.user("Ann")
    event_id = await office.event()
    await office.buy(ann, event_id, 3)
    office.holds.events[event_id].owned.clear()
    tickets = await office.sale.reserve(ann, event_id, 2)

    with pytest.raises(OverTicketLimit):
        await office.sale.book(ann, tickets)

    assert (await office.ledger(event_id)).sold == 3
    stock = await office.holds.stock(event_id)
    assert (stock.held, stock.claimed) == (2, 0)


async def test_who_is_over_the_limit_and_was_booked_by_another_request_is_told_so() -> None:
    office = BoxOffice(tickets_per_user=2)
    ann = await office.user("Ann")
    event_id = await office.event()

    async def committed_by_another(claim: Claim, commit: Commit) -> Verdict:
        await commit(claim)
        return Verdict.OVER_LIMIT

    tickets = await office.sale.reserve(ann, event_id, 2)
    interrupt(office, committed_by_another)

    await office.sale.book(ann, tickets)

    stock = await office.holds.stock(event_id)
    assert (stock.sold, stock.held, stock.claimed) == (2, 0, 0)


async def test_a_user_whose_account_is_gone_books_nothing(office: BoxOffice, concert: EventId) -> None:
    nobody = a_user_id()
    tickets = await office.sale.reserve(nobody, concert, 2)

    with pytest.raises(InvalidToken):
        await office.sale.book(nobody, tickets)

    assert (await office.ledger(concert)).sold == 0
    stock = await office.holds.stock(concert)
    assert (stock.held, stock.claimed) == (2, 0)


# Cancelling


async def test_cancelled_tickets_are_free_again(office: BoxOffice, concert: EventId, ann: UserId, ben: UserId) -> None:
    await office.buy(ann, concert, 20)

    await office.sale.cancel(ann, concert, 5)

    assert (await office.ledger(concert)).sold == 15
    assert len(await office.buy(ben, concert, 5)) == 5
    assert office.observer.named("cancelled") == [("cancelled", concert, 5)]


async def test_the_newest_tickets_are_cancelled(office: BoxOffice, concert: EventId, ann: UserId) -> None:
    first, second = await office.buy(ann, concert, 2), await office.buy(ann, concert, 2)

    await office.sale.cancel(ann, concert, 3)

    left = await office.database.bookings.owned(concert, ann)
    assert left < first
    assert not left & second


@pytest.mark.parametrize("count", [0, -1, 3, 100])
async def test_cancelling_what_one_does_not_own_is_refused(
    office: BoxOffice, concert: EventId, ann: UserId, ben: UserId, count: int
) -> None:
    await office.buy(ann, concert, 2)
    await office.buy(ben, concert, 5)

    with pytest.raises(TooFewTickets):
        await office.sale.cancel(ann, concert, count)

    ledger = await office.ledger(concert)
    assert (ledger.sold, ledger.released) == (7, 0)


async def test_cancelling_more_than_a_request_may_ask_for_is_refused(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    with pytest.raises(OverTicketLimit):
        await office.sale.cancel(ann, concert, 101)


async def test_nothing_is_owned_of_an_event_that_does_not_exist(office: BoxOffice, ann: UserId) -> None:
    with pytest.raises(TooFewTickets):
        await office.sale.cancel(ann, an_event_id(), 1)


async def test_tickets_whose_claim_was_never_settled_come_back_at_once_when_cancelled(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    tickets = await office.sale.reserve(ann, concert, 2)
    claim = await office.holds.claim(concert, ann, [number_of(ticket) for ticket in tickets], a_booking_id())
    await office.database.bookings.commit(claim)  # and then the process died

    await office.sale.cancel(ann, concert, 2)

    assert (await office.holds.stock(concert)).free == 20


async def test_cancelling_needs_no_hold_store_and_the_audit_brings_the_news(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    await office.buy(ann, concert, 3)
    office.holds.flush()

    await office.sale.cancel(ann, concert, 2)

    assert (await office.ledger(concert)).sold == 1
    assert len(await office.sale.reserve(ann, concert, 19)) == 19


async def test_a_cancellation_that_the_hold_store_never_hears_of_comes_back_with_the_audit(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    await office.buy(ann, concert, 3)
    await cancel_without_telling(office, ann, concert, 2)

    await office.audit_until_quiet(concert)

    assert (await office.holds.stock(concert)).free == 19


async def test_a_withdrawn_event_has_no_tickets_to_cancel(office: BoxOffice, concert: EventId, ann: UserId) -> None:
    await office.buy(ann, concert, 3)
    await office.events.withdraw(concert)

    with pytest.raises(TooFewTickets):
        await office.sale.cancel(ann, concert, 1)


async def test_tickets_of_a_larger_house_can_be_booked(office: BoxOffice, concert: EventId, ann: UserId) -> None:
    await office.buy(ann, concert, 20)
    await office.events.change_on_sale(concert, EventRevision(seat_count=25))

    sold = await office.buy(ann, concert, 5)

    assert sold == {21, 22, 23, 24, 25}


async def test_a_ticket_that_is_named_twice_is_booked_once(office: BoxOffice, concert: EventId, ann: UserId) -> None:
    [ticket] = await office.sale.reserve(ann, concert, 1)

    await office.sale.book(ann, [ticket, ticket])

    assert (await office.ledger(concert)).sold == 1
