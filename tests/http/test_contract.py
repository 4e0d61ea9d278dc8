"""Every endpoint of the contract at `/` does and answers what is documented, field for field."""

from datetime import UTC, datetime, timedelta

import pytest

from booked.domain.model.ids import EventId
from tests.http.answers import assert_protected, assert_refused
from tests.http.office import PASSWORD, TIME, Office, Person

EMPTY = b""


async def test_health_says_hello(office: Office) -> None:
    reply = await office.get("/health/")

    assert reply.status_code == 200
    assert reply.json() == {"health": "ok", "message": "Hello from booked!"}


async def test_register_answers_201_without_a_body(office: Office) -> None:
    reply = await office.post("/user/register/", {"name": "Ann", "email": "ann@example.com", "password": PASSWORD})

    assert (reply.status_code, reply.content) == (201, EMPTY)
    assert await office.database.users.by_email("ann@example.com") is not None


async def test_login_answers_a_token_that_opens_the_door(office: Office, ann: Person) -> None:
    reply = await office.post("/user/login/", {"email": ann.email, "password": PASSWORD})

    assert reply.status_code == 200
    assert set(reply.json()) == {"token"}
    bearer = {"Authorization": f"Bearer {reply.json()['token']}"}
    assert (await office.get("/user/bookings/", headers=bearer)).status_code == 200


async def test_bookings_lists_what_one_booked_newest_first(office: Office, ann: Person) -> None:
    first = await office.event(name="First", description="Loud", latitude=52.5, longitude=13.4)
    second = await office.event(name="Second", unix_time=TIME + 60)
    await office.buy(ann, first, 2)
    await office.buy(ann, second, 1)

    reply = await office.get("/user/bookings/", ann)

    newest, oldest = reply.json()
    assert reply.status_code == 200
    assert_protected(reply)
    assert now_or_before(oldest.pop("booking_unix_time"))
    assert oldest == {
        "event_id": first,
        "event_name": "First",
        "event_unix_time": TIME,
        "event_address": "Main Street 1",
        "event_description": "Loud",
        "event_latitude": 52.5,
        "event_longitude": 13.4,
        "number_of_tickets": 2,
    }
    assert newest["event_id"] == second
    assert "event_latitude" not in newest
    assert "event_longitude" not in newest


async def test_creating_an_event_answers_201_and_puts_it_on_sale(office: Office, admin: Person) -> None:
    draft = {
        "name": "Concert",
        "unix_time": 1234567890,
        "address": "Main Street 1",
        "description": "Loud",
        "latitude": 12.34,
        "longitude": 56.78,
        "seat_count": 100,
    }

    reply = await office.post("/event/", draft, admin)

    assert (reply.status_code, reply.content) == (201, EMPTY)
    (listed,) = (await office.get("/event/")).json()["events"]
    assert isinstance(listed.pop("id"), str)
    assert listed == {**draft, "available_seats_count": 100}


async def test_the_event_list_leaves_out_a_place_that_is_not_known(office: Office) -> None:
    event_id = await office.event(seats=10)

    page = (await office.get("/event/")).json()

    assert page == {
        "next_time_to_fetch": None,
        "events": [
            {
                "id": event_id,
                "name": "Concert",
                "unix_time": TIME,
                "address": "Main Street 1",
                "description": "Loud",
                "seat_count": 10,
                "available_seats_count": 10,
            }
        ],
    }


async def test_the_event_list_counts_what_is_available(office: Office, ann: Person, ben: Person) -> None:
    event_id = await office.event(seats=10)
    await office.buy(ann, event_id, 2)
    await office.reserve(ben, event_id, 3)

    (listed,) = (await office.get("/event/")).json()["events"]

    assert listed["available_seats_count"] == 5


async def test_paging_by_timestamp_neither_skips_nor_repeats(office: Office) -> None:
    # Three of them start in the same second, and no page ends between those.
    made = [await office.event(unix_time=TIME + offset) for offset in (0, 1, 1, 1, 2, 3)]

    seen: list[str] = []
    timestamp: int | None = 0
    while timestamp is not None:
        page = (await office.get(f"/event/?limit=2&timestamp={timestamp}")).json()
        seen += [event["id"] for event in page["events"]]
        timestamp = page["next_time_to_fetch"]

    assert sorted(seen) == sorted(made)
    assert len(seen) == 6


