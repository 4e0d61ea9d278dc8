"""Seats in the resource API: every one of them, all of them at a glance, and keeping some from sale."""

import asyncio
import base64
import json
import sys
from collections.abc import Awaitable
from datetime import timedelta
from types import FrameType
from typing import Any

import pytest

from booked.adapters.postgres.sale.bookings import PostgresBookings
from booked.domain.errors import TransactionFailed
from booked.domain.services.sale import sales
from tests.http.answers import assert_problem
from tests.http.office import Office, Person
from tests.http.v1.programme import EVENTS, NOTHING, STANDING, Json, Programme, address_of, key

FIELDS = {"id", "section", "row", "number", "ticket_type", "price", "currency", "status"}
BITMAP = {"Accept": "application/octet-stream"}


def seat_id(event: Json, number: int) -> str:
    return f"{event['id'][:-8]}{number:08x}"


def number_of(seat: Json) -> int:
    return int(seat["id"][-8:], 16)


async def listed(programme: Programme, event: Json, who: Person | None = None, /, **query: str | int) -> list[Json]:
    return await programme.walk(f"{address_of(event)}seats/", who, **query)


async def statuses(programme: Programme, event: Json, who: Person | None = None) -> dict[int, str]:
    """By ticket number, of all seats that are not simply available."""
    seats = await listed(programme, event, who)
    return {number_of(seat): seat["status"] for seat in seats if seat["status"] != "AVAILABLE"}


async def block(programme: Programme, event: Json, *numbers: int, headers: Any = None) -> int:
    seats = [seat_id(event, number) for number in numbers]
    reply = await programme.post(f"{address_of(event)}seats/block/", {"seats": seats}, headers=headers)
    return reply.status_code


async def unblock(programme: Programme, event: Json, *numbers: int, headers: Any = None) -> int:
    seats = [seat_id(event, number) for number in numbers]
    reply = await programme.post(f"{address_of(event)}seats/unblock/", {"seats": seats}, headers=headers)
    return reply.status_code


# Each of them.


async def test_everybody_sees_every_seat_the_best_first(programme: Programme, ann: Person) -> None:
    event = await programme.seated()

    seats = await listed(programme, event)

    assert len(seats) == 40
    assert all(set(seat) == FIELDS for seat in seats)
    assert [seat["id"] for seat in seats] == [seat_id(event, number) for number in range(1, 41)]
    places = [(seat["section"], seat["row"], seat["number"]) for seat in seats]
    assert places == [
        *(("Stalls", row, number) for row in "ABCD" for number in range(1, 6)),
        *(("Circle", row, number) for row in "34" for number in range(101, 111)),
    ]
    for who in (ann, programme.otto, programme.ora):
        assert await listed(programme, event, who) == seats
    front, back = seats[0], seats[-1]
    assert (front["price"], front["currency"], front["status"]) == ("49.90", "EUR", "AVAILABLE")
    assert front["ticket_type"] == {"id": f"{event['id'][:-8]}c0000002", "name": "Front"}
    assert (back["price"], back["ticket_type"]["name"]) == ("19.90", "Back")


async def test_one_seat_is_shown_by_its_id(programme: Programme) -> None:
    event, other = await programme.seated(), await programme.seated()
    [first, *_] = await listed(programme, event)
    seats = f"{address_of(event)}seats/"

    assert await programme.shown(f"{seats}{first['id']}/") == first
    assert await programme.shown(f"{seats}{first['id'].upper()}") == first
    for id_ in (seat_id(event, 41), seat_id(event, 0), seat_id(other, 1), NOTHING, event["id"]):
        assert_problem(await programme.office.get(f"{seats}{id_}/"), 404, "EVENT-14")
    assert_problem(await programme.office.get(f"{seats}x/"), 400, "SYS-03")
    assert_problem(
        await programme.office.get(f"{EVENTS}{NOTHING}/seats/{seat_id({'id': NOTHING}, 1)}/"), 404, "EVENT-03"
    )


