"""Interleavings that lose or double a ticket where a guard is missing, each played through with the guard and without.

A `Gate` stops one process just before a call; another process does its worst; the gate opens.
"""

import asyncio
from datetime import timedelta

import pytest

from booked.domain.errors import BookedError, NotYourTicket, TicketNotReserved, TooFewTickets, TransactionFailed
from booked.domain.model.ids import BookingId, number_of
from booked.domain.model.sale.bookings import Verdict
from booked.domain.model.sale.holds import USUAL, Claim, Release, Terms
from tests.concurrency.processes import Gate, together
from tests.concurrency.scene import Scene
from tests.guards import Guards

ANNS_BOOKING = BookingId("01a00000-0000-7000-8000-000000000001")


# A hold's time runs out while it is being booked.


async def time_runs_out_in_mid_book(scene: Scene) -> tuple[object, object]:
    """Ann's commit is under way when her hold's time is over and Ben tries; what each of them is told."""
    ticket = await scene.ann_reserves()
    gate = Gate(scene.first.database.bookings, "commit")
    booking = asyncio.create_task(scene.first.sale.book(scene.ann, [ticket]))
    await gate.reached.wait()
    await scene.truth.lapse(scene.event_id, scene.ann, 1)

    [ben] = await together([scene.second.buy(scene.ben, scene.event_id)])
    gate.open()
    [ann] = await together([booking])
    return ann, ben


async def test_a_hold_whose_time_runs_out_in_mid_book_is_still_booked(scene: Scene) -> None:
    ann, ben = await time_runs_out_in_mid_book(scene)

    assert ann is None
    assert isinstance(ben, TooFewTickets)
    assert await scene.owner() == [scene.ann]
    assert await scene.agrees()


async def test_control_without_the_claim_somebody_else_gets_the_ticket(scene: Scene, guards: Guards) -> None:
    guards.remove("claims do not lapse")

    _, ben = await time_runs_out_in_mid_book(scene)

    assert isinstance(ben, list)


async def test_a_lapsed_hold_cannot_be_booked_and_its_ticket_is_free_again(scene: Scene) -> None:
    ticket = await scene.ann_reserves()
    await scene.truth.lapse(scene.event_id, scene.ann, 1)

    with pytest.raises(TicketNotReserved):
        await scene.first.sale.book(scene.ann, [ticket])

    assert await scene.second.buy(scene.ben, scene.event_id) == [1]


# A late hand that reaches for somebody else's hold.


async def late_hand(scene: Scene) -> object:
    """Ann's hold lapses before her process settles and releases; Ben holds the ticket by then and books it."""
    ticket = await scene.ann_reserves()
    claim = await scene.first.holds.claim(scene.event_id, scene.ann, {1}, ANNS_BOOKING)
    await scene.first.holds.abandon(scene.event_id, claim.booking_id)
    await scene.truth.lapse(scene.event_id, scene.ann, number_of(ticket))
    [bens] = await scene.second.sale.reserve(scene.ben, scene.event_id, 1)

    stock = await scene.first.holds.stock(scene.event_id)
    await scene.first.holds.settle(scene.event_id, claim.booking_id)
    await scene.first.holds.abandon(scene.event_id, claim.booking_id)
    await scene.first.holds.release(
        Release(scene.event_id, scene.ann, (1,), epoch=stock.epoch, number=stock.released + 1)
    )
    [booked] = await together([scene.second.sale.book(scene.ben, [bens])])
    return booked


async def test_nobody_can_delete_somebody_elses_hold(scene: Scene) -> None:
    booked = await late_hand(scene)

    assert booked is None
    assert await scene.owner() == [scene.ben]


async def test_control_a_settle_that_does_not_ask_for_its_claim_deletes_it(scene: Scene, guards: Guards) -> None:
    guards.remove("claim to settle", instead="if not record then redis.call('DEL', hold_key(1)) return { 'gone' } end")

    booked = await late_hand(scene)

    assert isinstance(booked, TicketNotReserved)