async def test_the_literal_query_of_the_document_is_understood(office: Office) -> None:
    for offset in range(4):
        await office.event(unix_time=TIME + offset)

    page = (await office.get(f"/event/?limit=2?timestamp={TIME + 1}")).json()

    assert [event["unix_time"] for event in page["events"]] == [TIME + 1, TIME + 2]
    assert page["next_time_to_fetch"] == TIME + 3


async def test_a_page_has_ten_events_unless_asked_otherwise(office: Office) -> None:
    for offset in range(11):
        await office.event(unix_time=TIME + offset)

    page = (await office.get("/event/")).json()

    assert len(page["events"]) == 10
    assert page["next_time_to_fetch"] == TIME + 10


async def test_deleting_an_event_takes_it_off_sale(office: Office, admin: Person, ann: Person) -> None:
    event_id = await office.event()
    await office.buy(ann, event_id, 2)

    reply = await office.delete(f"/event/?id={event_id}", admin)

    assert (reply.status_code, reply.content) == (200, EMPTY)
    assert (await office.get("/event/")).json()["events"] == []
    [booking] = (await office.get("/user/bookings/", ann)).json()
    assert (booking["number_of_tickets"], booking["event_status"]) == (2, "cancelled")


async def test_an_update_changes_what_is_sent_and_nothing_else(office: Office, admin: Person) -> None:
    event_id = await office.event(seats=10, latitude=1, longitude=2)
    before = (await office.get("/event/")).json()["events"][0]

    reply = await office.post("/event/update/", {"id": event_id, "name": "Opera", "seat_count": 12}, admin)

    assert (reply.status_code, reply.content) == (201, EMPTY)
    after = (await office.get("/event/")).json()["events"][0]
    assert after == {**before, "name": "Opera", "seat_count": 12, "available_seats_count": 12}


async def test_an_update_can_change_every_field(office: Office, admin: Person) -> None:
    event_id = await office.event(seats=10)
    changes = {
        "name": "Opera",
        "unix_time": TIME + 60,
        "address": "Market 2",
        "description": "Quiet",
        "latitude": 3.5,
        "longitude": 4.5,
        "seat_count": 11,
    }

    await office.post("/event/update/", {"id": event_id, **changes}, admin)

    (listed,) = (await office.get("/event/")).json()["events"]
    assert listed == {"id": event_id, **changes, "available_seats_count": 11}


async def test_reserve_answers_the_ids_of_the_tickets(office: Office, ann: Person) -> None:
    event_id = await office.event()

    reply = await office.post("/ticket/reserve/", {"event_id": event_id, "count": 2}, ann)

    assert reply.status_code == 200
    assert set(reply.json()) == {"ticket_ids"}
    assert len(set(reply.json()["ticket_ids"])) == 2
    assert_protected(reply)


async def test_book_answers_without_a_body_and_can_be_repeated(office: Office, ann: Person) -> None:
    tickets = await office.reserve(ann, await office.event(), 2)

    first = await office.post("/ticket/book/", {"ticket_ids": tickets}, ann)
    again = await office.post("/ticket/book/", {"ticket_ids": tickets}, ann)

    assert (first.status_code, first.content) == (200, EMPTY)
    assert (again.status_code, again.content) == (200, EMPTY)
    (booking,) = (await office.get("/user/bookings/", ann)).json()
    assert booking["number_of_tickets"] == 2


async def test_cancel_answers_without_a_body_and_gives_tickets_back(office: Office, ann: Person) -> None:
    event_id = await office.event(seats=10)
    await office.buy(ann, event_id, 3)

    reply = await office.post("/ticket/cancel/", {"event_id": event_id, "count": 2}, ann)

    assert (reply.status_code, reply.content) == (200, EMPTY)
    (booking,) = (await office.get("/user/bookings/", ann)).json()
    assert booking["number_of_tickets"] == 1
    (listed,) = (await office.get("/event/")).json()["events"]
    assert listed["available_seats_count"] == 9


