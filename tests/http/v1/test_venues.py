"""Venues in the resource API: what may be said of them, by whom, and how large they get."""

import asyncio
import json

import pytest

from tests.http.answers import assert_problem
from tests.http.office import Person
from tests.http.v1.programme import (
    ANY,
    CIRCLE,
    NOTHING,
    ORGANIZATIONS,
    STALLS,
    VENUES,
    Json,
    Programme,
    address_of,
    key,
)

PLACE = {"name": "Old Mill", "address": "Mill Lane 1", "city": "York", "country": "United Kingdom", "capacity": 100}


def stadium() -> list[Json]:
    """A bowl of 90,000 seats: thirty sections of sixty rows."""
    return [{"section": f"Block {number}", "rows": 60, "seats_per_row": 50} for number in range(1, 31)]


async def test_lettered_and_numbered_rows_share_a_section(programme: Programme) -> None:
    layout = [STALLS, {**STALLS, "row_style": "numbers"}]
    type_ = {"name": "All", "price": "10", "sections": ["Stalls"]}
    event = await programme.event(venue_id=(await programme.venue(layout=layout))["id"], ticket_types=[type_])

    seats = await programme.shown(f"{address_of(event)}seats/?limit=100")
    [lettered, numbered] = [await programme.shown(f"{address_of(event)}seats/?row={row}") for row in ("A", "1")]

    assert len({(seat["row"], seat["number"]) for seat in seats["items"]}) == 40
    assert [len(page["items"]) for page in (lettered, numbered)] == [5, 5]


async def test_an_organizer_adds_a_venue_which_everybody_sees(programme: Programme, ann: Person) -> None:
    request = {**PLACE, "organization_id": programme.organization, "latitude": 53.959, "longitude": -1.082}
    reply = await programme.post(VENUES, {**request, "layout": [STALLS, CIRCLE]})

    venue = reply.json()
    assert reply.status_code == 201
    assert reply.headers["Location"] == f"{VENUES}{venue['id']}/"
    assert {name: venue[name] for name in request} == request
    assert venue["seats"] == 40
    assert venue["layout"] == [{**STALLS, "first_row": 1, "first_seat": 1}, {**CIRCLE, "row_style": "numbers"}]
    for who in (None, ann, programme.otto):
        shown = await programme.office.get(reply.headers["Location"], who)
        assert (shown.json(), shown.headers["ETag"]) == (venue, reply.headers["ETag"])


async def test_a_venue_may_have_no_seats_and_its_capacity_may_be_larger_than_its_seats(programme: Programme) -> None:
    hall = await programme.venue(layout=[], capacity=3000)
    club = await programme.venue(layout=[STALLS], capacity=20)

    assert (hall["seats"], hall["layout"], hall["latitude"], hall["longitude"]) == (0, [], None, None)
    assert (club["seats"], club["capacity"]) == (20, 20)


async def test_a_stadium_of_ninety_thousand_seats_is_a_few_lines(programme: Programme) -> None:
    request = {**PLACE, "organization_id": programme.organization, "capacity": 90_000, "layout": stadium()}

    reply = await programme.post(VENUES, request)

    assert reply.status_code == 201
    assert reply.json()["seats"] == 90_000
    assert len(json.dumps(request)) < 2_500
    assert len(reply.content) < 4_000
    event = await programme.event(
        venue_id=reply.json()["id"],
        ticket_types=[{"name": "All", "price": "10", "sections": [block["section"] for block in stadium()]}],
    )
    assert (event["seat_count"], event["available"]) == (90_000, 90_000)


async def test_lists_leave_out_the_layout_and_find_by_words(programme: Programme) -> None:
    await programme.venue(name="Old Mill")
    await programme.venue(name="Town Hall", city="Millau", country="France")
    await programme.venue(name="100% Arena_", city="Leeds")

    async def found(words: str) -> list[str]:
        return [venue["name"] for venue in await programme.walk(VENUES, q=words)]

    assert await found("") == ["Old Mill", "Town Hall", "100% Arena_"]
    assert await found("mill") == ["Old Mill", "Town Hall"]
    assert await found("FRANCE") == ["Town Hall"]
    assert await found("0% a") == await found("_") == ["100% Arena_"]
    assert await found("'; DROP TABLE venues; --") == []
    [first, *_] = (await programme.shown(VENUES))["items"]
    assert "layout" not in first
    assert first["seats"] == 40


