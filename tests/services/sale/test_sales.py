"""Reserving and booking tickets."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any, cast

import pytest

from booked.domain.errors import (
    Busy,
    NoEventFound,
    NotYourTicket,
    OverTicketLimit,
    StoreWriteFailed,
    TicketNotReserved,
    TooFewTickets,
    TransactionFailed,
)
from booked.domain.model.ids import EventId, UserId, event_of, number_of, ticket_id, ticket_ids
from booked.domain.model.sale.bookings import Verdict
from booked.domain.model.sale.holds import CLAIM_GRACE, Claim
from booked.domain.services.sale.sales import OUTCOME_KNOWN_WITHIN
from tests.builders import TTL, a_booking_id, an_event_id
from tests.services.box_office import NEXT_AUDIT, BoxOffice, InterruptedBookings
from tests.services.sale.commits import Commit, cancel_without_telling, connection_lost, interrupt, reply_lost

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


async def test_a_ticket_that_is_cancelled_while_new_ones_are_booked_along_with_it_stands_in_nobodys_way(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    async def cancelled_meanwhile(claim: Claim, commit: Commit) -> Verdict:
        await office.sale.cancel(ann, concert, 1)
        return await commit(claim)

    owned = await office.buy(ann, concert, 1)
    [reserved] = await office.sale.reserve(ann, concert, 1)
    interrupt(office, cancelled_meanwhile)

    await office.sale.book(ann, [*ticket_ids(concert, owned), reserved])

    assert await office.database.bookings.owned(concert, ann) == {number_of(reserved)}


async def test_tickets_that_are_booked_twice_at_once_along_with_one_that_is_owned_are_booked(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    [owned] = await office.buy(ann, concert, 1)
    [reserved] = await office.sale.reserve(ann, concert, 1)
    bookings = office.database.bookings

    class BookedMeanwhile(InterruptedBookings):
        """The first who asks what is owned is overtaken once they know."""

        async def owned(self, event_id: EventId, user_id: UserId) -> frozenset[int]:
            office.database.bookings = bookings
            known = await bookings.owned(event_id, user_id)
            await office.sale.book(ann, [reserved])
            return known

    office.database.bookings = cast("Any", BookedMeanwhile(bookings))

    await office.sale.book(ann, [ticket_id(concert, owned), reserved])

    assert await bookings.owned(concert, ann) == {owned, number_of(reserved)}


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


async def test_a_database_that_falls_silent_keeps_nobody_waiting_for_an_outcome(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    async def connection_lost_at_last(claim: Claim, commit: Commit) -> Verdict:
        office.clock.advance(OUTCOME_KNOWN_WITHIN - timedelta(seconds=0.2))
        raise TransactionFailed

    async def silence(claim: Claim, commit: Commit) -> Verdict:
        await asyncio.Event().wait()
        raise AssertionError

    tickets = await office.sale.reserve(ann, concert, 2)
    interrupt(office, connection_lost_at_last, silence, silence, silence)

    with pytest.raises(TransactionFailed):
        await office.sale.book(ann, tickets)


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


async def test_an_event_whose_withdrawal_did_not_reach_the_hold_store_is_not_sold(
    office: BoxOffice, concert: EventId, ann: UserId, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.sale.reserve(ann, concert, 1)

    async def be_away(*_: object) -> None:
        raise StoreWriteFailed

    with monkeypatch.context() as away:
        away.setattr(office.holds, "discard", be_away)
        await office.events.withdraw(concert)
    office.clock.advance(timedelta(hours=1))

    with pytest.raises(NoEventFound):
        await office.sale.reserve(ann, concert, 1)


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
