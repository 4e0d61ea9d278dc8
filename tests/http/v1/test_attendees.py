"""Who comes to an event: for whom, how they are found, and the list as a table."""

import csv
import io
from typing import Any

import pytest

from booked.adapters.http.contracts import booking_table
from booked.domain.model.people.users import NameChanges
from tests.http.answers import assert_problem
from tests.http.office import Office, Person
from tests.http.v1.programme import Json, Programme, address_of
from tests.http.v1.sale import BOOKINGS, booked, seats_of, types_of


@pytest.fixture
async def sold(programme: Programme, ann: Person, ben: Person) -> Json:
    """An event with three bookings: two seats of Ann's, one of which she has cancelled, and one and one of Ben's."""
    event = await programme.seated()
    types = {type_["name"]: type_["id"] for type_ in await types_of(programme, event)}
    [front, *_] = await seats_of(programme, event, section="Stalls")
    anns = await booked(programme, ann, ticket_type_id=types["Front"], num_tickets=2)
    await programme.office.delete(f"{BOOKINGS}{anns['id']}/seats/{anns['tickets'][1]['id']}/", ann)
    await booked(programme, ben, ticket_type_id=types["Back"], num_tickets=1)
    cancelled = await booked(programme, ben, ticket_type_id=types["Back"], num_tickets=1)
    await programme.office.delete(f"{BOOKINGS}{cancelled['id']}/", ben)
    assert anns["tickets"][0]["id"] == front["id"]
    return event


def attendees_of(event: Json) -> str:
    return f"{address_of(event)}attendees/"


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\N{BYTE ORDER MARK}"), newline="")))


async def found(programme: Programme, event: Json, **query: str | int) -> list[tuple[str, str]]:
    rows = await programme.walk(attendees_of(event), programme.ora, **query)
    return [(row["name"], row["status"]) for row in rows]


async def test_organizers_see_who_comes(programme: Programme, sold: Json, ann: Person, ben: Person) -> None:
    cancelled, bens, anns = (await programme.shown(attendees_of(sold), programme.ora))["items"]

    assert [(row["name"], row["email"], row["user_id"]) for row in (anns, bens)] == [
        ("ann", ann.email, ann.id),
        ("ben", ben.email, ben.id),
    ]
    assert (anns["status"], anns["num_tickets"], anns["total"]) == ("ACTIVE", 1, "49.90")
    assert (anns["tickets"][0]["section"], anns["tickets"][0]["row"]) == ("Stalls", "A")
    assert (cancelled["status"], cancelled["num_tickets"], cancelled["refund"]) == ("CANCELLED", 0, "19.90")
    assert await programme.shown(f"{BOOKINGS}{anns['id']}/", programme.ora) == anns


async def test_only_those_who_run_an_event_see_who_comes(
    programme: Programme, office: Office, sold: Json, ann: Person
) -> None:
    path = attendees_of(sold)

    for format_ in ("json", "csv"):
        assert_problem(await office.get(f"{path}?format={format_}", ann), 403, "USER-01")
        assert_problem(await office.get(f"{path}?format={format_}", programme.otto), 403, "USER-12")
        assert (await office.get(f"{path}?format={format_}", programme.admin)).status_code == 200
    assert (await office.get(path)).status_code == 401
    unknown = path.replace(sold["id"], "019c5b2e-7f00-7a3c-8e54-1f0a00000000")
    assert_problem(await office.get(unknown, programme.ora), 404, "EVENT-03")


async def test_attendees_are_found_by_code_name_and_address(
    programme: Programme, sold: Json, ann: Person, ben: Person
) -> None:
    await programme.office.database.users.rename(ann.id, NameChanges("Ännchen", "O_Leary"))
    [_, bens, _] = (await programme.shown(attendees_of(sold), programme.ora))["items"]
    three = [("ben", "CANCELLED"), ("ben", "ACTIVE"), ("Ännchen O_Leary", "ACTIVE")]

    assert await found(programme, sold) == await found(programme, sold, limit=1) == three
    assert await found(programme, sold, q="ann") == await found(programme, sold, q=" o_l ") == three[2:]
    assert await found(programme, sold, q="BEN@", limit=1) == three[:2]
    assert await found(programme, sold, q=bens["code"].lower()) == [three[1]]
    assert await found(programme, sold, q="%") == await found(programme, sold, q="a_n") == []
    assert await found(programme, sold, status="cancelled") == three[:1]
    assert await found(programme, sold, status="ACTIVE", q="ben") == [three[1]]


async def test_a_page_of_attendees_goes_on_only_where_it_was_asked_for(
    programme: Programme, office: Office, sold: Json
) -> None:
    path = attendees_of(sold)
    cursor = (await programme.shown(f"{path}?q=e&limit=1", programme.ora))["next_cursor"]

    assert cursor is not None
    assert_problem(await office.get(f"{path}?q=b&cursor={cursor}", programme.ora), 400, "SYS-16")


