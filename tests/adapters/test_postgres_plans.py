"""No hot statement reads a whole table: each finds its rows through an index, whatever was sold."""

import json
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from booked.adapters.postgres import analytics, bookings, events, sales, users, waitlist

ID = "01a00000-0000-7000-8000-000000000001"

HOT_STATEMENTS: dict[str, tuple[str, list[Any]]] = {
    "commit a booking": (sales.COMMIT, [[ID], [ID], [ID], [1], [ID], [2], [ID, ID], [1, 2]]),
    "why a booking was refused": (sales.WHY_NOT, [ID, ID]),
    "void a booking": (bookings.VOID, [ID, ID, ID]),
    "tickets one owns": (bookings.OWNED, [ID, ID]),
    "newest tickets": (bookings.NEWEST, [ID, ID, 2]),
    "cancel tickets": (bookings.CANCEL, [ID, ID, [1, 2]]),
    "a user's bookings": (bookings.OF_USER, [ID]),
    "an event": (events.GET, [ID]),
    "lock an event": (events.LOCK, [ID]),
    "a page of events": (events.PAGE, [10, events.EARLIEST]),
    "events on sale": (events.ON_SALE, [ID, 50]),
    "an event's counts": (events.LEDGER, [ID]),
    "raise the epoch": (events.NEXT_EPOCH, [ID]),
    "sold ranges": (events.SOLD_RANGES, [ID]),
    "a user by e-mail": (users.BY_EMAIL, ["ann@example.com"]),
    "a user by id": (users.BY_ID, [ID]),
    "voided tokens": (users.VOIDED_SINCE, [events.EARLIEST]),
    "the queue": (waitlist.QUEUE, [ID, 200]),
    "make an offer": (waitlist.RECORD_OFFER, [ID, [1, 2], events.EARLIEST]),
    "a user's places": (waitlist.OF_USER, [ID]),
}


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


async def test_control_a_statement_without_an_index_is_noticed(
    connection: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    assert await sequential_scans(connection, "SELECT * FROM events WHERE address = $1", ["x"]) == {"events"}


async def test_the_figures_read_events_and_days_and_never_tickets(
    connection: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    for statement in (analytics.SALES, analytics.CANCELLATIONS):
        assert await sequential_scans(connection, statement, []) <= {"events", "event_days"}
        assert "tickets" not in statement
