"""A search among ten thousand events reads little more than the page that it shows, whatever is looked for."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from booked.adapters.postgres.programme.search import CLASHES, VENUES_FOUND, finding
from booked.adapters.postgres.programme.search import PAGE as ON_SALE
from booked.domain.model.ids import CategoryId, EventId, OrganizationId, VenueId
from booked.domain.model.programme.events import EventStatus
from booked.domain.model.programme.search import EventCursor, EventSearch, EventSort
from booked.domain.model.programme.times import PRESUMED_LENGTH
from tests.builders import OPENING
from tests.servers import Servers

EVENTS = 10_000
VENUES = 200
AT_A_VENUE = 50
PAGE = 20

ORGANIZATION = OrganizationId("01a00000-0000-7000-8000-000000000001")
VENUE = VenueId("01b00000-0000-7000-8000-000000000001")
CATEGORY = CategoryId("01c00000-0000-7000-8000-000000000001")
FIRST = EventId("01d00000-0000-7000-8000-000100000000")
MIDDLE = EventId("01d00000-0000-7000-8000-000500000000")

# Each organization has one event in 50, each venue one in 200, each category one in 20, each artist and each tour one
# in 100; one in ten is postponed; one
# in a hundred lasts for three days. Those that were made after each other do not start after each other.
FILL = f"""
    INSERT INTO organizations (id, name, description)
    SELECT format('01a00000-0000-7000-8000-0000000000%s', lpad(n::text, 2, '0'))::uuid, 'Organization ' || n, ''
    FROM generate_series(0, 49) AS n;
    INSERT INTO venues (id, name, address, city, country, capacity)
    SELECT format('01b00000-0000-7000-8000-000000000%s', lpad(n::text, 3, '0'))::uuid,
           'Venue ' || n, 'Street ' || n, 'City ' || n % 20, 'Country', 1000
    FROM generate_series(0, 199) AS n;
    INSERT INTO categories (id, name, name_key)
    SELECT format('01c00000-0000-7000-8000-0000000000%s', lpad(n::text, 2, '0'))::uuid, 'Category ' || n, n
    FROM generate_series(0, 19) AS n;
    INSERT INTO events
        (id, name, starts_at, address, description, seat_count, status, organization_id, venue_id, category_id,
         artist, tour_name, created_at, ends_at)
    SELECT format('01d00000-0000-7000-8000-%s00000000', lpad((n % 10000)::text, 4, '0'))::uuid,
           'Event ' || n * 7 % {EVENTS},
           timestamptz '2027-01-01 UTC' + n * 37 % {EVENTS} * interval '1 hour',
           'Street ' || n,
           'Doors open at seven. This is number ' || n,
           1000,
           (ARRAY['published', 'published', 'published', 'published', 'published', 'published', 'published',
                  'postponed', 'completed', 'draft'])[1 + n % 10],
           format('01a00000-0000-7000-8000-0000000000%s', lpad((n % 50)::text, 2, '0'))::uuid,
           format('01b00000-0000-7000-8000-000000000%s', lpad((n % 200)::text, 3, '0'))::uuid,
           format('01c00000-0000-7000-8000-0000000000%s', lpad((n % 20)::text, 2, '0'))::uuid,
           'Artist ' || n % 100,
           'Tour ' || n % 100,
           now() + n * interval '1 second',
           CASE n % 100
               WHEN 0 THEN timestamptz '2027-01-01 UTC' + (n * 37 % {EVENTS} + 72) * interval '1 hour'
               ELSE timestamptz '2027-01-01 UTC' + (n * 37 % {EVENTS} + 2) * interval '1 hour'
           END
    FROM generate_series(1, {EVENTS}) AS n;
    ANALYZE;
