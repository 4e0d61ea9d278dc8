"""The promises about days by the clock on the wall, and about what is over."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booked.domain.model.ids import OrganizationId
from booked.domain.model.programme.events import Event, EventStatus
from booked.domain.model.programme.search import EventSearch, EventSort, cursor_behind
from booked.domain.model.programme.venues import Venue
from booked.ports.database import Database
from tests.builders import a_venue, an_event, an_organization

BERLIN, NEW_YORK, AUCKLAND = "Europe/Berlin", "America/New_York", "Pacific/Auckland"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOON = datetime(2027, 6, 10, 12, tzinfo=UTC)


def local(text: str, zone: str = BERLIN) -> datetime:
    """A moment by the clock on the wall of a zone."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


async def add(database: Database, *events: Event) -> None:
    for event in events:
        await database.events.add(event)


async def found(database: Database, search: EventSearch) -> list[str]:
    return [each.event.name for each in await database.events.find(search, None, 100)]


async def days_of(database: Database, first: date, count: int) -> list[date]:
    """Those of some days on which a search finds anything."""
    days = [first + number * DAY for number in range(count)]
    return [day for day in days if await found(database, EventSearch(day=day))]


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2028-01-01T00:30", "2028-01-01T04:00", (date(2028, 1, 1),)),
        ("2027-12-31T22:00", "2028-01-01T04:00", (date(2027, 12, 31), date(2028, 1, 1))),
        ("2027-12-31T22:00", "2028-01-01T00:00", (date(2027, 12, 31),)),
        ("2027-12-31T23:59:59", None, (date(2027, 12, 31),)),
        ("2028-01-01T00:00", None, (date(2028, 1, 1),)),
        ("2027-12-30T18:00", "2028-01-02T12:00", tuple(date(2027, 12, 30) + number * DAY for number in range(4))),
        ("2028-03-26T00:30", "2028-03-26T23:30", (date(2028, 3, 26),)),  # a day of 23 hours
        ("2028-10-29T00:30", "2028-10-29T23:30", (date(2028, 10, 29),)),  # a day of 25 hours
    ],
)
async def test_an_event_takes_place_on_each_of_its_days(
    database: Database, start: str, end: str | None, days: tuple[date, ...]
) -> None:
    event = an_event(starts_at=local(start), ends_at=local(end) if end else None, timezone=BERLIN)
    await add(database, event)

    assert await days_of(database, days[0] - 3 * DAY, 10) == list(days)


async def test_an_event_without_a_zone_has_that_of_its_venue_or_else_of_the_operator(database: Database) -> None:
    hall, tent = a_venue(timezone=AUCKLAND), a_venue()
    for venue in (hall, tent):
        await database.venues.add(venue)
    await add(
        database,
        an_event(name="Own", starts_at=NOON, venue_id=hall.id, timezone="Pacific/Pago_Pago"),
        an_event(name="Venue's", starts_at=NOON, venue_id=hall.id),
        an_event(name="Operator's at a venue", starts_at=NOON, venue_id=tent.id),
        an_event(name="Operator's", starts_at=NOON),
    )

    async def on(day: int, timezone: str) -> list[str]:
        return await found(database, EventSearch(day=date(2027, 6, day), timezone=timezone))

    assert await on(10, "UTC") == ["Own", "Operator's at a venue", "Operator's"]
    assert await on(11, "UTC") == ["Venue's"]
    assert await on(10, "Pacific/Kiritimati") == ["Own"]
    assert await on(11, "Pacific/Kiritimati") == ["Venue's", "Operator's at a venue", "Operator's"]


async def test_a_changed_zone_of_a_venue_moves_the_days_of_its_events(database: Database) -> None:
    venue = a_venue()
    await database.venues.add(venue)
    await add(database, an_event(starts_at=NOON, venue_id=venue.id))
    assert await days_of(database, date(2027, 6, 9), 4) == [date(2027, 6, 10)]

    assert await database.venues.save(replace(venue, timezone=AUCKLAND))

    assert await days_of(database, date(2027, 6, 9), 4) == [date(2027, 6, 11)]


async def test_a_changed_zone_of_an_event_moves_its_days(database: Database) -> None:
    event = an_event(starts_at=NOON, timezone=AUCKLAND)
    await add(database, event)
    assert await days_of(database, date(2027, 6, 9), 4) == [date(2027, 6, 11)]

    await database.events.save(replace(event, timezone=None))

    assert await days_of(database, date(2027, 6, 9), 4) == [date(2027, 6, 10)]


