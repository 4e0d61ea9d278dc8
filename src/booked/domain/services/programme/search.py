"""Looking at the programme: finding events, and telling who runs them.

`actor` is an organizer or an admin, as the database has just confirmed; `viewer` anybody, None for somebody unknown.
"""

from asyncio import gather
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from booked.domain.errors import NoEventFound, NotYourOrganization, StoreError
from booked.domain.model.ids import EventId
from booked.domain.model.people.users import Role, User
from booked.domain.model.programme.events import Event, EventStatus
from booked.domain.model.programme.search import EventCursor, EventPage, EventSearch, FoundEvent
from booked.domain.model.programme.ticket_types import TicketPlan
from booked.domain.model.programme.type_rules import NOTHING_WITHHELD, WithheldTickets
from booked.domain.services.people.rights import organizations_of, require_rights
from booked.ports.database import Database
from booked.ports.holds import Availability, EventIsCold
from booked.ports.system import Clock

EVENTS_A_PAGE = 100
CLASHES_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeService:
    """`timezone` is for events where neither they nor their venues have one."""

    database: Database
    holds: Availability
    clock: Clock
    timezone: str

    async def page(self, limit: int, since: datetime | None) -> EventPage:
        """Return events on sale from `since` on."""
        return await self.database.events.page(min(limit, EVENTS_A_PAGE), since)

    async def search(
        self, viewer: User | None, search: EventSearch, after: EventCursor | None, limit: int, *, past: bool = True
    ) -> list[FoundEvent]:
        """Return matching events, drafts only where the viewer may see them, and with `past` those that are over."""
        placed = replace(search, not_over_at=None if past else self.clock.now(), timezone=self.timezone)
        events = await self.database.events.find(await self._seen_by(viewer, placed), after, limit)
        return [self._placed(found) for found in events]

    async def event(self, viewer: User | None, event_id: EventId) -> FoundEvent:
        """Return an event. Raises `NoEventFound`, also for a draft the viewer may not see."""
        found = await self.database.events.found(event_id)
        if found is None or not await self._may_see(viewer, found.event):
            raise NoEventFound
        return self._placed(found)

    async def events(self, viewer: User | None, event_ids: Iterable[EventId]) -> Mapping[EventId, FoundEvent]:
        """Return events, all looked up at once. Raises `NoEventFound` as `event` does."""
        wanted = set(event_ids)
        events = await self.database.events.found_all(wanted) if wanted else {}
        for event_id in wanted:
            if event_id not in events or not await self._may_see(viewer, events[event_id].event):
                raise NoEventFound
        return {event_id: self._placed(found) for event_id, found in events.items()}

    async def clashes(self, event: Event) -> list[Event]:
        """Return published events that take place at the venue of a published event when it does, by start.

        Ask after the commit: of two published at the same moment, the later one finds the other.
        """
        return await self.database.events.clashes(event.id, CLASHES_SHOWN)

    async def available(self, events: Sequence[Event]) -> list[int]:
        """Return how many tickets of each event anyone could reserve now: none of an event that is not published."""
        return [available for available, _ in await self.left(events)]

    async def left(self, events: Sequence[Event]) -> list[tuple[int, WithheldTickets]]:
        """Return for each event what `available` does, and which tickets are withheld from the public."""
        # A list without live counts is better than none: the database's own numbers leave out only who holds what.
        try:
            counts = await self.holds.available([event.id for event in events])
        except StoreError:
            counts = [None] * len(events)
        ruled = [event.id for event in events if event.has_type_rules]
        live = {event.id for event, count in zip(events, counts, strict=True) if count}
        withheld = await self._withheld(ruled, live) if ruled else {}
        of_each = [withheld.get(event.id, NOTHING_WITHHELD) for event in events]
        return [
            (_available(event, count, kept.tickets), kept)
            for event, count, kept in zip(events, counts, of_each, strict=True)
        ]

    async def require_organizer(self, actor: User, event_id: EventId) -> Event:
        """Return an event the actor may change. Raises `NoEventFound` or `NotYourOrganization`."""
        event = (await self.event(actor, event_id)).event
        await require_rights(self.database.organizations, actor, event.organization_id)
        return event

    async def managed(self, actor: User, event_id: EventId) -> FoundEvent:
        """Return an event the actor may change, with what it refers to. Raises as `require_organizer` does."""
        await self.require_organizer(actor, event_id)
        return await self.event(actor, event_id)

    async def is_run_by(self, viewer: User | None, event: Event) -> bool:
        """Tell whether the viewer may change an event."""
        if viewer is None:
            return False
        try:
            await require_rights(self.database.organizations, viewer, event.organization_id)
        except NotYourOrganization:
            return False
        return True

    async def _seen_by(self, viewer: User | None, search: EventSearch) -> EventSearch:
        if viewer is None or not viewer.role.includes(Role.ORGANIZER):
            return search
        if viewer.role is Role.ADMIN:
            return replace(search, all_drafts=True)
        return replace(search, member_of=await organizations_of(self.database.organizations, viewer))

    async def _withheld(
        self, event_ids: Sequence[EventId], live: Collection[EventId]
    ) -> dict[EventId, WithheldTickets]:
        """Return what is withheld of events; of `live` ones, with how many of these tickets are free.

        Of the others they are all that are not sold: the hold store has no free ones, or does not say how many.
        """
        now = self.clock.now()
        withheld = await self.database.ticket_plans.withheld(event_ids, now)
        counted = [each for each, kept in withheld.items() if kept.tickets and each in live]
        plans = await self.database.ticket_plans.get_all(counted)

        async def free(event_id: EventId, plan: TicketPlan) -> WithheldTickets:
            try:
                [tickets] = await self.holds.free_among(event_id, [plan.withheld(now)])
            except (EventIsCold, StoreError):
                return withheld[event_id]
            return replace(withheld[event_id], tickets=tickets)

        return withheld | dict(zip(plans, await gather(*map(free, plans, plans.values())), strict=True))

    def _placed(self, found: FoundEvent) -> FoundEvent:
        return replace(found, operator_timezone=self.timezone)

    async def _may_see(self, viewer: User | None, event: Event) -> bool:
        return event.status is not EventStatus.DRAFT or await self.is_run_by(viewer, event)


def _available(event: Event, count: int | None, withheld: int) -> int:
    if event.status is not EventStatus.PUBLISHED:
        return 0
    return max(0, (event.seat_count - event.sold if count is None else count) - withheld)
