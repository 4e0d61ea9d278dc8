"""Who may act for an organization: an organizer for their own, an admin for every one."""

from booked.domain.errors import NoSuchOrganization, NotYourOrganization
from booked.domain.model.ids import OrganizationId
from booked.domain.model.people.organizations import Organization
from booked.domain.model.people.users import Role, User
from booked.ports.people import Organizations

ORGANIZATIONS_OF_ONE = 1_000


async def require_member(organizations: Organizations, user: User, organization_id: OrganizationId) -> Organization:
    """Return an organization a user may act for. Raises `NoSuchOrganization` or `NotYourOrganization`."""
    organization = await organizations.get(organization_id)
    if organization is None:
        raise NoSuchOrganization
    if user.role is Role.ADMIN:
        return organization
    if not (user.role.includes(Role.ORGANIZER) and await organizations.has_member(organization_id, user.id)):
        raise NotYourOrganization
    return organization


async def require_rights(organizations: Organizations, user: User, organization_id: OrganizationId | None) -> None:
    """Raise `NotYourOrganization` unless a user may act on what belongs to an organization, or to none."""
    if user.role is Role.ADMIN:
        return
    if organization_id is None:
        raise NotYourOrganization
    await require_member(organizations, user, organization_id)


async def require_may_add(organizations: Organizations, user: User, organization_id: OrganizationId | None) -> None:
    """Raise `NoSuchOrganization` or `NotYourOrganization` unless a user may add something to an organization.

    Only an admin may add what belongs to none.
    """
    if organization_id is None:
        await require_rights(organizations, user, None)
    else:
        await require_member(organizations, user, organization_id)


async def organizations_of(organizations: Organizations, user: User) -> frozenset[OrganizationId]:
    """Return the ids of a user's organizations."""
    found = await organizations.page(user.id, None, ORGANIZATIONS_OF_ONE)
    return frozenset(organization.id for organization in found)
