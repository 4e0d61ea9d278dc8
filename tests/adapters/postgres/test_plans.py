"""No hot statement reads a whole table: each finds its rows through an index, whatever was sold."""

import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from booked.adapters.postgres import database as connections
from booked.adapters.postgres.database import PostgresDatabase
from booked.adapters.postgres.figures import analytics
from booked.adapters.postgres.people import (
    api_keys,
    browser_sessions,
    guests,
    organizations,
    sessions,
    users,
    voided_tokens,
)
from booked.adapters.postgres.programme import categories, events, plans, search, venues
from booked.adapters.postgres.sale import booking_records, bookings, check_ins, commit_statements, idempotency, waitlist
from booked.adapters.postgres.upkeep import ledgers
from booked.domain.model.programme.timezones import UTC_NAME
from booked.domain.model.sale.bookings import Verdict
from tests.adapters.postgres.commits import every_commit
from tests.builders import a_claim, a_user, an_event

ID = "01a00000-0000-7000-8000-000000000001"
DIGEST = bytes(32)

HOT_STATEMENTS: dict[str, tuple[str, list[Any]]] = {
    **{name: (statement, arguments) for name, statement, arguments in every_commit()},
    "events that nobody has locked": (commit_statements.FREE, [[ID]]),
    "events that have ended": (ledgers.ENDED, [500]),
    "whether a key is used": (commit_statements.KEY_IS_USED, [ID, "key"]),
    "what a key stands for": (idempotency.FIND, [ID, "key"]),
    "forget keys": (idempotency.FORGET, [timedelta(days=36_500), 1000]),
    "which of some tickets one owns": (bookings.STANDING, [ID, ID, [1, 2]]),
    "the booking that has tickets": (bookings.OWNING, [ID, ID, [1, 2]]),
    "a booking": (booking_records.GET, [ID]),
    "an event's days": (analytics.DAYS, [ID, UTC_NAME]),
    "why a booking was refused": (commit_statements.WHY_NOT, [ID, ID]),
    "void a booking": (bookings.VOID, [ID, ID, ID]),
    "tickets one owns": (bookings.OWNED, [ID, ID]),
    "newest tickets": (bookings.NEWEST, [ID, ID, 2]),
    "what is given back of a booking": (bookings.STANDING_IN, [ID, ID]),
    "check a ticket in": (check_ins.CHECK_IN, [ID, ID, 1, "North"]),
    "cancel tickets": (bookings.CANCEL, [ID, ID, [1, 2], [0, 0], ID, ""]),
    "a user's bookings": (bookings.OF_USER, [ID]),
    "an event": (search.GET, [ID]),
    "lock an event": (events.LOCK, [ID]),
    "lock an event of any status": (events.LOCK_ANY, [ID]),
    "change an event's status": (events.SET_STATUS, [ID, "postponed"]),
    "an event with what it refers to": (search.GET_FOUND, [[ID]]),
    "events' ticket types": (plans.PLANS, [[ID]]),
    "sold tickets by type": (plans.TYPE_COUNTS, [ID]),
    "a venue": (venues.GET, [ID]),
    "a page of venues": (venues.PAGE, [ID, "hall", 20, [ID]]),
    "a category": (categories.GET, [ID]),
    "a page of events": (search.PAGE, [10, search.EARLIEST]),
    "events on sale": (ledgers.ON_SALE, [ID, 50]),
    "events on sale with their counts": (ledgers.LEDGERS_ON_SALE, [ID, 500]),
    "an event's counts": (ledgers.LEDGER, [ID]),
    "tickets that came back": (ledgers.CAME_BACK, [ID]),
    "raise the epoch": (ledgers.NEXT_EPOCH, [ID]),
    "sold ranges": (ledgers.SOLD_RANGES, [ID]),
    "a user by e-mail": (users.BY_EMAIL, [["ann@example.com"]]),
    "a user by id": (users.BY_ID, [ID]),
    "a page of users": (users.PAGE, [ID, 20]),
    "lock a user": (users.LOCK, [ID]),
    "lock the admins": (users.LOCK_ADMINS, [ID]),
    "a counter's guest": (guests.KNOWN, [ID, "user123"]),
    "admit a guest": (guests.ADMIT, [ID, ID, "user123"]),
    "a guest": (guests.GET, [ID]),
    "an API key": (api_keys.WITH_DIGEST, [DIGEST]),
    "use an API key": (api_keys.MARK_USED, [ID, search.EARLIEST.date()]),
    "open a session": (sessions.OPEN, [ID, ID, DIGEST, search.EARLIEST, "hash"]),
    "exchange a refresh token": (sessions.EXCHANGE, [ID, DIGEST, DIGEST, *[search.EARLIEST] * 2]),
    "end a session": (sessions.END, [ID, search.EARLIEST]),
    "open a browser session": (browser_sessions.OPEN, [DIGEST, ID, *[search.EARLIEST] * 2, "hash"]),
    "find a browser session": (browser_sessions.FIND, [DIGEST, search.EARLIEST]),
    "prolong a browser session": (browser_sessions.PROLONG, [DIGEST, search.EARLIEST]),
    "end a browser session": (browser_sessions.END, [DIGEST]),
    "forget expired browser sessions": (browser_sessions.FORGET_EXPIRED, [search.EARLIEST, 1000]),
    "forget expired sessions": (sessions.FORGET_EXPIRED, [search.EARLIEST, 1000]),
    "an organization": (organizations.GET, [ID]),
    "a page of organizations": (organizations.PAGE, [ID, 20]),
    "a member's organizations": (organizations.PAGE_OF_MEMBER, [ID, ID, 20]),
    "whether somebody is a member": (organizations.HAS_MEMBER, [ID, ID]),
    "an organization's members": (organizations.MEMBERS, [ID, ID, 20]),
    "end somebody's memberships": (organizations.REMOVE_FROM_ALL, [ID]),
    "voided tokens": (voided_tokens.SINCE, [search.EARLIEST]),
    "newly voided tokens": (voided_tokens.SINCE_OR_FROM_MARK, [search.EARLIEST, "0"]),
    "forget voided tokens": (voided_tokens.FORGET, [search.EARLIEST, 1000]),
    "the queue": (waitlist.QUEUE, [ID, 200, [0, 1], [5, 3]]),
    "events with a queue": (waitlist.EVENTS_WITH_ENTRIES, []),
    "what is wanted of each type": (waitlist.WANTED, [ID]),
    "make an offer": (waitlist.RECORD_OFFER, [ID, [1, 2], search.EARLIEST, 1, 0]),
    "keep that a user was told of an offer": (waitlist.MARK_TOLD, [ID, ID, 1]),
    "close those who wait": (waitlist.CLOSE_WAITING, [ID, 1000]),
    "a user's places": (waitlist.OF_USER, [ID]),
}

