"""A box office behind its HTTP address: the whole application on the real stores, called in process."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx
from litestar import Litestar
from redis.asyncio import Redis

from booked.adapters.http import HttpOptions
from booked.adapters.http.contracts.contract import Contract
from booked.adapters.postgres.database import PostgresDatabase
from booked.adapters.redis import RedisHoldStore
from booked.adapters.redis.limits import RedisLimiter
from booked.adapters.security import Argon2Hasher, JwtTokens
from booked.asgi import CONTRACTS
from booked.domain.model.ids import EventId, UserId
from booked.domain.model.people.users import Role, User
from booked.domain.services.wiring import Policy, Services, wire
from tests.clocks import AdvancingClock
from tests.http.applications import application
from tests.wiring import SECRET, ports_on

PASSWORD = "correct horse battery staple"
TOKEN_TTL = Policy().token_ttl
REFRESH_TTL = Policy().refresh_ttl
TIME = 1893524400

Headers = Mapping[str, str] | list[tuple[str, str]] | None


@dataclass(frozen=True)
class Person:
    """Somebody with an account, and with a token for it."""

    id: UserId
    email: str
    token: str

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@dataclass(frozen=True)
class Office:
    app: Litestar
    http: httpx.AsyncClient
    services: Services
    database: PostgresDatabase
    holds: RedisHoldStore
    clock: AdvancingClock
    tokens: JwtTokens
    database_url: str
    redis_url: str

    @asynccontextmanager
    async def connection(self) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
        """Connect to the database, past every adapter."""
        connection = await asyncpg.connect(self.database_url)
        try:
            yield connection
        finally:
            await connection.close()

    def valkey(self, *, decode_responses: bool = False) -> Redis:
        """Connect to the hold store, past every adapter."""
        return Redis.from_url(self.redis_url, decode_responses=decode_responses)

    async def person(self, name: str, role: Role = Role.USER) -> Person:
        user = await self.services.accounts.register(name, f"{name}@example.com", PASSWORD, role)
        return self.as_person(user)

    def as_person(self, user: User) -> Person:
        return Person(user.id, user.email, self.tokens.issue(user))

    async def event(self, seats: int = 10, name: str = "Concert", unix_time: int = TIME, **fields: Any) -> EventId:
        """An event that is on sale and known to both stores."""
        draft = {"name": name, "unix_time": unix_time, "address": "Main Street 1", "description": "Loud", **fields}
        admin = await self.admin()
        reply = await self.post("/event/", {**draft, "seat_count": seats}, admin)
        assert reply.status_code == 201, reply.text
        newest = max([id_ async for id_ in self._events_on_sale()])
        await self.services.inventory.repair(newest)
        return newest

    async def admin(self) -> Person:
        user = await self.services.accounts.ensure_admin("root", "root@example.com", PASSWORD)
        return self.as_person(user)

    async def get(self, path: str, who: Person | None = None, headers: Headers = None) -> httpx.Response:
        return await self.http.get(path, headers=_headers(who, headers))

    async def post(self, path: str, body: object, who: Person | None = None, headers: Headers = None) -> httpx.Response:
        """Send a body: bytes as they are, but called JSON, and anything else as JSON."""
        if isinstance(body, bytes):
            json_type = {"Content-Type": "application/json"}
            return await self.http.post(path, content=body, headers=_headers(who, headers, json_type))
        return await self.http.post(path, json=body, headers=_headers(who, headers))

    async def delete(self, path: str, who: Person | None = None) -> httpx.Response:
        return await self.http.delete(path, headers=_headers(who, None))

    async def send(
        self, method: str, path: str, body: object = None, who: Person | None = None, headers: Headers = None
    ) -> httpx.Response:
        """Send a request with any method, and a body, if there is one, as JSON."""
        return await self.http.request(method, path, headers=_headers(who, headers), json=body)

    async def reserve(self, who: Person, event_id: str, count: int) -> list[str]:
        reply = await self.post("/ticket/reserve/", {"event_id": event_id, "count": count}, who)
        assert reply.status_code == 200, reply.text
        tickets: list[str] = reply.json()["ticket_ids"]
        return tickets

    async def buy(self, who: Person, event_id: str, count: int) -> list[str]:
        tickets = await self.reserve(who, event_id, count)
        reply = await self.post("/ticket/book/", {"ticket_ids": tickets}, who)
        assert reply.status_code == 200, reply.text
        return tickets

    async def digest(self) -> str:
        """A digest of everything in both stores but deadlines, to tell that nothing has changed."""
        digest = hashlib.sha256()
        async with self.connection() as connection:
            tables = await connection.fetch(
                "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
                " ORDER BY relname"
            )
            for table in tables:
                rows = await connection.fetch(f'SELECT t::text FROM "{table["relname"]}" t ORDER BY t::text')
                digest.update(repr(rows).encode())
        async with self.valkey() as client:
            for key in sorted([key async for key in client.scan_iter(count=1000)]):
                digest.update(repr((key, await client.dump(key))).encode())
        return digest.hexdigest()

    async def _events_on_sale(self) -> AsyncIterator[EventId]:
        last = None
        while events := await self.database.ledgers.on_sale(last, 100):
            for event_id in events:
                yield event_id
            last = events[-1]


@dataclass(frozen=True)
class Backroom:
    """What stands behind the services."""

    database: PostgresDatabase
    holds: RedisHoldStore
    clock: AdvancingClock
    tokens: JwtTokens


@asynccontextmanager
async def open_services(
    database_url: str, redis_url: str, passwords: Argon2Hasher | None = None, **policy: Any
) -> AsyncIterator[tuple[Services, Backroom]]:
    """Open services on the real stores. `policy` has values of `Policy`. Without `passwords`, hashing costs little."""
    clock = AdvancingClock()
    tokens = JwtTokens(SECRET, TOKEN_TTL, clock)
    async with AsyncExitStack() as stack:
        passwords = passwords or Argon2Hasher(memory_kib=8, passes=1, threads=2)
        stack.callback(passwords.close)
        limiter = RedisLimiter.connect(redis_url)
        stack.push_async_callback(limiter.close)
        holds = RedisHoldStore.connect(redis_url)
        stack.push_async_callback(holds.close)
        database = await PostgresDatabase.connect(database_url)
        stack.push_async_callback(database.close)
        ports = ports_on(database, holds, clock, passwords=passwords, tokens=tokens, limiter=limiter)
        yield wire(ports=ports, policy=Policy(**policy)), Backroom(database, holds, clock, tokens)


@asynccontextmanager
async def open_office(
    database_url: str, redis_url: str, options: HttpOptions | None = None, **settings: Any
) -> AsyncIterator[Office]:
    """Open an office. `settings` as for `open_services`."""
    async with (
        open_services(database_url, redis_url, **settings) as (services, behind),
        serving(services, options) as (app, http),
    ):
        stores = behind.database, behind.holds
        yield Office(app, http, services, *stores, behind.clock, behind.tokens, database_url, redis_url)


@asynccontextmanager
async def serving(
    services: Services, options: HttpOptions | None = None, contracts: Sequence[Contract] = CONTRACTS
) -> AsyncIterator[tuple[Litestar, httpx.AsyncClient]]:
    """Run an application, and yield it with a client of it."""
    with application(services, options or HttpOptions(), contracts) as app:
        asgi: Any = app
        # As in a server, one task both starts and stops the application; those of fixtures are two.
        started: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        ended = asyncio.Event()
        life = asyncio.create_task(_live(app, started, ended))
        await started
        try:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(asgi), base_url="http://booked") as http:
                yield app, http
        finally:
            ended.set()
            await life


async def _live(app: Litestar, started: "asyncio.Future[None]", ended: asyncio.Event) -> None:
    try:
        async with app.lifespan():
            started.set_result(None)
            await ended.wait()
    except BaseException as error:
        if started.done():
            raise
        started.set_exception(error)


def _headers(who: Person | None, *more: Headers) -> list[tuple[str, str]]:
    headers = list(who.bearer.items()) if who else []
    for some in more:
        headers += some.items() if isinstance(some, Mapping) else some or []
    return headers


async def call(
    app: Litestar, method: str, path: str, headers: list[tuple[bytes, bytes]], messages: list[dict[str, Any]]
) -> tuple[int, int]:
    """Call the application with exactly these messages: the status, and how many of them it took."""
    sent: list[Any] = []
    left = list(messages)

    async def receive() -> Any:
        return left.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    scope: Any = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "scheme": "http",
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "http_version": "1.1",
    }
    await app(scope, receive, send)
    return sent[0]["status"], len(messages) - len(left)
