"""Organizations and their members: for organizers and admins."""

from litestar.params import JSONBody

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.resource import Resource
from booked.adapters.http.contracts.v1.examples.people import BEN, MOMENT, PLAYHOUSE
from booked.adapters.http.contracts.v1.messages.organizations import (
    MemberBody,
    OrganizationBody,
    OrganizationChangesRequest,
    OrganizationRequest,
)
from booked.adapters.http.contracts.v1.refusals import ORGANIZATION_NOT_YOURS
from booked.adapters.http.requests.idempotency import IdempotencyHeader
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.parameters import Params
from booked.adapters.http.requests.preconditions import IfMatch, IfNoneMatch
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.pages import Page, PageQuery, id_behind, page_by_id
from booked.adapters.http.responses.replies import changed, created, found
from booked.domain.errors import CannotBeMember, InvalidOrganization, NoSuchUser
from booked.domain.model.ids import OrganizationId, UserId

resource = Resource("/api/v1/organizations/", "v1 · Organizations", Access.ORGANIZER)


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
    """Make an organization and become its member."""
    organization = await request.services.organizations.create(
        request.user, data.name, data.description, idempotency_key
    )
    address = f"{resource.path}{organization.id}/"
    return created(OrganizationBody.of(organization), address, organization.version)


@resource.get("", "A page of organizations, the oldest first.", returns=Page([PLAYHOUSE], None))
async def list_organizations(request: ApiRequest, params: Params[PageQuery]) -> Page[OrganizationBody]:
    """List your organizations, or as an admin all of them."""
    after = id_behind(params, OrganizationId)
    organizations = await request.services.organizations.page(request.user, after, params.limit + 1)
    return page_by_id(organizations, params, OrganizationBody.of, OrganizationId, lambda row: row.id)


@resource.get(
    "{organization_id:str}/", "The organization.", returns=PLAYHOUSE, gives=["ETag"], refuses=ORGANIZATION_NOT_YOURS
)
async def show_organization(
    request: ApiRequest, organization_id: PathId[OrganizationId], if_none_match: IfNoneMatch
) -> Answer[OrganizationBody]:
    """Show an organization of yours."""
    organization = await request.services.organizations.get(request.user, organization_id)
    return found(OrganizationBody.of(organization), organization.version, if_none_match)


@resource.patch(
    "{organization_id:str}/",
    "The organization as it is now.",
    sends=OrganizationChangesRequest(description="In the old mill."),
    returns=PLAYHOUSE,
    gives=["ETag"],
    refuses=[InvalidOrganization, *ORGANIZATION_NOT_YOURS],
)
async def change_organization(
    request: ApiRequest,
    organization_id: PathId[OrganizationId],
    data: JSONBody[OrganizationChangesRequest],
    if_match: IfMatch,
) -> Answer[OrganizationBody]:
    """Change an organization of yours."""
    organization = await request.services.organizations.change(request.user, organization_id, if_match, data.changes())
    return changed(OrganizationBody.of(organization), organization.version)


@resource.get(
    "{organization_id:str}/members/",
    "A page of members, the oldest account first.",
    returns=Page([MemberBody(BEN, MOMENT)], None),
    refuses=ORGANIZATION_NOT_YOURS,
)
async def list_members(
    request: ApiRequest, organization_id: PathId[OrganizationId], params: Params[PageQuery]
) -> Page[MemberBody]:
    """List the members of an organization."""
    after = id_behind(params, UserId)
    members = await request.services.organizations.members(request.user, organization_id, after, params.limit + 1)
    return page_by_id(members, params, MemberBody.of, UserId, lambda member: member.user.id)


@resource.put(
    "{organization_id:str}/members/{user_id:str}/",
    "The user is a member.",
    status=204,
    refuses=[NoSuchUser, CannotBeMember, *ORGANIZATION_NOT_YOURS],
)
async def add_member(request: ApiRequest, organization_id: PathId[OrganizationId], user_id: PathId[UserId]) -> None:
    """Add a member to your organization.

    They have to be an organizer or an admin.
    """
    await request.services.organizations.add_member(request.user, organization_id, user_id)


@resource.delete(
    "{organization_id:str}/members/{user_id:str}/", "The user is no member.", refuses=ORGANIZATION_NOT_YOURS
)
async def remove_member(request: ApiRequest, organization_id: PathId[OrganizationId], user_id: PathId[UserId]) -> None:
    """Remove a member from your organization."""
    await request.services.organizations.remove_member(request.user, organization_id, user_id)
