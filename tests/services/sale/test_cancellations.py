"""The limit of tickets per user, and cancelling."""

import pytest

from booked.domain.errors import InvalidToken, OverTicketLimit, TooFewTickets
from booked.domain.model.ids import EventId, UserId, number_of
from booked.domain.model.programme.events import EventRevision
from booked.domain.model.sale.bookings import Verdict
from booked.domain.model.sale.holds import Claim
from tests.builders import a_booking_id, a_user_id, an_event_id
from tests.services.box_office import BoxOffice
from tests.services.sale.commits import Commit, cancel_without_telling, interrupt

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
