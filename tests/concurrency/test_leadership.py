"""Leading a duty: one process freezes, another takes over, the first one wakes up."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from booked.adapters.postgres import leases
from booked.domain.model.ids import EventId
from booked.domain.model.sale.waitlist import Entry
from booked.domain.services.upkeep.inventory import UNSERVED_AFTER, WAITLISTS
from booked.ports.database import Database, LeadershipLost
from tests.concurrency.conftest import OpenProcess
from tests.concurrency.processes import Process, Truth, together
from tests.guards import Guards

LAPSE = "UPDATE leases SET expires_at = now()"


async def somebody_waiting(process: Process) -> Entry:
    event_id = await process.event(seats=1)
    owner, user = await process.people(2)
    await process.buy(owner, event_id)
    await process.waitlist.join(user, event_id, 1)
    [entry] = await process.database.waitlist.queue(event_id, 1)
    return entry


async def write_late(database: Database, entry: Entry) -> None:
    await database.waitlist.record_passes([replace(entry, passed=1)])


async def write_late_in_a_transaction(database: Database, entry: Entry) -> None:
    async with database.transaction(at=entry.event_id) as unit:
        await unit.events.lock(entry.event_id)
        await unit.waitlist.record_passes([replace(entry, passed=1)])


async def wake_up_overtaken(open_process: OpenProcess, truth: Truth, transaction: bool) -> tuple[object, int]:
    """What becomes of a write of a leader that was frozen before it, and how often the entry was passed then."""
    first, second = await open_process(), await open_process()
    entry = await somebody_waiting(first)
    write = write_late_in_a_transaction if transaction else write_late
    async with first.database.leadership(WAITLISTS) as frozen:
        assert frozen
        await truth.connection.execute(LAPSE)
        async with second.database.leadership(WAITLISTS) as led:
            assert led
            await led.waitlist.record_passes([replace(entry, passed=2)])
        [outcome] = await together([write(frozen, entry)])
    [after] = await first.database.waitlist.queue(entry.event_id, 1)
    return outcome, after.passed


@pytest.mark.parametrize("transaction", [False, True])
async def test_a_leader_that_was_overtaken_writes_nothing(
    open_process: OpenProcess, truth: Truth, transaction: bool
) -> None:
    outcome, passed = await wake_up_overtaken(open_process, truth, transaction)

    assert isinstance(outcome, LeadershipLost)
    assert passed == 2


@pytest.mark.parametrize("transaction", [False, True])
async def test_control_without_the_token_it_undoes_what_its_successor_did(
    open_process: OpenProcess, truth: Truth, transaction: bool, guards: Guards
) -> None:
    guards.remove("token of a lease")

    outcome, passed = await wake_up_overtaken(open_process, truth, transaction)

    assert outcome is None
    assert passed == 1


async def take_over_while_the_leader_writes(open_process: OpenProcess, truth: Truth) -> int:
    """How often an entry was passed when its leader, and the one that takes over just before it writes, are done."""
    first, second = await open_process(), await open_process()
    entry = await somebody_waiting(first)

    async def take_over() -> None:
        async with second.database.leadership(WAITLISTS) as led:
            assert led
            await led.waitlist.record_passes([replace(entry, passed=2)])

    async with first.database.leadership(WAITLISTS) as led:
        assert led
        await truth.connection.execute(LAPSE)
        async with led.transaction() as unit:
            successor = asyncio.create_task(take_over())
            await truth.wait_until_done_or_blocked(successor)
            await unit.waitlist.record_passes([replace(entry, passed=1)])
        await successor
    [after] = await first.database.waitlist.queue(entry.event_id, 1)
    return after.passed


async def test_nobody_takes_over_while_a_leader_writes(open_process: OpenProcess, truth: Truth) -> None:
    assert await take_over_while_the_leader_writes(open_process, truth) == 2


async def test_control_without_the_lock_the_older_leader_writes_last(
    open_process: OpenProcess, truth: Truth, guards: Guards
) -> None:
    guards.remove("lock of a lease")

    assert await take_over_while_the_leader_writes(open_process, truth) == 1


async def test_each_duty_is_led_by_itself(open_process: OpenProcess) -> None:
    first, second = await open_process(), await open_process()

    async with (
        first.database.leadership("one") as one,
        second.database.leadership("another") as another,
        second.database.leadership("one") as taken,
    ):
        led = [database is not None for database in (one, another, taken)]

    assert led == [True, True, False]


async def test_who_leads_for_long_renews_the_lease(
    open_process: OpenProcess, truth: Truth, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "LEASE", 3.0)
    first, second = await open_process(), await open_process()

    async with first.database.leadership(WAITLISTS) as led:
        [[taken_until]] = await truth.connection.fetch("SELECT expires_at FROM leases")
        while await truth.connection.fetchval("SELECT clock_timestamp() <= $1", taken_until):
            await asyncio.sleep(0.05)
        async with second.database.leadership(WAITLISTS) as other:
            pass

    assert led
    assert other is None


# What is set aside while nobody leads


async def set_aside(process: Process) -> EventId:
    """A sold-out event where two tickets have come back for a party of three."""
    event_id = await process.event(seats=4)
    owner, large = await process.people(2)
    await process.buy(owner, event_id, 4)
    await process.waitlist.join(large, event_id, 3)
    await process.sale.cancel(owner, event_id, 2)
    return event_id


async def audit_for(process: Process, event_id: EventId, duration: timedelta) -> None:
    await process.inventory.audit(event_id)
    process.clock.advance(duration)
    await process.inventory.audit(event_id)


async def test_what_is_set_aside_goes_to_the_public_when_nobody_makes_offers(process: Process) -> None:
    event_id = await set_aside(process)
    before = await process.holds.stock(event_id)

    await audit_for(process, event_id, UNSERVED_AFTER)

    assert (before.aside, before.public) == (2, 0)
    assert (await process.holds.stock(event_id)).public == 2


async def test_it_stays_aside_while_somebody_leads(process: Process) -> None:
    event_id = await set_aside(process)

    async with process.database.leadership(WAITLISTS):
        await audit_for(process, event_id, UNSERVED_AFTER)

    assert (await process.holds.stock(event_id)).public == 0