async def test_seats_are_found_by_each_filter(programme: Programme, ann: Person) -> None:
    event = await programme.seated(front="19.90")
    await programme.office.buy(ann, event["id"], 2)
    await programme.office.reserve(ann, event["id"], 1)
    assert await block(programme, event, 40) == 204
    front = f"{event['id'][:-8]}c0000002"

    async def numbers(**query: str | int) -> list[int]:
        return [number_of(seat) for seat in await listed(programme, event, **query)]

    assert await numbers(section="Circle") == list(range(21, 41))
    assert await numbers(section="circle") == await numbers(section="Balcony") == []
    assert await numbers(row="B") == list(range(6, 11))
    assert await numbers(row="3") == list(range(21, 31))
    assert await numbers(row="4", section="Circle") == list(range(31, 41))
    for nowhere in ("4", "1", "03", "٣", "b", "AA", "A" * 10):
        assert await numbers(row=nowhere, section="Stalls") == []
    assert await numbers(ticket_type_id=front) == list(range(1, 21))
    assert await numbers(ticket_type=front) == list(range(1, 21))  # its former name
    assert await numbers(status="BOOKED") == [1, 2]
    assert await numbers(status="reserved") == [3]
    assert await numbers(status="BLOCKED") == [40]
    assert await numbers(status="AVAILABLE", section="Stalls", row="A") == [4, 5]
    assert await numbers(status="AVAILABLE", limit=7) == list(range(4, 40))


async def test_seats_come_in_pages_of_up_to_a_thousand(programme: Programme) -> None:
    event = await hall(programme, rows=60, seats_per_row=50)

    assert len((await programme.shown(f"{address_of(event)}seats/"))["items"]) == 100
    page = await programme.shown(f"{address_of(event)}seats/?limit=1000")
    assert len(page["items"]) == 1000
    for limit in (7, 999, 1000):
        walked = [number_of(seat) for seat in await listed(programme, event, limit=limit)]
        assert walked == list(range(1, 3001))
    for query, code in (
        ("limit=1001", "SYS-17"),
        ("limit=0", "SYS-17"),
        ("status=SOLD", "SYS-17"),
        (f"section={'x' * 51}", "SYS-17"),
        (f"row={'x' * 11}", "SYS-17"),
        ("color=red", "SYS-17"),
        ("ticket_type_id=x", "SYS-03"),
        ("cursor=x", "SYS-16"),
        (f"row=1&cursor={page['next_cursor']}", "SYS-16"),
    ):
        assert_problem(await programme.office.get(f"{address_of(event)}seats/?{query}"), 400, code, sent=query)
    other = await programme.office.get(f"{address_of(event)}seats/?ticket_type_id={NOTHING}")
    assert_problem(other, 404, "EVENT-13")


async def test_an_event_without_seats_has_none(programme: Programme) -> None:
    event = await programme.event()

    assert await listed(programme, event) == []
    assert (await programme.shown(f"{address_of(event)}seats/layout/"))["blocks"] == []
    assert_problem(await programme.office.get(f"{address_of(event)}seats/{seat_id(event, 1)}/"), 404, "EVENT-14")
    assert await block(programme, event, 1) == 404


async def test_seats_of_an_event_that_is_not_published_are_booked_or_kept_from_sale(
    programme: Programme, ann: Person
) -> None:
    draft = await programme.seated(status="DRAFT")
    postponed = await programme.seated(front="19.90")
    await programme.office.buy(ann, postponed["id"], 2)
    await programme.post(f"{address_of(postponed)}status/", {"status": "POSTPONED"})

    assert set((await statuses(programme, draft, programme.ora)).values()) == {"BLOCKED"}
    assert await statuses(programme, postponed) == {
        number: "BOOKED" if number <= 2 else "BLOCKED" for number in range(1, 41)
    }
    for event in (draft, postponed):
        map_ = await programme.shown(f"{address_of(event)}seats/availability/", programme.ora)
        assert (map_["capacity"], map_["free"], base64.b64decode(map_["taken"])) == (40, 0, b"\xff" * 5)


# All of them at a glance.


async def hall(programme: Programme, rows: int, seats_per_row: int, blocks: int = 1) -> Json:
    """An event in a venue of so many blocks of seats."""
    layout = [{"section": f"Block {n}", "rows": rows, "seats_per_row": seats_per_row} for n in range(1, blocks + 1)]
    venue = await programme.venue(layout=layout, capacity=blocks * rows * seats_per_row)
    sections = [part["section"] for part in layout]
    return await programme.event(
        venue_id=venue["id"], ticket_types=[{"name": "Any", "price": "10", "sections": sections}]
    )


