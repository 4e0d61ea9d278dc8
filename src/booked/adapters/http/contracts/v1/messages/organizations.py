"""Messages about organizations and their members."""

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from booked.adapters.http.contracts.v1.messages.patches import sent
from booked.adapters.http.contracts.v1.messages.people import UserBody
from booked.adapters.http.requests.fields import Id, Time, shown
from booked.domain.model.people.organizations import (
    ORGANIZATION_DESCRIPTION_LENGTH,
    ORGANIZATION_NAME_LENGTH,
    Member,
    Organization,
    OrganizationChanges,
)

Name = Annotated[str, shown(minLength=1, maxLength=ORGANIZATION_NAME_LENGTH)]
Description = Annotated[str, shown(maxLength=ORGANIZATION_DESCRIPTION_LENGTH)]


class OrganizationRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: Name
    description: Description = ""


class OrganizationChangesRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Fields that are not sent stay as they are."""

    name: Name | UnsetType = UNSET
    description: Description | UnsetType = UNSET

    def changes(self) -> OrganizationChanges:
        return OrganizationChanges(sent(self.name), sent(self.description))


class OrganizationBody(msgspec.Struct, frozen=True):
    id: Id
    name: Name
    description: Description
    created_at: Time

    @classmethod
    def of(cls, organization: Organization) -> "OrganizationBody":
        return cls(organization.id, organization.name, organization.description, organization.created_at)


class MemberBody(msgspec.Struct, frozen=True):
    user: UserBody
    joined_at: Time

    @classmethod
    def of(cls, member: Member) -> "MemberBody":
        return cls(UserBody.of(member.user), member.joined_at)
