"""The database as a whole: what is true. It decides every sale.

Call repositories directly, each call in a transaction of its own, or together as `async with database.transaction()`.
Every call ends within a time limit. A call that fails raises `StoreReadFailed` or `StoreWriteFailed`, and one with an
unknown outcome `TransactionFailed`.
"""

from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Protocol

from booked.domain.model.ids import EventId
from booked.ports.figures import Analytics
from booked.ports.people import ApiKeys, BrowserSessions, Guests, Organizations, Sessions, Users, VoidedTokens
from booked.ports.programme import Categories, Events, TicketPlans, Venues
from booked.ports.sale import Bookings, CheckIns, IdempotencyKeys, WaitingParties, Waitlist
from booked.ports.system import Answering
from booked.ports.upkeep import Ledgers


class LeadershipLost(Exception):
    """Another process has taken over a duty. Nothing was written."""

    def __init__(self, duty: str) -> None:
        super().__init__(f"another process leads: {duty}")


class Repositories(Protocol):
    @property
    def users(self) -> Users: ...

    @property
    def voided_tokens(self) -> VoidedTokens: ...

    @property
    def sessions(self) -> Sessions: ...

    @property
    def browser_sessions(self) -> BrowserSessions: ...

    @property
    def organizations(self) -> Organizations: ...

    @property
    def guests(self) -> Guests: ...

    @property
    def api_keys(self) -> ApiKeys: ...

    @property
    def venues(self) -> Venues: ...

    @property
    def categories(self) -> Categories: ...

    @property
    def events(self) -> Events: ...

    @property
    def ticket_plans(self) -> TicketPlans: ...

    @property
    def bookings(self) -> Bookings: ...

    @property
    def check_ins(self) -> CheckIns: ...

    @property
    def idempotency_keys(self) -> IdempotencyKeys: ...

    @property
    def waitlist(self) -> Waitlist: ...

    @property
    def waiting_parties(self) -> WaitingParties: ...

    @property
    def analytics(self) -> Analytics: ...

    @property
    def ledgers(self) -> Ledgers: ...

    async def now(self) -> datetime:
        """Return the database's time at this moment, also in a transaction that began before."""
        ...


class Database(Repositories, Answering, Protocol):
    def transaction(
        self, patience: timedelta | None = None, at: EventId | None = None
    ) -> AbstractAsyncContextManager[Repositories]:
        """Return repositories whose calls take effect together at the end, or not at all if the block raises.

        With `patience`, each call may take that long instead of the usual time limit. `at` names the event the
        block locks: callers who wait for its lock do not keep others from other events.
        """
        ...

    def leadership(self, duty: str) -> "AbstractAsyncContextManager[Database | None]":
        """Lead a duty as long as the block runs. None if another process does.

        A process that freezes, or is cut off, leads for some seconds at most. If another one has taken over since, a
        write to the database given to the block raises `LeadershipLost` and has no effect.
        """
        ...

    async def was_led(self, duty: str, within: timedelta) -> bool:
        """Return whether any process has led a duty within this time, by the database's clock."""
        ...

    async def clear(self) -> list[EventId]:
        """Remove everything but admins and API keys, all of it or nothing. Return the ids of the removed events.

        Admins stay logged in; tokens of all other users are void. A claim of a removed event is never committed.
        Raises `StoreWriteFailed` if transactions under way take too long to end.
        """
        ...
