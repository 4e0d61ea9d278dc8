"""A worker that was paused goes on with its round while another one serves the queue; each guard has its control."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from booked.domain.errors import TooFewTickets
from booked.domain.model.ids import EventId, UserId, ticket_ids
from booked.domain.model.programme.ticket_types import TicketTypeDraft, lay_out
from booked.domain.model.sale.reservations import AnyOf
from booked.domain.model.sale.waitlist import GATHER_FOR, EntryState
from tests.builders import TTL as HOLD_TTL
from tests.builders import an_event
from tests.concurrency.conftest import OpenProcess
from tests.concurrency.processes import Gate, Process, Truth, sold_out
from tests.guards import Guards


async def queue_for_one(process: Process, parties: list[int]) -> tuple[EventId, UserId, list[UserId]]:
    """A sold-out event of four tickets, its owner, and parties that wait for it; one ticket has come back."""
    event_id = await process.event(seats=4)
    owner, *waiting = await process.people(1 + len(parties))
    await process.buy(owner, event_id, 4)
    for user, count in zip(waiting, parties, strict=True):
        await process.waitlist.join(user, event_id, count)
    await process.sale.cancel(owner, event_id, 1)
    return event_id, owner, waiting


async def book_offer(process: Process, user: UserId, event_id: EventId) -> None:
    [place] = await process.waitlist.places(user)
    await process.sale.book(user, ticket_ids(event_id, place.numbers))


def never_decline(process: Process) -> None:
    """Let a worker die before it finds that the party of an offer does not wait any more."""

    async def die(*arguments: object) -> bool:
        return False

    process.holds.decline = die  # type: ignore[method-assign,assignment]


async def offer_late(open_process: OpenProcess, truth: Truth, *, flushed: bool) -> list[UserId]:
    """Who has an offer after a paused worker has made one to ann, who has booked hers, of a ticket that is ben's."""
    paused, process = await open_process(), await open_process()
    event_id, owner, [ann] = await queue_for_one(process, [1])
    [ben] = await process.people(1)
    gate = Gate(paused.holds, "offer")
    never_decline(paused)
    late = asyncio.create_task(paused.offers.serve(event_id))
    await gate.reached.wait()
    await process.offers.serve(event_id)
    await book_offer(process, ann, event_id)
    if flushed:
        await truth.valkey.flushall()
        await process.inventory.repair(event_id)
    await process.waitlist.join(ben, event_id, 1)
    await process.sale.cancel(owner, event_id, 1)

    gate.open()
    await late

    return [offer.user_id for offer in await process.holds.offers(event_id)]


async def test_a_late_offer_gives_a_party_that_was_served_nothing(open_process: OpenProcess, truth: Truth) -> None:
    assert await offer_late(open_process, truth, flushed=False) == []


async def test_control_without_its_turn_a_late_offer_gives_a_party_that_was_served_the_next_ones_ticket(
    open_process: OpenProcess, truth: Truth, guards: Guards
) -> None:
    guards.remove("turn of an offer")

    assert len(await offer_late(open_process, truth, flushed=False)) == 1


async def test_a_late_offer_gives_nothing_after_the_hold_store_lost_everything(
    open_process: OpenProcess, truth: Truth
) -> None:
    assert await offer_late(open_process, truth, flushed=True) == []


async def test_control_without_its_epoch_a_late_offer_is_made_after_the_hold_store_lost_everything(
    open_process: OpenProcess, truth: Truth, guards: Guards
) -> None:
    guards.remove("epoch of an offer")

    assert len(await offer_late(open_process, truth, flushed=True)) == 1


async def record_late(open_process: OpenProcess, truth: Truth) -> tuple[list[int], list[int]]:
    """The tickets that ann is told of, and those held for her.

    A worker is paused after making her an offer and before recording it. The hold store loses that offer, and another
    worker offers her another ticket.
    """
    paused, process = await open_process(), await open_process()
    event_id, owner, _ = await queue_for_one(process, [1])
    late_record = Gate(paused.database.waitlist, "record_offer")
    late = asyncio.create_task(paused.offers.serve(event_id))
    await late_record.reached.wait()
    await truth.valkey.flushall()
    await process.inventory.repair(event_id)
    await process.sale.cancel(owner, event_id, 1)
    record = Gate(process.database.waitlist, "record_offer")
    serving = asyncio.create_task(process.offers.serve(event_id))
    await record.reached.wait()

    late_record.open()
    await late
    record.open()
    await serving

    told = [number for offer in paused.notifier.offers + process.notifier.offers for number in offer.numbers]
    held = [number for offer in await process.holds.offers(event_id) for number in offer.numbers]
    return told, held


async def test_a_party_is_told_of_the_tickets_that_are_held_for_it_after_the_hold_store_lost_others(
    open_process: OpenProcess, truth: Truth
) -> None:
    told, held = await record_late(open_process, truth)

    assert told == held
    assert len(held) == 1


async def test_control_without_its_epoch_a_late_record_tells_a_party_of_tickets_that_the_hold_store_lost(
    open_process: OpenProcess, truth: Truth, guards: Guards
) -> None:
    guards.remove("epoch of a record")

    told, held = await record_late(open_process, truth)

    assert (len(told), len(held)) == (1, 1)
    assert told != held


