"""A whole box office on the real stores: several `Process`es share them."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import asyncpg
from redis.asyncio import Redis
from uuid_utils.compat import uuid7

from booked.adapters.postgres.database import PostgresDatabase
from booked.adapters.redis import RedisHoldStore
from booked.domain.model.ids import BookingId, EventId, UserId, number_of, ticket_id
from booked.domain.model.people.users import NewUser, Role
from booked.domain.model.sale.holds import disagreement
from booked.domain.services.wiring import Policy
from tests.builders import a_specification
from tests.clocks import AdvancingClock
from tests.memory.notifier import RecordingNotifier
from tests.wiring import Wired, ports_on

BLOCKED = "WHERE datname = current_database() AND wait_event_type = 'Lock'"
CLAIM_TIMEOUT = timedelta(0)  # every claim that a sweep meets counts as left behind


class Process(Wired):
    def __init__(self, database: PostgresDatabase, holds: RedisHoldStore, tickets_per_user: int | None = None) -> None:
        self.database = database
        self.holds = holds
        self.clock = AdvancingClock()
        self.notifier = RecordingNotifier()
        ports = ports_on(database, holds, self.clock, notifier=self.notifier)
        self.wire(ports, Policy(claim_timeout=CLAIM_TIMEOUT, tickets_per_user=tickets_per_user))

    @classmethod
    async def open(cls, database_url: str, redis_url: str, tickets_per_user: int | None = None) -> "Process":
        database = await PostgresDatabase.connect(database_url, pool_size=12)
        return cls(database, RedisHoldStore.connect(redis_url, pool_size=24), tickets_per_user)

    async def close(self) -> None:
        await self.database.close()
        await self.holds.close()

    async def people(self, count: int) -> list[UserId]:
        ids = [UserId(str(uuid7())) for _ in range(count)]
        for id_ in ids:
            await self.database.users.add(NewUser(id_, "Somebody", "", f"{id_}@example.com", "-", Role.USER))
        return ids

    async def event(self, seats: int) -> EventId:
        return await self.events.put_on(a_specification(seats=seats))

    async def buy(self, user_id: UserId, event_id: EventId, count: int = 1) -> list[int]:
        """Reserve and book tickets. Return their numbers."""
        tickets = await self.sale.reserve(user_id, event_id, count)
        await self.sale.book(user_id, tickets)
        return [number_of(ticket) for ticket in tickets]


@dataclass
class Truth:
    """Looks straight into the stores, past every adapter."""

    connection: "asyncpg.Connection[asyncpg.Record]"
    valkey: Redis

    async def sold(self, event_id: EventId) -> list[int]:
        """The number of every standing ticket, as often as it was sold."""
        rows = await self.connection.fetch(
            "SELECT number FROM tickets WHERE event_id = $1 AND cancelled_at IS NULL ORDER BY number", event_id
        )
        return [row["number"] for row in rows]

    async def lapse(self, event_id: EventId, user_id: UserId, number: int) -> None:
        """Let a hold's time run out now."""
        member = f"{number}:{user_id}"
        if await self.valkey.zscore(f"expiry:{{{event_id}}}", member) is not None:
            await self.valkey.zadd(f"expiry:{{{event_id}}}", {member: 1})
            await self.valkey.delete(f"hold:{{{event_id}}}:{ticket_id(event_id, number)}")

    async def lapse_claims(self, event_id: EventId) -> None:
        """Let the time of all holds that are being booked run out now."""
        for booking, claim in (await self.valkey.hgetall(f"claims:{{{event_id}}}")).items():
            assert isinstance(claim, bytes)
            *head, tickets, terms = claim.split(b"|", 4)
            lapsed = re.sub(rb"\b(\d+):\d+", rb"\1:1", tickets)
            await self.valkey.hset(f"claims:{{{event_id}}}", booking, b"|".join([*head, lapsed, terms]))

    async def lapse_offer(self, event_id: EventId, user_id: UserId, numbers: Iterable[int]) -> None:
        """Let the time of an offer, and of its holds, run out now."""
        for number in numbers:
            await self.lapse(event_id, user_id, number)
        record = await self.valkey.hget(f"offers:{{{event_id}}}", user_id)
        assert isinstance(record, bytes)
        entry, _, offered = record.split(b"|")
        await self.valkey.hset(f"offers:{{{event_id}}}", user_id, b"|".join([entry, b"1", offered]))
        await self.connection.execute(
            "UPDATE waitlist_entries SET offer_expires_at = now() WHERE id = $1 AND state = 'offered'", entry.decode()
        )

    async def pass_an_hour_of_gathering(self, event_id: EventId) -> None:
        """Let tickets have gathered for an hour longer than they have."""
        await self.connection.execute(
            "UPDATE waitlist_entries SET gathering_since = gathering_since - interval '1 hour' WHERE event_id = $1",
            event_id,
        )

    async def drop_capacity(self) -> None:
        """Let events sell more tickets than they have."""
        await self.connection.execute("ALTER TABLE events DROP CONSTRAINT events_sold_within_capacity")

    async def drop_unique_index(self) -> None:
        """Let a ticket be sold many times."""
        await self.connection.execute("DROP INDEX tickets_sold_once")

    async def wait_for_blocked_backends(self, count: int = 1) -> None:
        """Return when this many statements wait for locks."""
        while await self.connection.fetchval("SELECT count(*) FROM pg_stat_activity " + BLOCKED) < count:
            await self.connection.execute("SELECT pg_stat_clear_snapshot()")  # this may be in mid-transaction
            await asyncio.sleep(0.01)

    async def wait_until_done_or_blocked(self, task: "asyncio.Task[Any]") -> None:
        """Return when a task is done, or waits for a lock."""
        blocked = asyncio.create_task(self.wait_for_blocked_backends())
        await asyncio.wait({task, blocked}, return_when=asyncio.FIRST_COMPLETED)
        blocked.cancel()
        await asyncio.wait({blocked})

    async def terminate_blocked_backends(self) -> None:
        await self.connection.fetch("SELECT pg_terminate_backend(pid) FROM pg_stat_activity " + BLOCKED)


class Gate:
    """Stops a process just before one of its calls, until it is let go on."""

    def __init__(self, target: Any, method: str) -> None:
        self.reached = asyncio.Event()
        self._open = asyncio.Event()
        self._original: Callable[..., Awaitable[Any]] = getattr(target, method)
        setattr(target, method, self._stop)

    def open(self) -> None:
        self._open.set()

    async def _stop(self, *arguments: Any, **options: Any) -> Any:
        self.reached.set()
        await self._open.wait()
        return await self._original(*arguments, **options)


async def together(attempts: Sequence[Awaitable[Any]]) -> list[Any]:
    """What each attempt returned or raised, all of them started at once."""
    return await asyncio.gather(*attempts, return_exceptions=True)


def booking_id(number: int) -> BookingId:
    return BookingId(f"01a00000-0000-7000-8000-{number:012x}")


async def agrees(process: Process, event_id: EventId) -> bool:
    """Tell whether both stores agree about an event."""
    ledger = await process.database.ledgers.get(event_id)
    assert ledger is not None
    return disagreement(ledger, await process.holds.stock(event_id)) is None


async def sold_out(process: Process, seats: int) -> tuple[EventId, UserId]:
    """Make an event whose tickets all belong to one person."""
    event_id = await process.event(seats)
    [owner] = await process.people(1)
    for first in range(0, seats, 100):
        await process.buy(owner, event_id, min(100, seats - first))
    return event_id, owner
