"""Bookings in the resource API: making them, who sees and who changes them, cancelling them."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from booked.adapters.http.contracts.v1.examples.sale import CANCELLED
from booked.domain.model.ids import BookingId
from booked.domain.model.sale.bookings import confirmation_code
from tests.http.answers import assert_problem, assert_refused
from tests.http.office import Office, Person
from tests.http.v1.programme import NOTHING, Json, Programme, address_of
from tests.http.v1.sale import BOOKINGS, RESERVATIONS, address_in, booked, reserved, seats_of, types_of

MY_BOOKINGS = "/api/bookings/"
FIELDS = {
    "id",
    "event",
    "event_status",
    "user_id",
    "name",
    "email",
    "status",
    "code",
    "tickets",
    "num_tickets",
    "quantity",
    "total",
    "refund",
    "currency",
    "cancellation",
    "booked_at",
    "updated_at",
    "together",
}


async def standing_booking(programme: Programme, ann: Person, num_tickets: int = 2, **fields: object) -> Json:
    """A booking of Ann's at an event of fifty tickets without seats."""
    [type_] = await types_of(programme, await programme.event(**fields))
    return await booked(programme, ann, ticket_type_id=type_["id"], num_tickets=num_tickets)


# Making them


async def test_a_reservation_is_booked_with_all_that_it_holds(programme: Programme, ann: Person) -> None:
    event = await programme.seated(currency="GBP")
    front, back = [await seats_of(programme, event, section=section) for section in ("Stalls", "Circle")]
    held = await reserved(programme, event, ann, seats=[back[0]["id"], front[0]["id"]])

    reply = await programme.post(BOOKINGS, {"reservation_id": held["id"]}, ann)

    made = reply.json()
    assert reply.status_code == 201, reply.text
    assert set(made) == FIELDS
    assert reply.headers["Location"] == address_in(BOOKINGS, made)
    assert made["event"] == {"id": event["id"], "name": "Concert", "starts_at": event["starts_at"]}
    assert (made["user_id"], made["status"]) == (ann.id, "ACTIVE")
    assert made["num_tickets"] == made["quantity"] == 2
    assert (made["total"], made["currency"]) == ("69.80", "GBP")
    new = {"cancelled": False, "cancelled_by": None, "cancel_reason": "", "refunded": None}
    assert made["tickets"] == [{**ticket, **new, "checked_in_at": None, "gate": ""} for ticket in held["tickets"]]
    assert made["code"] == confirmation_code(BookingId(made["id"]))
    assert made["booked_at"] == made["updated_at"]
    assert abs(datetime.fromisoformat(made["booked_at"]) - datetime.now(UTC)) < timedelta(minutes=1)
    assert await programme.shown(reply.headers["Location"], ann) == made
    assert {seat["status"] for seat in await seats_of(programme, event, status="BOOKED")} == {"BOOKED"}


async def test_tickets_of_a_type_are_booked_in_one_go(programme: Programme, ann: Person) -> None:
    event = await programme.seated()
    [back] = [type_ for type_ in await types_of(programme, event) if type_["name"] == "Back"]

    made = await booked(programme, ann, ticket_type_id=back["id"], num_tickets=3, best_available=True)
    split = await booked(programme, ann, ticket_type_id=back["id"], num_tickets=11, best_available=True, split=True)

    assert [(ticket["section"], ticket["row"], ticket["seat_number"]) for ticket in made["tickets"]] == [
        ("Circle", "3", 101),
        ("Circle", "3", 102),
        ("Circle", "3", 103),
    ]
    assert (made["total"], made["currency"]) == ("59.70", "EUR")
    assert (made["together"], split["together"]) == (True, False)


async def test_held_tickets_are_booked_by_their_ids(programme: Programme, office: Office, ann: Person) -> None:
    event = await programme.event()
    tickets = await office.reserve(ann, event["id"], 3)

    made = await booked(programme, ann, tickets=tickets[:2])

    assert [ticket["id"] for ticket in made["tickets"]] == tickets[:2]
    assert made["total"] == "59.80"


