"""The waitlist in the resource API: joining it, one's place in it, and booking what is offered."""

import pytest

from booked.domain.model.ids import EventId
from tests.http.answers import assert_problem, assert_refused
from tests.http.office import Office, Person
from tests.http.v1.programme import NOTHING, Json, Programme
from tests.http.v1.sale import BOOKINGS, RESERVATIONS, WAITLIST, booked, types_of

FIELDS = {"id", "event", "ticket_type", "num_tickets", "state", "position", "tickets", "offered_tickets"}
FIELDS |= {"joined_at", "offer_expires_at"}


@pytest.fixture
async def full(programme: Programme, ben: Person) -> Json:
    """An event of which ben has bought all fifty tickets."""
    event = await programme.event()
    [type_] = await types_of(programme, event)
    await booked(programme, ben, ticket_type_id=type_["id"], num_tickets=50)
    return event


async def cancelled(programme: Programme, who: Person, num_tickets: int) -> None:
    """Somebody's only booking has so few tickets left, and the worker has made offers of the others."""
    [made] = await programme.walk(BOOKINGS, who)
    reply = await programme.office.send("PATCH", f"{BOOKINGS}{made['id']}/", {"num_tickets": num_tickets}, who)
    assert reply.status_code == 200, reply.text
    await programme.office.services.offers.serve(made["event"]["id"])


async def test_who_joins_is_told_their_place(programme: Programme, full: Json, ann: Person) -> None:
    await programme.made(WAITLIST, {"event_id": full["id"], "num_tickets": 1})

    reply = await programme.post(WAITLIST, {"event_id": full["id"], "num_tickets": 3}, ann)

    place = reply.json()
    assert reply.status_code == 201, reply.text
    assert reply.headers["Location"] == WAITLIST
    assert set(place) == FIELDS
    assert place["event"] == {"id": full["id"], "name": "Concert"}
    assert (place["num_tickets"], place["state"], place["position"]) == (3, "waiting", 2)
    assert (place["tickets"], place["offered_tickets"], place["offer_expires_at"]) == ([], [], None)
    assert place["joined_at"].endswith("Z")
    assert (await programme.shown(WAITLIST, ann))["items"] == [place]


async def test_what_is_offered_is_booked_by_its_ids(programme: Programme, full: Json, ann: Person, ben: Person) -> None:
    await programme.made(WAITLIST, {"event_id": full["id"], "num_tickets": 2}, ann)
    await cancelled(programme, ben, 48)

    [offer] = (await programme.shown(WAITLIST, ann))["items"]
    made = await booked(programme, ann, tickets=offer["tickets"])

    assert (offer["state"], offer["position"], len(offer["tickets"])) == ("offered", None, 2)
    assert offer["offer_expires_at"] > offer["joined_at"]
    assert [ticket["id"] for ticket in made["tickets"]] == offer["tickets"]
    assert made["total"] == "59.80"
    assert (await programme.shown(WAITLIST, ann))["items"] == []


async def test_an_offer_says_what_it_is_and_costs(programme: Programme, ann: Person) -> None:
    event = await programme.seated()
    back, front = await types_of(programme, event)
    seats = {}
    for type_ in (front, back):
        bought = await booked(programme, programme.ora, ticket_type_id=type_["id"], num_tickets=20)
        seats[bought["tickets"][0]["id"]] = bought["tickets"][0]
    await programme.made(WAITLIST, {"event_id": event["id"], "num_tickets": 2}, ann)
    for booking in await programme.walk(BOOKINGS, programme.ora):
        seat = next(ticket["id"] for ticket in booking["tickets"] if ticket["id"] in seats)
        reply = await programme.office.send("DELETE", f"{BOOKINGS}{booking['id']}/seats/{seat}/", None, programme.ora)
        assert reply.status_code == 204, reply.text

    await programme.office.services.offers.serve(EventId(event["id"]))

    [offer] = (await programme.shown(WAITLIST, ann))["items"]
    assert [ticket["id"] for ticket in offer["offered_tickets"]] == offer["tickets"]
    for ticket in offer["offered_tickets"]:
        assert ticket == {field: seats[ticket["id"]][field] for field in ticket}
    assert {ticket["ticket_type"]["name"] for ticket in offer["offered_tickets"]} == {"Front", "Back"}
    assert {ticket["price"] for ticket in offer["offered_tickets"]} == {"49.90", "19.90"}


