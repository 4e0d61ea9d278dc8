"""Terms of cancellation are those of the moment in which the event's lock is had."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from booked.adapters.postgres import repositories
from booked.adapters.postgres.programme.events import PostgresEvents
from booked.domain.model.ids import EventId, UserId
from booked.domain.model.programme.cancellation import NEVER, CancellationPolicy, CancellationTerms
from booked.domain.model.programme.events import EventRevision
from booked.domain.model.programme.seating import Block
from booked.domain.model.programme.ticket_types import TicketPlan, TicketType
from tests.builders import an_event
from tests.concurrency.conftest import OpenProcess
from tests.concurrency.processes import Process, Truth
from tests.guards import Guards

PLAN = TicketPlan((TicketType(1, "Standing", "", 2000, None, 9),), (Block(1, 9, 1),))
FEE_OF_500 = CancellationPolicy(CancellationTerms(None, 500))


async def sold(process: Process, policy: CancellationPolicy = FEE_OF_500) -> tuple[EventId, UserId]:
    """An event of which somebody has a ticket for 2000."""
    event = replace(an_event(seats=9), cancellation=policy)
    await process.database.events.add(event, PLAN)
    [ann] = await process.people(1)
    await process.buy(ann, event.id)
    return event.id, ann


async def cancelled_while_called_off(process: Process, truth: Truth) -> list[int]:
    """A buyer cancels while the event is being called off. Return what was kept of the ticket."""
    event_id, ann = await sold(process)
    async with truth.connection.transaction():
        await truth.connection.execute("UPDATE events SET status = 'cancelled' WHERE id = $1", event_id)
        cancelling = asyncio.create_task(process.sale.cancel(ann, event_id, 1))
        await truth.wait_for_blocked_backends()
    await cancelling
    return [row["fee"] for row in await truth.connection.fetch("SELECT fee FROM tickets WHERE event_id = $1", event_id)]


async def test_no_fee_is_kept_of_an_event_that_is_called_off_meanwhile(process: Process, truth: Truth) -> None:
    assert await cancelled_while_called_off(process, truth) == [0]


async def test_control_without_the_lock_a_fee_is_kept(process: Process, truth: Truth, guards: Guards) -> None:
    guards.remove("lock of an event")

    assert await cancelled_while_called_off(process, truth) == [500]


async def bought_while_terms_change(open_process: OpenProcess, monkeypatch: pytest.MonkeyPatch) -> CancellationTerms:
    """Buy a ticket after a change of terms has begun, and before it has the lock. Return the terms of the ticket."""
    buyer, organizer = [await open_process() for _ in range(2)]
    event_id, ann = await sold(buyer, CancellationPolicy(CancellationTerms(None, 0)))
    with monkeypatch.context() as patch:
        lock, reached, opened = PostgresEvents.lock, asyncio.Event(), asyncio.Event()

        async def late(self: PostgresEvents, event: EventId) -> object:
            reached.set()
            await opened.wait()
            return await lock(self, event)

        patch.setattr(PostgresEvents, "lock", late)
        worse = EventRevision(cancellable_until=NEVER)
        changing = asyncio.create_task(organizer.events.change_on_sale(event_id, worse))
        await reached.wait()
        await buyer.buy(ann, event_id)
        opened.set()
        await changing
    event = await buyer.database.events.get(event_id)
    assert event is not None
    [newest] = await buyer.database.bookings.newest(event_id, ann, 1)
    return event.cancellation.terms_for(newest.booked_at, datetime.now(UTC))


async def test_what_is_bought_before_new_terms_count_has_the_old_ones(
    open_process: OpenProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await bought_while_terms_change(open_process, monkeypatch) == CancellationTerms(None, 0)


async def test_control_by_the_time_at_which_the_change_began_it_has_the_new_ones(
    open_process: OpenProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repositories, "NOW", "SELECT now() AS now")

    assert await bought_while_terms_change(open_process, monkeypatch) == CancellationTerms(NEVER, 0)