async def test_a_reservation_costs_what_it_did_when_it_was_made(programme: Programme, ann: Person) -> None:
    until = datetime.now(UTC) + timedelta(hours=1)
    early = {
        "name": "Early",
        "price": "40.00",
        "quota": 5,
        "early_bird": {"price": "25.00", "until": until.isoformat()},
    }
    event = await programme.event(ticket_types=[early])
    held = await reserved(programme, event, ann, num_tickets=2)
    async with programme.office.connection() as connection:
        ends = "UPDATE ticket_types SET early_until = date_trunc('second', clock_timestamp()) + interval '1 second'"
        await connection.execute(f"{ends} WHERE event_id = $1", event["id"])
        while await connection.fetchval("SELECT early_until >= clock_timestamp() FROM ticket_types"):
            await asyncio.sleep(0.05)

    in_time = await booked(programme, ann, reservation_id=held["id"])
    too_late = await booked(programme, ann, ticket_type_id=in_time["tickets"][0]["ticket_type"]["id"], num_tickets=1)

    assert (held["total"], in_time["total"], too_late["total"]) == ("50.00", "50.00", "40.00")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"num_tickets": 51}, 400, "TICKET-01"),
        ({"num_tickets": 0}, 400, "TICKET-01"),
        ({"num_tickets": -1}, 400, "TICKET-01"),
        ({"num_tickets": 101}, 400, "TICKET-04"),
        ({"num_tickets": 2**63}, 400, "TICKET-04"),
        ({"num_tickets": None}, 400, "SYS-01"),
        ({"num_tickets": "1"}, 400, "SYS-01"),
        ({"num_tickets": 1, "seats": []}, 400, "SYS-01"),
        ({"num_tickets": 1, "reservation_id": NOTHING}, 400, "SYS-01"),
        ({"num_tickets": 1, "tickets": [NOTHING]}, 400, "SYS-01"),
        ({"num_tickets": 1, "ticket_type_id": None}, 400, "SYS-01"),
        ({"num_tickets": 1, "ticket_type_id": NOTHING}, 404, "EVENT-13"),
        ({"num_tickets": 1, "ticket_type_id": "x"}, 400, "SYS-03"),
        ({"num_tickets": 2, "best_available": True}, 404, "EVENT-14"),
        ({"num_tickets": 2, "split": True}, 400, "SYS-01"),
        ({"ticket_type_id": None}, 400, "SYS-01"),
        ({"ticket_type_id": None, "best_available": True, "tickets": [NOTHING]}, 400, "SYS-01"),
        ({"ticket_type_id": None, "reservation_id": NOTHING}, 404, "TICKET-06"),
        ({"ticket_type_id": None, "reservation_id": "x"}, 400, "SYS-03"),
        ({"ticket_type_id": None, "tickets": []}, 409, "TICKET-02"),
        ({"ticket_type_id": None, "tickets": ["x"]}, 400, "SYS-03"),
        (
            {"ticket_type_id": None, "tickets": [f"{NOTHING[:-3]}{number:03x}" for number in range(101)]},
            400,
            "TICKET-04",
        ),
    ],
)
async def test_what_cannot_be_booked_is_refused(
    programme: Programme, ann: Person, body: Json, status: int, code: str
) -> None:
    [type_] = await types_of(programme, await programme.event())

    reply = await programme.post(BOOKINGS, {"ticket_type_id": type_["id"], **body}, ann)

    assert_problem(reply, status, code)
    assert (await programme.shown(BOOKINGS, ann))["items"] == []