async def test_the_whole_list_is_taken_along_as_a_table(programme: Programme, office: Office, sold: Json) -> None:
    reply = await office.get(f"{attendees_of(sold)}?format=csv&limit=1", programme.ora)

    cancelled, bens, anns = rows_of(reply.text)
    assert reply.headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
    assert reply.headers["Content-Disposition"] == 'attachment; filename="attendees.csv"'
    assert (anns["name"], anns["email"], anns["status"]) == ("ann", "ann@example.com", "ACTIVE")
    assert (anns["num_tickets"], anns["ticket_types"], anns["seats"]) == ("1", "1 × Front", "Stalls A 1")
    assert (anns["total"], anns["refunded"], anns["currency"]) == ("49.90", "49.90", "EUR")
    assert (cancelled["status"], cancelled["num_tickets"], cancelled["refunded"]) == ("CANCELLED", "0", "19.90")
    assert bens["booked_at"].endswith("Z")
    assert reply.headers["Cache-Control"] == "no-store"
    searched = await office.get(f"{attendees_of(sold)}?q=ann", programme.ora, {"Accept": "text/csv"})
    assert rows_of(searched.text) == [anns]


async def test_no_cell_of_the_table_is_a_formula(programme: Programme, office: Office, sold: Json, ann: Person) -> None:
    await office.database.users.rename(ann.id, NameChanges('=HYPERLINK("x")', ""))

    rows = rows_of((await office.get(f"{attendees_of(sold)}?format=csv", programme.ora)).text)

    assert rows[2]["name"] == """'=HYPERLINK("x")"""


async def test_a_table_longer_than_a_spreadsheet_holds_is_refused(
    programme: Programme, office: Office, sold: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(booking_table, "ROWS_MOST", 2)

    reply = await office.get(f"{attendees_of(sold)}?format=csv", programme.ora)

    assert_problem(reply, 400, "SYS-17")
    assert "more than 2 rows" in reply.json()["detail"]
    assert (await office.get(f"{attendees_of(sold)}?format=csv&status=ACTIVE", programme.ora)).status_code == 200


async def test_a_long_table_has_every_booking_once(
    programme: Programme, office: Office, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("booked.domain.services.sale.booking_views.ROWS_AT_ONCE", 2)
    event = await programme.event()
    [type_] = await types_of(programme, event)
    made = [(await booked(programme, ann, ticket_type_id=type_["id"], num_tickets=1))["id"] for _ in range(4)]

    rows = rows_of((await office.get(f"{attendees_of(event)}?format=csv", programme.ora)).text)

    assert [row["booking_id"] for row in rows] == made[::-1]


# Among all bookings


async def test_bookings_of_an_event_are_found_among_all(
    programme: Programme, sold: Json, ann: Person, ben: Person
) -> None:
    other = await programme.event()
    [type_] = await types_of(programme, other)
    await booked(programme, ann, ticket_type_id=type_["id"], num_tickets=1)
    [_, bens, anns] = (await programme.shown(attendees_of(sold), programme.ora))["items"]

    async def listed(who: Person, **query: Any) -> list[Json]:
        return await programme.walk(BOOKINGS, who, event=sold["id"], **query)

    assert await listed(programme.ora, q="ann") == await listed(programme.admin, q="ANN@EXAMPLE") == [anns]
    assert await listed(programme.ora, code=bens["code"]) == await listed(ben, code=bens["code"]) == [bens]
    assert await listed(ben, q="ben", status="ACTIVE") == [bens]
    assert await listed(programme.otto, q="ann") == await listed(ann, code=bens["code"]) == []
    assert await listed(programme.ora, code="nothing like a code") == []
    assert await listed(programme.ora, q="ann", mine="true") == []


async def test_bookings_of_an_event_are_a_table_too(
    programme: Programme, office: Office, sold: Json, ann: Person
) -> None:
    path = f"{BOOKINGS}?event={sold['id']}"

    whole = await office.get(f"{path}&format=csv", programme.ora)
    own = await office.get(f"{path}&format=csv", ann)

    assert whole.text == (await office.get(f"{attendees_of(sold)}?format=csv", programme.ora)).text
    assert rows_of(own.text) == rows_of(whole.text)[2:]
    assert rows_of((await office.get(path, programme.otto, {"Accept": "text/csv"})).text) == []
    everything = await office.get(BOOKINGS, programme.ora, {"Accept": "text/csv"})
    assert everything.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("query", ["q=ann", "code=D9NQ-S7CY", "format=csv", "event={id}&q=ann&code=D9NQ-S7CY"])
async def test_what_cannot_be_looked_for_is_refused(
    programme: Programme, office: Office, sold: Json, query: str
) -> None:
    reply = await office.get(f"{BOOKINGS}?{query.format(id=sold['id'])}", programme.ora)

    assert_problem(reply, 400, "SYS-17")
    assert "Send " in reply.json()["detail"]