"""

ORDERS = {
    EventSort.STARTS: "events_by_start",
    EventSort.STARTS_LAST: "events_by_start",
    EventSort.NAME: "events_by_name",
    EventSort.NEWEST: "events_by_creation",
}
FILTERS = {
    "category": (EventSearch(category_id=CATEGORY), "events_of_category"),
    "organization": (EventSearch(organization_id=ORGANIZATION), "events_of_organization"),
    "venue": (EventSearch(venue_id=VENUE), "events_at_venue"),
    "a moment": (EventSearch(starts_after=OPENING), "events_by_start"),
    "an artist": (EventSearch(artist="ARTIST 42"), "events_by_artist"),
    "a tour": (EventSearch(tour_name="tour 42"), "events_by_tour"),
    "a venue's name": (EventSearch(venue_name="venue 42"), "events_at_venue"),
    "words": (EventSearch(words="number 4321"), "events_by_words"),
}


@pytest.fixture(scope="module")
def url(servers: Servers) -> Iterator[str]:
    """Of a database with ten thousand events."""
    with servers.filled_database(FILL) as url:
        yield url


async def reading(url: str, search: EventSearch, after: EventCursor | None = None) -> tuple[set[str], int, int]:
    """Through which indexes a search finds its events, how many of them it reads, and how many it shows."""
    return await reading_by(url, *finding(search, after, PAGE))


async def reading_by(url: str, statement: str, values: list[Any], without: str = "") -> tuple[set[str], int, int]:
    plan = await plan_of(url, statement, values, without)
    indexes = {node["Index Name"] for node in _nodes(plan) if str(node.get("Index Name")).startswith("events_")}
    return indexes, rows_read(plan, "events"), int(plan["Actual Rows"])


async def plan_of(url: str, statement: str, values: list[Any], without: str = "") -> dict[str, Any]:
    """How a statement was run, if need be without an index."""
    # As the adapter's own connections are.
    connection = await asyncpg.connect(url, server_settings={"enable_seqscan": "off"})
    attempt = connection.transaction()
    await attempt.start()
    if without:
        await connection.execute(f"DROP INDEX {without}")
    [row] = await connection.fetch(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", *values)
    await attempt.rollback()
    await connection.close()
    plan: dict[str, Any] = json.loads(row[0])[0]["Plan"]
    return plan


def rows_read(plan: dict[str, Any], table: str) -> int:
    scans = [node for node in _nodes(plan) if node.get("Relation Name") == table]
    return int(sum(node["Actual Rows"] + node.get("Rows Removed by Filter", 0) for node in scans))


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", []):
        yield from _nodes(part)


@pytest.mark.parametrize("sort", EventSort)
@pytest.mark.parametrize("later", [False, True])
async def test_a_page_is_read_in_the_order_of_an_index(url: str, sort: EventSort, later: bool) -> None:
    value = "Event 5000" if sort is EventSort.NAME else OPENING.isoformat()
    if sort is EventSort.NEWEST:
        value = "2999-01-01T00:00:00+00:00"

    indexes, read, shown = await reading(url, EventSearch(sort=sort), EventCursor(value, MIDDLE) if later else None)

    assert indexes == {ORDERS[sort]}
    assert shown == PAGE
    assert read < 2 * PAGE


@pytest.mark.parametrize("name", FILTERS)
async def test_what_is_looked_for_is_read_through_an_index(url: str, name: str) -> None:
    search, index = FILTERS[name]

    indexes, read, shown = await reading(url, search)

    assert indexes == {index}
    assert 1 <= shown <= read < 3 * PAGE


@pytest.mark.parametrize("name", ["an artist", "a tour"])
async def test_control_without_its_index_what_is_looked_for_is_read_among_many(url: str, name: str) -> None:
    search, index = FILTERS[name]

    _, read, shown = await reading_by(url, *finding(search, None, PAGE), without=index)

    assert shown == PAGE
    assert read > EVENTS / 10


@pytest.mark.parametrize(("without", "read"), [("", 0), ("venues_by_name", VENUES)])
async def test_a_venues_name_is_looked_for_through_an_index(url: str, without: str, read: int) -> None:
    plan = await plan_of(url, *finding(EventSearch(venue_name="nowhere"), None, PAGE), without)

    assert rows_read(plan, "venues") == read


@pytest.mark.parametrize("status", [EventStatus.PUBLISHED, EventStatus.POSTPONED, EventStatus.CANCELLED])
async def test_a_status_that_is_rare_or_common_is_found_without_reading_all(url: str, status: EventStatus) -> None:
    search = EventSearch(statuses=frozenset({status}))

    _, read, shown = await reading(url, search)
    _, read_later, _ = await reading(url, search, EventCursor(OPENING.isoformat(), MIDDLE))

    assert shown == (0 if status is EventStatus.CANCELLED else PAGE)
    assert max(read, read_later) < 20 * PAGE


async def test_available_events_are_found_without_reading_all(url: str) -> None:
    indexes, read, shown = await reading(url, EventSearch(only_available=True))

    assert indexes == {"events_by_status"}
    assert shown == PAGE
    assert read < 3 * PAGE


async def test_clashes_are_looked_for_among_what_is_published_at_the_venue(url: str) -> None:
    indexes, read, shown = await reading_by(url, CLASHES, [FIRST, PRESUMED_LENGTH, PAGE])

    assert indexes == {"events_pkey", "events_published_at_venue"}
    assert shown == 0
    assert read <= AT_A_VENUE


@pytest.mark.parametrize(
    "search",
    [
        EventSearch(),
        EventSearch(organization_id=ORGANIZATION),
        EventSearch(venue_id=VENUE),
        EventSearch(category_id=CATEGORY),
        EventSearch(statuses=frozenset({EventStatus.PUBLISHED})),
        EventSearch(member_of=frozenset({ORGANIZATION})),
    ],
    ids=["all", "organization", "venue", "category", "status", "member"],
)
@pytest.mark.parametrize("later", [False, True])
async def test_what_is_over_is_not_read(url: str, search: EventSearch, later: bool) -> None:
    now = OPENING + timedelta(days=100)
    after = EventCursor((now + timedelta(days=20)).isoformat(), MIDDLE) if later else None

    indexes, read, shown = await reading(url, replace(search, not_over_at=now), after)

    assert "events_that_last" in indexes
    assert 1 <= shown <= PAGE
    assert read < 200  # those of the two days before, too


async def test_what_is_over_is_read_from_the_latest_on(url: str) -> None:
    now = OPENING + timedelta(days=100)
    search = EventSearch(statuses=frozenset({EventStatus.PUBLISHED, EventStatus.COMPLETED}), sort=EventSort.STARTS_LAST)

    _, read, shown = await reading(url, replace(search, over_at=now))

    assert shown == PAGE
    assert read < 200


async def test_a_day_is_read_without_those_before_and_after(url: str) -> None:
    indexes, read, shown = await reading(url, EventSearch(day=(OPENING + timedelta(days=100)).date()))

    assert indexes >= {"events_that_last"}
    assert shown == PAGE
    assert read < 200


async def test_members_find_their_drafts_as_fast(url: str) -> None:
    search = EventSearch(member_of=frozenset({ORGANIZATION}))

    _, read, shown = await reading(url, search)
    drafts = await reading(url, replace(search, organization_id=ORGANIZATION))

    assert (shown, drafts[2]) == (PAGE, PAGE)
    assert max(read, drafts[1]) < 2 * PAGE


async def test_a_page_of_events_on_sale_reads_little_more_than_it_shows(url: str) -> None:
    indexes, read, shown = await reading_by(url, ON_SALE, [PAGE, OPENING])

    assert indexes == {"events_by_status"}
    assert shown == PAGE
    assert read < 3 * PAGE


async def test_venues_with_the_words_are_read_through_an_index(url: str) -> None:
    connection = await asyncpg.connect(url, server_settings={"enable_seqscan": "off"})
    [row] = await connection.fetch(f"EXPLAIN (FORMAT JSON) {VENUES_FOUND}", "venue 17")
    await connection.close()

    assert "venues_by_words" in row[0]


async def test_control_a_search_that_no_index_helps_reads_all(url: str) -> None:
    _, read, shown = await reading(url, EventSearch(location="nowhere"))

    assert (read, shown) == (EVENTS, 0)
