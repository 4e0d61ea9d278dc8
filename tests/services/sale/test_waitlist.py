"""Joining the waitlist, waiting for a type, and leaving."""

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
from booked.domain.model.ids import EntryId, EventId, UserId, ticket_ids
from booked.domain.model.programme.ticket_types import TicketTypeDraft, lay_out
from booked.domain.model.programme.times import SalesWindow
from booked.domain.model.sale.bookings import Verdict
from booked.domain.model.sale.reservations import TicketRequest
from booked.domain.model.sale.waitlist import PASSES, EntryState, Offer
from booked.ports.holds import EventIsCold
from tests.builders import a_booking_id, a_user_id, an_event, an_event_id
from tests.services.box_office import OFFER_TTL, BoxOffice
from tests.services.stage import offer_to


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


async def test_one_can_join_when_the_hold_store_forgets_the_event_amid_that(
    office: BoxOffice, ann: UserId, ben: UserId, monkeypatch: pytest.MonkeyPatch
) -> None:
    event_id = await two_types(office, front=2, back=5, sold_to=ben)
    free_among = office.holds.free_among

    async def forget_first(*arguments: Any) -> list[int]:
        monkeypatch.setattr(office.holds, "free_among", free_among)
        office.holds.flush()
        return await free_among(*arguments)

    monkeypatch.setattr(office.holds, "free_among", forget_first)

    await office.waitlist.join(ann, event_id, 1, type_number=1)

    assert len(await office.waitlist.places(ann)) == 1


async def test_an_offer_is_of_the_type_that_its_party_waits_for(office: BoxOffice, ann: UserId, ben: UserId) -> None:
    event_id = await two_types(office, front=2, back=2, sold_to=ben)
    await buy_of_type(office, ben, event_id, 2, 2)
    cheap = await office.user()
    await office.waitlist.join(cheap, event_id, 1, type_number=2)
    await office.waitlist.join(ann, event_id, 1, type_number=1)

    await give_up(office, ben, event_id, 2)
    await office.offers.serve(event_id)
    first = list(office.notifier.offers)
    await give_up(office, ben, event_id, 4)
    await office.offers.serve(event_id)

    assert [(offer.user_id, offer.numbers) for offer in first] == [(ann, (2,))]
    assert [(offer.user_id, offer.numbers) for offer in office.notifier.offers[1:]] == [(cheap, (4,))]
    priced = await office.waitlist.priced((await office.waitlist.places(ann))[0])
    assert [(ticket.type.name, ticket.price) for ticket in priced.tickets] == [("Front", 5000)]


async def behind_one_that_was_passed(
    office: BoxOffice, first: UserId, owner: UserId, *, back: int, count: int
) -> tuple[EventId, UserId]:
    """An event where somebody waits for two tickets of the first type, passed too often, and another party for any."""
    event_id = await two_types(office, front=2, back=back, sold_to=owner)
    await buy_of_type(office, owner, event_id, 2, 2)
    easy_going = await office.user()
    await office.waitlist.join(first, event_id, 2, type_number=1)
    await office.waitlist.join(easy_going, event_id, count)
    entry, _ = await office.database.waitlist.queue(event_id, 10)
    await office.database.waitlist.record_passes([replace(entry, passed=PASSES)])
    return event_id, easy_going


async def test_who_waits_for_any_type_is_offered_none_that_gather_for_who_was_passed_too_often(
    office: BoxOffice, ann: UserId, ben: UserId
) -> None:
    event_id, easy_going = await behind_one_that_was_passed(office, ann, ben, back=2, count=1)

    await give_up(office, ben, event_id, 2)
    await office.offers.serve(event_id)
    gathering = list(office.notifier.offers)
    await give_up(office, ben, event_id, 4)
    await office.offers.serve(event_id)

    assert gathering == []
    assert [(offer.user_id, offer.numbers) for offer in office.notifier.offers] == [(easy_going, (4,))]


async def test_what_gathers_for_a_type_is_not_the_publics_after_an_offer_of_others(
    office: BoxOffice, ann: UserId, ben: UserId
) -> None:
    event_id, easy_going = await behind_one_that_was_passed(office, ann, ben, back=4, count=4)
    for number in (2, 3, 4):
        await give_up(office, ben, event_id, number)

    await office.offers.serve(event_id)

    assert [(offer.user_id, offer.numbers) for offer in office.notifier.offers] == [(easy_going, (3, 4, 5, 6))]
    with pytest.raises(TooFewTickets):
        await office.reservations.make(ben, event_id, TicketRequest(1, 1))


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


