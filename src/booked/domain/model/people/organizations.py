"""Organizations: who puts events on sale. Organizers act for those they belong to."""

from dataclasses import dataclass, replace
from datetime import datetime

from booked.domain.errors import InvalidOrganization
from booked.domain.model.ids import OrganizationId
from booked.domain.model.people.users import User
from booked.domain.model.text import require_plain, require_text

ORGANIZATION_NAME_LENGTH = 200
ORGANIZATION_DESCRIPTION_LENGTH = 2000


@dataclass(frozen=True, slots=True)
class Organization:
    """`version` counts its changes."""

    id: OrganizationId
    name: str
    description: str
    version: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class NewOrganization:
    id: OrganizationId
    name: str
    description: str


@dataclass(frozen=True, slots=True)
class OrganizationChanges:
    """What is to be different; None leaves a field as it is."""

    name: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Member:
    user: User
    joined_at: datetime


def require_organization_name(name: str) -> str:
    return require_text(name, InvalidOrganization, "name", ORGANIZATION_NAME_LENGTH)


def require_organization_description(description: str) -> str:
    return require_plain(
        description.strip(), InvalidOrganization, "description", ORGANIZATION_DESCRIPTION_LENGTH, multiline=True
    )


def apply_organization_changes(organization: Organization, changes: OrganizationChanges) -> Organization:
    """Return the organization with the changes made. Raises `InvalidOrganization`."""
    changed = organization
    if changes.name is not None:
        changed = replace(changed, name=require_organization_name(changes.name))
    if changes.description is not None:
        changed = replace(changed, description=require_organization_description(changes.description))
    return changed
