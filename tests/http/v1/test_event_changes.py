"""Changing an event: what may change, on which version, and whom a change binds."""

import asyncio
import json

import pytest

from tests.http.answers import assert_problem
from tests.http.office import Person
from tests.http.v1.bad_events import BAD, STATUSES
from tests.http.v1.programme import (
    ANY,
    EVENTS,
    NOTHING,
    Json,
    Programme,
    address_of,
)


async def test_a_change_leaves_what_it_does_not_name(programme: Programme) -> None:
    category = await programme.category()
    event = await programme.event(
        ends_at="2027-06-01T22:00:00Z", sales_start="2026-01-01T00:00:00Z", max_tickets_per_user=4, artist="The Millers"
    )

    async def patched(**changes: object) -> Json:
        reply = await programme.patch(address_of(event), changes)
        assert reply.status_code == 200, reply.text
        changed: Json = reply.json()
        return changed

    assert await patched() == event
    assert await patched(name="Gig", description="Late.") == {**event, "name": "Gig", "description": "Late."}
    event |= {"name": "Gig", "description": "Late."}
    assert await patched(category_id=category["id"]) == {**event, "category": category}
    assert await patched(category_id=None, artist="", max_tickets_per_user=None) == {
        **event,
        "artist": "",
        "max_tickets_per_user": None,
    }
    event |= {"artist": "", "max_tickets_per_user": None}
    assert await patched(ends_at=None, sales_start=None) == {**event, "ends_at": None, "sales_start": None}


async def test_sales_go_on_until_the_event_starts_when_it_is_moved(programme: Programme) -> None:
    follows, fixed = await programme.event(), await programme.event(sales_end="2027-01-01T00:00:00Z")
    later = {"starts_at": "2027-06-02T19:30:00Z"}

    assert (await programme.patch(address_of(follows), later)).json()["sales_end"] == later["starts_at"]
    assert (await programme.patch(address_of(fixed), later)).json()["sales_end"] == "2027-01-01T00:00:00Z"
    reopened = await programme.patch(address_of(fixed), {"sales_end": None})
    assert reopened.json()["sales_end"] == later["starts_at"]


@pytest.mark.parametrize(
    "change",
    [
        {"sales_end": "2027-06-01T22:00:01Z"},
        {"ends_at": "2027-06-01T20:59:59Z"},
        {"ends_at": "2027-06-01T23:00:00Z", "sales_end": "2027-06-02T00:00:00Z"},
    ],
)
async def test_sales_do_not_come_to_outlast_their_event(programme: Programme, change: Json) -> None:
    event = await programme.event(ends_at="2027-06-01T22:00:00Z", sales_end="2027-06-01T21:00:00Z")

    reply = await programme.patch(address_of(event), change)

    assert_problem(reply, 400, "EVENT-04")
    assert "earlier" in reply.json()["detail"]
    assert await programme.shown(address_of(event)) == event


async def test_an_event_of_the_first_contract_has_no_end_of_sales_when_it_is_said_when_they_begin(
    programme: Programme,
) -> None:
    event_id = await programme.office.event()
    starts = "2026-01-01T00:00:00Z"

    reply = await programme.patch(f"{EVENTS}{event_id}/", {"sales_start": starts}, programme.admin)

    assert (reply.status_code, reply.json()["sales_start"], reply.json()["sales_end"]) == (200, starts, None)


async def test_an_event_of_the_first_contract_sells_on_when_it_is_changed_here(programme: Programme) -> None:
    event_id = await programme.office.event(unix_time=1)

    reply = await programme.patch(f"{EVENTS}{event_id}/", {"name": "Gig"}, programme.admin)

    assert (reply.status_code, reply.json()["name"], reply.json()["sales_end"]) == (200, "Gig", None)
    assert reply.json()["organization"] is None
    assert_problem(await programme.patch(f"{EVENTS}{event_id}/", {"name": "Mine"}), 403, "USER-12")


async def test_a_change_that_cannot_be_is_refused(programme: Programme) -> None:
    event = await programme.event()

    for fault, code in BAD.values():
        if set(fault) - {"venue_id", "currency", "ticket_types", "status", "color"} and fault != {"address": " "}:
            reply = await programme.patch(address_of(event), fault)
            assert_problem(reply, STATUSES.get(code, 400), code, sent=json.dumps(fault))
    for fixed in ("venue_id", "organization_id", "currency", "status", "seat_count", "ticket_types", "color"):
        reply = await programme.patch(address_of(event), {fixed: None})
        assert_problem(reply, 400, "SYS-01")
        assert f"`{fixed}`" in reply.json()["detail"]
    assert await programme.shown(address_of(event)) == event


