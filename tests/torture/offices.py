"""A box office to put to the proof: stores, an HTTP server in processes of its own, people and events."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

import asyncpg

from booked.adapters.embedded import embedded_servers
from booked.adapters.postgres.migrations import migrate
from booked.adapters.security import JwtTokens
from booked.adapters.system.clock import SystemClock
from booked.domain.model.ids import UserId
from booked.domain.model.people.users import Role, User
from tests.concurrency.processes import Process
from tests.running import environment, free_port
from tests.serve.visits import accepts_connections
from tests.servers import fresh_directory
from tests.torture.calls import Caller
from tests.torture.server import WITHOUT
from tests.torture.wires import Wire

SECRET = "a secret of the proofs, long enough to sign with"
TOKEN_TTL = timedelta(hours=12)
OPENS_WITHIN = 120.0  # seconds
LINES_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Office:
    """`inside` is one more process on stores of this kind, in ours."""

    port: int
    inside: Process
    database_url: str
    log: Path

    async def people(self, count: int) -> list[str]:
        """Register this many users. Return their tokens."""
        return tokens_for(await self.inside.people(count))

    def caller(self, token: str) -> Caller:
        return Caller(self.port, token)

    def last_lines(self) -> list[str]:
        """Return what the server wrote last."""
        return self.log.read_text(errors="replace").splitlines()[-LINES_SHOWN:]

    async def rows(self, statement: str, *values: object) -> list[asyncpg.Record]:
        """Ask the database, past every adapter."""
        connection = await asyncpg.connect(self.database_url)
        try:
            return await connection.fetch(statement, *values)
        finally:
            await connection.close()


@asynccontextmanager
async def box_office(
    settings: Mapping[str, str], without: Sequence[str] = (), wires: Mapping[str, Wire] = MappingProxyType({})
) -> AsyncIterator[Office]:
    """Open one whose server lacks some guards. `wires` are laid to the stores that these settings name.

    Nothing of it is left afterwards.
    """
    async with AsyncExitStack() as stack:
        directory = stack.enter_context(fresh_directory())
        stores = stack.enter_context(embedded_servers(directory, durable=False))
        await migrate(stores.database_url)
        port = free_port()
        everything = {
            "BOOKED_DATABASE_URL": stores.database_url,
            "BOOKED_REDIS_URL": stores.redis_url,
            "BOOKED_JWT_SECRET": SECRET,
            "BOOKED_TOKEN_TTL": str(TOKEN_TTL // timedelta(seconds=1)),
            "BOOKED_PORT": str(port),
            "BOOKED_WORKERS": "2",
            "BOOKED_RESERVATIONS_PER_MINUTE": "off",
            WITHOUT: ",".join(without),
            **settings,
        }
        for name, wire in wires.items():
            everything[name] = await stack.enter_async_context(wire.laid_to(everything[name]))
        log_path = directory / "server.log"
        with log_path.open("wb") as log:
            server = subprocess.Popen(  # noqa: ASYNC220 - it takes a moment, and nothing else goes on yet
                [sys.executable, "-m", "tests.torture.server"],
                env=environment(everything),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
            )
        try:
            await _opened(port, server)
            inside = await Process.open(stores.database_url, stores.redis_url)
            yield Office(port, inside, stores.database_url, log_path)
            await inside.close()
        finally:
            server.terminate()
            server.communicate(timeout=60)  # closes what tells the server that we live, as well


async def _opened(port: int, server: "subprocess.Popen[bytes]") -> None:
    async with asyncio.timeout(OPENS_WITHIN):
        while not accepts_connections(port):
            assert server.poll() is None, "the server did not start"
            await asyncio.sleep(0.05)


def tokens_for(people: Iterable[str]) -> list[str]:
    """Issue what the people with these ids would be given if they logged in."""
    tokens, now = JwtTokens(SECRET, TOKEN_TTL, SystemClock()), datetime.now(UTC)
    users = [User(UserId(id_), "Somebody", "", "", "-", Role.USER, 0, now) for id_ in people]
    return [tokens.issue(user) for user in users]
