"""Interleavings that lose or double a ticket where a guard is missing, each played through with the guard and without.

A `Gate` stops one process just before a call; another process does its worst; the gate opens.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import pytest

from booked.domain.errors import BookedError, NotYourTicket, TicketNotReserved, TooFewTickets, TransactionFailed
from booked.domain.model.ids import BookingId, EventId, TicketId, UserId, number_of
from booked.domain.model.sale.bookings import Verdict
from booked.domain.model.sale.holds import USUAL, Claim, Release, Terms, disagreement
from booked.domain.services.upkeep.inventory import AUDIT_INTERVAL
from tests.concurrency.conftest import OpenProcess
from tests.concurrency.processes import Gate, Process, Truth, together
from tests.guards import Guards

ANNS_BOOKING = BookingId("01a00000-0000-7000-8000-000000000001")


@dataclass
class Scene:
    """One ticket, two people, two processes."""

    first: Process
    second: Process
    ann: UserId
    ben: UserId
    event_id: EventId
    truth: Truth

    async def ann_reserves(self) -> TicketId:
        [ticket] = await self.first.sale.reserve(self.ann, self.event_id, 1)
        return ticket

    async def owner(self) -> list[UserId]:
        """Who owns the ticket: one person, nobody, or too many."""
        owned = self.first.database.bookings.owned
        return [user for user in (self.ann, self.ben) if await owned(self.event_id, user)]

    async def agrees(self) -> bool:
        ledger = await self.first.database.ledgers.get(self.event_id)
        assert ledger is not None
        return disagreement(ledger, await self.first.holds.stock(self.event_id)) is None

    async def audit_twice(self) -> tuple[bool, bool]:
        """Whether an audit repaired the event, and whether one that follows after the interval did."""
        audit = self.second.inventory.audit
        first = await audit(self.event_id)
        self.second.clock.advance(AUDIT_INTERVAL)
        return first, await audit(self.event_id)


@pytest.fixture
async def scene(open_process: OpenProcess, truth: Truth) -> Scene:
    first, second = await open_process(), await open_process()
    ann, ben = await first.people(2)
    event_id = await first.event(seats=1)
    return Scene(first, second, ann, ben, event_id, truth)


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


# A cancelled ticket is freed late, and twice.


async def late_doubled_release(scene: Scene) -> object:
    """Ann cancels, Ben buys the ticket, then Ann's release arrives again; what Ann gets who tries to buy it back."""
    await scene.first.buy(scene.ann, scene.event_id)
    delivered: list[Release] = []
    deliver = scene.first.holds.release

    async def remember(release: Release) -> bool:
        delivered.append(release)
        return await deliver(release)

    scene.first.holds.release = remember  # type: ignore[method-assign]
    await scene.first.sale.cancel(scene.ann, scene.event_id, 1)
    await scene.second.buy(scene.ben, scene.event_id)
    await deliver(delivered[0])
    [again] = await together([scene.first.sale.reserve(scene.ann, scene.event_id, 1)])
    return again


async def test_a_release_that_comes_late_and_twice_frees_nothing(scene: Scene) -> None:
    again = await late_doubled_release(scene)

    assert isinstance(again, TooFewTickets)
    assert await scene.owner() == [scene.ben]
    assert await scene.agrees()


async def test_control_without_release_numbers_a_sold_ticket_is_on_offer_again(scene: Scene, guards: Guards) -> None:
    guards.remove("release once")
    guards.remove("epoch of a release")

    again = await late_doubled_release(scene)

    assert isinstance(again, list)


# A cancellation amid a repair that has read what is sold.


async def cancelled_amid_a_repair(scene: Scene) -> tuple[object, object]:
    """Ann cancels between a repair's reading and its flip; what Ben is told who reserves then, and books afterwards."""
    await scene.first.buy(scene.ann, scene.event_id)
    gate = Gate(scene.second.holds, "flip")
    repair = asyncio.create_task(scene.second.inventory.repair(scene.event_id))
    await gate.reached.wait()

    await scene.first.sale.cancel(scene.ann, scene.event_id, 1)
    [tickets] = await together([scene.first.sale.reserve(scene.ben, scene.event_id, 1)])
    gate.open()
    await repair
    [booked] = await together([scene.first.sale.book(scene.ben, tickets if isinstance(tickets, list) else [])])
    return tickets, booked


async def test_a_ticket_that_is_cancelled_amid_a_repair_is_there_for_the_next_request(scene: Scene) -> None:
    tickets, booked = await cancelled_amid_a_repair(scene)

    assert isinstance(tickets, list)
    assert booked is None
    assert await scene.owner() == [scene.ben]
    assert await scene.agrees()


