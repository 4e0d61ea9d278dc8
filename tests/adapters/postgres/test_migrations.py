"""Migrations: applied once, in order, whoever else tries at the same time."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from pogo_core.error import BadMigrationError
from pogo_core.util import migrate as pogo

from booked.adapters.postgres import migrations
from booked.adapters.postgres.database import PostgresDatabase
from booked.adapters.postgres.migrations import MigrationBusy, TablesInUse, migrate, migrations_dir, pending
from booked.domain.model.ids import BookingId, EventId, UserId
from booked.domain.model.programme.events import EventStatus
from booked.domain.model.programme.ticket_types import standard_plan
from booked.domain.model.sale.bookings import OwnedTicket, Verdict
from tests.builders import a_claim
from tests.servers import Servers

ANN = UserId("01a00000-0000-7000-8000-000000000001")
ON_SALE, WITHDRAWN = EventId("01b00000-0000-7000-8000-000000000000"), EventId("01c00000-0000-7000-8000-000000000000")
BOOKING, CANCELLED_BOOKING = (
    BookingId("01d00000-0000-7000-8000-000000000001"),
    BookingId("01d00000-0000-7000-8000-000000000002"),
)

# What a database had in it before there was a catalogue: Ann booked tickets 1 to 3 and gave 2 back, and one of an event
# that was withdrawn.
BEFORE_THE_CATALOGUE = f"""
    INSERT INTO users (id, name, email, email_key, password_hash, role)
    VALUES ('{ANN}', 'Ann', 'ann@example.com', 'ann@example.com', '-', 'user');
    INSERT INTO events
        (id, name, starts_at, address, description, seat_count, sold, cancelled, hold_epoch, releases, withdrawn_at)
    VALUES
        ('{ON_SALE}', 'Concert', '2027-06-01 19:30 UTC', 'Main Street 1', '', 20, 2, 1, 4, 1, NULL),
        ('{WITHDRAWN}', 'Concert', '2027-06-01 19:30 UTC', 'Main Street 1', '', 10, 0, 1, 2, 1, now());
    INSERT INTO bookings (id, event_id, user_id, status)
    VALUES ('{BOOKING}', '{ON_SALE}', '{ANN}', 'booked'), ('{CANCELLED_BOOKING}', '{WITHDRAWN}', '{ANN}', 'booked');
    INSERT INTO tickets (booking_id, number, event_id, user_id, booked_at, cancelled_at)
    VALUES ('{BOOKING}', 1, '{ON_SALE}', '{ANN}', now(), NULL),
           ('{BOOKING}', 2, '{ON_SALE}', '{ANN}', now(), now()),
           ('{BOOKING}', 3, '{ON_SALE}', '{ANN}', now(), NULL),
           ('{CANCELLED_BOOKING}', 1, '{WITHDRAWN}', '{ANN}', now(), now());
    INSERT INTO event_buyers (event_id, user_id, tickets) VALUES ('{ON_SALE}', '{ANN}', 2), ('{WITHDRAWN}', '{ANN}', 0);
    INSERT INTO event_days (event_id, day, booked, cancelled)
    VALUES ('{ON_SALE}', '2026-11-01', 3, 0), ('{ON_SALE}', '2026-11-02', 0, 1), ('{WITHDRAWN}', '2026-11-01', 1, 1);
"""


@pytest.fixture
async def empty_url(servers: Servers) -> AsyncIterator[str]:
    async with servers.empty_database() as url:
        yield url


@pytest.fixture
async def old_url(empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of a database as the first migration leaves it."""
    shutil.copy(migrations_dir() / "0001_box_office.sql", tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "migrations_dir", lambda: tmp_path)
        await migrate(empty_url)
    return empty_url


def ids_in_order() -> list[str]:
    return sorted(path.stem for path in migrations_dir().glob("*.sql"))


async def test_everything_is_pending_for_an_empty_database(empty_url: str) -> None:
    assert await pending(empty_url) == ids_in_order()


async def test_asking_what_is_pending_changes_nothing(empty_url: str) -> None:
    await pending(empty_url)

    connection = await asyncpg.connect(empty_url)
    assert await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
    await connection.close()


async def test_migrations_are_applied_once_and_in_order(empty_url: str) -> None:
    first = await migrate(empty_url)
    second = await migrate(empty_url)

    assert (first, second) == (ids_in_order(), [])
    assert await pending(empty_url) == []


async def test_of_many_that_migrate_at_once_one_does_it(empty_url: str) -> None:
    applied = await asyncio.gather(*(migrate(empty_url) for _ in range(5)))

    assert sorted(applied) == [[], [], [], [], ids_in_order()]


