"""The database port in memory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from booked.domain.model.ids import EventId
from booked.ports.system import Clock
from tests.memory.analytics import MemoryAnalytics
from tests.memory.api_keys import MemoryApiKeys
from tests.memory.bookings import MemoryBookings
from tests.memory.browser_sessions import MemoryBrowserSessions
from tests.memory.categories import MemoryCategories
from tests.memory.check_ins import MemoryCheckIns
from tests.memory.events import MemoryEvents
from tests.memory.guests import MemoryGuests
from tests.memory.keys import MemoryIdempotencyKeys
from tests.memory.ledgers import MemoryLedgers
from tests.memory.organizations import MemoryOrganizations
from tests.memory.sessions import MemorySessions
from tests.memory.tables import Committed, Draft, Session
from tests.memory.ticket_plans import MemoryTicketPlans
from tests.memory.users import MemoryUsers
from tests.memory.venues import MemoryVenues
from tests.memory.voided_tokens import MemoryVoidedTokens
from tests.memory.waiting_parties import MemoryWaitingParties
from tests.memory.waitlist import MemoryWaitlist


class MemoryRepositories:
    def __init__(self, session: Session, clock: Clock) -> None:
        self.users = MemoryUsers(session, clock)
        self.voided_tokens = MemoryVoidedTokens(session)
        self.sessions = MemorySessions(session, clock)
        self.browser_sessions = MemoryBrowserSessions(session)
        self.organizations = MemoryOrganizations(session, clock)
        self.guests = MemoryGuests(session)
        self.api_keys = MemoryApiKeys(session, clock)
        self.events = MemoryEvents(session, clock)
        self.ticket_plans = MemoryTicketPlans(session)
        self.ledgers = MemoryLedgers(session, clock)
        self.venues = MemoryVenues(session)
        self.categories = MemoryCategories(session)
        self.bookings = MemoryBookings(session, clock)
        self.check_ins = MemoryCheckIns(session, clock)
        self.idempotency_keys = MemoryIdempotencyKeys(session, clock)
        self.waitlist = MemoryWaitlist(session, clock)
        self.waiting_parties = MemoryWaitingParties(session)
        self.analytics = MemoryAnalytics(session, clock)
        self._clock = clock

    async def now(self) -> datetime:
        return self._clock.now()


class MemoryDatabase(MemoryRepositories):
    def __init__(self, clock: Clock) -> None:
        self.committed = Committed()
        self._led: dict[str, datetime | None] = {}  # when each duty was led last; None: it is just being led
        super().__init__(self.committed, clock)

    @asynccontextmanager
    async def transaction(
        self,
        patience: timedelta | None = None,
        at: EventId | None = None,
    ) -> AsyncIterator[MemoryRepositories]:
        async with self.committed.change() as draft:
            yield MemoryRepositories(Draft(draft), self._clock)

    @asynccontextmanager
    async def leadership(self, duty: str) -> AsyncIterator["MemoryDatabase | None"]:
        if duty in self._led and self._led[duty] is None:
            yield None
            return
        self._led[duty] = None
        try:
            yield self
        finally:
            self._led[duty] = self._clock.now()

    async def was_led(self, duty: str, within: timedelta) -> bool:
        last = self._led.get(duty, datetime.min.replace(tzinfo=UTC))
        return last is None or last >= self._clock.now() - within

    async def clear(self) -> list[EventId]:
        cleared = await self.committed.clear(self._clock.now())
        return list(cleared.events)

    async def ping(self) -> None:
        return
