"""Organizations and their members."""

from dataclasses import dataclass, replace
from itertools import islice

from booked.domain.model.ids import OrganizationId, UserId
from booked.domain.model.people.organizations import Member, NewOrganization, Organization
from booked.ports.system import Clock
from tests.memory.tables import Session


@dataclass(frozen=True, slots=True)
class MemoryOrganizations:
    _session: Session
    _clock: Clock

    async def add(self, organization: NewOrganization) -> Organization:
        async with self._session.change() as tables:
            added = Organization(
                id=organization.id,
                name=organization.name,
                description=organization.description,
                version=1,
                created_at=self._clock.now(),
            )
            tables.organizations[organization.id] = added
            return added

    async def get(self, organization_id: OrganizationId) -> Organization | None:
        return self._session.tables.organizations.get(organization_id)

    async def page(self, member: UserId | None, after: OrganizationId | None, limit: int) -> list[Organization]:
        tables = self._session.tables
        shown = (
            organization
            for id_, organization in sorted(tables.organizations.items())
            if id_ > (after or "") and (member is None or (id_, member) in tables.members)
        )
        return list(islice(shown, limit))

    async def lock(self, organization_id: OrganizationId) -> Organization | None:
        return self._session.tables.organizations.get(organization_id)

    async def save(self, organization: Organization) -> Organization:
        async with self._session.change() as tables:
            present = tables.organizations[organization.id]
            saved = replace(
                present, name=organization.name, description=organization.description, version=present.version + 1
            )
            tables.organizations[organization.id] = saved
            return saved

    async def has_member(self, organization_id: OrganizationId, user_id: UserId) -> bool:
        return (organization_id, user_id) in self._session.tables.members

    async def members(self, organization_id: OrganizationId, after: UserId | None, limit: int) -> list[Member]:
        tables = self._session.tables
        shown = (
            Member(tables.users[user_id], joined_at)
            for (belongs_to, user_id), joined_at in sorted(tables.members.items())
            if belongs_to == organization_id and user_id > (after or "")
        )
        return list(islice(shown, limit))

    async def add_member(self, organization_id: OrganizationId, user_id: UserId) -> None:
        async with self._session.change() as tables:
            tables.members.setdefault((organization_id, user_id), self._clock.now())

    async def remove_member(self, organization_id: OrganizationId, user_id: UserId) -> None:
        async with self._session.change() as tables:
            tables.members.pop((organization_id, user_id), None)

    async def remove_from_all(self, user_id: UserId) -> None:
        async with self._session.change() as tables:
            tables.members = {member: joined for member, joined in tables.members.items() if member[1] != user_id}