# Events with types and blocks, and one of them with a queue.
MANY_ROWS = """
    INSERT INTO users (id, first_name, email, email_key, password_hash, role)
    SELECT gen_random_uuid(), number, number, number, 'hash', 'user' FROM generate_series(1, 1000) AS number;
    INSERT INTO events (id, name, starts_at, address, description, seat_count)
    SELECT gen_random_uuid(), number, now(), '', '', 100 FROM generate_series(1, 1000) AS number;
    INSERT INTO ticket_types (event_id, number, name, price, quota) SELECT id, 1, 'Standard', 0, 100 FROM events;
    INSERT INTO blocks (event_id, first, last, type_number) SELECT id, 1, 100, 1 FROM events;
    INSERT INTO waitlist_entries (id, event_id, user_id, tickets)
    SELECT gen_random_uuid(), (SELECT id FROM events LIMIT 1), id, 1 FROM users;
"""


@pytest.fixture
async def connection(database_url: str) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
    connection = await asyncpg.connect(database_url)
    # With tables this small a sequential scan would always be cheaper; this way it is only taken where it must be.
    await connection.execute("SET enable_seqscan = off")
    yield connection
    await connection.close()


async def sequential_scans(
    connection: "asyncpg.Connection[asyncpg.Record]", statement: str, arguments: list[Any]
) -> set[str]:
    """The tables that a statement's plan reads from end to end."""
    [row] = await connection.fetch(f"EXPLAIN (FORMAT JSON) {statement}", *arguments)
    return set(_scanned(json.loads(row[0])[0]["Plan"]))


