"""Concerts, seats and bookings in lists, whose pages lead to each other, and one by one."""

import re

import httpx
import pytest

from tests.http.answers import assert_problem
from tests.http.office import Office, Person
from tests.http.v1.conftest import programme
from tests.http.v1.programme import EVENTS, NOTHING, Json, Programme
from tests.http.v1.sale import booked, reserved, seats_of, types_of

__all__ = ["programme"]

LINK = re.compile(r'<([^>]+)>; rel="next"')


async def walk(office: Office, path: str, who: Person | None = None) -> list[list[Json]]:
    """All pages from an address on."""
    pages: list[list[Json]] = []
    while path:
        reply = await office.get(path, who)
        assert reply.status_code == 200, reply.text
        pages.append(reply.json())
        link = LINK.fullmatch(reply.headers.get("Link", ""))
        path = link[1] if link else ""
    return pages


def ids(pages: list[list[Json]]) -> list[str]:
    return [item["id"] for page in pages for item in page]


async def searched(programme: Programme, **query: str) -> list[str]:
    concerts = await programme.shown(f"/concerts/search?{httpx.QueryParams(query)}")
    return [concert["name"] for concert in concerts]


# Concerts


async def test_concerts_are_those_that_are_published_by_their_start(programme: Programme) -> None:
    for name, day in (("Second", 2), ("First", 1), ("Third", 3)):
        await programme.event(name=name, starts_at=f"2027-06-0{day}T19:30:00Z")
    draft = await programme.event(name="Draft", status="DRAFT")
    cancelled = await programme.event(name="Cancelled")
    await programme.post(f"{EVENTS}{cancelled['id']}/status/", {"status": "CANCELLED"})

    concerts = await programme.shown("/concerts")

    assert [concert["name"] for concert in concerts] == ["First", "Second", "Third"]
    assert await programme.shown(f"/concerts/id/{concerts[0]['id']}/") == concerts[0]
    for event in (draft, cancelled):
        for who in (None, programme.ora):
            reply = await programme.office.get(f"/concerts/id/{event['id']}", who)
            assert_problem(reply, 404, "EVENT-03")


async def test_pages_of_concerts_lead_to_each_other(programme: Programme, office: Office) -> None:
    made = [await programme.event(name=f"Concert {number}", artist="Ann & Ben <3") for number in range(5)]

    pages = await walk(office, "/concerts?limit=2")
    found = await walk(office, "/concerts/search?artist=ann+%26+ben+%3C3&limit=2")

    assert [len(page) for page in pages] == [2, 2, 1]
    assert ids(pages) == ids(found) == [event["id"] for event in made]
    assert [len(page) for page in await walk(office, "/concerts?limit=5")] == [5]
    assert "Link" not in (await office.get("/concerts")).headers


async def test_available_seats_are_those_that_can_be_had_now(programme: Programme, ann: Person) -> None:
    event = await programme.event()
    await reserved(programme, event, ann, num_tickets=3)

    concert = await programme.shown(f"/concerts/id/{event['id']}")

    assert (concert["total_seats"], concert["available_seats"]) == (50, 47)
    assert (concert["venue"], concert["location"]) == (None, "Main Street 1")


async def test_concerts_can_be_those_with_seats_left(programme: Programme, ann: Person) -> None:
    await programme.event(name="Seats left")
    sold_out = await programme.event(name="Sold out", ticket_types=[{"name": "Standing", "price": "9", "quota": 2}])
    await programme.office.buy(ann, sold_out["id"], 2)

    assert await searched(programme, available="true") == ["Seats left"]
    assert await searched(programme, available="false") == ["Seats left", "Sold out"]


async def test_concerts_are_found_by_all_that_is_asked_for(programme: Programme) -> None:
    mill = await programme.venue(name="Old Mill", city="York")
    pier = await programme.venue(name="The Pier", city="Brighton", address="Beach 1")
    await programme.event(name="One", artist="The Millers", tour_name="Flour Power", venue_id=mill["id"], address="")
    await programme.event(name="Two", artist="The Millers", tour_name="Rye Not", venue_id=pier["id"], address="")

    assert await searched(programme) == ["One", "Two"]
    assert await searched(programme, artist="THE MILLERS") == ["One", "Two"]
    assert await searched(programme, artist="The Millers", venue="the pier") == ["Two"]
    assert await searched(programme, tour_name="Flour Power", location="brighton") == []
    assert await searched(programme, location="UNITED KINGDOM") == ["One", "Two"]
    [concert] = await programme.shown("/concerts/search?tour_name=rye+not")
    assert await searched(programme, location=concert["location"], artist=concert["artist"]) == ["Two"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("2027-06-01", ["First", "Last"]),
        ("2027-06-02", ["Next"]),
        ("2027-06-01T00:00:00Z", ["First"]),
        ("2027-06-01T00:00:00.9Z", ["First"]),
        ("2027-06-01T02:00:00+02:00", ["First"]),
        ("2027-06-01T23:59:59Z", ["Last"]),
        ("2027-06-01T23:59:58Z", []),
        ("0001-01-01", []),
        ("9999-12-31", []),
        ("9999-12-31T23:59:59Z", []),
    ],
)
async def test_a_concert_is_found_by_its_day_or_its_time(programme: Programme, text: str, names: list[str]) -> None:
    for name, start in (
        ("First", "2027-06-01T00:00:00Z"),
        ("Last", "2027-06-01T23:59:59Z"),
        ("Next", "2027-06-02T00:00:00Z"),
    ):
        await programme.event(name=name, starts_at=start)

    assert await searched(programme, concert_datetime=text) == names


