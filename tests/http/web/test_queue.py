"""Who waits for an event, as its organizer sees it."""

import httpx
import pytest

from booked.domain.model.ids import EventId
from booked.domain.model.people.users import Role
from tests.builders import a_specification
from tests.http.office import Office
from tests.http.web.browser import log_in, page_in


@pytest.fixture
async def event(office: Office, browser: httpx.AsyncClient) -> EventId:
    """Sold out, of the organizer who is logged in. Ann waits for two tickets, Ben for one."""
    olga = await office.person("olga", Role.ORGANIZER)
    await log_in(browser, "olga")
    user = await office.services.accounts.get(olga.id)
    mill = await office.services.organizations.create(user, "Old Mill", "")
    specification = a_specification(seats=2, organization_id=mill.id)
    made = (await office.services.events.create(user, specification)).event.id
    await office.buy(await office.person("zoe"), made, 2)
    for name, count in (("ann", 2), ("ben", 1)):
        await office.services.waitlist.join((await office.person(name)).id, made, count)
    return made


async def test_an_organizer_sees_who_waits_and_who_has_an_offer(
    office: Office, browser: httpx.AsyncClient, event: EventId
) -> None:
    path = f"/office/events/{event}/waitlist"

    waiting = page_in(await browser.get(path))
    zoe = office.as_person(await office.services.accounts.by_email("zoe@example.com"))
    cancelled = await office.post("/ticket/cancel/", {"event_id": event, "count": 2}, zoe)
    await office.services.offers.serve(event)
    offered = page_in(await browser.get(path))

    assert cancelled.status_code == 200, cancelled.text
    assert waiting.text.index("ann@example.com") < waiting.text.index("ben@example.com")
    assert "Offer until" not in waiting.text
    assert "Offer until" in offered.text
    assert page_in(await browser.get(f"/office/events/{event}")).all("a", href=path)


async def test_a_long_queue_is_several_pages(browser: httpx.AsyncClient, event: EventId) -> None:
    path = f"/office/events/{event}/waitlist"

    first = page_in(await browser.get(f"{path}?limit=1"))
    [more] = first.all("a", rel="next")
    second = page_in(await browser.get(f"{more['href']}&limit=1"))

    assert "ann@example.com" in first.text
    assert "ben@example.com" not in first.text
    assert "ben@example.com" in second.text
    assert not second.all("a", rel="next")


async def test_the_queue_of_others_is_closed(office: Office, browser: httpx.AsyncClient, event: EventId) -> None:
    await office.person("kim", Role.ORGANIZER)
    await log_in(browser, "kim")

    assert (await browser.get(f"/office/events/{event}/waitlist")).status_code == 403
