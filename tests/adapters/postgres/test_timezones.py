"""Time zones in Postgres: the same as in Python."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import asyncpg
import pytest

from booked.adapters.postgres.database import PostgresDatabase
from booked.adapters.postgres.programme.zones import ZoneNotKnown, require_zone
from booked.domain.errors import InvalidEvent, InvalidVenue
from booked.domain.model.programme.timezones import is_timezone
from tests.builders import a_claim, a_user, a_venue, an_event

ELSEWHERE = "Mars/Olympus_Mons"
# In winter and in summer of a year of which every release of the rules knows.
MIDNIGHTS = (datetime(2024, 1, 10), datetime(2024, 7, 10))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[PostgresDatabase]:
    database = await PostgresDatabase.connect(database_url)
    yield database
    await database.close()


async def test_every_zone_has_the_days_that_it_has_in_python(database_url: str) -> None:
    moments = [
        (name, midnight.replace(tzinfo=ZoneInfo(name)).astimezone(UTC) + minutes * timedelta(minutes=1))
        for name in sorted(filter(is_timezone, available_timezones()))
        for midnight in MIDNIGHTS
        for minutes in (-5, 5)
    ]
    connection = await asyncpg.connect(database_url)
    rows = await connection.fetch(
        "SELECT zone, moment, day_in(moment, zone) AS day"
        " FROM unnest($1::text[], $2::timestamptz[]) AS _ (zone, moment)",
        *zip(*moments, strict=True),
    )
    await connection.close()

    def here(zone: str, moment: datetime) -> date:
        return moment.astimezone(ZoneInfo(zone)).date()

    assert len(rows) == len(moments) > 1000
    assert [tuple(row) for row in rows if row["day"] != here(row["zone"], row["moment"])] == []


async def test_a_zone_that_only_python_knows_is_refused(database: PostgresDatabase) -> None:
    venue, event = a_venue(), an_event()
    await database.venues.add(venue)
    await database.events.add(event)

    with pytest.raises(InvalidVenue, match="Send another one"):
        await database.venues.add(a_venue(timezone=ELSEWHERE))
    with pytest.raises(InvalidEvent, match="Send another one"):
        await database.events.add(an_event(timezone=ELSEWHERE))
    with pytest.raises(InvalidVenue, match="Send another one"):
        await database.venues.save(replace(venue, timezone=ELSEWHERE))
    with pytest.raises(InvalidEvent, match="Send another one"):
        async with database.transaction() as unit:
            await unit.events.save(replace(event, timezone=ELSEWHERE))


async def test_the_zone_of_events_without_one_must_be_known(database_url: str) -> None:
    await require_zone(database_url, "Europe/Berlin")

    with pytest.raises(ZoneNotKnown, match=rf"{ELSEWHERE}: .*Set BOOKED_TIMEZONE"):
        await require_zone(database_url, ELSEWHERE)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Chatham"])
async def test_quarters_of_an_hour_are_counted_by_the_days_of_a_zone(
    database: PostgresDatabase, database_url: str, zone: str
) -> None:
    event = an_event()
    await database.events.add(event)
    # Two days on which clocks change, a sale every 35 minutes.
    changes = [datetime(2024, 3, 31, tzinfo=UTC), datetime(2024, 10, 6, tzinfo=UTC)]
    moments = [change + number * timedelta(minutes=35) for change in changes for number in range(-60, 60)]
    connection = await asyncpg.connect(database_url)
    await connection.execute(
        "INSERT INTO event_quarters (event_id, since, booked, revenue)"
        " SELECT $1, quarter_of(moment), 1, 500 FROM unnest($2::timestamptz[]) AS moment",
        event.id,
        moments,
    )
    await connection.close()

    days = await database.analytics.days(event.id, zone)

    sales = Counter(moment.astimezone(ZoneInfo(zone)).date() for moment in moments)
    assert [(day.day, day.booked, day.revenue) for day in days] == [
        (day, count, 500 * count) for day, count in sorted(sales.items())
    ]


async def test_sales_are_counted_in_the_quarter_of_their_moment(database: PostgresDatabase, database_url: str) -> None:
    ann, event = await database.users.add(a_user()), an_event()
    await database.events.add(event)
    await database.bookings.commit(a_claim(event.id, ann.id, {1, 2}))
    await database.bookings.cancel(event.id, ann.id, [2])
    connection = await asyncpg.connect(database_url)

    wrong = await connection.fetch("""
        SELECT *
        FROM tickets
        WHERE NOT EXISTS (SELECT FROM event_quarters WHERE booked > 0 AND booked_at - since < interval '15 minutes')
           OR NOT EXISTS (
               SELECT FROM event_quarters WHERE cancelled > 0 AND cancelled_at - since < interval '15 minutes'
           ) AND cancelled_at IS NOT NULL
           OR EXISTS (SELECT FROM event_quarters WHERE extract(minute FROM since)::integer % 15 <> 0)
    """)
    await connection.close()

    assert wrong == []
