"""What one may do to tickets and events, and what one may not do to those of others."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import pytest

from booked.domain.model.ids import EventId, ticket_id
from tests.http.answers import assert_refused, code_of
from tests.http.office import TIME, Office, Person, open_office

RESERVE, BOOK, CANCEL, WAIT = "/ticket/reserve/", "/ticket/book/", "/ticket/cancel/", "/waitlist/add/"
CREATE, UPDATE = "/event/", "/event/update/"
DRAFT = {"name": "Concert", "unix_time": TIME, "address": "Main Street 1", "description": "Loud", "seat_count": 10}
UNKNOWN = "019c5b2e-7f00-7a3c-8e54-1f0a00000000"


@pytest.fixture
async def event_id(office: Office) -> EventId:
    return await office.event(seats=10)


@pytest.fixture
async def limited_office(database_url: str, redis_url: str) -> AsyncIterator[Office]:
    """One where nobody may have more than three tickets of an event."""
    async with open_office(database_url, redis_url, tickets_per_user=3) as office:
        yield office


async def test_tickets_that_somebody_else_holds_cannot_be_booked(
    office: Office, ann: Person, ben: Person, event_id: EventId
) -> None:
    tickets = await office.reserve(ann, event_id, 2)
    before = await office.digest()
    lives_until = await hold_deadlines(office)

    reply = await office.post(BOOK, {"ticket_ids": tickets}, ben)

    assert_refused(reply, 400, "TICKET-03")
    assert await office.digest() == before
    assert await hold_deadlines(office) == lives_until
    assert (await office.post(BOOK, {"ticket_ids": tickets}, ann)).status_code == 200


async def test_what_one_does_not_hold_cannot_be_booked(
    office: Office, ann: Person, ben: Person, event_id: EventId
) -> None:
    other_event = await office.event()
    sold = await office.buy(ben, event_id, 1)
    mine = await office.reserve(ann, event_id, 2)
    at_the_other = await office.reserve(ann, other_event, 1)
    foreign = await office.reserve(ben, event_id, 1)
    before = await office.digest()
    cases = {
        "never reserved": ([ticket_id(event_id, 9)], "TICKET-02"),
        "no such number": ([ticket_id(event_id, 11)], "TICKET-02"),
        "the greatest number there is": ([ticket_id(event_id, 2**32 - 1)], "TICKET-02"),
        "the event itself": ([event_id], "TICKET-02"),
        "of an unknown event": ([ticket_id(EventId(UNKNOWN), 1)], "TICKET-02"),
        "a random id": ([str(uuid4())], "TICKET-02"),
        "sold": (sold, "TICKET-02"),
        "mine and one never reserved": ([*mine, ticket_id(event_id, 9)], "TICKET-02"),
        "mine and one sold": ([*mine, *sold], "TICKET-02"),
        "mine and a foreign one": ([*mine, *foreign], "TICKET-03"),
        "of two events": ([*mine, *at_the_other], "TICKET-02"),
        "none": ([], "TICKET-02"),
    }

    for case, (tickets, code) in cases.items():
        reply = await office.post(BOOK, {"ticket_ids": tickets}, ann)

        assert_refused(reply, 400, code)
        assert await office.digest() == before, case

    assert (await office.post(BOOK, {"ticket_ids": mine}, ann)).status_code == 200


async def test_a_hold_that_lapsed_cannot_be_booked(database_url: str, redis_url: str) -> None:
    async with open_office(database_url, redis_url, hold_ttl=timedelta(milliseconds=1)) as office:
        ann = await office.person("ann")
        tickets = await office.reserve(ann, await office.event(), 2)
        async with office.valkey() as client:
            while await client.keys("hold:*"):
                await asyncio.sleep(0.001)

        assert_refused(await office.post(BOOK, {"ticket_ids": tickets}, ann), 400, "TICKET-02")


async def test_more_ids_than_a_request_may_name_are_refused_before_any_store_is_asked(
    office: Office, ann: Person, event_id: EventId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(office.holds), "claim", None)
    tickets = [ticket_id(event_id, number) for number in range(1, 1500)]

    few_too_many = await office.post(BOOK, {"ticket_ids": tickets[:101]}, ann)
    many = await office.post(BOOK, {"ticket_ids": tickets}, ann)
    far_too_many = await office.post(BOOK, {"ticket_ids": tickets * 7}, ann)

    assert_refused(few_too_many, 400, "TICKET-04")
    assert_refused(many, 400, "TICKET-04")
    assert_refused(far_too_many, 413, "SYS-06")


async def test_an_id_counts_once_and_is_the_same_in_capitals(office: Office, ann: Person, event_id: EventId) -> None:
    (ticket,) = await office.reserve(ann, event_id, 1)

    reply = await office.post(BOOK, {"ticket_ids": [ticket, ticket, ticket.upper()]}, ann)

    assert reply.status_code == 200
    (booking,) = (await office.get("/user/bookings/", ann)).json()
    assert booking["number_of_tickets"] == 1


async def test_one_cannot_cancel_more_than_one_owns(
    office: Office, ann: Person, ben: Person, event_id: EventId
) -> None:
    await office.buy(ann, event_id, 2)
    await office.buy(ben, event_id, 1)
    await office.reserve(ben, event_id, 1)
    nobody = await office.person("nobody")
    before = await office.digest()

    for who, count in ((nobody, 1), (ben, 2), (ann, 3), (ann, 100)):
        assert_refused(await office.post(CANCEL, {"event_id": event_id, "count": count}, who), 400, "TICKET-01")
    assert await office.digest() == before

    assert (await office.post(CANCEL, {"event_id": event_id, "count": 1}, ben)).status_code == 200
    assert [b["number_of_tickets"] for b in (await office.get("/user/bookings/", ann)).json()] == [2]


async def test_one_sees_ones_own_bookings_whatever_one_asks_for(
    office: Office, ann: Person, ben: Person, event_id: EventId
) -> None:
    await office.buy(ann, event_id, 2)

    for query in (f"user_id={ann.id}", f"id={ann.id}", f"email={ann.email}"):
        headers = {"X-User-Id": ann.id, "X-EMAIL": ann.email}
        reply = await office.get(f"/user/bookings/?{query}", ben, headers=headers)

        assert (reply.status_code, reply.json()) == (200, [])
        assert reply.headers["Cache-Control"] == "no-store"
        assert reply.headers["Vary"] == "Authorization"


COUNTS: list[tuple[str, str]] = [
    ("0", "TICKET-01"),
    ("-1", "TICKET-01"),
    ("11", "TICKET-01"),
    ("100", "TICKET-01"),
    ("101", "TICKET-04"),
    (str(2**31), "TICKET-04"),
    (str(2**63), "TICKET-04"),
    (str(2**64), "TICKET-04"),
    (str(10**300), "TICKET-04"),
    (str(-(2**63)), "TICKET-01"),
    (str(-(2**64)), "TICKET-01"),
    ("9" * 5000, "SYS-01"),
    ("1e2", "SYS-01"),
    ("2.0", "SYS-01"),
    ('"2"', "SYS-01"),
    ("true", "SYS-01"),
    ("null", "SYS-01"),
    ("[2]", "SYS-01"),
    ("{}", "SYS-01"),
    ("02", "SYS-01"),
    ("+2", "SYS-01"),
    ("0x2", "SYS-01"),
    ("NaN", "SYS-01"),
    ("Infinity", "SYS-01"),
]


async def test_a_count_is_a_number_of_tickets_or_refused(office: Office, ann: Person, event_id: EventId) -> None:
    await office.reserve(ann, event_id, 1)
    before = await office.digest()

    for path in (RESERVE, CANCEL):
        for count, code in COUNTS:
            reply = await office.post(path, b'{"event_id":"%b","count":%b}' % (event_id.encode(), count.encode()), ann)

            assert_refused(reply, 400, code, sent=count)
        assert_refused(await office.post(path, {"event_id": event_id}, ann), 400, "TICKET-01")

    assert await office.digest() == before


async def test_a_users_limit_of_an_event_holds_over_all_requests(limited_office: Office) -> None:
    ann = await limited_office.person("ann")
    event_id = await limited_office.event()
    await limited_office.buy(ann, event_id, 2)

    reply = await limited_office.post(RESERVE, {"event_id": event_id, "count": 2}, ann)

    assert_refused(reply, 400, "TICKET-04")
    assert len(await limited_office.reserve(ann, event_id, 1)) == 1


async def test_an_event_that_is_not_there_is_told_apart_from_an_id_that_is_none(
    office: Office, ann: Person, admin: Person
) -> None:
    before = await office.digest()
    unknown = [
        await office.post(RESERVE, {"event_id": UNKNOWN, "count": 1}, ann),
        await office.post(WAIT, {"event_id": UNKNOWN, "count": 1}, ann),
        await office.delete(f"/event/?id={UNKNOWN}", admin),
        await office.post(UPDATE, {"id": UNKNOWN, "name": "Opera"}, admin),
    ]

    assert [code_of(reply) for reply in unknown] == ["EVENT-03"] * 4
    assert await office.digest() == before


NO_IDS = ["", "1", "x" * 36, "019c5b2e7f007a3c8e541f0a00000000", "{019c5b2e-7f00-7a3c-8e54-1f0a00000000}"]
NO_IDS += ["urn:uuid:019c5b2e-7f00-7a3c-8e54-1f0a00000000", UNKNOWN + "\n", " " + UNKNOWN, "0" + UNKNOWN]
NO_IDS += ["019c5b2e-7f00-7a3c-8e54-1f0a0000000\uff10", "019c5b2e7-f00-7a3c-8e54-1f0a00000000", "a" * 60_000]
NO_IDS += ["'; DROP TABLE users; --", "1 OR 1=1", "%", "_", "\\", "\r\nSET x y\r\n", "}{", "{" + UNKNOWN[1:]]


async def test_an_id_that_is_not_a_uuid_is_refused_with_the_documented_code(
    office: Office, ann: Person, admin: Person
) -> None:
    before = await office.digest()

    for id_ in NO_IDS:
        for path in (RESERVE, CANCEL, WAIT):
            reply = await office.post(path, {"event_id": id_, "count": 1}, ann)
            assert_refused(reply, 400, "SYS-03", sent=id_)
        assert_refused(await office.post(BOOK, {"ticket_ids": [id_]}, ann), 400, "SYS-03", sent=id_)
        assert_refused(await office.post(UPDATE, {"id": id_, "name": "x"}, admin), 400, "EVENT-02", sent=id_)
        reply = await office.http.delete("/event/", params={"id": id_}, headers=admin.bearer)
        assert_refused(reply, 400, "EVENT-02", sent=id_)
    assert_refused(await office.delete("/event/", admin), 400, "EVENT-02")
    assert_refused(await office.post(UPDATE, {"name": "x"}, admin), 400, "EVENT-02")
    assert_refused(await office.post(RESERVE, {"count": 1}, ann), 400, "SYS-03")
    assert_refused(await office.post(BOOK, {}, ann), 400, "TICKET-02")

    assert await office.digest() == before


async def test_of_two_ids_in_a_query_the_first_counts(office: Office, admin: Person) -> None:
    first, second = await office.event(), await office.event()

    await office.delete(f"/event/?id={first}&id={second}", admin)

    assert [event["id"] for event in (await office.get("/event/")).json()["events"]] == [second]


DRAFTS: list[tuple[bytes, str]] = [
    (b'{"seat_count": 0}', "EVENT-01"),
    (b'{"seat_count": -5}', "EVENT-01"),
    (b'{"seat_count": 10000001}', "EVENT-01"),
    (b'{"seat_count": 2147483648}', "EVENT-01"),
    (b'{"seat_count": 18446744073709551616}', "EVENT-01"),
    (b'{"latitude": 91, "longitude": 0}', "EVENT-04"),
    (b'{"latitude": -90.001, "longitude": 0}', "EVENT-04"),
    (b'{"latitude": 0, "longitude": 181}', "EVENT-04"),
    (b'{"latitude": 1e300, "longitude": 0}', "EVENT-04"),
    (b'{"latitude": 10}', "EVENT-04"),
    (b'{"longitude": 10}', "EVENT-04"),
    (b'{"latitude": NaN, "longitude": 0}', "SYS-01"),
    (b'{"latitude": Infinity, "longitude": 0}', "SYS-01"),
    (b'{"latitude": 1e999, "longitude": 0}', "SYS-01"),
    (b'{"latitude": "10", "longitude": 0}', "SYS-01"),
    (b'{"unix_time": 0}', "EVENT-04"),
    (b'{"unix_time": -1}', "EVENT-04"),
    (b'{"unix_time": 253402300800}', "EVENT-04"),
    (b'{"unix_time": 9223372036854775808}', "EVENT-04"),
    (b'{"unix_time": 1000000000000000000}', "EVENT-04"),
    (b'{"unix_time": 1893524400.5}', "SYS-01"),
    (b'{"unix_time": "2030-01-01T00:00:00Z"}', "SYS-01"),
    (b'{"name": ""}', "EVENT-04"),
    (b'{"name": " "}', "EVENT-04"),
    (b'{"name": "%b"}' % (b"a" * 201), "EVENT-04"),
    (b'{"name": "a\\u0000b"}', "EVENT-04"),
    (b'{"name": "a\\r\\nb"}', "EVENT-04"),
    (b'{"name": "a\\u202eb"}', "EVENT-04"),
    (b'{"address": ""}', "EVENT-04"),
    (b'{"address": "%b"}' % (b"a" * 501), "EVENT-04"),
    (b'{"description": ""}', "EVENT-04"),
    (b'{"description": " \\n\\t"}', "EVENT-04"),
    (b'{"description": "\\u200b"}', "EVENT-04"),
    (b'{"description": "%b"}' % (b"a" * 5001), "EVENT-04"),
    (b'{"description": "a\\u0000b"}', "EVENT-04"),
    (b'{"description": null}', "SYS-01"),
    (b'{"name": null}', "SYS-01"),
]


async def test_an_event_that_makes_no_sense_is_not_made(office: Office, admin: Person) -> None:
    before = await office.digest()

    for fault, code in DRAFTS:
        reply = await office.post(CREATE, merged(DRAFT, fault), admin)

        assert_refused(reply, 400, code, sent=fault.decode())

    assert await office.digest() == before


async def test_a_change_that_makes_no_sense_is_not_made(office: Office, admin: Person, event_id: EventId) -> None:
    before = await office.digest()

    for fault, code in DRAFTS:
        if b"null" not in fault:  # which leaves a field as it is
            reply = await office.post(UPDATE, merged({"id": event_id}, fault), admin)
            assert_refused(reply, 400, code, sent=fault.decode())

    assert await office.digest() == before


async def test_an_event_needs_every_field_but_its_place(office: Office, admin: Person) -> None:
    needed = {"name": "EVENT-04", "unix_time": "EVENT-04", "address": "EVENT-04", "description": "EVENT-04"}
    needed |= {"seat_count": "EVENT-01"}

    for missing, code in needed.items():
        draft = {name: value for name, value in DRAFT.items() if name != missing}
        assert_refused(await office.post(CREATE, draft, admin), 400, code)


EXTREMES: list[dict[str, object]] = [
    {"seat_count": 1, "unix_time": 1, "latitude": 90, "longitude": -180},
    {"seat_count": 10_000_000, "unix_time": 253402300799, "latitude": -90, "longitude": 180},
    {"name": "a" * 200, "address": "ä" * 500, "description": "🎟" * 5000},
    {"name": "'; DROP TABLE events; --", "address": "1 OR 1=1", "description": "100 % _ \\ \n\t"},
    {"latitude": None, "longitude": None},
]


async def test_an_event_at_the_edge_of_what_makes_sense_is_listed_as_it_was_sent(office: Office, admin: Person) -> None:
    for extremes in EXTREMES:
        reply = await office.post(CREATE, {**DRAFT, **extremes}, admin)
        assert reply.status_code == 201, reply.text

        (listed,) = (await office.get("/event/")).json()["events"]
        assert {name: listed.get(name) for name in extremes} == extremes
        await office.delete(f"/event/?id={listed['id']}", admin)


async def test_an_event_can_grow_but_not_shrink(office: Office, admin: Person, event_id: EventId) -> None:
    smaller = await office.post(UPDATE, {"id": event_id, "seat_count": 9}, admin)
    same = await office.post(UPDATE, {"id": event_id, "seat_count": 10}, admin)
    grown = await asyncio.gather(
        *(office.post(UPDATE, {"id": event_id, "seat_count": 10 + more}, admin) for more in range(1, 17))
    )

    assert_refused(smaller, 400, "EVENT-05")
    assert same.status_code == 201
    assert {reply.status_code for reply in grown} <= {201, 400}
    assert {code_of(reply) for reply in grown if reply.status_code == 400} <= {"EVENT-05"}
    (listed,) = (await office.get("/event/")).json()["events"]
    assert (listed["seat_count"], listed["available_seats_count"]) == (26, 26)


async def test_withdrawing_an_event_ends_its_bookings_and_every_other_use(
    office: Office, admin: Person, ann: Person, ben: Person, event_id: EventId
) -> None:
    bought = await office.buy(ann, event_id, 2)
    held = await office.reserve(ben, event_id, 8)
    await office.post(WAIT, {"event_id": event_id, "count": 1}, ann)

    deleted = await office.delete(f"/event/?id={event_id}", admin)

    assert deleted.status_code == 200
    assert_refused(await office.delete(f"/event/?id={event_id}", admin), 400, "EVENT-03")
    assert_refused(await office.post(BOOK, {"ticket_ids": held}, ben), 400, "TICKET-02")
    assert_refused(await office.post(BOOK, {"ticket_ids": bought}, ann), 400, "TICKET-02")
    assert_refused(await office.post(RESERVE, {"event_id": event_id, "count": 1}, ben), 400, "EVENT-03")
    assert_refused(await office.post(CANCEL, {"event_id": event_id, "count": 1}, ann), 400, "TICKET-01")
    assert (await office.get("/waitlist/", ann)).json() == []
    async with office.connection() as connection:
        history = await connection.fetchval("SELECT count(*) FROM tickets WHERE event_id = $1", event_id)
    assert history == 2


async def test_one_waits_once_for_what_cannot_be_had_right_now(
    office: Office, ann: Person, ben: Person, event_id: EventId
) -> None:
    available = await office.post(WAIT, {"event_id": event_id, "count": 10}, ben)
    await office.buy(ann, event_id, 10)
    counts = {}
    for count in (0, -1, 11, 10**9, 2**64):
        counts[count] = await office.post(WAIT, {"event_id": event_id, "count": count}, ben)
    missing = await office.post(WAIT, {"event_id": event_id}, ben)
    joined = await asyncio.gather(*(office.post(WAIT, {"event_id": event_id, "count": 2}, ben) for _ in range(50)))

    assert_refused(available, 400, "WAITLIST-02")
    for reply in (*counts.values(), missing):
        assert_refused(reply, 400, "WAITLIST-02")
    assert sorted(reply.status_code for reply in joined) == [200] + [400] * 49
    assert {code_of(reply) for reply in joined if reply.status_code == 400} == {"WAITLIST-01"}
    assert len((await office.get("/waitlist/", ben)).json()) == 1


async def test_one_does_not_wait_while_one_has_an_offer(
    office: Office, ann: Person, ben: Person, event_id: EventId
) -> None:
    await office.buy(ann, event_id, 10)
    await office.post(WAIT, {"event_id": event_id, "count": 2}, ben)
    await office.post(CANCEL, {"event_id": event_id, "count": 2}, ann)
    await office.services.offers.serve(event_id)

    reply = await office.post(WAIT, {"event_id": event_id, "count": 2}, ben)

    assert_refused(reply, 400, "WAITLIST-01")


LIMITS = {"limit=-1": 1, "limit=0": 1, "limit=1": 1, "limit=3&limit=5": 3, "limit=": 10, "limit=abc": 10}
LIMITS |= {"limit=1e1": 10, "limit=2.0": 10, "limit=%2B2": 10, "limit=+2": 10, "limit=٣": 10, "limit=%33": 3}
LIMITS |= {"limit=4?timestamp=7": 4, "limit=1_1": 10, "LIMIT=3": 10, "limit[]=3": 10, "limit=%00": 10, "&&=&": 10}
LIMITS |= {"limit=%ED%A0%80": 10, "limit=%FF": 10, "&".join(["a=1"] * 5000): 10, "limit=0x3": 10}
LIMITS |= {f"limit={huge}": 11 for huge in (11, 100, 101, 10**9, 2**63, 2**64, "9" * 5000)}
LIMITS |= {f"limit=-{'9' * 5000}": 1}


async def test_a_limit_is_brought_into_its_bounds_and_junk_ignored(office: Office) -> None:
    for offset in range(11):
        await office.event(unix_time=TIME + offset)

    lengths = {}
    for query in LIMITS:
        reply = await office.get(f"/event/?{query}")
        assert reply.status_code == 200, query
        lengths[query] = len(reply.json()["events"])

    assert lengths == LIMITS


TIMESTAMPS = {"timestamp=-1": 2, "timestamp=": 2, "timestamp=NaN": 2, "timestamp=abc": 2, "timestamp=1e9": 2}
TIMESTAMPS |= {"timestamp=0": 2, f"timestamp={TIME}": 2, f"timestamp={TIME + 1}": 1, f"timestamp={TIME + 2}": 0}
TIMESTAMPS |= {f"timestamp={TIME + 1}&timestamp=0": 1, f"timestamp={TIME + 1}?limit=1": 1, "timestamp=%00": 2}
TIMESTAMPS |= {f"timestamp={huge}": 0 for huge in (253402300800, 2**63, 2**64, 10**18, "9" * 5000)}
TIMESTAMPS |= {f"timestamp=-{huge}": 2 for huge in (2**63, "9" * 5000)}


async def test_a_timestamp_is_brought_into_its_bounds_and_junk_ignored(office: Office) -> None:
    for offset in range(2):
        await office.event(unix_time=TIME + offset)

    lengths = {}
    for query in TIMESTAMPS:
        reply = await office.get(f"/event/?{query}")
        assert reply.status_code == 200, query
        lengths[query] = len(reply.json()["events"])

    assert lengths == TIMESTAMPS


async def hold_deadlines(office: Office) -> dict[object, float]:
    """The moment at which each hold lapses, in milliseconds of Unix time."""
    async with office.valkey(decode_responses=True) as client:
        return {key: await client.pexpiretime(str(key)) for key in await client.keys("hold:*")}


def merged(good: dict[str, object], fault: bytes) -> bytes:
    """The JSON of a good object and a faulty one whose fields come instead."""
    faulty = set(re.findall(rb'"(\w+)":', fault))
    rest = {name: value for name, value in good.items() if name.encode() not in faulty}
    return json.dumps(rest).encode()[:-1] + b", " + fault[1:]