async def test_what_is_not_held_for_oneself_cannot_be_booked(
    programme: Programme, office: Office, ann: Person, ben: Person
) -> None:
    event = await programme.event()
    held = await reserved(programme, event, ben, num_tickets=2)
    bens = [ticket["id"] for ticket in held["tickets"]]
    anns = await office.reserve(ann, event["id"], 1)
    free = f"{event['id'][:-2]}28"

    for body, status, code in (
        ({"reservation_id": held["id"]}, 404, "TICKET-06"),
        ({"tickets": [*anns, bens[0]]}, 409, "TICKET-03"),
        ({"tickets": [*anns, free]}, 409, "TICKET-02"),
    ):
        assert_problem(await programme.post(BOOKINGS, body, ann), status, code)

    assert (await programme.shown(address_in(RESERVATIONS, held), ben))["tickets"] == held["tickets"]


# Who sees and changes what


async def test_everybody_sees_and_changes_what_is_theirs(
    programme: Programme, office: Office, ann: Person, ben: Person
) -> None:
    event = await programme.seated()
    seats = await seats_of(programme, event)
    held = await reserved(programme, event, ann, seats=[seats[0]["id"], seats[1]["id"]])
    made = await booked(programme, ann, reservation_id=held["id"])
    address = address_in(BOOKINGS, made)
    changes = [
        ("PATCH", address, {"num_tickets": 1}),
        ("POST", f"{address}seats/", {"seat_id": seats[2]["id"]}),
        ("DELETE", f"{address}seats/{seats[0]['id']}/", None),
        ("POST", f"{address}cancel/", None),
        ("PATCH", f"{address}cancel/", None),
        ("DELETE", address, None),
    ]

    for who, status, code in ((ben, 404, "TICKET-08"), (programme.otto, 404, "TICKET-08")):
        assert_problem(await office.get(address, who), status, code)
    for who in (ann, programme.ora, programme.admin):
        assert await programme.shown(address, who) == made
    for who, status, code in (
        (ben, 404, "TICKET-08"),
        (programme.otto, 404, "TICKET-08"),
    ):
        for method, path, body in changes:
            assert_problem(await office.send(method, path, body, who), status, code)
    for method, path, body in changes[:2]:
        assert_problem(await office.send(method, path, body, programme.ora), 403, "USER-01")
    assert await programme.shown(address, ann) == made

    by_admin = [(await office.send(method, path, body, programme.admin)).status_code for method, path, body in changes]
    assert by_admin == [200, 200, 204, 200, 400, 400]


async def test_lists_have_what_is_ones_own_of_ones_events_or_all(
    programme: Programme, ann: Person, ben: Person
) -> None:
    first, second = await programme.event(), await programme.event()
    [of_first], [of_second] = await types_of(programme, first), await types_of(programme, second)
    anns = [(await booked(programme, ann, ticket_type_id=of_first["id"], num_tickets=1))["id"] for _ in range(2)]
    bens = (await booked(programme, ben, ticket_type_id=of_second["id"], num_tickets=1))["id"]
    oras = (await booked(programme, programme.ora, ticket_type_id=of_second["id"], num_tickets=1))["id"]
    await programme.office.delete(f"{BOOKINGS}{anns[0]}/", ann)

    async def listed(path: str, who: Person, **query: str | int) -> list[str]:
        return [booking["id"] for booking in await programme.walk(path, who, **query)]

    everything = [oras, bens, anns[1], anns[0]]
    assert await listed(BOOKINGS, ann) == await listed(MY_BOOKINGS, ann) == [anns[1], anns[0]]
    assert await listed(BOOKINGS, ben) == [bens]
    assert await listed(BOOKINGS, programme.ora) == everything
    assert await listed(BOOKINGS, programme.ora, mine="true") == await listed(MY_BOOKINGS, programme.ora) == [oras]
    assert await listed(BOOKINGS, programme.otto) == []
    assert await listed(BOOKINGS, programme.admin, limit=1) == everything
    assert await listed(MY_BOOKINGS, programme.admin) == []
    assert await listed(BOOKINGS, programme.admin, event=first["id"]) == [anns[1], anns[0]]
    assert await listed(BOOKINGS, ann, status="ACTIVE") == [anns[1]]
    assert await listed(MY_BOOKINGS, ann, status="cancelled", event=first["id"]) == [anns[0]]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("limit=0", "SYS-17"),
        ("limit=101", "SYS-17"),
        ("cursor=x", "SYS-16"),
        ("status=PAID", "SYS-17"),
        ("event=x", "SYS-03"),
        ("mine=yes", "SYS-17"),
        ("user=ann", "SYS-17"),
        ("limit=1&limit=2", "SYS-17"),
    ],
)
async def test_a_list_that_cannot_be_had_is_refused(
    programme: Programme, office: Office, ann: Person, query: str, code: str
) -> None:
    assert_problem(await office.get(f"{BOOKINGS}?{query}", ann), 400, code)


