"""Booked as a ticketing platform's backend: its README from top to bottom, whose commands run as they stand."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.running import PATIENCE, Serving, booked, serving
from tests.servers import fresh_directory

Json = dict[str, Any]

ADDRESS = "http://localhost:8000"
EXAMPLE_EVENT = "550e8400-e29b-41d4-a716-446655440000"
EXAMPLE_BOOKING = "660e8400-e29b-41d4-a716-446655440000"

CREATE = """\
curl -X POST "http://localhost:8000/events" \\
  -H "Content-Type: application/json" \\
  -d '{"name": "Concert 2024", "total_tickets": 100}'
"""
BOOK = """\
curl -X POST "http://localhost:8000/events/550e8400-e29b-41d4-a716-446655440000/bookings" \\
  -H "Content-Type: application/json" \\
  -d '{"user_id": "user123", "ticket_count": 1}'
"""
CANCEL = """\
curl -X DELETE "http://localhost:8000/bookings/660e8400-e29b-41d4-a716-446655440000"
"""
SHOW_EVENT = """\
curl "http://localhost:8000/events/550e8400-e29b-41d4-a716-446655440000"
"""
SHOW_BOOKING = """\
curl "http://localhost:8000/bookings/660e8400-e29b-41d4-a716-446655440000"
"""
CONCURRENT = """\
# Create an event with 10 tickets
EVENT_ID=$(curl -s -X POST "http://localhost:8000/events" \\
  -H "Content-Type: application/json" \\
  -d '{"name": "Test Event", "total_tickets": 10}' | jq -r '.id')

# Try to book 15 tickets concurrently (should only succeed for 10)
for i in {1..15}; do
  curl -X POST "http://localhost:8000/events/$EVENT_ID/bookings" \\
    -H "Content-Type: application/json" \\
    -d "{\\"user_id\\": \\"user$i\\", \\"ticket_count\\": 1}" &
done
wait
"""

# For machines without jq: as much of it as the script needs.
JQ = f"""\
#!{sys.executable}
import json, sys

