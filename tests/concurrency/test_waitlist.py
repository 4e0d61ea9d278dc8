"""Tickets that come back go to those who wait, however many others hammer at the door."""

import asyncio
from datetime import timedelta

import pytest

from booked.domain.errors import AlreadyWaiting, InvalidWaitlistCount, NoEventFound, TooFewTickets
from booked.domain.model.ids import UserId, number_of
from booked.domain.model.programme.events import EventRevision, EventStatus
from booked.domain.model.programme.ticket_types import TicketTypeDraft, lay_out
from booked.domain.model.sale.reservations import AnyOf
from booked.domain.model.sale.waitlist import PASSES, EntryState
from tests.builders import TTL as HOLD_TTL
from tests.builders import a_booking_id, an_event
from tests.concurrency.processes import Gate, Process, Truth, agrees, sold_out, together
from tests.guards import Guards


async def hammer_while_tickets_come_back(process: Process) -> tuple[int, int]:
    """64 people keep trying while 10 tickets come back for 5 parties of 2 that wait; what each side got."""
    event_id, owner = await sold_out(process, seats=10)
    waiting, public = await process.people(5), await process.people(64)
    for user in waiting:
        await process.waitlist.join(user, event_id, 2)
    done = asyncio.Event()

    async def keep_trying(user: UserId) -> int:
        while not done.is_set():
            try:
                return len(await process.sale.reserve(user, event_id, 1))
            except TooFewTickets:
                await asyncio.sleep(0)
        return 0

    async def come_back() -> int:
        for _ in range(10):
            await process.sale.cancel(owner, event_id, 1)
        await process.offers.serve(event_id)
        done.set()
        return sum(len(offer.numbers) for offer in process.notifier.offers)

    offered, *sniped = await asyncio.gather(come_back(), *(keep_trying(user) for user in public))
    return offered, sum(sniped)


async def test_64_public_buyers_get_none_of_the_tickets_that_others_wait_for(process: Process) -> None:
    offered, sniped = await hammer_while_tickets_come_back(process)

    assert (offered, sniped) == (10, 0)


async def test_control_without_setting_aside_the_public_snipes(process: Process, guards: Guards) -> None:
    guards.remove("set aside")

    offered, sniped = await hammer_while_tickets_come_back(process)

    assert sniped > 0
    assert offered < 10


async def test_an_offer_is_held_listed_reserved_again_and_booked(process: Process) -> None:
    event_id, owner = await sold_out(process, seats=4)
    [ann] = await process.people(1)
    await process.waitlist.join(ann, event_id, 2)
    await process.sale.cancel(owner, event_id, 3)

    await process.offers.serve(event_id)
    [place] = await process.waitlist.places(ann)
    tickets = await process.sale.reserve(ann, event_id, 2)
    await process.sale.book(ann, tickets)

    assert (place.state, place.position, len(place.numbers)) == (EntryState.OFFERED, None, 2)
    assert {number_of(ticket) for ticket in tickets} == set(place.numbers)
    assert await process.waitlist.places(ann) == []
    assert await process.database.bookings.owned(event_id, ann) == set(place.numbers)


async def test_the_ticket_that_nobody_waits_for_is_the_publics_at_once(process: Process) -> None:
    event_id, owner = await sold_out(process, seats=4)
    ann, ben = await process.people(2)
    await process.waitlist.join(ann, event_id, 2)

    await process.sale.cancel(owner, event_id, 3)

    assert len(await process.sale.reserve(ben, event_id, 1)) == 1
    with pytest.raises(TooFewTickets):
        await process.sale.reserve(ben, event_id, 1)


