"""The composition root: which adapter stands behind which port, and what is opened and closed with it.

Opening succeeds without the stores: until they answer, every call that needs them is a DB error.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace

from booked.adapters.embedded import embedded_servers, jwt_secret
from booked.adapters.http.services import HttpOptions, Services
from booked.adapters.notifications.log import LogNotifier
from booked.adapters.observing import LoggingObserver
from booked.adapters.postgres.database import PostgresDatabase
from booked.adapters.redis import RedisHoldStore
from booked.adapters.redis.limits import RedisLimiter
from booked.adapters.security import Argon2Hasher, HmacRefreshTokens, JwtTokens
from booked.adapters.system.clock import SystemClock
from booked.adapters.system.ids import UUIDv7Ids
from booked.adapters.system.limiter import MemoryLimiter
from booked.domain.errors import StoreError
from booked.domain.model.sale.holds import CLAIM_GRACE
from booked.domain.model.sale.reservations import longest_life
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
from booked.domain.services.upkeep.clearance import ClearanceService
from booked.domain.services.upkeep.inventory import InventoryService
from booked.domain.services.upkeep.upkeep import UpkeepService
from booked.domain.services.upkeep.verification import VerificationService
from booked.settings import Settings


@contextmanager
def running_stores(settings: Settings) -> Iterator[Settings]:
    """The settings with stores to connect to. Embedded ones run at least until the block ends.

    Blocks while they start, hence not for use on an event loop. Raises `ServerFailed`.
    """
    if not settings.embedded:
        yield settings
        return
    with embedded_servers(settings.data_dir) as servers:
        yield replace(
            settings,
            database_url=servers.database_url,
            redis_url=servers.redis_url,
            jwt_secret=settings.jwt_secret or jwt_secret(settings.data_dir),
        )


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Services]:
    """What people can do, for the HTTP contracts and for whoever acts in their place."""
    async with _stores(settings) as stores, AsyncExitStack() as stack:
        tokens = JwtTokens(settings.signing_secret(), settings.token_ttl, stores.clock)
        # Each process hashes in its share of the cores but one, and in one thread at least.
        passwords = Argon2Hasher(threads=max(1, ((os.cpu_count() or 1) - 1) // settings.workers))
        stack.callback(passwords.close)
        _, redis_url = settings.stores()
        limiter = RedisLimiter.connect(redis_url, timeout=settings.redis_timeout.total_seconds())
        stack.push_async_callback(limiter.close)
        limits = LimitService(limiter, MemoryLimiter(stores.clock), stores.observer, _limits(settings))
        yield _services(settings, stores, passwords, tokens, limits)


@asynccontextmanager
async def open_upkeep(settings: Settings) -> AsyncIterator[UpkeepService]:
    """What the worker does."""
    async with _stores(settings) as stores:
        inventory = stores.inventory(settings)
        waitlist = stores.waitlist(settings, inventory, PlanCache(stores.database, stores.clock))
        events = stores.events(settings)
        yield UpkeepService(stores.database, events, inventory, waitlist, stores.clock, stores.observer)


@asynccontextmanager
async def open_verification(settings: Settings) -> AsyncIterator[VerificationService]:
    async with _stores(settings) as stores:
        yield VerificationService(stores.database, stores.holds, stores.clock)


@asynccontextmanager
async def open_clearance(settings: Settings) -> AsyncIterator[ClearanceService]:
    async with _stores(settings) as stores:
        yield ClearanceService(stores.database, stores.holds)


@asynccontextmanager
async def open_api_keys(settings: Settings) -> AsyncIterator[ApiKeyService]:
    async with _stores(settings) as stores:
        yield stores.api_keys(settings)


def _limits(settings: Settings) -> Limits:
    return Limits.of(
        logins=settings.logins_per_minute,
        registrations=settings.registrations_per_minute,
        reservations=settings.reservations_per_minute,
        wrong_passwords=settings.wrong_passwords,
    )


def _services(
    settings: Settings, stores: "_Stores", passwords: Argon2Hasher, tokens: JwtTokens, limits: LimitService
) -> Services:
    database, holds, ids, clock = stores.database, stores.holds, stores.ids, stores.clock
    accounts = AccountService(
        database,
        passwords,
        tokens,
        ids,
        clock,
        settings.password_min_length,
        settings.conceal_accounts,
        settings.token_ttl,
    )
    sessions = SessionService(
        accounts,
        database,
        passwords,
        tokens,
        HmacRefreshTokens(settings.signing_secret()),
        ids,
        clock,
        settings.password_min_length,
        settings.token_ttl,
        settings.refresh_ttl,
    )
    inventory = stores.inventory(settings)
    plans = PlanCache(database, clock)
    organizations = OrganizationService(database, ids)
    venues = VenueService(database, organizations, ids)
    events = stores.events(settings)
    catalogue = CatalogueService(database, inventory, plans, events, venues, organizations, ids)
    ticket_types = TicketTypeService(
        database, holds, inventory, plans, catalogue, venues, clock, settings.hold_ttl, settings.offer_ttl
    )
    sale = SaleService(database, holds, inventory, ids, clock, stores.observer, settings.hold_ttl)
    reservations = ReservationService(holds, inventory, plans, clock, stores.observer, settings.hold_ttl)
    bookings = BookingService(database, sale, reservations, plans, accounts, organizations)
    seats = SeatService(database, holds, inventory, catalogue, sale, clock)
    return Services(
        accounts=accounts,
        sessions=sessions,
        organizations=organizations,
        venues=venues,
        events=events,
        catalogue=catalogue,
        ticket_types=ticket_types,
        seats=seats,
        reservations=reservations,
        sale=sale,
        bookings=bookings,
        counter=CounterService(database, catalogue, plans, bookings, ids, clock, settings.tickets_per_user),
        api_keys=stores.api_keys(settings),
        concerts=ConcertService(catalogue, seats),
        waitlist=stores.waitlist(settings, inventory, plans),
        analytics=AnalyticsService(database, holds, catalogue, ticket_types, organizations),
        limits=limits,
        tokens=tokens,
        readiness=stores.readiness,
    )


def http_options(settings: Settings) -> HttpOptions:
    return HttpOptions(
        body_deadline=settings.body_timeout.total_seconds(),
        trusted_proxies=settings.trusted_proxies,
        metrics_readers=settings.metrics_readers,
    )


@dataclass(frozen=True, slots=True)
class _Stores:
    """The connections, and what every service is given beside them."""

    database: PostgresDatabase
    holds: RedisHoldStore
    clock: SystemClock
    ids: UUIDv7Ids
    observer: LoggingObserver

    def inventory(self, settings: Settings) -> InventoryService:
        longest = longest_life(settings.hold_ttl, settings.offer_ttl) + CLAIM_GRACE
        return InventoryService(self.database, self.holds, self.clock, self.observer, settings.claim_timeout, longest)

    def events(self, settings: Settings) -> EventService:
        return EventService(self.database, self.holds, self.ids, settings.tickets_per_user)

    def api_keys(self, settings: Settings) -> ApiKeyService:
        return ApiKeyService(self.database, self.ids, self.clock, open_to_all=settings.counter == "open")

    def waitlist(self, settings: Settings, inventory: InventoryService, plans: PlanCache) -> WaitlistService:
        return WaitlistService(
            self.database,
            self.holds,
            inventory,
            plans,
            LogNotifier(),
            self.ids,
            self.clock,
            self.observer,
            settings.offer_ttl,
        )

    async def readiness(self) -> Mapping[str, bool]:
        """Which of the stores answers."""
        database, holds = await asyncio.gather(_answers(self.database.ping), _answers(self.holds.ping))
        return {"database": database, "holds": holds}


@asynccontextmanager
async def _stores(settings: Settings) -> AsyncIterator[_Stores]:
    database_url, redis_url = settings.stores()
    async with AsyncExitStack() as stack:
        database = await PostgresDatabase.connect(
            database_url,
            pool_size=settings.database_pool_size,
            timeout=settings.database_timeout.total_seconds(),
        )
        stack.push_async_callback(database.close)
        holds = RedisHoldStore.connect(
            redis_url, timeout=settings.redis_timeout.total_seconds(), held_per_user=settings.held_per_user
        )
        stack.push_async_callback(holds.close)
        yield _Stores(database, holds, SystemClock(), UUIDv7Ids(), LoggingObserver())


async def _answers(ping: Callable[[], Awaitable[None]]) -> bool:
    try:
        await ping()
    except StoreError:
        return False
    return True