def taken(map_: Json) -> set[int]:
    """The ticket numbers whose bits are set."""
    bits = base64.b64decode(map_["taken"], validate=True)
    return {number for number in range(1, len(bits) * 8 + 1) if bits[(number - 1) // 8] & (0x80 >> (number - 1) % 8)}


async def on_the_wire(office: Office, path: str, headers: dict[str, str]) -> int:
    """How many bytes an answer is, as HTTP/1.1 has it."""
    reply = await office.get(path, headers=headers)
    assert reply.status_code == 200
    start = len(b"HTTP/1.1 200 OK\r\n")
    return start + sum(len(name) + len(value) + 4 for name, value in reply.headers.raw) + 2 + len(reply.content)


async def test_twenty_thousand_live_seats_are_drawn_from_less_than_four_kilobytes(
    programme: Programme, ann: Person
) -> None:
    event = await hall(programme, rows=40, seats_per_row=50, blocks=10)
    await programme.office.buy(ann, event["id"], 100)
    path = f"{address_of(event)}seats/availability/"

    map_ = await programme.shown(path)

    assert (map_["capacity"], map_["free"]) == (20_000, 19_900)
    assert taken(map_) == set(range(1, 101))
    assert await on_the_wire(programme.office, path, {}) < 4096
    assert await on_the_wire(programme.office, path, BITMAP) < 3072
    layout = await programme.office.get(f"{address_of(event)}seats/layout/")
    assert len(layout.content) < 4096


async def test_layout_and_bitmap_tell_the_same_as_the_list(programme: Programme, ann: Person) -> None:
    event = await programme.seated(front="19.90")
    await programme.office.buy(ann, event["id"], 3)
    await programme.office.reserve(ann, event["id"], 2)
    assert await block(programme, event, 30, 31) == 204

    layout = await programme.shown(f"{address_of(event)}seats/layout/")
    unavailable = taken(await programme.shown(f"{address_of(event)}seats/availability/"))

    drawn = []
    for part in layout["blocks"]:
        assert part["ticket_type"] == part["ticket_type_id"]
        for row in range(part["rows"]):
            place = part["first_row"] + row
            label = chr(ord("A") + place - 1) if part["row_style"] == "letters" else str(place)
            for seat in range(part["seats_per_row"]):
                number = part["first"] + row * part["seats_per_row"] + seat
                id_ = seat_id(event, number)
                is_free = number not in unavailable
                drawn.append((id_, part["section"], label, part["first_seat"] + seat, part["ticket_type_id"], is_free))
    assert drawn == [
        (
            seat["id"],
            seat["section"],
            seat["row"],
            seat["number"],
            seat["ticket_type"]["id"],
            seat["status"] == "AVAILABLE",
        )
        for seat in await listed(programme, event)
    ]
    assert {type_["name"]: type_["price"] for type_ in layout["ticket_types"]} == {"Front": "19.90", "Back": "19.90"}
    assert (layout["capacity"], layout["currency"]) == (40, "EUR")


async def test_tickets_without_seats_have_bits_as_well(programme: Programme, ann: Person) -> None:
    event = await programme.event(ticket_types=[{**STANDING, "quota": 13}])
    await programme.office.buy(ann, event["id"], 9)

    map_ = await programme.shown(f"{address_of(event)}seats/availability/")
    raw = await programme.office.get(f"{address_of(event)}seats/availability/", headers=BITMAP)

    assert (map_["capacity"], map_["free"], taken(map_)) == (13, 4, set(range(1, 10)))
    assert (raw.headers["Content-Type"], raw.content) == ("application/octet-stream", b"\xff\x80")
    assert base64.b64decode(map_["taken"]) == raw.content
    for accept, kind in (
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("application/octet-stream, application/json;q=0.5", "application/octet-stream"),
        ("text/html", "application/json"),
        ("application/octet-stream;q=0", "application/json"),
        ("application/octet-stream;q=1e999", "application/octet-stream"),
        ("", "application/json"),
    ):
        reply = await programme.office.get(f"{address_of(event)}seats/availability/", headers={"Accept": accept})
        assert reply.headers["Content-Type"] == kind


async def test_a_part_of_the_seats_can_be_asked_for(programme: Programme, ann: Person) -> None:
    event = await programme.seated(front="19.90")
    await programme.office.buy(ann, event["id"], 9)
    path = f"{address_of(event)}seats/availability/"

    part = await programme.shown(f"{path}?first=4&last=14")
    rest = await programme.shown(f"{path}?first=38")
    nothing = await programme.shown(f"{path}?first=41")

    assert (part["first"], part["last"], part["next_first"]) == (4, 14, None)
    assert (part["capacity"], part["free"], base64.b64decode(part["taken"])) == (40, 31, bytes([0b11111100, 0]))
    assert (rest["first"], rest["last"], base64.b64decode(rest["taken"])) == (38, 40, b"\0")
    assert (nothing["first"], nothing["last"], nothing["taken"], nothing["next_first"]) == (41, 40, "", None)
    for query in ("first=0", "last=0", "first=x", "first=10000001", "from=1"):
        assert_problem(await programme.office.get(f"{path}?{query}"), 400, "SYS-17")


@pytest.mark.parametrize("status", ["PUBLISHED", "DRAFT"])
async def test_an_answer_tells_of_a_million_tickets_at_most(programme: Programme, status: str) -> None:
    event = await programme.event(ticket_types=[{**STANDING, "quota": 2_500_000}], status=status)
    path = f"{address_of(event)}seats/availability/"

    parts, sizes = [await programme.shown(path, programme.ora)], list[int]()
    while first := parts[-1]["next_first"]:
        parts.append(await programme.shown(f"{path}?first={first}", programme.ora))
    reply = await programme.office.get(path, programme.ora, headers=BITMAP)
    while True:
        sizes.append(len(reply.content))
        if "Link" not in reply.headers:
            break
        link = reply.headers["Link"].removeprefix("<").removesuffix('>; rel="next"')
        reply = await programme.office.get(link, programme.ora, headers=BITMAP)

    ranges = [(part["first"], part["last"]) for part in parts]
    assert ranges == [(1, 1_000_000), (1_000_001, 2_000_000), (2_000_001, 2_500_000)]
    assert [len(base64.b64decode(part["taken"])) for part in parts] == sizes == [125_000, 125_000, 62_500]


async def test_a_part_that_is_too_large_goes_on_to_its_own_end(programme: Programme) -> None:
    event = await programme.event(ticket_types=[{**STANDING, "quota": 2_500_000}])
    path = f"{address_of(event)}seats/availability/"

    part = await programme.shown(f"{path}?first=9&last=1000010")
    rest = await programme.office.get(f"{path}?first={part['next_first']}&last=1000010")

    assert (part["last"], part["next_first"]) == (1_000_008, 1_000_009)
    assert (rest.json()["last"], rest.json()["next_first"], rest.headers.get("Link")) == (1_000_010, None, None)


async def test_a_layout_that_the_client_has_is_not_sent_again(programme: Programme, ann: Person) -> None:
    event = await programme.seated()
    path = f"{address_of(event)}seats/layout/"
    tag = (await programme.office.get(path)).headers["ETag"]

    await programme.office.buy(ann, event["id"], 1)
    known = await programme.office.get(path, headers={"If-None-Match": tag})
    assert (known.status_code, known.content) == (304, b"")

    types = (await programme.shown(f"{address_of(event)}tickets/"))["items"]
    await programme.patch(f"{address_of(event)}tickets/{types[0]['id']}/", {"price": "1"}, headers={})
    news = await programme.office.get(path, headers={"If-None-Match": tag})
    assert news.status_code == 200
    assert news.headers["ETag"] != tag


async def test_caches_may_keep_what_everybody_sees_and_nothing_else(programme: Programme, ann: Person) -> None:
    event, draft = await programme.seated(), await programme.seated(status="DRAFT")

    async def kept(event: Json, place: str, who: Person | None) -> tuple[str, str | None]:
        reply = await programme.office.get(f"{address_of(event)}seats/{place}", who)
        return reply.headers["Cache-Control"], reply.headers.get("Vary")

    assert await kept(event, "layout/", None) == ("public, max-age=10", None)
    assert await kept(event, "availability/", None) == ("public, max-age=1", "Accept")
    for one, who in ((event, ann), (event, programme.ora), (draft, programme.ora), (draft, None)):
        assert await kept(one, "layout/", who) == ("no-store", "Authorization")
        assert (await kept(one, "availability/", who))[0] == "no-store"
    assert await kept(event, "", None) == ("no-store", "Authorization")
    assert await kept(event, f"{seat_id(event, 1)}/", None) == ("no-store", "Authorization")


# Keeping some from sale.


async def test_blocked_seats_are_nobodys_until_they_are_unblocked(programme: Programme, ann: Person) -> None:
    event = await programme.seated(front="19.90")

    assert await block(programme, event, 1, 2, 3, 2) == 204

    assert await statuses(programme, event) == {1: "BLOCKED", 2: "BLOCKED", 3: "BLOCKED"}
    shown = await programme.shown(address_of(event))
    assert (shown["sold"], shown["available"]) == (0, 37)
    assert await programme.office.buy(ann, event["id"], 1) == [seat_id(event, 4)]

    assert await unblock(programme, event, 1, 3) == 204

    assert await statuses(programme, event) == {2: "BLOCKED", 4: "BOOKED"}
    shown = await programme.shown(address_of(event))
    assert (shown["sold"], shown["available"]) == (1, 38)
    assert await programme.office.buy(ann, event["id"], 2) == [seat_id(event, 1), seat_id(event, 3)]


async def test_all_seats_are_blocked_or_none(programme: Programme, ann: Person) -> None:
    event, other = await programme.seated(front="19.90"), await programme.seated()
    await programme.office.buy(ann, event["id"], 1)
    await programme.office.reserve(ann, event["id"], 1)
    assert await block(programme, event, 40) == 204
    before = await statuses(programme, event)
    seats = f"{address_of(event)}seats/"

    for numbers in ([1, 10], [2, 10], [40, 1, 10]):
        ids = [seat_id(event, number) for number in numbers]
        assert_problem(await programme.post(f"{seats}block/", {"seats": ids}), 409, "TICKET-05")
    for unknown in (seat_id(event, 41), seat_id(event, 0), seat_id(other, 1), NOTHING):
        body = {"seats": [seat_id(event, 10), unknown]}
        assert_problem(await programme.post(f"{seats}block/", body), 404, "EVENT-14")
        assert_problem(
            await programme.post(f"{seats}unblock/", {"seats": [seat_id(event, 40), unknown]}), 404, "EVENT-14"
        )
    for numbers in ([40, 1], [40, 2], [40, 10]):
        ids = [seat_id(event, number) for number in numbers]
        assert_problem(await programme.post(f"{seats}unblock/", {"seats": ids}), 404, "EVENT-14")

    assert before == {1: "BOOKED", 2: "RESERVED", 40: "BLOCKED"}
    assert await statuses(programme, event) == before


@pytest.mark.parametrize("verb", ["block", "unblock"])
async def test_a_list_of_seats_that_cannot_be_read_is_refused(programme: Programme, verb: str) -> None:
    event = await programme.seated()
    path = f"{address_of(event)}seats/{verb}/"

    assert_problem(await programme.post(path, {"seats": []}), 409, "TICKET-02")
    assert_problem(await programme.post(path, {"seats": ["x"]}), 400, "SYS-03")
    for body in (
        {},
        {"seats": None},
        {"seats": [1]},
        {"seats": [seat_id(event, 1)] * 101},
        {"seats": [seat_id(event, 1)], "color": "red"},
    ):
        assert_problem(await programme.post(path, body), 400, "SYS-01", sent=json.dumps(body))
    assert_problem(await programme.office.get(path), 405, "SYS-05")


@pytest.mark.parametrize("verb", ["block", "unblock"])
async def test_only_those_who_run_an_event_block_its_seats(programme: Programme, ann: Person, verb: str) -> None:
    event = await programme.seated()
    assert await block(programme, event, 1) == 204
    path, body = f"{address_of(event)}seats/{verb}/", {"seats": [seat_id(event, 1 if verb == "unblock" else 2)]}

    assert_problem(await programme.office.post(path, body), 401, "USER-06")
    assert_problem(await programme.post(path, body, ann), 403, "USER-01")
    assert_problem(await programme.post(path, body, programme.otto), 403, "USER-12")
    assert_problem(await programme.post(f"{EVENTS}{NOTHING}/seats/{verb}/", body), 404, "EVENT-03")
    assert await statuses(programme, event) == {1: "BLOCKED"}
    assert (await programme.post(path, body, programme.admin)).status_code == 204


async def test_a_repeated_request_blocks_nothing_more(programme: Programme) -> None:
    event = await programme.seated()

    assert await block(programme, event, 1, headers=key("k")) == 204
    assert await block(programme, event, 1, headers=key("k")) == 204
    assert await block(programme, event, 2, headers=key("k")) == 422
    assert await unblock(programme, event, 1, headers=key("l")) == 204
    assert await block(programme, event, 1, headers=key("k")) == 204
    assert await unblock(programme, event, 1, headers=key("l")) == 204
    assert await unblock(programme, event, 2, headers=key("l")) == 422
    assert await statuses(programme, event) == {}


async def test_a_repeated_request_that_found_its_seats_blocked_blocks_nothing_later(programme: Programme) -> None:
    event = await programme.seated()
    assert await block(programme, event, 1) == 204

    assert await block(programme, event, 1, headers=key("k")) == 204
    assert await unblock(programme, event, 1) == 204
    assert await block(programme, event, 1, headers=key("k")) == 204

    assert await statuses(programme, event) == {}


async def test_seats_are_blocked_again_after_they_were_unblocked_and_what_is_blocked_stays_so(
    programme: Programme,
) -> None:
    event = await programme.seated()

    for _ in range(3):
        assert await block(programme, event, 1, 2) == 204
        assert await block(programme, event, 2, 1) == 204
        assert await block(programme, event, 2, 3) == 204
        assert await statuses(programme, event) == {1: "BLOCKED", 2: "BLOCKED", 3: "BLOCKED"}
        assert await unblock(programme, event, 1, 2, 3) == 204
        assert await statuses(programme, event) == {}


async def test_blocking_that_was_cut_off_goes_on_when_it_is_asked_for_again(
    programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = await programme.seated()

    async def cut_off(*_: object) -> None:
        raise TransactionFailed

    with monkeypatch.context() as cut:
        cut.setattr(PostgresBookings, "commit", cut_off)
        cut.setattr(sales, "OUTCOME_KNOWN_WITHIN", timedelta())
        assert await block(programme, event, 1, 2) == 503
    assert await statuses(programme, event) == {1: "RESERVED", 2: "RESERVED"}

    assert await block(programme, event, 2, 1) == 204
    assert await statuses(programme, event) == {1: "BLOCKED", 2: "BLOCKED"}


async def test_of_many_twins_at_once_one_blocks(programme: Programme) -> None:
    event = await programme.seated()

    answers = await asyncio.gather(*(block(programme, event, 1, 2, headers=key("k")) for _ in range(8)))

    assert set(answers) <= {204, 409}
    assert 204 in answers
    assert await statuses(programme, event) == {1: "BLOCKED", 2: "BLOCKED"}
    assert (await programme.shown(address_of(event)))["available"] == 38


async def test_seats_are_blocked_before_the_sale_begins(programme: Programme, ann: Person) -> None:
    event = await programme.seated(sales_start="2027-01-01T00:00:00Z", max_tickets_per_user=1)

    assert await block(programme, event, 1, 2, 3) == 204

    reply = await programme.office.post("/ticket/reserve/", {"event_id": event["id"], "count": 1}, ann)
    assert (reply.status_code, reply.json()["code"]) == (400, "EVENT-06")


async def test_a_seat_is_sold_or_blocked_but_never_both(programme: Programme, ann: Person) -> None:
    event = await programme.event(
        venue_id=(await programme.venue(layout=[{"section": "Box", "rows": 1, "seats_per_row": 4}]))["id"],
        ticket_types=[{"name": "Box", "price": "10", "sections": ["Box"]}],
    )

    async def buy() -> None:
        reply = await programme.office.post("/ticket/reserve/", {"event_id": event["id"], "count": 1}, ann)
        if reply.status_code == 200:
            await programme.office.post("/ticket/book/", reply.json(), ann)

    await asyncio.gather(*(buy() for _ in range(4)), *(block(programme, event, number) for number in range(1, 5)))

    shown = await programme.shown(address_of(event))
    seats = list((await statuses(programme, event)).values())
    assert len(seats) == 4
    assert seats.count("BOOKED") == shown["sold"]
    assert shown["available"] == 0


# However many there are.


async def function_calls(shown: Awaitable[Json]) -> int:
    """Count the functions that are called until something is shown."""
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        await shown
    finally:
        sys.setprofile(None)
    return calls


async def test_a_stadium_is_listed_with_as_little_work_at_its_end_as_at_its_beginning(programme: Programme) -> None:
    event = await hall(programme, rows=500, seats_per_row=180)
    path = f"{address_of(event)}seats/"
    first_page, last_page = "limit=100", "limit=100&row=500"

    assert len((await programme.shown(f"{path}?{first_page}"))["items"]) == 100
    assert event["seat_count"] == 90_000
    assert [seat["row"] for seat in (await programme.shown(f"{path}?{last_page}"))["items"]] == ["500"] * 100
    at_the_beginning = await function_calls(programme.shown(f"{path}?{first_page}"))
    assert await function_calls(programme.shown(f"{path}?{last_page}")) < 2 * at_the_beginning
    page = await programme.shown(f"{path}?status=BOOKED")
    assert page["items"] == []
    assert page["next_cursor"] is not None
