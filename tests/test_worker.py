"""The background worker: what it does, that nothing keeps it from doing it again, and that it stops when told to."""

import asyncio
import errno
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import StringIO
from ipaddress import ip_network
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import asyncpg
import click
import httpx
import pytest
import structlog
from redis.asyncio import Redis

from booked import worker
from booked.adapters.observing import configure_logging
from booked.bootstrap import open_services
from booked.cli.worker_metrics import shown_metrics
from booked.domain.errors import StoreReadFailed
from booked.domain.model.ids import BookingId, EventId, SessionId, UserId, number_of
from booked.domain.model.people.sessions import NewSession
from booked.domain.model.programme.events import EventStatus
from booked.domain.model.sale.waitlist import EntryState, WaitlistPlace
from booked.domain.services.wiring import Services
from booked.ports.database import LeadershipLost
from booked.ports.holds import Availability
from booked.settings import Settings
from booked.worker import Duty, DutyEnded, work
from tests.builders import a_specification, an_event
from tests.running import PATIENCE, environment, free_port

T = TypeVar("T")

SOON = timedelta(milliseconds=1)
PASSWORD = "battery staple"


class Rounds:
    """A duty that counts its rounds, goes wrong in the first ones, and says stop after the last."""

    def __init__(self, stop: asyncio.Event, last: int, *troubles: Exception) -> None:
        self.done = 0
        self._stop = stop
        self._last = last
        self._troubles = list(troubles)

    async def act(self) -> None:
        self.done += 1
        if self.done == self._last:
            self._stop.set()
        if self._troubles:
            raise self._troubles.pop(0)


async def test_a_round_that_fails_is_told_and_the_next_one_comes() -> None:
    stop = asyncio.Event()
    rounds = Rounds(stop, 3, StoreReadFailed(), ZeroDivisionError("a fault of ours"))

    with structlog.testing.capture_logs() as lines:
        await asyncio.wait_for(work([Duty("rounds", rounds.act, SOON)], stop), PATIENCE)

    assert rounds.done == 3
    assert [(line["event"], line["log_level"]) for line in lines] == [
        ("round put off", "warning"),
        ("round failed", "error"),
    ]


async def test_rounds_that_fail_again_and_again_are_told_once_a_minute() -> None:
    stop = asyncio.Event()
    rounds = Rounds(stop, 100, *[StoreReadFailed(), ZeroDivisionError("a fault of ours")] * 50)

    with structlog.testing.capture_logs() as lines:
        await work([Duty("rounds", rounds.act, SOON)], stop)

    assert [line["event"] for line in lines] == ["round put off", "round failed"]


async def test_a_duty_that_fails_does_not_keep_the_others_from_being_done() -> None:
    stop = asyncio.Event()
    failing, healthy = Rounds(asyncio.Event(), 0, *[StoreReadFailed()] * 99), Rounds(stop, 3)

    await asyncio.wait_for(
        work([Duty("failing", failing.act, SOON), Duty("healthy", healthy.act, SOON)], stop), PATIENCE
    )

    assert healthy.done == 3


async def test_a_duty_that_hangs_does_not_keep_the_others_from_being_done() -> None:
    stop = asyncio.Event()
    healthy = Rounds(stop, 3)

    async def hang() -> None:
        await asyncio.Event().wait()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker, "LAST_ROUND", 0.05)
        await work([Duty("hanging", hang, SOON), Duty("healthy", healthy.act, SOON)], stop)

    assert healthy.done == 3


async def test_a_duty_rests_as_long_as_it_may() -> None:
    stop = asyncio.Event()
    rare, frequent = Rounds(stop, 2), Rounds(stop, 5)

    await asyncio.wait_for(
        work([Duty("rare", rare.act, timedelta(hours=1)), Duty("frequent", frequent.act, SOON)], stop), PATIENCE
    )

    assert (rare.done, frequent.done) == (1, 5)


