"""Ticket types in the resource API: what they cost, how many there are, and what becomes of them."""

import asyncio
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from booked.adapters.http.contracts.v1.messages.events import EventRequest
from booked.adapters.http.contracts.v1.messages.ticket_types import TicketTypeRequest, minor_units
from booked.adapters.http.requests.fields import amount_text
from booked.adapters.http.requests.strict_json import decoder_for
from booked.domain.model.money import PRICE_MOST, Money
from booked.domain.model.programme.former_prices import FORMER_PRICES_MOST, PRICE_NOTICE
from tests.http.answers import assert_problem
from tests.http.office import Person
from tests.http.v1.programme import EVENTS, NOTHING, STANDING, Json, Programme, address_of, key
from tests.http.v1.sale import BOOKINGS, RESERVATIONS, address_in, booked, decrease, reserved

FIELDS = {
    "id",
    "name",
    "description",
    "price",
    "currency",
    "early_bird",
    "current_price",
    "quota",
    "sold",
    "available",
    "seated",
    "paused",
    "sales_start",
    "sales_end",
    "min_per_order",
    "max_per_user",
}


async def types(programme: Programme, event: Json, who: Person | None = None) -> list[Json]:
    items: list[Json] = (await programme.shown(f"{address_of(event)}tickets/", who))["items"]
    return items


async def test_everybody_sees_what_tickets_there_are(programme: Programme, ann: Person) -> None:
    event = await programme.seated()

    for who in (None, ann, programme.otto):
        page = await programme.shown(f"{address_of(event)}tickets/", who)
        [back, front] = page["items"]
        assert page["next_cursor"] is None
        assert set(back) == set(front) == FIELDS
        assert (back["name"], back["price"], back["quota"], back["seated"]) == ("Back", "19.90", 20, True)
        assert (front["name"], front["price"], front["quota"], front["seated"]) == ("Front", "49.90", 20, True)
        assert (front["currency"], front["current_price"], front["early_bird"]) == ("EUR", "49.90", None)
        assert [(type_["sold"], type_["available"]) for type_ in (back, front)] == [(0, 20), (0, 20)]
        assert [type_["id"][-8:] for type_ in (back, front)] == ["c0000001", "c0000002"]


async def test_what_is_sold_and_held_is_not_available(programme: Programme, ann: Person) -> None:
    event = await programme.event(ticket_types=[STANDING, {"name": "Box", "price": "99", "quota": 5}])

    await programme.office.buy(ann, event["id"], 3)
    await programme.office.reserve(ann, event["id"], 2)

    [standing, box] = await types(programme, event)
    assert (standing["quota"], standing["sold"], standing["available"]) == (50, 3, 45)
    assert (box["quota"], box["sold"], box["available"], box["seated"]) == (5, 0, 5, False)


async def test_only_those_who_run_an_event_are_told_what_they_block(programme: Programme, ann: Person) -> None:
    event = await programme.seated()
    [seat, *_] = (await programme.shown(f"{address_of(event)}seats/"))["items"]

    blocked = await programme.post(f"{address_of(event)}seats/block/", {"seats": [seat["id"]]})

    assert blocked.status_code == 204, blocked.text
    for who in (programme.ora, programme.admin):
        [back, front] = await types(programme, event, who)
        assert [(type_["blocked"], type_["sold"], type_["available"]) for type_ in (back, front)] == [
            (0, 0, 20),
            (1, 0, 19),
        ]
    for other in (None, ann, programme.otto):
        assert all("blocked" not in type_ for type_ in await types(programme, event, other))


async def test_tickets_of_an_event_that_is_not_published_cannot_be_had(programme: Programme) -> None:
    draft = await programme.event(status="DRAFT")

    [type_] = await types(programme, draft, programme.ora)

    assert (type_["quota"], type_["available"]) == (50, 0)


# Early birds.


