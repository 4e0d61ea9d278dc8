"""Reservations in the resource API: making them, looking at them, changing them, giving them back."""

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from booked.domain.services.programme import plans
from tests.http.answers import assert_problem
from tests.http.office import Office, Person, open_office
from tests.http.v1.programme import NOTHING, Json, Programme, address_of, key, open_programme
from tests.http.v1.sale import RESERVATIONS, address_in, decrease, increase, reserved, seats_of, types_of

FIELDS = {
    "id",
    "event_id",
    "status",
    "num_tickets",
    "tickets",
    "total",
    "currency",
    "expires_at",
    "seconds_left",
    "extensions_left",
    "together",
}


async def test_a_reservation_says_what_is_held_until_when_and_for_how_much(programme: Programme, ann: Person) -> None:
    event = await programme.seated(currency="GBP")
    front, back = await seats_of(programme, event, section="Stalls"), await seats_of(programme, event, section="Circle")

    reply = await programme.post(RESERVATIONS, {"event_id": event["id"], "seats": [back[1]["id"], front[0]["id"]]}, ann)

    made = reply.json()
    assert reply.status_code == 201, reply.text
    assert set(made) == FIELDS
    assert reply.headers["Location"] == address_in(RESERVATIONS, made)
    assert (made["event_id"], made["status"], made["together"]) == (event["id"], "held", False)
    assert made["num_tickets"] == 2
    assert (made["total"], made["currency"], made["extensions_left"]) == ("69.80", "GBP", 1)
    left = datetime.fromisoformat(made["expires_at"]) - datetime.now(UTC)
    assert made["expires_at"].endswith("Z")
    assert timedelta(minutes=9) < left <= timedelta(minutes=10)
    assert 540 <= made["seconds_left"] <= 600
    assert made["tickets"] == [
        {
            "id": seat["id"],
            "ticket_type": seat["ticket_type"],
            "section": seat["section"],
            "row": seat["row"],
            "seat_number": seat["number"],
            "price": seat["price"],
        }
        for seat in (front[0], back[1])
    ]
    shown = await programme.shown(reply.headers["Location"], ann)
    assert {**shown, "seconds_left": made["seconds_left"]} == made


