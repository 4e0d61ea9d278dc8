"""Booked as bigcat, a concert ticketing system: its snippet runs as it stands, and each row of its table is there."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.http.answers import assert_problem
from tests.http.office import Office, Person
from tests.http.v1.programme import NOTHING, Json, Programme
from tests.http.v1.sale import booked
from tests.running import Serving, serving
from tests.servers import fresh_directory

LOGIN = {"email": "ann@example.com", "password": "correct horse"}

# With a quotation mark more than it has there, without which it is not Python.
SNIPPET = """

import requests

payload = {
	'email': '<YOUR_EMAIL>',
	'password': '<YOUR_PASSWORD>',
	'grant_type': 'password'
}

response = requests.post(f'{base_url}/auth/token', data=payload)

if response.status_code == 200:
    data = response.json()
    token = data['access_token']
    print('Successfully signed in.')

    headers = {"Authorization": f"Bearer {token}"}
else:
    print('Cannot login. Please ensure credentials are correct.')
"""


@pytest.fixture(scope="module")
def service() -> Iterator[Serving]:
    with fresh_directory() as directory, serving(directory, "--no-worker") as service:
        yield service


@pytest.fixture
async def concert(programme: Programme) -> Json:
    """A concert of forty seats."""
    return await programme.seated(name="The Millers live", artist="The Millers", tour_name="Flour Power")


def play(service: Serving, password: str) -> dict[str, Any]:
    """What the snippet's variables are in the end."""
    snippet = SNIPPET.replace("<YOUR_EMAIL>", LOGIN["email"]).replace("<YOUR_PASSWORD>", password)
    variables: dict[str, Any] = {"base_url": service.url}
    exec(compile(snippet, "snippet", "exec"), variables)  # noqa: S102  that is what it is there for
    return variables


# Play with bigcat


def test_the_snippet_signs_in(service: Serving, capsys: pytest.CaptureFixture[str]) -> None:
    with service.client() as client:
        client.post("/user/register/", json={"name": "Ann", **LOGIN}).raise_for_status()

    variables = play(service, LOGIN["password"])

    assert capsys.readouterr().out == "Successfully signed in.\n"
    with service.client() as client:
        bookings = client.get("/bookings", headers=variables["headers"])
    assert (bookings.status_code, bookings.json()) == (200, [])


def test_the_snippet_says_so_if_it_cannot(service: Serving, capsys: pytest.CaptureFixture[str]) -> None:
    play(service, "wrong")

    assert capsys.readouterr().out == "Cannot login. Please ensure credentials are correct.\n"


# Endpoints


async def test_get_bookings(programme: Programme, office: Office, concert: Json, ann: Person, ben: Person) -> None:
    [seat, *_] = await programme.shown("/seats")
    of_ann = await booked(programme, ann, ticket_type_id=await ticket_type(programme, concert), num_tickets=1)
    of_ben = await booked(programme, ben, ticket_type_id=await ticket_type(programme, concert), num_tickets=2)

    assert_problem(await office.get("/bookings"), 401, "USER-06")
    assert [booking["id"] for booking in await programme.shown("/bookings", ann)] == [of_ann["id"]]
    for who in (programme.ora, programme.admin):
        assert [booking["id"] for booking in await programme.shown("/bookings", who)] == [of_ben["id"], of_ann["id"]]
    assert await programme.shown("/bookings", programme.otto) == []
    assert seat["concert_id"] == concert["id"]


async def test_get_a_booking(programme: Programme, office: Office, concert: Json, ann: Person, ben: Person) -> None:
    made = await booked(programme, ann, ticket_type_id=await ticket_type(programme, concert), num_tickets=2)

    for who in (ann, programme.ora, programme.admin):
        booking = await programme.shown(f"/bookings/{made['id']}", who)
        assert (booking["event_id"], booking["user_id"], booking["ticket_count"]) == (concert["id"], ann.id, 2)
        assert booking["ticket_ids"] == [ticket["id"] for ticket in made["tickets"]]
        assert (booking["total_price"], booking["currency"]) == (made["total"], "EUR")
    for stranger in (ben, programme.otto):
        assert_problem(await office.get(f"/bookings/{made['id']}", stranger), 404, "TICKET-08")
    assert (await office.get(f"/bookings/{made['id']}")).status_code == 401


async def test_get_concerts(programme: Programme, concert: Json) -> None:
    await programme.event(name="Rehearsal", status="DRAFT")

    assert await programme.shown("/concerts") == [
        {
            "id": concert["id"],
            "artist": "The Millers",
            "tour_name": "Flour Power",
            "name": "The Millers live",
            "venue": "Old Mill",
            "location": "Main Street 1",
            "concert_datetime": "2027-06-01T19:30:00Z",
            "total_seats": 40,
            "available_seats": 40,
        }
    ]


async def test_get_a_concert(programme: Programme, office: Office, concert: Json) -> None:
    [listed] = await programme.shown("/concerts")

    assert await programme.shown(f"/concerts/id/{concert['id']}") == listed
    assert_problem(await office.get(f"/concerts/id/{NOTHING}"), 404, "EVENT-03")


async def test_search_concerts(programme: Programme, concert: Json) -> None:
    await programme.event(name="Another", artist="The Bakers")

    for query in (
        {"artist": "the millers"},
        {"tour_name": "Flour Power"},
        {"venue": "Old Mill"},
        {"location": "York"},
        {"concert_datetime": "2027-06-01", "artist": "The Millers"},
        {"concert_datetime": "2027-06-01T19:30:00Z", "venue": "old mill"},
    ):
        found = await programme.shown(f"/concerts/search?{httpx.QueryParams(query)}")
        assert [each["id"] for each in found] == [concert["id"]], query
    assert await programme.shown("/concerts/search?artist=Mill") == []


async def test_get_seats(programme: Programme, concert: Json) -> None:
    seats = await programme.shown("/seats")

    assert len(seats) == 40
    assert seats == await programme.shown(f"/seats?concert_id={concert['id']}")
    assert seats[0] == {
        "id": seats[0]["id"],
        "concert_id": concert["id"],
        "section": "Stalls",
        "row": "A",
        "seat_number": 1,
        "seat_type": "Front",
        "price": "49.90",
        "currency": "EUR",
        "status": "AVAILABLE",
    }


async def test_get_a_seat(programme: Programme, office: Office, concert: Json, ann: Person) -> None:
    made = await booked(programme, ann, ticket_type_id=await ticket_type(programme, concert), num_tickets=1)
    [ticket] = made["tickets"]

    seat = await programme.shown(f"/seats/id/{ticket['id']}")

    assert (seat["section"], seat["row"], seat["seat_number"]) == (
        ticket["section"],
        ticket["row"],
        ticket["seat_number"],
    )
    assert seat["status"] == "BOOKED"
    assert_problem(await office.get(f"/seats/id/{concert['id']}"), 404, "EVENT-14")


async def ticket_type(programme: Programme, concert: Json) -> str:
    types = await programme.shown(f"/api/v1/events/{concert['id']}/tickets/")
    return str(types["items"][0]["id"])
