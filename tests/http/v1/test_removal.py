"""Deleting events, ticket types and venues through the resource API."""

import httpx
import pytest

from tests.http.answers import assert_problem
from tests.http.office import Person
from tests.http.v1.programme import EVENTS, VENUES, Json, Programme, address_of, set_status
from tests.http.v1.sale import booked, reserved

RESERVATIONS = "/api/v1/reservations/"


async def delete(programme: Programme, path: str, who: Person | None = None, tag: str | None = None) -> httpx.Response:
    headers = {} if tag is None else {"If-Match": tag}
    return await programme.office.send("DELETE", path, who=who or programme.ora, headers=headers)


async def tag_of(programme: Programme, path: str) -> str:
    return (await programme.office.get(path, programme.ora)).headers["ETag"]


async def test_a_draft_is_deleted_by_those_who_may_see_it(programme: Programme, ann: Person) -> None:
    draft = address_of(await programme.event(status="DRAFT"))

    assert_problem(await programme.office.delete(draft), 401, "USER-06")
    assert_problem(await delete(programme, draft, ann), 403, "USER-01")
    assert_problem(await delete(programme, draft, programme.otto), 404, "EVENT-03")
    reply = await delete(programme, draft)

    assert (reply.status_code, reply.content) == (204, b"")
    assert_problem(await delete(programme, draft), 404, "EVENT-03")
    assert_problem(await programme.office.get(draft, programme.ora), 404, "EVENT-03")
    assert await programme.found(who=programme.ora) == []


async def test_an_event_without_any_sale_is_deleted(programme: Programme, ann: Person) -> None:
    event = await programme.seated()
    seats = (await programme.shown(f"{address_of(event)}seats/"))["items"]
    blocked = {"seats": [seats[0]["id"]]}
    assert (await programme.post(f"{address_of(event)}seats/block/", blocked)).status_code == 204

    assert_problem(await delete(programme, address_of(event), programme.otto), 403, "USER-12")
    assert (await delete(programme, address_of(event))).status_code == 204

    reply = await programme.post(RESERVATIONS, {"event_id": event["id"], "num_tickets": 1}, ann)
    assert_problem(reply, 404, "EVENT-03")
    assert await programme.found() == []


@pytest.mark.parametrize("use", ["reserved", "given back", "booked", "cancelled"])
async def test_an_event_that_people_used_is_called_off_instead(programme: Programme, ann: Person, use: str) -> None:
    event = await programme.event()
    made = await reserved(programme, event, ann, num_tickets=1)
    if use == "given back":
        await programme.office.delete(f"{RESERVATIONS}{made['id']}/", ann)
    if use in {"booked", "cancelled"}:
        booking = await programme.made("/api/v1/bookings/", {"reservation_id": made["id"]}, ann)
        if use == "cancelled":
            await programme.post(f"/api/v1/bookings/{booking['id']}/cancel/", {}, ann)

    reply = await delete(programme, address_of(event))

    assert_problem(reply, 409, "EVENT-18")
    assert "Cancel it instead" in str(reply.json())
    assert (await programme.shown(address_of(event)))["status"] == "PUBLISHED"
    assert await set_status(programme, event, "CANCELLED") == 200


async def test_a_deletion_may_name_the_version_that_it_is_based_on(programme: Programme) -> None:
    venue = await programme.venue()
    for address, field in (
        (address_of(await programme.event()), {"name": "Another"}),
        (f"{VENUES}{venue['id']}/", {"name": "Another"}),
    ):
        old = await tag_of(programme, address)
        await programme.patch(address, field)

        assert_problem(await delete(programme, address, tag=old), 412, "SYS-14")
        assert_problem(await delete(programme, address, tag="nonsense"), 412, "SYS-14")
        assert (await delete(programme, address, tag=await tag_of(programme, address))).status_code == 204