async def reinstate_late(open_process: OpenProcess, truth: Truth) -> EntryState:
    """What becomes of ann's second offer, when a paused worker gives her the place back for having lost her first."""
    paused, process = await open_process(), await open_process()
    event_id, _, [ann] = await queue_for_one(process, [1])
    await process.offers.serve(event_id)
    await truth.valkey.flushall()
    await process.inventory.repair(event_id)
    gate = Gate(paused.database.waitlist, "reinstate")
    late = asyncio.create_task(paused.offers.serve(event_id))
    await gate.reached.wait()
    await process.offers.serve(event_id)

    never_serve_again(paused)
    gate.open()
    await asyncio.gather(late, return_exceptions=True)

    [place] = await process.waitlist.places(ann)
    return place.state


def never_serve_again(process: Process) -> None:
    """Let a worker die after the step that it is in."""

    async def die(*arguments: object) -> None:
        raise ConnectionAbortedError

    process.database.waitlist.queue = die  # type: ignore[method-assign,assignment]


async def test_a_place_that_is_given_back_late_leaves_the_next_offer_alone(
    open_process: OpenProcess, truth: Truth
) -> None:
    assert await reinstate_late(open_process, truth) is EntryState.OFFERED


async def test_control_without_its_turn_a_late_reinstatement_ends_the_next_offer(
    open_process: OpenProcess, truth: Truth, guards: Guards
) -> None:
    guards.remove("turn of a reinstatement")

    assert await reinstate_late(open_process, truth) is EntryState.WAITING


async def return_surplus_late(open_process: OpenProcess) -> int:
    """What the public can have, when a second ticket for a party of two comes back while the first is given away."""
    paused, process = await open_process(), await open_process()
    event_id, owner, _ = await queue_for_one(process, [2])
    [entry] = await process.database.waitlist.queue(event_id, 1)
    long_ago = process.clock.now() - GATHER_FOR
    await process.database.waitlist.record_passes([replace(entry, gathering_since=long_ago)])
    gate = Gate(paused.holds, "return_surplus")
    late = asyncio.create_task(paused.offers.serve(event_id))
    await gate.reached.wait()
    await process.sale.cancel(owner, event_id, 1)

    gate.open()
    await late

    [available] = await process.holds.available([event_id])
    assert available is not None
    return available


async def test_surplus_is_returned_only_if_what_was_seen_still_holds(open_process: OpenProcess) -> None:
    assert await return_surplus_late(open_process) == 0


async def test_control_surplus_that_is_returned_whatever_was_seen_goes_past_a_party_that_could_be_served(
    open_process: OpenProcess, guards: Guards
) -> None:
    guards.remove("seen")

    assert await return_surplus_late(open_process) == 1


async def return_surplus_of_a_type_late(open_process: OpenProcess) -> int:
    """What the public gets of a type that somebody waits for, when one comes back while others are given away.

    As many tickets were set aside before as the queue waits for.
    """
    paused, process = await open_process(), await open_process()
    event = an_event(seats=4)
    plan = lay_out([TicketTypeDraft("Front", 5000, quota=2), TicketTypeDraft("Back", 2000, quota=2)], ())
    await process.database.events.add(event, plan)
    owner, ann, ben = await process.people(3)
    await process.buy(owner, event.id, 4)
    await process.waitlist.join(ann, event.id, 2, type_number=1)

    async def give_up(numbers: Sequence[int]) -> None:
        standing = await process.database.bookings.standing(event.id, owner, numbers)
        await process.sale.release(event.id, owner, standing)

    await give_up([3, 4])
    gate = Gate(paused.holds, "return_surplus")
    late = asyncio.create_task(paused.offers.serve(event.id))
    await gate.reached.wait()
    await give_up([1])

    gate.open()
    await late

    try:
        made = await process.holds.make_reservation(event.id, ben, AnyOf(1, plan.blocks_of(1)), HOLD_TTL)
    except TooFewTickets:
        return 0
    return len(made.numbers)


async def test_surplus_is_returned_only_if_nothing_of_a_type_came_back_since(open_process: OpenProcess) -> None:
    assert await return_surplus_of_a_type_late(open_process) == 0


async def test_control_surplus_that_is_returned_although_a_type_came_back_goes_past_who_waits_for_it(
    open_process: OpenProcess, guards: Guards
) -> None:
    guards.remove("came back meanwhile")

    assert await return_surplus_of_a_type_late(open_process) == 1


# Offers that meet late settlings and larger wishes.


async def test_a_late_settling_does_not_end_the_next_offer(open_process: OpenProcess) -> None:
    first, second = await open_process(), await open_process()
    event_id, owner = await sold_out(first, seats=4)
    [ann] = await first.people(1)
    await first.waitlist.join(ann, event_id, 1)
    await first.sale.cancel(owner, event_id, 1)
    await first.offers.serve(event_id)
    tickets = await first.sale.reserve(ann, event_id, 1)
    gate = Gate(first.holds, "settle")
    booking = asyncio.create_task(first.sale.book(ann, tickets))
    await gate.reached.wait()

    await second.waitlist.join(ann, event_id, 1)
    await second.sale.cancel(owner, event_id, 1)
    await second.offers.serve(event_id)
    gate.open()
    await booking
    await second.sale.cancel(owner, event_id, 1)
    for _ in range(2):
        await second.offers.serve(event_id)

    assert (len(second.notifier.offers), (await second.holds.stock(event_id)).held) == (1, 1)


async def test_who_has_an_offer_and_asks_for_more_than_there_is_keeps_the_offer(process: Process) -> None:
    event_id, owner = await sold_out(process, seats=6)
    [ann] = await process.people(1)
    await process.waitlist.join(ann, event_id, 2)
    await process.sale.cancel(owner, event_id, 2)
    await process.offers.serve(event_id)

    with pytest.raises(TooFewTickets):
        await process.sale.reserve(ann, event_id, 3)

    assert len(await process.sale.reserve(ann, event_id, 2)) == 2
