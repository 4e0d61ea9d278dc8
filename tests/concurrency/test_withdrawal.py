"""A cancelled event gives its tickets back in steps; meanwhile its owners cancel, processes crash, others look."""

import asyncio

import pytest

from booked.domain.errors import BookedError, NoEventFound
from booked.domain.model.ids import EventId, UserId
from booked.domain.services.programme import events
from tests.concurrency.conftest import OpenProcess
from tests.concurrency.processes import Process, Truth, together
from tests.guards import Guards

SEATS = 40

COUNTS = """
    SELECT sold, cancelled, (
        SELECT count(*) FROM tickets WHERE tickets.event_id = events.id AND cancelled_at IS NULL
    ) AS standing, (
        SELECT sum(tickets) FROM event_buyers WHERE event_buyers.event_id = events.id
    ) AS owned
    FROM events
    WHERE id = $1
"""


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "TICKETS_A_STEP", 3)
    monkeypatch.setattr(events, "STEPS_AT_ONCE", 1)


async def sold_out(process: Process) -> EventId:
    event_id = await process.event(SEATS)
    for user in await process.people(SEATS // 4):
        await process.buy(user, event_id, 4)
    return event_id


async def counts(truth: Truth, event_id: EventId) -> tuple[int, ...]:
    return tuple(await truth.connection.fetchrow(COUNTS, event_id) or ())


async def test_after_the_first_step_nothing_is_sold_and_all_counts_agree(process: Process, truth: Truth) -> None:
    event_id = await sold_out(process)
    [ann] = await process.people(1)

    await process.events.withdraw(event_id)

    assert await counts(truth, event_id) == (SEATS - 3, 3, SEATS - 3, SEATS - 3)
    with pytest.raises(NoEventFound):
        await process.buy(ann, event_id)


async def test_whoever_leads_goes_on_after_a_crash(open_process: OpenProcess, truth: Truth) -> None:
    first, second = await open_process(), await open_process()
    event_id = await sold_out(first)
    await first.events.withdraw(event_id)
    async for left in first.events.give_back(event_id):
        if left <= SEATS // 2:
            break

    await second.upkeep.give_back_tickets()

    assert await counts(truth, event_id) == (0, SEATS, 0, 0)


async def give_back_while_owners_cancel(open_process: OpenProcess, truth: Truth) -> tuple[EventId, list[object]]:
    """Owners cancel ticket by ticket while two processes give all of them back."""
    processes = [await open_process() for _ in range(2)]
    event_id = await sold_out(processes[0])
    rows = await truth.connection.fetch("SELECT DISTINCT user_id FROM tickets WHERE event_id = $1", event_id)
    await processes[0].events.withdraw(event_id)

    async def give_back(process: Process) -> None:
        async for _ in process.events.give_back(event_id):
            await asyncio.sleep(0)

    owners = [UserId(str(row["user_id"])) for row in rows]
    cancellations = [processes[0].sale.cancel(owner, event_id, 1) for owner in owners]
    return event_id, await together([*map(give_back, processes), *cancellations])


async def test_each_ticket_is_given_back_once(open_process: OpenProcess, truth: Truth) -> None:
    event_id, outcomes = await give_back_while_owners_cancel(open_process, truth)

    assert all(outcome is None or isinstance(outcome, BookedError) for outcome in outcomes)
    assert await counts(truth, event_id) == (0, SEATS, 0, 0)


async def give_back_amid_a_cancellation(process: Process, truth: Truth) -> tuple[int, ...]:
    """Cancel the last ticket past the lock of its event while all are given back. Return the counts in the end."""
    event_id = await sold_out(process)
    await process.events.withdraw(event_id)
    last = "UPDATE tickets SET cancelled_at = now() WHERE event_id = $1 AND number = $2 RETURNING number"
    async with truth.connection.transaction():
        assert await truth.connection.fetchval(last, event_id, SEATS) == SEATS
        giving_back = asyncio.create_task(process.upkeep.give_back_tickets())
        await truth.wait_for_blocked_backends()
    await giving_back
    return await counts(truth, event_id)


async def test_a_ticket_that_was_just_cancelled_past_the_lock_of_its_event_is_not_given_back_again(
    process: Process, truth: Truth
) -> None:
    assert await give_back_amid_a_cancellation(process, truth) == (1, SEATS - 1, 0, 1)


async def test_control_without_the_condition_it_is_given_back_twice(
    process: Process, truth: Truth, guards: Guards
) -> None:
    guards.remove("not cancelled by its owner")

    assert await give_back_amid_a_cancellation(process, truth) == (0, SEATS, 0, 0)
