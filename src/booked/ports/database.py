"""The database: what is true. It decides every sale.

Repositories can be used directly, each call its own transaction, or together as `async with database.transaction()`.
Every call ends within a time limit. A call that fails raises `StoreReadFailed` or `StoreWriteFailed`, and one whose
outcome cannot be known `TransactionFailed`.
"""

from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Protocol

from booked.domain.model.ids import EventId
from booked.ports.figures import Analytics
from booked.ports.people import ApiKeys, Guests, Organizations, Sessions, Users
from booked.ports.programme import Categories, Events, Venues
from booked.ports.sale import Bookings, IdempotencyKeys, Waitlist


class LeadershipLost(Exception):
    """Another process has taken over a duty. Nothing was written."""

    def __init__(self, duty: str) -> None:
        super().__init__(f"another process leads: {duty}")


class Repositories(Protocol):
    @property
    def users(self) -> Users: ...

    @property
    def sessions(self) -> Sessions: ...

    @property
    def organizations(self) -> Organizations: ...

    @property
    def guests(self) -> Guests: ...

    @property
    def api_keys(self) -> ApiKeys: ...

    @property
    def events(self) -> Events: ...

    @property
    def bookings(self) -> Bookings: ...

    @property
    def idempotency_keys(self) -> IdempotencyKeys: ...

    @property
    def venues(self) -> Venues: ...

    @property
    def categories(self) -> Categories: ...

    @property
    def waitlist(self) -> Waitlist: ...

    @property
    def analytics(self) -> Analytics: ...

    async def now(self) -> datetime:
        """Return the database's time at this moment, also within a transaction that began before."""
        ...


class Database(Repositories, Protocol):
    def transaction(
        self, patience: timedelta | None = None, at: EventId | None = None
    ) -> AbstractAsyncContextManager[Repositories]:
        """Repositories whose calls take effect together at the end, or, if the block raises, not at all.

        With `patience`, each call may take that long instead of the usual time limit. `at` names the event that the
        block locks: those who wait for its lock keep nobody from other events.
        """
        ...

    def leadership(self, duty: str) -> "AbstractAsyncContextManager[Database | None]":
        """Lead a duty for as long as the block runs; None where another process does.

        A process that freezes, or is cut off, leads for some seconds at most. If another one has taken over since, what
        it writes to the database that it is given raises `LeadershipLost` and has no effect.
        """
        ...

    async def was_led(self, duty: str, within: timedelta) -> bool:
        """Whether any process has led a duty within this time, by the database's clock."""
        ...

    async def clear(self) -> list[EventId]:
        """Remove everything but admins and API keys, all of it or nothing, and name the events that are gone.

        Admins stay logged in; tokens of everybody else are void. A claim of an event that is gone is never committed.
        Raises `StoreWriteFailed` where transactions under way keep it waiting for too long.
        """
        ...

    async def ping(self) -> None:
        """Return if the database answers."""
        ...
