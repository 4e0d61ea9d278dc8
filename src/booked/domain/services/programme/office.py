"""Putting on an event without describing all of it: together with the organization it belongs to, or as a copy.

`actor` is an organizer or an admin, as the database has just confirmed.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from booked.domain.errors import NoEventFound
from booked.domain.model.ids import EventId
from booked.domain.model.people.users import User
from booked.domain.model.programme.copies import copy_of
from booked.domain.model.programme.events import EventSpecification
from booked.domain.model.programme.search import FoundEvent
from booked.domain.model.sale.idempotency import IdempotencyKey
from booked.domain.services.people.organizations import OrganizationService, add_organization
from booked.domain.services.programme.events import EventService
from booked.domain.services.programme.search import ProgrammeService
from booked.ports.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeService:
    """`ticket_limit` is the operator's: the most tickets a user may have where an event does not say."""

    database: Database
    organizations: OrganizationService
    events: EventService
    programme: ProgrammeService
    ticket_limit: int | None

    async def put_on(
        self,
        actor: User,
        specification: EventSpecification,
        founded: str | None,
        idempotency_key: IdempotencyKey | None = None,
    ) -> FoundEvent:
        """Put on an event, of an organization founded by this name; None for one that there is.

        Both are made, or neither is. Raises `InvalidOrganization` or what `EventService.create` raises.
        """
        if founded is None:
            return await self.events.create(actor, specification, idempotency_key)
        organization = self.organizations.accepted(founded, "")
        owned = replace(specification, organization_id=organization.id)
        made = await self.events.put_on(
            owned, idempotency_key, lambda unit: add_organization(unit, organization, actor)
        )
        return await self.programme.event(actor, made)

    async def copy(
        self, actor: User, event_id: EventId, starts_at: datetime, idempotency_key: IdempotencyKey | None = None
    ) -> FoundEvent:
        """Make a draft like an event of the actor's organization, at another time, with all its ticket types.

        Its other times move along by the clock where it is.
        Raises `NoEventFound`, `NotYourOrganization`, or what `EventService.create` raises.
        """
        found = await self.programme.managed(actor, event_id)
        plan = await self.database.ticket_plans.get(event_id)
        if plan is None:
            raise NoEventFound
        copy = copy_of(found.event, plan, starts_at, ZoneInfo(found.timezone))
        if copy.ticket_limit == self.ticket_limit:  # it is the operator's, who may change it
            copy = replace(copy, ticket_limit=None)
        return await self.events.create(actor, copy, idempotency_key)
