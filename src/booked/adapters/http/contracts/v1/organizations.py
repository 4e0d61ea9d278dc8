"""Organizations and who belongs to them: for organizers and admins."""

from datetime import UTC, datetime
from typing import Annotated

import msgspec
from litestar.params import JSONBody
from msgspec import UNSET, UnsetType

from booked.adapters.http.access.roles import Access
from booked.adapters.http.contracts.resource import Resource
from booked.adapters.http.contracts.v1.people import BEN, UserBody, sent
from booked.adapters.http.requests.fields import Id, Time, shown
from booked.adapters.http.requests.idempotency import IdempotencyHeader
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.parameters import Params
from booked.adapters.http.requests.preconditions import IfMatch, IfNoneMatch
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.pages import Page, PageQuery, id_behind, page_by_id
from booked.adapters.http.responses.replies import changed, created, found
from booked.domain.errors import (
    CannotBeMember,
    InvalidOrganization,
    NoSuchOrganization,
    NoSuchUser,
    NotYourOrganization,
)
from booked.domain.model.ids import OrganizationId, UserId
from booked.domain.model.people.organizations import (
    ORGANIZATION_DESCRIPTION_LENGTH,
    ORGANIZATION_NAME_LENGTH,
    Member,
    Organization,
    OrganizationChanges,
)

resource = Resource("/api/v1/organizations/", "v1 · Organizations", Access.ORGANIZER)

Name = Annotated[str, shown(minLength=1, maxLength=ORGANIZATION_NAME_LENGTH)]
Description = Annotated[str, shown(maxLength=ORGANIZATION_DESCRIPTION_LENGTH)]


class OrganizationRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: Name
    description: Description = ""


class OrganizationChangesRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is not sent stays as it is."""

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


MOMENT = datetime(2026, 11, 20, 19, 30, tzinfo=UTC)
PLAYHOUSE = OrganizationBody("019c5b2e-9d2e-7c51-a032-7b8c9d0e1f20", "Playhouse", "In the old mill.", MOMENT)
NOT_YOURS = [NoSuchOrganization, NotYourOrganization]


@resource.post(
    "",
    "The organization.",
    sends=OrganizationRequest("Playhouse", "In the old mill."),
    returns=PLAYHOUSE,
    gives=["Location", "ETag"],
    refuses=[InvalidOrganization, CannotBeMember, NoSuchUser],
)
async def create_organization(
    request: ApiRequest, data: JSONBody[OrganizationRequest], idempotency_key: IdempotencyHeader
) -> Answer[OrganizationBody]:
    """Make an organization, to which you belong."""
    organization = await request.services.organizations.create(
        request.user, data.name, data.description, idempotency_key
    )
    address = f"{resource.path}{organization.id}/"
    return created(OrganizationBody.of(organization), address, organization.version)


@resource.get("", "A page of organizations, the oldest first.", returns=Page([PLAYHOUSE], None))
async def list_organizations(request: ApiRequest, params: Params[PageQuery]) -> Page[OrganizationBody]:
    """List the organizations that you belong to, or as an admin all of them."""
    after = id_behind(params, OrganizationId)
    organizations = await request.services.organizations.page(request.user, after, params.limit + 1)
    return page_by_id(organizations, params, OrganizationBody.of, OrganizationId, lambda row: row.id)


@resource.get("{organization_id:str}/", "The organization.", returns=PLAYHOUSE, gives=["ETag"], refuses=NOT_YOURS)
async def show_organization(
    request: ApiRequest, organization_id: PathId[OrganizationId], if_none_match: IfNoneMatch
) -> Answer[OrganizationBody]:
    """Show an organization that you belong to."""
    organization = await request.services.organizations.require_member(request.user, organization_id)
    return found(OrganizationBody.of(organization), organization.version, if_none_match)


@resource.patch(
    "{organization_id:str}/",
    "The organization as it is now.",
    sends=OrganizationChangesRequest(description="In the old mill."),
    returns=PLAYHOUSE,
    gives=["ETag"],
    refuses=[InvalidOrganization, *NOT_YOURS],
)
async def change_organization(
    request: ApiRequest,
    organization_id: PathId[OrganizationId],
    data: JSONBody[OrganizationChangesRequest],
    if_match: IfMatch,
) -> Answer[OrganizationBody]:
    """Change an organization that you belong to."""
    organization = await request.services.organizations.change(request.user, organization_id, if_match, data.changes())
    return changed(OrganizationBody.of(organization), organization.version)


@resource.get(
    "{organization_id:str}/members/",
    "A page of members, the oldest account first.",
    returns=Page([MemberBody(BEN, MOMENT)], None),
    refuses=NOT_YOURS,
)
async def list_members(
    request: ApiRequest, organization_id: PathId[OrganizationId], params: Params[PageQuery]
) -> Page[MemberBody]:
    """List who belongs to an organization."""
    after = id_behind(params, UserId)
    members = await request.services.organizations.members(request.user, organization_id, after, params.limit + 1)
    return page_by_id(members, params, MemberBody.of, UserId, lambda member: member.user.id)


@resource.put(
    "{organization_id:str}/members/{user_id:str}/",
    "The user is a member.",
    status=204,
    refuses=[NoSuchUser, CannotBeMember, *NOT_YOURS],
)
async def add_member(request: ApiRequest, organization_id: PathId[OrganizationId], user_id: PathId[UserId]) -> None:
    """Let a user belong to your organization.

    They have to be an organizer or an admin.
    """
    await request.services.organizations.add_member(request.user, organization_id, user_id)


@resource.delete("{organization_id:str}/members/{user_id:str}/", "The user is no member.", refuses=NOT_YOURS)
async def remove_member(request: ApiRequest, organization_id: PathId[OrganizationId], user_id: PathId[UserId]) -> None:
    """Let a user no longer belong to your organization."""
    await request.services.organizations.remove_member(request.user, organization_id, user_id)
