"""The counter: events and bookings for users of the caller's own."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.http.answers import assert_problem, assert_protected
from tests.http.office import PASSWORD, Office, Person, open_office
from tests.http.v1.programme import NOTHING, key, open_programme

Json = dict[str, Any]
Shown = dict[str, str]


@pytest.fixture
async def agency(office: Office) -> Shown:
    return await agency_of(office)


@pytest.fixture
async def rival(office: Office) -> Shown:
    return await agency_of(office)


@pytest.fixture
async def open_counter(database_url: str, redis_url: str) -> AsyncIterator[Office]:
    async with open_office(database_url, redis_url, counter_open=True) as office:
        yield office


async def agency_of(office: Office) -> Shown:
    """The header of a program that has a key."""
    _, text = await office.services.api_keys.create("Agency")
    return {"X-API-Key": text}


async def put_on(office: Office, who: Shown | None = None, tickets: int = 10) -> Json:
    return made(await office.post("/events", {"name": "Concert", "total_tickets": tickets}, headers=who))


async def book(
    office: Office, event: Json, who: Shown | None = None, user: str = "user123", count: int = 1
) -> httpx.Response:
    body = {"user_id": user, "ticket_count": count}
    return await office.post(f"/events/{event['id']}/bookings", body, headers=who)


async def cancel(office: Office, booking: Json, who: Shown | None = None) -> httpx.Response:
    return await office.send("DELETE", f"/bookings/{booking['id']}", headers=who)


def made(reply: httpx.Response) -> Json:
    assert reply.status_code == 201, reply.text
    body: Json = reply.json()
    return body


async def shown(office: Office, path: str, who: Shown | None = None) -> Json:
    reply = await office.get(path, headers=who)
    assert reply.status_code == 200, reply.text
    body: Json = reply.json()
    return body


# What is made can be found again


async def test_what_is_made_is_at_its_location(office: Office, agency: Shown) -> None:
    event = await office.post("/events", {"name": "Concert", "total_tickets": 5}, headers=agency)
    booking = await book(office, event.json(), agency, count=2)

    assert event.headers["Location"] == f"/events/{event.json()['id']}"
    assert booking.headers["Location"] == f"/bookings/{booking.json()['id']}"
    assert await shown(office, event.headers["Location"], agency) == {**event.json(), "available_tickets": 3}
    assert await shown(office, booking.headers["Location"] + "/", agency) == booking.json()
    for reply in (event, booking):
        assert_protected(reply)


async def test_times_are_those_of_utc_to_the_second(office: Office, agency: Shown) -> None:
    event = await put_on(office, agency)

    found = await office.database.events.found(event["id"])
    assert found is not None
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", event["created_at"])
    assert event["created_at"] == found.created_at.strftime("%Y-%m-%dT%H:%M:%S")


async def test_an_event_of_somebody_else_is_sold_at_the_counter_too(office: Office, agency: Shown) -> None:
    programme = await open_programme(office)
    concert = await programme.event(max_tickets_per_user=1)

    event = await shown(office, f"/events/{concert['id']}", agency)
    two = await book(office, concert, agency, count=2)
    one = await book(office, concert, agency)

    assert (event["total_tickets"], event["available_tickets"]) == (50, 50)
    assert_problem(two, 400, "TICKET-04")
    assert made(one)["ticket_count"] == 1


async def test_an_event_made_at_the_counter_is_sold_everywhere(office: Office, agency: Shown, ann: Person) -> None:
    event = await put_on(office, agency)

    await office.buy(ann, event["id"], 2)

    assert (await shown(office, f"/events/{event['id']}", agency))["available_tickets"] == 8
    assert (await office.get(f"/api/v1/events/{event['id']}/")).json()["max_tickets_per_user"] == 2


async def test_drafts_are_no_events_at_the_counter(office: Office, agency: Shown) -> None:
    programme = await open_programme(office)
    draft = await programme.event(status="DRAFT")

    assert_problem(await office.get(f"/events/{draft['id']}", headers=agency), 404, "EVENT-03")
    assert_problem(await book(office, draft, agency), 404, "EVENT-03")


# Refusals


BAD_EVENTS: list[tuple[object, str]] = [
    ({"name": "", "total_tickets": 1}, "EVENT-04"),
    ({"name": " ", "total_tickets": 1}, "EVENT-04"),
    ({"name": "a" * 201, "total_tickets": 1}, "EVENT-04"),
    ({"name": "a\0", "total_tickets": 1}, "EVENT-04"),
    ({"name": "Concert", "total_tickets": 0}, "EVENT-01"),
    ({"name": "Concert", "total_tickets": -5}, "EVENT-01"),
    ({"name": "Concert", "total_tickets": 10_000_001}, "EVENT-01"),
    ({"name": "Concert", "total_tickets": 2**64}, "EVENT-01"),
    ({"name": "Concert", "total_tickets": "1"}, "SYS-01"),
    ({"name": "Concert", "total_tickets": 1.5}, "SYS-01"),
    ({"name": "Concert", "total_tickets": True}, "SYS-01"),
    ({"name": "Concert"}, "SYS-01"),
    ({"total_tickets": 1}, "SYS-01"),
    ({"name": "Concert", "total_tickets": 1, "available_tickets": 1}, "SYS-01"),
    ([], "SYS-01"),
    (b"", "SYS-01"),
    (b'{"name": "Concert", "total_tickets": NaN}', "SYS-01"),
]


async def test_an_event_that_cannot_be_is_refused(office: Office, agency: Shown) -> None:
    await office.get(f"/events/{NOTHING}", headers=agency)  # the day of the key's last use is kept
    before = await office.digest()

    for body, code in BAD_EVENTS:
        assert_problem(await office.post("/events", body, headers=agency), 400, code)

    assert await office.digest() == before


BAD_BOOKINGS: list[tuple[object, str]] = [
    ({"user_id": "", "ticket_count": 1}, "USER-08"),
    ({"user_id": "a" * 201, "ticket_count": 1}, "USER-08"),
    ({"user_id": "a\0b", "ticket_count": 1}, "USER-08"),
    ({"user_id": "a\r\nb", "ticket_count": 1}, "USER-08"),
    ({"user_id": "\u202ea", "ticket_count": 1}, "USER-08"),
    ({"user_id": "a", "ticket_count": 0}, "TICKET-01"),
    ({"user_id": "a", "ticket_count": -1}, "TICKET-01"),
    ({"user_id": "a", "ticket_count": 3}, "TICKET-04"),
    ({"user_id": "a", "ticket_count": 2**63}, "TICKET-04"),
    ({"user_id": "a", "ticket_count": 2**64}, "TICKET-04"),
    ({"user_id": "a", "ticket_count": "1"}, "SYS-01"),
    ({"user_id": "a", "ticket_count": 1.0}, "SYS-01"),
    ({"user_id": 1, "ticket_count": 1}, "SYS-01"),
    ({"user_id": None, "ticket_count": 1}, "SYS-01"),
    ({"user_id": "a"}, "SYS-01"),
    ({"ticket_count": 1}, "SYS-01"),
    ({"user_id": "a", "ticket_count": 1, "status": "active"}, "SYS-01"),
    (b'{"user_id": "\\ud800", "ticket_count": 1}', "SYS-01"),
]


async def test_a_booking_that_cannot_be_is_refused(office: Office, agency: Shown) -> None:
    event = await put_on(office, agency)
    before = await office.digest()

    for body, code in BAD_BOOKINGS:
        assert_problem(await office.post(f"/events/{event['id']}/bookings", body, headers=agency), 400, code)

    assert await office.digest() == before


async def test_what_is_not_there_is_not_found(office: Office, agency: Shown) -> None:
    nothing = {"id": NOTHING}

    assert_problem(await office.get(f"/events/{NOTHING}", headers=agency), 404, "EVENT-03")
    assert_problem(await book(office, nothing, agency), 404, "EVENT-03")
    assert_problem(await office.get(f"/bookings/{NOTHING}", headers=agency), 404, "TICKET-08")
    assert_problem(await cancel(office, nothing, agency), 404, "TICKET-08")
    for path in ("/events/x", "/bookings/x"):
        assert_problem(await office.get(path, headers=agency), 400, "SYS-03")
    assert_problem(await office.get(f"/events/{NOTHING}?x=1", headers=agency), 400, "SYS-17")


async def test_nothing_can_be_booked_of_an_event_that_is_withdrawn(office: Office, agency: Shown) -> None:
    event = await put_on(office, agency)
    booking = made(await book(office, event, agency))
    await office.services.events.withdraw(event["id"])

    refused = await book(office, event, agency, "user124")

    assert_problem(refused, 404, "EVENT-03")
    assert (await shown(office, f"/events/{event['id']}", agency))["available_tickets"] == 0
    assert (await shown(office, f"/bookings/{booking['id']}", agency))["status"] == "cancelled"
    assert_problem(await cancel(office, booking, agency), 400, "TICKET-09")


# Once


async def test_a_request_with_a_key_takes_effect_once(office: Office, agency: Shown) -> None:
    idempotency_key = key("first")
    event = {"name": "Concert", "total_tickets": 10}
    first = made(await office.post("/events", event, headers={**agency, **idempotency_key}))
    again = made(await office.post("/events", event, headers={**agency, **idempotency_key}))
    other = await office.post("/events", {**event, "total_tickets": 11}, headers={**agency, **idempotency_key})

    bookings = await asyncio.gather(*(book(office, first, {**agency, **idempotency_key}) for _ in range(8)))

    assert again == first
    assert_problem(other, 422, "SYS-12")
    assert {reply.status_code for reply in bookings} <= {201, 409}
    assert len({reply.json()["id"] for reply in bookings if reply.status_code == 201}) == 1
    assert (await shown(office, f"/events/{first['id']}", agency))["available_tickets"] == 9
    assert_problem(await book(office, first, {**agency, **idempotency_key}, count=2), 422, "SYS-12")


async def test_a_key_is_the_callers_whoever_the_booking_is_for(office: Office, agency: Shown, rival: Shown) -> None:
    event = await put_on(office, agency)
    made(await book(office, event, {**agency, **key("k")}, "user123"))

    other_guest = await book(office, event, {**agency, **key("k")}, "user124")
    other_caller = await book(office, event, {**rival, **key("k")}, "user124")

    assert_problem(other_guest, 422, "SYS-12")
    assert other_caller.status_code == 201
    assert (await shown(office, f"/events/{event['id']}", agency))["available_tickets"] == 8


# Whose is what


async def test_a_key_knows_its_own_guests_bookings_only(
    office: Office, agency: Shown, rival: Shown, ann: Person
) -> None:
    event = await put_on(office, agency)
    booking = made(await book(office, event, agency))
    await office.buy(ann, event["id"], 1)
    [anns] = (await office.get("/api/v1/bookings/", ann)).json()["items"]
    await shown(office, f"/events/{event['id']}", rival)  # the day of its key's last use is kept
    before = await office.digest()

    for who, what in ((rival, booking), (rival, anns), (agency, anns)):
        assert_problem(await office.get(f"/bookings/{what['id']}", headers=who), 404, "TICKET-08")
        assert_problem(await cancel(office, what, who), 404, "TICKET-08")

    assert await office.digest() == before
    assert (await cancel(office, booking, agency)).json()["status"] == "cancelled"


async def test_an_open_box_office_knows_those_who_came_without_a_key_only(open_counter: Office) -> None:
    agency = await agency_of(open_counter)
    ann = await open_counter.person("ann")
    event = await put_on(open_counter)
    of_agency = made(await book(open_counter, event, agency))
    of_nobody = made(await book(open_counter, event))
    await open_counter.buy(ann, event["id"], 1)
    [of_ann] = (await open_counter.get("/api/v1/bookings/", ann)).json()["items"]

    for booking in (of_agency, of_ann):
        assert_problem(await open_counter.get(f"/bookings/{booking['id']}"), 404, "TICKET-08")
        assert_problem(await cancel(open_counter, booking), 404, "TICKET-08")
    assert_problem(await open_counter.get(f"/bookings/{of_nobody['id']}", headers=agency), 404, "TICKET-08")
    assert await shown(open_counter, f"/bookings/{of_nobody['id']}") == of_nobody
    assert (await cancel(open_counter, of_nobody)).status_code == 200


async def test_guests_of_the_same_name_at_two_counters_are_two_people(open_counter: Office) -> None:
    agency = await agency_of(open_counter)
    event = await put_on(open_counter)

    replies = [await book(open_counter, event, who, count=2) for who in (None, agency, None)]

    assert [reply.status_code for reply in replies] == [201, 201, 400]


async def test_nobody_logs_in_as_a_guest(office: Office, agency: Shown) -> None:
    event = await put_on(office, agency)
    made(await book(office, event, agency, user="guest@example.com"))

    for password in ("", "None", "null", PASSWORD):
        body = {"email": "guest@example.com", "password": password}
        assert (await office.post("/user/login/", body)).status_code in {400, 401}
        assert (await office.post("/api/auth/jwt/create/", body)).status_code in {400, 401}
    registered = await office.post("/api/auth/register/", {"email": "guest@example.com", "password": PASSWORD})
    assert registered.status_code == 201


async def test_guests_are_no_accounts(office: Office, agency: Shown) -> None:
    event = await put_on(office, agency)
    booking = made(await book(office, event, agency))
    record = await office.database.bookings.get(booking["id"])
    assert record is not None
    programme = await open_programme(office)

    listed = (await office.get("/api/v1/users/", programme.admin)).json()["items"]
    promoted = await office.send("PATCH", f"/api/v1/users/{record.user_id}/", {"role": "admin"}, programme.admin)
    member = f"/api/v1/organizations/{programme.organization}/members/{record.user_id}/"
    joined = await office.send("PUT", member, None, programme.admin)

    assert record.user_id not in {user["id"] for user in listed}
    assert_problem(promoted, 404, "USER-14")
    assert joined.status_code == 404


async def test_an_admin_sees_and_cancels_a_guests_booking(office: Office, agency: Shown) -> None:
    admin = await office.admin()
    event = await put_on(office, agency)
    booking = made(await book(office, event, agency, count=2))

    there = (await office.get(f"/api/v1/bookings/{booking['id']}/", admin)).json()
    await office.send("PATCH", f"/api/v1/bookings/{booking['id']}/", {"num_tickets": 1}, admin)
    fewer = await shown(office, f"/bookings/{booking['id']}", agency)
    await office.post(f"/api/v1/bookings/{booking['id']}/cancel/", None, admin)
    none = await shown(office, f"/bookings/{booking['id']}", agency)

    assert there["num_tickets"] == 2
    assert (fewer["ticket_count"], fewer["status"], none["status"]) == (1, "active", "cancelled")


# Keys


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_a_key_may_come_as_a_bearer_token(office: Office, agency: Shown, scheme: str) -> None:
    event = await put_on(office, {"Authorization": f"{scheme} {agency['X-API-Key']}"})

    assert await shown(office, f"/events/{event['id']}", agency) == event


async def test_whoever_shows_no_good_key_is_refused(office: Office, open_counter: Office, agency: Shown) -> None:
    text = agency["X-API-Key"]
    bad: list[list[tuple[str, str | bytes]]] = [
        [("X-API-Key", "")],
        [("X-API-Key", text[:-1])],
        [("X-API-Key", text + "A")],
        [("X-API-Key", text.upper())],
        [("X-API-Key", "bk_" + "A" * 43)],
        [("X-API-Key", f"Bearer {text}")],
        [("X-API-Key", text), ("X-API-Key", text)],
        [("X-API-Key", text), ("Authorization", f"Bearer {text}")],
        [("Authorization", text)],
        [("Authorization", f"Basic {text}")],
        [("Authorization", "Bearer ")],
        [("Authorization", f"Bearer {text} {text}")],
        [("Authorization", b"Bearer bk_" + b"\xe9" * 43)],
    ]

    for headers in bad:
        for place in (office, open_counter):
            sent = [(name.encode(), value if isinstance(value, bytes) else value.encode()) for name, value in headers]
            reply = await place.http.get(f"/events/{NOTHING}", headers=sent)
            assert_problem(reply, 401, "USER-17")
            assert text not in reply.text
    assert_problem(await office.get(f"/events/{NOTHING}?api_key={text}"), 401, "USER-17")


async def test_somebody_who_is_logged_in_needs_a_key_all_the_same(
    office: Office, open_counter: Office, ann: Person
) -> None:
    for place in (office, open_counter):
        assert_problem(await place.post("/events", {"name": "x", "total_tickets": 1}, ann), 401, "USER-17")


async def test_a_key_that_is_revoked_opens_nothing_any_more(office: Office, agency: Shown, rival: Shown) -> None:
    event = await put_on(office, agency)
    [ours, _] = await office.services.api_keys.all()

    await office.services.api_keys.revoke(ours.id)

    assert_problem(await office.get(f"/events/{event['id']}", headers=agency), 401, "USER-17")
    assert_problem(await book(office, event, agency), 401, "USER-17")
    assert await shown(office, f"/events/{event['id']}", rival) == event


async def test_a_key_is_no_login(office: Office, agency: Shown) -> None:
    bearer = {"Authorization": f"Bearer {agency['X-API-Key']}"}

    for headers in (agency, bearer):
        for path in ("/user/bookings/", "/api/v1/users/me/", "/bookings"):
            assert (await office.get(path, headers=headers)).status_code == 401