async def test_a_cursor_does_not_skip_or_repeat_while_bookings_are_made(programme: Programme, ann: Person) -> None:
    [type_] = await types_of(programme, await programme.event())
    before = [(await booked(programme, ann, ticket_type_id=type_["id"], num_tickets=1))["id"] for _ in range(9)]

    page = await programme.shown(f"{BOOKINGS}?limit=4", ann)
    seen = page["items"]
    while page["next_cursor"]:
        await booked(programme, ann, ticket_type_id=type_["id"], num_tickets=1)
        page = await programme.shown(f"{BOOKINGS}?limit=4&cursor={page['next_cursor']}", ann)
        seen += page["items"]

    assert [booking["id"] for booking in seen] == list(reversed(before))


# Changing them


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
async def test_a_booking_is_cancelled_in_each_of_three_ways(
    programme: Programme, office: Office, ann: Person, method: str
) -> None:
    made = await standing_booking(programme, ann, num_tickets=50)
    address = address_in(BOOKINGS, made)
    path = address if method == "DELETE" else f"{address}cancel/"

    reply = await office.send(method, path, None, ann)
    again = await office.send(method, path, None, ann)

    cancelled = await programme.shown(address, ann)
    assert (reply.status_code, reply.content == b"") == ((204, True) if method == "DELETE" else (200, False))
    assert reply.content in {b"", (await office.get(address, ann)).content}
    assert (cancelled["status"], cancelled["num_tickets"], cancelled["total"]) == ("CANCELLED", 0, "0.00")
    assert [(ticket["cancelled"], ticket["price"]) for ticket in cancelled["tickets"]] == [(True, "29.90")] * 50
    assert cancelled["updated_at"] > cancelled["booked_at"]
    assert cancelled["code"] == made["code"]
    assert_problem(again, 400, "TICKET-09")
    assert (await programme.shown(f"/api/v1/events/{made['event']['id']}/"))["available"] == 50


async def test_a_body_that_nobody_asked_for_does_not_keep_from_cancelling(
    programme: Programme, office: Office, ann: Person
) -> None:
    made = await standing_booking(programme, ann)

    reply = await office.send("PATCH", f"{address_in(BOOKINGS, made)}cancel/", {"status": "CANCELLED"}, ann)

    assert reply.json()["status"] == CANCELLED.status


async def test_the_number_of_tickets_is_changed(programme: Programme, office: Office, ann: Person) -> None:
    made = await standing_booking(programme, ann)
    address = address_in(BOOKINGS, made)

    more = (await office.send("PATCH", address, {"num_tickets": 5}, ann)).json()
    fewer = (await office.send("PATCH", address, {"num_tickets": 1}, ann)).json()

    assert (more["id"], more["num_tickets"], more["total"]) == (made["id"], 5, "149.50")
    assert (fewer["id"], fewer["num_tickets"], fewer["total"], len(fewer["tickets"])) == (made["id"], 1, "29.90", 5)
    assert fewer["tickets"][0] == made["tickets"][0]
    assert [booking["id"] for booking in await programme.walk(BOOKINGS, ann)] == [made["id"]]
    [row] = (await office.get("/user/bookings/", ann)).json()
    assert row["number_of_tickets"] == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"num_tickets": 0}, "TICKET-01"),
        ({"num_tickets": 51}, "TICKET-01"),
        ({"num_tickets": 101}, "TICKET-04"),
        ({"num_tickets": 2**64}, "TICKET-04"),
        ({"num_tickets": 1.5}, "SYS-01"),
        ({}, "SYS-01"),
        ({"num_tickets": 1, "status": "CANCELLED"}, "SYS-01"),
    ],
)
async def test_what_is_no_number_of_tickets_changes_nothing(
    programme: Programme, office: Office, ann: Person, body: Json, code: str
) -> None:
    made = await standing_booking(programme, ann)

    assert_problem(await office.send("PATCH", address_in(BOOKINGS, made), body, ann), 400, code)

    assert await programme.shown(address_in(BOOKINGS, made), ann) == made