def _scanned(plan: dict[str, Any]) -> list[str]:
    here = [plan["Relation Name"]] if plan["Node Type"] == "Seq Scan" else []
    return here + [table for part in plan.get("Plans", []) for table in _scanned(part)]


@pytest.mark.parametrize("name", HOT_STATEMENTS)
async def test_a_hot_statement_finds_its_rows_through_an_index(
    connection: "asyncpg.Connection[asyncpg.Record]", name: str
) -> None:
    statement, arguments = HOT_STATEMENTS[name]

    assert await sequential_scans(connection, statement, arguments) == set()


@pytest.mark.parametrize("limits", [False, True])
async def test_a_commit_finds_each_row_by_its_key(
    connection: "asyncpg.Connection[asyncpg.Record]", limits: bool
) -> None:
    await connection.execute(MANY_ROWS)
    await connection.execute("ANALYZE ticket_types, blocks, waitlist_entries")
    [(statement, arguments)] = [
        (statement, arguments)
        for _, statement, arguments in every_commit()
        if statement == commit_statements.commit_of(keys=True, references=True, limits=limits)
    ]

    [row] = await connection.fetch(f"EXPLAIN (FORMAT JSON) {statement}", *arguments)

    scans = [(scan["Index Name"], scan.get("Index Cond", "")) for scan in _index_scans(json.loads(row[0])[0]["Plan"])]
    for index, key in (
        ("waitlist_entries_pkey", "(id = "),
        ("ticket_types_pkey", "number = "),
        ("blocks_pkey", "first <= "),
    ):
        conditions = [condition for name, condition in scans if name == index]
        assert conditions
        assert all(key in condition for condition in conditions)


def _index_scans(plan: dict[str, Any]) -> list[dict[str, Any]]:
    here = [plan] if "Index Name" in plan else []
    return here + [scan for part in plan.get("Plans", []) for scan in _index_scans(part)]


async def test_control_a_statement_without_an_index_is_noticed(
    connection: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    assert await sequential_scans(connection, "SELECT * FROM events WHERE address = $1", ["x"]) == {"events"}


async def test_the_figures_read_events_and_days_and_never_tickets(
    connection: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    for statement in (analytics.SALES, analytics.CANCELLATIONS):
        assert await sequential_scans(connection, statement, [["published"]]) <= {"events", "event_quarters"}
        assert "tickets" not in statement


async def test_no_index_of_events_has_anything_that_a_sale_changes(
    connection: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    # Every sale updates its event's row; an index over what it changes would grow with each of them.
    changed = re.compile(r"\b(sold|cancelled|blocked|revenue|releases|hold_epoch|waiting|waiting_version)\b")

    rows = await connection.fetch("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'events'")

    definitions = {row["indexname"]: row["indexdef"] for row in rows}
    assert {"events_pkey", "events_by_status", "events_by_words"} <= definitions.keys()
    assert [name for name, definition in definitions.items() if changed.search(definition)] == []


BOOKINGS = 60


async def rows_read_from_end_to_end(database_url: str, connection: "asyncpg.Connection[asyncpg.Record]") -> int:
    """What it takes to book one ticket after the other where next to nothing was sold before, and Postgres knows."""
    database = await PostgresDatabase.connect(database_url, pool_size=1)
    event = an_event(seats=BOOKINGS)
    await database.events.add(event)
    await connection.execute("ANALYZE")
    for number in range(1, BOOKINGS + 1):
        guest = a_user()
        await database.users.add(guest)
        assert await database.bookings.commit(a_claim(event.id, guest.id, [number])) is Verdict.BOOKED
    await database.close()  # a session tells what it has read at the latest when it ends
    tables = ["bookings", "tickets", "users"]
    read = "SELECT sum(seq_tup_read)::integer FROM pg_stat_user_tables WHERE relname = ANY ($1)"
    return int(await connection.fetchval(read, tables))


@pytest.mark.own_database
async def test_the_first_bookings_do_not_read_those_before_them(
    database_url: str, connection: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    assert await rows_read_from_end_to_end(database_url, connection) == 0


@pytest.mark.own_database
async def test_control_plans_made_for_empty_tables_read_them_from_end_to_end(
    database_url: str, connection: "asyncpg.Connection[asyncpg.Record]", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "PLANNING", {})

    assert await rows_read_from_end_to_end(database_url, connection) > BOOKINGS**2 / 3
