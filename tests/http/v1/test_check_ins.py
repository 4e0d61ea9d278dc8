"""Checking tickets in at the door, in the resource API."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest

from tests.http.answers import assert_problem
from tests.http.office import Office, Person
from tests.http.v1.programme import Json, Programme, address_of, key
from tests.http.v1.sale import BOOKINGS, address_in, booked, types_of

UNKNOWN = "01890000-0000-7000-8000-000000000000"


@pytest.fixture
async def made(programme: Programme, ann: Person) -> Json:
    """A booking of two tickets."""
    [type_] = await types_of(programme, await programme.event())
    return await booked(programme, ann, ticket_type_id=type_["id"], num_tickets=2)


def door_of(made: Json) -> str:
    return f"{address_in(BOOKINGS, made)}check-in/"


def ids(made: Json) -> list[str]:
    return [ticket["id"] for ticket in made["tickets"]]


async def test_a_ticket_is_admitted_once(programme: Programme, made: Json, ann: Person) -> None:
    first, _ = ids(made)

    admitted = await programme.post(door_of(made), {"ticket": first, "gate": " North "})
    again = await programme.post(door_of(made), {"ticket": first, "gate": "South"}, programme.admin)

    ticket = admitted.json()
    assert admitted.status_code == 200
    assert ticket == {**made["tickets"][0], "checked_in_at": ticket["checked_in_at"], "gate": "North"}
    at = datetime.fromisoformat(ticket["checked_in_at"])
    assert abs(at - datetime.now(UTC)) < timedelta(minutes=1)
    assert_problem(again, 409, "TICKET-14")
    assert again.json()["detail"] == f"It was checked in at {at:%Y-%m-%d %H:%M:%S} UTC at the gate North."
    for who in (ann, programme.ora):
        shown = await programme.shown(address_in(BOOKINGS, made), who)
        assert shown["tickets"] == [ticket, made["tickets"][1]]


async def test_those_who_do_not_run_the_event_admit_nobody(
    programme: Programme, office: Office, made: Json, ann: Person, ben: Person
) -> None:
    first, _ = ids(made)

    for who, status, code in ((programme.otto, 404, "TICKET-08"), (ben, 404, "TICKET-08"), (ann, 403, "USER-01")):
        assert_problem(await programme.post(door_of(made), {"ticket": first}, who), status, code)
        assert_problem(await office.delete(f"{door_of(made)}{first}/", who), status, code)

    assert await programme.shown(address_in(BOOKINGS, made), ann) == made


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"ticket": UNKNOWN}, (404, "EVENT-14")),
        ({"ticket": "x"}, (400, "SYS-03")),
        ({"ticket": None}, (400, "SYS-01")),
        ({"gate": "x" * 101}, (400, "TICKET-15")),
        ({"gate": "a\u202eb"}, (400, "TICKET-15")),
        ({"gate": None}, (400, "SYS-01")),
        ({"door": "North"}, (400, "SYS-01")),
    ],
)
async def test_what_makes_no_sense_admits_nobody(
    programme: Programme, made: Json, ann: Person, body: Json, refusal: tuple[int, str]
) -> None:
    reply = await programme.post(door_of(made), {"ticket": ids(made)[0], **body})

    assert_problem(reply, *refusal)
    assert await programme.shown(address_in(BOOKINGS, made), ann) == made


async def test_a_cancelled_ticket_is_not_admitted(programme: Programme, made: Json) -> None:
    first, second = ids(made)
    await programme.post(f"{address_in(BOOKINGS, made)}cancel/", {"tickets": [second]})
    one = await programme.post(door_of(made), {"ticket": second})
    await programme.post(f"{address_in(BOOKINGS, made)}cancel/", None)

    assert_problem(one, 404, "EVENT-14")
    assert_problem(await programme.post(door_of(made), {"ticket": first}), 400, "TICKET-09")


async def test_a_repeated_request_is_answered_as_the_first_one(programme: Programme, made: Json) -> None:
    first, second = ids(made)

    answers = [await programme.post(door_of(made), {"ticket": first}, headers=key("a")) for _ in range(2)]
    other = await programme.post(door_of(made), {"ticket": second}, headers=key("a"))

    assert [(answer.status_code, answer.json()) for answer in answers] == [(200, answers[0].json())] * 2
    assert_problem(other, 422, "SYS-12")


async def test_a_check_in_is_undone(programme: Programme, office: Office, made: Json, ann: Person) -> None:
    first, _ = ids(made)
    await programme.post(door_of(made), {"ticket": first, "gate": "North"})

    undone = [await office.delete(f"{door_of(made)}{first}/", programme.ora) for _ in range(2)]

    assert [reply.status_code for reply in undone] == [204, 204]
    assert await programme.shown(address_in(BOOKINGS, made), ann) == made
    assert_problem(await office.delete(f"{door_of(made)}{UNKNOWN}/", programme.ora), 404, "EVENT-14")
    assert (await programme.post(door_of(made), {"ticket": first})).status_code == 200


async def test_its_owner_does_not_give_back_what_was_admitted(programme: Programme, made: Json, ann: Person) -> None:
    first, second = ids(made)
    address = address_in(BOOKINGS, made)
    await programme.post(door_of(made), {"ticket": first})

    refused = [
        await programme.post(f"{address}cancel/", {"tickets": [first]}, ann),
        await programme.post(f"{address}cancel/", {}, ann),
    ]
    shown = await programme.shown(address, ann)
    rest = await programme.post(f"{address}cancel/", {"tickets": [second]}, ann)
    by_organizer = await programme.post(f"{address}cancel/", {}, programme.ora)

    for reply in refused:
        assert_problem(reply, 409, "TICKET-10")
        assert "checked in" in reply.json()["detail"]
    assert (shown["refund"], shown["num_tickets"]) == (None, 2)
    assert (rest.status_code, rest.json()["num_tickets"]) == (200, 1)
    assert (by_organizer.status_code, by_organizer.json()["status"]) == (200, "CANCELLED")
    assert by_organizer.json()["tickets"][0]["checked_in_at"] is not None


async def test_those_who_come_are_listed_with_what_was_admitted(programme: Programme, made: Json) -> None:
    first, _ = ids(made)
    admitted = (await programme.post(door_of(made), {"ticket": first, "gate": "North"})).json()
    path = f"{address_of(made['event'])}attendees/"

    [row] = await programme.walk(path, programme.ora)
    table = (await programme.office.get(f"{path}?format=csv", programme.ora)).text

    assert row["tickets"][0] == admitted
    [line] = csv.DictReader(io.StringIO(table.removeprefix("\N{BYTE ORDER MARK}"), newline=""))
    assert (line["num_tickets"], line["num_checked_in"]) == ("2", "1")
