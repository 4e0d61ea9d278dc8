"""Waiting for tickets, and being offered them."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from booked.domain.errors import (
    AlreadyWaiting,
    InvalidToken,
    InvalidWaitlistCount,
    NoEventFound,
    NoSuchEntry,
    NoSuchTicketType,
    OfferBooked,
    OverTicketLimit,
    SalesClosed,
    StoreWriteFailed,
    TooFewTickets,
)
from booked.domain.model.ids import EntryId, EventId, UserId, number_of, ticket_ids
from booked.domain.model.programme.events import EventRevision
from booked.domain.model.programme.ticket_types import TicketTypeDraft, lay_out
from booked.domain.model.programme.times import SalesWindow
from booked.domain.model.sale.bookings import Verdict
from booked.domain.model.sale.holds import house_of
from booked.domain.model.sale.reservations import TicketRequest
from booked.domain.model.sale.waitlist import EntryState, Offer
from booked.domain.services.sale.waitlist import PARTIES_A_ROUND
from booked.ports.holds import EventIsCold
from tests.builders import FrozenClock, a_booking_id, a_user_id, an_event, an_event_id, make_offer
from tests.services.box_office import OFFER_TTL, BoxOffice


@pytest.fixture
async def full(office: BoxOffice, concert: EventId, ben: UserId) -> EventId:
    """An event of which ben has bought all twenty tickets."""
    await office.buy(ben, concert, 20)
    return concert


async def offer_to(office: BoxOffice, event_id: EventId, owner: UserId, user: UserId, count: int) -> Offer:
    """The offer that a user gets who joins, once as many tickets were cancelled."""
    await office.waitlist.join(user, event_id, count)
    await office.sale.cancel(owner, event_id, count)
    await office.waitlist.serve(event_id)
    return office.notifier.offers[-1]


async def limited_sale(office: BoxOffice, owner: UserId) -> EventId:
    """An event whose sales end in an hour, of which somebody has bought all twenty tickets."""
    event = an_event(sales=SalesWindow(end=office.clock.now() + timedelta(hours=1)))
    await office.database.events.add(event)
    await office.buy(owner, event.id, 20)
    return event.id


# Joining


async def test_who_joins_waits_at_the_end(office: BoxOffice, full: EventId, ann: UserId) -> None:
    await office.waitlist.join(await office.user(), full, 1)
    await office.waitlist.join(ann, full, 3)

    [place] = await office.waitlist.places(ann)

    assert (place.event_id, place.event_name, place.count) == (full, "Concert", 3)
    assert (place.state, place.position) == (EntryState.WAITING, 2)


async def test_one_waits_for_an_event_once(office: BoxOffice, full: EventId, ann: UserId) -> None:
    outcomes = await asyncio.gather(*(office.waitlist.join(ann, full, 1) for _ in range(10)), return_exceptions=True)

    assert sum(isinstance(outcome, str) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, AlreadyWaiting) for outcome in outcomes) == 9
    assert (await office.ledger(full)).waiting == 1


async def test_a_user_whose_account_is_gone_does_not_wait(office: BoxOffice, full: EventId) -> None:
    nobody = a_user_id()

    with pytest.raises(InvalidToken):
        await office.waitlist.join(nobody, full, 1)

    assert await office.waitlist.places(nobody) == []
    assert (await office.ledger(full)).waiting == 0


@pytest.mark.parametrize("count", [0, -1, 21, 10**9])
async def test_one_cannot_wait_for_what_could_never_be_offered(
    office: BoxOffice, full: EventId, ann: UserId, count: int
) -> None:
    with pytest.raises(InvalidWaitlistCount):
        await office.waitlist.join(ann, full, count)


async def test_one_cannot_wait_for_what_can_be_reserved(office: BoxOffice, concert: EventId, ann: UserId) -> None:
    await office.sale.reserve(await office.user(), concert, 18)

    with pytest.raises(InvalidWaitlistCount):
        await office.waitlist.join(ann, concert, 2)

    await office.waitlist.join(ann, concert, 3)


async def test_one_cannot_wait_for_an_event_that_is_not_on_sale(office: BoxOffice, full: EventId, ann: UserId) -> None:
    with pytest.raises(NoEventFound):
        await office.waitlist.join(ann, an_event_id(), 1)
    await office.events.withdraw(full)
    with pytest.raises(NoEventFound):
        await office.waitlist.join(ann, full, 1)


async def test_one_cannot_wait_for_more_than_one_may_have() -> None:
    office = BoxOffice(tickets_per_user=4)
    ann, ben = await office.user("Ann"), await office.user("Ben")
    event_id = await office.event(seats=6)
    await office.buy(ann, event_id, 3)
    await office.buy(ben, event_id, 3)

    with pytest.raises(OverTicketLimit):
        await office.waitlist.join(ann, event_id, 2)

    await office.waitlist.join(ann, event_id, 1)


async def test_one_cannot_wait_when_sales_are_over(office: BoxOffice, ann: UserId, ben: UserId) -> None:
    event_id = await limited_sale(office, ben)
    office.clock.advance(timedelta(hours=1))

    with pytest.raises(SalesClosed):
        await office.waitlist.join(ann, event_id, 1)


async def test_from_the_moment_somebody_waits_what_comes_back_is_not_the_publics(
    office: BoxOffice, full: EventId, ann: UserId, ben: UserId
) -> None:
    await office.waitlist.join(ann, full, 2)

    await office.sale.cancel(ben, full, 2)

    with pytest.raises(TooFewTickets):
        await office.sale.reserve(ben, full, 1)


# Offers


async def test_tickets_that_come_back_are_offered(office: BoxOffice, full: EventId, ann: UserId, ben: UserId) -> None:
    offer = await offer_to(office, full, ben, ann, 2)

    assert (offer.event_id, offer.user_id, len(offer.numbers)) == (full, ann, 2)
    assert offer.expires_at == office.clock.now() + OFFER_TTL
    assert office.observer.named("offered") == [("offered", full, 2)]
    [place] = await office.waitlist.places(ann)
    assert (place.state, place.position) == (EntryState.OFFERED, None)
    assert (place.numbers, place.offer_expires_at) == (offer.numbers, offer.expires_at)


async def test_an_offer_is_made_and_announced_once(office: BoxOffice, full: EventId, ann: UserId, ben: UserId) -> None:
    await offer_to(office, full, ben, ann, 2)

    for _ in range(3):
        assert await office.waitlist.serve(full) == 0

    assert len(office.notifier.offers) == 1
    assert (await office.holds.stock(full)).held == 2


async def test_workers_that_serve_at_once_make_each_offer_once(
    office: BoxOffice, full: EventId, ann: UserId, ben: UserId
) -> None:
    await office.waitlist.join(ann, full, 2)
    await office.sale.cancel(ben, full, 4)

    made = await asyncio.gather(*(office.waitlist.serve(full) for _ in range(5)))

    assert sum(made) == 1
    assert len(office.notifier.offers) == 1
    assert (await office.holds.stock(full)).held == 2


async def test_offered_tickets_are_booked_like_any_others(
    office: BoxOffice, full: EventId, ann: UserId, ben: UserId
) -> None:
    offer = await offer_to(office, full, ben, ann, 2)

    await office.sale.book(ann, ticket_ids(full, offer.numbers))

    assert await office.database.bookings.owned(full, ann) == set(offer.numbers)
    assert await office.waitlist.places(ann) == []
    assert await office.waitlist.serve(full) == 0
    assert await office.database.waitlist.events_with_entries() == []


async def test_reserving_gives_the_offered_tickets(office: BoxOffice, full: EventId, ann: UserId, ben: UserId) -> None:
    offer = await offer_to(office, full, ben, ann, 2)

    tickets = await office.sale.reserve(ann, full, 2)

    assert {number_of(ticket) for ticket in tickets} == set(offer.numbers)


async def test_one_with_an_offer_cannot_join_again(office: BoxOffice, full: EventId, ann: UserId, ben: UserId) -> None:
    await offer_to(office, full, ben, ann, 2)

    with pytest.raises(AlreadyWaiting):
        await office.waitlist.join(ann, full, 1)


async def test_a_lapsed_offer_goes_to_the_next(office: BoxOffice, full: EventId, ann: UserId, ben: UserId) -> None:
    next_in_line = await office.user()
    offer = await offer_to(office, full, ben, ann, 2)
    await office.waitlist.join(next_in_line, full, 2)
    office.clock.advance(OFFER_TTL)

    await office.waitlist.serve(full)

    assert await office.waitlist.places(ann) == []
    assert office.notifier.offers[-1].user_id == next_in_line
    assert set(office.notifier.offers[-1].numbers) == set(offer.numbers)


@pytest.mark.parametrize("wrong", [timedelta(seconds=-7), timedelta(hours=-1), timedelta(hours=1)])
async def test_a_worker_whose_clock_is_wrong_makes_nobody_the_same_offer_twice(
    office: BoxOffice, full: EventId, ann: UserId, ben: UserId, wrong: timedelta
) -> None:
    next_in_line = await office.user()
    await offer_to(office, full, ben, ann, 2)
    await office.waitlist.join(next_in_line, full, 2)
    office.clock.advance(OFFER_TTL)
    worker = replace(office.waitlist, clock=FrozenClock(office.clock.now() + wrong))

    await worker.serve(full)

    assert await office.waitlist.places(ann) == []
    assert [offer.user_id for offer in office.notifier.offers] == [ann, next_in_line]


@pytest.mark.parametrize("wrong", [timedelta(hours=-1), timedelta(hours=1)])
async def test_a_worker_whose_clock_is_wrong_gives_back_the_place_of_an_offer_that_was_lost(
    office: BoxOffice, full: EventId, ann: UserId, ben: UserId, wrong: timedelta
) -> None:
    await offer_to(office, full, ben, ann, 2)
    office.holds.flush()
    worker = replace(office.waitlist, clock=FrozenClock(office.clock.now() + wrong))

    await worker.serve(full)

    [place] = await office.waitlist.places(ann)
    assert place.state is EntryState.OFFERED
    assert [offer.user_id for offer in office.notifier.offers] == [ann, ann]


async def test_a_lapsed_offer_that_nobody_waits_for_is_the_publics(
    office: BoxOffice, full: EventId, ann: UserId, ben: UserId
) -> None:
    await offer_to(office, full, ben, ann, 2)
    office.clock.advance(OFFER_TTL)

    await office.waitlist.serve(full)

    assert await office.holds.available([full]) == [2]


async def test_an_offer_that_is_being_booked_is_not_closed(
    office: BoxOffice, full: EventId, ann: UserId, ben: UserId
) -> None:
    offer = await offer_to(office, full, ben, ann, 2)
    claim = await office.holds.claim(full, ann, offer.numbers, a_booking_id())

    await office.waitlist.serve(full)

    assert await office.database.waitlist.offered(full) == [offer]
    await office.database.bookings.commit(claim)
    assert await office.waitlist.places(ann) == []


async def test_an_offer_that_the_hold_store_lost_gives_the_party_its_place_back(
    office: BoxOffice, full: EventId, ann: UserId, ben: UserId
) -> None:
    await offer_to(office, full, ben, ann, 2)
    office.holds.flush()
    others = await office.user()
    await office.sale.reserve(others, full, 2)

    await office.waitlist.serve(full)

    [place] = await office.waitlist.places(ann)
    assert (place.state, place.position) == (EntryState.WAITING, 1)
    assert (await office.ledger(full)).waiting == 2


async def test_a_party_whose_offer_was_lost_is_served_again_at_once_if_there_is_enough(
    office: BoxOffice, full: EventId, ann: UserId, ben: UserId
) -> None:
    await offer_to(office, full, ben, ann, 2)
    office.holds.flush()

    for _ in range(2):
        await office.waitlist.serve(full)

    [place] = await office.waitlist.places(ann)
    assert place.state is EntryState.OFFERED
    assert (await office.holds.stock(full)).held == 2


async def hold_unrecorded(office: BoxOffice, event_id: EventId, owner: UserId, waiting: UserId) -> Offer:
    """Hold an offer of two tickets that come back, as a worker does that dies before it records it."""
    await office.waitlist.join(waiting, event_id, 2)
    await office.sale.cancel(owner, event_id, 4)
    [entry] = await office.database.waitlist.queue(event_id, 10)
    return await make_offer(office.holds, entry, OFFER_TTL)


async def test_an_offer_that_was_held_and_not_recorded_is_recorded_in_the_next_round(
    office: BoxOffice, full: EventId, ann: UserId, ben: UserId
) -> None:
    held = await hold_unrecorded(office, full, ben, ann)

    await office.waitlist.serve(full)

    assert office.notifier.offers == [held]
    assert (await office.holds.stock(full)).held == 2


async def test_an_offer_that_comes_after_a_repair_leaves_the_party_in_its_turn(
    office: BoxOffice, full: EventId, ann: UserId, ben: UserId, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.waitlist.join(ann, full, 1)
    await office.sale.cancel(ben, full, 1)
    [before] = await office.database.waitlist.queue(full, 1)
    offer = office.holds.offer

    async def offer_late(*arguments: Any) -> Offer | None:
        await office.inventory.repair(full)
        return await offer(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(office.holds, "offer", offer_late)
        await office.waitlist.serve(full)

    [after] = await office.database.waitlist.queue(full, 1)
    assert after.version == before.version
    assert office.notifier.offers == []


async def test_an_offer_that_lapsed_without_having_been_recorded_is_made_again(
    office: BoxOffice, full: EventId, ann: UserId, ben: UserId
) -> None:
    await hold_unrecorded(office, full, ben, ann)
    office.clock.advance(OFFER_TTL)

    for _ in range(2):
        await office.waitlist.serve(full)

    [place] = await office.waitlist.places(ann)
    assert place.state is EntryState.OFFERED


async def test_who_books_an_offer_that_was_never_recorded_waits_no_more(
    office: BoxOffice, full: EventId, ann: UserId, ben: UserId
) -> None:
    await hold_unrecorded(office, full, ben, ann)

    await office.sale.book(ann, await office.sale.reserve(ann, full, 2))
    await office.waitlist.serve(full)

    assert await office.waitlist.places(ann) == []
    assert office.notifier.offers == []
    assert (await office.holds.stock(full)).held == 0


async def test_a_party_larger_than_what_is_free_is_passed(
    office: BoxOffice, full: EventId, ann: UserId, ben: UserId
) -> None:
    small = await office.user()
    await office.waitlist.join(ann, full, 4)
    await office.waitlist.join(small, full, 1)
    await office.sale.cancel(ben, full, 3)

    await office.waitlist.serve(full)

    assert [offer.user_id for offer in office.notifier.offers] == [small]
    [waiting] = await office.database.waitlist.queue(full, 10)
    assert (waiting.user_id, waiting.passed) == (ann, 1)
    assert await office.holds.available([full]) == [0]  # the rest gathers


async def test_a_small_party_behind_a_long_queue_of_larger_ones_is_served(
    office: BoxOffice, full: EventId, ben: UserId
) -> None:
    for _ in range(PARTIES_A_ROUND + 1):
        await office.waitlist.join(await office.user(), full, 3)
    small = await office.user()
    await office.waitlist.join(small, full, 2)
    await office.sale.cancel(ben, full, 2)

    await office.waitlist.serve(full)

    assert [offer.user_id for offer in office.notifier.offers] == [small]


async def test_tickets_gather_for_a_party_that_was_passed_often_enough(
    office: BoxOffice, full: EventId, ann: UserId, ben: UserId
) -> None:
    await office.waitlist.join(ann, full, 4)
    for user in [await office.user() for _ in range(8)]:
        await office.waitlist.join(user, full, 1)

    for _ in range(9):
        await office.sale.cancel(ben, full, 1)
        await office.waitlist.serve(full)

    served = [offer.user_id for offer in office.notifier.offers]
    assert len(served) == 6
    assert served[-1] == ann
    assert (await office.holds.stock(full)).aside == 0


async def test_after_an_hour_what_has_gathered_is_the_publics(
    office: BoxOffice, full: EventId, ann: UserId, ben: UserId
) -> None:
    await office.waitlist.join(ann, full, 20)
    for user in [await office.user() for _ in range(5)]:
        await office.waitlist.join(user, full, 1)
    await office.sale.cancel(ben, full, 7)
    await office.waitlist.serve(full)
    gathering = await office.holds.available([full])
    office.clock.advance(timedelta(hours=1))

    await office.waitlist.serve(full)

    after_the_hour = await office.holds.available([full])
    assert (gathering, after_the_hour) == ([0], [7])


async def test_a_party_gathers_what_comes_back_one_by_one_and_the_public_never_passes_it(
    office: BoxOffice, full: EventId, ann: UserId, ben: UserId
) -> None:
    await office.waitlist.join(ann, full, 3)

    available = []
    for _ in range(3):
        await office.sale.cancel(ben, full, 1)
        await office.waitlist.serve(full)
        available += await office.holds.available([full])

    assert available == [0, 0, 0]
    assert [offer.user_id for offer in office.notifier.offers] == [ann]


async def test_an_entry_has_one_hour_of_gathering(office: BoxOffice, full: EventId, ann: UserId, ben: UserId) -> None:
    await office.waitlist.join(ann, full, 3)
    await office.sale.cancel(ben, full, 1)
    await office.waitlist.serve(full)
    office.clock.advance(timedelta(hours=1))
    await office.waitlist.serve(full)

    await office.sale.cancel(ben, full, 1)
    await office.waitlist.serve(full)

    assert await office.holds.available([full]) == [2]


async def test_nothing_gathers_for_a_party_that_blocked_seats_keep_from_being_served(
    office: BoxOffice, full: EventId, ann: UserId, ben: UserId
) -> None:
    await office.waitlist.join(ann, full, 20)
    await office.sale.cancel(ben, full, 3)
    house = house_of(full)
    claim = await office.holds.claim(
        full, house, (await office.holds.reserve(full, house, 1, OFFER_TTL)).numbers, a_booking_id()
    )
    await office.database.bookings.commit(claim)
    await office.holds.settle(full, claim.booking_id)

    await office.waitlist.serve(full)

    assert await office.holds.available([full]) == [2]


async def test_stock_that_never_was_sold_is_the_publics_after_the_hold_store_lost_everything(
    office: BoxOffice, concert: EventId, ann: UserId, ben: UserId
) -> None:
    await office.buy(ben, concert, 12)
    await office.sale.cancel(ben, concert, 2)
    await office.waitlist.join(ann, concert, 15)
    office.holds.flush()

    await office.waitlist.serve(concert)

    stock = await office.holds.stock(concert)
    assert (stock.aside, stock.public) == (2, 8)


async def test_who_could_not_be_given_more_tickets_does_not_wait_on() -> None:
    office = BoxOffice(tickets_per_user=4)
    ann = await office.user("Ann")
    event_id = await office.event(seats=8)
    owner, other = await office.user(), await office.user()
    await office.buy(owner, event_id, 4)
    reserved = await office.sale.reserve(ann, event_id, 2)
    await office.buy(other, event_id, 2)
    await office.waitlist.join(ann, event_id, 3)
    await office.sale.book(ann, reserved)
    await office.sale.cancel(owner, event_id, 3)

    made = await office.waitlist.serve(event_id)

    assert made == 0
    assert await office.waitlist.places(ann) == []
    assert await office.holds.available([event_id]) == [3]


async def test_seats_that_are_added_are_offered_first(office: BoxOffice, full: EventId, ann: UserId) -> None:
    await office.waitlist.join(ann, full, 2)

    await office.events.change_on_sale(full, EventRevision(seat_count=23))

    assert await office.holds.available([full]) == [1]
    assert await office.waitlist.serve(full) == 1


# Waiting for a type


async def two_types(office: BoxOffice, *, front: int, back: int, sold_to: UserId) -> EventId:
    """An event with tickets of two types, of which somebody has bought all of the first."""
    event = an_event(seats=front + back)
    types = [TicketTypeDraft("Front", 5000, quota=front), TicketTypeDraft("Back", 2000, quota=back)]
    await office.database.events.add(event, lay_out(types, ()))
    numbers = await buy_of_type(office, sold_to, event.id, 1, front)
    assert numbers == list(range(1, front + 1))
    return event.id


async def buy_of_type(office: BoxOffice, user: UserId, event_id: EventId, type_number: int, count: int) -> list[int]:
    made = await office.reservations.make(user, event_id, TicketRequest(count, type_number))
    await office.sale.book(user, ticket_ids(event_id, made.reservation.numbers))
    return list(made.reservation.numbers)


async def test_one_waits_for_a_type_while_another_is_left(office: BoxOffice, ann: UserId, ben: UserId) -> None:
    event_id = await two_types(office, front=2, back=5, sold_to=ben)

    with pytest.raises(InvalidWaitlistCount, match="5 tickets are available"):
        await office.waitlist.join(ann, event_id, 2, type_number=2)
    with pytest.raises(InvalidWaitlistCount, match="at most 2"):
        await office.waitlist.join(ann, event_id, 3, type_number=1)
    with pytest.raises(NoSuchTicketType):
        await office.waitlist.join(ann, event_id, 1, type_number=3)
    await office.waitlist.join(ann, event_id, 1, type_number=1)

    [place] = await office.waitlist.places(ann)
    assert (place.type_number, place.position) == (1, 1)
    assert await office.holds.available([event_id]) == [5]


async def test_an_offer_is_of_the_type_that_its_party_waits_for(office: BoxOffice, ann: UserId, ben: UserId) -> None:
    event_id = await two_types(office, front=2, back=2, sold_to=ben)
    await buy_of_type(office, ben, event_id, 2, 2)
    cheap = await office.user()
    await office.waitlist.join(cheap, event_id, 1, type_number=2)
    await office.waitlist.join(ann, event_id, 1, type_number=1)

    await give_up(office, ben, event_id, 2)
    await office.waitlist.serve(event_id)
    first = list(office.notifier.offers)
    await give_up(office, ben, event_id, 4)
    await office.waitlist.serve(event_id)

    assert [(offer.user_id, offer.numbers) for offer in first] == [(ann, (2,))]
    assert [(offer.user_id, offer.numbers) for offer in office.notifier.offers[1:]] == [(cheap, (4,))]
    priced = await office.waitlist.priced((await office.waitlist.places(ann))[0])
    assert [(ticket.type.name, ticket.price) for ticket in priced.tickets] == [("Front", 5000)]


async def test_a_ticket_of_a_type_that_comes_back_is_kept_for_who_waits_for_it(
    office: BoxOffice, ann: UserId, ben: UserId
) -> None:
    event_id = await two_types(office, front=2, back=5, sold_to=ben)
    next_in_line = await office.user()
    await office.waitlist.join(ann, event_id, 1, type_number=1)
    await give_up(office, ben, event_id, 1)

    with pytest.raises(TooFewTickets):
        await office.reservations.make(ben, event_id, TicketRequest(1, 1))
    any_ticket = await office.reservations.make(ben, event_id, TicketRequest(1))
    await office.waitlist.join(next_in_line, event_id, 1, type_number=1)

    assert any_ticket.reservation.numbers == (3,)


async def test_a_type_that_comes_back_and_nobody_waits_for_is_the_publics(
    office: BoxOffice, ann: UserId, ben: UserId
) -> None:
    event_id = await two_types(office, front=2, back=2, sold_to=ben)
    await buy_of_type(office, ben, event_id, 2, 2)
    await office.waitlist.join(ann, event_id, 1, type_number=1)
    await give_up(office, ben, event_id, 3)

    await office.waitlist.serve(event_id)

    assert office.notifier.offers == []
    assert (await office.reservations.make(ben, event_id, TicketRequest(1, 2))).reservation.numbers == (3,)


async def give_up(office: BoxOffice, user: UserId, event_id: EventId, number: int) -> None:
    """Cancel a user's ticket with this number."""
    owned = await office.database.bookings.standing(event_id, user, [number])
    assert await office.sale.release(event_id, user, owned) == {number}


