"""Time zones of venues and events, days by the clock on the wall, and what a list shows first."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.http.answers import assert_problem
from tests.http.office import open_office
from tests.http.v1.programme import EVENTS, VENUES, Json, Programme, address_of, open_programme

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NEW_YEARS_PARTY = {"starts_at": "2028-01-01T00:30:00+01:00", "ends_at": "2028-01-01T04:00:00+01:00"}


def in_(wait: timedelta) -> str:
    return (datetime.now(UTC) + wait).isoformat()


async def names(programme: Programme, path: str) -> list[str]:
    listed = await programme.shown(path)
    return [each["name"] for each in (listed["items"] if path.startswith(EVENTS) else listed)]


async def patched(programme: Programme, path: str, **changes: object) -> Json:
    reply = await programme.patch(path, changes)
    assert reply.status_code == 200, reply.text
    changed: Json = reply.json()
    return changed


async def test_an_event_shows_the_zone_whose_clock_counts(programme: Programme) -> None:
    hall = await programme.venue(timezone="Asia/Calcutta")
    own = await programme.event(venue_id=hall["id"], timezone="Europe/Berlin")
    venues = await programme.event(venue_id=hall["id"])
    operators = await programme.event()

    shown = [(await programme.shown(address_of(event)))["timezone"] for event in (own, venues, operators)]

    assert shown == ["Europe/Berlin", "Asia/Calcutta", "UTC"]
    assert [event["timezone"] for event in (await programme.shown(EVENTS))["items"]] == shown


async def test_the_operator_says_whose_zone_counts_where_there_is_none(database_url: str, redis_url: str) -> None:
    async with open_office(database_url, redis_url, timezone="Pacific/Auckland") as office:
        programme = await open_programme(office)
        event = await programme.event(starts_at="2027-06-01T12:00:00Z")

        assert event["timezone"] == "Pacific/Auckland"
        assert await programme.found({"date": "2027-06-02"}) == ["Concert"]
        assert await programme.found({"date": "2027-06-01"}) == []


async def test_the_zone_of_an_event_can_be_changed_and_taken_away(programme: Programme) -> None:
    hall = await programme.venue(timezone="Asia/Tokyo")
    event = await programme.event(venue_id=hall["id"])

    assert (await patched(programme, address_of(event), timezone="Europe/Paris"))["timezone"] == "Europe/Paris"
    assert (await patched(programme, address_of(event), name="Gig"))["timezone"] == "Europe/Paris"
    assert (await patched(programme, address_of(event), timezone=None))["timezone"] == "Asia/Tokyo"


async def test_the_zone_of_a_venue_can_be_changed_and_taken_away(programme: Programme) -> None:
    hall = await programme.venue(timezone="Asia/Tokyo")
    path = f"{VENUES}{hall['id']}/"
    event = await programme.event(venue_id=hall["id"])
    tag = (await programme.office.get(address_of(event))).headers["ETag"]

    assert (await patched(programme, path, timezone="Asia/Seoul"))["timezone"] == "Asia/Seoul"
    assert (await patched(programme, path, name="Hall"))["timezone"] == "Asia/Seoul"
    shown = await programme.office.get(address_of(event), headers={"If-None-Match": tag})
    assert (shown.status_code, shown.json()["timezone"]) == (200, "Asia/Seoul")
    assert (await patched(programme, path, timezone=None))["timezone"] is None
    assert [venue["timezone"] for venue in (await programme.shown(VENUES))["items"]] == [None]


@pytest.mark.parametrize(
    "zone",
    ["", " ", "Berlin", "europe/berlin", "Europe/Berlin ", "+01:00", "../UTC", "Europe", "localtime", "a" * 5000],
)
async def test_a_zone_that_there_is_not_is_refused(programme: Programme, zone: str) -> None:
    event, hall = await programme.event(), await programme.venue()

    for reply, code in (
        (await programme.post(EVENTS, programme.request(timezone=zone)), "EVENT-04"),
        (await programme.patch(address_of(event), {"timezone": zone}), "EVENT-04"),
        (await programme.patch(f"{VENUES}{hall['id']}/", {"timezone": zone}), "EVENT-07"),
    ):
        assert_problem(reply, 400, code)
        assert "such as Europe/Berlin" in reply.json()["detail"]


async def test_an_event_is_found_on_the_day_that_its_poster_says(programme: Programme) -> None:
    hall = await programme.venue(timezone="Europe/Berlin")
    await programme.event(name="Own zone", timezone="Europe/Berlin", **NEW_YEARS_PARTY)
    await programme.event(name="Zone of the venue", venue_id=hall["id"], **NEW_YEARS_PARTY)
    both = ["Own zone", "Zone of the venue"]

    assert await programme.found({"date": "2028-01-01"}) == both
    assert await programme.found({"date": "2027-12-31"}) == []
    assert await programme.found({"starts_after": "2028-01-01"}) == both
    assert await programme.found({"starts_before": "2028-01-01"}) == []
    assert await programme.found({"starts_after": "2028-01-01T00:00:00Z"}) == []
    assert await names(programme, "/concerts/search?concert_datetime=2028-01-01") == both
    assert await names(programme, "/concerts/search?concert_datetime=2027-12-31") == []

    await patched(programme, f"{VENUES}{hall['id']}/", timezone=None)

    assert await programme.found({"date": "2027-12-31"}) == ["Zone of the venue"]


async def test_a_festival_is_found_on_each_of_its_days(programme: Programme) -> None:
    await programme.event(
        name="Festival",
        starts_at="2027-06-04T18:00:00-04:00",
        ends_at="2027-06-06T23:30:00-04:00",
        timezone="America/New_York",
    )

    found = [day for day in range(1, 10) if await programme.found({"date": f"2027-06-0{day}"})]

    assert found == [4, 5, 6]


@pytest.fixture
async def week(programme: Programme) -> Programme:
    """With events of which some are over."""
    for name, start, end in (
        ("Past", -3 * DAY, -2 * DAY),
        ("Running", -3 * DAY, DAY),
        ("Coming", 5 * DAY, 6 * DAY),
    ):
        await programme.event(name=name, starts_at=in_(start), ends_at=in_(end), sales_end=in_(end))
    return programme


async def test_lists_begin_with_what_runs_or_is_still_to_come(week: Programme) -> None:
    for path in (EVENTS, "/concerts", "/concerts/search"):
        assert await names(week, path) == ["Running", "Coming"]
        assert await names(week, f"{path}?past=false") == ["Running", "Coming"]
        assert await names(week, f"{path}?past=true") == ["Past", "Running", "Coming"]
        assert_problem(await week.office.get(f"{path}?past=1"), 400, "SYS-17")
    first = (await week.shown("/event/"))["events"][0]
    assert first["name"] == "Past"


async def test_who_asks_for_a_day_or_a_time_finds_what_is_over(week: Programme) -> None:
    day = in_(-2.5 * DAY)[:10]

    for query in (f"date={day}", "starts_after=2020-01-01", "starts_before=2100-01-01"):
        assert "Past" in await names(week, f"{EVENTS}?{query}")
        assert "Past" not in await names(week, f"{EVENTS}?{query}&past=false")
    assert "Past" in await names(week, f"/concerts/search?concert_datetime={day}")


async def test_what_was_completed_is_found_by_that(week: Programme) -> None:
    [past] = [event for event in (await week.shown(f"{EVENTS}?past=true"))["items"] if event["name"] == "Past"]
    await week.post(f"{address_of(past)}status/", {"status": "COMPLETED"})

    assert await names(week, f"{EVENTS}?status=COMPLETED") == ["Past"]
    assert await names(week, EVENTS) == ["Running", "Coming"]


async def test_pages_of_what_is_not_over_follow_each_other(week: Programme) -> None:
    for number in range(5):
        await week.event(name=f"Next {number}", starts_at=in_(10 * DAY))

    walked = [event["name"] for event in await week.walk(EVENTS, limit=2)]

    assert walked == ["Running", "Coming", *(f"Next {number}" for number in range(5))]


async def test_seats_of_concerts_that_are_over_are_not_listed_with_all(programme: Programme) -> None:
    past = await programme.seated(
        starts_at=in_(-3 * DAY), ends_at=in_(-2 * DAY), sales_end=in_(-2 * DAY), cancellable_until=in_(-2 * DAY)
    )

    assert await programme.shown("/seats") == []
    assert len(await programme.shown(f"/seats?concert_id={past['id']}")) == 40