async def test_an_offer_that_lapses_goes_to_the_next_in_line_and_not_to_the_public(
    process: Process, truth: Truth
) -> None:
    event_id, owner = await sold_out(process, seats=2)
    ann, ben, public = await process.people(3)
    await process.waitlist.join(ann, event_id, 1)
    await process.waitlist.join(ben, event_id, 1)
    await process.sale.cancel(owner, event_id, 1)
    await process.offers.serve(event_id)
    [anns] = process.notifier.offers

    await truth.lapse_offer(event_id, ann, anns.numbers)
    with pytest.raises(TooFewTickets):
        await process.sale.reserve(public, event_id, 1)
    await process.offers.serve(event_id)

    assert await process.waitlist.places(ann) == []
    [place] = await process.waitlist.places(ben)
    assert (place.state, place.numbers) == (EntryState.OFFERED, anns.numbers)


async def test_holds_that_lapse_are_offered_too(process: Process, truth: Truth) -> None:
    event_id = await process.event(seats=1)
    ann, ben, public = await process.people(3)
    [ticket] = await process.sale.reserve(ben, event_id, 1)
    await process.waitlist.join(ann, event_id, 1)
    await truth.lapse(event_id, ben, number_of(ticket))

    with pytest.raises(TooFewTickets):
        await process.sale.reserve(public, event_id, 1)
    await process.offers.serve(event_id)

    assert [offer.user_id for offer in process.notifier.offers] == [ann]


async def test_seats_that_are_added_are_offered_too(process: Process) -> None:
    event_id, _ = await sold_out(process, seats=4)
    ann, public = await process.people(2)
    await process.waitlist.join(ann, event_id, 3)

    await process.events.change_on_sale(event_id, EventRevision(seat_count=8))
    assert len(await process.sale.reserve(public, event_id, 1)) == 1
    with pytest.raises(TooFewTickets):
        await process.sale.reserve(public, event_id, 1)
    await process.offers.serve(event_id)

    assert [len(offer.numbers) for offer in process.notifier.offers] == [3]


async def test_one_large_party_freezes_no_unsold_stock_and_what_comes_back_for_an_hour(
    process: Process, truth: Truth
) -> None:
    event_id = await process.event(seats=50)
    ann, ben, owner = await process.people(3)
    await process.buy(owner, event_id, 10)
    await process.waitlist.join(ann, event_id, 45)

    assert len(await process.sale.reserve(ben, event_id, 30)) == 30
    await process.sale.cancel(owner, event_id, 2)
    await process.offers.serve(event_id)
    await process.offers.serve(event_id)

    assert len(await process.sale.reserve(ben, event_id, 10)) == 10
    with pytest.raises(TooFewTickets):
        await process.sale.reserve(ben, event_id, 1)

    await truth.pass_an_hour_of_gathering(event_id)
    await process.offers.serve(event_id)

    assert len(await process.sale.reserve(ben, event_id, 2)) == 2
    assert process.notifier.offers == []


async def test_a_party_of_two_is_served_by_tickets_that_come_back_one_by_one(process: Process) -> None:
    event_id, owner = await sold_out(process, seats=10)
    pair, public = await process.people(2)
    await process.waitlist.join(pair, event_id, 2)

    for _ in range(2):
        await process.sale.cancel(owner, event_id, 1)
        await process.offers.serve(event_id)
        with pytest.raises(TooFewTickets):
            await process.sale.reserve(public, event_id, 1)

    assert [(offer.user_id, len(offer.numbers)) for offer in process.notifier.offers] == [(pair, 2)]


async def test_a_small_party_passes_a_large_one_five_times_then_tickets_gather_for_an_hour(process: Process) -> None:
    event_id, owner = await sold_out(process, seats=30)
    large, *small, public = await process.people(1 + PASSES + 2 + 1)
    await process.waitlist.join(large, event_id, 4)
    for user in small:
        await process.waitlist.join(user, event_id, 1)

    for _ in range(PASSES):
        await process.sale.cancel(owner, event_id, 1)
        await process.offers.serve(event_id)
    passed_by = [offer.user_id for offer in process.notifier.offers]

    # From now on what comes back gathers: neither the public nor a smaller party gets it.
    await process.sale.cancel(owner, event_id, 3)
    await process.offers.serve(event_id)
    with pytest.raises(TooFewTickets):
        await process.sale.reserve(public, event_id, 1)
    assert passed_by == small[:PASSES]
    assert len(process.notifier.offers) == PASSES

    await process.sale.cancel(owner, event_id, 1)
    await process.offers.serve(event_id)
    assert process.notifier.offers[-1].user_id == large


