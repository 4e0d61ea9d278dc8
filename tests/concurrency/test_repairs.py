"""Repairs and audits while the sale goes on, and the trouble of one event that is not another's."""

import asyncio
import os
import signal
from collections import Counter
from datetime import timedelta
from math import ceil
from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import Redis

from booked.adapters.embedded.valkey import valkey
from booked.adapters.postgres.statements import PoolStatements
from booked.adapters.postgres.upkeep import ledgers
from booked.adapters.redis import upkeep as redis_upkeep
from booked.adapters.redis.steps import CALLS_A_STEP
from booked.domain.errors import NoEventFound, TooFewTickets
from booked.domain.model.ids import EventId, UserId, number_of
from booked.domain.model.programme.events import EventRevision
from booked.domain.model.sale.holds import Release
from booked.domain.model.sale.waitlist import Demand
from booked.domain.model.upkeep.inventory import SoldTickets
from booked.domain.services.upkeep import inventory
from booked.domain.services.upkeep.inventory import AUDIT_INTERVAL
from tests.concurrency.conftest import OpenProcess
from tests.concurrency.processes import Gate, Process, Truth, agrees, booking_id, together
from tests.guards import Guards

MINUTE = timedelta(minutes=1)
NOBODY = UserId("01a00000-0000-7000-8000-000000000001")

counted_on_one_server = pytest.mark.parametrize("redis_url", ["server"], indirect=True)


class Server:
    """Counts what Valkey does."""

    def __init__(self, valkey: Redis) -> None:
        self._valkey = valkey

    async def start_counting(self) -> None:
        await self._valkey.config_resetstat()

    async def count(self, *commands: str) -> int:
        """How often these commands ran."""
        return int(sum([(await self._figures(command)).get("calls", 0) for command in commands]))

    async def milliseconds(self, command: str) -> float:
        """For how long this command ran."""
        return float((await self._figures(command)).get("usec", 0)) / 1000

    async def _figures(self, command: str) -> dict[str, float]:
        figures: dict[str, float] = (await self._valkey.info("commandstats")).get(f"cmdstat_{command}", {})
        return figures


@pytest.fixture
def server(truth: Truth) -> Server:
    return Server(truth.valkey)