async def test_seats_come_and_go(programme: Programme, office: Office, ann: Person, ben: Person) -> None:
    event = await programme.seated()
    seats = await seats_of(programme, event, section="Stalls")
    held = await reserved(programme, event, ann, seats=[seats[0]["id"]])
    made = await booked(programme, ann, reservation_id=held["id"])
    await reserved(programme, event, ben, seats=[seats[1]["id"]])
    address = f"{address_in(BOOKINGS, made)}seats/"

    added = await office.post(address, {"seat_id": seats[2]["id"]}, ann)
    taken = await office.post(address, {"seat_id": seats[1]["id"]}, ann)
    unknown = await office.post(address, {"seat_id": NOTHING}, ann)
    malformed = await office.post(address, {"seat_id": "A1"}, ann)
    removed = await office.delete(f"{address}{seats[0]['id']}/", ann)
    gone = await office.delete(f"{address}{seats[0]['id']}/", ann)
    last = await office.delete(f"{address}{seats[2]['id']}/", ann)

    assert added.status_code == 200, added.text
    assert [ticket["id"] for ticket in added.json()["tickets"]] == [seats[0]["id"], seats[2]["id"]]
    assert added.json()["total"] == "99.80"
    assert_problem(taken, 409, "TICKET-05")
    assert_problem(unknown, 404, "EVENT-14")
    assert_problem(malformed, 400, "SYS-03")
    assert (removed.status_code, removed.content) == (204, b"")
    assert_problem(gone, 404, "EVENT-14")
    assert last.status_code == 204
    assert (await programme.shown(address_in(BOOKINGS, made), ann))["status"] == "CANCELLED"


async def test_bookings_of_a_cancelled_event_are_cancelled(programme: Programme, ann: Person) -> None:
    made = await standing_booking(programme, ann)

    reply = await programme.post(f"{address_of(made['event'])}status/", {"status": "CANCELLED"})

    assert reply.status_code == 200, reply.text
    shown = await programme.shown(address_in(BOOKINGS, made), ann)
    assert (shown["status"], shown["num_tickets"]) == ("CANCELLED", 0)


# Until when it can be cancelled, and what becomes of its event


async def test_a_booking_can_be_cancelled_until_the_time_that_the_organizer_has_set(
    programme: Programme, office: Office, ann: Person
) -> None:
    event = await programme.event(cancellable_until="2027-05-01T00:00:00Z")
    [type_] = await types_of(programme, event)
    closed = await programme.patch(address_of(event), {"cancellable_until": "2026-01-01T00:00:00Z"})
    made = await booked(programme, ann, ticket_type_id=type_["id"], num_tickets=5)
    address = address_in(BOOKINGS, made)

    for method, path, body in (
        ("POST", f"{address}cancel/", None),
        ("PATCH", f"{address}cancel/", None),
        ("DELETE", address, None),
        ("PATCH", address, {"num_tickets": 1}),
    ):
        assert_problem(await office.send(method, path, body, ann), 409, "TICKET-10")
    old = await office.post("/ticket/cancel/", {"event_id": event["id"], "count": 1}, ann)
    by_organizer = await office.post(f"{address}cancel/", None, programme.ora)
    reset = await programme.patch(address_of(event), {"cancellable_until": None})

    assert reset.json()["cancellable_until"] == event["starts_at"]
    assert closed.json()["cancellable_until"] == "2026-01-01T00:00:00Z"
    assert_refused(old, 400, "TICKET-10")
    assert (by_organizer.status_code, by_organizer.json()["status"]) == (200, "CANCELLED")