async def test_an_early_bird_pays_less_until_its_time(programme: Programme) -> None:
    until = datetime.now(UTC) + timedelta(hours=1)
    early = {"price": "19.90", "until": until.isoformat()}
    event = await programme.event(ticket_types=[{**STANDING, "early_bird": early}])

    [before] = await types(programme, event)
    programme.office.clock.advance(timedelta(hours=1))
    [after] = await types(programme, event)

    to_second = until.replace(microsecond=0).isoformat().replace("+00:00", "Z")
    assert before["early_bird"] == after["early_bird"] == {"price": "19.90", "until": to_second}
    assert (before["price"], before["current_price"]) == ("29.90", "19.90")
    assert (after["price"], after["current_price"]) == ("29.90", "29.90")


async def test_an_early_bird_price_can_be_set_and_ended(programme: Programme) -> None:
    event = await programme.event(status="DRAFT")
    [type_] = await types(programme, event, programme.ora)
    address = f"{address_of(event)}tickets/{type_['id']}/"
    early = {"price": "19.90", "until": "2037-01-01T00:00:00Z"}

    with_early = (await programme.patch(address, {"early_bird": early}, headers={})).json()
    unnamed = (await programme.patch(address, {"price": "25"}, headers={})).json()
    without = (await programme.patch(address, {"early_bird": None}, headers={})).json()

    assert (with_early["early_bird"], with_early["current_price"]) == (early, "19.90")
    assert (unnamed["early_bird"], unnamed["price"], unnamed["current_price"]) == (early, "25.00", "19.90")
    assert (without["early_bird"], without["current_price"]) == (None, "25.00")


# Changing them.


async def test_a_change_leaves_what_it_does_not_name(programme: Programme) -> None:
    event = await programme.event()
    [type_] = await types(programme, event, programme.ora)
    address = f"{address_of(event)}tickets/{type_['id']}/"

    assert (await programme.patch(address, {}, headers={})).json() == type_
    changed = await programme.patch(address, {"name": "Pit", "description": "Loud.\nVery."}, headers={})
    assert changed.json() == {**type_, "name": "Pit", "description": "Loud.\nVery."}


async def test_what_is_reserved_costs_what_it_did_when_the_price_is_changed(programme: Programme, ann: Person) -> None:
    event = await programme.event()
    [type_] = await types(programme, event)
    address = f"{address_of(event)}tickets/{type_['id']}/"
    made = await reserved(programme, event, ann, num_tickets=2)

    changed = (await programme.patch(address, {"price": "99.90"}, headers={})).json()
    shown = await programme.shown(address_in(RESERVATIONS, made), ann)
    booking = await booked(programme, ann, reservation_id=made["id"])
    found = await programme.shown(address_of(event))

    assert made["total"] == shown["total"] == booking["total"] == "59.80"
    assert (changed["price"], changed["current_price"]) == ("99.90", "29.90")
    assert found["price_from"] == found["price_to"] == "29.90"


async def test_a_wrong_price_is_put_right_at_once(programme: Programme) -> None:
    event = await programme.event()
    [type_] = await types(programme, event)
    address = f"{address_of(event)}tickets/{type_['id']}/"
    await programme.patch(address, {"price": "0.01"}, headers={})

    corrected = await programme.patch(address, {"price": "19.90"}, headers={})
    programme.office.clock.advance(PRICE_NOTICE)
    shown = await types(programme, event)

    assert (corrected.status_code, corrected.json()["price"]) == (200, "19.90")
    assert [each["current_price"] for each in shown] == ["19.90"]


async def test_a_price_changes_a_hundred_times_at_most_while_something_may_be_reserved(programme: Programme) -> None:
    event = await programme.event()
    [type_] = await types(programme, event)
    address = f"{address_of(event)}tickets/{type_['id']}/"
    for number in range(FORMER_PRICES_MOST):
        await programme.patch(address, {"price": f"{number}.00"}, headers={})
        programme.office.clock.advance(timedelta(seconds=1))

    once_more = await programme.patch(address, {"price": "19.90", "name": "Pit"}, headers={})
    renamed = await programme.patch(address, {"name": "Floor"}, headers={})

    assert_problem(once_more, 409, "EVENT-17")
    assert (renamed.status_code, renamed.json()["name"]) == (200, "Floor")


