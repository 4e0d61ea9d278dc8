"""The database port in memory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from booked.adapters.memory.analytics import MemoryAnalytics
from booked.adapters.memory.api_keys import MemoryApiKeys
from booked.adapters.memory.bookings import MemoryBookings
from booked.adapters.memory.categories import MemoryCategories
from booked.adapters.memory.events import MemoryEvents
from booked.adapters.memory.guests import MemoryGuests
from booked.adapters.memory.keys import MemoryKeys
from booked.adapters.memory.organizations import MemoryOrganizations
from booked.adapters.memory.sessions import MemorySessions
from booked.adapters.memory.tables import Committed, Draft, Session
from booked.adapters.memory.users import MemoryUsers
from booked.adapters.memory.venues import MemoryVenues
from booked.adapters.memory.waitlist import MemoryWaitlist
from booked.domain.model.ids import EventId
from booked.ports.system import Clock


class MemoryRepositories:
    def __init__(self, session: Session, clock: Clock) -> None:
        self.users = MemoryUsers(session, clock)
        self.sessions = MemorySessions(session, clock)
        self.organizations = MemoryOrganizations(session, clock)
        self.guests = MemoryGuests(session)
        self.api_keys = MemoryApiKeys(session, clock)
        self.events = MemoryEvents(session, clock)
        self.venues = MemoryVenues(session)
        self.categories = MemoryCategories(session)
        self.bookings = MemoryBookings(session, clock)
        self.keys = MemoryKeys(session, clock)
        self.waitlist = MemoryWaitlist(session, clock)
        self.analytics = MemoryAnalytics(session, clock)
        self._clock = clock

    async def now(self) -> datetime:
        return self._clock.now()


class MemoryDatabase(MemoryRepositories):
    def __init__(self, clock: Clock) -> None:
        self._committed = Committed()
        self._led: dict[str, datetime | None] = {}  # when each duty was led last; None: it is just being led
        super().__init__(self._committed, clock)

    @asynccontextmanager
    async def transaction(
        self,
        patience: timedelta | None = None,  # noqa: ARG002 - no call here takes any time
        at: EventId | None = None,  # noqa: ARG002
    ) -> AsyncIterator[MemoryRepositories]:
        async with self._committed.change() as draft:
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
        cleared = await self._committed.clear(self._clock.now())
        return list(cleared.events)

    async def ping(self) -> None:
        return
