"""A box office to measure: embedded stores, the HTTP server in a process of its own, people and events."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import psutil
from redis.asyncio import Redis
from uuid_utils.compat import uuid7

from booked.adapters.embedded import EmbeddedServers, embedded_servers
from booked.adapters.postgres.migrations import migrate
from booked.adapters.redis import RedisHoldStore
from booked.adapters.security import JwtTokens
from booked.adapters.system.clock import SystemClock
from booked.domain.model.ids import EventId, UserId, event_id_from
from booked.domain.model.people.users import Role, User
from tests.clusters import Cluster

SECRET = "a secret that only benchmarks know, and long enough"
TICKETS_A_BOOKING = 100
HELD_FOR = timedelta(hours=1)
OPENS_WITHIN = 60.0  # seconds


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU seconds so far, by kind of process."""

    server: float
    postgres: float
    valkey: float
    client: float

    def since(self, earlier: "Usage") -> "Usage":
        return Usage(
            self.server - earlier.server,
            self.postgres - earlier.postgres,
            self.valkey - earlier.valkey,
            self.client - earlier.client,
        )


class Bench:
    """The server and its stores, with shortcuts past the service: measuring begins with what a sale needs."""

    def __init__(
        self,
        directory: Path,
        stores: EmbeddedServers,
        server: "Server",
        bare: "Server",
        cluster: Cluster | None,
    ) -> None:
        self.port = server.port
        self.bare_port = bare.port
        self.settings = server.settings
        self._directory = directory
        self._database_url = stores.database_url
        self._redis_url = server.settings["BOOKED_REDIS_URL"]
        self._cluster = (
            [psutil.Process(node.process.pid) for node in cluster.nodes if node.process.poll() is None]
            if cluster
            else []
        )
        self._valkey = Redis.from_url(stores.redis_url)
        self._server = psutil.Process(server.pid)
        self._bare = psutil.Process(bare.pid)
        self._tokens = JwtTokens(SECRET, timedelta(hours=12), SystemClock())

    async def people(self, count: int, role: Role = Role.USER) -> list[str]:
        """Register this many users. Return their tokens."""
        now = datetime.now(UTC)
        users = [User(UserId(str(uuid7())), "Somebody", "", "", "-", role, 0, now) for _ in range(count)]
        connection = await asyncpg.connect(self._database_url)
        await connection.executemany(
            "INSERT INTO users (id, first_name, email, email_key, password_hash, role) "
            "VALUES ($1::uuid, 'Somebody', $1::uuid::text, $1::uuid::text, '-', $2)",
            [(user.id, user.role.value) for user in users],
        )
        await connection.close()
        return [self._tokens.issue(user) for user in users]

    async def event(self, seats: int, sold: int, rows: int | None = None) -> EventId:
        """Add an event of this size whose first tickets are sold, as if it had been on sale for a while.

        With `rows` its tickets are seats in that many rows, otherwise general admission.
        """
        event_id = event_id_from(uuid7())
        connection = await asyncpg.connect(self._database_url, command_timeout=600)
        async with connection.transaction():
            await connection.execute(
                "INSERT INTO events (id, name, starts_at, address, description, seat_count, sold, sold_by_type) "
                "VALUES ($1, 'Concert', now() + interval '30 days', 'Main Street 1', 'Doors at eight.', $2, $3, "
                "ARRAY[$3::integer])",
                event_id,
                seats,
                sold,
            )
            await connection.execute(
                "WITH type AS (INSERT INTO ticket_types (event_id, number, name, price, quota) "
                "  VALUES ($1, 1, 'Standard', 0, $2)) "
                "INSERT INTO blocks (event_id, first, last, type_number, "
                "  section, rows, seats_per_row, first_row, first_seat, row_style) "
                "VALUES ($1, 1, $2, 1, $3, $4, $5, $6, $6, $7)",
                event_id,
                seats,
                *(("Stalls", rows, seats // rows, 1, "numbers") if rows else (None,) * 5),
            )
            await connection.execute(
                "WITH booking AS (INSERT INTO bookings (id, event_id, user_id, status) "
                "  SELECT gen_random_uuid(), $1, (SELECT id FROM users LIMIT 1), 'booked' "
                "  FROM generate_series(1, $2::integer, $3::integer) RETURNING id, user_id, booked_at), "
                "numbered AS (SELECT *, row_number() OVER () - 1 AS place FROM booking) "
                "INSERT INTO tickets (booking_id, number, event_id, user_id, booked_at) "
                "SELECT id, number, $1, user_id, booked_at FROM numbered, "
                "generate_series((place * $3 + 1)::integer, least((place + 1) * $3, $2)::integer) AS number",
                event_id,
                sold,
                TICKETS_A_BOOKING,
            )
        await connection.execute("ANALYZE")
        await connection.close()
        return event_id

    async def crowd(self, events: int) -> None:
        """Add events, each at a time of its own, until there are this many."""
        connection = await asyncpg.connect(self._database_url, command_timeout=600)
        await connection.execute(
            "WITH event AS (INSERT INTO events (id, name, starts_at, address, description, seat_count) "
            "  SELECT (left(gen_random_uuid()::text, 28) || '00000000')::uuid, 'Concert ' || nth, "
            "  now() + interval '30 days' + nth * interval '1 minute', "
            "  'Main Street ' || nth, 'Doors at eight.', 500 "
            "  FROM generate_series(1, $1::integer - (SELECT count(*)::integer FROM events)) AS nth RETURNING id), "
            "type AS (INSERT INTO ticket_types (event_id, number, name, price, quota) "
            "  SELECT id, 1, 'Standard', 0, 500 FROM event) "
            "INSERT INTO blocks (event_id, first, last, type_number) SELECT id, 1, 500, 1 FROM event",
            events,
        )
        await connection.execute("ANALYZE")
        await connection.close()

    async def hold(self, event_id: EventId, tickets: int) -> None:
        """Hold this many tickets of an event that the hold store knows, a hundred for each person."""
        store = RedisHoldStore.connect(self._redis_url)
        for _ in range(0, tickets, TICKETS_A_BOOKING):
            await store.reserve(event_id, UserId(str(uuid7())), TICKETS_A_BOOKING, HELD_FOR)
        await store.close()

    async def sold(self, event_id: EventId) -> tuple[int, int]:
        """Return how many tickets are sold by the event's counter, and by the rows."""
        connection = await asyncpg.connect(self._database_url, command_timeout=600)
        counted = await connection.fetchval("SELECT sold FROM events WHERE id = $1", event_id)
        standing = await connection.fetchval(
            "SELECT count(*) FROM tickets WHERE event_id = $1 AND cancelled_at IS NULL", event_id
        )
        await connection.close()
        return counted, standing

    async def valkey_memory(self) -> int:
        """Return how many bytes the hold store uses."""
        memory = await self._valkey.info("memory")
        return int(memory["used_memory"])

    async def postgres_bytes(self) -> int:
        """Return how many bytes sales take in the database, indexes included."""
        connection = await asyncpg.connect(self._database_url)
        size = await connection.fetchval(
            "SELECT sum(pg_total_relation_size(name::regclass))::bigint "
            "FROM unnest(ARRAY['bookings', 'tickets', 'event_buyers', 'event_quarters']) AS name"
        )
        await connection.close()
        return int(size)

    def server_memory(self) -> list[int]:
        """Return the resident bytes of each HTTP worker."""
        return [worker.memory_info().rss for worker in self._server.children()] or [self._server.memory_info().rss]

    def usage(self) -> Usage:
        server = [each for one in (self._server, self._bare) for each in (one, *one.children(recursive=True))]
        valkey = self._used_in("valkey") + sum(map(_seconds, self._cluster))
        return Usage(sum(map(_seconds, server)), self._used_in("postgres"), valkey, time.process_time())

    def _used_in(self, home: str) -> float:
        """Return the CPU seconds of processes with this working directory."""
        directory = str(self._directory / home)
        return sum(_seconds(p) for p in psutil.process_iter(["cwd"]) if p.info["cwd"] == directory)

    async def close(self) -> None:
        await self._valkey.aclose()


def _seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


@dataclass(frozen=True, slots=True)
class Server:
    """An HTTP server in a process of its own."""

    port: int
    pid: int
    settings: dict[str, str]


@contextmanager
def open_bench(workers: int, cluster: Cluster | None = None) -> Iterator[Bench]:
    """Run the stores as `booked serve` does, durable, the server, and a bare one. Nothing of it is left afterwards.

    With a cluster, the holds are there and not in a Valkey of the bench's own.
    """
    with TemporaryDirectory(prefix="booked-bench-") as directory, embedded_servers(Path(directory)) as stores:
        asyncio.run(migrate(stores.database_url))
        settings = {
            "BOOKED_DATABASE_URL": stores.database_url,
            "BOOKED_REDIS_URL": cluster.url if cluster else stores.redis_url,
            "BOOKED_JWT_SECRET": SECRET,
            "BOOKED_TOKEN_TTL": str(12 * 3600),
            "BOOKED_WORKERS": str(workers),
        }
        log = Path(directory) / "server.log"
        with _serving("booked", settings, log) as server, _serving("bare", settings, log) as bare:
            yield Bench(Path(directory).resolve(), stores, server, bare, cluster)


@contextmanager
def _serving(application: str, settings: dict[str, str], log: Path) -> Iterator[Server]:
    port = _free_port()
    command = [sys.executable, "-m", "benchmarks.serve", application]
    with open(log, "ab") as lines:
        process = subprocess.Popen(
            command, env=os.environ | settings | {"BOOKED_PORT": str(port)}, stdout=lines, stderr=lines
        )
        try:
            _wait_until_open(process, port)
            yield Server(port, process.pid, settings)
        finally:
            process.terminate()
            process.wait(30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_open(server: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + OPENS_WITHIN
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("The server did not start.") from None
            time.sleep(0.05)