async def test_the_highest_price_is_shown_and_paid_to_the_last_unit(programme: Programme, ann: Person) -> None:
    event = await programme.event(currency="IRR", ticket_types=[{"name": "Box", "price": "10000000000.00", "quota": 9}])
    made = await reserved(programme, event, ann, num_tickets=9)
    booking = await booked(programme, ann, reservation_id=made["id"])

    figures = await programme.shown(f"{address_of(event)}analytics/", programme.ora)

    assert booking["total"] == figures["ticket_types"][0]["revenue"] == "90000000000.00"


async def test_a_quota_grows_and_never_shrinks(programme: Programme, ann: Person) -> None:
    event = await programme.event()
    [type_] = await types(programme, event)
    address = f"{address_of(event)}tickets/{type_['id']}/"
    await programme.office.reserve(ann, event["id"], 1)

    grown = await programme.patch(address, {"quota": 60}, headers={})

    assert (grown.json()["quota"], grown.json()["available"]) == (60, 59)
    shown = await programme.shown(address_of(event))
    assert (shown["seat_count"], shown["available"]) == (60, 59)
    assert_problem(await programme.patch(address, {"quota": 59}, headers={}), 400, "EVENT-12")
    assert (await programme.patch(address, {"quota": 60}, headers={})).json() == grown.json()


async def test_a_type_with_seats_has_as_many_tickets_as_seats(programme: Programme) -> None:
    event = await programme.seated()
    [back, _] = await types(programme, event)

    reply = await programme.patch(f"{address_of(event)}tickets/{back['id']}/", {"quota": 21}, headers={})

    assert_problem(reply, 400, "EVENT-12")


async def test_changes_at_once_all_count(programme: Programme) -> None:
    event = await programme.event()
    [type_] = await types(programme, event)
    address = f"{address_of(event)}tickets/{type_['id']}/"
    changes: list[Json] = [{"name": "Pit"}, {"price": "35"}, {"quota": 70}, {"description": "Loud."}]

    await asyncio.gather(*(programme.patch(address, change, headers={}) for change in changes))

    [changed] = await types(programme, event)
    assert (changed["name"], changed["price"], changed["quota"], changed["description"]) == (
        "Pit",
        "35.00",
        70,
        "Loud.",
    )


async def test_types_are_added_behind_those_that_there_are(programme: Programme) -> None:
    event = await programme.seated()
    path = f"{address_of(event)}tickets/"

    reply = await programme.post(path, {"ticket_types": [STANDING, {**STANDING, "name": "Late"}]})

    assert (reply.status_code, reply.headers["Location"]) == (201, path)
    assert [type_["name"] for type_ in reply.json()["items"]] == ["Back", "Front", "Standing", "Late"]
    assert (await programme.shown(address_of(event)))["available"] == 140
    assert_problem(await programme.post(path, {"ticket_types": [STANDING]}), 400, "EVENT-12")
    stalls = {"name": "More", "price": "1", "sections": ["Stalls"]}
    assert_problem(await programme.post(path, {"ticket_types": [stalls]}), 400, "EVENT-12")


async def test_an_event_grows_as_long_as_its_venue_has_room(programme: Programme) -> None:
    venue = await programme.venue(capacity=100)
    event = await programme.event(venue_id=venue["id"])
    [type_] = await types(programme, event)
    tickets = f"{address_of(event)}tickets/"

    assert_problem(await programme.patch(f"{tickets}{type_['id']}/", {"quota": 101}, headers={}), 400, "EVENT-04")
    assert (await programme.patch(f"{tickets}{type_['id']}/", {"quota": 90}, headers={})).status_code == 200
    more = {"name": "More", "price": "1", "quota": 11}
    assert_problem(await programme.post(tickets, {"ticket_types": [more]}), 400, "EVENT-04")
    assert (await programme.post(tickets, {"ticket_types": [{**more, "quota": 10}]})).status_code == 201
    assert (await programme.shown(address_of(event)))["seat_count"] == 100