async def test_what_comes_back_of_a_type_keeps_no_other_type_from_sale(
    office: BoxOffice, ann: UserId, ben: UserId
) -> None:
    event_id = await two_types(office, front=3, back=6, sold_to=ben)
    await buy_of_type(office, ben, event_id, 2, 1)
    patient = await office.user()
    await office.waitlist.join(patient, event_id, 6, type_number=2)
    await office.waitlist.join(ann, event_id, 2, type_number=1)
    await give_up(office, ben, event_id, 1)
    await office.offers.serve(event_id)

    with pytest.raises(InvalidWaitlistCount, match="5 tickets are available"):
        await office.waitlist.join(await office.user(), event_id, 5, type_number=2)
    made = await office.reservations.make(ben, event_id, TicketRequest(5, 2))

    assert made.reservation.numbers == (5, 6, 7, 8, 9)
    with pytest.raises(TooFewTickets):
        await office.reservations.make(ben, event_id, TicketRequest(1, 1))


async def test_a_ticket_that_nobody_waits_for_does_not_gather_for_who_waits_for_another_type(
    office: BoxOffice, ann: UserId, ben: UserId
) -> None:
    event_id = await two_types(office, front=3, back=6, sold_to=ben)
    await buy_of_type(office, ben, event_id, 2, 1)
    await office.waitlist.join(ann, event_id, 6, type_number=2)
    await give_up(office, ben, event_id, 1)

    await office.offers.serve(event_id)

    assert await office.holds.available([event_id]) == [6]
    assert (await office.reservations.make(ben, event_id, TicketRequest(1, 1))).reservation.numbers == (1,)


async def test_a_type_that_comes_back_and_nobody_waits_for_is_the_publics(
    office: BoxOffice, ann: UserId, ben: UserId
) -> None:
    event_id = await two_types(office, front=2, back=2, sold_to=ben)
    await buy_of_type(office, ben, event_id, 2, 2)
    await office.waitlist.join(ann, event_id, 1, type_number=1)
    await give_up(office, ben, event_id, 3)

    await office.offers.serve(event_id)

    assert office.notifier.offers == []
    assert (await office.reservations.make(ben, event_id, TicketRequest(1, 2))).reservation.numbers == (3,)


async def give_up(office: BoxOffice, user: UserId, event_id: EventId, number: int) -> None:
    """Cancel a user's ticket with this number."""
    owned = await office.database.bookings.standing(event_id, user, [number])
    assert await office.sale.release(event_id, user, owned) == {number}


@pytest.mark.parametrize("books", [False, True], ids=["gives them back", "books them"])
async def test_who_holds_too_many_is_passed_over_and_waits_on_until_they_are_booked(
    office: BoxOffice, ann: UserId, ben: UserId, books: bool
) -> None:
    event = an_event(seats=4, ticket_limit=2)
    await office.database.events.add(event)
    await office.buy(ben, event.id, 2)
    tickets = await office.sale.reserve(ann, event.id, 2)
    entry_id = await office.waitlist.join(ann, event.id, 2)
    behind = await office.waitlist.join(await office.user(), event.id, 2)

    await office.sale.cancel(ben, event.id, 2)
    await office.upkeep.serve_waitlists()
    states = [(await office.waitlist.place(each)).state for each in (entry_id, behind)]
    if books:
        await office.sale.book(ann, tickets)
    office.clock.advance(OFFER_TTL)  # nobody takes the offer, and what is held lapses
    await office.upkeep.serve_waitlists()

    assert states == [EntryState.WAITING, EntryState.OFFERED]
    assert (await office.waitlist.place(entry_id)).state is (EntryState.LAPSED if books else EntryState.OFFERED)


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
    monkeypatch.setattr("booked.domain.services.sale.offers.CLOSED_A_ROUND", 2)
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
    await office.offers.serve(full)

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
    await office.offers.serve(full)

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
    await office.offers.serve(full)

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
    await office.offers.serve(full)

    assert await office.database.bookings.commit(claim) is Verdict.BOOKED
    await office.holds.settle(full, claim.booking_id)
    assert await office.holds.available([full]) == [0]
    assert await office.waitlist.places(ann) == []


async def test_a_queue_of_an_event_that_is_not_on_sale_is_not_served(
    office: BoxOffice, full: EventId, ann: UserId
) -> None:
    await office.waitlist.join(ann, full, 2)
    await office.events.withdraw(full)

    assert await office.offers.serve(full) == 0
    assert await office.waitlist.places(ann) == []


async def test_a_demand_that_was_not_heard_of_is_repeated_in_the_next_round(
    office: BoxOffice, full: EventId, ann: UserId, ben: UserId
) -> None:
    office.holds.flush()
    await office.waitlist.join(ann, full, 2)
    await office.inventory.repair(full)

    await office.offers.serve(full)
    await office.sale.cancel(ben, full, 1)

    stock = await office.holds.stock(full)
    assert (stock.free, stock.aside) == (1, 1)