@pytest.mark.parametrize(
    "query",
    [
        "concert_datetime=x",
        "concert_datetime=2027-06-01T19:30:00",
        "concert_datetime=2027-13-01",
        "concert_datetime=20270601",
        "concert_datetime=1893524400",
        "concert_datetime=" + "1" * 41,
        "artist=" + "a" * 201,
        "artist=a%00",
        "artist=a&artist=a",
        "title=a",
        "limit=0",
        "limit=101",
        "limit=x",
    ],
)
async def test_what_cannot_be_looked_for_is_refused(office: Office, query: str) -> None:
    assert_problem(await office.get(f"/concerts/search?{query}"), 400, "SYS-17", sent=query)


@pytest.mark.parametrize("path", ["/concerts", "/concerts/search", "/seats"])
async def test_a_cursor_that_is_none_is_refused(office: Office, path: str) -> None:
    for cursor in ("x", "AAAA", "e30=", "%00"):
        reply = await office.get(f"{path}?cursor={cursor}")
        assert reply.status_code == 400
        assert reply.json()["code"] in {"SYS-16", "SYS-17"}


# Seats


async def test_seats_of_all_concerts_are_one_list(programme: Programme, office: Office) -> None:
    first = await programme.seated(name="First", starts_at="2027-06-01T19:30:00Z")
    await programme.event(name="Standing", starts_at="2027-06-02T19:30:00Z")
    last = await programme.seated(name="Last", starts_at="2027-06-03T19:30:00Z")
    await programme.seated(name="Draft", status="DRAFT")
    expected = [seat["id"] for event in (first, last) for seat in await seats_of(programme, event)]

    for limit in (1, 7, 20, 40, 80, 100):
        pages = await walk(office, f"/seats?limit={limit}")

        assert ids(pages) == expected, limit
        assert all(len(page) <= limit for page in pages)


async def test_seats_of_many_concerts_without_any_are_passed_over(programme: Programme, office: Office) -> None:
    for number in range(25):
        await programme.event(name=f"Standing {number}", starts_at="2027-06-01T19:30:00Z")
    last = await programme.seated(starts_at="2027-07-01T19:30:00Z")

    pages = await walk(office, "/seats")

    assert ids(pages) == [seat["id"] for seat in await seats_of(programme, last)]
    assert len(pages) <= 3


@pytest.mark.parametrize("limit", [1, 13, 20, 40, 100])
async def test_seats_of_a_concert_are_a_list_of_their_own(programme: Programme, office: Office, limit: int) -> None:
    one, _ = await programme.seated(), await programme.seated()

    pages = await walk(office, f"/seats?concert_id={one['id']}&limit={limit}")

    assert ids(pages) == [seat["id"] for seat in await seats_of(programme, one)]
    assert all(pages)


async def test_a_list_of_seats_goes_on_where_a_concert_was_called_off(programme: Programme, office: Office) -> None:
    first = await programme.seated(starts_at="2027-06-01T19:30:00Z")
    last = await programme.seated(starts_at="2027-06-03T19:30:00Z")
    begun = await office.get("/seats?limit=10")
    link = LINK.fullmatch(begun.headers["Link"])
    assert link
    await programme.post(f"{EVENTS}{first['id']}/status/", {"status": "CANCELLED"})

    pages = await walk(office, link[1])

    assert ids(pages) == [seat["id"] for seat in await seats_of(programme, last)]


