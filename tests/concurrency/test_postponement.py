"""An event that is postponed and put on sale again while messages from before are under way; guards have controls."""

import asyncio
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import pytest

from booked.adapters.redis import RedisHoldStore
from booked.domain.errors import NoEventFound, NotYourTicket, TicketNotReserved
from booked.domain.model.ids import EventId, TicketId, UserId
from booked.domain.model.programme.events import EventStatus
from tests.concurrency.conftest import OpenProcess
from tests.concurrency.processes import Gate, Process
from tests.guards import Guards


async def books(process: Process, user: UserId, tickets: list[TicketId]) -> bool:
    """Whether a user can book what they have reserved."""
    try:
        await process.sale.book(user, tickets)
    except TicketNotReserved:
        return False
    return True


async def postpone_with_a_late_discard(process: Process, event_id: EventId) -> tuple[Gate, asyncio.Task[None]]:
    """Postpone an event; its discard is on its way until the gate is opened."""
    gate = Gate(process.holds, "discard")
    task = asyncio.create_task(process.events.go_on_as(event_id, EventStatus.POSTPONED))
    await gate.reached.wait()
    return gate, task


async def reserve_before_a_late_discard(
    open_process: OpenProcess, discarding: AbstractContextManager[object] | None = None
) -> bool:
    """Whether what ann reserves once the event is on sale again is still hers after the discard has come.

    `discarding` is around what puts the event on sale again.
    """
    late, process = await open_process(), await open_process()
    event_id = await process.event(10)
    ann, ben = await process.people(2)
    await process.sale.reserve(ben, event_id, 1)
    gate, postponing = await postpone_with_a_late_discard(late, event_id)
    with discarding or nullcontext():
        await process.events.go_on_as(event_id, EventStatus.PUBLISHED)
    tickets = await process.sale.reserve(ann, event_id, 3)

    gate.open()
    await postponing

    return await books(process, ann, tickets)


async def test_a_late_discard_leaves_an_event_alone_that_is_on_sale_again(open_process: OpenProcess) -> None:
    assert await reserve_before_a_late_discard(open_process)


async def test_control_without_its_epoch_a_late_discard_takes_what_was_reserved(
    open_process: OpenProcess, guards: Guards
) -> None:
    guards.remove("epoch of a discard")

    assert not await reserve_before_a_late_discard(open_process)


async def test_control_unless_it_is_discarded_before_a_late_discard_takes_what_was_reserved(
    open_process: OpenProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def only_afterwards(*_: object) -> None: ...

    @contextmanager
    def without_a_discard() -> Iterator[None]:
        with monkeypatch.context() as patch:
            patch.setattr(RedisHoldStore, "discard", only_afterwards)
            yield

    assert not await reserve_before_a_late_discard(open_process, without_a_discard())


async def flip_late_into_a_discarded_event(open_process: OpenProcess) -> bool:
    """Whether ann keeps what she reserves after a repair that is about to flip while the event is postponed."""
    repairing, late, process = await open_process(), await open_process(), await open_process()
    event_id = await process.event(10)
    [ann] = await process.people(1)
    flipping = Gate(repairing.holds, "flip")
    repair = asyncio.create_task(repairing.inventory.repair(event_id))
    await flipping.reached.wait()
    gate, postponing = await postpone_with_a_late_discard(late, event_id)
    await process.events.go_on_as(event_id, EventStatus.PUBLISHED)
    flipping.open()
    await repair
    tickets = await process.sale.reserve(ann, event_id, 3)

    gate.open()
    await postponing

    return await books(process, ann, tickets)


async def test_a_flip_from_before_a_discard_is_refused(open_process: OpenProcess) -> None:
    assert await flip_late_into_a_discarded_event(open_process)


async def test_control_a_flip_from_before_a_discard_makes_the_next_discard_take_what_was_reserved(
    open_process: OpenProcess, guards: Guards
) -> None:
    guards.remove("discarded")

    assert not await flip_late_into_a_discarded_event(open_process)


async def test_a_booking_that_was_refused_discards_nothing_of_an_event_that_is_on_sale_again(
    open_process: OpenProcess,
) -> None:
    late, process = await open_process(), await open_process()
    event_id = await process.event(10)
    ann, ben = await process.people(2)
    anns = await late.sale.reserve(ann, event_id, 1)
    committing, discarding = Gate(late.database.bookings, "commit"), Gate(late.holds, "discard")
    booking = asyncio.create_task(late.sale.book(ann, anns))
    await committing.reached.wait()
    await process.events.go_on_as(event_id, EventStatus.POSTPONED)
    committing.open()
    await discarding.reached.wait()
    await process.events.go_on_as(event_id, EventStatus.PUBLISHED)
    bens = await process.sale.reserve(ben, event_id, 3)

    discarding.open()
    with pytest.raises(NoEventFound):
        await booking

    assert await books(process, ben, bens)


async def test_a_booking_refused_for_a_postponement_that_is_over_finds_that_somebody_else_has_its_tickets(
    open_process: OpenProcess,
) -> None:
    late, process = await open_process(), await open_process()
    event_id = await process.event(10)
    ann, ben = await process.people(2)
    anns = await late.sale.reserve(ann, event_id, 1)
    committing, looking = Gate(late.database.bookings, "commit"), Gate(late.database.ledgers, "withdrawn_epoch")
    booking = asyncio.create_task(late.sale.book(ann, anns))
    await committing.reached.wait()
    await process.events.go_on_as(event_id, EventStatus.POSTPONED)
    committing.open()
    await looking.reached.wait()
    await process.events.go_on_as(event_id, EventStatus.PUBLISHED)
    bens = await process.sale.reserve(ben, event_id, 3)

    looking.open()
    with pytest.raises(NotYourTicket):
        await booking

    assert await books(process, ben, bens)