async def test_pages_of_venues_follow_each_other(programme: Programme) -> None:
    made = [(await programme.venue(name=f"Hall {number}"))["id"] for number in range(7)]

    assert [venue["id"] for venue in await programme.walk(VENUES, limit=3)] == made
    first = await programme.shown(f"{VENUES}?limit=3")
    assert_problem(await programme.office.get(f"{VENUES}?q=x&cursor={first['next_cursor']}"), 400, "SYS-16")


async def test_only_members_of_its_organization_and_admins_change_a_venue(programme: Programme, ann: Person) -> None:
    venue = await programme.venue()
    address = f"{VENUES}{venue['id']}/"

    assert_problem(await programme.office.http.patch(address, json={}, headers=ANY), 401, "USER-06")
    assert_problem(await programme.patch(address, {}, ann), 403, "USER-01")
    assert_problem(await programme.patch(address, {"name": "Mine"}, programme.otto), 403, "USER-12")
    assert (await programme.shown(address)) == venue
    for who, name in ((programme.ora, "New Mill"), (programme.admin, "Newer Mill")):
        assert (await programme.patch(address, {"name": name}, who)).json() == {**venue, "name": name}


async def test_a_venue_is_added_for_an_organization_of_ones_own(programme: Programme) -> None:
    theirs = {**PLACE, "organization_id": programme.organization}

    assert_problem(await programme.post(VENUES, theirs, programme.otto), 403, "USER-12")
    assert_problem(await programme.post(VENUES, PLACE, programme.ora), 403, "USER-12")
    for who in (programme.ora, programme.admin):
        assert_problem(await programme.post(VENUES, {**PLACE, "organization_id": NOTHING}, who), 404, "EVENT-10")
    assert (await programme.post(VENUES, theirs, programme.admin)).status_code == 201
    nobodys = await programme.post(VENUES, PLACE, programme.admin)
    assert (nobodys.status_code, nobodys.json()["organization_id"]) == (201, None)
    assert_problem(await programme.patch(nobodys.headers["Location"], {"name": "Mine"}), 403, "USER-12")


async def test_a_change_names_the_version_that_it_is_based_on(programme: Programme) -> None:
    venue = await programme.venue()
    address = f"{VENUES}{venue['id']}/"
    tag = (await programme.office.get(address)).headers["ETag"]

    changed = await programme.patch(address, {"capacity": 2000}, headers={"If-Match": tag})

    assert (changed.status_code, changed.json()) == (200, {**venue, "capacity": 2000})
    assert changed.headers["ETag"] not in {tag, None}
    assert_problem(await programme.patch(address, {"capacity": 3000}, headers={"If-Match": tag}), 412, "SYS-14")
    assert_problem(await programme.patch(address, {"capacity": 3000}, headers={}), 428, "SYS-15")
    assert (await programme.shown(address))["capacity"] == 2000
    now = {"If-None-Match": changed.headers["ETag"]}
    assert (await programme.office.get(address, headers=now)).status_code == 304
    assert (await programme.office.get(address, headers={"If-None-Match": tag})).status_code == 200


async def test_of_changes_that_are_based_on_one_version_one_is_made(programme: Programme) -> None:
    venue = await programme.venue()
    address = f"{VENUES}{venue['id']}/"
    tag = (await programme.office.get(address)).headers["ETag"]

    replies = await asyncio.gather(
        *(programme.patch(address, {"capacity": 1000 + n}, headers={"If-Match": tag}) for n in range(1, 9))
    )

    assert sorted(reply.status_code for reply in replies) == [200] + [412] * 7


async def test_a_change_leaves_what_it_does_not_name(programme: Programme) -> None:
    venue = await programme.venue(latitude=53.959, longitude=-1.082)
    address = f"{VENUES}{venue['id']}/"

    assert (await programme.patch(address, {})).json() == venue
    moved = (await programme.patch(address, {"longitude": 2.5})).json()
    assert moved == {**venue, "longitude": 2.5}
    nowhere = (await programme.patch(address, {"latitude": None, "longitude": None})).json()
    assert nowhere == {**venue, "latitude": None, "longitude": None}
    assert_problem(await programme.patch(address, {"latitude": 1}), 400, "EVENT-07")
    empty = (await programme.patch(address, {"layout": []})).json()
    assert (empty["seats"], empty["layout"]) == (0, [])


async def test_events_keep_the_seats_that_they_were_made_with(programme: Programme) -> None:
    event = await programme.seated()
    seats = f"/api/v1/events/{event['id']}/seats/layout/"
    before = await programme.shown(seats)

    reply = await programme.patch(f"{VENUES}{event['venue']['id']}/", {"layout": [], "capacity": 1})

    assert reply.status_code == 200
    assert await programme.shown(seats) == before