assert sys.argv[1:] == ["-r", ".id"]
print(json.load(sys.stdin)["id"])
"""

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"


@pytest.fixture(scope="module")
def service() -> Iterator[Serving]:
    """A demo, as whoever starts it for the first time has it."""
    with fresh_directory() as directory, serving(directory, "--demo", "--workers=2") as service:
        yield service


@pytest.fixture
def tools(tmp_path: Path) -> dict[str, str]:
    """The environment of a shell that has jq."""
    if shutil.which("jq") is None:
        jq = tmp_path / "jq"
        jq.write_text(JQ)
        jq.chmod(0o755)
    return {**os.environ, "PATH": f"{os.environ['PATH']}{os.pathsep}{tmp_path}"}


@pytest.fixture
def event(service: Serving) -> Json:
    return only(run(service, CREATE))


@pytest.fixture
def booking(service: Serving, event: Json) -> Json:
    return only(run(service, BOOK, {EXAMPLE_EVENT: event["id"]}))


def run(
    service: Serving, script: str, ids: dict[str, str] | None = None, environment: dict[str, str] | None = None
) -> list[Json]:
    """The answers that a script prints, run as it stands but for the address and the ids of the examples."""
    for example, id_ in {ADDRESS: service.url, **(ids or {})}.items():
        script = script.replace(example, id_)
    ran = subprocess.run(
        ["bash", "-c", script], env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return list(answers(ran.stdout))


def answers(printed: str) -> Iterator[Json]:
    """JSON objects that follow each other with nothing in between."""
    while printed := printed.strip():
        answer, end = json.JSONDecoder().raw_decode(printed)
        yield answer
        printed = printed[end:]


def only(printed: list[Json]) -> Json:
    [answer] = printed
    return answer


# Running the application


def test_the_documentation_and_the_health_check_are_where_they_are_said_to_be(service: Serving) -> None:
    with service.client() as client:
        replies = {path: client.get(path, follow_redirects=True) for path in ("/docs", "/redoc", "/health")}

    assert {path: reply.status_code for path, reply in replies.items()} == {"/docs": 200, "/redoc": 200, "/health": 200}
    assert replies["/redoc"].text == replies["/docs"].text
    assert replies["/health"].json()["health"] == "ok"


# 1. Initialize Event


def test_an_event_is_made_with_a_number_of_tickets(event: Json) -> None:
    assert set(event) == {"id", "name", "total_tickets", "available_tickets", "created_at"}
    assert (event["name"], event["total_tickets"], event["available_tickets"]) == ("Concert 2024", 100, 100)
    assert re.fullmatch(TIME, event["created_at"])


# 2. Book Tickets


def test_tickets_are_booked(service: Serving, event: Json, booking: Json) -> None:
    assert list(booking) == ["id", "event_id", "user_id", "ticket_count", "status", "created_at", "updated_at"]
    assert (booking["event_id"], booking["user_id"], booking["ticket_count"]) == (event["id"], "user123", 1)
    assert booking["status"] == "active"
    assert re.fullmatch(TIME, booking["created_at"])
    assert booking["updated_at"] == booking["created_at"]
    assert only(run(service, SHOW_EVENT, {EXAMPLE_EVENT: event["id"]}))["available_tickets"] == 99


def test_a_user_has_at_most_two_tickets_of_an_event(service: Serving, event: Json, booking: Json) -> None:
    address = f"/events/{event['id']}/bookings"
    with service.client() as client:
        one_more = client.post(address, json={"user_id": "user123", "ticket_count": 1})
        too_many = client.post(address, json={"user_id": "user123", "ticket_count": 1})
        two_at_once = client.post(address, json={"user_id": "user124", "ticket_count": 2})
        three_at_once = client.post(address, json={"user_id": "user125", "ticket_count": 3})

    assert [reply.status_code for reply in (one_more, too_many, two_at_once, three_at_once)] == [201, 400, 201, 400]
    assert too_many.json()["code"] == three_at_once.json()["code"] == "TICKET-04"


def test_tickets_that_are_not_available_and_events_that_are_not_there_cannot_be_booked(service: Serving) -> None:
    with service.client() as client:
        small = client.post("/events", json={"name": "Small", "total_tickets": 1}).json()
        request = {"user_id": "user123", "ticket_count": 2}
        too_few = client.post(f"/events/{small['id']}/bookings", json=request)

    assert (too_few.status_code, too_few.json()["code"]) == (400, "TICKET-01")
    assert only(run(service, BOOK))["status"] == 404


# 3. Cancel Booking


def test_a_booking_is_cancelled_once_and_its_tickets_return(service: Serving, event: Json, booking: Json) -> None:
    ids = {EXAMPLE_BOOKING: booking["id"]}

    cancelled = only(run(service, CANCEL, ids))
    again = only(run(service, CANCEL, ids))
    unknown = only(run(service, CANCEL))

    assert cancelled == {**booking, "status": "cancelled", "updated_at": cancelled["updated_at"]}
    assert datetime.fromisoformat(cancelled["updated_at"]) >= datetime.fromisoformat(booking["created_at"])
    assert (again["status"], again["code"]) == (400, "TICKET-09")
    assert (unknown["status"], unknown["code"]) == (404, "TICKET-08")
    assert only(run(service, SHOW_EVENT, {EXAMPLE_EVENT: event["id"]}))["available_tickets"] == 100


# 4. Get Event Details, 5. Get Booking Details


def test_events_and_bookings_are_shown_as_they_were_made(service: Serving, event: Json, booking: Json) -> None:
    shown_event = only(run(service, SHOW_EVENT, {EXAMPLE_EVENT: event["id"]}))
    shown_booking = only(run(service, SHOW_BOOKING, {EXAMPLE_BOOKING: booking["id"]}))

    assert shown_event == {**event, "available_tickets": 99}
    assert shown_booking == booking
    assert only(run(service, SHOW_EVENT))["status"] == 404
    assert only(run(service, SHOW_BOOKING))["status"] == 404


# Testing Concurrent Bookings


def test_of_fifteen_who_book_ten_tickets_at_once_ten_succeed(service: Serving, tools: dict[str, str]) -> None:
    replies = run(service, CONCURRENT, environment=tools)

    booked_ = [reply for reply in replies if reply["status"] == "active"]
    refused = [reply for reply in replies if reply["status"] == 400]
    assert (len(booked_), len(refused), len(replies)) == (10, 5, 15)
    assert {reply["code"] for reply in refused} == {"TICKET-01"}
    assert len({reply["user_id"] for reply in booked_}) == 10
    [event_id] = {reply["event_id"] for reply in booked_}
    assert only(run(service, SHOW_EVENT, {EXAMPLE_EVENT: event_id}))["available_tickets"] == 0


# Where the box office is not open, the same needs a key.


def test_without_a_demo_the_same_commands_need_an_api_key(directory: Path, tools: dict[str, str]) -> None:
    data_dir = f"--data-dir={directory / '.booked'}"
    with serving(directory, "--no-worker") as service:
        [refused] = run(service, CREATE)
        created = booked("api-key", "create", "Agency", data_dir)
        assert created.returncode == 0, created.stderr
        key = created.stdout.strip()
        with_key = CONCURRENT.replace("curl ", f'curl -H "Authorization: Bearer {key}" ')

        replies = run(service, with_key, environment=tools)

        assert (refused["status"], refused["code"]) == (401, "USER-17")
        assert sorted(str(reply["status"]) for reply in replies) == ["400"] * 5 + ["active"] * 10
        listed = booked("api-key", "list", data_dir)
        [id_] = re.findall(r"^([0-9a-f-]{36}) ", listed.stdout, re.MULTILINE)
        assert booked("api-key", "revoke", id_, data_dir).returncode == 0
        assert only(run(service, CREATE.replace("curl ", f'curl -H "X-API-Key: {key}" ')))["code"] == "USER-17"
        assert key not in service.log.read_text()
        assert key not in listed.stdout


def test_a_demo_that_is_said_to_be_closed_is_closed(directory: Path) -> None:
    with serving(directory, "--demo", "--no-worker", settings={"BOOKED_BOX_OFFICE": "closed"}) as service:
        reply = httpx.post(f"{service.url}/events", json={"name": "Concert", "total_tickets": 1})

    assert reply.status_code == 401