async def test_somebody_elses_hold_cannot_be_booked(scene: Scene) -> None:
    ticket = await scene.ann_reserves()

    with pytest.raises(NotYourTicket):
        await scene.second.sale.book(scene.ben, [ticket])

    await scene.first.sale.book(scene.ann, [ticket])
    assert await scene.owner() == [scene.ann]


# The database answers nobody while a hold's time runs out.


async def frozen_database(scene: Scene) -> tuple[object, object]:
    """Ann's commit gets no answer until her hold's time is over; the sweep is served first, then Ben, then Ann."""
    ticket = await scene.ann_reserves()
    gate = Gate(scene.first.database.bookings, "commit")
    booking = asyncio.create_task(scene.first.sale.book(scene.ann, [ticket]))
    await gate.reached.wait()
    await scene.truth.lapse_claims(scene.event_id)

    assert await scene.second.inventory.sweep(scene.event_id) == 1
    [ben] = await together([scene.second.buy(scene.ben, scene.event_id)])
    gate.open()
    [ann] = await together([booking])
    return ann, ben


async def test_what_was_sent_in_time_is_booked_after_the_database_was_frozen(scene: Scene) -> None:
    ann, ben = await frozen_database(scene)

    assert ann is None
    assert isinstance(ben, TooFewTickets)
    assert await scene.owner() == [scene.ann]
    assert await scene.agrees()


async def test_control_without_grace_the_sweep_gives_the_ticket_to_somebody_else(scene: Scene, guards: Guards) -> None:
    guards.remove("grace")

    ann, ben = await frozen_database(scene)

    assert isinstance(ann, TicketNotReserved)
    assert ben == [1]


# The hold store's clock is an hour ahead for a while.


async def time_left(scene: Scene) -> timedelta:
    """How long the only hold lasts, by the clock as it is."""
    deadline = await scene.truth.valkey.zscore(f"expiry:{{{scene.event_id}}}", f"1:{scene.ann}")
    seconds, _ = await scene.truth.valkey.time()
    assert deadline is not None
    return timedelta(seconds=deadline / 1000 - int(seconds))


async def test_what_was_reserved_while_the_clock_was_ahead_comes_back_as_soon_as_any_hold(scene: Scene) -> None:
    await scene.first.inventory.repair(scene.event_id)
    hold_ttl = scene.first.sale.hold_ttl + timedelta(hours=1)  # its deadline, seen by the clock as it is
    await scene.first.holds.reserve(scene.event_id, scene.ann, 1, hold_ttl)
    leaked = await time_left(scene)

    scene.first.inventory.longest_hold = timedelta(minutes=20)
    await scene.first.inventory.audit(scene.event_id)

    assert leaked > timedelta(hours=1)
    assert await time_left(scene) <= timedelta(minutes=21)


# A process that pauses, or dies, in mid-book.


async def paused_process(scene: Scene) -> tuple[object, object]:
    """Ann's process pauses before its commit, the sweep gives its claim up, Ben buys; then the process goes on."""
    ticket = await scene.ann_reserves()
    gate = Gate(scene.first.database.bookings, "commit")
    booking = asyncio.create_task(scene.first.sale.book(scene.ann, [ticket]))
    await gate.reached.wait()
    assert await scene.second.inventory.sweep(scene.event_id) == 1
    await scene.truth.lapse(scene.event_id, scene.ann, 1)
    [ben] = await together([scene.second.buy(scene.ben, scene.event_id)])
    gate.open()
    [ann] = await together([booking])
    return ann, ben


async def test_a_process_that_was_given_up_can_never_commit(scene: Scene) -> None:
    ann, ben = await paused_process(scene)

    assert isinstance(ann, TicketNotReserved)
    assert ben == [1]
    assert await scene.owner() == [scene.ben]
    assert await scene.agrees()