BAD = {
    "no name": {"name": " "},
    "a long name": {"name": "x" * 201},
    "a name in two lines": {"name": "Old\nMill"},
    "no address": {"address": ""},
    "no city": {"city": ""},
    "a long country": {"country": "x" * 101},
    "a hidden turn": {"city": "York\u202e"},
    "no capacity": {"capacity": 0},
    "too large": {"capacity": 10_000_001},
    "far too large": {"capacity": 2**64},
    "more seats than capacity": {"capacity": 39, "layout": [STALLS, CIRCLE]},
    "half a place": {"latitude": 1.0},
    "a zone that is none": {"timezone": "Berlin"},
    "off the globe": {"latitude": 91, "longitude": 0},
    "too many blocks": {"layout": [{"section": str(n), "rows": 1, "seats_per_row": 1} for n in range(501)]},
    "no rows": {"layout": [{**STALLS, "rows": 0}]},
    "too many rows": {"layout": [{**STALLS, "rows": 1001}]},
    "no seats": {"layout": [{**STALLS, "seats_per_row": 0}]},
    "too many seats": {"layout": [{**STALLS, "seats_per_row": 1001}]},
    "rows before the first": {"layout": [{**STALLS, "first_row": 0}]},
    "seats before the first": {"layout": [{**STALLS, "first_seat": -1}]},
    "no section": {"layout": [{**STALLS, "section": ""}]},
    "a long section": {"layout": [{**STALLS, "section": "x" * 51}]},
    "seats twice": {"layout": [STALLS, {**STALLS, "first_row": 4}]},
}


@pytest.mark.parametrize("fault", BAD.values(), ids=BAD)
async def test_a_venue_that_cannot_be_is_refused(programme: Programme, fault: Json) -> None:
    venue = {**PLACE, "capacity": 1000, "organization_id": programme.organization, **fault}

    assert_problem(await programme.post(VENUES, venue), 400, "EVENT-07", sent=json.dumps(fault))
    assert (await programme.shown(VENUES))["items"] == []


async def test_unknown_fields_and_parameters_are_refused_by_name(programme: Programme) -> None:
    venue = {**PLACE, "organization_id": programme.organization}

    for body in ({**venue, "color": "red"}, {**venue, "layout": [{**STALLS, "color": "red"}]}):
        reply = await programme.post(VENUES, body)
        assert_problem(reply, 400, "SYS-01")
        assert "`color`" in reply.json()["detail"]
    reply = await programme.office.get(f"{VENUES}?color=red")
    assert_problem(reply, 400, "SYS-17")
    assert "`color`" in reply.json()["detail"]
    made = await programme.made(VENUES, venue)
    assert_problem(await programme.patch(f"{VENUES}{made['id']}/", {"organization_id": None}), 400, "SYS-01")
    assert_problem(await programme.office.get(f"{VENUES}x/"), 400, "SYS-03")
    assert_problem(await programme.office.get(f"{VENUES}{NOTHING}/"), 404, "EVENT-08")
    assert_problem(await programme.patch(f"{VENUES}{NOTHING}/", {}), 404, "EVENT-08")


async def test_markup_is_text(programme: Programme) -> None:
    name = '<script>alert(1)</script> & "Mill" \' \\ %s {}'

    venue = await programme.venue(name=name, layout=[{**STALLS, "section": "<b>"}])

    assert (venue["name"], venue["layout"][0]["section"]) == (name, "<b>")


async def test_a_repeated_request_is_answered_with_what_the_first_one_made(programme: Programme) -> None:
    venue = {**PLACE, "organization_id": programme.organization}

    first = await programme.post(VENUES, venue, headers=key("k"))
    again = await programme.post(VENUES, venue, headers=key("k"))
    of_another = await programme.post(VENUES, venue, programme.admin, key("k"))

    assert (again.status_code, again.json(), again.headers["Location"]) == (
        201,
        first.json(),
        first.headers["Location"],
    )
    assert_problem(await programme.post(VENUES, {**venue, "name": "Other"}, headers=key("k")), 422, "SYS-12")
    assert of_another.json()["id"] != first.json()["id"]
    assert len((await programme.shown(VENUES))["items"]) == 2


async def test_a_venue_of_another_organization_may_be_used(programme: Programme) -> None:
    venue = await programme.venue()
    reply = await programme.post(ORGANIZATIONS, {"name": "Others"}, programme.otto)

    event = await programme.made(
        "/api/v1/events/",
        programme.request(organization_id=reply.json()["id"], venue_id=venue["id"]),
        programme.otto,
    )

    assert event["venue"]["id"] == venue["id"]
