"""Running a programme: events as their organizers describe them, and finding them.

`actor` is an organizer or an admin, as the database has just confirmed; `viewer` anybody, None for somebody unknown.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from booked.domain.errors import NoEventFound, NoSuchCategory, NotYourOrganization, PreconditionFailed, StoreError
from booked.domain.model.ids import EventId, event_id_from
from booked.domain.model.people.users import Role, User
from booked.domain.model.programme.events import (
    UNCHANGED,
    Event,
    EventRevision,
    EventSpecification,
    EventStatus,
    accept,
    revise,
)
from booked.domain.model.programme.search import EventCursor, EventSearch, FoundEvent
from booked.domain.model.programme.ticket_types import plan_of
from booked.domain.model.sale.idempotency import IdempotencyKey
from booked.domain.services.people.organizations import OrganizationService
from booked.domain.services.programme.events import EventService
from booked.domain.services.programme.plans import PlanCache
from booked.domain.services.programme.venues import VenueService
from booked.domain.services.sale.idempotency import make_once
from booked.domain.services.upkeep.inventory import InventoryService
from booked.ports.database import Database
from booked.ports.system import Ids


@dataclass(frozen=True, slots=True)
class CatalogueService:
    database: Database
    inventory: InventoryService
    plans: PlanCache
    events: EventService
    venues: VenueService
    organizations: OrganizationService
    ids: Ids

    async def search(
        self, viewer: User | None, search: EventSearch, after: EventCursor | None, limit: int
    ) -> list[FoundEvent]:
        """Events that match, drafts only where the viewer may see them."""
        return await self.database.events.find(await self._seen_by(viewer, search), after, limit)

    async def event(self, viewer: User | None, event_id: EventId) -> FoundEvent:
        """Raises `NoEventFound`, also of a draft that the viewer may not see."""
        found = await self.database.events.found(event_id)
        if found is None or not await self._may_see(viewer, found.event):
            raise NoEventFound
        return found

    async def available(self, events: Sequence[Event]) -> list[int]:
        """How many tickets of each event anyone could reserve right now; none of one that is not published."""
        counts = await self.events.available(events)
        return [
            count if event.status is EventStatus.PUBLISHED else 0 for event, count in zip(events, counts, strict=True)
        ]

    async def create(
        self, actor: User, specification: EventSpecification, idempotency_key: IdempotencyKey | None = None
    ) -> FoundEvent:
        """Put an event on the programme, with its ticket types.

        Raises `InvalidEvent`, `InvalidTicketType`, `NoSuchVenue`, `NoSuchCategory`, `NoSuchOrganization` or
        `NotYourOrganization`.
        """
        if specification.organization_id is None:
            await self.organizations.require_rights(actor, None)
        else:
            await self.organizations.require_member(actor, specification.organization_id)
        venue = await self.venues.venue(specification.venue_id) if specification.venue_id else None
        if specification.category_id:
            await self.venues.category(specification.category_id)
        plan = plan_of(specification.tickets, venue.layout if venue else ())
        event_id, limit = event_id_from(self.ids.unique()), self.events.ticket_limit
        event = accept(specification, event_id, venue, plan, limit)
        made = await make_once(self.database, idempotency_key, event.id, lambda unit: unit.events.add(event, plan))
        return await self.event(actor, made)

    async def change(self, actor: User, event_id: EventId, version: int | None, revision: EventRevision) -> FoundEvent:
        """Change an event if it still has this version; None is for any.

        Raises `InvalidEvent`, `NoSuchCategory` or `PreconditionFailed`.
        """
        await self.require_organizer(actor, event_id)
        async with self.database.transaction(at=event_id) as unit:
            event = await unit.events.lock_any(event_id)
            if event is None or version not in {None, event.version}:
                raise PreconditionFailed
            category_id = revision.category_id
            if category_id and category_id is not UNCHANGED and await unit.categories.get(category_id) is None:
                raise NoSuchCategory
            changed = revise(event, revision, self.events.ticket_limit)
            await unit.events.save(changed)
        if (changed.ticket_limit, changed.sales_window) != (event.ticket_limit, event.sales_window):
            await self._renew_terms(changed)
        return await self.event(actor, event_id)

    async def set_status(
        self, actor: User, event_id: EventId, status: EventStatus, idempotency_key: IdempotencyKey | None = None
    ) -> FoundEvent:
        """Raises `IllegalStatus` where the event cannot go on so."""
        await self.require_organizer(actor, event_id)
        await self.events.set_status(event_id, status, idempotency_key)
        self.plans.forget(event_id)
        return await self.event(actor, event_id)

    async def require_organizer(self, actor: User, event_id: EventId) -> Event:
        """An event that somebody may act on. Raises `NoEventFound` or `NotYourOrganization`."""
        event = (await self.event(actor, event_id)).event
        await self.organizations.require_rights(actor, event.organization_id)
        return event

    async def _seen_by(self, viewer: User | None, search: EventSearch) -> EventSearch:
        if viewer is None or not viewer.role.includes(Role.ORGANIZER):
            return search
        if viewer.role is Role.ADMIN:
            return replace(search, all_drafts=True)
        return replace(search, member_of=await self.organizations.of(viewer))

    async def is_run_by(self, viewer: User | None, event: Event) -> bool:
        """Whether somebody may act on an event."""
        if viewer is None:
            return False
        try:
            await self.organizations.require_rights(viewer, event.organization_id)
        except NotYourOrganization:
            return False
        return True

    async def _may_see(self, viewer: User | None, event: Event) -> bool:
        return event.status is not EventStatus.DRAFT or await self.is_run_by(viewer, event)

    async def _renew_terms(self, event: Event) -> None:
        # Should the hold store miss the news, the audit brings it.
        self.plans.forget(event.id)
        if event.status is not EventStatus.PUBLISHED:
            return
        try:
            await self.inventory.repair(event.id)
        except StoreError:
            return
