"""Who waits for an event, for those who run it.

`actor` is an organizer or an admin, as the database has just confirmed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from booked.domain.model.ids import EventId
from booked.domain.model.people.users import User
from booked.domain.model.programme.search import FoundEvent
from booked.domain.model.sale.waitlist import WaitingCounts, WaitingParty
from booked.domain.services.programme.search import ProgrammeService
from booked.ports.database import Database


@dataclass(frozen=True, slots=True)
class EventQueue:
    """An event with some of the parties in its queue. `types` are the names of its ticket types by their numbers."""

    found: FoundEvent
    types: Mapping[int, str]
    counts: WaitingCounts
    parties: Sequence[WaitingParty]


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingPartyService:
    database: Database
    programme: ProgrammeService

    async def queue(self, actor: User, event_id: EventId, after: int, limit: int) -> EventQueue:
        """Return parties in the order they joined in, after a place. Raises `NoEventFound` or `NotYourOrganization`."""
        found = await self.programme.managed(actor, event_id)
        plan = await self.database.ticket_plans.get(event_id)
        return EventQueue(
            found=found,
            types={type_.number: type_.name for type_ in plan.types} if plan else {},
            counts=await self.database.waiting_parties.counts(event_id),
            parties=await self.database.waiting_parties.page(event_id, after, limit),
        )
