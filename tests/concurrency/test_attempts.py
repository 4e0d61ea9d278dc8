"""Attempts to break the box office: each test is a promise, and what was done to break it."""

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from redis.asyncio import Redis

from booked.adapters.embedded.valkey import valkey
from booked.adapters.postgres import leases
from booked.adapters.postgres.database import PostgresDatabase
from booked.adapters.postgres.statements import PoolStatements
from booked.adapters.redis import RedisHoldStore
from booked.batching import Batcher
from booked.domain.errors import (
    BookedError,
    NoEventFound,
    StoreError,
    StoreReadFailed,
    StoreWriteFailed,
    TooFewTickets,
    TransactionFailed,
)
from booked.domain.model.ids import BookingId, EventId, UserId, number_of
from booked.domain.model.programme.events import EventRevision
from booked.domain.model.sale.bookings import Verdict
from booked.domain.model.sale.holds import USUAL, Claim, Release, Terms, disagreement
from booked.domain.model.sale.waitlist import Demand
from booked.domain.model.upkeep.inventory import SoldTickets
from booked.domain.services.upkeep import inventory
from booked.domain.services.upkeep.inventory import AUDIT_INTERVAL
from tests.concurrency.conftest import OpenProcess
from tests.concurrency.processes import Gate, Process, Truth, together

MINUTE = timedelta(minutes=1)
NO_EVENT = EventId("01a00000-0000-7000-8000-000000000000")
NOBODY = UserId("01a00000-0000-7000-8000-000000000001")


def booking_id(number: int) -> BookingId:
    return BookingId(f"01a00000-0000-7000-8000-{number:012x}")


async def sold_out(process: Process, seats: int) -> tuple[EventId, UserId]:
    """An event whose tickets all belong to one person."""
    event_id = await process.event(seats)
    [owner] = await process.people(1)
    for first in range(0, seats, 100):
        await process.buy(owner, event_id, min(100, seats - first))
    return event_id, owner


async def agrees(process: Process, event_id: EventId) -> bool:
    ledger = await process.database.ledgers.get(event_id)
    assert ledger is not None
    return disagreement(ledger, await process.holds.stock(event_id)) is None


