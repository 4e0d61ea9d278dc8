"""Booked as BTick: its documentation from top to bottom."""

import pytest

from tests.http.answers import assert_problem
from tests.http.office import PASSWORD, Office, Person
from tests.http.v1.programme import Programme

# Authentication & Users


async def test_a_user_registers_and_logs_in_and_stays_so(office: Office) -> None:
    body = {"email": "zoe@example.com", "password": PASSWORD, "first_name": "Zoe", "last_name": "Zimmer"}

    registered = await office.post("/api/auth/register/", body)
    invalid = await office.post("/api/auth/register/", {**body, "email": "zoe"})
    by_email = await office.post("/api/auth/jwt/create/", {"email": body["email"], "password": PASSWORD})
    by_username = await office.post("/api/auth/jwt/create/", {"username": body["email"], "password": PASSWORD})
    wrong = await office.post("/api/auth/jwt/create/", {"email": body["email"], "password": "x" + PASSWORD})
    refreshed = await office.post("/api/auth/jwt/refresh/", {"refresh": by_email.json()["refresh"]})

    assert registered.status_code == 201, registered.text
    assert_problem(invalid, 400, "USER-10")
    for reply in (by_email, by_username, refreshed):
        assert reply.status_code == 200, reply.text
        bearer = {"Authorization": f"Bearer {reply.json()['access']}"}
        assert (await office.get("/api/v1/users/me/", headers=bearer)).json()["first_name"] == "Zoe"
    assert_problem(wrong, 401, "USER-04")


# Events & Tickets


async def test_events_are_listed_by_category_status_and_start(programme: Programme, ann: Person) -> None:
    music, theatre = await programme.category("Music"), await programme.category("Theatre")
    await programme.event(name="Concert", category_id=music["id"], starts_at="2027-06-01T19:30:00Z")
    await programme.event(name="Play", category_id=theatre["id"], starts_at="2027-07-01T19:30:00Z")
    await programme.event(name="Rehearsal", category_id=music["id"], status="DRAFT")
    ended = await programme.event(name="Opera", category_id=music["id"], starts_at="2027-08-01T19:30:00Z")
    await programme.post(f"/api/v1/events/{ended['id']}/status/", {"status": "CANCELLED"})

    for who in (None, ann):
        assert await programme.found(None, who) == ["Concert", "Play", "Opera"]
        assert await programme.found({"category": music["id"]}, who) == ["Concert", "Opera"]
        assert await programme.found({"status": "PUBLISHED"}, who) == ["Concert", "Play"]
        assert await programme.found({"status": "CANCELLED"}, who) == ["Opera"]
        assert await programme.found({"status": "DRAFT"}, who) == []
        assert await programme.found({"starts_after": "2027-06-02"}, who) == ["Play", "Opera"]
        both = {"category": music["id"], "status": "PUBLISHED", "starts_after": "2027-01-01"}
        assert await programme.found(both, who) == ["Concert"]
    assert await programme.found({"status": "DRAFT"}, programme.ora) == ["Rehearsal"]


async def test_an_event_is_retrieved_in_detail(programme: Programme, ann: Person) -> None:
    venue, category = await programme.venue(), await programme.category()
    made = await programme.event(description="Doors open at seven.", venue_id=venue["id"], category_id=category["id"])

    for who in (None, ann):
        event = await programme.shown(f"/api/v1/events/{made['id']}/", who)
        assert event == made
        assert (event["name"], event["description"]) == ("Concert", "Doors open at seven.")
        assert (event["category"]["name"], event["venue"]["name"]) == ("Music", "Old Mill")


async def test_the_tickets_of_an_event_are_its_types(programme: Programme, ann: Person) -> None:
    types = [{"name": "Standard", "price": "49.90", "quota": 80}, {"name": "VIP", "price": "149.90", "quota": 5}]
    event = await programme.event(ticket_types=types)

    for who in (None, ann):
        tickets = (await programme.shown(f"/api/v1/events/{event['id']}/tickets/", who))["items"]
        shown = [{name: ticket[name] for name in ("name", "price", "quota")} for ticket in tickets]
        assert shown == types
        assert [ticket["available"] for ticket in tickets] == [80, 5]