async def test_zones_are_kept_as_they_were_written(database: Database) -> None:
    venue, event = a_venue(timezone="Asia/Calcutta"), an_event(timezone="US/Eastern")
    await database.venues.add(venue)
    await add(database, event, replace(an_event(), venue_id=venue.id))

    own, venues = await database.events.find(EventSearch(), None, 10)

    assert (own.event.timezone, own.timezone) == ("US/Eastern", "US/Eastern")
    assert (venues.event.timezone, venues.timezone) == (None, "Asia/Calcutta")
    assert await database.venues.get(venue.id) == venue


async def test_days_can_begin_and_end_a_search(database: Database) -> None:
    late, early = local("2027-06-10T23:30", NEW_YORK), local("2027-06-11T00:30", NEW_YORK)
    await add(
        database,
        an_event(name="Late", starts_at=late, timezone=NEW_YORK),
        an_event(name="Early", starts_at=early, timezone=NEW_YORK),
    )

    assert await found(database, EventSearch(starts_after=date(2027, 6, 11))) == ["Early"]
    assert await found(database, EventSearch(starts_before=date(2027, 6, 11))) == ["Late"]
    assert await found(database, EventSearch(starts_after=date(2027, 6, 10))) == ["Late", "Early"]
    assert await found(database, EventSearch(starts_before=date(2027, 6, 12))) == ["Late", "Early"]


@pytest.mark.parametrize("day", [date.min, date.max])
async def test_there_is_a_first_and_a_last_day(database: Database, day: date) -> None:
    await add(database, an_event(starts_at=NOON))

    assert await found(database, EventSearch(day=day)) == []
    assert len(await found(database, EventSearch(starts_after=day))) == (day == date.min)
    assert len(await found(database, EventSearch(starts_before=day))) == (day == date.max)


# What is over


async def test_what_is_over_is_left_out(database: Database) -> None:
    await add(
        database,
        an_event(name="Years", starts_at=NOON - 900 * DAY, ends_at=NOON + HOUR),
        an_event(name="Just over", starts_at=NOON - 2 * HOUR, ends_at=NOON),
        an_event(name="Running", starts_at=NOON - 2 * HOUR, ends_at=NOON + timedelta(seconds=1)),
        an_event(name="No end, yesterday", starts_at=NOON - 13 * HOUR),
        an_event(name="No end, today", starts_at=NOON - 11 * HOUR),
        an_event(name="No end, today over there", starts_at=NOON - 13 * HOUR, timezone="Europe/London"),
        an_event(name="Long over", starts_at=NOON - 900 * DAY, ends_at=NOON - HOUR),
        an_event(name="Coming", starts_at=NOON + HOUR),
        an_event(name="Called off", starts_at=NOON + 2 * HOUR, status=EventStatus.CANCELLED),
    )

    listed = await found(database, EventSearch(not_over_at=NOON))

    over = await found(database, EventSearch(over_at=NOON, sort=EventSort.STARTS_LAST))

    assert listed == ["Years", "No end, today over there", "No end, today", "Running", "Coming", "Called off"]
    assert over == ["Just over", "No end, yesterday", "Long over"]


async def test_days_and_what_is_over_can_be_asked_for_together(database: Database) -> None:
    today = NOON.date()
    await add(
        database,
        an_event(name="Morning", starts_at=NOON - 3 * HOUR, ends_at=NOON - HOUR),
        an_event(name="Week", starts_at=NOON - 4 * DAY, ends_at=NOON + 3 * DAY),
        an_event(name="Evening", starts_at=NOON + 6 * HOUR),
        an_event(name="Tomorrow", starts_at=NOON + DAY),
    )

    assert await found(database, EventSearch(day=today)) == ["Week", "Morning", "Evening"]
    assert await found(database, EventSearch(day=today, not_over_at=NOON)) == ["Week", "Evening"]


@pytest.mark.parametrize("sort", EventSort)
@pytest.mark.parametrize("limit", [1, 3])
async def test_pages_show_each_event_that_is_not_over_once(database: Database, sort: EventSort, limit: int) -> None:
    # Many last for days and overlap, many start at the same moment, every third is over.
    events = [
        an_event(
            name=f"Event {number % 5}",
            starts_at=NOON + (number % 7 - 5) * DAY,
            ends_at=NOON + (number % 7 - 5) * DAY + (1 + number % 4 * 2) * DAY if number % 3 else None,
        )
        for number in range(24)
    ]
    await add(database, *events)
    search = EventSearch(not_over_at=NOON, sort=sort)

    walked: list[str] = []
    page = await database.events.find(search, None, limit)
    while page:
        walked += [each.event.id for each in page]
        page = await database.events.find(search, cursor_behind(page[-1], sort), limit)

    alive = {each.id for each in events if (each.ends_at or each.starts_at + 12 * HOUR) > NOON}
    assert len(walked) == len(set(walked))
    assert set(walked) == alive
    assert walked == [each.event.id for each in await database.events.find(search, None, 100)]


