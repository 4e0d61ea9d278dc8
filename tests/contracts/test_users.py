"""The promises of the users repository."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from booked.domain.errors import EmailTaken
from booked.domain.model.users import Role, User
from booked.ports.database import Database
from tests.builders import a_user, a_user_id

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
FAR_AHEAD = datetime(2100, 1, 1, tzinfo=UTC)


async def test_a_user_is_found_as_they_were_added(database: Database) -> None:
    new = a_user("Ann", "Ann@Example.com", password_hash="$argon2id$…", role=Role.ORGANIZER)

    added = await database.users.add(new)

    assert added == User(
        new.id, "Ann", "Ann@Example.com", "$argon2id$…", Role.ORGANIZER, added.token_version, added.created_at
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
        ("strasse@example.com", "straße@example.com"),
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

    assert await database.users.revoked_since(LONG_AGO) == {ann.id: promoted.token_version}
    assert await database.users.revoked_since(FAR_AHEAD) == {}


async def test_the_last_promotion_says_which_tokens_are_good(database: Database, ann: User) -> None:
    first = await database.users.promote(ann.id, Role.ORGANIZER, "one hash")
    second = await database.users.promote(ann.id, Role.ADMIN, "another hash")

    assert second.token_version > first.token_version
    assert await database.users.revoked_since(LONG_AGO) == {ann.id: second.token_version}


async def test_a_user_is_as_old_as_the_database_says(database: Database, ann: User) -> None:
    again = await database.users.by_id(ann.id)

    assert again is not None
    assert again.created_at == ann.created_at
    assert again.created_at.utcoffset() == timedelta(0)
