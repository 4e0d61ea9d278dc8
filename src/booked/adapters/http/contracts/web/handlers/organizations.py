"""Organizations and who belongs to them: for their members in the office, and for admins, who see all."""

from dataclasses import dataclass

import msgspec

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.web.forms import NO_COMPLAINTS, Complaints, complaints, read_form
from booked.adapters.http.contracts.web.notices import Notice
from booked.adapters.http.contracts.web.pages import Pages
from booked.adapters.http.contracts.web.queries import next_path, read_query
from booked.adapters.http.contracts.web.rendering import lead_to, render
from booked.adapters.http.contracts.web.views.organizations import OrganizationsView, OrganizationView
from booked.adapters.http.contracts.web.visits import user_of
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.pages import PageQuery, id_behind, page_by_id
from booked.domain.errors import BookedError, CannotBeMember, EmptyEmail, UserNotFound
from booked.domain.model.ids import OrganizationId, UserId
from booked.domain.model.people.users import Role

MEMBER_FIELDS: dict[type[BookedError], str] = {
    CannotBeMember: "email",
    EmptyEmail: "email",
    UserNotFound: "email",
}


class MemberForm(msgspec.Struct, frozen=True):
    email: str = ""


@dataclass(frozen=True, slots=True)
class OrganizationPages:
    """What the pages about organizations answer. `root` is the address they stand below."""

    root: str

    async def list_all(self, request: ApiRequest) -> Answer[bytes]:
        query = read_query(request.scope["query_string"], PageQuery)
        after = id_behind(query, OrganizationId)
        found = await request.services.organizations.page(user_of(request), after, query.limit + 1)
        page = page_by_id(found, query, lambda row: row, OrganizationId, lambda row: row.id)
        following = next_path(f"{self.root}/organizations", page.next_cursor)
        return render(request, "organizations.html", OrganizationsView(self.root, page, following))

    async def show(self, request: ApiRequest, organization_id: OrganizationId) -> Answer[bytes]:
        query = read_query(request.scope["query_string"], PageQuery)
        return await self._one(request, organization_id, query, "", NO_COMPLAINTS)

    async def add_member(self, request: ApiRequest, organization_id: OrganizationId) -> Answer[bytes]:
        form = read_form(await request.form_body(), MemberForm)
        services = request.services.organizations
        try:
            await services.add_member_by_email(user_of(request), organization_id, form.email)
        except (UserNotFound, CannotBeMember, EmptyEmail) as refusal:
            told = complaints(request, refusal, MEMBER_FIELDS)
            return await self._one(request, organization_id, PageQuery(), form.email, told)
        return lead_to(request, self._path(organization_id), Notice.MEMBER_ADDED)

    async def remove_member(
        self, request: ApiRequest, organization_id: OrganizationId, user_id: UserId
    ) -> Answer[bytes]:
        """Remove a member. An organizer who leaves may not see the organization any more."""
        user = user_of(request)
        await request.services.organizations.remove_member(user, organization_id, user_id)
        left = user_id == user.id and user.role is not Role.ADMIN
        path = f"{self.root}/organizations" if left else self._path(organization_id)
        return lead_to(request, path, Notice.MEMBER_REMOVED)

    async def _one(
        self, request: ApiRequest, organization_id: OrganizationId, query: PageQuery, email: str, told: Complaints
    ) -> Answer[bytes]:
        actor, services = user_of(request), request.services.organizations
        organization = await services.get(actor, organization_id)
        members = await services.members(actor, organization_id, id_behind(query, UserId), query.limit + 1)
        page = page_by_id(members, query, lambda member: member, UserId, lambda member: member.user.id)
        following = next_path(self._path(organization_id), page.next_cursor)
        view = OrganizationView(self.root, organization, page, following, email, told)
        return render(request, "organization.html", view, told.status)

    def _path(self, organization_id: OrganizationId) -> str:
        return f"{self.root}/organizations/{organization_id}"


def pages_below(root: str, access: Access) -> Pages:
    """Return the pages about organizations at their addresses."""
    pages, organizations = Pages(access), OrganizationPages(root)
    one = f"{root}/organizations/{{organization_id:str}}"

    @pages.get(f"{root}/organizations")
    async def list_organizations(request: ApiRequest) -> Answer[bytes]:
        return await organizations.list_all(request)

    @pages.get(one)
    async def show_organization(request: ApiRequest, organization_id: PathId[OrganizationId]) -> Answer[bytes]:
        return await organizations.show(request, organization_id)

    @pages.post(f"{one}/members", page=one)
    async def add_member(request: ApiRequest, organization_id: PathId[OrganizationId]) -> Answer[bytes]:
        return await organizations.add_member(request, organization_id)

    @pages.post(f"{one}/members/{{user_id:str}}/remove", page=one)
    async def remove_member(
        request: ApiRequest, organization_id: PathId[OrganizationId], user_id: PathId[UserId]
    ) -> Answer[bytes]:
        return await organizations.remove_member(request, organization_id, user_id)

    return pages


office_pages = pages_below("/office", Access.ORGANIZER)
admin_pages = pages_below("/admin", Access.ADMIN)
