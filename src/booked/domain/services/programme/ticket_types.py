"""Ticket types of an event: what there is of each, adding some, changing their prices, growing their quotas.

`actor` is an organizer or an admin, as the database has just confirmed; `viewer` anybody, None for somebody unknown.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from booked.domain.errors import NoEventFound, NoSuchTicketType, StillInUse, StoreError
from booked.domain.model.figures.reports import TypeReport
from booked.domain.model.ids import EventId
from booked.domain.model.people.users import User
from booked.domain.model.programme.events import Event, EventStatus
from booked.domain.model.programme.former_prices import keep_former_prices
from booked.domain.model.programme.ticket_types import (
    TicketPlan,
    TicketTypeChanges,
    TicketTypeDraft,
    TypeSales,
    lay_out,
    retire_type,
    revise_type,
    without_type,
)
from booked.domain.model.sale.idempotency import IdempotencyKey
from booked.domain.services.programme.plans import PlanCache
from booked.domain.services.programme.search import ProgrammeService
from booked.domain.services.sale.idempotency import made_before
from booked.domain.services.upkeep.inventory import InventoryService
from booked.ports.database import Database, Repositories
from booked.ports.holds import Availability, Supply
from booked.ports.system import Clock

# What was reserved may be booked later than its reservation lasts, when the database did not answer for a while.
INTERRUPTIONS_LAST = timedelta(hours=1)


class TypeHolds(Availability, Supply, Protocol):
    """What this service needs of the hold store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketTypeService:
    """`longest_reservation` is how long after it was made a reservation can be booked at most."""

    database: Database
    holds: TypeHolds
    inventory: InventoryService
    plans: PlanCache
    programme: ProgrammeService
    clock: Clock
    longest_reservation: timedelta

    async def of(self, viewer: User | None, event_id: EventId) -> tuple[Event, list[TypeSales]]:
        """Return an event and its ticket types, with what is sold and available of each."""
        event = (await self.programme.event(viewer, event_id)).event
        return event, await self._sales(event, await self._plan(self.database, event_id))

    async def reports(self, viewer: User | None, event_id: EventId) -> list[TypeReport]:
        """Return an event's ticket types as the viewer is shown them: hidden ones only to those who run the event.

        Raises `NoEventFound`.
        """
        return await self.reports_of(viewer, (await self.programme.event(viewer, event_id)).event)

    async def reports_of(self, viewer: User | None, event: Event) -> list[TypeReport]:
        """Return what `reports` does, of an event read just now."""
        plan = await self._plan(self.database, event.id)
        to_organizer = await self.programme.is_run_by(viewer, event)
        if not to_organizer:
            plan = plan.for_public
        seated = {block.type_number for block in plan.blocks if block.seats}
        now = self.clock.now()
        return [
            TypeReport(
                event=event,
                sales=sales,
                present_price=sales.type.price_at(now),
                seated=sales.type.number in seated,
                to_organizer=to_organizer,
                offering=sales.type.rules.offering(now),
            )
            for sales in await self._sales(event, plan)
        ]

    async def report(self, viewer: User | None, event_id: EventId, type_number: int) -> TypeReport:
        """Return one ticket type as `reports` does. Raises `NoEventFound` or `NoSuchTicketType`."""
        for report in await self.reports(viewer, event_id):
            if report.sales.type.number == type_number:
                return report
        raise NoSuchTicketType

    async def add(
        self,
        actor: User,
        event_id: EventId,
        drafts: Sequence[TicketTypeDraft],
        idempotency_key: IdempotencyKey | None = None,
    ) -> None:
        """Put more ticket types on sale. The event grows by their tickets.

        Raises `InvalidTicketType`, or `InvalidEvent` where its venue has no room for them.
        """
        known = await self.programme.require_organizer(actor, event_id)
        venue = await self.database.venues.get(known.venue_id) if known.venue_id else None

        async with self.database.transaction(at=event_id) as unit:
            # The event before the key, as in a booking: two that take both in different orders would deadlock.
            await unit.events.lock_any(event_id)
            if await made_before(unit, idempotency_key, event_id) is None:
                grown = lay_out(drafts, venue.layout if venue else (), await self._plan(unit, event_id))
                if venue is not None:
                    venue.require_room(grown.places)
                await unit.ticket_plans.save(event_id, grown)
        await self._grow(event_id)

    async def change(self, actor: User, event_id: EventId, type_number: int, changes: TicketTypeChanges) -> None:
        """Change a ticket type. Reserved or sold tickets cost what they did.

        Raises `InvalidTicketType`, `NoSuchTicketType`, `PriceFixed` where its price was changed too often, or
        `InvalidEvent` where its venue has no room for more tickets.
        """
        known = await self.programme.require_organizer(actor, event_id)
        venue = await self.database.venues.get(known.venue_id) if known.venue_id else None
        async with self.database.transaction(at=event_id) as unit:
            event = await unit.events.lock_any(event_id)
            before = await self._plan(unit, event_id)
            changed = revise_type(before, type_number, changes)
            if event is not None and event.status is not EventStatus.DRAFT:
                lifetime = self.longest_reservation + INTERRUPTIONS_LAST
                changed = keep_former_prices(before, changed, self.clock.now(), lifetime)
            if venue is not None and changed.places > before.places:
                venue.require_room(changed.places)
            await unit.ticket_plans.save(event_id, changed)
        await self._grow(event_id)

    async def remove(self, actor: User, event_id: EventId, type_number: int) -> None:
        """Remove a ticket type.

        A draft shrinks by its tickets. Once published, an event keeps their numbers and never offers them again.

        Raises `NoSuchTicketType`, or `StillInUse` for the only type, for one of which tickets were sold, are blocked or
        held, and for one that somebody waits for or has an offer of.
        """
        event = await self.programme.require_organizer(actor, event_id)
        if event.status is EventStatus.PUBLISHED:  # what has lapsed is no reason to keep it
            await self.inventory.when_warm(event_id, lambda: self.holds.stock(event_id))
        async with self.database.transaction(at=event_id) as unit:
            locked = await unit.events.lock_any(event_id)
            plan = await self._plan(unit, event_id)
            if locked is None or locked.status is EventStatus.DRAFT:
                await unit.ticket_plans.replace(event_id, without_type(plan, type_number))
            else:
                await self._retire(unit, locked, plan, type_number)
        self.plans.forget(event_id)

    async def _retire(self, unit: Repositories, event: Event, plan: TicketPlan, type_number: int) -> None:
        left = retire_type(plan, type_number)
        if not await unit.ticket_plans.retire(event.id, type_number):
            raise StillInUse("Tickets of it were sold, or are blocked. Hide it, then only you see it.")
        if (await unit.waitlist.wanted(event.id)).get(type_number):
            raise StillInUse("Somebody waits for tickets of it. Hide it, then only you see it.")
        await self._end_offers(unit, event.id, plan, type_number)
        await unit.ticket_plans.save(event.id, left)
        # The epoch goes up under the event's lock. A repair that began before cannot put the tickets on offer again,
        # and the next one waits for the lock and reads which are retired.
        epoch = await unit.ledgers.next_epoch(event.id)
        if epoch is not None and not await self.holds.retire(event.id, epoch, plan.blocks_of(type_number)):
            raise StillInUse("Somebody holds tickets of it. Pause it, and delete it when nobody holds any.")

    async def _end_offers(self, unit: Repositories, event_id: EventId, plan: TicketPlan, type_number: int) -> None:
        """End offers of a type's tickets whose time is over. Raises `StillInUse` if the time of one is not."""
        blocks = plan.blocks_of(type_number)
        # The hold store's clock has the last word all the same: the tickets of an offer that stands there are taken.
        now = await unit.now()
        for offer in await unit.waitlist.offered(event_id):
            if not any(number in block for number in offer.numbers for block in blocks):
                continue
            if now < offer.expires_at:  # it stands, or the hold store lost it and its party will wait again
                raise StillInUse("Somebody has an offer of tickets of it. Delete it when the offer is over.")
            await unit.waitlist.lapse(offer)

    async def _plan(self, repositories: Repositories, event_id: EventId) -> TicketPlan:
        plan = await repositories.ticket_plans.get(event_id)
        if plan is None:
            raise NoEventFound
        return plan

    async def _sales(self, event: Event, plan: TicketPlan) -> list[TypeSales]:
        counts = await self.database.ticket_plans.type_counts(event.id)
        if not plan.types:
            return []
        gone = [counts.get(type_.number, (0, 0)) for type_ in plan.types]
        left = [type_.quota - sum(some) for type_, some in zip(plan.types, gone, strict=True)]
        free, set_aside = await self._free(event, plan, left)
        now = self.clock.now()
        on_offer = [type_.rules.offers(now) for type_ in plan.types]
        columns = (plan.types, *zip(*gone, strict=True), free, on_offer, set_aside)
        return [TypeSales(*each) for each in zip(*columns, strict=True)]

    async def _free(self, event: Event, plan: TicketPlan, left: list[int]) -> tuple[list[int], list[int]]:
        """Return how many tickets of each type are free, and how many of these are set aside."""
        none = [0] * len(plan.types)
        if event.status is not EventStatus.PUBLISHED:
            return none, none
        groups = [plan.blocks_of(type_.number) for type_ in plan.types]

        async def counted() -> tuple[list[int], list[int]]:
            """Count both at the same moment, in one exchange with the store."""
            return await asyncio.gather(
                self.holds.free_among(event.id, groups), self.holds.on_offer_among(event.id, groups)
            )

        # A list without live counts is better than none: what is left of the database's leaves out only who holds what.
        try:
            free, on_offer = await self.inventory.when_warm(event.id, counted)
        except StoreError:
            return left, none
        return free, [max(0, some - others) for some, others in zip(free, on_offer, strict=True)]

    async def _grow(self, event_id: EventId) -> None:
        self.plans.forget(event_id)
        plan = await self._plan(self.database, event_id)
        await self.inventory.grow(event_id, plan.capacity)
