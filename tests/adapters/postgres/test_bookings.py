"""A page of bookings costs a page, whoever asks for which of how many; and figures cost no ticket that was sold."""

import json
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest

from booked.adapters.postgres.figures import analytics
from booked.adapters.postgres.sale import booking_records, bookings
from booked.adapters.postgres.sale.booking_records import searching
from booked.domain.model.ids import BookingId, EventId, OrganizationId, UserId
from booked.domain.model.programme.timezones import UTC_NAME
from booked.domain.model.sale.bookings import BookingSearch, BookingStatus, confirmation_code
from tests.servers import Servers

BOOKINGS = 40_000
PAGE = 20

USER = UserId("01a00000-0000-7000-8000-000000000007")
ORGANIZATION = OrganizationId("01b00000-0000-7000-8000-000000000003")
EVENT = EventId("01c00000-0000-7000-8000-000500000000")
CANCELLED_EVENT = EventId("01c00000-0000-7000-8000-000900000000")
MIDDLE = BookingId("01e00000-5000-7000-8000-000000005000")

# A hundred events of ten organizations, a thousand people, two tickets a booking. One event was cancelled as a whole;
# of all others one booking in a hundred was. Every sixteenth has a part.
FILL = f"""
    INSERT INTO users (id, first_name, email, email_key, password_hash, role)
    SELECT format('01a00000-0000-7000-8000-%s', lpad(n::text, 12, '0'))::uuid, 'Somebody', n, n, '-', 'user'
    FROM generate_series(0, 999) AS n;
    INSERT INTO organizations (id, name, description)
    SELECT format('01b00000-0000-7000-8000-%s', lpad(n::text, 12, '0'))::uuid, 'Organization ' || n, ''
    FROM generate_series(0, 9) AS n;
    INSERT INTO events (id, name, starts_at, address, description, seat_count, sold, status,
                        organization_id)
    SELECT format('01c00000-0000-7000-8000-%s00000000', lpad(n::text, 4, '0'))::uuid, 'Event ' || n, now(), '', '',
           100000, 1000, CASE n WHEN 9 THEN 'cancelled' ELSE 'published' END,
           format('01b00000-0000-7000-8000-%s', lpad((n % 10)::text, 12, '0'))::uuid
    FROM generate_series(0, 99) AS n;
    INSERT INTO bookings (id, event_id, user_id, status, standing)
    SELECT format('01e00000-%1$s-7000-8000-00000000%1$s', lpad(to_hex(n), 4, '0'))::uuid,
           format('01c00000-0000-7000-8000-%s00000000', lpad((n % 100)::text, 4, '0'))::uuid,
           format('01a00000-0000-7000-8000-%s', lpad((n * 7 % 1000)::text, 12, '0'))::uuid, 'booked',
           CASE n / 100 % 100 WHEN 1 THEN 0 ELSE 2 END
    FROM generate_series(1, {BOOKINGS}) AS n;
    INSERT INTO bookings (id, event_id, user_id, status, part_of)
    SELECT replace(id::text, '-7000-8000-', '-7000-9000-')::uuid, event_id, user_id, status, id
    FROM bookings
    WHERE substr(id::text, 13, 1) = '0';
    INSERT INTO tickets (booking_id, number, event_id, user_id, booked_at, cancelled_at)
    SELECT bookings.id, row_number() OVER (PARTITION BY event_id), event_id, user_id, booked_at,
           CASE WHEN bookings.event_id = '{CANCELLED_EVENT}' OR standing = 0 AND part_of IS NULL THEN now() END
    FROM bookings, generate_series(1, 2);
    INSERT INTO event_quarters (event_id, since, booked) SELECT id, quarter_of(now()), 1000 FROM events;
    ANALYZE;
"""

SEARCHES = {
    "all": BookingSearch(),
    "all active": BookingSearch(status=BookingStatus.ACTIVE),
    "all cancelled": BookingSearch(status=BookingStatus.CANCELLED),
    "a user's": BookingSearch(user_id=USER),
    "a user's cancelled": BookingSearch(user_id=USER, status=BookingStatus.CANCELLED),
    "a user's of an event": BookingSearch(user_id=USER, event_id=EVENT),
    "an event's": BookingSearch(event_id=EVENT),
    "an event's active": BookingSearch(event_id=EVENT, status=BookingStatus.ACTIVE),
    "an event's cancelled": BookingSearch(event_id=EVENT, status=BookingStatus.CANCELLED),
    "a cancelled event's": BookingSearch(event_id=CANCELLED_EVENT),
    "a cancelled event's active": BookingSearch(event_id=CANCELLED_EVENT, status=BookingStatus.ACTIVE),
    "an organization's event's": BookingSearch(organizations=frozenset({ORGANIZATION}), event_id=EVENT),
    "somebody else's event's": BookingSearch(organizations=frozenset(), event_id=EVENT),
}


@pytest.fixture(scope="module")
def url(servers: Servers) -> Iterator[str]:
    """Of a database with many bookings."""
    with servers.filled_database(FILL) as url:
        yield url


