"""Postgres may be distributed by event, as Citus does it: what of keys and statements fits, and what does not.

Citus keeps the rows of an event on one server. It needs the event's id in each unique key and foreign key, and finds
the server by the event that a statement names. Every exception stands here with its reason.
"""

import importlib
import pkgutil
from collections.abc import Iterator

import asyncpg
import pytest
import sqlglot
from sqlglot import exp

from booked.adapters import postgres
from tests.adapters.postgres.commits import every_commit

# The column by which each table of the sale is distributed.
DISTRIBUTED = {
    "events": "id",
    "ticket_types": "event_id",
    "blocks": "event_id",
    "bookings": "event_id",
    "tickets": "event_id",
    "event_buyers": "event_id",
    "type_buyers": "event_id",
    "event_quarters": "event_id",
    "waitlist_entries": "event_id",
    "waiting_counts": "event_id",
    "waiting_types": "event_id",
}

# A copy of each on every server.
REFERENCE = {
    "users", "organizations", "organization_members", "venues", "categories", "api_keys", "sessions",
    "browser_sessions", "voided_tokens", "idempotency_keys", "leases",
}  # fmt: skip

HISTORY = {"_pogo_migration", "_pogo_version"}

# To add the event to them, the two largest tables are written anew: docs/scaling.md says how.
KEYS_WITHOUT_AN_EVENT = {
    "bookings_pkey", "bookings_part_of_fkey", "tickets_pkey", "waitlist_entries_pkey",
}  # fmt: skip

# Citus has them only on request, since they must keep to their row's event. These do.
TRIGGERS = {"waitlist_entries_count_joined", "waitlist_entries_count_changed"}

# Modules that read lists and figures of many events, and so ask all servers; one checks counts, seldom.
LISTS = {"figures.analytics", "programme.search", "sale.booking_records", "upkeep.counters"}

BY_BOOKING = "a booking's id does not tell its event"
BY_ENTRY = "an entry's id does not tell its event"
OF_ALL = "is about all events"
STATEMENTS_WITHOUT_AN_EVENT = {
    "database.EMPTY": OF_ALL,
    "database.EVENTS": OF_ALL,
    "sale.bookings.GET": BY_BOOKING,
    "sale.bookings.OF_USER": "is about all that a user has booked",
    "sale.waitlist.CLOSE": BY_ENTRY,
    "sale.waitlist.ENTRY": BY_ENTRY,
    "sale.waitlist.EVENTS_WITH_ENTRIES": OF_ALL,
    "sale.waitlist.LAPSE": BY_ENTRY,
    "sale.waitlist.OF_USER": "is about all that a user waits for",
    "sale.waitlist.PLACE": "is the beginning of other statements",
    "sale.waitlist.RECORD_OFFER": BY_ENTRY,
    "sale.waitlist.RECORD_PASSES": BY_ENTRY,
    "sale.waitlist.REINSTATE": BY_ENTRY,
    "upkeep.ledgers.ENDED": OF_ALL,
    "upkeep.ledgers.LEDGERS_ON_SALE": OF_ALL,
    "upkeep.ledgers.ON_SALE": OF_ALL,
    "upkeep.ledgers.TO_GIVE_BACK": OF_ALL,
}

KEYS = """
    SELECT indrelid::regclass::text AS of, indexrelid::regclass::text AS name,
        ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = indrelid AND attnum = ANY (indkey)) AS columns
    FROM pg_index
    JOIN pg_class ON oid = indrelid
    WHERE indisunique AND relnamespace = 'public'::regnamespace
"""
FOREIGN_KEYS = """
    SELECT conrelid::regclass::text AS of, conname AS name, confrelid::regclass::text AS other,
        ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = conrelid AND attnum = ANY (conkey)) AS columns
    FROM pg_constraint
    WHERE contype = 'f'
"""
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
TRIGGERS_OF = "SELECT tgrelid::regclass::text AS of, tgname AS name FROM pg_trigger WHERE NOT tgisinternal"

VERBS = ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "TRUNCATE")
BLOCKS = (exp.Select, exp.Update, exp.Delete, exp.Insert)