class Wire:
    """A wire to Postgres that goes dead, or is cut when a given message passes."""

    def __init__(self, database_url: str) -> None:
        self._parts = urlsplit(database_url)
        self._alive = asyncio.Event()
        self._alive.set()
        self._doomed: dict[str, int] = {}
        self._ends: list[asyncio.StreamWriter] = []
        self._relays: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        port = self._server.sockets[0].getsockname()[1]
        user = self._parts.username or "postgres"
        secret = f":{self._parts.password}" if self._parts.password else ""
        return f"postgresql://{user}{secret}@127.0.0.1:{port}{self._parts.path}?sslmode=disable"

    def go_dead(self) -> None:
        self._alive.clear()

    def revive(self) -> None:
        self._alive.set()

    def cut_at(self, direction: str, message: int) -> None:
        """Cut the connection instead of passing on this message, counted from 0, `up` or `down`."""
        self._doomed = {direction: message}

    def was_cut(self) -> bool:
        return not self._doomed

    async def __aenter__(self) -> "Wire":
        self._server = await asyncio.start_server(self._relay, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.revive()
        self._server.close()
        for end in self._ends:
            end.close()
        await asyncio.gather(*self._relays, return_exceptions=True)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream_reader, upstream = await self._connect()
        self._ends += [writer, upstream]
        for source, target, direction in ((reader, upstream, "up"), (upstream_reader, writer, "down")):
            relay = asyncio.create_task(self._pass_on(source, target, (writer, upstream), direction))
            self._relays.add(relay)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        options = parse_qs(self._parts.query)
        host = options.get("host", [self._parts.hostname or "127.0.0.1"])[0]
        port = self._parts.port or int(options.get("port", ["5432"])[0])
        if host.startswith("/"):
            return await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        return await asyncio.open_connection(host, port)

    async def _pass_on(
        self,
        source: asyncio.StreamReader,
        target: asyncio.StreamWriter,
        ends: Sequence[asyncio.StreamWriter],
        direction: str,
    ) -> None:
        try:
            while message := await source.read(65536):
                await self._alive.wait()
                if self._doomed.get(direction) == 0:
                    self._doomed = {}
                    break
                if direction in self._doomed:
                    self._doomed[direction] -= 1
                target.write(message)
                await target.drain()
        except OSError:
            pass
        for end in ends:
            end.close()


@asynccontextmanager
async def house_behind(wire: Wire, redis_url: str, timeout: float) -> AsyncIterator[Process]:
    process = Process(
        await PostgresDatabase.connect(wire.url, pool_size=4, timeout=timeout), RedisHoldStore.connect(redis_url)
    )
    try:
        yield process
    finally:
        await process.close()


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


async def test_an_event_that_is_locked_does_not_keep_others_from_being_booked(process: Process) -> None:
    locked, other = await process.event(seats=1), await process.event(seats=1)
    ann, ben = await process.people(2)
    anns = await process.sale.reserve(ann, locked, 1)
    bens = await process.sale.reserve(ben, other, 1)

    async with process.database.transaction(
        MINUTE
    ) as unit:  # as a withdrawal takes it, or a cancellation that is paused
        await unit.events.lock(locked)
        waiting = asyncio.create_task(process.sale.book(ann, anns))
        await asyncio.sleep(0.1)
        booking = asyncio.create_task(process.sale.book(ben, bens))
        done, _ = await asyncio.wait([booking], timeout=1)
    await together([waiting, booking])

    assert done


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
    until = time.monotonic() + 4

    async def keep_buying(process: Process, user: UserId) -> list[object]:
        results: list[object] = []
        while time.monotonic() < until:
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


async def test_a_flip_does_little_for_each_hold(process: Process, server: Server) -> None:
    event_id = await process.event(seats=2000)
    await process.inventory.repair(event_id)
    await hold_all(process, event_id, 2000)

    await server.start_counting()
    await process.inventory.repair(event_id)

    # Four commands a hold make 100,000 holds block the server for 0.6 s, and a million for 19 s.
    assert await server.count("getbit", "setbit", "set", "zadd", "hincrby") < 2 * 2000


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


# Stores that do not answer, or not well.


async def test_a_call_to_a_silent_hold_store_fails_in_time_however_many_others_do() -> None:
    silent: list[asyncio.StreamWriter] = []
    listener = await asyncio.start_server(lambda _, writer: silent.append(writer), "127.0.0.1", 0)
    store = RedisHoldStore.connect(f"redis://127.0.0.1:{listener.sockets[0].getsockname()[1]}", timeout=0.1)

    async def seconds_to_fail() -> float:
        started = time.monotonic()
        with pytest.raises(StoreWriteFailed):
            await store.reserve(NO_EVENT, NOBODY, 1, MINUTE)
        return time.monotonic() - started

    taken = await asyncio.gather(*(seconds_to_fail() for _ in range(2000)))
    await store.close()
    for writer in silent:
        writer.close()
    listener.close()

    assert max(taken) < 1


@pytest.mark.parametrize(
    ("setting", "value", "usual"), [("min-replicas-to-write", "1", "0"), ("busy-reply-threshold", "50", "5000")]
)
async def test_a_hold_store_that_refuses_for_now_is_a_store_error(
    process: Process, truth: Truth, setting: str, value: str, usual: str
) -> None:
    event_id = await process.event(seats=2)
    [ann] = await process.people(1)
    await process.buy(ann, event_id)
    busy_for_a_second = "local t = redis.call('TIME')[1] + 2 while redis.call('TIME')[1] + 0 < t do end"

    await truth.valkey.config_set(setting, value)
    script = asyncio.create_task(truth.valkey.execute_command("EVAL", busy_for_a_second, 0))  # type: ignore[no-untyped-call]
    await asyncio.sleep(0.2)
    [result] = await together([process.sale.reserve(ann, event_id, 1)])
    await together([script])
    await truth.valkey.config_set(setting, usual)

    assert isinstance(result, StoreError)


async def test_a_commit_on_a_dead_wire_is_an_unknown_outcome(
    process: Process, database_url: str, redis_url: str
) -> None:
    event_id = await process.event(seats=2)
    [ann] = await process.people(1)
    await process.sale.reserve(ann, event_id, 1)
    claim = await process.holds.claim(event_id, ann, [1], booking_id(1))

    async with Wire(database_url) as wire, house_behind(wire, redis_url, timeout=0.3) as far:
        await far.database.ping()
        wire.go_dead()
        [result] = await together([far.database.bookings.commit(claim)])
        wire.revive()

    assert isinstance(result, TransactionFailed)


async def test_an_event_that_may_have_been_made_is_an_unknown_outcome(
    process: Process, database_url: str, redis_url: str
) -> None:
    async with Wire(database_url) as wire, house_behind(wire, redis_url, timeout=2) as far:
        await far.event(seats=1)
        wire.cut_at("down", 0)
        [result] = await together([far.event(seats=1)])

    # Told that repeating is safe, an organizer makes it twice.
    assert len(await process.database.ledgers.on_sale(None, 10)) == 2
    assert isinstance(result, TransactionFailed)


@pytest.mark.parametrize("direction", ["up", "down"])
async def test_a_booking_outlives_a_cut_at_every_message(
    process: Process, truth: Truth, database_url: str, redis_url: str, direction: str
) -> None:
    [ann] = await process.people(1)
    for message in range(24):
        event_id = await process.event(seats=3)
        async with Wire(database_url) as wire, house_behind(wire, redis_url, timeout=2) as far:
            tickets = await far.sale.reserve(ann, event_id, 2)
            wire.cut_at(direction, message)
            [result] = await together([far.sale.book(ann, tickets)])
            was_cut = wire.was_cut()
        await process.sale.book(ann, tickets)

        assert result is None or isinstance(result, StoreError)
        assert await truth.sold(event_id) == [1, 2]
        assert await agrees(process, event_id)
        if not was_cut:
            break
    assert message > 5


@pytest.mark.parametrize("direction", ["up", "down"])
async def test_a_cancellation_is_found_by_audits_after_a_cut_at_any_message(
    process: Process, database_url: str, redis_url: str, direction: str
) -> None:
    [ann] = await process.people(1)
    for message in range(24):
        event_id = await process.event(seats=3)
        async with Wire(database_url) as wire, house_behind(wire, redis_url, timeout=2) as far:
            await far.buy(ann, event_id, 2)
            wire.cut_at(direction, message)
            [result] = await together([far.sale.cancel(ann, event_id, 1)])
            was_cut = wire.was_cut()
        await process.inventory.audit(event_id)
        process.clock.advance(AUDIT_INTERVAL)
        await process.inventory.audit(event_id)

        assert result is None or isinstance(result, StoreError)
        assert await agrees(process, event_id)
        if not was_cut:
            break
    assert message > 5


async def test_an_unknown_outcome_is_pursued_while_the_database_restarts(process: Process) -> None:
    event_id = await process.event(seats=1)
    [ann] = await process.people(1)
    tickets = await process.sale.reserve(ann, event_id, 1)
    commit = process.database.bookings.commit
    faults: list[type[BookedError]] = [TransactionFailed, StoreWriteFailed, StoreWriteFailed]

    async def commit_at_last(claim: Claim, terms: Terms = USUAL) -> Verdict:
        if faults:
            raise faults.pop(0)
        return await commit(claim, terms)

    process.database.bookings.commit = commit_at_last  # type: ignore[method-assign]

    await process.sale.book(ann, tickets)


async def test_a_leader_that_was_not_heard_does_not_lead_for_ever(
    database_url: str, truth: Truth, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer to its wish to lead was lost."""
    monkeypatch.setattr(leases, "LEASE", 0.1)
    await truth.connection.fetch(leases.TAKE, "offers", "a process that was not heard", leases.LEASE)
    database = await PostgresDatabase.connect(database_url)

    leads = False
    while not leads:
        async with database.leadership("offers") as led:
            leads = led is not None
    await database.close()


async def test_a_migration_under_way_is_a_store_error_and_no_fault(process: Process, truth: Truth) -> None:
    event_id = await process.event(seats=2)
    await process.events.change_on_sale(event_id, EventRevision(name="One"))

    await truth.connection.execute("ALTER TABLE events ADD COLUMN extra integer")
    results = await together([process.events.change_on_sale(event_id, EventRevision(name="Two")) for _ in range(3)])

    assert all(result is None or isinstance(result, StoreError) for result in results)
    await process.events.change_on_sale(event_id, EventRevision(name="Three"))


# Batches.


async def test_a_batch_with_every_oddity_at_once(process: Process, truth: Truth) -> None:
    ann, ben = await process.people(2)
    event_id = await process.event(seats=9)
    await process.inventory.repair(event_id)
    commits = [
        Claim(booking_id(1), event_id, ann, (1,), epoch=1),
        Claim(booking_id(2), event_id, ann, (2, 3), epoch=1),  # the same user again
        Claim(booking_id(3), event_id, ben, (3,), epoch=1),  # a ticket that is in another claim
        Claim(booking_id(1), event_id, ann, (1,), epoch=1),  # the same claim again
        Claim(booking_id(4), event_id, NOBODY, (4,), epoch=1),
        Claim(booking_id(5), event_id, ben, (5,), epoch=0),
        Claim(booking_id(6), NO_EVENT, ben, (6,), epoch=1),
    ]

    verdicts = await together([process.database.bookings.commit(claim) for claim in commits])

    assert verdicts == [
        Verdict.BOOKED,
        Verdict.BOOKED,
        Verdict.ALREADY_SOLD,
        Verdict.BOOKED,
        Verdict.UNKNOWN_USER,
        Verdict.STALE_EPOCH,
        Verdict.WITHDRAWN,
    ]
    assert await truth.sold(event_id) == [1, 2, 3]


async def test_64_claims_of_64_events_in_opposite_orders_in_two_processes(
    open_process: OpenProcess, truth: Truth
) -> None:
    first, second = await open_process(), await open_process()
    ann, ben = await first.people(2)
    events = [await first.event(seats=2) for _ in range(64)]

    results = await together(
        [first.buy(ann, event_id) for event_id in events] + [second.buy(ben, event_id) for event_id in events[::-1]]
    )

    assert all(isinstance(result, list) for result in results)
    assert [await truth.sold(event_id) for event_id in events] == [[1, 2]] * 64


async def test_who_is_booked_is_told_so_whatever_comes_of_finding_out_about_the_others(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    event_id = await process.event(seats=5)
    ann, ben = await process.people(2)
    await process.inventory.repair(event_id)

    async def fail(*_: object) -> list[object]:
        raise StoreReadFailed

    monkeypatch.setattr(PoolStatements, "read", fail)
    commits = [
        Claim(booking_id(1), event_id, ann, (1,), epoch=1),
        Claim(booking_id(2), event_id, ann, (2,), epoch=1),
        Claim(booking_id(3), event_id, ben, (3,), epoch=0),
    ]
    results = await together([process.database.bookings.commit(claim) for claim in commits])

    assert results[:2] == [Verdict.BOOKED, Verdict.BOOKED]
    assert isinstance(results[2], StoreError)


async def test_nobody_waits_for_a_batch_that_was_cancelled() -> None:
    async def never(items: Sequence[int]) -> Sequence[int | Exception]:
        await asyncio.Event().wait()
        return items

    batcher = Batcher(never, most=2)
    before = asyncio.all_tasks()
    callers = [asyncio.create_task(batcher.run(number)) for number in range(4)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    [worker] = {task for task in asyncio.all_tasks() if task not in before and task not in callers}
    worker.cancel()
    done, waiting = await asyncio.wait(callers, timeout=0.5)
    for caller in waiting:
        caller.cancel()
    await together([*done, *waiting])

    assert not waiting


# The waitlist.


async def test_a_late_settling_does_not_end_the_next_offer(open_process: OpenProcess) -> None:
    first, second = await open_process(), await open_process()
    event_id, owner = await sold_out(first, seats=4)
    [ann] = await first.people(1)
    await first.waitlist.join(ann, event_id, 1)
    await first.sale.cancel(owner, event_id, 1)
    await first.waitlist.serve(event_id)
    tickets = await first.sale.reserve(ann, event_id, 1)
    gate = Gate(first.holds, "settle")
    booking = asyncio.create_task(first.sale.book(ann, tickets))
    await gate.reached.wait()

    await second.waitlist.join(ann, event_id, 1)
    await second.sale.cancel(owner, event_id, 1)
    await second.waitlist.serve(event_id)
    gate.open()
    await booking
    await second.sale.cancel(owner, event_id, 1)
    for _ in range(2):
        await second.waitlist.serve(event_id)

    assert (len(second.notifier.offers), (await second.holds.stock(event_id)).held) == (1, 1)


async def test_who_has_an_offer_and_asks_for_more_than_there_is_keeps_the_offer(process: Process) -> None:
    event_id, owner = await sold_out(process, seats=6)
    [ann] = await process.people(1)
    await process.waitlist.join(ann, event_id, 2)
    await process.sale.cancel(owner, event_id, 2)
    await process.waitlist.serve(event_id)

    with pytest.raises(TooFewTickets):
        await process.sale.reserve(ann, event_id, 3)

    assert len(await process.sale.reserve(ann, event_id, 2)) == 2


# People who go away.


async def test_cancelled_requests_leave_the_connections_as_they_were(
    process: Process, truth: Truth, database_url: str
) -> None:
    event_id = await process.event(seats=2000)
    people = await process.people(10)
    requests: list[Callable[[UserId], Awaitable[object]]] = [
        lambda user: process.buy(user, event_id),
        lambda user: process.sale.cancel(user, event_id, 1),
        lambda user: process.waitlist.join(user, event_id, 1),
        lambda user: process.inventory.repair(event_id),
        lambda user: process.database.ledgers.sold_tickets(event_id),
    ]

    for i in range(200):
        request = asyncio.ensure_future(requests[i % len(requests)](people[i % 10]))
        await asyncio.sleep((i % 7) / 1000)
        request.cancel()
        await together([request])

    busy = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'"
    async with asyncio.timeout(60):
        # A repair that others share goes on behind a request that was cancelled: let it end.
        while await truth.connection.fetchval(busy):
            await asyncio.sleep(0.01)
        results = await together([process.database.ledgers.get(event_id) for _ in range(30)])
    assert not [result for result in results if isinstance(result, Exception)]