async def rows_read(url: str, statement: str, *arguments: Any) -> dict[str, int]:
    """How many rows of each table a statement reads, those included that it turns out not to want."""
    connection = await asyncpg.connect(
        url, server_settings={"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off"}
    )
    [row] = await connection.fetch(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", *arguments)
    await connection.close()
    read: dict[str, int] = {}
    _count_rows(json.loads(row[0])[0]["Plan"], read)
    return read


def _count_rows(plan: dict[str, Any], read: dict[str, int]) -> None:
    if "Relation Name" in plan:
        rows = (
            plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Index Recheck", 0)
        )
        read[plan["Relation Name"]] = read.get(plan["Relation Name"], 0) + round(rows * plan["Actual Loops"])
    for part in plan.get("Plans", []):
        _count_rows(part, read)


async def page_cost(url: str, search: BookingSearch, after: str) -> dict[str, int]:
    statement, arguments = searching(search)
    return await rows_read(url, statement, after, PAGE, *arguments)


@pytest.mark.parametrize("after", [booking_records.LAST_ID, MIDDLE])
@pytest.mark.parametrize("name", SEARCHES)
async def test_a_page_of_bookings_reads_little_more_than_it_shows(url: str, name: str, after: str) -> None:
    read = await page_cost(url, SEARCHES[name], after)

    assert read.get("bookings", 0) <= 8 * PAGE
    assert read.get("tickets", 0) <= 4 * PAGE
    assert read.get("events", 0) <= 3 * PAGE


async def test_a_page_of_an_organizations_bookings_reads_a_page_of_each_event_at_most(url: str) -> None:
    read = await page_cost(url, BookingSearch(organizations=frozenset({ORGANIZATION})), MIDDLE)

    assert read["bookings"] <= 10 * 2 * PAGE + 4 * PAGE
    assert read["tickets"] <= 4 * PAGE


async def test_control_a_search_without_an_index_is_noticed(url: str) -> None:
    page = "SELECT id FROM bookings WHERE id < $1 AND booked_at < now() LIMIT $2"
    statement = f"WITH page AS ({page}) {booking_records.RECORDS}"

    read = await rows_read(
        url, statement.replace("id < $1", f"{USER!r} <> $1::text"), booking_records.LAST_ID, BOOKINGS
    )

    assert read["bookings"] > BOOKINGS


async def test_a_booking_is_read_by_its_id_with_its_parts(url: str) -> None:
    assert await rows_read(url, booking_records.GET, MIDDLE) == {
        "bookings": 2,
        "events": 1,
        "tickets": 4,
        "users": 1,
    }


@pytest.mark.parametrize(
    "search",
    [BookingSearch(event_id=EVENT, part="nobody"), BookingSearch(user_id=USER, event_id=EVENT, part="body")],
    ids=["a name", "a name among a user's"],
)
async def test_who_comes_is_looked_for_among_the_bookings_of_one_event(url: str, search: BookingSearch) -> None:
    read = await page_cost(url, search, booking_records.LAST_ID)

    assert read["bookings"] <= BOOKINGS // 100 + 4 * PAGE
    assert read.get("users", 0) <= BOOKINGS // 100 + PAGE


async def test_a_name_that_many_have_is_looked_for_no_further_than_the_page(url: str) -> None:
    read = await page_cost(url, BookingSearch(event_id=EVENT, part="somebody"), MIDDLE)

    assert read["bookings"] <= 8 * PAGE
    assert read["users"] <= 4 * PAGE


async def test_a_code_is_found_without_looking_at_other_bookings(url: str) -> None:
    search = BookingSearch(event_id=EVENT, code=confirmation_code(MIDDLE))

    read = await page_cost(url, search, booking_records.LAST_ID)

    assert read["bookings"] <= 4


async def test_a_users_list_of_bookings_reads_those_alone(url: str) -> None:
    read = await rows_read(url, bookings.OF_USER, USER)

    assert read["bookings"] <= BOOKINGS // 1000 * 2
    assert "tickets" not in read


async def test_figures_come_from_counters(url: str) -> None:
    figures = [
        await rows_read(url, analytics.FIGURES, analytics.LAST_ID, PAGE, UTC_NAME),
        await rows_read(url, analytics.FIGURES_OF_ORGANIZATIONS, analytics.LAST_ID, PAGE, UTC_NAME, [ORGANIZATION]),
        await rows_read(url, analytics.DAYS, EVENT, UTC_NAME),
        await rows_read(url, analytics.SALES, ["published"]),
        await rows_read(url, analytics.CANCELLATIONS, ["published"]),
    ]

    assert [figure.keys() for figure in figures] == [
        {"events", "venues", "event_quarters"},  # the time zone may be the venue's, and says what is sold today
        {"events", "venues", "event_quarters"},
        {"event_quarters"},
        {"events", "event_quarters"},
        {"events"},
    ]
    assert figures[0]["events"] == PAGE
    assert figures[0]["venues"] <= PAGE
