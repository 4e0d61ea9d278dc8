"""Putting events on sale, finding them, changing them and taking them off sale."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from booked.domain.errors import NoEventFound, StoreError
from booked.domain.model.events import (
    EventChanges,
    EventDraft,
    EventPage,
    Listing,
    NewEvent,
    accept_draft,
    apply_changes,
)
from booked.domain.model.ids import EventId, event_id_from
from booked.ports.database import Database
from booked.ports.holds import EventIsCold, HoldStore
from booked.ports.system import Ids

EVENTS_A_PAGE = 100
WITHDRAWAL_PATIENCE = timedelta(minutes=1)  # every ticket that was sold is cancelled


@dataclass(frozen=True, slots=True)
class EventService:
    """`ticket_limit` is the most tickets that one user may have of an event made here, None for any number."""

    database: Database
    holds: HoldStore
    ids: Ids
    ticket_limit: int | None

    async def create(self, draft: EventDraft) -> NewEvent:
        # The hold store hears of the event when somebody first asks for its tickets: every event starts cold.
        event = accept_draft(draft, event_id_from(self.ids.unique()), self.ticket_limit)
        await self.database.events.add(event)
        return event

    async def page(self, limit: int, since: datetime | None) -> tuple[list[Listing], datetime | None]:
        """Events on sale from `since` on with what is available of each, and where the next page starts."""
        page = await self.database.events.page(min(limit, EVENTS_A_PAGE), since)
        available = await self._available(page)
        listings = [
            Listing(event, event.seat_count - event.sold if count is None else count)
            for event, count in zip(page.events, available, strict=True)
        ]
        return listings, page.next_start

    async def change(self, event_id: EventId, changes: EventChanges) -> None:
        async with self.database.transaction() as unit:
            event = await unit.events.lock(event_id)
            if event is None:
                raise NoEventFound
            changed = apply_changes(event, changes)
            await unit.events.save(changed)
        if changed.seat_count > event.seat_count:
            await self._grow(event_id, changed.seat_count)

    async def withdraw(self, event_id: EventId) -> None:
        """Take an event off sale; its bookings are cancelled and stay in the history."""
        async with self.database.transaction(WITHDRAWAL_PATIENCE) as unit:
            if await unit.events.lock(event_id) is None:
                raise NoEventFound
            await unit.bookings.cancel_all(event_id)
            await unit.waitlist.close_all(event_id)
            await unit.events.withdraw(event_id)
        await self._discard(event_id)

    async def _available(self, page: EventPage) -> list[int | None]:
        # A list without live counts is better than none: the database's own numbers leave out only who holds what.
        try:
            return await self.holds.available([event.id for event in page.events])
        except StoreError:
            return [None] * len(page.events)

    async def _grow(self, event_id: EventId, capacity: int) -> None:
        # Committed is committed: should the hold store miss the news, the audit brings it.
        try:
            await self.holds.grow(event_id, capacity)
        except (EventIsCold, StoreError):
            return

    async def _discard(self, event_id: EventId) -> None:
        # What stays behind can be reserved but never booked: the epoch has moved on.
        try:
            await self.holds.discard(event_id)
        except StoreError:
            return