async def test_a_list_goes_on_while_time_passes(database: Database) -> None:
    running, coming, later = (
        an_event(name="Running", starts_at=NOON - HOUR, ends_at=NOON + HOUR),
        an_event(name="Coming", starts_at=NOON + HOUR, ends_at=NOON + 90 * HOUR),
        an_event(name="Later", starts_at=NOON + 100 * HOUR),
    )
    await add(database, running, coming, later)
    [first] = await database.events.find(EventSearch(not_over_at=NOON), None, 1)
    cursor = cursor_behind(first, EventSort.STARTS)

    rest = await database.events.find(EventSearch(not_over_at=NOON + 80 * HOUR), cursor, 5)

    assert (first.event.name, [each.event.name for each in rest]) == ("Running", ["Coming", "Later"])


# Any zone, any day

ZONES = [
    "UTC",
    BERLIN,
    NEW_YORK,
    AUCKLAND,
    "CET",  # an abbreviation, too
    "Asia/Kathmandu",  # three quarters of an hour
    "Australia/Lord_Howe",  # moves its clocks by half an hour
    "America/Santiago",  # moves its clocks at midnight
    "America/Nuuk",
    "Pacific/Kiritimati",  # the first to see a day
    "Etc/GMT+12",  # the last
]
zones = st.sampled_from(ZONES)
# Around the days on which clocks change somewhere.
moments = st.sampled_from(["2027-03-14", "2027-03-28", "2027-04-04", "2027-09-05", "2027-10-31", "2027-11-07"]).flatmap(
    lambda day: st.integers(-48 * 60, 48 * 60).map(
        lambda minutes: datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(minutes=minutes)
    )
)
durations = st.none() | st.integers(1, 6 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes))
descriptions = st.tuples(moments, durations, st.none() | zones, st.none() | zones)


def dates_of(event: Event, zone: ZoneInfo) -> set[date]:
    """What the calendar on the wall shows during an event, looked at every quarter of an hour."""
    last = event.ends_at - timedelta(seconds=1) if event.ends_at else event.starts_at
    looks = (last - event.starts_at) // timedelta(minutes=15)
    moments_seen = [event.starts_at + number * timedelta(minutes=15) for number in range(looks + 1)]
    return {moment.astimezone(zone).date() for moment in [*moments_seen, last]}


def is_over(event: Event, zone: ZoneInfo, now: datetime) -> bool:
    return event.ends_at <= now if event.ends_at else max(dates_of(event, zone)) < now.astimezone(zone).date()


async def described(
    database: Database,
    organization: OrganizationId,
    description: tuple[datetime, timedelta | None, str | None, str | None],
) -> tuple[Event, Venue]:
    start, duration, own, of_venue = description
    venue = a_venue(timezone=of_venue)
    await database.venues.add(venue)
    event = an_event(
        starts_at=start,
        ends_at=start + duration if duration else None,
        timezone=own,
        venue_id=venue.id,
        organization_id=organization,
    )
    await add(database, event)
    return event, venue


@given(st.lists(descriptions, min_size=1, max_size=3), zones, moments)
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
async def test_days_are_those_of_the_calendar_on_the_wall(
    database: Database,
    events: list[tuple[datetime, timedelta | None, str | None, str | None]],
    operators: str,
    now: datetime,
) -> None:
    organization = an_organization(f"Playhouse {an_event().id}")
    await database.organizations.add(organization)
    made = [await described(database, organization.id, each) for each in events]
    placed = [(event, ZoneInfo(event.timezone or venue.timezone or operators)) for event, venue in made]
    ours = EventSearch(organization_id=organization.id, timezone=operators)

    async def ids(search: EventSearch) -> set[str]:
        return {each.event.id for each in await database.events.find(search, None, 100)}

    first = min(event.starts_at for event, _ in placed).date()
    for day in (first, first + DAY, now.date()):
        assert await ids(replace(ours, day=day)) == {event.id for event, zone in placed if day in dates_of(event, zone)}
        begun = {event.id for event, zone in placed if min(dates_of(event, zone)) < day}
        assert await ids(replace(ours, starts_before=day)) == begun
        assert await ids(replace(ours, starts_after=day)) == {event.id for event, _ in placed} - begun
    alive = {event.id for event, zone in placed if not is_over(event, zone, now)}
    assert await ids(replace(ours, not_over_at=now)) == alive
