"""Booked as its own documentation tells it: a box office is run through every endpoint, from the top to the bottom."""

from booked.adapters.http.errors import catalogue
from tests.http.answers import assert_refused
from tests.http.office import PASSWORD, Office, Person

EVENT = {
    "name": "Concert",
    "unix_time": 1234567890,
    "address": "Main Street 1",
    "description": "Loud",
    "latitude": 12.34,
    "longitude": 56.78,
    "seat_count": 4,
}

CODES = {
    "SYS": ["01", "02", "03"],
    "USER": ["01", "02", "03", "04", "05", "06", "07", "08"],
    "EVENT": ["01", "02", "03", "04", "05"],
    "TICKET": ["01", "02", "03"],
    "WAITLIST": ["01", "02"],
    "DB": ["01", "02", "03"],
}


async def test_it_says_that_it_is_healthy(office: Office) -> None:
    reply = await office.get("/health/")

    assert (reply.status_code, reply.json()) == (200, {"health": "ok", "message": "Hello from booked!"})


async def test_somebody_registers_and_logs_in(office: Office) -> None:
    ann = {"name": "Ann", "email": "ann@example.com", "password": PASSWORD}

    registered = await office.post("/user/register/", ann)
    logged_in = await office.post("/user/login/", {"email": "ann@example.com", "password": PASSWORD})

    assert (registered.status_code, registered.content) == (201, b"")
    assert (logged_in.status_code, set(logged_in.json())) == (200, {"token"})
    for field, code in {"email": "USER-07", "name": "USER-08", "password": "USER-02"}.items():
        assert_refused(await office.post("/user/register/", {**ann, field: ""}), 400, code)
    stranger = {"email": "ben@example.com", "password": PASSWORD}
    assert_refused(await office.post("/user/login/", stranger), 401, "USER-03")
    mistaken = {"email": "ann@example.com", "password": "something else"}
    assert_refused(await office.post("/user/login/", mistaken), 401, "USER-04")


async def test_an_admin_puts_an_event_on_sale_changes_it_and_takes_it_off(
    office: Office, admin: Person, ann: Person
) -> None:
    made = await office.post("/event/", EVENT, admin)
    page = (await office.get("/event/?limit=5?timestamp=7")).json()
    [listed] = page["events"]
    changed = await office.post("/event/update/", {"id": listed["id"], "seat_count": 6}, admin)
    shrunk = await office.post("/event/update/", {"id": listed["id"], "seat_count": 5}, admin)

    assert (made.status_code, made.content) == (201, b"")
    assert page["next_time_to_fetch"] is None
    assert listed == {"id": listed["id"], **EVENT, "available_seats_count": 4}
    assert (changed.status_code, changed.content) == (201, b"")
    assert_refused(shrunk, 400, "EVENT-05")
    assert_refused(await office.post("/event/", {**EVENT, "seat_count": 0}, admin), 400, "EVENT-01")
    assert_refused(await office.post("/event/", {**EVENT, "name": ""}, admin), 400, "EVENT-04")
    assert_refused(await office.post("/event/", EVENT, ann), 401, "USER-01")
    assert_refused(await office.post("/event/", EVENT), 401, "USER-06")

    deleted = await office.delete(f"/event/?id={listed['id']}", admin)

    assert (deleted.status_code, deleted.content) == (200, b"")
    assert_refused(await office.delete(f"/event/?id={listed['id']}", admin), 400, "EVENT-03")


async def test_tickets_are_reserved_booked_and_cancelled(
    office: Office, admin: Person, ann: Person, ben: Person
) -> None:
    await office.post("/event/", EVENT, admin)
    [event] = (await office.get("/event/")).json()["events"]
    wanted = {"event_id": event["id"], "count": 2}

    reserved = await office.post("/ticket/reserve/", wanted, ann)
    foreign = await office.post("/ticket/book/", reserved.json(), ben)
    booked = await office.post("/ticket/book/", reserved.json(), ann)
    [booking] = (await office.get("/user/bookings/", ann)).json()
    cancelled = await office.post("/ticket/cancel/", {**wanted, "count": 1}, ann)

    assert (reserved.status_code, len(set(reserved.json()["ticket_ids"]))) == (200, 2)
    assert_refused(foreign, 400, "TICKET-03")
    assert (booked.status_code, booked.content) == (200, b"")
    assert {name: value for name, value in booking.items() if name != "booking_unix_time"} == {
        "event_id": event["id"],
        **{f"event_{name}": EVENT[name] for name in EVENT if name != "seat_count"},
        "number_of_tickets": 2,
    }
    assert isinstance(booking["booking_unix_time"], int)
    assert (cancelled.status_code, cancelled.content) == (200, b"")
    assert_refused(await office.post("/ticket/cancel/", wanted, ann), 400, "TICKET-01")
    free = f"{event['id'][:-8]}00000004"
    assert_refused(await office.post("/ticket/book/", {"ticket_ids": [free]}, ann), 400, "TICKET-02")
    assert_refused(await office.post("/ticket/reserve/", {"event_id": "?", "count": 1}, ann), 400, "SYS-03")
    assert_refused(await office.post("/ticket/reserve/", {**wanted, "count": 4}, ann), 400, "TICKET-01")


async def test_an_admin_looks_at_the_figures(office: Office, admin: Person, ann: Person) -> None:
    event_id = await office.event(seats=4)
    await office.buy(ann, event_id, 4)
    await office.post("/ticket/cancel/", {"event_id": event_id, "count": 1}, ann)

    sales = (await office.get("/analytics/", admin)).json()
    rates = (await office.get("/analytics/cancellation_rates/", admin)).json()

    figures = {"total_seats": 4, "sold_tickets": 3, "capacity_utilisation": 0.75, "today_booked_tickets": 4}
    assert sales == [{"event_id": event_id, **figures}]
    assert rates == [{"event_id": event_id, "cancellation_rate": 0.25}]
    assert_refused(await office.get("/analytics/", ann), 401, "USER-01")


async def test_whoever_comes_too_late_waits(office: Office, ann: Person, ben: Person) -> None:
    event_id = await office.event(seats=2)
    party = {"event_id": event_id, "count": 2}
    assert_refused(await office.post("/waitlist/add/", party, ben), 400, "WAITLIST-02")
    await office.buy(ann, event_id, 2)

    joined = await office.post("/waitlist/add/", party, ben)

    assert (joined.status_code, joined.content) == (200, b"")
    assert_refused(await office.post("/waitlist/add/", party, ben), 400, "WAITLIST-01")


def test_every_code_is_in_the_catalogue() -> None:
    known = {(error.category, error.number) for error in catalogue()}

    assert {(category, number) for category, numbers in CODES.items() for number in numbers} <= known
