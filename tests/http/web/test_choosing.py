"""Choosing how many tickets of which type on the page of an event."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from booked.domain.model.ids import EventId
from booked.domain.model.programme.ticket_types import TicketTypeDraft
from booked.domain.model.programme.type_rules import TypeRules
from booked.domain.model.sale.reservations import TicketRequest
from tests.builders import a_specification
from tests.http.office import Office
from tests.http.web.browser import KEY, log_in, page_in

STALLS, BALCONY = TicketTypeDraft("Stalls", 12000, quota=9), TicketTypeDraft("Balcony", 2000, quota=2)


async def sold_by_type(office: Office, *types: TicketTypeDraft, **said: Any) -> EventId:
    specification = a_specification(starts_at=datetime(2030, 6, 1, 12, tzinfo=UTC))
    event = await office.services.events.put_on(replace(specification, tickets=types, **said))
    await office.services.inventory.repair(event)
    return event


async def sell(office: Office, event: EventId, count: int, type_number: int) -> None:
    ben = await office.person("ben")
    await office.services.bookings.book_now(ben.id, event, TicketRequest(count, type_number))


async def test_a_type_that_sold_out_stays_ticked_and_is_sent_again(office: Office, browser: httpx.AsyncClient) -> None:
    event = await sold_by_type(office, STALLS, BALCONY)
    ann = await office.person("ann")
    await log_in(browser, "ann")
    await sell(office, event, 2, type_number=2)

    replies = [
        await browser.post(f"/e/{event}", data={"number": "2", "type": "2", "key": KEY}),
        await browser.get(f"/e/{event}?number=2&type=2&kept=yes"),
    ]

    for reply in replies:
        [ticked] = page_in(reply).all("input", type="radio", checked="")
        assert ticked["value"] == "2"
        assert "disabled" not in ticked
    assert replies[0].status_code == 400
    assert await office.services.reservations.of_user(ann.id, None, 10) == []


async def test_a_type_that_sold_out_cannot_be_chosen_anew(office: Office, browser: httpx.AsyncClient) -> None:
    event = await sold_by_type(office, STALLS, BALCONY)
    await sell(office, event, 2, type_number=2)

    page = page_in(await browser.get(f"/e/{event}"))

    assert page.all("input", type="radio", value="1", checked="", required="")
    assert page.all("input", type="radio", value="2", disabled="", required="")


async def test_where_there_are_several_types_one_has_to_be_chosen(office: Office, browser: httpx.AsyncClient) -> None:
    event = await sold_by_type(office, STALLS, BALCONY)
    ann = await office.person("ann")
    await log_in(browser, "ann")

    reply = await browser.post(f"/e/{event}", data={"number": "2", "key": KEY})

    page = page_in(reply)
    assert reply.status_code == 400
    assert page.all("a", href="#type")
    assert "Choose which tickets you want." in page.text
    assert not page.all("input", type="radio", checked="")
    assert await office.services.reservations.of_user(ann.id, None, 10) == []


async def test_types_that_nobody_sees_are_no_choice(office: Office, browser: httpx.AsyncClient) -> None:
    event = await sold_by_type(office, STALLS, replace(BALCONY, rules=TypeRules(hidden=True)))
    await office.person("ann")
    await log_in(browser, "ann")

    reply = await browser.post(f"/e/{event}", data={"number": "2", "key": KEY})

    assert reply.status_code == 303


@pytest.mark.parametrize(
    ("types", "said", "number"),
    [
        ([STALLS], {}, "2"),
        ([STALLS], {"ticket_limit": 1}, "1"),
        ([replace(STALLS, quota=1)], {}, "1"),
        ([replace(STALLS, quota=1), BALCONY], {}, "1"),
        ([replace(STALLS, rules=TypeRules(max_per_user=1)), BALCONY], {}, "1"),
        ([replace(STALLS, rules=TypeRules(min_per_order=4)), BALCONY], {}, "4"),
        ([STALLS, replace(BALCONY, rules=TypeRules(min_per_order=4))], {}, "2"),
    ],
)
async def test_the_number_that_stands_there_first_can_be_had(
    office: Office, browser: httpx.AsyncClient, types: list[TicketTypeDraft], said: dict[str, Any], number: str
) -> None:
    event = await sold_by_type(office, *types, **said)
    await office.person("ann")
    await log_in(browser, "ann")

    [field] = page_in(await browser.get(f"/e/{event}")).all("input", name="number")
    reply = await browser.post(f"/e/{event}", data={"number": field["value"], "type": "1", "key": KEY})

    assert field["value"] == number
    assert int(field["value"]) <= int(field["max"])
    assert reply.status_code == 303


@pytest.mark.parametrize(
    ("types", "said", "number"),
    [
        ([BALCONY], {"ticket_limit": 1}, "1"),
        ([replace(BALCONY, quota=1)], {}, "1"),
        ([replace(BALCONY, rules=TypeRules(max_per_user=1))], {}, "1"),
        ([replace(BALCONY, quota=6, rules=TypeRules(min_per_order=3))], {}, "3"),
        ([BALCONY], {}, "2"),
    ],
)
async def test_the_number_that_stands_there_first_can_be_waited_for(
    office: Office, browser: httpx.AsyncClient, types: list[TicketTypeDraft], said: dict[str, Any], number: str
) -> None:
    event = await sold_by_type(office, *types, **said)
    await office.person("ann")
    await log_in(browser, "ann")
    least = types[0].rules.min_per_order
    for place in range((types[0].quota or 0) // least):
        guest = await office.person(f"guest{place}")
        await office.services.bookings.book_now(guest.id, event, TicketRequest(least, 1))

    [field] = page_in(await browser.get(f"/e/{event}")).all("input", name="number")
    reply = await browser.post(f"/e/{event}/wait", data={"number": field["value"], "type": ""})

    assert (field["value"], reply.status_code) == (number, 303)


async def test_a_number_that_was_typed_stays(office: Office, browser: httpx.AsyncClient) -> None:
    event = await sold_by_type(office, BALCONY)

    page = page_in(await browser.get(f"/e/{event}?number=7&kept=yes"))

    assert page.all("input", name="number", value="7")


@pytest.mark.parametrize(("number", "kept"), [("7", "7"), ("0", "0"), ("x" * 900, "2"), ("1\n2", "2")])
async def test_a_refused_choice_stays_in_another_language(
    office: Office, browser: httpx.AsyncClient, number: str, kept: str
) -> None:
    event = await sold_by_type(office, STALLS, BALCONY, ticket_limit=6)
    await office.person("ann")
    await log_in(browser, "ann")
    refused = await browser.post(f"/e/{event}", data={"number": number, "type": "2", "key": KEY})
    [next_field] = page_in(refused).all("input", name="next")

    chosen = await browser.post("/language", data={"language": "de", "next": next_field["value"]})
    page = page_in(await browser.get(chosen.headers["Location"]))

    assert 400 <= refused.status_code < 500
    assert page.all("html", lang="de")
    assert page.all("input", name="number", value=kept)
    assert page.all("input", name="type", value="2", checked="")


async def test_a_refused_wish_to_wait_stays_in_another_language(office: Office, browser: httpx.AsyncClient) -> None:
    event = await sold_by_type(office, BALCONY)
    await office.person("ann")
    await log_in(browser, "ann")
    await sell(office, event, 2, type_number=1)
    refused = await browser.post(f"/e/{event}/wait", data={"number": "9", "type": "1"})
    [next_field] = page_in(refused).all("input", name="next")

    chosen = await browser.post("/language", data={"language": "de", "next": next_field["value"]})
    page = page_in(await browser.get(chosen.headers["Location"]))

    assert 400 <= refused.status_code < 500
    assert page.all("form", action=f"/e/{event}/wait")
    assert page.all("input", name="number", value="9")
    assert page.all("input", name="type", value="1", checked="")


async def test_a_number_that_is_far_too_long_leads_back_from_the_login(
    office: Office, browser: httpx.AsyncClient
) -> None:
    event = await sold_by_type(office, STALLS, BALCONY)

    asked = await browser.post(f"/e/{event}", data={"number": "1" * 2000, "type": "2", "key": KEY})
    login = page_in(await browser.get(asked.headers["Location"]))
    back = await browser.get(login.all("input", name="next")[0]["value"])

    assert back.status_code == 200
    assert page_in(back).all("input", name="type", value="2", checked="")
