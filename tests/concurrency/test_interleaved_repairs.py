"""Repairs, flushes and releases amid a sale, each played through with its guard and without."""

import asyncio

from booked.domain.errors import NotYourTicket, TicketNotReserved, TooFewTickets
from booked.domain.model.ids import BookingId, TicketId, number_of
from booked.domain.model.sale.bookings import Verdict
from booked.domain.model.sale.holds import Release
from tests.concurrency.processes import Gate, together
from tests.concurrency.scene import Scene
from tests.guards import Guards

ANNS_BOOKING = BookingId("01a00000-0000-7000-8000-000000000001")


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
