"""One ticket, two people, two processes: the scene of the interleavings."""

from dataclasses import dataclass

from booked.domain.model.ids import EventId, TicketId, UserId
from booked.domain.services.upkeep.inventory import AUDIT_INTERVAL
from tests.concurrency.processes import Process, Truth, agrees


@dataclass
class Scene:
    """One ticket, two people, two processes."""

    first: Process
    second: Process
    ann: UserId
    ben: UserId
    event_id: EventId
    truth: Truth

    async def ann_reserves(self) -> TicketId:
        [ticket] = await self.first.sale.reserve(self.ann, self.event_id, 1)
        return ticket

    async def owner(self) -> list[UserId]:
        """Who owns the ticket: one person, nobody, or too many."""
        owned = self.first.database.bookings.owned
        return [user for user in (self.ann, self.ben) if await owned(self.event_id, user)]

    async def agrees(self) -> bool:
        return await agrees(self.first, self.event_id)

    async def audit_twice(self) -> tuple[bool, bool]:
        """Whether an audit repaired the event, and whether one that follows after the interval did."""
        audit = self.second.inventory.audit
        first = await audit(self.event_id)
        self.second.clock.advance(AUDIT_INTERVAL)
        return first, await audit(self.event_id)
