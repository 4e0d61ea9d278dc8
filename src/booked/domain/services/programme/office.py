"""An organizer's first event: put on together with the organization it belongs to.

`actor` is an organizer or an admin, as the database has just confirmed.
"""

from dataclasses import dataclass, replace

from booked.domain.model.people.users import User
from booked.domain.model.programme.events import EventSpecification
from booked.domain.model.programme.search import FoundEvent
from booked.domain.model.sale.idempotency import IdempotencyKey
from booked.domain.services.people.organizations import OrganizationService, add_organization
from booked.domain.services.programme.events import EventService
from booked.domain.services.programme.search import ProgrammeService


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeService:
    organizations: OrganizationService
    events: EventService
    programme: ProgrammeService

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