async def test_one_waits_for_a_type_while_another_is_left(programme: Programme, ann: Person, ben: Person) -> None:
    balcony = {"name": "Balcony", "price": "500.00", "quota": 1}
    event = await programme.event(ticket_types=[balcony, {"name": "Standing", "price": "20.00", "quota": 5}])
    dear, cheap = await types_of(programme, event)
    bought = await booked(programme, ben, ticket_type_id=dear["id"], num_tickets=1)

    refused = await programme.post(
        WAITLIST, {"event_id": event["id"], "num_tickets": 1, "ticket_type_id": cheap["id"]}, ann
    )
    place = await programme.made(
        WAITLIST, {"event_id": event["id"], "num_tickets": 1, "ticket_type_id": dear["id"]}, ann
    )
    await programme.office.post(f"{BOOKINGS}{bought['id']}/cancel/", {}, ben)
    sniped = await programme.post(
        "/api/v1/reservations/", {"event_id": event["id"], "num_tickets": 1, "ticket_type_id": dear["id"]}, ben
    )
    await programme.office.services.offers.serve(EventId(event["id"]))

    assert_problem(refused, 400, "WAITLIST-02")
    assert place["ticket_type"] == {"id": dear["id"], "name": "Balcony"}
    assert_problem(sniped, 400, "TICKET-01")
    [offer] = (await programme.shown(WAITLIST, ann))["items"]
    [ticket] = offer["offered_tickets"]
    assert (ticket["ticket_type"]["name"], ticket["price"]) == ("Balcony", "500.00")


async def test_an_offer_is_for_nobody_else(programme: Programme, full: Json, ann: Person, ben: Person) -> None:
    await programme.made(WAITLIST, {"event_id": full["id"], "num_tickets": 2}, ann)
    await cancelled(programme, ben, 48)
    [offer] = (await programme.shown(WAITLIST, ann))["items"]

    assert_problem(await programme.post(BOOKINGS, {"tickets": offer["tickets"]}, ben), 409, "TICKET-03")
    assert_problem(
        await programme.post("/api/v1/reservations/", {"event_id": full["id"], "num_tickets": 1}, ben),
        400,
        "TICKET-01",
    )


async def test_who_leaves_is_not_listed_any_more(programme: Programme, full: Json, ann: Person, ben: Person) -> None:
    place = await programme.made(WAITLIST, {"event_id": full["id"], "num_tickets": 2}, ann)

    others = await programme.office.send("DELETE", f"{WAITLIST}{place['id']}/", None, ben)
    first, again = [await programme.office.send("DELETE", f"{WAITLIST}{place['id']}/", None, ann) for _ in range(2)]
    unknown = await programme.office.send("DELETE", f"{WAITLIST}{NOTHING}/", None, ann)
    malformed = await programme.office.send("DELETE", f"{WAITLIST}x/", None, ann)

    assert_problem(others, 404, "WAITLIST-03")
    assert [(reply.status_code, reply.content) for reply in (first, again)] == [(204, b"")] * 2
    assert_problem(unknown, 404, "WAITLIST-03")
    assert_problem(malformed, 400, "SYS-03")
    assert (await programme.shown(WAITLIST, ann))["items"] == []


async def test_a_declined_offer_is_the_next_ones(programme: Programme, full: Json, ann: Person, ben: Person) -> None:
    first = await programme.made(WAITLIST, {"event_id": full["id"], "num_tickets": 2}, ann)
    await programme.made(WAITLIST, {"event_id": full["id"], "num_tickets": 2})
    await cancelled(programme, ben, 48)
    [offer] = (await programme.shown(WAITLIST, ann))["items"]

    reply = await programme.office.send("DELETE", f"{WAITLIST}{first['id']}/", None, ann)
    late = await programme.post(BOOKINGS, {"tickets": offer["tickets"]}, ann)
    await programme.office.services.offers.serve(EventId(full["id"]))

    assert reply.status_code == 204
    assert_problem(late, 409, "TICKET-02")
    [next_offer] = (await programme.shown(WAITLIST, programme.ora))["items"]
    assert next_offer["tickets"] == offer["tickets"]


