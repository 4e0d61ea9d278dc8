"""The promises of the users repository."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from booked.domain.errors import EmailTaken
from booked.domain.model.people.users import NameChanges, Role, User
from booked.ports.database import Database
from tests.builders import a_user, a_user_id
from tests.running import PATIENCE

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
FAR_AHEAD = datetime(2100, 1, 1, tzinfo=UTC)


async def test_a_user_is_found_as_they_were_added(database: Database) -> None:
    new = a_user("Ann", "Ann@Example.com", password_hash="$argon2id$…", role=Role.ORGANIZER)

    added = await database.users.add(new)

    assert added == User(
        new.id, "Ann", "", "Ann@Example.com", "$argon2id$…", Role.ORGANIZER, added.token_version, added.created_at
    )
    assert LONG_AGO < added.created_at < FAR_AHEAD
    assert await database.users.by_id(new.id) == added
    assert await database.users.by_email("Ann@Example.com") == added


async def test_nobody_is_found_who_was_not_added(database: Database) -> None:
    assert await database.users.by_id(a_user_id()) is None
    assert await database.users.by_email("nobody@example.com") is None


@pytest.mark.parametrize(
    ("registered", "same"),
    [
        ("ann@example.com", "ANN@example.COM"),
        ("ann@bücher.example", "ann@xn--bcher-kva.example"),
        ("ann@example.com", "\uff41nn@example.com"),  # a full-width letter a
        ("of\ufb01ce@example.com", "office@example.com"),  # the ligature fi
        ("Σίσυφος@example.com", "ΣΊΣΥΦΟΣ@example.com"),
    ],
)
async def test_addresses_that_only_look_different_are_the_same(database: Database, registered: str, same: str) -> None:
    user = await database.users.add(a_user("Ann", registered))

    with pytest.raises(EmailTaken):
        await database.users.add(a_user("Ann's twin", same))

    assert await database.users.by_email(same) == user


async def test_a_sharp_s_is_another_letter(database: Database) -> None:
    one = await database.users.add(a_user("Ann", "strasse@example.com"))
    other = await database.users.add(a_user("Ben", "straße@example.com"))

    assert await database.users.by_email("STRASSE@example.com") == one
    assert await database.users.by_email("STRAẞE@example.com") == other


async def test_a_refused_user_leaves_no_trace(database: Database) -> None:
    await database.users.add(a_user("Ann", "ann@example.com"))
    twin = a_user("Ben", "ann@example.com")

    with pytest.raises(EmailTaken):
        await database.users.add(twin)

    assert await database.users.by_id(twin.id) is None


async def test_of_many_who_register_an_address_at_once_one_gets_it(database: Database) -> None:
    twins = [a_user(f"Twin {n}", "twin@example.com") for n in range(12)]

    outcomes = await asyncio.gather(*map(database.users.add, twins), return_exceptions=True)

    assert Counter(map(type, outcomes)) == {User: 1, EmailTaken: 11}


async def test_promoting_a_user_gives_them_a_role_and_a_password(database: Database, ann: User, ben: User) -> None:
    promoted = await database.users.promote(ann.id, Role.ADMIN, "a new hash")

    assert (promoted.role, promoted.password_hash) == (Role.ADMIN, "a new hash")
    assert promoted.token_version > ann.token_version
    assert await database.users.by_id(ann.id) == promoted
    assert await database.users.by_id(ben.id) == ben


async def test_a_promotion_voids_the_tokens_issued_before(database: Database, ann: User, ben: User) -> None:
    promoted = await database.users.promote(ann.id, Role.ADMIN, "a new hash")

    assert await database.voided_tokens.since(LONG_AGO) == {ann.id: promoted.token_version}
    assert await database.voided_tokens.since(FAR_AHEAD) == {}


async def test_what_was_voided_before_a_mark_is_not_told_from_there_on(
    database: Database, ann: User, ben: User
) -> None:
    await database.users.promote(ann.id, Role.ADMIN, "a new hash")
    async with asyncio.timeout(PATIENCE):
        # Where transactions of others are under way, the mark is behind them.
        while await database.voided_tokens.since(FAR_AHEAD, mark := await database.voided_tokens.mark()):
            await asyncio.sleep(0.01)
    promoted = await database.users.promote(ben.id, Role.ADMIN, "a new hash")

    assert await database.voided_tokens.since(FAR_AHEAD, mark) == {ben.id: promoted.token_version}
    assert (await database.voided_tokens.since(LONG_AGO, mark)).keys() == {ann.id, ben.id}


async def test_what_was_voided_but_not_committed_at_a_mark_is_told_from_there_on(database: Database, ann: User) -> None:
    async with database.transaction() as unit:
        promoted = await unit.users.promote(ann.id, Role.ADMIN, "a new hash")
        mark = await database.voided_tokens.mark()

    assert await database.voided_tokens.since(FAR_AHEAD, mark) == {ann.id: promoted.token_version}


async def test_what_was_voided_long_ago_is_forgotten_so_many_at_once(database: Database) -> None:
    for number in range(3):
        user = await database.users.add(a_user(email=f"{number}@example.com"))
        await database.users.promote(user.id, Role.USER, "a new hash")

    kept = await database.voided_tokens.forget(LONG_AGO, 2)
    forgotten = [await database.voided_tokens.forget(FAR_AHEAD, 2) for _ in range(3)]

    assert (kept, forgotten) == (0, [2, 1, 0])
    assert await database.voided_tokens.since(LONG_AGO) == {}


async def test_the_last_promotion_says_which_tokens_are_good(database: Database, ann: User) -> None:
    first = await database.users.promote(ann.id, Role.ORGANIZER, "one hash")
    second = await database.users.promote(ann.id, Role.ADMIN, "another hash")

    assert second.token_version > first.token_version
    assert await database.voided_tokens.since(LONG_AGO) == {ann.id: second.token_version}


async def test_a_user_is_as_old_as_the_database_says(database: Database, ann: User) -> None:
    again = await database.users.by_id(ann.id)

    assert again is not None
    assert again.created_at == ann.created_at
    assert again.created_at.utcoffset() == timedelta(0)


async def test_users_are_paged_in_the_order_of_their_ids(database: Database) -> None:
    users = sorted([await database.users.add(a_user()) for _ in range(5)], key=lambda user: user.id)

    first = await database.users.page(None, 2)
    second = await database.users.page(first[-1].id, 2)
    last = await database.users.page(second[-1].id, 2)

    assert [*first, *second, *last] == users
    assert await database.users.page(users[-1].id, 2) == []


@pytest.mark.parametrize("part", ["ARCH", "ann archér", "n@hall", "Archer ann@"])
async def test_users_are_found_by_a_part_of_their_names_or_address(database: Database, part: str) -> None:
    ann = await database.users.add(replace(a_user("Ann", "Ann@Hall.example"), last_name="Archer"))
    await database.users.add(a_user("Ben", "ben@example.com"))

    assert await database.users.page(None, 5, part) == [ann]
    assert await database.users.page(ann.id, 5, part) == []
    assert await database.users.page(None, 5, "%") == []


async def test_renaming_changes_what_is_named_and_voids_nothing(database: Database, ann: User, ben: User) -> None:
    first = await database.users.rename(ann.id, NameChanges(first_name="Anne"))
    second = await database.users.rename(ann.id, NameChanges(last_name="Archer"))
    emptied = await database.users.rename(ann.id, NameChanges(first_name=""))

    assert first == replace(ann, first_name="Anne")
    assert second == replace(ann, first_name="Anne", last_name="Archer")
    assert emptied == await database.users.by_id(ann.id) == replace(ann, first_name="", last_name="Archer")
    assert await database.users.by_id(ben.id) == ben
    assert await database.voided_tokens.since(LONG_AGO) == {}


async def test_nobody_is_renamed_who_is_not_there(database: Database) -> None:
    assert await database.users.rename(a_user_id(), NameChanges("Ann")) is None


async def test_a_password_is_replaced_if_it_is_the_one_that_was_known(database: Database, ann: User) -> None:
    changed = await database.users.set_password(ann.id, "a new hash", ann.password_hash)

    assert changed is not None
    assert changed == replace(ann, password_hash="a new hash", token_version=changed.token_version)
    assert changed.token_version > ann.token_version
    assert await database.voided_tokens.since(LONG_AGO) == {ann.id: changed.token_version}


async def test_a_password_that_is_another_by_now_is_left_alone(database: Database, ann: User) -> None:
    changed = await database.users.set_password(ann.id, "a new hash", ann.password_hash)

    assert await database.users.set_password(ann.id, "a late hash", ann.password_hash) is None
    assert await database.users.set_password(a_user_id(), "a hash", ann.password_hash) is None
    assert await database.users.by_id(ann.id) == changed


async def test_of_many_changes_of_a_password_at_once_one_is_made(database: Database, ann: User) -> None:
    outcomes = await asyncio.gather(
        *(database.users.set_password(ann.id, f"hash {n}", ann.password_hash) for n in range(8))
    )

    [changed] = [user for user in outcomes if user is not None]
    assert await database.users.by_id(ann.id) == changed


async def test_a_role_is_given_and_voids_the_tokens_issued_before(database: Database, ann: User, ben: User) -> None:
    given = await database.users.set_role(ann.id, Role.ORGANIZER)

    assert given == replace(ann, role=Role.ORGANIZER, token_version=given.token_version)
    assert given.token_version > ann.token_version
    assert await database.users.by_id(ann.id) == given
    assert await database.users.by_id(ben.id) == ben
    assert await database.voided_tokens.since(LONG_AGO) == {ann.id: given.token_version}


async def test_a_user_is_locked_as_they_are(database: Database, ann: User) -> None:
    async with database.transaction() as unit:
        assert await unit.users.lock(ann.id) == ann
        assert await unit.users.lock(a_user_id()) is None


async def test_admins_are_locked_with_one_who_may_be_no_admin(database: Database, ann: User, ben: User) -> None:
    roots = [await database.users.add(a_user(role=Role.ADMIN)) for _ in range(2)]

    async with database.transaction() as unit:
        with_ann = await unit.users.lock_admins(ann.id)
        with_root = await unit.users.lock_admins(roots[0].id)
        with_nobody = await unit.users.lock_admins(a_user_id())

    assert {user.id: user for user in with_ann} == {user.id: user for user in [*roots, ann]}
    assert len(with_ann) == 3
    assert {user.id for user in with_root} == {user.id for user in with_nobody} == {root.id for root in roots}


async def test_a_locked_user_keeps_role_and_password_until_the_transaction_ends(database: Database, ann: User) -> None:
    async with database.transaction() as unit:
        await unit.users.lock(ann.id)
        change = asyncio.create_task(database.users.set_role(ann.id, Role.ADMIN))
        password = asyncio.create_task(database.users.set_password(ann.id, "a new hash", ann.password_hash))
        done, _ = await asyncio.wait({change, password}, timeout=0.2)
        seen = await unit.users.by_id(ann.id)

    assert done == set()
    assert seen == ann
    assert (await change).role is Role.ADMIN
    assert await password is not None
