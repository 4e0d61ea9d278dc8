"""The promises of the organizations repository."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

from booked.domain.model.people.organizations import Organization
from booked.domain.model.people.users import User
from booked.ports.database import Database
from tests.builders import a_user, an_organization, an_organization_id

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
FAR_AHEAD = datetime(2100, 1, 1, tzinfo=UTC)


async def test_an_organization_is_found_as_it_was_added(database: Database) -> None:
    new = an_organization("Playhouse", "In the old mill.")

    added = await database.organizations.add(new)

    assert added == Organization(new.id, "Playhouse", "In the old mill.", 1, added.created_at)
    assert LONG_AGO < added.created_at < FAR_AHEAD
    assert await database.organizations.get(new.id) == added
    assert await database.organizations.get(an_organization_id()) is None


async def test_saving_keeps_name_and_description_and_raises_the_version(database: Database) -> None:
    playhouse = await database.organizations.add(an_organization("Playhouse"))
    other = await database.organizations.add(an_organization("Other"))

    async with database.transaction() as unit:
        locked = await unit.organizations.lock(playhouse.id)
        saved = await unit.organizations.save(replace(playhouse, name="Theatre", description="New."))

    assert locked == playhouse
    assert saved == replace(playhouse, name="Theatre", description="New.", version=2)
    assert await database.organizations.get(playhouse.id) == saved
    assert await database.organizations.get(other.id) == other


async def test_nobody_else_changes_a_locked_organization(database: Database) -> None:
    playhouse = await database.organizations.add(an_organization())

    async with database.transaction() as unit:
        await unit.organizations.lock(playhouse.id)
        saving = asyncio.create_task(database.organizations.save(replace(playhouse, name="Theirs")))
        done, _ = await asyncio.wait({saving}, timeout=0.2)
        ours = await unit.organizations.save(replace(playhouse, name="Ours"))

    assert done == set()
    assert ours.version == 2
    assert (await saving).version == 3


async def test_what_is_not_there_cannot_be_locked(database: Database) -> None:
    async with database.transaction() as unit:
        assert await unit.organizations.lock(an_organization_id()) is None


async def test_a_member_is_one_until_removed(database: Database, ann: User, ben: User) -> None:
    one, other = [await database.organizations.add(an_organization()) for _ in range(2)]

    await database.organizations.add_member(one.id, ann.id)
    await database.organizations.add_member(one.id, ann.id)

    assert await database.organizations.has_member(one.id, ann.id)
    assert not await database.organizations.has_member(one.id, ben.id)
    assert not await database.organizations.has_member(other.id, ann.id)
    assert [member.user for member in await database.organizations.members(one.id, None, 10)] == [ann]

    await database.organizations.remove_member(one.id, ann.id)
    await database.organizations.remove_member(one.id, ann.id)

    assert not await database.organizations.has_member(one.id, ann.id)
    assert await database.organizations.members(one.id, None, 10) == []


async def test_joining_again_leaves_the_time_of_joining(database: Database, ann: User) -> None:
    playhouse = await database.organizations.add(an_organization())
    await database.organizations.add_member(playhouse.id, ann.id)
    [before] = await database.organizations.members(playhouse.id, None, 10)

    await database.organizations.add_member(playhouse.id, ann.id)

    assert await database.organizations.members(playhouse.id, None, 10) == [before]
    assert LONG_AGO < before.joined_at < FAR_AHEAD


async def test_of_many_who_add_a_member_at_once_all_succeed(database: Database, ann: User) -> None:
    playhouse = await database.organizations.add(an_organization())

    await asyncio.gather(*(database.organizations.add_member(playhouse.id, ann.id) for _ in range(8)))

    assert len(await database.organizations.members(playhouse.id, None, 10)) == 1


async def test_a_user_can_be_removed_from_all_at_once(database: Database, ann: User, ben: User) -> None:
    organizations = [await database.organizations.add(an_organization()) for _ in range(3)]
    for organization in organizations:
        await database.organizations.add_member(organization.id, ann.id)
        await database.organizations.add_member(organization.id, ben.id)

    await database.organizations.remove_from_all(ann.id)

    for organization in organizations:
        assert [member.user for member in await database.organizations.members(organization.id, None, 10)] == [ben]


async def test_organizations_are_paged_in_the_order_of_their_ids(database: Database) -> None:
    organizations = [await database.organizations.add(an_organization()) for _ in range(5)]
    in_order = sorted(organizations, key=lambda organization: organization.id)

    first = await database.organizations.page(None, None, 3)
    rest = await database.organizations.page(None, first[-1].id, 3)

    assert [*first, *rest] == in_order
    assert await database.organizations.page(None, in_order[-1].id, 3) == []


async def test_a_members_organizations_are_paged_likewise(database: Database, ann: User, ben: User) -> None:
    organizations = [await database.organizations.add(an_organization()) for _ in range(6)]
    mine = sorted(organizations[1:], key=lambda organization: organization.id)
    for organization in mine:
        await database.organizations.add_member(organization.id, ann.id)
    await database.organizations.add_member(organizations[0].id, ben.id)

    first = await database.organizations.page(ann.id, None, 3)
    rest = await database.organizations.page(ann.id, first[-1].id, 3)

    assert [*first, *rest] == mine


async def test_members_are_paged_in_the_order_of_their_ids(database: Database) -> None:
    playhouse = await database.organizations.add(an_organization())
    users = sorted([await database.users.add(a_user()) for _ in range(5)], key=lambda user: user.id)
    for user in reversed(users):
        await database.organizations.add_member(playhouse.id, user.id)

    first = await database.organizations.members(playhouse.id, None, 3)
    rest = await database.organizations.members(playhouse.id, first[-1].user.id, 3)

    assert [member.user for member in [*first, *rest]] == users