async def test_an_offer_that_is_booked_is_not_declined(
    programme: Programme, full: Json, ann: Person, ben: Person
) -> None:
    place = await programme.made(WAITLIST, {"event_id": full["id"], "num_tickets": 2}, ann)
    await cancelled(programme, ben, 48)
    [offer] = (await programme.shown(WAITLIST, ann))["items"]
    await booked(programme, ann, tickets=offer["tickets"])

    assert_problem(await programme.office.send("DELETE", f"{WAITLIST}{place['id']}/", None, ann), 409, "WAITLIST-04")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"num_tickets": 0}, "WAITLIST-02"),
        ({"num_tickets": -1}, "WAITLIST-02"),
        ({"num_tickets": 51}, "WAITLIST-02"),
        ({"num_tickets": 10**9}, "WAITLIST-02"),
        ({"num_tickets": 1.5}, "SYS-01"),
        ({"num_tickets": 1, "event_id": NOTHING}, "EVENT-03"),
        ({"num_tickets": 1, "event_id": "x"}, "SYS-03"),
        ({"num_tickets": 1, "position": 1}, "SYS-01"),
        ({"num_tickets": 1, "ticket_type_id": NOTHING}, "EVENT-13"),
        ({"num_tickets": 1, "ticket_type_id": "x"}, "SYS-03"),
        ({}, "SYS-01"),
    ],
)
async def test_what_one_cannot_wait_for_is_refused(
    programme: Programme, full: Json, ann: Person, body: Json, code: str
) -> None:
    reply = await programme.post(WAITLIST, {"event_id": full["id"], **body}, ann)

    assert_problem(reply, 404 if code in {"EVENT-03", "EVENT-13"} else 400, code)


async def test_one_waits_once_and_for_what_cannot_be_had(programme: Programme, full: Json, ann: Person) -> None:
    await programme.made(WAITLIST, {"event_id": full["id"], "num_tickets": 1}, ann)

    twice = await programme.post(WAITLIST, {"event_id": full["id"], "num_tickets": 1}, ann)
    free = await programme.post(WAITLIST, {"event_id": (await programme.event())["id"], "num_tickets": 1}, ann)

    assert_problem(twice, 409, "WAITLIST-01")
    assert_problem(free, 400, "WAITLIST-02")


async def test_one_does_not_wait_for_what_is_not_sold_any_more(programme: Programme, ann: Person, ben: Person) -> None:
    event = await programme.event(ticket_types=[{"name": "Single", "price": "1.00", "quota": 1}])
    [type_] = await types_of(programme, event)
    await booked(programme, ben, ticket_type_id=type_["id"], num_tickets=1)
    over = "UPDATE events SET sales_end = now() - interval '1 minute' WHERE id = $1"
    async with programme.office.connection() as connection:
        await connection.execute(over, event["id"])

    reply = await programme.post(WAITLIST, {"event_id": event["id"], "num_tickets": 1}, ann)

    assert_problem(reply, 400, "EVENT-06")


async def test_an_event_that_is_over_is_neither_sold_nor_waited_for(
    programme: Programme, office: Office, ann: Person
) -> None:
    event = await programme.event(starts_at="2026-01-01T19:30:00Z", ends_at="2026-01-01T22:00:00Z")
    [type_] = await types_of(programme, event)
    party = {"event_id": event["id"], "num_tickets": 2}
    old_party = {"event_id": event["id"], "count": 2}

    for reply in (
        await programme.post(RESERVATIONS, party, ann),
        await programme.post(BOOKINGS, {"ticket_type_id": type_["id"], "num_tickets": 2}, ann),
        await programme.post(WAITLIST, {**party, "num_tickets": 51}, ann),
    ):
        assert_problem(reply, 400, "EVENT-06")
    for path in ("/ticket/reserve/", "/waitlist/add/"):
        assert_refused(await office.post(path, old_party, ann), 400, "EVENT-06")


async def test_ones_places_are_listed_page_by_page(programme: Programme, office: Office, ann: Person) -> None:
    joined = []
    for _ in range(5):
        event = await programme.event(ticket_types=[{"name": "Single", "price": "1.00", "quota": 1}])
        [type_] = await types_of(programme, event)
        await booked(programme, programme.ora, ticket_type_id=type_["id"], num_tickets=1)
        joined.append(await programme.made(WAITLIST, {"event_id": event["id"], "num_tickets": 1}, ann))

    assert await programme.walk(WAITLIST, ann, limit=2) == joined
    assert await programme.walk(WAITLIST, programme.ora) == []