async def test_after_its_hour_a_large_party_may_be_passed_again(process: Process, truth: Truth) -> None:
    event_id, owner = await sold_out(process, seats=30)
    large, *small = await process.people(1 + PASSES + 2)
    await process.waitlist.join(large, event_id, 4)
    for user in small:
        await process.waitlist.join(user, event_id, 1)
    for _ in range(PASSES + 1):
        await process.sale.cancel(owner, event_id, 1)
        await process.offers.serve(event_id)
    assert len(process.notifier.offers) == PASSES

    await truth.pass_an_hour_of_gathering(event_id)
    await process.offers.serve(event_id)

    assert [offer.user_id for offer in process.notifier.offers] == small[: PASSES + 1]


async def test_two_workers_at_once_make_each_offer_once(process: Process) -> None:
    event_id, owner = await sold_out(process, seats=8)
    people = await process.people(4)
    for user in people:
        await process.waitlist.join(user, event_id, 2)
    await process.sale.cancel(owner, event_id, 8)

    await together([process.offers.serve(event_id) for _ in range(4)])

    stock = await process.holds.stock(event_id)
    assert (stock.held, stock.aside) == (8, 0)
    for user in people:
        [place] = await process.waitlist.places(user)
        assert (place.state, len(place.numbers)) == (EntryState.OFFERED, 2)