async def test_control_without_the_void_booking_it_commits_after_all(
    scene: Scene, guards: Guards, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def only_look(claim: Claim) -> Verdict:
        return Verdict.VOID

    monkeypatch.setattr(scene.second.database.bookings, "void", only_look)
    await scene.truth.drop_capacity()
    await scene.truth.drop_unique_index()

    ann, ben = await paused_process(scene)

    assert (ann, ben) == (None, [1])
    assert await scene.owner() == [scene.ann, scene.ben]


async def test_a_process_that_was_given_up_books_again_while_its_hold_still_stands(scene: Scene) -> None:
    ticket = await scene.ann_reserves()
    gate = Gate(scene.first.database.bookings, "commit")
    booking = asyncio.create_task(scene.first.sale.book(scene.ann, [ticket]))
    await gate.reached.wait()

    await scene.second.inventory.sweep(scene.event_id)
    gate.open()
    await booking

    assert await scene.owner() == [scene.ann]
    assert await scene.agrees()


async def test_a_claim_whose_process_died_after_the_commit_is_settled_by_the_sweep(scene: Scene) -> None:
    ticket = await scene.ann_reserves()
    gate = Gate(scene.first.holds, "settle")
    booking = asyncio.create_task(scene.first.sale.book(scene.ann, [ticket]))
    await gate.reached.wait()
    booking.cancel()

    await scene.second.inventory.sweep(scene.event_id)

    stock = await scene.second.holds.stock(scene.event_id)
    assert (stock.sold, stock.claimed) == (1, 0)
    assert await scene.owner() == [scene.ann]


async def test_a_claim_whose_process_died_before_the_commit_is_abandoned_by_the_sweep(scene: Scene) -> None:
    ticket = await scene.ann_reserves()
    gate = Gate(scene.first.database.bookings, "commit")
    booking = asyncio.create_task(scene.first.sale.book(scene.ann, [ticket]))
    await gate.reached.wait()
    booking.cancel()

    await scene.second.inventory.sweep(scene.event_id)

    stock = await scene.second.holds.stock(scene.event_id)
    assert (stock.held, stock.claimed) == (1, 0)
    await scene.second.sale.book(scene.ann, [ticket])
    assert await scene.owner() == [scene.ann]


# An answer that was lost on the way.


async def test_a_commit_whose_answer_is_lost_is_repeated_and_counts_once(scene: Scene) -> None:
    ticket = await scene.ann_reserves()
    commit = scene.first.database.bookings.commit
    answers: list[Verdict] = []

    async def lose_first_answer(claim: Claim, terms: Terms = USUAL) -> Verdict:
        answers.append(await commit(claim, terms))
        if len(answers) == 1:
            raise TransactionFailed
        return answers[-1]

    scene.first.database.bookings.commit = lose_first_answer  # type: ignore[method-assign]
    await scene.first.sale.book(scene.ann, [ticket])

    assert answers == [Verdict.BOOKED, Verdict.BOOKED]
    assert await scene.truth.sold(scene.event_id) == [1]
    assert await scene.agrees()


async def test_a_connection_cut_in_mid_commit_is_not_answered_with_a_refusal(scene: Scene) -> None:
    ticket = await scene.ann_reserves()
    async with scene.second.database.transaction() as unit:
        await unit.events.lock(scene.event_id)
        booking = asyncio.create_task(scene.first.sale.book(scene.ann, [ticket]))
        await scene.truth.wait_for_blocked_backends()
        await scene.truth.terminate_blocked_backends()
    [result] = await together([booking])

    assert result is None
    assert await scene.owner() == [scene.ann]


async def test_booking_again_what_one_owns_changes_nothing(scene: Scene) -> None:
    ticket = await scene.ann_reserves()
    await scene.first.sale.book(scene.ann, [ticket])

    await scene.second.sale.book(scene.ann, [ticket])

    assert await scene.truth.sold(scene.event_id) == [1]
    assert await scene.agrees()


async def test_a_withdrawn_event_refuses_what_was_claimed_before(scene: Scene) -> None:
    ticket = await scene.ann_reserves()
    gate = Gate(scene.first.database.bookings, "commit")
    booking = asyncio.create_task(scene.first.sale.book(scene.ann, [ticket]))
    await gate.reached.wait()

    await scene.second.events.withdraw(scene.event_id)
    gate.open()
    [result] = await together([booking])

    assert isinstance(result, BookedError)
    assert result.code == "EVENT-03"
    assert await scene.truth.sold(scene.event_id) == []
