"""Voided tokens are read once, and none is missed whose transaction commits late."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from booked.adapters.postgres.database import PostgresDatabase
from booked.adapters.postgres.people import voided_tokens
from booked.domain.model.ids import UserId
from booked.domain.model.people.users import Role
from tests.builders import a_user

FAR_AHEAD = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[PostgresDatabase]:
    database = await PostgresDatabase.connect(database_url, pool_size=4)
    yield database
    await database.close()


async def commit_late(database: PostgresDatabase) -> tuple[UserId, dict[UserId, int]]:
    """Whose tokens a transaction voids that outlasts another, and what is told from a mark made before it ends."""
    ann, ben = [await database.users.add(a_user()) for _ in range(2)]
    async with database.transaction() as unit:
        await unit.users.promote(ann.id, Role.ORGANIZER, "a new hash")
        await database.users.promote(ben.id, Role.ORGANIZER, "a new hash")
        mark = await database.voided_tokens.mark()
    return ann.id, await database.voided_tokens.since(FAR_AHEAD, mark)


async def test_tokens_voided_in_a_transaction_that_commits_late_are_told(database: PostgresDatabase) -> None:
    ann, told = await commit_late(database)

    assert ann in told


async def test_control_a_mark_behind_all_that_can_be_seen_would_miss_them(
    database: PostgresDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voided_tokens, "MARK", "SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS mark")

    ann, told = await commit_late(database)

    assert ann not in told