async def test_a_repeated_request_adds_nothing_more(programme: Programme) -> None:
    event = await programme.event()
    path = f"{address_of(event)}tickets/"
    more = {"ticket_types": [{**STANDING, "name": "More"}]}

    first = await programme.post(path, more, headers=key("k"))
    again = await programme.post(path, more, headers=key("k"))

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    other = await programme.post(path, {"ticket_types": [{**STANDING, "name": "Other"}]}, headers=key("k"))
    assert_problem(other, 422, "SYS-12")
    assert len(await types(programme, event)) == 2


async def test_of_many_twins_at_once_one_adds_types(programme: Programme) -> None:
    event = await programme.event()
    more = {"ticket_types": [{**STANDING, "name": "More"}]}

    replies = await asyncio.gather(
        *(programme.post(f"{address_of(event)}tickets/", more, headers=key("k")) for _ in range(12))
    )

    assert {reply.status_code for reply in replies} <= {201, 409}
    assert len(await types(programme, event)) == 2


async def test_only_those_who_run_an_event_change_its_types(programme: Programme, ann: Person) -> None:
    event = await programme.event()
    [type_] = await types(programme, event)
    path = f"{address_of(event)}tickets/"
    more = {"ticket_types": [{**STANDING, "name": "More"}]}

    for method, address, body in (("POST", path, more), ("PATCH", f"{path}{type_['id']}/", {"price": "0"})):
        for who, status, code in ((None, 401, "USER-06"), (ann, 403, "USER-01"), (programme.otto, 403, "USER-12")):
            headers = who.bearer if who else {}
            reply = await programme.office.http.request(method, address, json=body, headers=headers)
            assert_problem(reply, status, code)
    assert await types(programme, event) == [type_]


async def test_a_type_is_changed_at_its_own_event(programme: Programme) -> None:
    event, other = await programme.event(), await programme.event()
    [type_] = await types(programme, other)
    tickets = f"{address_of(event)}tickets/"

    for id_ in (type_["id"], NOTHING, event["id"], f"{event['id'][:-8]}00000001", f"{event['id'][:-8]}c0000002"):
        assert_problem(await programme.patch(f"{tickets}{id_}/", {}, headers={}), 404, "EVENT-13")
    assert_problem(await programme.patch(f"{tickets}x/", {}, headers={}), 400, "SYS-03")
    assert_problem(await programme.office.get(f"{EVENTS}{NOTHING}/tickets/"), 404, "EVENT-03")
    assert_problem(await programme.office.get(f"{tickets}?limit=1"), 400, "SYS-17")


