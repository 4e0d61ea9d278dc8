"""Organizations: making them, changing them, and who belongs to them.

`actor` is an organizer or an admin, as the database has just confirmed.
"""

from dataclasses import dataclass

from booked.domain.errors import CannotBeMember, NoSuchOrganization, NoSuchUser, PreconditionFailed, UserNotFound
from booked.domain.model.ids import OrganizationId, UserId
from booked.domain.model.people.organizations import (
    Member,
    NewOrganization,
    Organization,
    OrganizationChanges,
    apply_organization_changes,
    require_organization_description,
    require_organization_name,
)
from booked.domain.model.people.users import Role, User
from booked.domain.model.sale.idempotency import IdempotencyKey
from booked.domain.services.people.accounts import user_known_as
from booked.domain.services.people.rights import require_member
from booked.domain.services.sale.idempotency import make_once
from booked.ports.database import Database, Repositories
from booked.ports.system import Ids


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationService:
    database: Database
    ids: Ids

    async def get(self, actor: User, organization_id: OrganizationId) -> Organization:
        """Return an organization somebody may act for. Raises `NoSuchOrganization` or `NotYourOrganization`."""
        return await require_member(self.database.organizations, actor, organization_id)

    async def create(
        self, actor: User, name: str, description: str, idempotency_key: IdempotencyKey | None = None
    ) -> Organization:
        """Make an organization, which its maker belongs to. Raises `InvalidOrganization`, or as `make_once` does."""
        new = self.accepted(name, description)
        made = await self.database.organizations.get(
            await make_once(self.database, idempotency_key, new.id, lambda unit: add_organization(unit, new, actor))
        )
        if made is None:
            raise NoSuchOrganization
        return made

    def accepted(self, name: str, description: str) -> NewOrganization:
        """Return an organization which is not made yet. Raises `InvalidOrganization`."""
        return NewOrganization(
            id=OrganizationId(str(self.ids.unique())),
            name=require_organization_name(name),
            description=require_organization_description(description),
        )

    async def page(self, actor: User, after: OrganizationId | None, limit: int) -> list[Organization]:
        """Return the organizations a user may act for."""
        member = None if actor.role is Role.ADMIN else actor.id
        return await self.database.organizations.page(member, after, limit)

    async def of_member(self, user_id: UserId, limit: int) -> list[Organization]:
        """Return organizations a user belongs to, the oldest first."""
        return await self.database.organizations.page(user_id, None, limit)

    async def change(
        self, actor: User, organization_id: OrganizationId, version: int | None, changes: OrganizationChanges
    ) -> Organization:
        """Change an organization if it still has this version; None is for any.

        Raises `InvalidOrganization`, `PreconditionFailed`, or what `get` does.
        """
        await self.get(actor, organization_id)
        async with self.database.transaction() as unit:
            organization = await unit.organizations.lock(organization_id)
            if organization is None:
                raise NoSuchOrganization
            if version not in {None, organization.version}:
                raise PreconditionFailed
            return await unit.organizations.save(apply_organization_changes(organization, changes))

    async def members(
        self, actor: User, organization_id: OrganizationId, after: UserId | None, limit: int
    ) -> list[Member]:
        await self.get(actor, organization_id)
        return await self.database.organizations.members(organization_id, after, limit)

    async def add_member(self, actor: User, organization_id: OrganizationId, user_id: UserId) -> None:
        """Add a member. Raises `NoSuchUser`, or `CannotBeMember` for a user who is neither organizer nor admin."""
        await self.get(actor, organization_id)
        async with self.database.transaction() as unit:
            await _add_member(unit, organization_id, user_id)

    async def add_member_by_email(self, actor: User, organization_id: OrganizationId, email: str) -> None:
        """Add the user with this e-mail address as a member. Raises `EmptyEmail`, or as `add_member` does.

        An address without an account is `UserNotFound` to an admin. Others get `CannotBeMember`, so that they cannot
        find out who has an account.
        """
        await self.get(actor, organization_id)
        user = await user_known_as(self.database.users, email)
        if user is None:
            raise UserNotFound if actor.role is Role.ADMIN else CannotBeMember
        await self.add_member(actor, organization_id, user.id)

    async def remove_member(self, actor: User, organization_id: OrganizationId, user_id: UserId) -> None:
        """Remove a member. No effect if the user does not belong to the organization."""
        await self.get(actor, organization_id)
        await self.database.organizations.remove_member(organization_id, user_id)


async def add_organization(unit: Repositories, new: NewOrganization, maker: User) -> None:
    """Add an organization, which its maker belongs to."""
    await unit.organizations.add(new)
    await _add_member(unit, new.id, maker.id)


async def _add_member(unit: Repositories, organization_id: OrganizationId, user_id: UserId) -> None:
    # Locked, for whoever takes the role away at this moment takes the memberships with it.
    user = await unit.users.lock(user_id)
    if user is None:
        raise NoSuchUser
    if not user.role.includes(Role.ORGANIZER):
        raise CannotBeMember
    await unit.organizations.add_member(organization_id, user_id)