async def test_tickets_of_a_known_event_are_reserved_while_the_database_does_not_answer(
    programme: Programme, ann: Person, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = await programme.seated()
    await reserved(programme, event, ann, num_tickets=1)
    for limit in ("GOOD_FOR", "USABLE_FOR", "PATIENCE"):
        monkeypatch.setattr(plans, limit, timedelta(0))

    blocker = await asyncpg.connect(database_url)
    async with blocker.transaction():
        await blocker.execute("LOCK TABLE events, ticket_types, blocks, users, bookings IN ACCESS EXCLUSIVE MODE")
        made = await reserved(programme, event, ann, num_tickets=2)
        shown = await programme.shown(address_in(RESERVATIONS, made), ann)
    await blocker.close()

    assert len(made["tickets"]) == len(shown["tickets"]) == 2


async def test_tickets_without_seats_have_no_place(programme: Programme, ann: Person) -> None:
    event = await programme.event()

    made = await reserved(programme, event, ann, num_tickets=2)

    assert [(ticket["section"], ticket["row"], ticket["seat_number"]) for ticket in made["tickets"]] == [
        (None, None, None),
        (None, None, None),
    ]
    assert (made["total"], made["together"]) == ("59.80", None)


async def test_tickets_of_a_type_and_the_best_available_can_be_had(programme: Programme, ann: Person) -> None:
    event = await programme.seated()
    [front] = [type_ for type_ in await types_of(programme, event) if type_["name"] == "Front"]

    any_ = await reserved(programme, event, ann, num_tickets=1, ticket_type_id=front["id"])
    best = await reserved(programme, event, ann, num_tickets=5, ticket_type_id=front["id"], best_available=True)

    assert [(ticket["row"], ticket["seat_number"]) for ticket in any_["tickets"]] == [("A", 1)]
    assert [(ticket["row"], ticket["seat_number"]) for ticket in best["tickets"]] == [
        ("B", number) for number in range(1, 6)
    ]
    assert best["together"]


async def test_a_party_that_fits_in_no_row_sits_in_groups_if_it_may_be_split(programme: Programme, ann: Person) -> None:
    event = await programme.seated()
    [front] = [type_ for type_ in await types_of(programme, event) if type_["name"] == "Front"]
    party = {"event_id": event["id"], "num_tickets": 6, "ticket_type_id": front["id"], "best_available": True}

    refused = await programme.post(RESERVATIONS, party, ann)
    made = await reserved(programme, event, ann, **{**party, "split": True})
    too_few = await programme.post(RESERVATIONS, {**party, "num_tickets": 15, "split": True}, ann)

    assert_problem(refused, 400, "TICKET-11")
    assert refused.json()["detail"] == "At most 5 free seats are next to each other."
    assert_problem(too_few, 400, "TICKET-01")
    assert len({ticket["row"] for ticket in made["tickets"]}) == 2
    assert (len(made["tickets"]), made["together"]) == (6, False)


async def test_without_a_type_the_cheapest_are_reserved_and_each_ticket_says_what_it_is(
    programme: Programme, ann: Person
) -> None:
    event = await programme.seated()
    back, front = await types_of(programme, event)

    many = await reserved(programme, event, ann, num_tickets=19)
    two = await reserved(programme, event, ann, num_tickets=2)
    last = await programme.office.reserve(ann, event["id"], 1)

    def types(made: Json) -> list[tuple[str, str, str]]:
        tickets = [(ticket["ticket_type"], ticket["price"]) for ticket in made["tickets"]]
        return [(type_["id"], type_["name"], price) for type_, price in tickets]

    assert types(many) == [(back["id"], "Back", "19.90")] * 19
    assert types(two) == [(front["id"], "Front", "49.90")] * 2
    assert [int(ticket[-8:], 16) for ticket in last] == [40]  # the last one at the back


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"num_tickets": 51}, 400, "TICKET-01"),
        ({"num_tickets": 0}, 400, "TICKET-01"),
        ({"num_tickets": -1}, 400, "TICKET-01"),
        ({}, 400, "TICKET-01"),
        ({"num_tickets": 101}, 400, "TICKET-04"),
        ({"num_tickets": 2**63}, 400, "TICKET-04"),
        ({"num_tickets": 2**64}, 400, "TICKET-04"),
        ({"num_tickets": 1.5}, 400, "SYS-01"),
        ({"num_tickets": "1"}, 400, "SYS-01"),
        ({"num_tickets": True}, 400, "SYS-01"),
        ({"num_tickets": 1, "colour": "red"}, 400, "SYS-01"),
        ({"num_tickets": 1, "ticket_type_id": NOTHING}, 404, "EVENT-13"),
        ({"num_tickets": 1, "ticket_type_id": "1"}, 400, "SYS-03"),
        ({"num_tickets": 2, "best_available": True}, 404, "EVENT-14"),
        ({"num_tickets": 2, "best_available": "yes"}, 400, "SYS-01"),
        ({"num_tickets": 2, "split": True}, 400, "SYS-01"),
        ({"seats": [NOTHING], "split": True}, 400, "SYS-01"),
        ({"seats": []}, 400, "TICKET-01"),
        ({"seats": [NOTHING]}, 404, "EVENT-14"),
        ({"seats": [NOTHING] * 101}, 404, "EVENT-14"),
        ({"seats": ["1"]}, 400, "SYS-03"),
        ({"seats": [NOTHING], "num_tickets": 1}, 400, "SYS-01"),
        ({"seats": [NOTHING], "best_available": True}, 400, "SYS-01"),
        ({"event_id": NOTHING, "num_tickets": 1}, 404, "EVENT-03"),
        ({"event_id": "1", "num_tickets": 1}, 400, "SYS-03"),
        ({"event_id": None, "num_tickets": 1}, 400, "SYS-01"),
    ],
)
async def test_what_cannot_be_reserved_is_refused(
    programme: Programme, ann: Person, body: Json, status: int, code: str
) -> None:
    event = await programme.event()

    reply = await programme.post(RESERVATIONS, {"event_id": event["id"], **body}, ann)

    assert_problem(reply, status, code)
    assert (await programme.shown(RESERVATIONS, ann))["items"] == []


async def test_a_seat_that_somebody_has_is_not_free(programme: Programme, ann: Person, ben: Person) -> None:
    event = await programme.seated()
    first, second, *_ = await seats_of(programme, event)
    await reserved(programme, event, ben, seats=[first["id"]])

    reply = await programme.post(RESERVATIONS, {"event_id": event["id"], "seats": [second["id"], first["id"]]}, ann)

    assert_problem(reply, 409, "TICKET-05")
    named = f"{first['section']}, row {first['row']}, seat {first['number']}"
    assert reply.json()["detail"] == f"Not free: {named}. Choose another, or ask for the best available."
    statuses = {seat["id"]: seat["status"] for seat in await seats_of(programme, event)}
    assert (statuses[first["id"]], statuses[second["id"]]) == ("RESERVED", "AVAILABLE")


