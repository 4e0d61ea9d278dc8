"""What is for sale at an event, remembered for a moment: a reservation does not wait for the database."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from booked.domain.batching import Batcher
from booked.domain.bounded import BoundedDict
from booked.domain.errors import NoEventFound, StoreError
from booked.domain.model.ids import EventId
from booked.domain.model.programme.events import Event, EventStatus
from booked.domain.model.programme.former_prices import PRICE_NOTICE
from booked.domain.model.programme.ticket_types import TicketPlan
from booked.ports.database import Database
from booked.ports.holds import EventHasGrown
from booked.ports.system import Clock

Known = TypeVar("Known", "EventPlan", None)
T = TypeVar("T")

GOOD_FOR = timedelta(seconds=3)
# Anything older may have a former price: the moment from which a new one counts is rounded down to a second.
USABLE_FOR = PRICE_NOTICE - timedelta(seconds=1)
PATIENCE = timedelta(seconds=1)  # how long callers wait for the database to confirm what is known
SILENCE = timedelta(seconds=3)  # how long nobody waits after the database did not answer
EVENTS_REMEMBERED = 1_000
EVENTS_A_QUESTION = 100


@dataclass(frozen=True, slots=True)
class EventPlan:
    event: Event
    plan: TicketPlan
    since: timedelta


@dataclass(frozen=True, slots=True)
class _Flight:
    """A question under way to the database, for all who ask for the event."""

    answer: asyncio.Task[EventPlan]
    since: timedelta


@dataclass(slots=True, kw_only=True)
class PlanCache:
    """Remembers the plans of events.

    Blocks never change their type, and tickets of deleted types are taken, so an outdated plan does no harm.

    Callers who ask for an event at the same time share one flight to the database, and flights of the same moment share
    one question: what many events on sale cost does not grow with their number. From `GOOD_FOR` until `USABLE_FOR`
    they get what is known while it is renewed; after that they wait for the news. New prices do not count before they
    are known everywhere: `PRICE_NOTICE` is longer than anything is used. A type hidden or paused just now may still be
    reserved for as long; one that came so is not, since the hold store tells those who know of too few tickets. While
    the database does not answer, what was known stays known. An event taken off sale is cold in the hold store, and the
    commit checks again.
    """

    database: Database
    clock: Clock
    _known: dict[EventId, EventPlan] = field(default_factory=lambda: BoundedDict(EVENTS_REMEMBERED), init=False)
    _flights: dict[EventId, _Flight] = field(default_factory=dict, init=False)
    _silent_since: timedelta | None = field(default=None, init=False)
    _questions: Batcher[EventId, EventPlan] = field(init=False)

    def __post_init__(self) -> None:
        self._questions = Batcher(self._ask, EVENTS_A_QUESTION)

    async def on_sale(self, event_id: EventId) -> EventPlan:
        """Return an event on sale, with its ticket types. Raises `NoEventFound`."""
        known = await self.of(event_id)
        if known.event.status is not EventStatus.PUBLISHED:
            known = await self.news(event_id)  # it may have gone on sale since
        if known.event.status is not EventStatus.PUBLISHED:
            raise NoEventFound
        return known

    async def of(self, event_id: EventId, up_to: int = 0) -> EventPlan:
        """Return an event of any status, with its ticket types. Raises `NoEventFound`.

        What was known before the event had tickets up to this number is not good enough.
        """
        known = self._known.get(event_id)
        if known is None:
            return await asyncio.shield(self._flight(event_id).answer)
        if known.plan.capacity >= up_to:
            return await self._confirmed(known)
        known = await self._in_time(self._flight(event_id), known)
        if known.plan.capacity < up_to:  # the flight may have been under way when the event grew
            known = await self._in_time(self._flight(event_id), known)
        return known

    async def soon(self, event_id: EventId) -> EventPlan | None:
        """Return an event on sale, with its ticket types, to those who can do without. Raises `NoEventFound`.

        None while the database does not answer and nothing is known: nobody waits for that longer than `PATIENCE`.
        What was known of an event off sale then says nothing: it may have gone on sale since, with other types.
        """
        known = self._known.get(event_id)
        if known and known.event.status is EventStatus.PUBLISHED:
            return await self._confirmed(known)
        news = await self._in_time(self._flight(event_id), None)
        if news and news.event.status is not EventStatus.PUBLISHED:
            raise NoEventFound
        return news

    async def news(self, event_id: EventId) -> EventPlan:
        """Ask the database anew. A flight under way may have asked it too early."""
        if flight := self._flights.get(event_id):
            await asyncio.wait({flight.answer})
        return await asyncio.shield(self._flight(event_id).answer)

    async def once_known(
        self, event_id: EventId, capacity: int, attempt: Callable[[EventPlan, int], Awaitable[T]]
    ) -> T:
        """Return the result of an attempt, which has learnt that the event has this many tickets.

        The attempt gets the plan and how many tickets there are: more than the plan has where the database does not
        know of them, or does not answer.
        """
        while True:
            known = await self.of(event_id, up_to=capacity)
            try:
                return await attempt(known, capacity)
            except EventHasGrown as grown:
                capacity = grown.capacity

    async def of_all(self, events: Iterable[Event]) -> None:
        """Learn at once what is not known of several events read just now."""
        news = {event.id: event for event in events if not self._is_good(self._known.get(event.id))}
        if not news:
            return
        since = self.clock.monotonic()
        for event_id, plan in (await self.database.ticket_plans.get_all(list(news))).items():
            self._known[event_id] = EventPlan(news[event_id], plan, since)

    def forget(self, event_id: EventId) -> None:
        """Ask the database the next time: something was changed here just now."""
        self._known.pop(event_id, None)
        self._flights.pop(event_id, None)

    async def _confirmed(self, known: EventPlan) -> EventPlan:
        """Return what is known or, if that is too old and the database answers soon, what the database says."""
        if self._is_good(known):
            return known
        flight = self._flight(known.event.id)
        if self.clock.monotonic() - known.since < USABLE_FOR:
            return known
        return await self._in_time(flight, known)

    async def _in_time(self, flight: _Flight, otherwise: Known) -> EventPlan | Known:
        """Return what the database says or, if it does not answer soon, something else."""
        now = self.clock.monotonic()
        if self._is_silent(now):
            return otherwise
        patience = PATIENCE - (now - flight.since)
        await asyncio.wait({flight.answer}, timeout=max(0.0, patience.total_seconds()))
        if not flight.answer.done():
            self._silent_since = now
            return otherwise
        try:
            return flight.answer.result()
        except StoreError:
            return otherwise

    def _flight(self, event_id: EventId) -> _Flight:
        """Return the flight under way, or a new one. It goes on if its callers go away."""
        flight = self._flights.get(event_id)
        if flight is None:
            answer = asyncio.create_task(self._questions.run(event_id))
            answer.add_done_callback(lambda answer: self._land(event_id, answer))
            flight = self._flights[event_id] = _Flight(answer, self.clock.monotonic())
        return flight

    async def _ask(self, event_ids: Sequence[EventId]) -> list[EventPlan | Exception]:
        since = self.clock.monotonic()
        found = await self.database.events.found_all(event_ids)
        plans = await self.database.ticket_plans.get_all(event_ids)
        return [
            EventPlan(found[id_].event, plans[id_], since) if id_ in found and id_ in plans else NoEventFound()
            for id_ in event_ids
        ]

    def _land(self, event_id: EventId, answer: asyncio.Task[EventPlan]) -> None:
        flight = self._flights.get(event_id)
        is_current = flight is not None and flight.answer is answer
        if is_current:
            del self._flights[event_id]
        if answer.cancelled():
            return
        match answer.exception():
            case StoreError():
                self._silent_since = self.clock.monotonic()
            case NoEventFound() if is_current:
                self._known.pop(event_id, None)
            case None if is_current:  # Otherwise something was changed meanwhile, which it may have missed.
                self._known[event_id] = answer.result()

    def _is_good(self, known: EventPlan | None) -> bool:
        return known is not None and self.clock.monotonic() - known.since < GOOD_FOR

    def _is_silent(self, now: timedelta) -> bool:
        return self._silent_since is not None and now - self._silent_since < SILENCE
