"""Ticket types and their blocks."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from booked.domain.model.ids import EventId
from booked.domain.model.programme.seating import block_of
from booked.domain.model.programme.ticket_types import TicketPlan, retire_type
from booked.domain.model.programme.type_rules import Offering, WithheldTickets
from booked.domain.model.sale.holds import house_of
from tests.memory.tables import Session


@dataclass(frozen=True, slots=True)
class MemoryTicketPlans:
    _session: Session

    async def get(self, event_id: EventId) -> TicketPlan | None:
        row = self._session.tables.events.get(event_id)
        return row.plan if row else None

    async def get_all(self, event_ids: Collection[EventId]) -> dict[EventId, TicketPlan]:
        rows = self._session.tables.events
        return {event_id: rows[event_id].plan for event_id in event_ids if event_id in rows}

    async def save(self, event_id: EventId, plan: TicketPlan) -> None:
        async with self._session.change() as tables:
            row = tables.events[event_id]
            event = replace(
                row.event, seat_count=plan.capacity, version=row.event.version + 1, has_type_rules=plan.has_rules
            )
            tables.events[event_id] = replace(row, event=event, plan=plan)

    async def replace(self, event_id: EventId, plan: TicketPlan) -> None:
        await self.save(event_id, plan)

    async def retire(self, event_id: EventId, type_number: int) -> bool:
        async with self._session.change() as tables:
            row = tables.events[event_id]
            tickets = [ticket for ticket in tables.tickets.values() if ticket.event_id == event_id]
            if any(one.type_number == type_number and not (one.blocked and one.cancelled) for one in tickets):
                return False
            plan = retire_type(row.plan, type_number)
            size = row.plan.places - plan.places
            event = replace(row.event, sold=row.event.sold + size, blocked=row.event.blocked + size)
            tables.events[event_id] = replace(row, event=event, plan=plan)
            return True

    async def withheld(self, event_ids: Collection[EventId], now: datetime) -> dict[EventId, WithheldTickets]:
        plans = await self.get_all(event_ids)
        return {
            event_id: await self._withheld(event_id, plan, now)
            for event_id, plan in plans.items()
            if plan.withheld(now)
        }

    async def _withheld(self, event_id: EventId, plan: TicketPlan, now: datetime) -> WithheldTickets:
        counts = await self.type_counts(event_id)
        unsold = [(type_.rules.offering(now), type_, type_.quota - sum(counts[type_.number])) for type_ in plan.types]
        starts = [type_.rules.sales.start for offering, type_, left in unsold if offering is Offering.NOT_YET and left]
        shown = [type_ for type_ in plan.types if not type_.rules.hidden]
        return WithheldTickets(
            tickets=sum(left for offering, _, left in unsold if offering is not Offering.ON_OFFER),
            opens_at=min((start for start in starts if start), default=None),
            is_paused=any(
                offering is Offering.PAUSED and left and not type_.rules.sales.is_over(now)
                for offering, type_, left in unsold
            ),
            is_over=bool(shown) and all(type_.rules.sales.is_over(now) for type_ in shown),
        )

    async def type_counts(self, event_id: EventId) -> dict[int, tuple[int, int]]:
        row = self._session.tables.events.get(event_id)
        if row is None:
            return {}
        blocks = row.plan.blocks
        standing = list(self._session.tables.standing(event_id))
        types = [(block_of(blocks, ticket.number), ticket.user_id == house_of(event_id)) for ticket in standing]
        counted = Counter((block.type_number, is_blocked) for block, is_blocked in types if block)
        return {type_.number: (counted[type_.number, False], counted[type_.number, True]) for type_ in row.plan.types}
