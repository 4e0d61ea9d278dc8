"""A box office behind its HTTP address: the whole application on the real stores, called in process."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
from litestar import Litestar

from booked.adapters.http import HttpOptions, Services, create_app
from booked.adapters.postgres.database import PostgresDatabase
from booked.adapters.redis import RedisHoldStore
from booked.adapters.redis.limits import RedisLimiter
from booked.adapters.security import Argon2Hasher, HmacRefreshTokens, JwtTokens
from booked.adapters.system.ids import UUIDv7Ids
from booked.adapters.system.limiter import MemoryLimiter
from booked.domain.model.ids import EventId, UserId
from booked.domain.model.people.users import Role, User
from booked.domain.services.figures.analytics import AnalyticsService
from booked.domain.services.people.accounts import AccountService
from booked.domain.services.people.api_keys import ApiKeyService
from booked.domain.services.people.limits import Limits, LimitService
from booked.domain.services.people.organizations import OrganizationService
from booked.domain.services.people.sessions import SessionService
from booked.domain.services.programme.catalogue import CatalogueService
from booked.domain.services.programme.concerts import ConcertService
from booked.domain.services.programme.events import EventService
from booked.domain.services.programme.plans import PlanCache
from booked.domain.services.programme.ticket_types import TicketTypeService
from booked.domain.services.programme.venues import VenueService
from booked.domain.services.sale.bookings import BookingService
from booked.domain.services.sale.counter import CounterService
from booked.domain.services.sale.reservations import ReservationService
from booked.domain.services.sale.sales import SaleService
from booked.domain.services.sale.seats import SeatService
from booked.domain.services.sale.waitlist import WaitlistService
from booked.domain.services.upkeep.inventory import InventoryService
from tests.builders import LONGEST_HOLD
from tests.clocks import AdvancingClock
from tests.memory.notifier import RecordingNotifier
from tests.memory.observer import RecordingObserver

SECRET = "a secret of the tests, long enough to sign with"
PASSWORD = "correct horse battery staple"
TOKEN_TTL = timedelta(hours=1)
REFRESH_TTL = timedelta(days=14)
OFFER_TTL = timedelta(minutes=15)
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

    async def person(self, name: str, role: Role = Role.USER) -> Person:
        user = await self.services.accounts.register(name, f"{name}@example.com", PASSWORD, role)
        return self.as_person(user)

    def as_person(self, user: User) -> Person:
        return Person(user.id, user.email, self.tokens.issue(user))

    async def event(self, seats: int = 10, name: str = "Concert", unix_time: int = TIME, **fields: Any) -> EventId:
        """An event that is on sale and known to both stores."""
        draft = {"name": name, "unix_time": unix_time, "address": "Main Street 1", "description": "", **fields}
        admin = await self.admin()
        reply = await self.post("/event/", {**draft, "seat_count": seats}, admin)
        assert reply.status_code == 201, reply.text
        newest = max([id_ async for id_ in self._events_on_sale()])
        await self.services.sale.inventory.repair(newest)
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
        async with self.database._pool.acquire() as connection:
            tables = await connection.fetch(
                "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
                " ORDER BY relname"
            )
            for table in tables:
                rows = await connection.fetch(f'SELECT t::text FROM "{table["relname"]}" t ORDER BY t::text')
                digest.update(repr(rows).encode())
        client = self.holds._client
        for key in sorted([key async for key in client.scan_iter(count=1000)]):
            digest.update(repr((key, await client.dump(key))).encode())
        return digest.hexdigest()

    async def _events_on_sale(self) -> AsyncIterator[EventId]:
        last = None
        while events := await self.database.events.on_sale(last, 100):
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
async def open_services(database_url: str, redis_url: str, **settings: Any) -> AsyncIterator[tuple[Services, Backroom]]:
    """`settings` are `ticket_limit`, `conceal_accounts`, `hold_ttl`, `open_to_all`, `limits` and `passwords`."""
    clock, ids = AdvancingClock(), UUIDv7Ids()
    observer, notifier = RecordingObserver(), RecordingNotifier()
    tokens = JwtTokens(SECRET, TOKEN_TTL, clock)
    passwords = settings.get("passwords") or Argon2Hasher(memory_kib=8, passes=1, threads=2)
    database = await PostgresDatabase.connect(database_url)
    holds = RedisHoldStore.connect(redis_url)
    limiter = RedisLimiter.connect(redis_url)
    inventory = InventoryService(database, holds, clock, observer, timedelta(seconds=15), LONGEST_HOLD)
    hold_ttl = settings.get("hold_ttl", timedelta(minutes=10))
    conceal = settings.get("conceal_accounts", False)

    async def readiness() -> Mapping[str, bool]:
        await database.ping()
        await holds.ping()
        return {"database": True, "holds": True}

    accounts = AccountService(database, passwords, tokens, ids, clock, 8, conceal, TOKEN_TTL)
    refresh_tokens = HmacRefreshTokens(SECRET)
    plans = PlanCache(database, clock)
    organizations = OrganizationService(database, ids)
    venues = VenueService(database, organizations, ids)
    ticket_limit = settings.get("ticket_limit")
    events = EventService(database, holds, ids, ticket_limit)
    catalogue = CatalogueService(database, inventory, plans, events, venues, organizations, ids)
    ticket_types = TicketTypeService(database, holds, inventory, plans, catalogue, venues, clock, hold_ttl, OFFER_TTL)
    sale = SaleService(database, holds, inventory, ids, clock, observer, hold_ttl)
    reservations = ReservationService(holds, inventory, plans, clock, observer, hold_ttl)
    bookings = BookingService(database, sale, reservations, plans, accounts, organizations)
    seats = SeatService(database, holds, inventory, catalogue, sale, clock)
    services = Services(
        accounts=accounts,
        sessions=SessionService(
            accounts, database, passwords, tokens, refresh_tokens, ids, clock, 8, TOKEN_TTL, REFRESH_TTL
        ),
        organizations=organizations,
        venues=venues,
        events=events,
        catalogue=catalogue,
        ticket_types=ticket_types,
        seats=seats,
        reservations=reservations,
        sale=sale,
        bookings=bookings,
        counter=CounterService(database, catalogue, plans, bookings, ids, clock, ticket_limit),
        api_keys=ApiKeyService(database, ids, clock, open_to_all=settings.get("open_to_all", False)),
        concerts=ConcertService(catalogue, seats),
        waitlist=WaitlistService(database, holds, inventory, plans, notifier, ids, clock, observer, OFFER_TTL),
        analytics=AnalyticsService(database, holds, catalogue, ticket_types, organizations),
        limits=LimitService(limiter, MemoryLimiter(clock), observer, settings.get("limits", Limits())),
        tokens=tokens,
        readiness=readiness,
    )
    try:
        yield services, Backroom(database, holds, clock, tokens)
    finally:
        await database.close()
        await holds.close()
        await limiter.close()
        passwords.close()


@asynccontextmanager
async def open_office(
    database_url: str, redis_url: str, options: HttpOptions | None = None, **settings: Any
) -> AsyncIterator[Office]:
    """`settings` as for `open_services`."""
    async with (
        open_services(database_url, redis_url, **settings) as (services, behind),
        serving(services, options) as (app, http),
    ):
        yield Office(app, http, services, behind.database, behind.holds, behind.clock, behind.tokens)


@asynccontextmanager
async def serving(
    services: Services, options: HttpOptions | None = None
) -> AsyncIterator[tuple[Litestar, httpx.AsyncClient]]:
    """The running application, and a client of it."""
    app = create_app(partial(_provided, services), options or HttpOptions())
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


@asynccontextmanager
async def _provided(services: Services) -> AsyncIterator[Services]:
    yield services


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
