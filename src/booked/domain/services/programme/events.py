"""Putting events on sale, finding them, changing them and taking them off sale."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from booked.domain.errors import NoEventFound, StoreError
from booked.domain.model.ids import EventId, event_id_from
from booked.domain.model.programme.events import (
    OVER,
    Event,
    EventRevision,
    EventSpecification,
    EventStatus,
    accept,
    require_status,
    revise,
)
from booked.domain.model.programme.search import EventPage
from booked.domain.model.programme.ticket_types import grow_to, plan_of
from booked.domain.model.programme.venues import require_room
from booked.domain.model.sale.idempotency import IdempotencyKey
from booked.domain.services.sale.idempotency import made_before
from booked.ports.database import Database, Repositories
from booked.ports.holds import Availability, EventIsCold
from booked.ports.system import Ids
from booked.ports.upkeep import Supply

EVENTS_A_PAGE = 100
WITHDRAWAL_PATIENCE = timedelta(minutes=1)  # everybody who waits for an event waits no more
TICKETS_A_STEP = 2_000
STEPS_AT_ONCE = 10


class EventHolds(Availability, Supply, Protocol):
    """What this service needs of the hold store."""


@dataclass(frozen=True, slots=True)
class EventService:
    """`ticket_limit` is the most tickets that one user may have of an event made here, None for any number."""

    database: Database
    holds: EventHolds
    ids: Ids
    ticket_limit: int | None

    async def put_on(self, specification: EventSpecification) -> EventId:
        # The hold store hears of the event when somebody first asks for its tickets: every event starts cold.
        plan = plan_of(specification.tickets, ())
        event = accept(specification, event_id_from(self.ids.unique()), None, plan, self.ticket_limit)
        await self.database.events.add(event, plan)
        return event.id

    async def page(self, limit: int, since: datetime | None) -> EventPage:
        """Return events on sale from `since` on."""
        return await self.database.events.page(min(limit, EVENTS_A_PAGE), since)

    async def change(self, event_id: EventId, revision: EventRevision) -> None:
        """Change an event on sale.

        Raises `NoEventFound`, `InvalidEvent`, `InvalidSeatCount` or `SeatCountReduced`.
        """
        async with self.database.transaction(at=event_id) as unit:
            event = await unit.events.lock(event_id)
            if event is None:
                raise NoEventFound
            changed = revise(event, revision, self.ticket_limit)
            if changed.seat_count > event.seat_count:
                await self._enlarge(unit, event, changed.seat_count)
            await unit.events.save(changed)
        if changed.seat_count > event.seat_count:
            await self._grow(event_id, changed.seat_count)

    async def withdraw(self, event_id: EventId) -> None:
        """Take an event off sale for good; its bookings are cancelled and stay in the history."""
        if await self.database.events.get(event_id) is None:
            raise NoEventFound
        await self.set_status(event_id, EventStatus.CANCELLED)

    async def set_status(
        self, event_id: EventId, status: EventStatus, idempotency_key: IdempotencyKey | None = None
    ) -> None:
        """Let an event go on in its life. Raises `NoEventFound`, or `IllegalStatus` where it cannot go on so.

        The waitlist of an event that is over ends. Nothing stands of one that is cancelled: its tickets are
        given back, those of a huge event by upkeep. Of one that is postponed, offers end, and their parties wait at
        their old places. Raises `StoreWriteFailed`, with no effect, where a postponed event is to be on sale again and
        the hold store cannot be told.
        """
        async with self.database.transaction(WITHDRAWAL_PATIENCE, at=event_id) as unit:
            event = await unit.events.lock_any(event_id)
            if event is None:
                raise NoEventFound
            if await made_before(unit, idempotency_key, event_id):
                return
            if require_status(event.status, status) is event.status:
                return
            if status in OVER:
                await unit.waitlist.close_all(event_id)
            if status is EventStatus.POSTPONED:
                await unit.waitlist.reinstate_all(event_id)
            if event.status is EventStatus.POSTPONED and status is EventStatus.PUBLISHED:
                # First the hold store forgets what it may still have of before: a discard that comes later is refused.
                await self._discard(event_id, unit)
            await unit.events.set_status(event_id, status)
        if event.status is EventStatus.PUBLISHED:
            await self._discard_soon(event_id)
        if status is EventStatus.CANCELLED:
            await self._begin_to_give_back(event_id)

    async def give_back(self, event_id: EventId) -> AsyncIterator[int]:
        """Cancel every ticket of a cancelled event, and say after each step how many are left.

        A step locks the event for a moment only, and between two of them all counts agree: it can be broken off there,
        and gone on with by anybody.
        """
        last: int | None = 0
        while last is not None:
            async with self.database.transaction(at=event_id) as unit:
                event = await unit.events.lock_any(event_id)
                if event is None or event.status is not EventStatus.CANCELLED:
                    return
                last = await unit.bookings.cancel_all(event_id, last, TICKETS_A_STEP)
            yield max(0, event.sold - TICKETS_A_STEP)

    async def complete_ended(self, event_id: EventId) -> None:
        """Complete an event on sale that has ended. Idempotent, and without effect on an event that was moved."""
        async with self.database.transaction(at=event_id) as unit:
            event = await unit.events.lock(event_id)
            if event is None or not event.has_ended(await unit.now()):
                return
            await unit.waitlist.close_all(event_id)
            await unit.events.set_status(event_id, EventStatus.COMPLETED)
        await self._discard_soon(event_id)

    async def available(self, events: Sequence[Event]) -> list[int]:
        """How many tickets of each event anyone could reserve right now."""
        # A list without live counts is better than none: the database's own numbers leave out only who holds what.
        try:
            counts = await self.holds.available([event.id for event in events])
        except StoreError:
            counts = [None] * len(events)
        return [
            event.seat_count - event.sold if count is None else count
            for event, count in zip(events, counts, strict=True)
        ]

    async def _begin_to_give_back(self, event_id: EventId) -> None:
        # Upkeep does the rest of a huge event, and tries again what fails here.
        steps = 0
        try:
            async for _ in self.give_back(event_id):
                steps += 1
                if steps == STEPS_AT_ONCE:
                    return
        except StoreError:
            return

    async def _enlarge(self, unit: Repositories, event: Event, seat_count: int) -> None:
        plan = await unit.ticket_plans.get(event.id)
        if plan is None:
            raise NoEventFound
        require_room(await unit.venues.get(event.venue_id) if event.venue_id else None, seat_count)
        await unit.ticket_plans.save(event.id, grow_to(plan, seat_count))

    async def _grow(self, event_id: EventId, capacity: int) -> None:
        # Committed is committed: should the hold store miss the news, the audit brings it.
        try:
            await self.holds.grow(event_id, capacity)
        except (EventIsCold, StoreError):
            return

    async def _discard(self, event_id: EventId, database: Repositories) -> None:
        epoch = await database.ledgers.withdrawn_epoch(event_id)
        if epoch is not None:
            await self.holds.discard(event_id, epoch)

    async def _discard_soon(self, event_id: EventId) -> None:
        # What stays behind can be reserved but never booked: the epoch has moved on.
        try:
            await self._discard(event_id, self.database)
        except StoreError:
            return