async def test_a_venue_is_deleted_unless_an_event_takes_place_there(programme: Programme) -> None:
    venue = await programme.venue()
    address = f"{VENUES}{venue['id']}/"
    event = await programme.event(venue_id=venue["id"])

    assert_problem(await delete(programme, address, programme.otto), 403, "USER-12")
    assert_problem(await delete(programme, address), 409, "EVENT-19")
    assert (await delete(programme, address_of(event))).status_code == 204
    assert (await delete(programme, address)).status_code == 204
    assert_problem(await delete(programme, address), 404, "EVENT-08")
    assert_problem(await programme.post(EVENTS, programme.request(venue_id=venue["id"])), 404, "EVENT-08")


def types_of(event: Json, shown: list[Json]) -> dict[str, str]:
    return {type_["name"]: f"{address_of(event)}tickets/{type_['id']}/" for type_ in shown}


async def test_a_ticket_type_of_a_draft_is_deleted(programme: Programme) -> None:
    event = await programme.seated(status="DRAFT")
    page = f"{address_of(event)}tickets/"
    shown = (await programme.shown(page, programme.ora))["items"]
    types = types_of(event, shown)

    assert_problem(await delete(programme, types["Front"], programme.otto), 404, "EVENT-03")
    assert (await delete(programme, types["Back"])).status_code == 204

    assert_problem(await delete(programme, types["Back"]), 404, "EVENT-13")
    assert_problem(await delete(programme, types["Front"]), 409, "EVENT-19")
    left = (await programme.shown(page, programme.ora))["items"]
    assert left == [type_ for type_ in shown if type_["name"] == "Front"]
    assert (await programme.shown(address_of(event), programme.ora))["seat_count"] == 20
    renamed = await programme.patch(types["Front"], {"name": "Rows"}, headers={})
    assert (renamed.status_code, renamed.json()["name"]) == (200, "Rows")
    assert await set_status(programme, event, "PUBLISHED") == 200
    seats = (await programme.shown(f"{address_of(event)}seats/"))["items"]
    assert {seat["section"] for seat in seats} == {"Stalls"}


async def test_an_unsold_ticket_type_of_a_published_event_is_deleted(programme: Programme) -> None:
    event = await programme.seated()
    page = f"{address_of(event)}tickets/"
    types = types_of(event, (await programme.shown(page))["items"])

    assert (await delete(programme, types["Back"])).status_code == 204

    assert_problem(await delete(programme, types["Back"]), 404, "EVENT-13")
    assert_problem(await delete(programme, types["Front"]), 409, "EVENT-19")
    assert [type_["name"] for type_ in (await programme.shown(page))["items"]] == ["Front"]
    shown = await programme.shown(address_of(event))
    assert (shown["seat_count"], shown["sold"], shown["available"]) == (event["seat_count"], 0, 20)
    layout = await programme.shown(f"{address_of(event)}seats/layout/")
    assert {block["section"] for block in layout["blocks"]} == {"Stalls"}
    figures = (await programme.shown(f"{address_of(event)}analytics/", programme.ora))["totals"]
    assert figures["seats"] - figures["blocked"] == figures["available"] == 20


async def test_a_ticket_type_that_somebody_holds_or_has_stays(programme: Programme, ann: Person) -> None:
    event = await programme.seated()
    page = f"{address_of(event)}tickets/"
    shown = (await programme.shown(page))["items"]
    [back] = [type_ for type_ in shown if type_["name"] == "Back"]
    held = await reserved(programme, event, ann, ticket_type_id=back["id"], num_tickets=1)

    while_held = await delete(programme, types_of(event, shown)["Back"])
    await booked(programme, ann, reservation_id=held["id"])
    once_sold = await delete(programme, types_of(event, shown)["Back"])

    assert_problem(while_held, 409, "EVENT-19")
    assert "Somebody holds" in while_held.text
    assert_problem(once_sold, 409, "EVENT-19")
    assert "Hide it" in once_sold.text
    assert len((await programme.shown(page))["items"]) == 2