# Bookings


async def test_a_booking_is_created_by_who_is_logged_in(programme: Programme, ann: Person) -> None:
    event = await programme.event()
    [ticket] = (await programme.shown(f"/api/v1/events/{event['id']}/tickets/"))["items"]

    reply = await programme.post("/api/v1/bookings/", {"event_ticket": ticket["id"], "quantity": 2}, ann)

    booking = reply.json()
    assert reply.status_code == 201, reply.text
    assert (booking["status"], booking["quantity"], booking["total"]) == ("ACTIVE", 2, "59.80")
    assert booking["event"]["id"] == event["id"]
    assert (await programme.shown(f"/api/v1/events/{event['id']}/"))["available"] == 48


async def test_a_booking_is_not_created_without_a_quota_nor_without_a_token(
    programme: Programme, office: Office, ann: Person
) -> None:
    event = await programme.event()
    [ticket] = (await programme.shown(f"/api/v1/events/{event['id']}/tickets/"))["items"]

    insufficient = await programme.post("/api/v1/bookings/", {"event_ticket": ticket["id"], "quantity": 51}, ann)
    nothing = await programme.post("/api/v1/bookings/", {"event_ticket": ticket["id"], "quantity": 0}, ann)
    no_token = await office.post("/api/v1/bookings/", {"event_ticket": ticket["id"], "quantity": 1})

    assert_problem(insufficient, 400, "TICKET-01")
    assert_problem(nothing, 400, "TICKET-01")
    assert_problem(no_token, 401, "USER-06")
    assert (await programme.shown(f"/api/v1/events/{event['id']}/"))["available"] == 50


async def test_ones_own_bookings_are_listed(programme: Programme, office: Office, ann: Person, ben: Person) -> None:
    event = await programme.event()
    [ticket] = (await programme.shown(f"/api/v1/events/{event['id']}/tickets/"))["items"]
    made = [
        await programme.made("/api/v1/bookings/", {"event_ticket": ticket["id"], "quantity": 1}, who)
        for who in (ann, ben, ann)
    ]

    assert (await programme.shown("/api/bookings/", ann))["items"] == [made[2], made[0]]
    assert (await programme.shown("/api/bookings/", ben))["items"] == [made[1]]
    assert (await programme.shown("/api/bookings/", programme.admin))["items"] == []
    assert_problem(await office.get("/api/bookings/"), 401, "USER-06")


@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_a_booking_is_cancelled_by_its_owner_or_an_admin(
    programme: Programme, office: Office, ann: Person, ben: Person, method: str
) -> None:
    event = await programme.event()
    [ticket] = (await programme.shown(f"/api/v1/events/{event['id']}/tickets/"))["items"]
    made = [
        await programme.made("/api/v1/bookings/", {"event_ticket": ticket["id"], "quantity": 1}, ann) for _ in range(2)
    ]
    first, second = [f"/api/v1/bookings/{booking['id']}/cancel/" for booking in made]

    assert_problem(await office.send(method, first, None, None), 401, "USER-06")
    assert_problem(await office.send(method, first, None, ben), 404, "TICKET-08")
    by_owner = await office.send(method, first, None, ann)
    by_admin = await office.send(method, second, None, programme.admin)

    for reply in (by_owner, by_admin):
        assert (reply.status_code, reply.json()["status"]) == (200, "CANCELLED")
    assert (await programme.shown(f"/api/v1/events/{event['id']}/"))["available"] == 50


# Admin / Organizer endpoints


async def test_events_are_created_by_organizers_and_admins(programme: Programme, office: Office, ann: Person) -> None:
    request = programme.request()

    assert_problem(await office.post("/api/v1/events/", request), 401, "USER-06")
    assert_problem(await programme.post("/api/v1/events/", request, ann), 403, "USER-01")
    for who in (programme.ora, programme.admin):
        reply = await programme.post("/api/v1/events/", request, who)
        assert reply.status_code == 201, reply.text
        assert (await programme.shown(reply.headers["Location"]))["name"] == "Concert"
