"""Organizations: who makes and changes them, who belongs to them, and who may act for them."""

import pytest

from booked.domain.errors import (
    CannotBeMember,
    InvalidOrganization,
    NoSuchOrganization,
    NoSuchUser,
    NotYourOrganization,
    PreconditionFailed,
)
from booked.domain.model.ids import OrganizationId, UserId
from booked.domain.model.people.organizations import Organization, OrganizationChanges
from booked.domain.model.people.users import Role, User
from booked.domain.services.people.rights import organizations_of, require_member, require_rights
from tests.builders import a_user, a_user_id, an_organization_id
from tests.services.box_office import BoxOffice


async def somebody(office: BoxOffice, role: Role) -> User:
    return await office.database.users.add(a_user(role=role))


@pytest.fixture
async def ora(office: BoxOffice) -> User:
    """An organizer."""
    return await somebody(office, Role.ORGANIZER)


@pytest.fixture
async def otto(office: BoxOffice) -> User:
    """Another organizer."""
    return await somebody(office, Role.ORGANIZER)


@pytest.fixture
async def root(office: BoxOffice) -> User:
    return await somebody(office, Role.ADMIN)


@pytest.fixture
async def playhouse(office: BoxOffice, ora: User) -> Organization:
    """An organization that Ora belongs to."""
    return await office.organizations.create(ora, "Playhouse", "")


async def members(office: BoxOffice, organization: Organization) -> set[UserId]:
    return {member.user.id for member in await office.database.organizations.members(organization.id, None, 100)}


async def test_who_makes_an_organization_belongs_to_it(office: BoxOffice, ora: User, root: User) -> None:
    of_ora = await office.organizations.create(ora, " Playhouse ", " In the old mill. ")
    of_root = await office.organizations.create(root, "Arena", "")

    assert (of_ora.name, of_ora.description) == ("Playhouse", "In the old mill.")
    assert await members(office, of_ora) == {ora.id}
    assert await members(office, of_root) == {root.id}


@pytest.mark.parametrize(("name", "description"), [("", ""), ("a" * 201, ""), ("a\n", "\0"), ("a", "b" * 2001)])
async def test_what_cannot_be_an_organization_is_refused(
    office: BoxOffice, ora: User, playhouse: Organization, name: str, description: str
) -> None:
    with pytest.raises(InvalidOrganization):
        await office.organizations.create(ora, name, description)
    with pytest.raises(InvalidOrganization):
        await office.organizations.change(ora, playhouse.id, None, OrganizationChanges(name, description))

    assert await office.organizations.page(ora, None, 10) == [playhouse]


async def test_who_has_lost_the_role_since_makes_no_organization(office: BoxOffice, ora: User) -> None:
    await office.database.users.set_role(ora.id, Role.USER)

    with pytest.raises(CannotBeMember):
        await office.organizations.create(ora, "Playhouse", "")

    assert await office.database.organizations.page(None, None, 10) == []


async def test_members_and_admins_may_act_for_an_organization(
    office: BoxOffice, ora: User, otto: User, root: User, playhouse: Organization
) -> None:
    assert await require_member(office.database.organizations, ora, playhouse.id) == playhouse
    assert await require_member(office.database.organizations, root, playhouse.id) == playhouse
    with pytest.raises(NotYourOrganization):
        await require_member(office.database.organizations, otto, playhouse.id)
    for user in (ora, root):
        with pytest.raises(NoSuchOrganization):
            await require_member(office.database.organizations, user, an_organization_id())


async def test_a_member_without_the_role_may_not_act(office: BoxOffice, ora: User, playhouse: Organization) -> None:
    demoted = await office.database.users.set_role(ora.id, Role.USER)

    with pytest.raises(NotYourOrganization):
        await require_member(office.database.organizations, demoted, playhouse.id)


async def test_what_belongs_to_no_organization_is_for_admins(
    office: BoxOffice, ora: User, otto: User, root: User, playhouse: Organization
) -> None:
    await require_rights(office.database.organizations, root, None)
    await require_rights(office.database.organizations, root, playhouse.id)
    await require_rights(office.database.organizations, ora, playhouse.id)
    for user, organization_id in ((ora, None), (otto, playhouse.id)):
        with pytest.raises(NotYourOrganization):
            await require_rights(office.database.organizations, user, organization_id)


async def test_organizers_see_theirs_and_admins_all(
    office: BoxOffice, ora: User, otto: User, root: User, playhouse: Organization
) -> None:
    arena = await office.organizations.create(otto, "Arena", "")

    assert await office.organizations.page(ora, None, 10) == [playhouse]
    assert await office.organizations.page(otto, None, 10) == [arena]
    assert await office.organizations.page(root, None, 10) == [playhouse, arena]
    assert await organizations_of(office.database.organizations, ora) == {playhouse.id}
    assert await organizations_of(office.database.organizations, root) == frozenset[OrganizationId]()


async def test_a_change_counts_and_is_based_on_a_version(
    office: BoxOffice, ora: User, otto: User, playhouse: Organization
) -> None:
    described = await office.organizations.change(ora, playhouse.id, 1, OrganizationChanges(description="Closed."))
    renamed = await office.organizations.change(ora, playhouse.id, None, OrganizationChanges(name="Theatre"))

    assert (described.name, described.description, described.version) == ("Playhouse", "Closed.", 2)
    assert (renamed.name, renamed.description, renamed.version) == ("Theatre", "Closed.", 3)
    with pytest.raises(PreconditionFailed):
        await office.organizations.change(ora, playhouse.id, 2, OrganizationChanges(name="Cinema"))
    with pytest.raises(NotYourOrganization):
        await office.organizations.change(otto, playhouse.id, 3, OrganizationChanges(name="Cinema"))
    assert await office.database.organizations.get(playhouse.id) == renamed


async def test_members_let_others_in_and_out(office: BoxOffice, ora: User, otto: User, playhouse: Organization) -> None:
    await office.organizations.add_member(ora, playhouse.id, otto.id)
    assert await members(office, playhouse) == {ora.id, otto.id}

    await office.organizations.remove_member(otto, playhouse.id, ora.id)
    assert await members(office, playhouse) == {otto.id}

    with pytest.raises(NotYourOrganization):
        await office.organizations.members(ora, playhouse.id, None, 10)
    with pytest.raises(NotYourOrganization):
        await office.organizations.add_member(ora, playhouse.id, ora.id)
    with pytest.raises(NotYourOrganization):
        await office.organizations.remove_member(ora, playhouse.id, otto.id)
    assert [member.user for member in await office.organizations.members(otto, playhouse.id, None, 10)] == [otto]


async def test_mere_users_and_nobody_can_be_no_members(office: BoxOffice, ora: User, playhouse: Organization) -> None:
    ann = await somebody(office, Role.USER)

    with pytest.raises(CannotBeMember):
        await office.organizations.add_member(ora, playhouse.id, ann.id)
    with pytest.raises(NoSuchUser):
        await office.organizations.add_member(ora, playhouse.id, a_user_id())

    assert await members(office, playhouse) == {ora.id}


async def test_who_becomes_a_mere_user_belongs_to_nothing_any_more(
    office: BoxOffice, ora: User, otto: User, playhouse: Organization
) -> None:
    await office.organizations.add_member(ora, playhouse.id, otto.id)

    await office.accounts.grant(otto.id, Role.ADMIN)
    assert await members(office, playhouse) == {ora.id, otto.id}

    await office.accounts.grant(ora.id, Role.USER)
    assert await members(office, playhouse) == {otto.id}
