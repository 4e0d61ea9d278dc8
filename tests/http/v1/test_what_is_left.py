"""What lists say of what can still be had, and what organizers are told of events that clash at a venue."""

import asyncio

from tests.http.answers import assert_problem
from tests.http.office import Person
from tests.http.v1.programme import EVENTS, Json, Programme, address_of, key
from tests.http.v1.sale import RESERVATIONS, address_in, booked, reserved, types_of

CHEAP = {"name": "Cheap", "price": "20.00", "quota": 1}
DEAR = {"name": "Dear", "price": "90.00", "quota": 2}


async def buy(programme: Programme, event: Json, who: Person, number: int, count: int = 1) -> None:
    """Buy tickets of one of an event's types."""
    type_id = (await types_of(programme, event))[number]["id"]
    made = await reserved(programme, event, who, ticket_type_id=type_id, num_tickets=count)
    await booked(programme, who, reservation_id=made["id"])


async def prices(programme: Programme, event: Json) -> tuple[str | None, str | None]:
    """The range of prices that an event shows, alone and in a list."""
    alone = await programme.shown(address_of(event))
    [listed] = [each for each in (await programme.shown(EVENTS))["items"] if each["id"] == event["id"]]
    assert listed == alone
    return alone["price_from"], alone["price_to"]


async def gone_on(programme: Programme, event: Json, status: str) -> Json:
    """The answer to a change of an event's status."""
    answer: Json = (await programme.post(f"{address_of(event)}status/", {"status": status})).json()
    return answer


def clashes(event: Json) -> list[str]:
    """The names of events that the answer to a change warns of."""
    return [warning["event"]["name"] for warning in event.get("warnings", [])]


# Prices


async def test_prices_begin_with_what_can_still_be_had(programme: Programme, ann: Person) -> None:
    event = await programme.event(ticket_types=[CHEAP, DEAR])

    everything = await prices(programme, event)
    await buy(programme, event, ann, 0)
    dear = await prices(programme, event)
    await buy(programme, event, ann, 1, count=2)

    assert (everything, dear) == (("20.00", "90.00"), ("90.00", "90.00"))
    assert await prices(programme, event) == (None, None)


async def test_an_event_whose_last_tickets_are_held_has_no_price_until_they_come_back(
    programme: Programme, ann: Person
) -> None:
    event = await programme.event(ticket_types=[CHEAP])
    made = await reserved(programme, event, ann, num_tickets=1)

    held = await prices(programme, event)
    await programme.office.delete(address_in(RESERVATIONS, made), ann)

    assert held == (None, None)
    assert await prices(programme, event) == ("20.00", "20.00")


async def test_an_event_that_is_not_on_sale_yet_or_for_a_while_shows_its_prices(programme: Programme) -> None:
    draft = await programme.event(status="DRAFT")
    event = await programme.event()
    postponed = await gone_on(programme, event, "POSTPONED")
    cancelled = await gone_on(programme, event, "CANCELLED")

    assert (draft["price_from"], postponed["price_from"], cancelled["price_from"]) == ("29.90", "29.90", None)


# Events that can still be had


async def test_available_events_are_those_of_which_tickets_are_left(programme: Programme, ann: Person) -> None:
    await programme.event(name="Tickets left")
    await programme.event(name="Soon", sales_start="2027-01-01T00:00:00Z")
    await programme.event(name="Too late", sales_start="2020-01-01T00:00:00Z", sales_end="2020-02-01T00:00:00Z")
    await programme.event(name="Draft", status="DRAFT")
    sold_out = await programme.event(name="Sold out", ticket_types=[CHEAP])
    await buy(programme, sold_out, ann, 0)

    assert await programme.found({"available": "true"}, programme.ora) == ["Tickets left", "Soon"]
    assert await programme.found({"available": "true", "q": "left"}) == ["Tickets left"]
    everything = ["Tickets left", "Soon", "Too late", "Sold out"]
    assert await programme.found() == await programme.found({"available": "false"}) == everything


async def test_held_tickets_count_as_left(programme: Programme, ann: Person) -> None:
    event = await programme.event(ticket_types=[CHEAP])
    await reserved(programme, event, ann, num_tickets=1)

    [listed] = (await programme.shown(f"{EVENTS}?available=true"))["items"]

    assert (listed["id"], listed["available"]) == (event["id"], 0)


