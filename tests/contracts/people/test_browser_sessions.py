"""The promises of the repository of sessions on the pages."""

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from booked.domain.model.people.browser_sessions import BrowserSession
from booked.domain.model.people.users import Role, User
from booked.ports.database import Database
from tests.builders import a_user_id
from tests.guards import Guards

NOON = datetime(2027, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)
DIGEST = bytes(range(32))


def a_session(user: User, digest: bytes = DIGEST, expires_at: datetime = NOON + DAY) -> BrowserSession:
    return BrowserSession(digest, user.id, NOON + 30 * DAY, expires_at)


async def test_a_session_is_found_with_its_user_as_they_are_now(database: Database, ann: User) -> None:
    session = a_session(ann)

    assert await database.browser_sessions.open(session, ann.password_hash)
    promoted = await database.users.set_role(ann.id, Role.ORGANIZER)

    assert await database.browser_sessions.find(DIGEST, NOON) == (session, promoted)
    assert await database.browser_sessions.find(bytes(32), NOON) is None


async def test_a_session_is_opened_for_the_present_password_only(database: Database, ann: User) -> None:
    of_nobody = BrowserSession(DIGEST, a_user_id(), NOON + DAY, NOON + DAY)
    await database.users.set_password(ann.id, "a new hash", ann.password_hash)

    assert not await database.browser_sessions.open(a_session(ann), ann.password_hash)
    assert not await database.browser_sessions.open(of_nobody, ann.password_hash)
    assert await database.browser_sessions.find(DIGEST, NOON) is None


async def test_a_session_is_not_found_from_the_moment_on_at_which_it_expires(database: Database, ann: User) -> None:
    await database.browser_sessions.open(a_session(ann), ann.password_hash)

    assert await database.browser_sessions.find(DIGEST, NOON + DAY - MOMENT) is not None
    assert await database.browser_sessions.find(DIGEST, NOON + DAY) is None


async def test_a_session_is_prolonged_up_to_its_end_and_never_shortened(database: Database, ann: User) -> None:
    session = a_session(ann)
    await database.browser_sessions.open(session, ann.password_hash)

    found = []
    for moment in (NOON + 3 * DAY, NOON + 2 * DAY, NOON + 40 * DAY):
        await database.browser_sessions.prolong(DIGEST, moment)
        kept = await database.browser_sessions.find(DIGEST, NOON)
        assert kept is not None
        found.append(kept[0].expires_at)

    assert found == [NOON + 3 * DAY, NOON + 3 * DAY, session.ends_at]


async def test_a_session_ends_once_and_no_other_with_it(database: Database, ann: User) -> None:
    other = bytes(32)
    await database.browser_sessions.open(a_session(ann), ann.password_hash)
    await database.browser_sessions.open(a_session(ann, other), ann.password_hash)

    await database.browser_sessions.end(DIGEST)
    await database.browser_sessions.end(DIGEST)

    assert await database.browser_sessions.find(DIGEST, NOON) is None
    assert await database.browser_sessions.find(other, NOON) is not None


async def test_a_change_of_password_ends_all_sessions_of_its_user(database: Database, ann: User, ben: User) -> None:
    of_ben = bytes(32)
    await database.browser_sessions.open(a_session(ann), ann.password_hash)
    await database.browser_sessions.open(a_session(ben, of_ben), ben.password_hash)

    await database.users.set_password(ann.id, "a new hash", ann.password_hash)

    assert await database.browser_sessions.find(DIGEST, NOON) is None
    assert await database.browser_sessions.find(of_ben, NOON) is not None


async def test_expired_sessions_are_forgotten_so_many_at_a_time(database: Database, ann: User) -> None:
    for place in range(4):
        session = a_session(ann, bytes([place] * 32), NOON + place * DAY)
        await database.browser_sessions.open(session, ann.password_hash)

    forgotten = [await database.browser_sessions.forget_expired(NOON + 2 * DAY, 2) for _ in range(3)]

    assert forgotten == [2, 1, 0]
    assert await database.browser_sessions.find(bytes([3] * 32), NOON) is not None


async def test_a_session_opened_while_the_password_changes_does_not_survive_it(database: Database, ann: User) -> None:
    async with database.transaction() as unit:
        assert await unit.users.set_password(ann.id, "a new hash", ann.password_hash) is not None
        opening = asyncio.create_task(database.browser_sessions.open(a_session(ann), ann.password_hash))
        await asyncio.wait({opening}, timeout=0.2)

    assert not await opening
    assert await database.browser_sessions.find(DIGEST, NOON) is None


@pytest.mark.parametrize("postgres", ["postgres"], indirect=True)
async def test_control_without_the_lock_on_the_user_such_a_session_survives(
    database: Database, ann: User, guards: Guards
) -> None:
    guards.remove("lock of an owner in a browser")

    async with database.transaction() as unit:
        await unit.users.set_password(ann.id, "a new hash", ann.password_hash)
        opened = await database.browser_sessions.open(a_session(ann), ann.password_hash)

    assert opened
    assert await database.browser_sessions.find(DIGEST, NOON) is not None


@pytest.mark.parametrize("postgres", ["postgres"], indirect=True)
async def test_a_session_ends_with_the_account(database: Database, ann: User, postgres: str) -> None:
    await database.browser_sessions.open(a_session(ann), ann.password_hash)
    connection = await asyncpg.connect(postgres)
    await connection.execute("DELETE FROM users WHERE id = $1", ann.id)
    await connection.close()

    assert await database.browser_sessions.find(DIGEST, NOON) is None