async def rows(database_url: str, query: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(database_url)
    found = await connection.fetch(query)
    await connection.close()
    return found


async def test_every_table_is_distributed_or_on_every_server(database_url: str) -> None:
    tables = {row["tablename"] for row in await rows(database_url, TABLES)}

    assert tables == DISTRIBUTED.keys() | REFERENCE | HISTORY


async def test_keys_of_the_sale_have_the_event_in_them_but_for_those_that_are_known(database_url: str) -> None:
    unique = await rows(database_url, KEYS)
    foreign = [row for row in await rows(database_url, FOREIGN_KEYS) if row["other"] in DISTRIBUTED]

    without = [row for row in [*unique, *foreign] if DISTRIBUTED.get(row["of"]) not in {None, *row["columns"]}]

    assert {row["name"] for row in without} == KEYS_WITHOUT_AN_EVENT
    assert {row["of"] for row in foreign} <= DISTRIBUTED.keys()  # nothing on every server points to what is on one


async def test_triggers_of_the_sale_are_known(database_url: str) -> None:
    triggers = await rows(database_url, TRIGGERS_OF)

    assert {row["name"] for row in triggers if row["of"] in DISTRIBUTED} == TRIGGERS


def test_every_statement_of_the_sale_names_its_event_but_for_those_that_are_known() -> None:
    assert {name for name, text in statements() if not names_its_event(text)} == STATEMENTS_WITHOUT_AN_EVENT.keys()


@pytest.mark.parametrize(
    "text",
    [
        "UPDATE events SET sold = 0",
        "SELECT status FROM bookings WHERE id = $1",
        "SELECT FROM events JOIN bookings ON bookings.id = events.venue_id WHERE events.id = $1",
        "WITH one AS (SELECT id FROM events WHERE id = $1) UPDATE tickets SET fee = 0 FROM one WHERE number = 1",
        "SELECT FROM waitlist_entries AS entry JOIN events ON events.id = entry.event_id WHERE entry.id = $1",
    ],
)
def test_control_a_statement_that_leaves_the_event_open_is_found(text: str) -> None:
    assert not names_its_event(text)


def statements() -> Iterator[tuple[str, str]]:
    """Return all statements of the adapter but lists: each with the name of its module and its own."""
    package = f"{postgres.__name__}."
    yield from ((what, text) for what, text, _ in every_commit())
    for found in pkgutil.walk_packages(postgres.__path__, package):
        module = found.name.removeprefix(package)
        for name, text in vars(importlib.import_module(found.name)).items():
            if module not in LISTS and isinstance(text, str) and text.strip().startswith(VERBS):
                yield f"{module}.{name}", text


def names_its_event(text: str) -> bool:
    """Tell whether a statement ties each table of the sale to an event, and one of them to an event it is given."""
    tree = sqlglot.parse_one(text, read="postgres")
    sources = [table for table in tree.find_all(exp.Table) if table.name in DISTRIBUTED]
    if not sources:
        return True
    inserted = any(isinstance(table.parent.parent, exp.Insert) for table in sources if table.parent)
    return all(map(is_tied, sources)) and (inserted or any(is_given(table) for table in sources))


def is_tied(table: exp.Table) -> bool:
    return is_inserted_into(table) or any(True for _ in conditions(table))


def is_given(table: exp.Table) -> bool:
    return any(other.find(exp.Parameter, exp.Placeholder) for other in conditions(table))


def is_inserted_into(table: exp.Table) -> bool:
    return isinstance(block_of(table), exp.Insert)


def conditions(table: exp.Table) -> Iterator[exp.Expr]:
    """Return what the column that a table is distributed by is compared with, beside the table itself."""
    block = block_of(table)
    for comparison in block.find_all(exp.EQ, exp.In):
        if block_of(comparison) is block:
            for one, other in sides(comparison):
                for column, value in ((one, other), (other, one)):
                    if isinstance(column, exp.Column) and is_distribution_column(column, table):
                        yield value


def sides(comparison: exp.Expr) -> list[tuple[exp.Expr, exp.Expr]]:
    left = comparison.this
    right = comparison.args.get("expression") or comparison.args.get("query") or exp.Null()
    if not isinstance(left, exp.Tuple):
        return [(left, right)]
    others = right.expressions if isinstance(right, exp.Tuple) else [right] * len(left.expressions)
    return list(zip(left.expressions, others, strict=True))


def is_distribution_column(column: exp.Column, table: exp.Table) -> bool:
    return column.name == DISTRIBUTED[table.name] and column.table in ("", table.alias_or_name)


def block_of(node: exp.Expr) -> exp.Expr:
    """Return the SELECT, UPDATE, DELETE or INSERT that a node belongs to."""
    parent = node.parent
    while parent is not None and not isinstance(parent, BLOCKS):
        parent = parent.parent
    return parent or node