async def test_a_seat_shows_what_became_of_it(programme: Programme, office: Office, ann: Person) -> None:
    event = await programme.seated()
    back, _ = await types_of(programme, event)
    made = await booked(programme, ann, ticket_type_id=back["id"], num_tickets=1)
    held = await reserved(programme, event, ann, ticket_type_id=back["id"], num_tickets=1)
    blocked = (await seats_of(programme, event))[0]
    await programme.post(f"{EVENTS}{event['id']}/seats/block/", {"seats": [blocked["id"]]})

    shown = {
        status: await programme.shown(f"/seats/id/{id_}")
        for status, id_ in {
            "BOOKED": made["tickets"][0]["id"],
            "RESERVED": held["tickets"][0]["id"],
            "BLOCKED": blocked["id"],
        }.items()
    }

    assert {status: seat["status"] for status, seat in shown.items()} == {status: status for status in shown}
    listed = await programme.shown("/seats")
    assert all(seat in listed for seat in shown.values())


async def test_there_are_no_other_seats(programme: Programme, office: Office) -> None:
    standing = await programme.event()
    draft = await programme.seated(status="DRAFT")
    [of_draft, *_] = await seats_of_draft(programme, draft)

    for id_, code in (
        (NOTHING, "EVENT-03"),
        (standing["id"], "EVENT-14"),
        (standing["id"][:-1] + "1", "EVENT-14"),
        (of_draft["id"], "EVENT-03"),
    ):
        assert_problem(await office.get(f"/seats/id/{id_}"), 404, code)
    assert_problem(await office.get(f"/seats?concert_id={draft['id']}"), 404, "EVENT-03")
    assert_problem(await office.get(f"/seats?concert_id={NOTHING}"), 404, "EVENT-03")
    assert_problem(await office.get("/seats?concert_id=x"), 400, "SYS-03")
    assert_problem(await office.get("/seats/id/x"), 400, "SYS-03")


async def seats_of_draft(programme: Programme, draft: Json) -> list[Json]:
    seats: list[Json] = (await programme.shown(f"{EVENTS}{draft['id']}/seats/", programme.ora))["items"]
    return seats


# Bookings


async def test_bookings_are_listed_for_those_who_may_see_them(
    programme: Programme, office: Office, ann: Person, ben: Person
) -> None:
    event = await programme.event()
    [standing] = await types_of(programme, event)
    made = [
        await booked(programme, who, ticket_type_id=standing["id"], num_tickets=1) for who in (ann, ben, ann, ann, ben)
    ]
    newest_first = [booking["id"] for booking in reversed(made)]

    for who in (programme.ora, programme.admin):
        pages = await walk(office, "/bookings?limit=2", who)
        assert (ids(pages), [len(page) for page in pages]) == (newest_first, [2, 2, 1])
    assert ids(await walk(office, "/bookings", ann)) == [made[number]["id"] for number in (3, 2, 0)]
    assert ids(await walk(office, "/bookings/", programme.otto)) == []


async def test_a_booking_tells_its_owner_more_than_the_counter_does(programme: Programme, ann: Person) -> None:
    event = await programme.event()
    [standing] = await types_of(programme, event)
    made = await booked(programme, ann, ticket_type_id=standing["id"], num_tickets=2)

    booking = await programme.shown(f"/bookings/{made['id']}", ann)

    assert booking == {
        "id": made["id"],
        "event_id": event["id"],
        "user_id": ann.id,
        "ticket_count": 2,
        "status": "active",
        "created_at": made["booked_at"][:19],
        "updated_at": made["booked_at"][:19],
        "ticket_ids": [ticket["id"] for ticket in made["tickets"]],
        "total_price": "59.80",
        "currency": "EUR",
    }
    assert await programme.shown("/bookings", ann) == [booking]


async def test_a_login_and_a_key_lead_to_different_bookings_at_the_same_address(
    programme: Programme, office: Office, ann: Person
) -> None:
    _, text = await office.services.api_keys.create("Agency")
    agency = {"X-API-Key": text}
    event = await programme.event()
    [standing] = await types_of(programme, event)
    anns = await booked(programme, ann, ticket_type_id=standing["id"], num_tickets=1)
    request = {"user_id": "user123", "ticket_count": 1}
    guests = (await office.post(f"/events/{event['id']}/bookings", request, headers=agency)).json()

    assert_problem(await office.get(f"/bookings/{anns['id']}", headers=agency), 404, "TICKET-08")
    assert_problem(await office.get(f"/bookings/{guests['id']}", ann), 404, "TICKET-08")
    assert_problem(await office.get(f"/bookings/{guests['id']}"), 401, "USER-17")
    assert_problem(await office.get(f"/bookings/{guests['id']}", headers={"Authorization": "Basic x"}), 401, "USER-06")
    assert (await programme.shown(f"/bookings/{guests['id']}", programme.ora))["user_id"] != "user123"
    assert (await office.get(f"/bookings/{guests['id']}", headers=agency)).json() == guests