BAD: dict[str, tuple[Json, str]] = {
    "no name": ({"name": ""}, "EVENT-12"),
    "a long name": ({"name": "x" * 101}, "EVENT-12"),
    "a name in two lines": ({"name": "a\nb"}, "EVENT-12"),
    "a long description": ({"description": "x" * 1001}, "EVENT-12"),
    "a negative price": ({"price": "-1"}, "SYS-01"),
    "a number for a price": ({"price": 29.9}, "SYS-01"),
    "a price with a comma": ({"price": "29,90"}, "SYS-01"),
    "a price in tenths of a cent": ({"price": "29.999"}, "EVENT-12"),
    "a price too high": ({"price": "10000000000.01"}, "EVENT-12"),
    "a price far too high": ({"price": "9" * 30}, "EVENT-12"),
    "a price too long": ({"price": "9" * 31}, "SYS-01"),
    "no price": ({"price": None}, "SYS-01"),
    "no tickets": ({"quota": 0}, "EVENT-12"),
    "too many tickets": ({"quota": 10_000_001}, "EVENT-12"),
    "far too many tickets": ({"quota": 2**64}, "EVENT-12"),
    "half a ticket": ({"quota": 0.5}, "SYS-01"),
    "an early price that is not lower": (
        {"early_bird": {"price": "29.90", "until": "2037-01-01T00:00:00Z"}},
        "EVENT-12",
    ),
    "an early price without an end": ({"early_bird": {"price": "1"}}, "SYS-01"),
    "an early price until a year": ({"early_bird": {"price": "1", "until": "2037"}}, "SYS-01"),
    "an early price until the year 1": ({"early_bird": {"price": "1", "until": "0001-01-01T00:00:00Z"}}, "EVENT-12"),
    "an early price until 1969": ({"early_bird": {"price": "1", "until": "1969-12-31T23:59:59Z"}}, "EVENT-12"),
    "an unknown field": ({"color": "red"}, "SYS-01"),
}


@pytest.mark.parametrize(("fault", "code"), BAD.values(), ids=BAD)
async def test_a_type_that_cannot_be_is_refused(programme: Programme, fault: Json, code: str) -> None:
    event = await programme.event()
    [type_] = await types(programme, event)
    more = {"ticket_types": [{**STANDING, "name": "More", **fault}]}

    added = await programme.post(f"{address_of(event)}tickets/", more)
    changed = await programme.patch(f"{address_of(event)}tickets/{type_['id']}/", fault, headers={})
    made = await programme.post(EVENTS, programme.request(ticket_types=more["ticket_types"]))

    for reply in (added, changed, made):
        assert_problem(reply, 400, code, sent=json.dumps(fault))
    assert await types(programme, event) == [type_]


@pytest.mark.parametrize(
    "fault",
    [
        {"quota": None},
        {"sections": ["Stalls"]},
        {"quota": None, "sections": ["Balcony"]},
        {"quota": None, "sections": ["Stalls", "Stalls"]},
        {"quota": None, "sections": [""]},
    ],
    ids=str,
)
async def test_a_new_type_has_either_a_quota_or_sections_of_the_venue(programme: Programme, fault: Json) -> None:
    venue = await programme.venue()

    request = programme.request(venue_id=venue["id"], ticket_types=[{**STANDING, **fault}])

    assert_problem(await programme.post(EVENTS, request), 400, "EVENT-12")


async def test_two_types_cannot_have_one_name_and_there_are_at_most_a_hundred(programme: Programme) -> None:
    def many(count: int) -> list[Json]:
        return [{"name": f"Type {number}", "price": "1", "quota": 1} for number in range(count)]

    for refused in ([STANDING, STANDING], many(101)):
        assert_problem(await programme.post(EVENTS, programme.request(ticket_types=refused)), 400, "EVENT-12")
    event = await programme.event(ticket_types=many(100))
    assert len(await types(programme, event)) == 100
    full = await programme.post(f"{address_of(event)}tickets/", {"ticket_types": [STANDING]})
    assert_problem(full, 400, "EVENT-12")


# Money and times on the wire.


@pytest.mark.parametrize(
    ("currency", "price", "shown"), [("JPY", "4990", "4990"), ("KWD", "4.9", "4.900"), ("EUR", "0", "0.00")]
)
async def test_prices_have_the_digits_of_their_currency(
    programme: Programme, currency: str, price: str, shown: str
) -> None:
    event = await programme.event(currency=currency, ticket_types=[{**STANDING, "price": price}])

    [type_] = await types(programme, event)

    assert (type_["price"], type_["current_price"], type_["currency"]) == (shown, shown, currency)
    assert event["price_from"] == event["price_to"] == shown
    digits = {"JPY": "1.5", "KWD": "1.2345", "EUR": "1.234"}[currency]
    refused = await programme.patch(f"{address_of(event)}tickets/{type_['id']}/", {"price": digits}, headers={})
    assert_problem(refused, 400, "EVENT-12")