async def hold_all(process: Process, event_id: EventId, seats: int) -> None:
    await asyncio.gather(*(process.holds.reserve(event_id, NOBODY, 100, MINUTE) for _ in range(seats // 100)))


# One event's trouble is not another's.


async def test_an_event_that_is_locked_does_not_keep_others_from_being_booked(process: Process, truth: Truth) -> None:
    locked, other = await process.event(seats=1), await process.event(seats=1)
    ann, ben = await process.people(2)
    anns = await process.sale.reserve(ann, locked, 1)
    bens = await process.sale.reserve(ben, other, 1)

    async with process.database.transaction(
        MINUTE
    ) as unit:  # as a withdrawal takes it, or a cancellation that is paused
        await unit.events.lock(locked)
        waiting = asyncio.create_task(process.sale.book(ann, anns))
        await truth.wait_for_blocked_backends()

        await process.sale.book(ben, bens)

    await together([waiting])


async def test_an_event_whose_keys_are_broken_does_not_keep_others_from_being_looked_after(
    process: Process, truth: Truth
) -> None:
    broken, other = await process.event(seats=1), await process.event(seats=1)
    ann, ben = await process.people(2)
    await process.buy(ann, broken)
    await process.sale.reserve(ben, other, 1)
    await process.holds.claim(other, ben, [1], booking_id(1))
    await truth.valkey.set(f"meta:{{{broken}}}", "not a hash")
    upkeep = process.upkeep

    [result] = await together([upkeep.look_after_events()])

    assert result is None
    assert (await process.holds.stock(other)).claimed == 0


# Repairs.


def slow_down(process: Process, seconds: float) -> None:
    """Reading what is sold takes as long as it does where a million tickets are."""
    read = process.database.ledgers.sold_tickets

    async def read_slowly(event_id: EventId) -> SoldTickets | None:
        sold = await read(event_id)
        await asyncio.sleep(seconds)
        return sold

    process.database.ledgers.sold_tickets = read_slowly  # type: ignore[method-assign]


async def test_processes_that_repair_one_event_do_not_undo_each_others_repairs(open_process: OpenProcess) -> None:
    first, second = await open_process(), await open_process()
    event_id = await first.event(seats=100_000)
    ann, ben = await first.people(2)
    await first.inventory.repair(event_id)
    for process in (first, second):
        slow_down(process, seconds=0.4)

    async def keep_buying(process: Process, user: UserId) -> list[object]:
        results: list[object] = []
        for _ in range(40):
            results += await together([process.buy(user, event_id)])
        return results

    repair = asyncio.create_task(first.inventory.repair(event_id))
    await asyncio.sleep(0.2)
    results = await asyncio.gather(keep_buying(first, ann), keep_buying(second, ben))
    await repair

    assert Counter(type(result) for of_one in results for result in of_one).keys() == {list}
    ledger = await first.database.ledgers.get(event_id)
    assert ledger is not None
    assert ledger.epoch <= 4


async def start_at_once(open_process: OpenProcess, monkeypatch: pytest.MonkeyPatch) -> tuple[int, list[object]]:
    """Eight processes find an event cold and are about to repair it. Return how often it was, and what each bought."""
    monkeypatch.setattr(redis_upkeep, "DUE_WITHIN", MINUTE)
    monkeypatch.setattr(inventory, "LOOKS_AT_OTHERS", 1200)
    processes = [await open_process() for _ in range(8)]
    event_id = await processes[0].event(seats=100)
    people = await processes[0].people(8)
    begun = [Gate(process.holds, "permit_needed_flip") for process in processes]
    buying = [asyncio.create_task(process.buy(user, event_id)) for process, user in zip(processes, people, strict=True)]
    for gate in begun:
        await gate.reached.wait()

    for gate in begun:
        gate.open()
    bought = await together(buying)

    ledger = await processes[0].database.ledgers.get(event_id)
    assert ledger is not None
    return ledger.epoch, bought


async def test_of_processes_that_find_an_event_cold_at_once_one_repairs_it(
    open_process: OpenProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    repairs, bought = await start_at_once(open_process, monkeypatch)

    assert repairs == 1
    assert sorted(bought, key=str) == [[number] for number in range(1, 9)]


async def test_control_without_a_look_at_others_each_of_them_repairs_it(
    open_process: OpenProcess, monkeypatch: pytest.MonkeyPatch, guards: Guards
) -> None:
    guards.remove("one repair")

    repairs, _ = await start_at_once(open_process, monkeypatch)

    assert repairs > 1


@counted_on_one_server
async def test_a_round_of_upkeep_asks_postgres_once_a_page_and_valkey_once_a_step(
    process: Process, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = [await process.event(seats=2) for _ in range(40)]
    [ann] = await process.people(1)
    for event_id in events:
        await process.buy(ann, event_id)
    asked: list[str] = []
    read = PoolStatements.read

    async def note(session: PoolStatements, statement: str, *arguments: object) -> list[asyncpg.Record]:
        asked.append(statement)
        return await read(session, statement, *arguments)

    monkeypatch.setattr(PoolStatements, "read", note)
    await server.start_counting()

    await process.upkeep.look_after_events()

    assert asked == [ledgers.LEDGERS_ON_SALE] * 2, "the last page is empty"
    assert await server.count("evalsha") == ceil(len(events) / CALLS_A_STEP)


async def test_an_audit_in_a_rush_does_not_repair_what_is_right(process: Process) -> None:
    event_id = await process.event(seats=100)
    ann, ben = await process.people(2)
    await process.buy(ann, event_id)
    read = process.database.ledgers.get

    async def read_in_mid_rush(id_: EventId) -> object:
        await process.buy(ben, event_id)
        ledger = await read(id_)
        await process.buy(ben, event_id)
        return ledger

    process.database.ledgers.get = read_in_mid_rush  # type: ignore[method-assign,assignment]
    repaired = [await process.inventory.audit(event_id)]
    process.clock.advance(AUDIT_INTERVAL)
    repaired.append(await process.inventory.audit(event_id))

    assert repaired == [False, False]


async def test_a_ticket_that_leaked_comes_back_while_the_sale_goes_on(process: Process, truth: Truth) -> None:
    event_id = await process.event(seats=100)
    [ann] = await process.people(1)
    await process.buy(ann, event_id)
    await truth.valkey.setbit(f"taken:{{{event_id}}}", 90, 1)

    repaired = []
    for _ in range(5):
        await process.buy(ann, event_id)
        repaired.append(await process.inventory.audit(event_id))
        process.clock.advance(AUDIT_INTERVAL)

    assert any(repaired)


async def test_audits_find_what_is_wrong_however_many_events_there_are(
    open_process: OpenProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inventory, "EVENTS_REMEMBERED", 3)
    process = await open_process()
    events = [await process.event(seats=1) for _ in range(4)]
    [ann] = await process.people(1)
    for event_id in events:
        await process.buy(ann, event_id)

    async def lose(release: Release) -> bool:
        return False

    process.holds.release = lose  # type: ignore[method-assign]
    await process.sale.cancel(ann, events[0], 1)
    for _ in range(4):
        for event_id in events:
            await process.inventory.audit(event_id)
        process.clock.advance(AUDIT_INTERVAL)

    assert await agrees(process, events[0])


async def test_an_event_withdrawn_during_its_repair_cannot_be_reserved(open_process: OpenProcess) -> None:
    first, second = await open_process(), await open_process()
    event_id = await first.event(seats=2)
    [ann] = await first.people(1)
    await first.buy(ann, event_id)
    gate = Gate(first.holds, "flip")
    repair = asyncio.create_task(first.inventory.repair(event_id))
    await gate.reached.wait()

    await second.events.withdraw(event_id)
    gate.open()
    await together([repair])

    with pytest.raises(NoEventFound):
        await second.sale.reserve(ann, event_id, 1)


async def test_an_event_grown_during_its_repair_has_all_its_seats(open_process: OpenProcess) -> None:
    first, second = await open_process(), await open_process()
    event_id = await first.event(seats=2)
    [ann] = await first.people(1)
    await first.buy(ann, event_id)
    gate = Gate(first.holds, "flip")
    repair = asyncio.create_task(first.inventory.repair(event_id))
    await gate.reached.wait()

    await second.events.change_on_sale(event_id, EventRevision(seat_count=9))
    gate.open()
    await repair

    assert len(await second.sale.reserve(ann, event_id, 8)) == 8


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
async def test_holds_and_claims_outlive_a_real_restart_and_the_epoch_goes_up_once(
    database_url: str, tmp_path: Path, end: signal.Signals
) -> None:
    with valkey(tmp_path, durable=True) as url:
        process = await Process.open(database_url, url)
        event_id = await process.event(seats=6)
        ann, ben, other = await process.people(3)
        anns = await process.sale.reserve(ann, event_id, 2)
        bens = await process.sale.reserve(ben, event_id, 1)
        await process.holds.claim(event_id, ben, [number_of(bens[0])], booking_id(1))
        async with Redis.from_url(url) as client:
            server_pid = (await client.info("server"))["process_id"]
        if end is signal.SIGKILL:
            os.kill(server_pid, end)
    with valkey(tmp_path, durable=True):
        results = await together([process.sale.reserve(other, event_id, 1) for _ in range(20)])
        await process.sale.book(ann, anns)
        await process.sale.book(ben, bens)
        ledger = await process.database.ledgers.get(event_id)
        assert await agrees(process, event_id)
        await process.close()

    assert Counter(type(result) for result in results) == {list: 3, TooFewTickets: 17}
    assert ledger is not None
    assert (ledger.epoch, ledger.sold) == (2, 3)


# Bounded work in Valkey, which does nothing else meanwhile.


@counted_on_one_server
async def test_a_flip_does_little_for_each_hold(process: Process, server: Server) -> None:
    event_id = await process.event(seats=2000)
    await process.inventory.repair(event_id)
    await hold_all(process, event_id, 2000)

    await server.start_counting()
    await process.inventory.repair(event_id)

    # Four commands a hold make 100,000 holds block the server for 0.6 s, and a million for 19 s.
    assert await server.count("getbit", "setbit", "set", "zadd", "hincrby") < 2 * 2000


@counted_on_one_server
async def test_a_reservation_reclaims_a_bounded_number_of_lapsed_holds(
    process: Process, truth: Truth, server: Server
) -> None:
    event_id = await process.event(seats=20_000)
    await process.inventory.repair(event_id)
    await hold_all(process, event_id, 20_000)
    expiry = f"expiry:{{{event_id}}}"
    members: list[bytes] = await truth.valkey.zrange(expiry, 0, -1)  # type: ignore[assignment]
    for first in range(0, 20_000, 5_000):
        await truth.valkey.zadd(expiry, dict.fromkeys(members[first : first + 5_000], 1))
    await process.holds.set_demand(Demand(event_id, 20_000, 1))

    await server.start_counting()
    await together([process.holds.reserve(event_id, NOBODY, 1, MINUTE)])

    assert await server.count("zrangebyscore") <= 12