async def test_it_stops_at_once_while_it_rests() -> None:
    stop = asyncio.Event()
    rounds = Rounds(asyncio.Event(), 0)
    working = asyncio.create_task(work([Duty("rounds", rounds.act, timedelta(hours=1))], stop))
    while not rounds.done:
        await asyncio.sleep(0)

    stop.set()

    await asyncio.wait_for(working, PATIENCE)
    assert rounds.done == 1


async def test_a_round_that_does_not_end_is_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "LAST_ROUND", 0.05)
    stop, begun = asyncio.Event(), asyncio.Event()

    async def never_ending() -> None:
        begun.set()
        await asyncio.Event().wait()

    working = asyncio.create_task(work([Duty("never-ending", never_ending, SOON)], stop))
    await begun.wait()

    stop.set()

    await asyncio.wait_for(working, PATIENCE)


class FullDisk(StringIO):
    """A stream that takes nothing."""

    def write(self, _: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


async def test_a_log_that_takes_nothing_does_not_end_a_duty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", FullDisk())
    configure_logging("info", "json")
    stop = asyncio.Event()
    rounds = Rounds(stop, 4, StoreReadFailed(), LeadershipLost("rounds"), ZeroDivisionError("a fault of ours"))

    await asyncio.wait_for(work([Duty("rounds", rounds.act, SOON)], stop), PATIENCE)

    assert rounds.done == 4


async def test_a_duty_that_ends_too_early_ends_the_worker() -> None:
    stop = asyncio.Event()
    lasting = Rounds(asyncio.Event(), 0)

    async def end() -> None:
        raise asyncio.CancelledError

    with pytest.raises(DutyEnded, match="no longer does: ending") as refusal:
        await asyncio.wait_for(
            work([Duty("ending", end, SOON), Duty("lasting", lasting.act, timedelta(hours=1))], stop), PATIENCE
        )

    assert lasting.done == 1
    assert isinstance(refusal.value.__cause__, asyncio.CancelledError)


@pytest.fixture
def settings(database_url: str, redis_url: str) -> Settings:
    return Settings(
        database_url=database_url,
        redis_url=redis_url,
        jwt_secret="s" * 32,
        claim_timeout=timedelta(seconds=1),
        waitlist_interval=timedelta(milliseconds=50),
        upkeep_interval=timedelta(milliseconds=50),
    )


@pytest.fixture
async def services(settings: Settings) -> AsyncIterator[Services]:
    async with open_services(settings) as services:
        yield services


async def test_it_offers_tickets_that_come_back(services: Services, settings: Settings, tmp_path: Path) -> None:
    ann, ben = await a_guest(services, "Ann"), await a_guest(services, "Ben")
    event = await a_sold_out_event(services, ann)
    await services.waitlist.join(ben, event, 1)

    with a_worker(settings, tmp_path / "log"):
        await services.sale.cancel(ann, event, 1)

        place = await when(lambda: offered_to(services, ben), "an offer")

    assert (place.event_id, len(place.numbers)) == (event, 1)


async def test_it_resolves_a_claim_that_its_process_left_behind(
    services: Services, settings: Settings, tmp_path: Path
) -> None:
    ann = await a_guest(services, "Ann")
    event = await services.events.put_on(a_specification(seats=2))
    tickets = await services.sale.reserve(ann, event, 2)
    await services.sale.holds.claim(event, ann, {number_of(ticket) for ticket in tickets}, BookingId(str(uuid4())))

    with a_worker(settings, tmp_path / "log"):
        await when(lambda: nothing_claimed(services.inventory.holds, event), "the end of the claim")

    # What was claimed is held as before, and can be booked.
    await services.sale.book(ann, tickets)
    assert [booking.tickets for booking in await services.sale.bookings(ann)] == [2]


async def test_it_repairs_what_does_not_add_up(
    services: Services, settings: Settings, redis_url: str, tmp_path: Path
) -> None:
    ann = await a_guest(services, "Ann")
    event = await a_sold_out_event(services, ann)
    async with Redis.from_url(redis_url) as client:
        await client.setbit(f"taken:{{{event}}}", 0, 0)

    with a_worker(settings, tmp_path / "log"):
        await when(lambda: adds_up(services.inventory.holds, event), "the repair")

    assert '"event":"the stores disagree"' in (tmp_path / "log").read_text()


async def test_it_completes_events_that_have_ended(services: Services, settings: Settings, tmp_path: Path) -> None:
    database, now = services.accounts.database, datetime.now(UTC)
    over = an_event(starts_at=now - timedelta(hours=3), ends_at=now - timedelta(hours=1))
    await database.events.add(over)

    async def completed() -> bool:
        found = await database.events.found(over.id)
        return found is not None and found.event.status is EventStatus.COMPLETED

    with a_worker(settings, tmp_path / "log"):
        await when(completed, "the completion")


async def test_it_forgets_sessions_that_have_expired(
    services: Services, settings: Settings, database_url: str, tmp_path: Path
) -> None:
    ann = await a_guest(services, "Ann")
    user = await services.accounts.database.users.by_id(ann)
    assert user is not None
    yesterday, tomorrow = [datetime.now(UTC) + timedelta(days=days) for days in (-1, 1)]
    for expires_at in (yesterday, tomorrow):
        session = NewSession(SessionId(str(uuid4())), ann, bytes(32), expires_at)
        assert await services.sessions.database.sessions.open(session, user.password_hash) == user

    with a_worker(settings, tmp_path / "log"):
        await when(lambda: sessions_left(database_url, 1), "the end of one session")


async def test_it_goes_on_when_its_connections_were_cut(
    services: Services, settings: Settings, database_url: str, tmp_path: Path
) -> None:
    ann, ben = await a_guest(services, "Ann"), await a_guest(services, "Ben")
    event = await a_sold_out_event(services, ann)
    await services.waitlist.join(ben, event, 1)
    with a_worker(settings, tmp_path / "log") as process:
        await when(lambda: says(tmp_path / "log", "worker started"), "the start")
        await cut_connections(database_url)

        async with open_services(settings) as reconnected:
            await reconnected.sale.cancel(ann, event, 1)

            assert (await when(lambda: offered_to(reconnected, ben), "an offer")).count == 1
        assert process.poll() is None


LEAD = """
import asyncio, sys
from booked.adapters.postgres import leases
from booked.adapters.postgres.database import PostgresDatabase

async def lead() -> None:
    leases.LEASE = 1.0
    database = await PostgresDatabase.connect(sys.argv[1])
    async with database.leadership("waitlists") as led:
        print(led is not None, flush=True)
        await asyncio.Event().wait()

asyncio.run(lead())
"""


async def test_it_takes_over_from_a_leader_that_froze(
    services: Services, settings: Settings, database_url: str, tmp_path: Path
) -> None:
    ann, ben = await a_guest(services, "Ann"), await a_guest(services, "Ben")
    event = await a_sold_out_event(services, ann)
    await services.waitlist.join(ben, event, 1)
    await services.sale.cancel(ann, event, 1)
    leader = await asyncio.create_subprocess_exec(sys.executable, "-c", LEAD, database_url, stdout=subprocess.PIPE)
    assert leader.stdout
    leads = await leader.stdout.readline()
    leader.send_signal(signal.SIGSTOP)

    with a_worker(settings, tmp_path / "log"):
        place = await when(lambda: offered_to(services, ben), "an offer")

    leader.kill()
    await leader.wait()
    assert leads == b"True\n"
    assert place.event_id == event


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_stops_it(settings: Settings, tmp_path: Path, number: signal.Signals) -> None:
    with a_worker(settings, tmp_path / "log") as process:
        await when(lambda: says(tmp_path / "log", "worker started"), "the start")

        process.send_signal(number)

        assert process.wait(PATIENCE) == 0
    assert await says(tmp_path / "log", "worker stopped")
    assert "Traceback" not in (tmp_path / "log").read_text()


async def test_it_shows_what_it_counts(services: Services, settings: Settings, tmp_path: Path) -> None:
    ann, port = await a_guest(services, "Ann"), free_port()
    await a_sold_out_event(services, ann)

    async def last_upkeep() -> float:
        lines = (await shown(port)).text.splitlines()
        [at] = [line for line in lines if line.startswith("booked_last_upkeep_timestamp_seconds ")] or ["- 0"]
        return float(at.rpartition(" ")[2])

    with a_worker(settings, tmp_path / "log", f"--metrics-port={port}") as process:
        await when(lambda: says(tmp_path / "log", "worker started"), "the start")
        began = time.time() - 60

        assert await when(last_upkeep, "a round") > began
        assert "booked_mismatches_total 0.0" in (await shown(port)).text
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0


@pytest.mark.parametrize(
    ("readers", "path", "headers", "status"),
    [
        ("127.0.0.0/8", "/metrics", {}, 200),
        ("127.0.0.0/8", "/", {}, 404),
        ("127.0.0.0/8", "/metrics", {"X-Forwarded-For": "127.0.0.1"}, 404),
        ("127.0.0.0/8", "/metrics", {"Via": "1.1 proxy"}, 404),
        ("203.0.113.0/24", "/metrics", {}, 404),
        ("::/0", "/metrics", {}, 404),
    ],
)
async def test_only_readers_see_what_it_counts(readers: str, path: str, headers: dict[str, str], status: int) -> None:
    port = free_port()
    with shown_metrics("127.0.0.1", port, [ip_network(readers)]):
        reply = await shown(port, path, headers)

    assert reply.status_code == status
    assert ("booked_holds_total" in reply.text) == (status == 200)


async def test_a_port_for_metrics_that_is_taken_is_a_sentence() -> None:
    port = free_port()
    with (
        shown_metrics("127.0.0.1", port, []),
        pytest.raises(click.ClickException, match=f"Port {port} is taken: .* with --metrics-port"),
        shown_metrics("127.0.0.1", port, []),
    ):
        pytest.fail("two listen at one port")


async def shown(port: int, path: str = "/metrics", headers: dict[str, str] | None = None) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.get(f"http://127.0.0.1:{port}{path}", headers=headers)


@contextmanager
def a_worker(settings: Settings, log: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as lines:
        process = subprocess.Popen(
            [sys.executable, "-m", "booked", "worker", *options],
            env=environment(settings.to_env()),
            stdin=subprocess.DEVNULL,
            stderr=lines,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def when(condition: Callable[[], Awaitable[T | None]], what: str) -> T:
    """What a condition yields once it is true."""
    deadline = time.monotonic() + PATIENCE
    while not (outcome := await condition()):
        assert time.monotonic() < deadline, f"{what}: not within {PATIENCE:.0f} seconds"
        await asyncio.sleep(0.02)
    return outcome


async def a_guest(services: Services, name: str) -> UserId:
    return (await services.accounts.register(name, f"{name.lower()}@example.com", PASSWORD)).id


async def a_sold_out_event(services: Services, buyer: UserId) -> EventId:
    event = await services.events.put_on(a_specification(seats=2))
    await services.sale.book(buyer, await services.sale.reserve(buyer, event, 2))
    return event


async def offered_to(services: Services, user_id: UserId) -> WaitlistPlace | None:
    places = await services.waitlist.places(user_id)
    return next((place for place in places if place.state is EntryState.OFFERED), None)


async def nothing_claimed(holds: Availability, event_id: EventId) -> bool:
    return (await holds.stock(event_id)).claimed == 0


async def adds_up(holds: Availability, event_id: EventId) -> bool:
    stock = await holds.stock(event_id)
    return stock.marked == stock.sold == 2


async def sessions_left(database_url: str, count: int) -> bool:
    connection = await asyncpg.connect(database_url)
    try:
        return bool(await connection.fetchval("SELECT count(*) FROM sessions") == count)
    finally:
        await connection.close()


async def cut_connections(database_url: str) -> None:
    """Everybody's but this one. They have ended when it returns: none that is kept for later is taken for alive."""
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    finally:
        await connection.close()


async def says(log: Path, what: str) -> bool:
    return what in log.read_text()  # noqa: ASYNC240
