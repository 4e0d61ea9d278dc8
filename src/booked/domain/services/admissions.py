"""What is for sale at an event, remembered for a moment: whoever reserves must not wait for the database."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from booked.domain.errors import NoEventFound, StoreError
from booked.domain.model.events import Event, EventStatus
from booked.domain.model.ids import EventId
from booked.domain.model.ticket_types import Admission
from booked.ports.database import Database
from booked.ports.system import Clock

GOOD_FOR = timedelta(seconds=3)
EVENTS_REMEMBERED = 1_000


@dataclass(frozen=True, slots=True)
class Known:
    event: Event
    admission: Admission
    since: timedelta


@dataclass(slots=True)
class Admissions:
    """Blocks of tickets never vanish or change their type, so what is remembered is never wrong, only incomplete.

    New prices do not count before they are known everywhere: `PRICE_NOTICE` is longer than anything is remembered.
    While the database is down, what was known stays known.
    """

    database: Database
    clock: Clock
    _known: dict[EventId, Known] = field(default_factory=dict, init=False)

    async def on_sale(self, event_id: EventId) -> Known:
        """An event that is on sale, with its ticket types. Raises `NoEventFound`."""
        known = await self.of(event_id)
        if known.event.status is not EventStatus.PUBLISHED:
            known = await self._learn(event_id)  # it may have gone on sale since
        if known.event.status is not EventStatus.PUBLISHED:
            raise NoEventFound
        return known

    async def of(self, event_id: EventId, up_to: int = 0) -> Known:
        """An event whatever its status, with its ticket types. Raises `NoEventFound`.

        What was known before the event had tickets up to this number is not good enough.
        """
        known = self._known.get(event_id)
        if known is not None and known.admission.capacity >= up_to and self._is_good(known):
            return known
        try:
            return await self._learn(event_id)
        except StoreError:
            if known is None:
                raise
            return known

    async def of_all(self, events: Iterable[Event]) -> None:
        """Learn at once what is not known of several events that were read just now."""
        news = {event.id: event for event in events if not self._is_good(self._known.get(event.id))}
        if not news:
            return
        for event_id, admission in (await self.database.events.admissions(list(news))).items():
            self._remember(news[event_id], admission)

    def forget(self, event_id: EventId) -> None:
        """Ask the database the next time: something was changed here just now."""
        self._known.pop(event_id, None)

    async def _learn(self, event_id: EventId) -> Known:
        found = await self.database.events.found(event_id)
        admission = await self.database.events.admission(event_id)
        if found is None or admission is None:
            raise NoEventFound
        return self._remember(found.event, admission)

    def _remember(self, event: Event, admission: Admission) -> Known:
        if len(self._known) >= EVENTS_REMEMBERED:
            del self._known[next(iter(self._known))]  # the oldest
        known = self._known[event.id] = Known(event, admission, self.clock.monotonic())
        return known

    def _is_good(self, known: Known | None) -> bool:
        return known is not None and self.clock.monotonic() - known.since < GOOD_FOR