async def test_a_seat_cannot_be_given_back_after_the_start_by_default(
    programme: Programme, office: Office, ann: Person
) -> None:
    event = await programme.seated(sales_end="2027-06-01T20:00:00Z")
    [seat, *_] = await seats_of(programme, event)
    held = await reserved(programme, event, ann, seats=[seat["id"]])
    made = await booked(programme, ann, reservation_id=held["id"])
    begun = await programme.patch(address_of(event), {"starts_at": "2026-01-01T00:00:00Z"})

    reply = await office.send("DELETE", f"{address_in(BOOKINGS, made)}seats/{seat['id']}/", None, ann)

    assert begun.json()["cancellable_until"] == "2026-01-01T00:00:00Z"
    assert_problem(reply, 409, "TICKET-10")


async def test_a_booking_says_that_its_event_was_called_off(programme: Programme, office: Office, ann: Person) -> None:
    off, on = await programme.event(name="Off"), await programme.event(name="On")
    bookings = [
        await booked(programme, ann, ticket_type_id=(await types_of(programme, event))[0]["id"], num_tickets=2)
        for event in (on, off)
    ]
    await office.post(f"{address_in(BOOKINGS, bookings[0])}cancel/", None, ann)
    await programme.post(f"{address_of(off)}status/", {"status": "CANCELLED"})

    shown = [await programme.shown(address_in(BOOKINGS, booking), ann) for booking in bookings]
    [old] = (await office.get("/user/bookings/", ann)).json()
    concerts = (await office.get("/bookings/", ann)).json()

    assert [(booking["status"], booking["event_status"]) for booking in shown] == [
        ("CANCELLED", "PUBLISHED"),
        ("CANCELLED", "CANCELLED"),
    ]
    assert await programme.walk(MY_BOOKINGS, ann) == shown[::-1]
    assert (old["event_name"], old["number_of_tickets"], old["event_status"]) == ("Off", 2, "cancelled")
    assert [booking.get("event_status") for booking in concerts] == ["cancelled", None]


# The limit


async def test_however_one_asks_at_once_one_has_no_more_tickets_than_the_limit(
    programme: Programme, office: Office, ann: Person
) -> None:
    event = await programme.event(max_tickets_per_user=4)
    [type_] = await types_of(programme, event)
    made = await booked(programme, ann, ticket_type_id=type_["id"], num_tickets=1)
    held = await reserved(programme, event, ann, num_tickets=1)
    increase = {"num_tickets": 1, "operation": "increase number of tickets"}

    replies = await asyncio.gather(
        *(programme.post(BOOKINGS, {"ticket_type_id": type_["id"], "num_tickets": 1}, ann) for _ in range(8)),
        *(programme.post(RESERVATIONS, {"event_id": event["id"], "num_tickets": 1}, ann) for _ in range(8)),
        *(
            office.send("PATCH", address_in(BOOKINGS, made), {"num_tickets": num_tickets}, ann)
            for num_tickets in [2, 3, 4, 5] * 2
        ),
        *(office.send("PUT", address_in(RESERVATIONS, held), increase, ann) for _ in range(8)),
    )

    assert {reply.status_code for reply in replies} <= {200, 201, 400, 503}
    bookings = await programme.walk(BOOKINGS, ann)
    reservations = await programme.walk(RESERVATIONS, ann)
    total = sum(booking["num_tickets"] for booking in bookings) + sum(len(held["tickets"]) for held in reservations)
    assert total == 4
