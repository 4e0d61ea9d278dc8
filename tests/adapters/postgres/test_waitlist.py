"""A long queue: what Postgres reads of it does not grow with it."""

import json
from collections.abc import AsyncIterator
from typing import Any, TypeAlias

import asyncpg
import pytest

from booked.adapters.postgres.database import PostgresDatabase
from booked.adapters.postgres.sale import waitlist
from booked.domain.model.ids import EntryId
from booked.domain.model.programme.events import Event, EventStatus
from tests.builders import an_event

PARTIES = 5_000
BLOCK = 1_000  # places that are counted together

FILL = """
    WITH person AS (
        INSERT INTO users (id, first_name, email, email_key, password_hash, role)
        SELECT gen_random_uuid(), 'Ann', number || '@example.com', number || '@example.com', 'x', 'user'
        FROM generate_series(1, $2::integer) AS number
        RETURNING id
    ), entry AS (
        INSERT INTO waitlist_entries (id, event_id, user_id, tickets)
        SELECT gen_random_uuid(), $1, id, 5
        FROM person
        RETURNING tickets
    )
    UPDATE events SET waiting = (SELECT sum(tickets) FROM entry) WHERE id = $1
"""

BY_COUNTING = """
    SELECT entry.*, (
        SELECT count(*)
        FROM waitlist_entries AS ahead
        WHERE ahead.event_id = entry.event_id AND ahead.state = 'waiting' AND ahead.place <= entry.place
    ) AS position
    FROM waitlist_entries AS entry
    WHERE entry.id = $1
"""

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[PostgresDatabase]:
    database = await PostgresDatabase.connect(database_url)
    yield database
    await database.close()


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


@pytest.fixture
async def crowded(database: PostgresDatabase, connection: Connection) -> Event:
    """An event for which thousands of parties of five wait."""
    event = an_event()
    await database.events.add(event)
    await connection.execute(FILL, event.id, PARTIES)
    await connection.execute("ANALYZE")
    return event


async def last_in(connection: Connection, event: Event) -> EntryId:
    last = "SELECT id FROM waitlist_entries WHERE event_id = $1 AND state = 'waiting' ORDER BY place DESC LIMIT 1"
    return EntryId(str(await connection.fetchval(last, event.id)))


async def rows_read(connection: Connection, statement: str, *arguments: object) -> float:
    """How many rows the scans of a statement return or pass over."""
    [row] = await connection.fetch(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", *arguments)
    return sum(_read(json.loads(row[0])[0]["Plan"]))


def _read(plan: dict[str, Any]) -> list[float]:
    each = float(plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0))
    here = [each * plan["Actual Loops"]] if "Relation Name" in plan else []
    return here + [count for part in plan.get("Plans", []) for count in _read(part)]


async def test_a_position_reads_one_block_of_a_long_queue(
    database: PostgresDatabase, connection: Connection, crowded: Event
) -> None:
    last = await last_in(connection, crowded)

    place = await database.waitlist.get(last)

    assert place is not None
    assert place.position == PARTIES
    assert await rows_read(connection, waitlist.ENTRY, last) <= BLOCK + PARTIES / BLOCK + 5


async def test_control_counting_those_ahead_reads_all_of_them(connection: Connection, crowded: Event) -> None:
    assert await rows_read(connection, BY_COUNTING, await last_in(connection, crowded)) > PARTIES


async def test_events_with_entries_are_found_without_reading_the_queues(
    database: PostgresDatabase, connection: Connection, crowded: Event
) -> None:
    assert await database.waitlist.events_with_entries() == [crowded.id]
    assert await rows_read(connection, waitlist.EVENTS_WITH_ENTRIES) < 10


async def test_a_round_reads_no_more_of_a_queue_than_it_could_serve(connection: Connection, crowded: Event) -> None:
    for free in (0, 3, 5, 500, 10_000_000):
        assert await rows_read(connection, waitlist.QUEUE, crowded.id, 200, [0, 1], [free, free]) <= 200 + 200 + 30


@pytest.mark.parametrize("change", ["close", "reinstate", "close_waiting"])
async def test_positions_across_blocks_follow_every_change(
    database: PostgresDatabase, connection: Connection, crowded: Event, change: str
) -> None:
    last = await last_in(connection, crowded)
    ahead = await database.waitlist.queue(crowded.id, 3)

    match change:
        case "close":
            for entry in ahead:
                await database.waitlist.close(entry.id)
        case "close_waiting":
            await database.waitlist.close_waiting(crowded.id, 3)
        case "reinstate":
            made = "UPDATE waitlist_entries SET state = 'offered', offered_numbers = '{1}', offer_expires_at = now()"
            await connection.execute(f"{made} WHERE id = ANY($1::uuid[])", [entry.id for entry in ahead])
            offered = await database.waitlist.get(last)
            assert offered is not None
            assert offered.position == PARTIES - 3
            for offer in await database.waitlist.offered(crowded.id):
                await database.waitlist.reinstate(offer)

    place = await database.waitlist.get(last)
    assert place is not None
    assert place.position == (PARTIES if change == "reinstate" else PARTIES - 3)


async def test_a_queue_that_is_closed_as_a_whole_is_counted_as_empty(
    database: PostgresDatabase, connection: Connection, crowded: Event
) -> None:
    async with database.transaction() as unit:
        await unit.events.lock(crowded.id)
        await unit.waitlist.close_all(crowded.id)
        await unit.events.set_status(crowded.id, EventStatus.COMPLETED)

    assert await connection.fetchval("SELECT count(*) FROM waiting_counts") == 0
    assert await connection.fetchval("SELECT count(*) FROM waitlist_entries WHERE state = 'waiting'") == 0
