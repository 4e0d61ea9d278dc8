"""Time zones in Postgres: the same as in Python."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import asyncpg
import pytest

from booked.adapters.postgres.database import PostgresDatabase
from booked.domain.errors import InvalidEvent, InvalidVenue
from booked.domain.model.programme.timezones import is_timezone
from tests.builders import a_venue, an_event

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
