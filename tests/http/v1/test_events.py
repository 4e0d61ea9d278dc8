"""Events in the resource API: putting them on, who sees and who changes them, and finding them."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest

from booked.domain.model.people.users import Role
from tests.http.answers import assert_problem
from tests.http.office import Person
from tests.http.v1.bad_events import BAD, STATUSES
from tests.http.v1.programme import (
    ANY,
    EVENTS,
    NOTHING,
    ORGANIZATIONS,
    STANDING,
    Json,
    Programme,
    address_of,
    key,
    set_status,
)

FIELDS = {
    "id",
    "name",
    "description",
    "status",
    "category",
    "venue",
    "organization",
    "address",
    "artist",
    "tour_name",
    "starts_at",
    "ends_at",
    "sales_start",
    "sales_end",
    "cancellable_until",
    "cancellation",
    "seat_count",
    "sold",
    "available",
    "price_from",
    "price_to",
    "currency",
    "max_tickets_per_user",
    "timezone",
    "created_at",
}


# Putting them on.


async def test_an_organizer_puts_on_an_event_with_all_there_is_to_say(programme: Programme) -> None:
    venue, category = await programme.venue(), await programme.category()
    request = programme.request(
        name=" The Millers live ",
        description="Doors open\nat seven.",
        venue_id=venue["id"],
        category_id=category["id"],
        ends_at="2027-06-02T00:30:00+02:00",
        sales_start="2026-01-01T00:00:00Z",
        sales_end="2027-06-01T12:00:00Z",
        cancellable_until="2027-05-01T00:00:00Z",
        artist="The Millers",
        tour_name="Flour Power",
        max_tickets_per_user=8,
        currency="GBP",
        timezone="Europe/London",
        ticket_types=[STANDING, {"name": "Front", "price": "49.9", "sections": ["Stalls"]}],
    )

    reply = await programme.post(EVENTS, request)

    event = reply.json()
    assert reply.status_code == 201, reply.text
    assert reply.headers["Location"] == address_of(event)
    assert set(event) == FIELDS
    assert abs(datetime.fromisoformat(event.pop("created_at")) - datetime.now(UTC)) < timedelta(minutes=1)
    assert event == {
        "id": event["id"],
        "name": "The Millers live",
        "description": "Doors open\nat seven.",
        "status": "PUBLISHED",
        "category": category,
        "venue": {"id": venue["id"], "name": "Old Mill", "city": "York", "country": "United Kingdom", "capacity": 1000},
        "organization": {"id": programme.organization, "name": "Playhouse"},
        "address": "Main Street 1",
        "artist": "The Millers",
        "tour_name": "Flour Power",
        "starts_at": "2027-06-01T19:30:00Z",
        "ends_at": "2027-06-01T22:30:00Z",
        "sales_start": "2026-01-01T00:00:00Z",
        "sales_end": "2027-06-01T12:00:00Z",
        "cancellable_until": "2027-05-01T00:00:00Z",
        "cancellation": {"allowed": True, "until": "2027-05-01T00:00:00Z", "fee": "0.00"},
        "seat_count": 70,
        "sold": 0,
        "available": 70,
        "price_from": "29.90",
        "price_to": "49.90",
        "currency": "GBP",
        "max_tickets_per_user": 8,
        "timezone": "Europe/London",
    }


async def test_most_of_it_may_be_left_out(programme: Programme) -> None:
    request = programme.request()
    del request["status"]

    event = await programme.made(EVENTS, request)

    assert (event["status"], event["currency"], event["max_tickets_per_user"]) == ("DRAFT", "EUR", None)
    assert (event["venue"], event["category"], event["ends_at"], event["artist"]) == (None, None, None, "")
    assert (event["sales_start"], event["sales_end"]) == (None, event["starts_at"])
    assert (event["seat_count"], event["available"]) == (50, 0)


async def test_the_address_may_be_left_to_the_venue(programme: Programme) -> None:
    venue = await programme.venue()

    event = await programme.event(address="", venue_id=venue["id"])

    assert event["address"] == "Old Mill, Mill Lane 1, York"


async def test_events_are_put_on_for_an_organization_of_ones_own(programme: Programme, ann: Person) -> None:
    request = programme.request()

    assert_problem(await programme.office.post(EVENTS, request), 401, "USER-06")
    assert_problem(await programme.post(EVENTS, request, ann), 403, "USER-01")
    assert_problem(await programme.post(EVENTS, request, programme.otto), 403, "USER-12")
    for who in (programme.ora, programme.admin):
        unknown = await programme.post(EVENTS, {**request, "organization_id": NOTHING}, who)
        assert_problem(unknown, 404, "EVENT-10")
    assert await programme.found() == []
    assert (await programme.post(EVENTS, request, programme.admin)).status_code == 201


async def test_a_token_that_says_organizer_is_not_believed(programme: Programme) -> None:
    await programme.office.http.patch(
        f"/api/v1/users/{programme.ora.id}/", json={"role": "user"}, headers=programme.admin.bearer
    )

    reply = await programme.post(EVENTS, programme.request())

    assert_problem(reply, 401, "USER-06")


@pytest.mark.parametrize(("fault", "code"), BAD.values(), ids=BAD)
async def test_an_event_that_cannot_be_is_refused(programme: Programme, fault: Json, code: str) -> None:
    before = await programme.office.digest()

    reply = await programme.post(EVENTS, programme.request(**fault))

    assert_problem(reply, STATUSES.get(code, 400), code, sent=json.dumps(fault))
    assert "color" not in fault or "`color`" in reply.json()["detail"]
    assert await programme.office.digest() == before


async def test_an_event_needs_room_at_its_venue(programme: Programme) -> None:
    venue = await programme.venue(capacity=49, layout=[])

    assert_problem(await programme.post(EVENTS, programme.request(venue_id=venue["id"])), 400, "EVENT-04")


async def test_markup_is_text_and_no_statement(programme: Programme, ann: Person) -> None:
    name = "<script>alert('1')</script>'; DROP TABLE events; -- & \\ %s {0} ${x}"

    event = await programme.event(name=name, description=name, artist=name)

    shown = await programme.office.get(address_of(event), ann)
    assert [shown.json()[field] for field in ("name", "description", "artist")] == [name] * 3
    assert shown.headers["Content-Type"] == "application/json"
    assert shown.headers["X-Content-Type-Options"] == "nosniff"


# Repeated requests.


async def test_a_repeated_request_is_answered_with_what_the_first_one_made(programme: Programme) -> None:
    first = await programme.post(EVENTS, programme.request(), headers=key("k"))
    again = await programme.post(EVENTS, programme.request(), headers=key("k"))

    assert (again.status_code, again.json()) == (201, first.json())
    for header in ("Location", "ETag"):
        assert again.headers[header] == first.headers[header]
    assert_problem(await programme.post(EVENTS, programme.request(name="Other"), headers=key("k")), 422, "SYS-12")
    assert_problem(await programme.post(EVENTS, programme.request(), headers=key("x" * 256)), 400, "SYS-10")
    assert await programme.found() == ["Concert"]


async def test_a_key_of_somebody_else_or_of_another_address_is_another_key(programme: Programme) -> None:
    first = await programme.post(EVENTS, programme.request(), headers=key("k"))
    of_another = await programme.post(EVENTS, programme.request(), programme.admin, key("k"))

    assert of_another.json()["id"] != first.json()["id"]
    elsewhere = await programme.post(f"{address_of(first.json())}status/", {"status": "CANCELLED"}, headers=key("k"))
    assert_problem(elsewhere, 422, "SYS-12")


async def test_a_request_that_was_refused_leaves_its_key_unused(programme: Programme) -> None:
    assert_problem(await programme.post(EVENTS, programme.request(name=""), headers=key("k")), 400, "EVENT-04")

    assert (await programme.post(EVENTS, programme.request(), headers=key("k"))).status_code == 201


async def test_of_many_twins_at_once_one_makes_an_event(programme: Programme) -> None:
    replies = await asyncio.gather(*(programme.post(EVENTS, programme.request(), headers=key("k")) for _ in range(16)))

    made = {reply.json()["id"] for reply in replies if reply.status_code == 201}
    assert {reply.status_code for reply in replies} <= {201, 409}
    for reply in replies:
        if reply.status_code == 409:
            assert_problem(reply, 409, "SYS-13")
    assert len(made) == 1
    assert await programme.found() == ["Concert"]


async def test_without_a_key_as_many_events_are_made(programme: Programme) -> None:
    await asyncio.gather(*(programme.post(EVENTS, programme.request()) for _ in range(4)))

    assert await programme.found() == ["Concert"] * 4


# Drafts.


async def test_a_draft_is_not_there_but_for_those_who_run_it(programme: Programme, ann: Person) -> None:
    draft = await programme.event(status="draft")
    seat = f"{draft['id'][:-8]}00000001"
    places = ["", "tickets/", "seats/", "seats/layout/", "seats/availability/", f"seats/{seat}/"]

    for who in (None, ann, programme.otto):
        for place in places:
            assert_problem(await programme.office.get(f"{address_of(draft)}{place}", who), 404, "EVENT-03")
        assert await programme.found(None, who) == await programme.found({"status": "DRAFT"}, who) == []
    for method, place, body in (
        ("PATCH", "", {"name": "Mine"}),
        ("POST", "status/", {"status": "PUBLISHED"}),
        ("POST", "tickets/", {"ticket_types": [STANDING]}),
        ("POST", "seats/block/", {"seats": [seat]}),
    ):
        reply = await programme.office.http.request(
            method, f"{address_of(draft)}{place}", json=body, headers={**programme.otto.bearer, **ANY}
        )
        assert_problem(reply, 404, "EVENT-03")
    for who in (programme.ora, programme.admin):
        assert await programme.shown(address_of(draft), who) == draft
        assert await programme.found(None, who) == await programme.found({"status": "DRAFT"}, who) == ["Concert"]


async def test_a_draft_is_seen_by_whoever_comes_to_belong_to_its_organization(programme: Programme) -> None:
    draft = await programme.event(status="DRAFT")
    member = f"{ORGANIZATIONS}{programme.organization}/members/{programme.otto.id}/"

    await programme.office.http.put(member, headers=programme.ora.bearer)
    assert (await programme.shown(address_of(draft), programme.otto))["id"] == draft["id"]
    assert await programme.found({"status": "DRAFT"}, programme.otto) == ["Concert"]

    await programme.office.http.delete(member, headers=programme.ora.bearer)
    assert_problem(await programme.office.get(address_of(draft), programme.otto), 404, "EVENT-03")
    assert await programme.found({"status": "DRAFT"}, programme.otto) == []


async def test_a_void_token_is_refused_rather_than_shown_less(programme: Programme) -> None:
    await programme.office.services.accounts.grant(programme.ora.id, Role.ADMIN)

    assert_problem(await programme.office.get(EVENTS, programme.ora), 401, "USER-06")


# An event's life.


async def test_an_event_goes_on_in_its_life_and_never_back(programme: Programme) -> None:
    event = await programme.event(status="DRAFT")

    for status, answer in (
        ("COMPLETED", 409),
        ("POSTPONED", 409),
        ("CANCELLED", 409),
        ("published", 200),
        ("PUBLISHED", 200),
        ("DRAFT", 409),
        ("POSTPONED", 200),
        ("COMPLETED", 409),
        ("Published", 200),
        ("COMPLETED", 200),
        ("PUBLISHED", 409),
        ("CANCELLED", 409),
    ):
        assert await set_status(programme, event, status) == answer, status
    shown = await programme.shown(address_of(event))
    assert (shown["status"], shown["available"]) == ("COMPLETED", 0)


async def test_only_those_who_run_an_event_end_it(programme: Programme, ann: Person) -> None:
    event = await programme.event()
    path = f"{address_of(event)}status/"

    assert_problem(await programme.office.post(path, {"status": "CANCELLED"}), 401, "USER-06")
    assert_problem(await programme.post(path, {"status": "CANCELLED"}, ann), 403, "USER-01")
    assert_problem(await programme.post(path, {"status": "CANCELLED"}, programme.otto), 403, "USER-12")
    assert_problem(await programme.post(path, {"status": "GONE"}), 400, "SYS-01")
    assert_problem(await programme.post(f"{EVENTS}{NOTHING}/status/", {"status": "CANCELLED"}), 404, "EVENT-03")
    assert (await programme.shown(address_of(event)))["status"] == "PUBLISHED"
    assert await set_status(programme, event, "CANCELLED", programme.admin) == 200
    assert await programme.found() == ["Concert"]
    assert await programme.found({"status": "published"}) == []


async def test_a_key_guards_a_change_of_status(programme: Programme) -> None:
    event = await programme.event()
    path = f"{address_of(event)}status/"

    first = await programme.post(path, {"status": "POSTPONED"}, headers=key("k"))
    await programme.post(path, {"status": "PUBLISHED"}, headers=key("l"))
    again = await programme.post(path, {"status": "POSTPONED"}, headers=key("k"))

    assert (first.status_code, first.json()["status"]) == (200, "POSTPONED")
    assert (again.status_code, again.json()["status"]) == (200, "PUBLISHED")
    assert_problem(await programme.post(path, {"status": "CANCELLED"}, headers=key("k")), 422, "SYS-12")
    assert (await programme.shown(address_of(event)))["status"] == "PUBLISHED"


async def test_tickets_can_be_had_while_an_event_is_published(programme: Programme, ann: Person) -> None:
    event = await programme.event(status="DRAFT")

    async def reserved() -> int:
        reply = await programme.office.post("/ticket/reserve/", {"event_id": event["id"], "count": 1}, ann)
        return reply.status_code

    assert await reserved() == 400
    await set_status(programme, event, "PUBLISHED")
    assert await reserved() == 200
    assert (await programme.shown(address_of(event)))["available"] == 49
    await set_status(programme, event, "POSTPONED")
    assert await reserved() == 400
    await set_status(programme, event, "PUBLISHED")
    assert await reserved() == 200


async def test_a_copy_has_the_seats_and_types_of_its_event_at_another_time(programme: Programme) -> None:
    event = await programme.seated(status="PUBLISHED", max_tickets_per_user=3)
    before = await programme.shown(address_of(event))

    reply = await programme.post(f"{address_of(event)}copy/", {"starts_at": "2031-05-01T20:00:00Z"})

    copy = reply.json()
    assert reply.status_code == 201, reply.text
    assert reply.headers["Location"] == address_of(copy)
    assert (copy["status"], copy["starts_at"]) == ("DRAFT", "2031-05-01T20:00:00Z")
    same = ["name", "description", "venue", "organization", "address", "seat_count", "max_tickets_per_user", "currency"]
    assert {name: copy[name] for name in same} == {name: before[name] for name in same}
    types, same_types = [
        (await programme.shown(f"{address_of(one)}tickets/", programme.ora))["items"] for one in (event, copy)
    ]
    assert [(one["name"], one["price"], one["quota"]) for one in same_types] == [
        (one["name"], one["price"], one["quota"]) for one in types
    ]
    assert await programme.shown(address_of(event)) == before


async def test_a_copy_sent_twice_with_one_key_is_made_once(programme: Programme) -> None:
    event = await programme.event()
    path, body = f"{address_of(event)}copy/", {"starts_at": "2031-05-01T20:00:00Z"}

    first = await programme.post(path, body, headers=key("copy"))
    again = await programme.post(path, body, headers=key("copy"))

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["id"] == again.json()["id"]
    assert (await programme.post(path, body)).json()["id"] != first.json()["id"]


async def test_nobody_copies_an_event_of_others(programme: Programme, ann: Person) -> None:
    event = await programme.event(status="PUBLISHED")
    path, body = f"{address_of(event)}copy/", {"starts_at": "2031-05-01T20:00:00Z"}

    assert_problem(await programme.post(path, body, programme.otto), 403, "USER-12")
    assert (await programme.post(path, body, ann)).status_code == 403
    assert_problem(await programme.post(f"{EVENTS}{NOTHING}/copy/", body), 404, "EVENT-03")
    assert_problem(await programme.post(path, {"starts_at": "1950-05-01T20:00:00Z"}), 400, "EVENT-04")


# Changing them.