async def test_tickets_are_not_sold_before_sales_begin(programme: Programme, ann: Person) -> None:
    event = await programme.event(sales_start="2027-05-01T00:00:00Z")

    assert_problem(
        await programme.post(RESERVATIONS, {"event_id": event["id"], "num_tickets": 1}, ann), 400, "EVENT-06"
    )


async def test_drafts_are_not_sold(programme: Programme, ann: Person) -> None:
    event = await programme.event(status="DRAFT")

    for who in (ann, programme.ora):
        reply = await programme.post(RESERVATIONS, {"event_id": event["id"], "num_tickets": 1}, who)
        assert_problem(reply, 404, "EVENT-03")


async def test_the_number_of_tickets_is_increased_and_decreased_and_the_deadline_stays(
    programme: Programme, office: Office, ann: Person
) -> None:
    event = await programme.event()
    made = await reserved(programme, event, ann, num_tickets=2)
    address = address_in(RESERVATIONS, made)

    more = await office.send("PUT", address, increase(3), ann)
    fewer = await office.send("PUT", address, decrease(4), ann)
    none = await office.send("PUT", address, decrease(1), ann)

    assert (more.status_code, len(more.json()["tickets"]), more.json()["total"]) == (200, 5, "149.50")
    assert (fewer.status_code, len(fewer.json()["tickets"]), fewer.json()["total"]) == (200, 1, "29.90")
    assert more.json()["expires_at"] == fewer.json()["expires_at"] == made["expires_at"]
    assert_problem(none, 409, "TICKET-07")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"num_tickets": 0, "operation": "increase number of tickets"}, "TICKET-01"),
        ({"num_tickets": -2, "operation": "decrease number of tickets"}, "TICKET-01"),
        ({"num_tickets": 101, "operation": "increase number of tickets"}, "TICKET-04"),
        ({"num_tickets": 49, "operation": "increase number of tickets"}, "TICKET-01"),
        ({"num_tickets": 1, "operation": "increase"}, "SYS-01"),
        ({"num_tickets": 1}, "SYS-01"),
        ({"operation": "increase number of tickets"}, "SYS-01"),
        ({"num_tickets": 1, "operation": "increase number of tickets", "price": "0.00"}, "SYS-01"),
    ],
)
async def test_what_is_no_change_changes_nothing(
    programme: Programme, office: Office, ann: Person, body: Json, code: str
) -> None:
    made = await reserved(programme, await programme.event(), ann, num_tickets=2)

    reply = await office.send("PUT", address_in(RESERVATIONS, made), body, ann)

    assert_problem(reply, 400, code)
    shown = await programme.shown(address_in(RESERVATIONS, made), ann)
    assert {**shown, "seconds_left": made["seconds_left"]} == made


async def test_a_reservation_is_extended_once(programme: Programme, office: Office, ann: Person) -> None:
    made = await reserved(programme, await programme.event(), ann, num_tickets=2)
    address = address_in(RESERVATIONS, made)

    extended = await office.send("POST", f"{address}extend/", None, ann)
    again = await office.send("POST", f"{address}extend/", None, ann)

    assert extended.status_code == 200
    deadlines = [datetime.fromisoformat(body["expires_at"]) for body in (made, extended.json())]
    assert deadlines[1] - deadlines[0] == timedelta(minutes=10)
    assert extended.json()["extensions_left"] == 0
    assert 1140 <= extended.json()["seconds_left"] <= 1200
    assert_problem(again, 409, "TICKET-07")


async def test_what_is_given_back_is_gone_and_free(programme: Programme, office: Office, ann: Person) -> None:
    event = await programme.event()
    made = await reserved(programme, event, ann, num_tickets=50)
    address = address_in(RESERVATIONS, made)

    reply = await office.delete(address, ann)

    assert (reply.status_code, reply.content) == (204, b"")
    assert_problem(await office.get(address, ann), 404, "TICKET-06")
    assert_problem(await office.delete(address, ann), 404, "TICKET-06")
    assert len((await reserved(programme, event, ann, num_tickets=50))["tickets"]) == 50