async def test_the_waitlist_tells_ones_place_and_then_the_offered_tickets(
    office: Office, ann: Person, ben: Person
) -> None:
    event_id = await office.event(seats=2)
    await office.buy(ann, event_id, 2)

    joined = await office.post("/waitlist/add/", {"event_id": event_id, "count": 2}, ben)
    (waiting,) = (await office.get("/waitlist/", ben)).json()
    await office.post("/ticket/cancel/", {"event_id": event_id, "count": 2}, ann)
    await office.services.offers.serve(EventId(event_id))
    (offered,) = (await office.get("/waitlist/", ben)).json()

    assert (joined.status_code, joined.content) == (200, EMPTY)
    assert now_or_before(waiting.pop("joined_unix_time"))
    assert waiting == {
        "event_id": event_id,
        "event_name": "Concert",
        "number_of_tickets": 2,
        "state": "waiting",
        "position": 1,
        "ticket_ids": [],
        "offer_expires_unix_time": None,
    }
    assert offered["state"] == "offered"
    assert offered["position"] is None
    assert len(offered["ticket_ids"]) == 2
    in_fifteen_minutes = datetime.now(UTC) + timedelta(minutes=15)
    assert abs(offered["offer_expires_unix_time"] - in_fifteen_minutes.timestamp()) < 5
    booked = await office.post("/ticket/book/", {"ticket_ids": offered["ticket_ids"]}, ben)
    assert booked.status_code == 200
    assert (await office.get("/waitlist/", ben)).json() == []


async def test_a_place_on_a_waitlist_is_left_by_its_event(office: Office, ann: Person, ben: Person) -> None:
    event_id, other = [await office.event(seats=2) for _ in range(2)]
    await office.buy(ann, event_id, 2)
    await office.post("/waitlist/add/", {"event_id": event_id, "count": 2}, ben)
    await office.post("/ticket/cancel/", {"event_id": event_id, "count": 2}, ann)
    await office.services.offers.serve(EventId(event_id))
    (offered,) = (await office.get("/waitlist/", ben)).json()

    left, again, elsewhere, malformed = [
        await office.send("DELETE", f"/waitlist/?event_id={id_}", None, ben) for id_ in (event_id, event_id, other, "x")
    ]
    late = await office.post("/ticket/book/", {"ticket_ids": offered["ticket_ids"]}, ben)

    assert (left.status_code, left.content) == (200, EMPTY)
    assert (await office.get("/waitlist/", ben)).json() == []
    assert_refused(again, 400, "WAITLIST-03")
    assert_refused(elsewhere, 400, "WAITLIST-03")
    assert_refused(malformed, 400, "SYS-03")
    assert_refused(late, 400, "TICKET-02")


async def test_analytics_lists_the_best_sold_events_first(office: Office, admin: Person, ann: Person) -> None:
    half, full = await office.event(seats=4), await office.event(seats=2)
    await office.buy(ann, half, 3)
    await office.post("/ticket/cancel/", {"event_id": half, "count": 1}, ann)
    await office.buy(ann, full, 2)

    reply = await office.get("/analytics/", admin)

    assert reply.status_code == 200
    assert_protected(reply)
    assert reply.json() == [
        {
            "event_id": full,
            "total_seats": 2,
            "sold_tickets": 2,
            "capacity_utilisation": 1.0,
            "today_booked_tickets": 2,
        },
        {
            "event_id": half,
            "total_seats": 4,
            "sold_tickets": 2,
            "capacity_utilisation": 0.5,
            "today_booked_tickets": 3,
        },
    ]


async def test_cancellation_rates_count_tickets_ever_booked(office: Office, admin: Person, ann: Person) -> None:
    event_id, quiet = await office.event(seats=4), await office.event(seats=4)
    await office.buy(ann, event_id, 4)
    await office.post("/ticket/cancel/", {"event_id": event_id, "count": 1}, ann)

    reply = await office.get("/analytics/cancellation_rates/", admin)

    assert reply.status_code == 200
    assert reply.json() == [
        {"event_id": event_id, "cancellation_rate": 0.25},
        {"event_id": quiet, "cancellation_rate": 0.0},
    ]


async def test_liveness_and_readiness_are_told(office: Office) -> None:
    live = await office.get("/health/live")
    ready = await office.get("/health/ready")

    assert (live.status_code, live.json()) == (200, {"status": "ok"})
    assert (ready.status_code, ready.json()) == (200, {"status": "ok", "stores": {"database": True, "holds": True}})


@pytest.mark.parametrize("path", ["/health", "/health/", "//health/"])
async def test_a_slash_more_or_less_does_not_matter(office: Office, path: str) -> None:
    reply = await office.http.get(f"http://booked{path}")

    assert reply.status_code == 200


def now_or_before(unix_time: int) -> bool:
    return 0 <= datetime.now(UTC).timestamp() - unix_time < 60
