"""Pairs of servers, one a replica of the other, on ports of this machine: what a failover happens to."""

import asyncio
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from redis.asyncio import Redis
from redis.exceptions import RedisError

from booked.adapters.embedded.directories import private_directory
from booked.adapters.embedded.postgres import INITDB_OPTIONS, SUPERUSER, Programs, programs_for
from booked.adapters.embedded.valkey import program
from tests.running import free_port

PATIENCE = 120.0  # seconds for what should take one


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """One server on a directory of its own."""

    programs: Programs
    home: Path
    port: int

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @contextmanager
    def running(self, *options: str) -> Iterator["subprocess.Popen[bytes]"]:
        """Run until the block ends, unless it ends before."""
        account = self.programs.account
        process = subprocess.Popen(
            [
                self.programs.directory / "postgres",
                f"-D{self.home}",
                f"-p{self.port}",
                "-clisten_addresses=127.0.0.1",
                "-cunix_socket_directories=",
                "-cfsync=off",
                *options,
            ],
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    async def accepts(self) -> None:
        """Return when it answers."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                connection = await asyncpg.connect(f"postgresql://{SUPERUSER}@{self.address}/postgres")
            except (OSError, asyncpg.PostgresError):
                assert time.monotonic() < deadline, "Postgres does not start"
                await asyncio.sleep(0.05)
                continue
            await connection.close()
            return

    async def run(self, statement: str) -> object:
        connection = await asyncpg.connect(f"postgresql://{SUPERUSER}@{self.address}/postgres")
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()


@dataclass(frozen=True, slots=True)
class PostgresPair:
    primary: PostgresServer
    standby: PostgresServer
    processes: "tuple[subprocess.Popen[bytes], subprocess.Popen[bytes]]"

    @property
    def url(self) -> str:
        """Of both, the standby first."""
        return f"postgresql://{SUPERUSER}@{self.standby.address},{self.primary.address}/postgres"

    async def catch_up(self) -> None:
        """Return when the standby has replayed what the primary has written."""
        written = await self.primary.run("SELECT pg_current_wal_lsn()::text")
        deadline = time.monotonic() + PATIENCE
        while not await self.standby.run(f"SELECT pg_last_wal_replay_lsn() >= '{written}'"):
            assert time.monotonic() < deadline, "the standby does not follow"
            await asyncio.sleep(0.02)

    async def fall_behind(self) -> None:
        """Let the standby receive nothing more."""
        await self.standby.run("ALTER SYSTEM SET primary_conninfo = ''")
        await self.standby.run("SELECT pg_reload_conf()")
        deadline = time.monotonic() + PATIENCE
        while await self.primary.run("SELECT count(*) FROM pg_stat_replication"):
            assert time.monotonic() < deadline, "the standby still follows"
            await asyncio.sleep(0.02)

    async def fail_over(self) -> None:
        """Kill the primary and promote the standby."""
        self.processes[0].kill()
        self.processes[0].wait()
        await self.standby.run("SELECT pg_promote()")


@asynccontextmanager
async def postgres_pair(directory: Path, *, synchronous: bool = False) -> AsyncIterator[PostgresPair]:
    """A primary and a standby that follows it.

    The primary confirms a commit without waiting for the standby or, if `synchronous`, after it has written it as well.
    """
    home = private_directory(directory / "primary")
    programs = programs_for(home)
    programs.run("initdb", f"--pgdata={home}", *INITDB_OPTIONS)
    primary = PostgresServer(programs, home, free_port())
    with ExitStack() as stack:
        first = stack.enter_context(primary.running(*["-csynchronous_standby_names=*"] * synchronous))
        await primary.accepts()
        copy = private_directory(directory / "standby")
        if programs.account:
            programs.account.owns(copy)
        source = f"host=127.0.0.1 port={primary.port} user={SUPERUSER}"
        programs.run(
            "pg_basebackup", f"--pgdata={copy}", f"--dbname={source}", "--checkpoint=fast", "--write-recovery-conf"
        )
        standby = PostgresServer(programs, copy, free_port())
        second = stack.enter_context(standby.running())
        await standby.accepts()
        yield PostgresPair(primary, standby, (first, second))


@asynccontextmanager
async def valkey_pair(directory: Path) -> AsyncIterator[tuple[Redis, Redis]]:
    """A Valkey and its replica, by their clients."""
    with _a_valkey(directory / "first") as first_url, _a_valkey(directory / "second") as second_url:
        async with Redis.from_url(first_url) as first, Redis.from_url(second_url) as second:
            await _answers(first)
            await _answers(second)
            await follow(second, first)
            yield first, second


@contextmanager
def _a_valkey(home: Path) -> Iterator[str]:
    port = free_port()
    arguments = ["--bind", "127.0.0.1", "--save", "", "--repl-diskless-sync-delay", "0"]
    process = subprocess.Popen(
        [program(), "--port", str(port), "--dir", str(private_directory(home)), *arguments],
        stdout=subprocess.DEVNULL,
    )
    try:
        yield f"redis://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def url_of(client: Redis) -> str:
    return f"redis://127.0.0.1:{client.connection_pool.connection_kwargs['port']}"


async def follow(replica: Redis, primary: Redis) -> None:
    """Make one server the replica of another; return when it has all its data."""
    await replica.replicaof("127.0.0.1", primary.connection_pool.connection_kwargs["port"])
    deadline = time.monotonic() + PATIENCE
    while (await replica.info("replication")).get("master_link_status") != "up":
        assert time.monotonic() < deadline, "the replica does not follow"
        await asyncio.sleep(0.02)


async def promote(replica: Redis) -> None:
    await replica.replicaof("NO", "ONE")


async def _answers(client: Redis) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            await client.ping()
        except (OSError, RedisError):
            assert time.monotonic() < deadline, "Valkey does not start"
            await asyncio.sleep(0.02)
        else:
            return