async def test_a_reservation_is_its_owners_alone(
    programme: Programme, office: Office, ann: Person, ben: Person
) -> None:
    made = await reserved(programme, await programme.event(), ann, num_tickets=2)
    address = address_in(RESERVATIONS, made)

    for who in (ben, programme.ora, programme.admin):
        for reply in (
            await office.get(address, who),
            await office.send("PUT", address, increase(1), who),
            await office.send("POST", f"{address}extend/", None, who),
            await office.delete(address, who),
        ):
            assert_problem(reply, 404, "TICKET-06")
        assert (await programme.shown(RESERVATIONS, who))["items"] == []

    shown = await programme.shown(address, ann)
    assert {**shown, "seconds_left": made["seconds_left"]} == made


async def test_ones_reservations_are_listed_page_by_page(programme: Programme, ann: Person) -> None:
    event = await programme.event()
    made = [await reserved(programme, event, ann, num_tickets=1) for _ in range(7)]

    listed = await programme.walk(RESERVATIONS, ann, limit=3)

    in_order = sorted(made, key=lambda reservation: (reservation["expires_at"], reservation["id"]))
    assert [reservation["id"] for reservation in listed] == [reservation["id"] for reservation in in_order]


async def test_a_booked_reservation_has_ended(programme: Programme, office: Office, ann: Person) -> None:
    made = await reserved(programme, await programme.event(), ann, num_tickets=2)
    await programme.made("/api/v1/bookings/", {"reservation_id": made["id"]}, ann)

    shown = await programme.shown(address_in(RESERVATIONS, made), ann)

    assert (shown["status"], shown["tickets"], shown["total"]) == ("ended", [], "0.00")
    assert (shown["seconds_left"], shown["extensions_left"]) == (0, 0)
    assert_problem(await office.send("PUT", address_in(RESERVATIONS, made), increase(1), ann), 404, "TICKET-06")


async def test_of_many_requests_at_once_no_more_than_the_limit_are_granted(programme: Programme, ann: Person) -> None:
    event = await programme.event(max_tickets_per_user=4)

    replies = await asyncio.gather(
        *(programme.post(RESERVATIONS, {"event_id": event["id"], "num_tickets": 1}, ann) for _ in range(32))
    )

    assert sorted(reply.status_code for reply in replies) == [201] * 4 + [400] * 28
    for reply in replies:
        if reply.status_code == 400:
            assert_problem(reply, 400, "TICKET-04")


async def test_the_operators_limit_holds_where_an_event_has_none_of_its_own(database_url: str, redis_url: str) -> None:
    async with open_office(database_url, redis_url, tickets_per_user=4) as office:
        programme, ann = await open_programme(office), await office.person("ann")
        event = await programme.event()

        too_many = await programme.post(RESERVATIONS, {"event_id": event["id"], "num_tickets": 5}, ann)
        lifted = await programme.patch(address_of(event), {"max_tickets_per_user": None})
        raised = await programme.patch(address_of(event), {"max_tickets_per_user": 9})
        allowed = await programme.post(RESERVATIONS, {"event_id": event["id"], "num_tickets": 5}, ann)
        lowered = await programme.patch(address_of(event), {"max_tickets_per_user": 2})

    assert_problem(too_many, 400, "TICKET-04")
    assert allowed.status_code == 201
    assert event["max_tickets_per_user"] == 4
    assert [reply.json()["max_tickets_per_user"] for reply in (lifted, raised, lowered)] == [4, 9, 2]


async def test_ids_of_other_things_are_no_reservations(programme: Programme, office: Office, ann: Person) -> None:
    event = await programme.event()
    made = await reserved(programme, event, ann, num_tickets=1)

    for id_ in (NOTHING, event["id"], made["tickets"][0]["id"]):
        assert_problem(await office.get(f"{RESERVATIONS}{id_}/", ann), 404, "TICKET-06")
    for id_ in ("1", f"{{{NOTHING}}}", NOTHING.replace("-", "")):
        assert_problem(await office.get(f"{RESERVATIONS}{id_}/", ann), 400, "SYS-03")


async def test_a_key_that_came_with_another_request_is_refused(programme: Programme, ann: Person) -> None:
    event = await programme.event()
    await programme.post(RESERVATIONS, {"event_id": event["id"], "num_tickets": 1}, ann, key("k"))

    reply = await programme.post(RESERVATIONS, {"event_id": event["id"], "num_tickets": 2}, ann, key("k"))

    assert_problem(reply, 422, "SYS-12")