@given(st.integers(0, PRICE_MOST), st.sampled_from(["EUR", "JPY", "KWD", "CLF", "XYZ"]))
def test_every_price_is_read_as_it_is_written(amount: int, currency: str) -> None:
    text = amount_text(Money(amount, currency))
    request = decoder_for(TicketTypeRequest).decode(json.dumps({"name": "A", "price": text, "quota": 1}).encode())

    assert minor_units(text, currency) == amount
    assert request.draft(currency).price == amount


OFFSETS = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=OFFSETS))
def test_every_time_is_read_as_the_moment_that_it_is_to_the_second(moment: datetime) -> None:
    request: dict[str, Any] = {"name": "A", "organization_id": NOTHING, "ticket_types": []}
    body = json.dumps({**request, "starts_at": moment.isoformat()}).encode()

    read = decoder_for(EventRequest).decode(body).specification().starts_at

    assert read == moment.replace(microsecond=0)
    written = msgspec.json.encode(read).decode().strip('"')
    assert written.endswith("Z")
    assert datetime.fromisoformat(written) == read


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("1970-01-01T00:00:01Z", "1970-01-01T00:00:01Z"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59Z"),
        ("9999-12-31T23:59:59-23:59", "9999-12-31T23:59:59Z"),
        ("2024-02-29T23:30:00.5-01:00", "2024-03-01T00:30:00Z"),
    ],
)
async def test_the_first_and_the_last_time_there_is_can_be_kept(programme: Programme, sent: str, kept: str) -> None:
    event = await programme.event(starts_at=sent)

    assert event["starts_at"] == event["sales_end"] == kept
    assert [found["starts_at"] for found in await programme.walk(EVENTS, limit=1, past="true")] == [kept]
    assert [found["starts_at"] for found in await programme.walk(EVENTS, starts_after=kept)] == [kept]
    assert await programme.walk(EVENTS, starts_before=kept) == []
    assert await types(programme, event)


@pytest.mark.parametrize("sent", ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "1969-12-31T23:59:59Z"])
async def test_no_event_is_older_than_time_as_computers_count_it(programme: Programme, sent: str) -> None:
    for field in ("starts_at", "sales_start"):
        assert_problem(await programme.post(EVENTS, programme.request(**{field: sent})), 400, "EVENT-04")
    assert await programme.found({"starts_after": sent}) == []
    assert await programme.found({"starts_before": sent}) == []


# Rules


async def change(programme: Programme, event: Json, type_: Json, changes: Json) -> Json:
    reply = await programme.patch(f"{address_of(event)}tickets/{type_['id']}/", changes, headers={})
    assert reply.status_code == 200, reply.text
    body: Json = reply.json()
    return body


async def test_a_hidden_type_is_listed_for_those_who_run_the_event_alone(programme: Programme, ann: Person) -> None:
    event = await programme.event(ticket_types=[STANDING, {"name": "Box", "price": "99", "quota": 5, "hidden": True}])
    [standing, box] = await types(programme, event, programme.ora)

    hidden = await change(programme, event, standing, {"hidden": True})
    shown = await change(programme, event, box, {"hidden": False})

    assert (hidden["hidden"], hidden["available"], shown["hidden"], shown["available"]) == (True, 0, False, 5)
    assert [type_["name"] for type_ in await types(programme, event, ann)] == ["Box"]
    assert [type_["name"] for type_ in await types(programme, event, programme.ora)] == ["Standing", "Box"]
    page = await programme.shown(address_of(event))
    assert (page["available"], page["price_from"]) == (5, "99.00")
    wish = {"event_id": event["id"], "ticket_type_id": standing["id"], "num_tickets": 1}
    assert_problem(await programme.post(RESERVATIONS, wish, ann), 404, "EVENT-13")