async def test_control_a_flip_that_knows_nothing_of_a_cancellation_takes_the_ticket_away_again(
    scene: Scene, guards: Guards
) -> None:
    guards.remove("early release")

    _, booked = await cancelled_amid_a_repair(scene)

    assert isinstance(booked, TicketNotReserved)


async def test_a_ticket_that_is_cancelled_while_a_cold_event_is_installed_is_there_afterwards(scene: Scene) -> None:
    await scene.first.buy(scene.ann, scene.event_id)
    await scene.truth.valkey.flushall()
    gate = Gate(scene.second.holds, "flip")
    repair = asyncio.create_task(scene.second.inventory.repair(scene.event_id))
    await gate.reached.wait()

    await scene.first.sale.cancel(scene.ann, scene.event_id, 1)
    gate.open()
    await repair

    assert await scene.second.buy(scene.ben, scene.event_id) == [1]
    assert await scene.agrees()


async def test_a_cancel_between_commit_and_settle_frees_the_ticket(scene: Scene) -> None:
    ticket = await scene.ann_reserves()
    gate = Gate(scene.first.holds, "settle")
    booking = asyncio.create_task(scene.first.sale.book(scene.ann, [ticket]))
    await gate.reached.wait()

    await scene.second.sale.cancel(scene.ann, scene.event_id, 1)
    gate.open()
    await booking

    assert await scene.second.buy(scene.ben, scene.event_id) == [1]
    assert await scene.agrees()


# The hold store loses everything in mid-sale.


async def flush_in_mid_sale(scene: Scene) -> tuple[object, object]:
    """Ann's commit waits while the hold store is flushed and repaired and Ben buys; what each of them is told."""
    ticket = await scene.ann_reserves()
    gate = Gate(scene.first.database.bookings, "commit")
    booking = asyncio.create_task(scene.first.sale.book(scene.ann, [ticket]))
    await gate.reached.wait()
    await scene.truth.valkey.flushall()

    [ben] = await together([scene.second.buy(scene.ben, scene.event_id)])
    gate.open()
    [ann] = await together([booking])
    return ann, ben


async def test_after_a_flush_in_mid_sale_only_one_of_two_is_told_that_the_ticket_is_theirs(scene: Scene) -> None:
    ann, ben = await flush_in_mid_sale(scene)

    assert isinstance(ann, TicketNotReserved)
    assert ben == [1]
    assert await scene.owner() == [scene.ben]
    assert await scene.agrees()


async def test_control_without_epoch_and_index_the_ticket_is_sold_to_both(scene: Scene, guards: Guards) -> None:
    guards.remove("epoch of a claim")
    await scene.truth.drop_capacity()
    await scene.truth.drop_unique_index()

    ann, ben = await flush_in_mid_sale(scene)

    assert (ann, ben) == (None, [1])
    assert await scene.owner() == [scene.ann, scene.ben]


async def test_holds_and_claims_outlive_a_restart_that_kept_the_data(scene: Scene) -> None:
    ticket = await scene.ann_reserves()
    gate = Gate(scene.first.database.bookings, "commit")
    booking = asyncio.create_task(scene.first.sale.book(scene.ann, [ticket]))
    await gate.reached.wait()
    await scene.truth.valkey.hset(f"meta:{{{scene.event_id}}}", "run", "of-the-server-before")

    [ben] = await together([scene.second.buy(scene.ben, scene.event_id)])
    gate.open()
    await booking

    assert isinstance(ben, TooFewTickets)
    assert await scene.owner() == [scene.ann]
    assert await scene.agrees()


async def test_scripts_that_the_server_does_not_know_are_loaded_again(scene: Scene) -> None:
    ticket = await scene.ann_reserves()
    await scene.truth.valkey.script_flush()

    await scene.first.sale.book(scene.ann, [ticket])

    assert await scene.owner() == [scene.ann]


# A stale read: a repair that read the sold tickets before a sale and installs them after it.


async def stale_read(scene: Scene) -> tuple[object, object]:
    """A repair has read that the ticket is free when Ann books it; then it flips, and Ben tries."""
    ticket = await scene.ann_reserves()
    gate = Gate(scene.second.holds, "flip")
    repair = asyncio.create_task(scene.second.inventory.repair(scene.event_id))
    await gate.reached.wait()
    # Ann's own process would repair at once; here it only finds the other one's epoch.
    [ann] = await together([commit_and_settle(scene, ticket)])
    gate.open()
    await repair
    await scene.truth.lapse(scene.event_id, scene.ann, 1)
    [ben] = await together([scene.second.buy(scene.ben, scene.event_id)])
    return ann, ben


