"""Putting events on, changing them, and all that follows when their status changes.

`actor` is an organizer or an admin, as the database has just confirmed. Methods without one are for callers who may act
on every event.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from booked.domain.errors import EventUsed, NoEventFound, NoSuchCategory, PreconditionFailed, StoreError
from booked.domain.model.ids import EventId, event_id_from
from booked.domain.model.people.users import User
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
from booked.domain.model.programme.search import FoundEvent
from booked.domain.model.sale.idempotency import IdempotencyKey
from booked.domain.services.people.rights import require_may_add
from booked.domain.services.programme.plans import PlanCache
from booked.domain.services.programme.search import ProgrammeService
from booked.domain.services.programme.venues import VenueService
from booked.domain.services.sale.idempotency import made_before, make_once
from booked.domain.services.upkeep.inventory import InventoryService
from booked.ports.database import Database, Repositories
from booked.ports.holds import Supply
from booked.ports.system import Ids

WITHDRAWAL_PATIENCE = timedelta(minutes=1)  # everybody who waits for an event waits no more
TICKETS_A_STEP = 2_000
STEPS_AT_ONCE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class EventService:
    """`ticket_limit` is the most tickets a user may have of an event made here, None for any number."""

    database: Database
    holds: Supply
    inventory: InventoryService
    plans: PlanCache
    programme: ProgrammeService
    venues: VenueService
    ids: Ids
    ticket_limit: int | None

    async def create(
        self, actor: User, specification: EventSpecification, idempotency_key: IdempotencyKey | None = None
    ) -> FoundEvent:
        """Put on an event of the actor's organization.

        Raises `NoSuchOrganization`, `NotYourOrganization`, or what `put_on` raises.
        """
        await require_may_add(self.database.organizations, actor, specification.organization_id)
        return await self.programme.event(actor, await self.put_on(specification, idempotency_key))

    async def put_on(
        self,
        specification: EventSpecification,
        idempotency_key: IdempotencyKey | None = None,
        first: Callable[[Repositories], Awaitable[None]] | None = None,
    ) -> EventId:
        """Put an event on the programme, with its tickets. What `first` does takes effect with it, or neither does.

        Raises `InvalidEvent`, `InvalidSeatCount`, `InvalidTicketType`, `IllegalStatus`, `NoSuchVenue` or
        `NoSuchCategory`.
        """
        venue = await self.venues.venue(specification.venue_id) if specification.venue_id else None
        if specification.category_id:
            await self.venues.category(specification.category_id)
        # The hold store hears of the event when somebody first asks for its tickets: every event starts cold.
        event, plan = accept(specification, event_id_from(self.ids.unique()), venue, self.ticket_limit)

        async def make(unit: Repositories) -> None:
            if first is not None:
                await first(unit)
            await unit.events.add(event, plan)

        return await make_once(self.database, idempotency_key, event.id, make)

    async def change(self, actor: User, event_id: EventId, version: int | None, revision: EventRevision) -> FoundEvent:
        """Change an event if it still has this version; None is for any.

        Raises `InvalidEvent`, `InvalidSeatCount`, `SeatCountReduced`, `NoSuchCategory` or `PreconditionFailed`.
        """
        await self.programme.require_organizer(actor, event_id)
        async with self.database.transaction(at=event_id) as unit:
            event = await unit.events.lock_any(event_id)
            if event is None or version not in {None, event.version}:
                raise PreconditionFailed
            changed = await self._revise(unit, event, revision)
        await self._renew(event, changed)
        return await self.programme.event(actor, event_id)

    async def change_on_sale(self, event_id: EventId, revision: EventRevision) -> None:
        """Change an event on sale.

        Raises `NoEventFound`, `InvalidEvent`, `InvalidSeatCount`, `SeatCountReduced` or `NoSuchCategory`.
        """
        async with self.database.transaction(at=event_id) as unit:
            event = await unit.events.lock(event_id)
            if event is None:
                raise NoEventFound
            changed = await self._revise(unit, event, revision)
        await self._renew(event, changed)

    async def set_status(
        self, actor: User, event_id: EventId, status: EventStatus, idempotency_key: IdempotencyKey | None = None
    ) -> FoundEvent:
        """Give an event of the actor's organization its next status. Raises what `go_on_as` raises."""
        await self.programme.require_organizer(actor, event_id)
        await self.go_on_as(event_id, status, idempotency_key)
        return await self.programme.event(actor, event_id)

    async def withdraw(self, event_id: EventId) -> None:
        """Take an event off sale for good. Its bookings are cancelled and stay in the history."""
        if await self.database.events.get(event_id) is None:
            raise NoEventFound
        await self.go_on_as(event_id, EventStatus.CANCELLED)

    async def go_on_as(
        self, event_id: EventId, status: EventStatus, idempotency_key: IdempotencyKey | None = None
    ) -> None:
        """Give an event its next status. Raises `NoEventFound`, or `IllegalStatus` where that cannot follow.

        The waitlist of an event that is over ends. A cancelled event's tickets are given back, those of a huge event
        by upkeep. Offers of a postponed event end, and their parties wait at their old places. Raises
        `StoreWriteFailed`, with no effect, where a postponed event is to be on sale again and the hold store cannot
        be told.
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
        self.plans.forget(event_id)
        if event.status is EventStatus.PUBLISHED:
            await self._discard_soon(event_id)
        if status is EventStatus.CANCELLED:
            await self._begin_to_give_back(event_id)

    async def remove(self, actor: User, event_id: EventId, version: int | None) -> None:
        """Remove an event if it still has this version; None is for any.

        Raises `NoEventFound`, `NotYourOrganization`, `PreconditionFailed`, `EventUsed` if anybody ever reserved, booked
        or waited for tickets, or `StoreWriteFailed`, with no effect, where the hold store cannot be asked.
        """
        await self.programme.require_organizer(actor, event_id)
        async with self.database.transaction(WITHDRAWAL_PATIENCE, at=event_id) as unit:
            event = await unit.events.lock_any(event_id)
            if event is None or version not in {None, event.version}:
                raise PreconditionFailed
            if event.status is not EventStatus.DRAFT:
                await self._forget_unused(event_id, unit)
            await unit.events.remove(event_id)
        self.plans.forget(event_id)

    async def give_back(self, event_id: EventId) -> AsyncIterator[int]:
        """Cancel every ticket of a cancelled event, and say after each step how many are left.

        A step locks the event for a moment only. Between two steps all counts agree, so anybody can go on from there.
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
        """Complete an ended event on sale. Idempotent, and without effect on a moved event."""
        async with self.database.transaction(at=event_id) as unit:
            event = await unit.events.lock(event_id)
            if event is None or not event.has_ended(await unit.now()):
                return
            await unit.waitlist.close_all(event_id)
            await unit.events.set_status(event_id, EventStatus.COMPLETED)
        await self._discard_soon(event_id)

    async def _revise(self, unit: Repositories, event: Event, revision: EventRevision) -> Event:
        category_id = revision.category_id
        if isinstance(category_id, str) and await unit.categories.get(category_id) is None:
            raise NoSuchCategory
        changed = revise(event, revision, self.ticket_limit)
        if event.status is not EventStatus.DRAFT:  # what is booked keeps the terms that it was booked under
            moved = event.cancellation.moved(event.starts_at, changed.starts_at)
            policy = moved.changed_to(changed.cancellation.present, await unit.now())
            changed = replace(changed, cancellation=policy)
        if changed.seat_count > event.seat_count:
            await self._enlarge(unit, changed)
        await unit.events.save(changed)
        return changed

    async def _enlarge(self, unit: Repositories, event: Event) -> None:
        venue = await unit.venues.get(event.venue_id) if event.venue_id else None
        plan = await unit.ticket_plans.get(event.id)
        if plan is not None:
            grown = plan.grown_to(event.seat_count)
            if venue is not None:
                venue.require_room(grown.places)
            await unit.ticket_plans.save(event.id, grown)

    async def _renew(self, before: Event, event: Event) -> None:
        is_on_other_terms = (before.ticket_limit, before.sales_window) != (event.ticket_limit, event.sales_window)
        if not is_on_other_terms and before.seat_count == event.seat_count:
            return
        self.plans.forget(event.id)
        if event.seat_count > before.seat_count:
            await self.inventory.grow(event.id, event.seat_count)
        if not is_on_other_terms or event.status is not EventStatus.PUBLISHED:
            return
        # Committed is committed: should the hold store miss the news, the audit brings it.
        try:
            await self.inventory.repair(event.id)
        except StoreError:
            return

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

    async def _forget_unused(self, event_id: EventId, unit: Repositories) -> None:
        # The epoch goes up under the event's lock, and the hold store refuses flips up to that epoch: a repair finds no
        # way to install the event again before it is gone. If it stays after all, its next repair has a newer epoch.
        await unit.events.set_status(event_id, EventStatus.CANCELLED)
        epoch = await unit.ledgers.withdrawn_epoch(event_id)
        if epoch is not None and not await self.holds.discard_unused(event_id, epoch):
            raise EventUsed

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
