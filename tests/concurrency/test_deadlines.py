"""What is decided by a deadline is decided when the event's lock is had, by the database's clock."""

import asyncio

import pytest

from booked.adapters.postgres import repositories
from booked.domain.errors import CancellationClosed
from tests.concurrency.processes import Process, Truth

IN_A_MOMENT = """
    UPDATE events
    SET cancellable_until = clock_timestamp() + interval '1 second'
    WHERE id = $1
    RETURNING cancellable_until
"""


async def cancelled_after_a_wait(process: Process, truth: Truth) -> tuple[object, list[int]]:
    """Cancel in time, but have the event's lock only after the deadline. Return the outcome, and what is sold then."""
    event_id, [ann] = await process.event(seats=2), await process.people(1)
    await process.buy(ann, event_id)
    async with truth.connection.transaction():
        await truth.connection.execute("SELECT FROM events WHERE id = $1 FOR UPDATE", event_id)
        cancelling = asyncio.create_task(process.sale.cancel(ann, event_id, 1))
        await truth.wait_for_blocked_backends()
        deadline = await truth.connection.fetchval(IN_A_MOMENT, event_id)
        while not await truth.connection.fetchval("SELECT clock_timestamp() >= $1", deadline):
            await asyncio.sleep(0.05)
    [outcome] = await asyncio.gather(cancelling, return_exceptions=True)
    return outcome, await truth.sold(event_id)


async def test_whoever_waits_for_the_lock_until_it_is_too_late_does_not_cancel(process: Process, truth: Truth) -> None:
    outcome, sold = await cancelled_after_a_wait(process, truth)

    assert isinstance(outcome, CancellationClosed)
    assert sold == [1]


async def test_control_by_the_time_of_the_transaction_they_do(
    process: Process, truth: Truth, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repositories, "NOW", "SELECT now() AS now")

    outcome, sold = await cancelled_after_a_wait(process, truth)

    assert (outcome, sold) == (None, [])