async def commit_and_settle(scene: Scene, ticket: TicketId) -> Verdict:
    claim = await scene.first.holds.claim(scene.event_id, scene.ann, {number_of(ticket)}, ANNS_BOOKING)
    verdict = await scene.first.database.bookings.commit(claim)
    if verdict is Verdict.BOOKED:
        await scene.first.holds.settle(scene.event_id, claim.booking_id)
    return verdict


async def test_what_a_stale_read_showed_free_is_not_sold_twice(scene: Scene) -> None:
    ann, ben = await stale_read(scene)

    assert ann is Verdict.STALE_EPOCH
    assert ben == [1]
    assert await scene.owner() == [scene.ben]


async def test_control_without_the_epoch_a_stale_read_puts_a_sold_ticket_on_offer(scene: Scene, guards: Guards) -> None:
    guards.remove("epoch of a claim")

    ann, ben = await stale_read(scene)

    assert ann is Verdict.BOOKED
    # Ben was given a hold on a sold ticket; only the unique index kept it from being sold to him too.
    assert isinstance(ben, TicketNotReserved)


async def test_a_booking_during_a_repair_succeeds_when_the_repair_is_over(scene: Scene) -> None:
    ticket = await scene.ann_reserves()
    gate = Gate(scene.second.holds, "flip")
    repair = asyncio.create_task(scene.second.inventory.repair(scene.event_id))
    await gate.reached.wait()

    await scene.first.sale.book(scene.ann, [ticket])
    gate.open()
    await repair

    assert await scene.owner() == [scene.ann]
    assert await scene.agrees()


# A late flip: two repairs at once, and the hold store loses everything between one flip and the other.


async def late_flip(scene: Scene) -> tuple[object, object]:
    """One repair has read; another one flips, Ann claims, and all is lost; then the first one flips and Ben reserves.

    What Ann is told, whose commit was under way all the time, and what Ben, who books after her.
    """
    ticket = await scene.ann_reserves()
    late = Gate(scene.second.holds, "flip")
    repair = asyncio.create_task(scene.second.inventory.repair(scene.event_id))
    await late.reached.wait()
    await scene.first.inventory.repair(scene.event_id)
    gate = Gate(scene.first.database.bookings, "commit")
    booking = asyncio.create_task(scene.first.sale.book(scene.ann, [ticket]))
    await gate.reached.wait()
    await scene.truth.valkey.flushall()

    late.open()
    await repair
    [bens] = await scene.second.sale.reserve(scene.ben, scene.event_id, 1)
    gate.open()
    [ann] = await together([booking])
    [ben] = await together([scene.second.sale.book(scene.ben, [bens])])
    return ann, ben


async def test_what_was_read_before_a_flush_is_not_installed_after_it_and_the_repair_starts_over(scene: Scene) -> None:
    ann, ben = await late_flip(scene)

    # Ann's hold was lost with everything else. What Ben was given after that is his.
    assert isinstance(ann, NotYourTicket)
    assert ben is None
    assert await scene.owner() == [scene.ben]
    # Ann's reservation warmed the event up, two repairs followed, and one of them began twice.
    assert (await scene.first.holds.stock(scene.event_id)).epoch == 4
    assert await scene.agrees()


async def test_control_without_the_permit_a_late_flip_puts_a_ticket_on_offer_that_is_being_sold(
    scene: Scene, guards: Guards
) -> None:
    guards.remove("permit")

    ann, ben = await late_flip(scene)

    assert ann is None
    # Ben held the ticket in vain; only the unique index kept it from being sold to him too.
    assert isinstance(ben, TicketNotReserved)


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


# What is lost between the stores is found again.


async def test_a_release_that_never_arrived_is_found_by_the_audit(scene: Scene) -> None:
    await scene.first.buy(scene.ann, scene.event_id)
    scene.first.holds.release = refuse  # type: ignore[method-assign]
    await scene.first.sale.cancel(scene.ann, scene.event_id, 1)
    assert not await scene.agrees()

    first, second = await scene.audit_twice()

    assert (first, second) == (False, True)
    assert await scene.agrees()
    assert await scene.second.buy(scene.ben, scene.event_id) == [1]


async def refuse(release: Release) -> bool:
    return False