async def test_a_full_page_of_available_events_follows_however_many_are_sold_out(
    programme: Programme, ann: Person
) -> None:
    events = [await programme.event(name=f"Concert {number}", ticket_types=[CHEAP]) for number in range(9)]
    for event in events[:5]:
        await buy(programme, event, ann, 0)

    page = await programme.shown(f"{EVENTS}?available=true&limit=2")
    walked = await programme.walk(EVENTS, None, available="true", limit=2)

    assert [event["name"] for event in page["items"]] == ["Concert 5", "Concert 6"]
    assert [event["name"] for event in walked] == [f"Concert {number}" for number in range(5, 9)]


async def test_available_is_true_or_false(programme: Programme) -> None:
    assert_problem(await programme.office.get(f"{EVENTS}?available=maybe"), 400, "SYS-17")


# Clashes at a venue


async def evening(programme: Programme, venue: Json, hour: int, **fields: object) -> Json:
    """An event of two hours on the first of June."""
    times = {"starts_at": f"2027-06-01T{hour:02}:00:00Z", "ends_at": f"2027-06-01T{hour + 2:02}:00:00Z"}
    return await programme.event(venue_id=venue["id"], **{**times, **fields})


async def test_a_hall_given_away_twice_is_pointed_out(programme: Programme) -> None:
    hall = await programme.venue()
    choir = await evening(programme, hall, 18, name="Choir")

    wrestling = await evening(programme, hall, 19, name="Wrestling")
    late = await evening(programme, hall, 21, name="Late")
    elsewhere = await evening(programme, await programme.venue(), 19, name="Elsewhere")

    assert "warnings" not in choir | late | elsewhere
    [warning] = wrestling["warnings"]
    assert warning == {
        "code": "VENUE_CLASH",
        "detail": "“Choir” takes place at this venue at the same time. Move one of them.",
        "event": {name: choir[name] for name in ("id", "name", "starts_at", "ends_at")},
    }


async def test_of_two_events_published_at_once_one_is_told_of_the_other(programme: Programme) -> None:
    hall = await programme.venue()

    events = await asyncio.gather(*(evening(programme, hall, 18, name=name) for name in ("Choir", "Wrestling")))

    assert any(map(clashes, events))


async def test_a_clash_is_pointed_out_when_an_event_is_published_or_moved(programme: Programme) -> None:
    hall = await programme.venue()
    await evening(programme, hall, 18, name="Choir")

    draft = await evening(programme, hall, 18, status="DRAFT")
    changed = await programme.patch(address_of(draft), {"artist": "The Millers"})
    published = await gone_on(programme, draft, "PUBLISHED")
    moved_away = await programme.patch(
        address_of(draft), {"starts_at": "2027-06-01T20:00:00Z", "ends_at": "2027-06-01T21:00:00Z"}
    )
    moved_back = await programme.patch(address_of(draft), {"starts_at": "2027-06-01T19:59:59Z"})
    postponed = await gone_on(programme, draft, "POSTPONED")

    told = [clashes(event) for event in (draft, changed.json(), published)]
    assert told == [[], [], ["Choir"]]
    assert [clashes(event) for event in (moved_away.json(), moved_back.json(), postponed)] == [[], ["Choir"], []]


async def test_drafts_of_others_stay_secret(programme: Programme) -> None:
    hall = await programme.venue()
    await evening(programme, hall, 18, name="Secret", status="DRAFT")

    assert "warnings" not in await evening(programme, hall, 18)


async def test_an_answer_that_is_repeated_warns_again(programme: Programme) -> None:
    hall = await programme.venue()
    await evening(programme, hall, 18, name="Choir")
    request = programme.request(venue_id=hall["id"], starts_at="2027-06-01T18:30:00Z")

    first = await programme.post(EVENTS, request, headers=key("once"))
    second = await programme.post(EVENTS, request, headers=key("once"))

    assert first.json() == second.json()
    assert clashes(second.json()) == ["Choir"]


async def test_warnings_are_no_part_of_the_event(programme: Programme) -> None:
    hall = await programme.venue()
    await evening(programme, hall, 18, name="Choir")
    reply = await programme.post(EVENTS, programme.request(venue_id=hall["id"], starts_at="2027-06-01T18:30:00Z"))
    event, tag = reply.json(), reply.headers["ETag"]

    shown = await programme.office.get(address_of(event))

    assert shown.headers["ETag"] == tag
    assert shown.json() == {name: value for name, value in event.items() if name != "warnings"}
    assert (await programme.patch(address_of(event), {"name": "Moved"}, headers={"If-Match": tag})).status_code == 200
