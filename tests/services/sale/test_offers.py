"""Offers to the waitlist: who is made them, and what becomes of them."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from booked.domain.errors import AlreadyWaiting, StoreWriteFailed, TicketNotReserved
from booked.domain.model.ids import EventId, UserId, number_of, ticket_ids
from booked.domain.model.programme.events import EventRevision
from booked.domain.model.sale.holds import house_of
from booked.domain.model.sale.waitlist import PASSES, EntryState, Offer
from booked.domain.services.sale.offers import PARTIES_A_ROUND
from tests.builders import FrozenClock, a_booking_id, make_offer
from tests.memory.waitlist import MemoryWaitlist
from tests.services.box_office import OFFER_TTL, BoxOffice
from tests.services.stage import offer_to

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
        assert await office.offers.serve(full) == 0

    assert len(office.notifier.offers) == 1
    assert (await office.holds.stock(full)).held == 2


@pytest.mark.parametrize("cut_off", [Exception("unreachable"), asyncio.CancelledError()])
async def test_a_party_that_was_not_told_of_its_offer_is_told_in_the_next_round(
    office: BoxOffice, full: EventId, ann: UserId, ben: UserId, cut_off: BaseException
) -> None:
    await office.waitlist.join(ann, full, 2)
    await office.sale.cancel(ben, full, 4)
    office.notifier.failures[ann] = cut_off
    with suppress(asyncio.CancelledError):
        await office.offers.serve(full)
    [offer] = await office.database.waitlist.offered(full)
    at_first = list(office.notifier.offers)

    for _ in range(2):
        await office.offers.serve(full)

    assert at_first == []
    assert office.notifier.offers == [offer]


async def test_an_offer_whose_record_was_not_answered_is_told_in_the_next_round(
    office: BoxOffice, full: EventId, ann: UserId, ben: UserId, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.waitlist.join(ann, full, 2)
    await office.sale.cancel(ben, full, 4)
    record = MemoryWaitlist.record_offer

    async def record_unanswered(*arguments: Any) -> None:
        await record(*arguments)
        raise StoreWriteFailed

    with monkeypatch.context() as patch, pytest.raises(StoreWriteFailed):
        patch.setattr(MemoryWaitlist, "record_offer", record_unanswered)
        await office.offers.serve(full)
    await office.offers.serve(full)

    assert [offer.user_id for offer in office.notifier.offers] == [ann]


async def test_nobody_is_told_again_while_the_database_does_not_keep_that_they_were(
    office: BoxOffice, full: EventId, ann: UserId, ben: UserId, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.waitlist.join(ann, full, 2)
    await office.sale.cancel(ben, full, 4)

    async def refuse(*_: object) -> None:
        raise StoreWriteFailed

    monkeypatch.setattr(MemoryWaitlist, "mark_told", refuse)
    for _ in range(3):
        with pytest.raises(StoreWriteFailed):
            await office.offers.serve(full)

    assert [offer.user_id for offer in office.notifier.offers] == [ann]


async def test_a_notifier_that_fails_keeps_no_other_party_from_its_offer(
    office: BoxOffice, full: EventId, ann: UserId, ben: UserId
) -> None:
    next_in_line = await office.user()
    for user in (ann, next_in_line):
        await office.waitlist.join(user, full, 2)
    await office.sale.cancel(ben, full, 4)
    office.notifier.failures[ann] = failure = Exception("unreachable")

    assert await office.offers.serve(full) == 2

    assert [offer.user_id for offer in office.notifier.offers] == [next_in_line]
    assert office.observer.named("setback") == [("setback", full, failure)]


async def test_nobody_is_told_of_an_offer_that_lapsed_or_was_booked_meanwhile(
    office: BoxOffice, full: EventId, ann: UserId, ben: UserId
) -> None:
    buyer = await office.user()
    for user in (ann, buyer):
        await office.waitlist.join(user, full, 2)
        office.notifier.failures[user] = Exception("unreachable")
    await office.sale.cancel(ben, full, 4)
    await office.offers.serve(full)
    await office.sale.book(buyer, await office.sale.reserve(buyer, full, 2))
    office.clock.advance(OFFER_TTL)

    await office.offers.serve(full)

    assert office.notifier.offers == []


async def test_workers_that_serve_at_once_make_each_offer_once(
    office: BoxOffice, full: EventId, ann: UserId, ben: UserId
) -> None:
    await office.waitlist.join(ann, full, 2)
    await office.sale.cancel(ben, full, 4)

    made = await asyncio.gather(*(office.offers.serve(full) for _ in range(5)))

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
    assert await office.offers.serve(full) == 0
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

    await office.offers.serve(full)

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
    inventory = replace(office.inventory, clock=FrozenClock(office.clock.now() + wrong))
    worker = replace(office.offers, inventory=inventory)

    await worker.serve(full)

    assert await office.waitlist.places(ann) == []
    assert [offer.user_id for offer in office.notifier.offers] == [ann, next_in_line]


@pytest.mark.parametrize("wrong", [timedelta(hours=-1), timedelta(hours=1)])
async def test_a_worker_whose_clock_is_wrong_gives_back_the_place_of_an_offer_that_was_lost(
    office: BoxOffice, full: EventId, ann: UserId, ben: UserId, wrong: timedelta
) -> None:
    await offer_to(office, full, ben, ann, 2)
    office.holds.flush()
    inventory = replace(office.inventory, clock=FrozenClock(office.clock.now() + wrong))
    worker = replace(office.offers, inventory=inventory)

    await worker.serve(full)

    [place] = await office.waitlist.places(ann)
    assert place.state is EntryState.OFFERED
    assert [offer.user_id for offer in office.notifier.offers] == [ann, ann]


async def test_a_lapsed_offer_that_nobody_waits_for_is_the_publics(
    office: BoxOffice, full: EventId, ann: UserId, ben: UserId
) -> None:
    await offer_to(office, full, ben, ann, 2)
    office.clock.advance(OFFER_TTL)

    await office.offers.serve(full)

    assert await office.holds.available([full]) == [2]


async def test_an_offer_that_is_over_is_not_accepted_though_its_tickets_are_free(
    office: BoxOffice, full: EventId, ann: UserId, ben: UserId
) -> None:
    await offer_to(office, full, ben, ann, 2)
    [offered] = await office.waitlist.places(ann)
    office.clock.advance(OFFER_TTL)
    await office.offers.serve(full)

    over = await office.waitlist.own_place(ann, offered.entry_id)
    with pytest.raises(TicketNotReserved):
        await office.reservations.accept(ann, over)

    assert await office.holds.available([full]) == [2]


async def test_an_offer_that_is_being_booked_is_not_closed(
    office: BoxOffice, full: EventId, ann: UserId, ben: UserId
) -> None:
    offer = await offer_to(office, full, ben, ann, 2)
    claim = await office.holds.claim(full, ann, offer.numbers, a_booking_id())

    await office.offers.serve(full)

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

    await office.offers.serve(full)

    [place] = await office.waitlist.places(ann)
    assert (place.state, place.position) == (EntryState.WAITING, 1)
    assert (await office.ledger(full)).waiting == 2


async def test_a_party_whose_offer_was_lost_is_served_again_at_once_if_there_is_enough(
    office: BoxOffice, full: EventId, ann: UserId, ben: UserId
) -> None:
    await offer_to(office, full, ben, ann, 2)
    office.holds.flush()

    for _ in range(2):
        await office.offers.serve(full)

    [place] = await office.waitlist.places(ann)
    assert place.state is EntryState.OFFERED
    assert (await office.holds.stock(full)).held == 2


async def hold_unrecorded(
    office: BoxOffice, event_id: EventId, owner: UserId, waiting: UserId, *, back: int = 4
) -> Offer:
    """Hold an offer of two of the tickets that come back, as a worker does that dies before it records it."""
    await office.waitlist.join(waiting, event_id, 2)
    await office.sale.cancel(owner, event_id, back)
    [entry] = await office.database.waitlist.queue(event_id, 10)
    return await make_offer(office.holds, entry, OFFER_TTL)


@pytest.mark.parametrize("back", [2, 4])
async def test_an_offer_that_was_held_and_not_recorded_is_recorded_in_the_next_round(
    office: BoxOffice, full: EventId, ann: UserId, ben: UserId, back: int
) -> None:
    held = await hold_unrecorded(office, full, ben, ann, back=back)

    await office.offers.serve(full)

    assert office.notifier.offers == [held]
    assert (await office.holds.stock(full)).held == 2


async def test_an_unrecorded_offer_is_recorded_however_long_the_queue_before_it_is(
    office: BoxOffice, full: EventId, ben: UserId
) -> None:
    for _ in range(PARTIES_A_ROUND):
        await office.waitlist.join(await office.user(), full, 4)
    small = await office.user()
    await office.waitlist.join(small, full, 2)
    await office.sale.cancel(ben, full, 2)
    last = (await office.database.waitlist.queue(full, PARTIES_A_ROUND + 1))[-1]
    held = await make_offer(office.holds, last, OFFER_TTL)

    await office.offers.serve(full)

    assert held.user_id == small
    assert office.notifier.offers == [held]


async def test_before_the_sale_begins_nobody_is_passed_and_nothing_gathers(
    office: BoxOffice, full: EventId, ann: UserId, ben: UserId
) -> None:
    await office.waitlist.join(ann, full, 2)
    await office.waitlist.join(await office.user(), full, 1)
    opening = office.clock.now() + timedelta(hours=3)
    await office.events.change_on_sale(full, EventRevision(sales_start=opening))
    await office.sale.cancel(ben, full, 1)

    for _ in range(PASSES + 1):
        await office.offers.serve(full)

    queue = await office.database.waitlist.queue(full, 10)
    assert [(entry.passed, entry.gathering_since) for entry in queue] == [(0, None), (0, None)]
    assert office.notifier.offers == []
    office.clock.advance(timedelta(hours=3))
    await office.offers.serve(full)
    assert len(office.notifier.offers) == 1


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
        await office.offers.serve(full)

    [after] = await office.database.waitlist.queue(full, 1)
    assert after.version == before.version
    assert office.notifier.offers == []


async def test_an_offer_that_lapsed_without_having_been_recorded_is_made_again(
    office: BoxOffice, full: EventId, ann: UserId, ben: UserId
) -> None:
    await hold_unrecorded(office, full, ben, ann)
    office.clock.advance(OFFER_TTL)

    for _ in range(2):
        await office.offers.serve(full)

    [place] = await office.waitlist.places(ann)
    assert place.state is EntryState.OFFERED


async def test_who_books_an_offer_that_was_never_recorded_waits_no_more(
    office: BoxOffice, full: EventId, ann: UserId, ben: UserId
) -> None:
    await hold_unrecorded(office, full, ben, ann)

    await office.sale.book(ann, await office.sale.reserve(ann, full, 2))
    await office.offers.serve(full)

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

    await office.offers.serve(full)

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

    await office.offers.serve(full)

    assert [offer.user_id for offer in office.notifier.offers] == [small]


async def test_tickets_gather_for_a_party_that_was_passed_often_enough(
    office: BoxOffice, full: EventId, ann: UserId, ben: UserId
) -> None:
    await office.waitlist.join(ann, full, 4)
    for user in [await office.user() for _ in range(8)]:
        await office.waitlist.join(user, full, 1)

    for _ in range(9):
        await office.sale.cancel(ben, full, 1)
        await office.offers.serve(full)

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
    await office.offers.serve(full)
    gathering = await office.holds.available([full])
    office.clock.advance(timedelta(hours=1))

    await office.offers.serve(full)

    after_the_hour = await office.holds.available([full])
    assert (gathering, after_the_hour) == ([0], [7])


async def test_a_party_gathers_what_comes_back_one_by_one_and_the_public_never_passes_it(
    office: BoxOffice, full: EventId, ann: UserId, ben: UserId
) -> None:
    await office.waitlist.join(ann, full, 3)

    available = []
    for _ in range(3):
        await office.sale.cancel(ben, full, 1)
        await office.offers.serve(full)
        available += await office.holds.available([full])

    assert available == [0, 0, 0]
    assert [offer.user_id for offer in office.notifier.offers] == [ann]


async def test_an_entry_has_one_hour_of_gathering(office: BoxOffice, full: EventId, ann: UserId, ben: UserId) -> None:
    await office.waitlist.join(ann, full, 3)
    await office.sale.cancel(ben, full, 1)
    await office.offers.serve(full)
    office.clock.advance(timedelta(hours=1))
    await office.offers.serve(full)

    await office.sale.cancel(ben, full, 1)
    await office.offers.serve(full)

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

    await office.offers.serve(full)

    assert await office.holds.available([full]) == [2]


async def test_stock_that_never_was_sold_is_the_publics_after_the_hold_store_lost_everything(
    office: BoxOffice, concert: EventId, ann: UserId, ben: UserId
) -> None:
    await office.buy(ben, concert, 12)
    await office.sale.cancel(ben, concert, 2)
    await office.waitlist.join(ann, concert, 15)
    office.holds.flush()

    await office.offers.serve(concert)

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

    made = await office.offers.serve(event_id)

    assert made == 0
    assert await office.waitlist.places(ann) == []
    assert await office.holds.available([event_id]) == [3]


async def test_seats_that_are_added_are_offered_first(office: BoxOffice, full: EventId, ann: UserId) -> None:
    await office.waitlist.join(ann, full, 2)

    await office.events.change_on_sale(full, EventRevision(seat_count=23))

    assert await office.holds.available([full]) == [1]
    assert await office.offers.serve(full) == 1
