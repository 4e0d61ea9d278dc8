"""Organizations in the office: those that somebody belongs to, and who else does."""

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.web.membership import OrganizationPages
from booked.adapters.http.contracts.web.pages import Pages
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.domain.model.ids import OrganizationId, UserId

pages = Pages(Access.ORGANIZER)
organizations = OrganizationPages("/office")


@pages.get("/office/organizations")
async def list_own_organizations(request: ApiRequest) -> Answer[bytes]:
    return await organizations.list_all(request)


@pages.get("/office/organizations/{organization_id:str}")
async def show_own_organization(request: ApiRequest, organization_id: PathId[OrganizationId]) -> Answer[bytes]:
    return await organizations.show(request, organization_id)


@pages.post("/office/organizations/{organization_id:str}/members")
async def add_member(request: ApiRequest, organization_id: PathId[OrganizationId]) -> Answer[bytes]:
    return await organizations.add_member(request, organization_id)


@pages.post("/office/organizations/{organization_id:str}/members/{user_id:str}/remove")
async def remove_member(
    request: ApiRequest, organization_id: PathId[OrganizationId], user_id: PathId[UserId]
) -> Answer[bytes]:
    return await organizations.remove_member(request, organization_id, user_id, "/office/organizations")