# Ending


async def test_when_sales_end_nobody_waits_any_more(office: BoxOffice, ann: UserId, ben: UserId) -> None:
    event_id = await limited_sale(office, ben)
    entry_id = await office.waitlist.join(ann, event_id, 2)
    office.clock.advance(timedelta(hours=1))

    await office.upkeep.serve_waitlists()

    assert (await office.waitlist.place(entry_id)).state is EntryState.LAPSED
    assert (await office.ledger(event_id)).waiting == 0
    assert await office.database.waitlist.events_with_entries() == []


async def test_an_offer_that_was_made_in_time_stands_when_sales_end(
    office: BoxOffice, ann: UserId, ben: UserId
) -> None:
    event_id = await limited_sale(office, ben)
    office.clock.advance(timedelta(minutes=55))
    offer = await offer_to(office, event_id, ben, ann, 2)
    office.clock.advance(timedelta(minutes=5))
    await office.upkeep.serve_waitlists()
    [standing] = await office.waitlist.places(ann)
    office.clock.advance(OFFER_TTL)

    await office.upkeep.serve_waitlists()

    assert (standing.state, standing.numbers) == (EntryState.OFFERED, offer.numbers)
    assert (await office.waitlist.place(offer.entry_id)).state is EntryState.LAPSED


async def test_a_long_queue_ends_in_several_rounds(
    office: BoxOffice, ben: UserId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("booked.domain.services.sale.waitlist.CLOSED_A_ROUND", 2)
    event_id = await limited_sale(office, ben)
    for _ in range(5):
        await office.waitlist.join(await office.user(), event_id, 1)
    office.clock.advance(timedelta(hours=1))

    left = []
    for _ in range(4):
        await office.upkeep.serve_waitlists()
        left.append((await office.ledger(event_id)).waiting)

    assert left == [3, 1, 0, 0]


# Leaving


async def test_who_leaves_waits_no_more(office: BoxOffice, full: EventId, ann: UserId) -> None:
    behind = await office.user()
    entry_id = await office.waitlist.join(ann, full, 2)
    await office.waitlist.join(behind, full, 1)

    for _ in range(2):
        await office.waitlist.leave(ann, entry_id)

    assert await office.waitlist.places(ann) == []
    assert (await office.waitlist.place(entry_id)).state is EntryState.WITHDRAWN
    assert [place.position for place in await office.waitlist.places(behind)] == [1]
    assert (await office.ledger(full)).waiting == 1
    await office.waitlist.join(ann, full, 2)


async def test_what_was_set_aside_for_who_leaves_is_the_publics(
    office: BoxOffice, full: EventId, ann: UserId, ben: UserId
) -> None:
    entry_id = await office.waitlist.join(ann, full, 2)
    await office.sale.cancel(ben, full, 2)

    await office.waitlist.leave(ann, entry_id)

    assert await office.holds.available([full]) == [2]


async def test_a_declined_offer_goes_to_the_next_in_line_within_a_round(
    office: BoxOffice, full: EventId, ann: UserId, ben: UserId
) -> None:
    next_in_line = await office.user()
    offer = await offer_to(office, full, ben, ann, 2)
    await office.waitlist.join(next_in_line, full, 2)

    for _ in range(2):
        await office.waitlist.leave(ann, offer.entry_id)
    sniped = await office.holds.available([full])
    await office.waitlist.serve(full)

    assert sniped == [0]
    assert await office.waitlist.places(ann) == []
    assert office.notifier.offers[-1].user_id == next_in_line
    assert office.notifier.offers[-1].numbers == offer.numbers


@pytest.mark.parametrize("stores_are_up", [True, False])
async def test_an_offer_is_declined_even_if_the_hold_store_hears_of_it_later(
    office: BoxOffice, full: EventId, ann: UserId, ben: UserId, monkeypatch: pytest.MonkeyPatch, *, stores_are_up: bool
) -> None:
    next_in_line = await office.user()
    offer = await offer_to(office, full, ben, ann, 2)
    await office.waitlist.join(next_in_line, full, 2)

    async def fail(*_: object) -> bool:
        raise EventIsCold if stores_are_up else StoreWriteFailed

    with monkeypatch.context() as patch:
        patch.setattr(office.holds, "decline", fail)
        await office.waitlist.leave(ann, offer.entry_id)
    await office.waitlist.serve(full)

    assert office.notifier.offers[-1].user_id == next_in_line


async def test_an_offer_that_is_made_while_its_party_leaves_is_ended(
    office: BoxOffice, full: EventId, ann: UserId, ben: UserId, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry_id = await office.waitlist.join(ann, full, 2)
    await office.sale.cancel(ben, full, 2)
    offer = office.holds.offer

    async def leave_first(*arguments: Any) -> Offer | None:
        await office.waitlist.leave(ann, entry_id)
        return await offer(*arguments)

    monkeypatch.setattr(office.holds, "offer", leave_first)
    await office.waitlist.serve(full)

    assert office.notifier.offers == []
    assert await office.holds.available([full]) == [2]


async def test_one_leaves_only_places_of_ones_own(office: BoxOffice, full: EventId, ann: UserId) -> None:
    entry_id = await office.waitlist.join(ann, full, 2)

    with pytest.raises(NoSuchEntry):
        await office.waitlist.leave(await office.user(), entry_id)
    with pytest.raises(NoSuchEntry):
        await office.waitlist.leave(ann, EntryId(a_booking_id()))

    assert (await office.waitlist.place(entry_id)).state is EntryState.WAITING


async def test_an_offer_that_is_booked_cannot_be_declined(
    office: BoxOffice, full: EventId, ann: UserId, ben: UserId
) -> None:
    offer = await offer_to(office, full, ben, ann, 2)
    await office.sale.book(ann, ticket_ids(full, offer.numbers))

    with pytest.raises(OfferBooked):
        await office.waitlist.leave(ann, offer.entry_id)

    assert await office.database.bookings.owned(full, ann) == set(offer.numbers)


async def test_who_leaves_while_they_book_has_the_tickets(
    office: BoxOffice, full: EventId, ann: UserId, ben: UserId
) -> None:
    offer = await offer_to(office, full, ben, ann, 2)
    claim = await office.holds.claim(full, ann, offer.numbers, a_booking_id())

    await office.waitlist.leave(ann, offer.entry_id)
    await office.waitlist.serve(full)

    assert await office.database.bookings.commit(claim) is Verdict.BOOKED
    await office.holds.settle(full, claim.booking_id)
    assert await office.holds.available([full]) == [0]
    assert await office.waitlist.places(ann) == []


async def test_a_queue_of_an_event_that_is_not_on_sale_is_not_served(
    office: BoxOffice, full: EventId, ann: UserId
) -> None:
    await office.waitlist.join(ann, full, 2)
    await office.events.withdraw(full)

    assert await office.waitlist.serve(full) == 0
    assert await office.waitlist.places(ann) == []


async def test_a_demand_that_was_not_heard_of_is_repeated_in_the_next_round(
    office: BoxOffice, full: EventId, ann: UserId, ben: UserId
) -> None:
    office.holds.flush()
    await office.waitlist.join(ann, full, 2)
    await office.inventory.repair(full)

    await office.waitlist.serve(full)
    await office.sale.cancel(ben, full, 1)

    stock = await office.holds.stock(full)
    assert (stock.free, stock.aside) == (1, 1)
