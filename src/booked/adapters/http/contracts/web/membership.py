"""Organizations and who belongs to them: for their members in the office, and for admins, who see all."""

from dataclasses import dataclass

import msgspec

from booked.adapters.http.contracts.web.forms import NO_COMPLAINTS, Complaints, complaints, read_form
from booked.adapters.http.contracts.web.notices import Notice
from booked.adapters.http.contracts.web.queries import next_path, read_query
from booked.adapters.http.contracts.web.rendering import lead_to, render
from booked.adapters.http.contracts.web.views.organizations import OrganizationsView, OrganizationView
from booked.adapters.http.contracts.web.visits import user_of
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.pages import PageQuery, id_behind, page_by_id
from booked.domain.errors import BookedError, CannotBeMember, EmptyEmail, UserNotFound
from booked.domain.model.ids import OrganizationId, UserId

MEMBER_FIELDS: dict[type[BookedError], str] = {
    CannotBeMember: "email",
    EmptyEmail: "email",
    UserNotFound: "email",
}


class MemberForm(msgspec.Struct, frozen=True):
    email: str = ""


@dataclass(frozen=True, slots=True)
class OrganizationPages:
    """What the pages about organizations answer. `root` is the address that they stand below."""

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
        self, request: ApiRequest, organization_id: OrganizationId, user_id: UserId, after_leaving: str
    ) -> Answer[bytes]:
        """Remove a member. `after_leaving` is where somebody is led who removes themselves."""
        user = user_of(request)
        await request.services.organizations.remove_member(user, organization_id, user_id)
        path = after_leaving if user_id == user.id else self._path(organization_id)
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
