"""Pages for admins: people and their roles."""

import msgspec

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.web.forms import NO_COMPLAINTS, Complaints, complaints, read_form
from booked.adapters.http.contracts.web.notices import Notice
from booked.adapters.http.contracts.web.pages import Pages
from booked.adapters.http.contracts.web.queries import PeopleQuery, RoleForm, next_path, read_query
from booked.adapters.http.contracts.web.rendering import lead_to, render
from booked.adapters.http.contracts.web.views.admin_people import PeopleView, PersonView
from booked.adapters.http.contracts.web.visits import user_of
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.pages import PAGE_MOST, id_behind, page_by_id
from booked.domain.errors import LastAdmin
from booked.domain.model.ids import UserId
from booked.domain.model.people.users import Role

pages = Pages(Access.ADMIN)


class RoleQuery(msgspec.Struct, frozen=True):
    role: Role | None = None


@pages.get("/admin/people")
async def list_people(request: ApiRequest) -> Answer[bytes]:
    query = read_query(request.scope["query_string"], PeopleQuery)
    found = await request.services.accounts.search(query.q, id_behind(query, UserId), query.limit + 1)
    page = page_by_id(found, query, lambda user: user, UserId, lambda user: user.id)
    following = next_path("/admin/people", page.next_cursor, q=query.q)
    return render(request, "admin_people.html", PeopleView(query.q, page, following))


@pages.get("/admin/people/{user_id:str}")
async def show_person(request: ApiRequest, user_id: PathId[UserId]) -> Answer[bytes]:
    """Show somebody and, where a role was chosen, what giving it will do."""
    query = read_query(request.scope["query_string"], RoleQuery)
    return await _person(request, user_id, query.role, NO_COMPLAINTS)


@pages.post("/admin/people/{user_id:str}")
async def give_role(request: ApiRequest, user_id: PathId[UserId]) -> Answer[bytes]:
    form = read_form(await request.form_body(), RoleForm)
    role = form.chosen
    try:
        given = await request.services.accounts.grant(user_id, role)
    except LastAdmin as refusal:
        return await _person(request, user_id, None, complaints(request, refusal, {LastAdmin: "role"}))
    left = given.id == user_of(request).id and given.role is not Role.ADMIN
    return lead_to(request, "/" if left else f"/admin/people/{user_id}", Notice.ROLE_CHANGED)


async def _person(request: ApiRequest, user_id: UserId, asked: Role | None, told: Complaints) -> Answer[bytes]:
    person = await request.services.accounts.get(user_id)
    organizations = await request.services.organizations.of_member(user_id, PAGE_MOST)
    is_self = user_id == user_of(request).id
    view = PersonView(person, organizations, None if asked is person.role else asked, is_self, told)
    return render(request, "admin_person.html", view, told.status)