async def test_only_those_who_run_an_event_change_it(programme: Programme, ann: Person) -> None:
    event = await programme.event()

    assert_problem(await programme.office.http.patch(address_of(event), json={}, headers=ANY), 401, "USER-06")
    assert_problem(await programme.patch(address_of(event), {"name": "Mine"}, ann), 403, "USER-01")
    assert_problem(await programme.patch(address_of(event), {"name": "Mine"}, programme.otto), 403, "USER-12")
    assert_problem(await programme.patch(f"{EVENTS}{NOTHING}/", {"name": "Mine"}), 404, "EVENT-03")
    assert await programme.shown(address_of(event)) == event
    assert (await programme.patch(address_of(event), {"name": "Gig"}, programme.admin)).json()["name"] == "Gig"


async def test_a_change_names_the_version_that_it_is_based_on(programme: Programme) -> None:
    event = await programme.event()
    tag = (await programme.office.get(address_of(event))).headers["ETag"]

    changed = await programme.patch(address_of(event), {"name": "Gig"}, headers={"If-Match": tag})

    assert changed.status_code == 200
    assert_problem(await programme.patch(address_of(event), {"name": "Show"}, headers={"If-Match": tag}), 412, "SYS-14")
    assert_problem(await programme.patch(address_of(event), {"name": "Show"}, headers={}), 428, "SYS-15")
    for made_up in ('"x"', "1", '"1", "2"', 'W/"1"'):
        reply = await programme.patch(address_of(event), {"name": "Show"}, headers={"If-Match": made_up})
        assert_problem(reply, 412, "SYS-14")
    assert (await programme.shown(address_of(event)))["name"] == "Gig"
    now = changed.headers["ETag"]
    known = await programme.office.get(address_of(event), headers={"If-None-Match": now})
    assert (known.status_code, known.content, known.headers["ETag"]) == (304, b"", now)


async def test_of_changes_that_are_based_on_one_version_one_is_made(programme: Programme) -> None:
    event = await programme.event()
    tag = (await programme.office.get(address_of(event))).headers["ETag"]

    replies = await asyncio.gather(
        *(programme.patch(address_of(event), {"name": f"Gig {n}"}, headers={"If-Match": tag}) for n in range(8))
    )

    [winner] = [reply.json()["name"] for reply in replies if reply.status_code == 200]
    assert sorted(reply.status_code for reply in replies) == [200] + [412] * 7
    assert (await programme.shown(address_of(event)))["name"] == winner


async def test_changes_of_whichever_version_all_count(programme: Programme) -> None:
    event = await programme.event()
    changes = [{"name": "Gig"}, {"artist": "The Millers"}, {"tour_name": "Flour Power"}, {"description": "Late."}]

    await asyncio.gather(*(programme.patch(address_of(event), change) for change in changes))

    shown = await programme.shown(address_of(event))
    assert all(shown[name] == value for change in changes for name, value in change.items())


async def test_a_sale_is_news_to_caches_but_does_not_hinder_a_change(programme: Programme, ann: Person) -> None:
    event = await programme.event()
    tag = (await programme.office.get(address_of(event))).headers["ETag"]

    await programme.office.buy(ann, event["id"], 2)

    news = await programme.office.get(address_of(event), headers={"If-None-Match": tag})
    assert (news.status_code, news.json()["sold"], news.json()["available"]) == (200, 2, 48)
    changed = await programme.patch(address_of(event), {"name": "Gig"}, headers={"If-Match": tag})
    assert (changed.status_code, changed.json()["sold"]) == (200, 2)


async def test_a_changed_limit_binds_the_next_buyer(programme: Programme, ann: Person) -> None:
    event = await programme.event()
    await programme.office.reserve(ann, event["id"], 2)

    await programme.patch(address_of(event), {"max_tickets_per_user": 2})

    reply = await programme.office.post("/ticket/reserve/", {"event_id": event["id"], "count": 1}, ann)
    assert (reply.status_code, reply.json()["code"]) == (400, "TICKET-04")


# Finding them.