async def test_a_worker_that_dies_after_holding_an_offer_leaves_it_to_the_next(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    event_id, owner = await sold_out(process, seats=4)
    [ann] = await process.people(1)
    await process.waitlist.join(ann, event_id, 2)
    await process.sale.cancel(owner, event_id, 4)

    async def die(*arguments: object) -> None:
        raise ConnectionAbortedError

    with monkeypatch.context() as patch, pytest.raises(ConnectionAbortedError):
        patch.setattr(process.database.waitlist, "record_offer", die)
        await process.offers.serve(event_id)
    await process.offers.serve(event_id)

    stock = await process.holds.stock(event_id)
    assert (stock.held, stock.free) == (2, 2)
    assert len(process.notifier.offers) == 1


async def test_an_offer_that_a_flush_lost_is_made_again(process: Process, truth: Truth) -> None:
    event_id, owner = await sold_out(process, seats=2)
    [ann] = await process.people(1)
    await process.waitlist.join(ann, event_id, 1)
    await process.sale.cancel(owner, event_id, 1)
    await process.offers.serve(event_id)

    await truth.valkey.flushall()
    await process.offers.serve(event_id)

    [place] = await process.waitlist.places(ann)
    stock = await process.holds.stock(event_id)
    assert place.state is EntryState.OFFERED
    assert (stock.held, stock.free) == (1, 0)


async def test_50_parallel_joins_make_one_entry(process: Process) -> None:
    event_id, _ = await sold_out(process, seats=2)
    [ann] = await process.people(1)

    results = await together([process.waitlist.join(ann, event_id, 1) for _ in range(50)])

    assert sum(isinstance(result, AlreadyWaiting) for result in results) == 49
    [joined] = [result for result in results if not isinstance(result, AlreadyWaiting)]
    [place] = await process.waitlist.places(ann)
    assert (place.entry_id, place.position) == (joined, 1)


async def test_positions_count_those_who_wait_in_order(process: Process) -> None:
    event_id, owner = await sold_out(process, seats=2)
    people = await process.people(3)
    for user in people:
        await process.waitlist.join(user, event_id, 1)

    await process.sale.cancel(owner, event_id, 1)
    await process.offers.serve(event_id)

    places = [(await process.waitlist.places(user))[0] for user in people]
    assert [place.position for place in places] == [None, 1, 2]


@pytest.mark.parametrize("count", [0, -1, 3, 101, 10**9])
async def test_one_cannot_wait_for_a_number_that_could_never_be_offered(process: Process, count: int) -> None:
    event_id, _ = await sold_out(process, seats=2)
    [ann] = await process.people(1)

    with pytest.raises(InvalidWaitlistCount):
        await process.waitlist.join(ann, event_id, count)


async def test_one_cannot_wait_for_what_can_be_reserved(process: Process) -> None:
    event_id = await process.event(seats=5)
    [ann] = await process.people(1)

    with pytest.raises(InvalidWaitlistCount, match="5 tickets are available"):
        await process.waitlist.join(ann, event_id, 5)


async def test_withdrawing_an_event_ends_its_waitlist(process: Process) -> None:
    event_id, _ = await sold_out(process, seats=2)
    ann, ben = await process.people(2)
    await process.waitlist.join(ann, event_id, 1)

    await process.events.withdraw(event_id)

    assert await process.waitlist.places(ann) == []
    with pytest.raises(NoEventFound):
        await process.waitlist.join(ben, event_id, 1)
    assert await process.offers.serve(event_id) == 0


async def test_an_offer_that_stood_when_its_event_was_postponed_is_made_again(process: Process) -> None:
    event_id, owner = await sold_out(process, seats=2)
    ann, ben = await process.people(2)
    for user in (ann, ben):
        await process.waitlist.join(user, event_id, 1)
    await process.sale.cancel(owner, event_id, 1)
    await process.offers.serve(event_id)

    await process.events.go_on_as(event_id, EventStatus.POSTPONED)
    [postponed] = await process.waitlist.places(ann)
    process.clock.advance(timedelta(days=1))
    await process.events.go_on_as(event_id, EventStatus.PUBLISHED)
    await process.offers.serve(event_id)

    assert (postponed.state, postponed.position, postponed.numbers) == (EntryState.WAITING, 1, ())
    assert [offer.user_id for offer in process.notifier.offers] == [ann, ann]
    [again] = await process.waitlist.places(ann)
    assert again.state is EntryState.OFFERED


async def test_after_a_rush_with_a_waitlist_the_stores_agree(process: Process) -> None:
    event_id, owner = await sold_out(process, seats=40)
    waiting, public = await process.people(15), await process.people(15)
    for i, user in enumerate(waiting):
        await process.waitlist.join(user, event_id, 1 + i % 3)

    await together(
        [process.sale.cancel(owner, event_id, 3) for _ in range(10)]
        + [process.offers.serve(event_id) for _ in range(5)]
        + [process.buy(user, event_id) for user in public]
    )
    await process.offers.serve(event_id)

    assert await agrees(process, event_id)
    offered = {offer.user_id: len(offer.numbers) for offer in process.notifier.offers}
    assert offered == {user: 1 + i % 3 for i, user in enumerate(waiting)}
    assert len({(offer.user_id, offer.numbers) for offer in process.notifier.offers}) == 15


# Leaving


async def decline_while_booking(process: Process) -> int:
    """Two tickets of an offer are declined in mid-booking; return how many of them are free."""
    event_id, owner = await sold_out(process, seats=4)
    [ann] = await process.people(1)
    entry_id = await process.waitlist.join(ann, event_id, 2)
    await process.sale.cancel(owner, event_id, 2)
    await process.offers.serve(event_id)
    [offer] = process.notifier.offers
    await process.holds.claim(event_id, ann, offer.numbers, a_booking_id())
    await process.waitlist.leave(ann, entry_id)
    taken = await process.holds.taken_among(event_id, offer.numbers)
    return len(set(offer.numbers) - taken.held - taken.sold)


async def test_an_offer_that_is_being_booked_stays_taken_when_its_party_leaves(process: Process) -> None:
    assert await decline_while_booking(process) == 0


async def test_control_without_the_check_tickets_of_an_offer_are_free_while_they_are_booked(
    process: Process, guards: Guards
) -> None:
    guards.remove("offer being booked")

    assert await decline_while_booking(process) == 2


async def leave_while_an_offer_is_made(process: Process) -> int:
    """A worker that has read the queue makes its offer after the party left; return the tickets that it keeps."""
    event_id, owner = await sold_out(process, seats=4)
    [ann] = await process.people(1)
    entry_id = await process.waitlist.join(ann, event_id, 2)
    await process.sale.cancel(owner, event_id, 2)
    gate = Gate(process.holds, "offer")
    worker = asyncio.create_task(process.offers.serve(event_id))
    await gate.reached.wait()
    await process.waitlist.leave(ann, entry_id)
    gate.open()
    await worker
    return (await process.holds.stock(event_id)).held


async def test_an_offer_that_comes_after_its_party_left_keeps_no_tickets(process: Process) -> None:
    assert await leave_while_an_offer_is_made(process) == 0


async def test_control_an_offer_that_nobody_looks_after_keeps_its_tickets(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def look_away(*_: object) -> None: ...

    monkeypatch.setattr(process.holds, "decline", look_away)

    assert await leave_while_an_offer_is_made(process) == 2


async def test_everybody_who_leaves_books_and_is_served_at_once_leaves_nothing_behind(process: Process) -> None:
    event_id, owner = await sold_out(process, seats=20)
    people = await process.people(10)
    entries = [await process.waitlist.join(user, event_id, 2) for user in people]

    await together(
        [process.sale.cancel(owner, event_id, 2) for _ in range(8)]
        + [process.offers.serve(event_id) for _ in range(6)]
        + [process.waitlist.leave(user, entry_id) for user, entry_id in zip(people, entries, strict=True)]
    )
    await process.offers.serve(event_id)

    stock = await process.holds.stock(event_id)
    assert (stock.free, stock.held, stock.aside) == (16, 0, 0)
    assert [await process.waitlist.places(user) for user in people] == [[]] * 10


# Waiting for a type


async def snipe_a_type(process: Process) -> tuple[int, int]:
    """16 people keep trying while 5 tickets of a sold-out type come back for 5 who wait for it; what each side got."""
    event = an_event(seats=45)
    plan = lay_out([TicketTypeDraft("Front", 2000, quota=5), TicketTypeDraft("Back", 5000, quota=40)], ())
    await process.database.events.add(event, plan)
    [owner] = await process.people(1)
    await process.buy(owner, event.id, 5)
    waiting, public = await process.people(5), await process.people(16)
    for user in waiting:
        await process.waitlist.join(user, event.id, 1, type_number=1)
    done = asyncio.Event()

    async def keep_trying(user: UserId) -> int:
        while not done.is_set():
            try:
                made = await process.holds.make_reservation(event.id, user, AnyOf(1, plan.blocks_of(1)), HOLD_TTL)
                return len(made.numbers)
            except TooFewTickets:
                await asyncio.sleep(0)
        return 0

    async def come_back() -> int:
        for _ in range(5):
            await process.sale.cancel(owner, event.id, 1)
        await process.offers.serve(event.id)
        done.set()
        return sum(len(offer.numbers) for offer in process.notifier.offers)

    offered, *sniped = await asyncio.gather(come_back(), *(keep_trying(user) for user in public))
    return offered, sum(sniped)


async def test_nobody_snipes_tickets_of_a_type_that_others_wait_for(process: Process) -> None:
    assert await snipe_a_type(process) == (5, 0)


async def test_control_where_it_is_not_known_what_is_wanted_the_public_snipes(process: Process, guards: Guards) -> None:
    guards.remove("wanted")

    offered, sniped = await snipe_a_type(process)

    assert sniped > 0
    assert offered < 5
