"""Booked as an event ticket service: its API documentation, and the two ways to manage a reservation."""

import pytest

from tests.http.answers import assert_problem
from tests.http.office import Office, Person
from tests.http.v1.programme import Json, Programme

RESERVATIONS = "/api/v1/reservations/"


@pytest.fixture
async def reservation(programme: Programme, ann: Person) -> Json:
    """Two of an event's fifty tickets, reserved for Ann."""
    event = await programme.event()
    return await programme.made(RESERVATIONS, {"event_id": event["id"], "num_tickets": 2}, ann)


async def available(programme: Programme, reservation: Json) -> int:
    event = await programme.shown(f"/api/v1/events/{reservation['event_id']}/")
    return int(event["available"])


async def test_the_documentation_has_the_endpoints_with_their_requests_and_responses(office: Office) -> None:
    page = await office.get("/docs")
    paths = (await office.get("/openapi.json")).json()["paths"]

    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    for path, methods in {
        "/api/auth/register/": {"post"},
        "/api/auth/jwt/create/": {"post"},
        "/api/v1/events/": {"get", "post"},
        RESERVATIONS: {"get", "post"},
        f"{RESERVATIONS}{{reservation_id}}/": {"get", "put", "delete"},
        "/api/v1/bookings/": {"get", "post"},
    }.items():
        assert methods <= set(paths[path])
        for method in methods:
            assert all("description" in response for response in paths[path][method]["responses"].values())
            assert (method in {"post", "put"}) == ("requestBody" in paths[path][method])


async def test_the_documentation_knows_the_operations_of_an_update(office: Office) -> None:
    schemas = (await office.get("/openapi.json")).json()["components"]["schemas"]

    assert set(schemas["v1_Operation"]["enum"]) == {"increase number of tickets", "decrease number of tickets"}


async def test_a_reservation_is_made_and_looked_at(
    programme: Programme, office: Office, reservation: Json, ann: Person
) -> None:
    shown = await office.get(f"{RESERVATIONS}{reservation['id']}/", ann)

    assert shown.json()["tickets"] == reservation["tickets"]
    assert await available(programme, reservation) == 48


async def test_one_way_alters_the_number_of_tickets_reserved(
    programme: Programme, office: Office, reservation: Json, ann: Person
) -> None:
    address = f"{RESERVATIONS}{reservation['id']}/"
    increase = {"num_tickets": 3, "operation": "increase number of tickets"}
    decrease = {"num_tickets": 4, "operation": "decrease number of tickets"}

    increased = await office.send("PUT", address, increase, ann)
    after_increase = await available(programme, reservation)
    decreased = await office.send("PUT", address, decrease, ann)
    after_decrease = await available(programme, reservation)

    assert (increased.status_code, len(increased.json()["tickets"]), after_increase) == (200, 5, 45)
    assert (decreased.status_code, len(decreased.json()["tickets"]), after_decrease) == (200, 1, 49)


async def test_there_are_no_other_operations(office: Office, reservation: Json, ann: Person) -> None:
    for operation in ("increase", "INCREASE NUMBER OF TICKETS", "", None, 1):
        body = {"num_tickets": 1, "operation": operation}
        reply = await office.send("PUT", f"{RESERVATIONS}{reservation['id']}/", body, ann)
        assert_problem(reply, 400, "SYS-01")


async def test_the_other_way_cancels_the_reservation(
    programme: Programme, office: Office, reservation: Json, ann: Person
) -> None:
    reply = await office.delete(f"{RESERVATIONS}{reservation['id']}/", ann)

    assert (reply.status_code, reply.content) == (204, b"")
    assert await available(programme, reservation) == 50
    assert_problem(await office.get(f"{RESERVATIONS}{reservation['id']}/", ann), 404, "TICKET-06")


async def test_what_is_reserved_becomes_a_booking(programme: Programme, reservation: Json, ann: Person) -> None:
    made = await programme.made("/api/v1/bookings/", {"reservation_id": reservation["id"]}, ann)

    assert [ticket["id"] for ticket in made["tickets"]] == [ticket["id"] for ticket in reservation["tickets"]]
    assert made["total"] == reservation["total"]
