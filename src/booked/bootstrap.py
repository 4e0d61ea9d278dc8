"""The composition root: which adapter stands behind which port, and what is opened and closed with it.

Opening succeeds without the stores: until they answer, every call that needs them is a DB error.
"""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from typing import NoReturn

from booked.adapters.embedded import embedded_servers, jwt_secret
from booked.adapters.notifications.log import LogNotifier
from booked.adapters.observing import LoggingObserver
from booked.adapters.postgres.database import PostgresDatabase
from booked.adapters.redis.limits import RedisLimiter
from booked.adapters.redis.store import RedisHoldStore
from booked.adapters.security import Argon2Hasher, HmacRefreshTokens, JwtTokens
from booked.adapters.system.clock import SystemClock
from booked.adapters.system.ids import UUIDv7Ids
from booked.adapters.system.limiter import MemoryLimiter
from booked.connections import connections
from booked.domain.services.people.limits import Limits
from booked.domain.services.wiring import Policy, Ports, Services, wire
from booked.settings import Settings

STREAMS_SHARE = 0.6  # of the connections of a process; the others are for requests


@contextmanager
def running_stores(settings: Settings) -> Iterator[tuple[Settings, bool]]:
    """Run embedded stores until the block ends, if there are no others.

    Yield settings that say where the stores are, and whether this process started them: then nobody else uses them.
    Blocks while they start, hence not for use on an event loop. Raises `ServerFailed`.
    """
    if not settings.embedded:
        yield settings, False
        return
    with embedded_servers(settings.data_dir) as servers:
        running = replace(
            settings,
            database_url=servers.database_url,
            redis_url=servers.redis_url,
            database_pooled=False,  # no pooler stands before them
            jwt_secret=settings.jwt_secret or jwt_secret(settings.data_dir),
        )
        yield running, not servers.attached


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Services]:
    """Open the services of a process in which people log in. Raises `InvalidSettings` without a signing secret."""
    secret = settings.signing_secret()
    _, redis_url = settings.stores()
    async with _ports(settings) as ports, AsyncExitStack() as stack:
        # Each process hashes in its share of the cores but one, and in one thread at least.
        passwords = Argon2Hasher(threads=max(1, ((os.cpu_count() or 1) - 1) // settings.workers))
        stack.callback(passwords.close)
        limiter = RedisLimiter.connect(redis_url, timeout=settings.redis_timeout.total_seconds())
        stack.push_async_callback(limiter.close)
        complete = replace(
            ports,
            passwords=passwords,
            tokens=JwtTokens(secret, settings.token_ttl, ports.clock),
            refresh_tokens=HmacRefreshTokens(secret),
            limiter=limiter,
        )
        yield wire(ports=complete, policy=_policy(settings))


@asynccontextmanager
async def open_maintenance(settings: Settings) -> AsyncIterator[Services]:
    """Open the services of a process in which nobody logs in, such as the worker."""
    async with _ports(settings) as ports:
        yield wire(ports=ports, policy=_policy(settings))


class _Unopened:
    """What stands behind the ports for logging in where nobody does. Any use is a fault."""

    def __getattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"Nobody logs in to this process: there is no {name}.")


@asynccontextmanager
async def _ports(settings: Settings) -> AsyncIterator[Ports]:
    database_url, redis_url = settings.stores()
    clock, unopened = SystemClock(), _Unopened()
    async with AsyncExitStack() as stack:
        database = await PostgresDatabase.connect(
            database_url,
            pool_size=settings.database_pool_size,
            timeout=settings.database_timeout.total_seconds(),
            shared_commits=settings.shared_commits,
            pooled=settings.database_pooled,
        )
        stack.push_async_callback(database.close)
        holds = RedisHoldStore.connect(
            redis_url, timeout=settings.redis_timeout.total_seconds(), held_per_user=settings.held_per_user
        )
        stack.push_async_callback(holds.close)
        yield Ports(
            database=database,
            holds=holds,
            clock=clock,
            ids=UUIDv7Ids(),
            observer=LoggingObserver(),
            notifier=LogNotifier(),
            passwords=unopened,
            tokens=unopened,
            refresh_tokens=unopened,
            limiter=unopened,
            local_limiter=MemoryLimiter(clock),
        )


def _policy(settings: Settings) -> Policy:
    return Policy(
        hold_ttl=settings.hold_ttl,
        offer_ttl=settings.offer_ttl,
        claim_timeout=settings.claim_timeout,
        token_ttl=settings.token_ttl,
        refresh_ttl=settings.refresh_ttl,
        password_min_length=settings.password_min_length,
        conceal_accounts=settings.conceal_accounts,
        tickets_per_user=settings.tickets_per_user,
        counter_open=settings.counter == "open",
        timezone=settings.timezone,
        streams_most=int(connections() * STREAMS_SHARE),
        limits=Limits.of(
            logins=settings.logins_per_minute,
            registrations=settings.registrations_per_minute,
            reservations=settings.reservations_per_minute,
            wrong_passwords=settings.wrong_passwords,
        ),
    )