async def test_a_start_neither_waits_for_a_leading_worker_nor_for_ever(
    empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await migrate(empty_url) == ids_in_order()
    leader, frozen = await PostgresDatabase.connect(empty_url), await asyncpg.connect(empty_url)
    async with leader.leadership("offers"):
        assert await migrate(empty_url) == []
    await leader.close()
    await frozen.execute("SELECT pg_advisory_lock($1)", migrations.LOCK)
    monkeypatch.setattr(migrations, "LOCK_PATIENCE_S", 1)

    with pytest.raises(MigrationBusy, match="advisory lock"):
        await migrate(empty_url)

    await frozen.close()
    assert await migrate(empty_url) == []


async def test_a_migration_does_not_make_sales_wait_behind_a_long_reader(
    old_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "TABLE_PATIENCE", "50ms")
    monkeypatch.setattr(migrations, "PAUSE_S", 0.01)
    reader = await asyncpg.connect(old_url)
    async with reader.transaction():
        await reader.execute("SELECT FROM users")

        with pytest.raises(TablesInUse, match="pg_stat_activity"):
            await migrate(old_url)

    await reader.close()
    await migrate(old_url)
    assert await pending(old_url) == []


async def test_a_migration_that_met_a_deadlock_is_tried_again(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrations, "PAUSE_S", 0.01)
    apply, deadlocks = pogo.apply, [BadMigrationError("Failed to apply 0001")]

    async def apply_late(*arguments: Any, **named: Any) -> None:
        if deadlocks:
            raise deadlocks.pop() from asyncpg.DeadlockDetectedError("deadlock detected")
        await apply(*arguments, **named)

    monkeypatch.setattr(pogo, "apply", apply_late)

    assert await migrate(empty_url) == ids_in_order()
    assert await pending(empty_url) == []


@pytest.fixture
def migration_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Have one migration, of one statement."""

    def write(statement: str) -> None:
        text = f"-- alone\n-- depends:\n\n-- migrate: apply\n{statement};\n\n-- migrate: rollback\n"
        (tmp_path / "0001_alone.sql").write_text(text, encoding="utf-8")
        monkeypatch.setattr(migrations, "migrations_dir", lambda: tmp_path)

    return write


async def test_a_migration_has_the_time_it_takes_also_where_the_role_has_limits(
    empty_url: str, migration_of: Callable[[str], None]
) -> None:
    connection = await asyncpg.connect(empty_url)
    name = await connection.fetchval("SELECT current_database()")
    await connection.execute(f'ALTER DATABASE "{name}" SET statement_timeout = 500')
    await connection.close()
    migration_of("SELECT pg_sleep(0.6)")

    assert await migrate(empty_url) == ["0001_alone"]


async def test_what_postgres_says_of_a_failed_migration_is_told(
    empty_url: str, migration_of: Callable[[str], None]
) -> None:
    migration_of("SELECT 1 / 0")

    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(empty_url)


async def test_a_test_gets_a_migrated_database(database_url: str) -> None:
    assert await pending(database_url) == []


async def test_people_who_were_there_before_they_had_two_names_keep_theirs(old_url: str) -> None:
    connection = await asyncpg.connect(old_url)
    await connection.execute(
        "INSERT INTO users (id, name, email, email_key, password_hash, role)"
        " VALUES (gen_random_uuid(), 'Ann Archer', 'ann@example.com', 'ann@example.com', '-', 'user')"
    )

    await migrate(old_url)

    [names] = await connection.fetch("SELECT first_name, last_name FROM users")
    await connection.close()
    assert tuple(names) == ("Ann Archer", "")


async def test_what_was_sold_before_there_was_a_catalogue_is_kept(old_url: str) -> None:
    connection = await asyncpg.connect(old_url)
    await connection.execute(BEFORE_THE_CATALOGUE)
    await connection.close()

    assert await migrate(old_url) == ids_in_order()[1:]

    database = await PostgresDatabase.connect(old_url)
    event, withdrawn = await database.events.found(ON_SALE), await database.events.found(WITHDRAWN)
    assert event is not None
    assert withdrawn is not None
    assert (event.event.status, withdrawn.event.status) == (EventStatus.PUBLISHED, EventStatus.CANCELLED)
    assert (event.event.sold, event.event.blocked, event.event.version, event.event.currency) == (2, 0, 1, "EUR")
    assert await database.ticket_plans.get(ON_SALE) == standard_plan(20)
    assert await database.ticket_plans.get(WITHDRAWN) == standard_plan(10)
    assert await database.ticket_plans.type_counts(ON_SALE) == {1: (2, 0)}
    assert await database.ledgers.miscounted(ON_SALE) == []
    assert [(booking.id, booking.tickets) for booking in await database.bookings.of_user(ANN)] == [(BOOKING, 2)]
    assert await database.bookings.newest(ON_SALE, ANN, 9) == [OwnedTicket(BOOKING, 3), OwnedTicket(BOOKING, 1)]
    record = await database.bookings.get(BOOKING)
    assert record is not None
    assert [(ticket.number, ticket.type_number, ticket.price) for ticket in record.standing] == [(1, 1, 0), (3, 1, 0)]
    assert await database.bookings.commit(a_claim(ON_SALE, ANN, {2, 20}, epoch=4)) is Verdict.BOOKED
    assert await database.bookings.commit(a_claim(ON_SALE, ANN, {1}, epoch=4)) is Verdict.ALREADY_SOLD
    assert await database.bookings.commit(a_claim(WITHDRAWN, ANN, {1}, epoch=2)) is Verdict.WITHDRAWN
    await database.close()