async def test_a_paused_type_is_listed_says_so_and_cannot_be_reserved(programme: Programme, ann: Person) -> None:
    event = await programme.event(ticket_types=[STANDING, {"name": "Box", "price": "99", "quota": 5}])
    [standing, _] = await types(programme, event)
    before = await reserved(programme, event, ann, ticket_type_id=standing["id"], num_tickets=1)

    await change(programme, event, standing, {"paused": True})

    [paused, box] = await types(programme, event)
    assert (paused["paused"], paused["available"], box["paused"], box["available"]) == (True, 0, False, 5)
    wish = {"event_id": event["id"], "ticket_type_id": standing["id"], "num_tickets": 1}
    assert_problem(await programme.post(RESERVATIONS, wish, ann), 409, "EVENT-20")
    assert (await booked(programme, ann, reservation_id=before["id"]))["status"] == "ACTIVE"
    assert (await reserved(programme, event, ann, num_tickets=1))["tickets"][0]["ticket_type"]["name"] == "Box"


async def test_a_type_has_a_period_of_its_own(programme: Programme, ann: Person) -> None:
    event = await programme.event()
    [type_] = await types(programme, event)
    wish = {"event_id": event["id"], "ticket_type_id": type_["id"], "num_tickets": 1}

    over = await change(programme, event, type_, {"sales_end": "2020-05-01T00:00:00Z"})
    refused = await programme.post(RESERVATIONS, wish, ann)
    unbound = await change(programme, event, type_, {"sales_end": None, "sales_start": "2020-01-01T00:00:00Z"})

    assert (over["sales_end"], over["available"]) == ("2020-05-01T00:00:00Z", 0)
    assert_problem(refused, 400, "EVENT-06")
    assert (unbound["sales_end"], unbound["available"]) == (None, 50)
    address = f"{address_of(event)}tickets/{type_['id']}/"
    backwards = {"sales_end": "2019-12-31T00:00:00Z"}
    assert_problem(await programme.patch(address, backwards, headers={}), 400, "EVENT-12")


async def test_an_order_has_as_many_of_a_type_as_it_says(programme: Programme, ann: Person) -> None:
    event = await programme.event(ticket_types=[{**STANDING, "min_per_order": 2}])
    [made] = await types(programme, event)
    wish = {"event_id": event["id"], "ticket_type_id": made["id"], "num_tickets": 1}

    refused = await programme.post(RESERVATIONS, wish, ann)
    two = await reserved(programme, event, ann, ticket_type_id=made["id"], num_tickets=2)
    fewer = await programme.office.send("PUT", address_in(RESERVATIONS, two), decrease(1), ann)
    changed = await change(programme, event, made, {"min_per_order": 1})

    assert (made["min_per_order"], changed["min_per_order"]) == (2, 1)
    assert_problem(refused, 400, "TICKET-13")
    assert_problem(fewer, 400, "TICKET-13")
    assert (await programme.post(RESERVATIONS, wish, ann)).status_code == 201


async def test_nobody_has_more_tickets_of_a_type_than_it_says(programme: Programme, ann: Person) -> None:
    event = await programme.event(ticket_types=[{**STANDING, "max_per_user": 3}])
    [made] = await types(programme, event)
    wish = {"ticket_type_id": made["id"]}

    at_once = await programme.post(BOOKINGS, {**wish, "num_tickets": 4}, ann)
    whole = await booked(programme, ann, **wish, num_tickets=2)
    too_many = await programme.post(BOOKINGS, {**wish, "num_tickets": 2}, ann)
    unlimited = await change(programme, event, made, {"max_per_user": None})

    assert (made["max_per_user"], unlimited["max_per_user"], len(whole["tickets"])) == (3, None, 2)
    assert_problem(at_once, 400, "TICKET-04")
    assert_problem(too_many, 400, "TICKET-04")
    assert (await programme.post(BOOKINGS, {**wish, "num_tickets": 2}, ann)).status_code == 201
