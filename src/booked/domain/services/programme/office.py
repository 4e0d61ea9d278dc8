"""An organizer's first event: put on together with the organization it belongs to.

`actor` is an organizer or an admin, as the database has just confirmed.
"""

from dataclasses import dataclass, replace

from booked.domain.model.ids import EventId
from booked.domain.model.people.users import User
from booked.domain.model.programme.events import EventSpecification, accept
from booked.domain.model.programme.search import FoundEvent
from booked.domain.services.people.organizations import OrganizationService
from booked.domain.services.programme.events import EventService

NOT_YET = EventId("")


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeService:
    organizations: OrganizationService
    events: EventService

    async def put_on(self, actor: User, specification: EventSpecification, founded: str | None) -> FoundEvent:
        """Put on an event without a venue, of an organization founded by this name; None for one that there is.

        Raises `InvalidOrganization` or what `EventService.create` raises.
        """
        if founded is None:
            return await self.events.create(actor, specification)
        # Checked first: an event that is refused founds nothing.
        accept(specification, NOT_YET, None)
        organization = await self.organizations.create(actor, founded, "")
        return await self.events.create(actor, replace(specification, organization_id=organization.id))
