"""Keeping seats from sale in the office: ticked one by one or by the row."""

from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from booked.adapters.http.contracts.web.views.house_seats import HouseHallView
from booked.domain.model.ids import EventId, ticket_id
from booked.domain.model.people.users import Role
from booked.domain.model.programme.events import EventStatus
from booked.domain.model.programme.halls import Section, ShownHall
from booked.domain.model.programme.search import FoundEvent
from booked.domain.model.programme.seating import Block, RowStyle, SeatBlock
from booked.domain.model.programme.shop import SaleState, ShownEvent
from booked.domain.model.programme.ticket_types import TicketTypeDraft
from booked.domain.model.sale.holds import house_of
from booked.domain.model.sale.reservations import TicketRequest
from tests.builders import OPENING, a_specification, a_user_id, a_venue, an_event
from tests.http.office import Office
from tests.http.web.browser import log_in, page_in

STALLS = SeatBlock("Stalls", rows=3, seats_per_row=4, row_style=RowStyle.LETTERS)
BALCONY = SeatBlock("Balcony", rows=40, seats_per_row=30)


@pytest.fixture
async def draft(office: Office, browser: httpx.AsyncClient) -> EventId:
    """Not on sale yet, of the organizer who is logged in. Tickets 1 to 12 are rows A to C of the stalls."""
    olga = await office.person("olga", Role.ORGANIZER)
    await log_in(browser, "olga")
    user = await office.services.accounts.get(olga.id)
    mill = await office.services.organizations.create(user, "Old Mill", "")
    hall = a_venue(layout=(STALLS, BALCONY), capacity=1_212, organization_id=mill.id)
    venue = await office.services.venues.add(user, hall)
    specification = replace(
        a_specification(organization_id=mill.id),
        venue_id=venue.id,
        status=EventStatus.DRAFT,
        tickets=[
            TicketTypeDraft("Stalls", 4900, sections=("Stalls",)),
            TicketTypeDraft("Balcony", 1200, sections=("Balcony",)),
        ],
    )
    return (await office.services.events.create(user, specification)).event.id


@pytest.fixture
async def event(office: Office, draft: EventId) -> EventId:
    root = await office.services.accounts.get((await office.admin()).id)
    await office.services.events.set_status(root, draft, EventStatus.PUBLISHED)
    return draft


async def blocked(office: Office, event: EventId) -> list[int]:
    return sorted(await office.database.bookings.owned(event, house_of(event)))


async def test_an_organizer_blocks_a_row_and_a_seat_and_puts_them_on_sale_again(
    office: Office, browser: httpx.AsyncClient, event: EventId
) -> None:
    path = f"/office/events/{event}/seats"

    done = await browser.post(f"{path}/1", data={"seat": ["1"], "line": ["2"], "row": "1", "step": "block"})
    told = page_in(await browser.get(done.headers["Location"]))
    held_back = await blocked(office, event)
    listed = page_in(await browser.get(path))
    undone = await browser.post(f"{path}/1", data={"seat": ["1"], "line": ["2"], "row": "1", "step": "unblock"})

    assert (done.status_code, undone.status_code) == (303, 303)
    assert held_back == [1, 5, 6, 7, 8]
    assert "The seats are kept from sale." in told.text
    assert len(told.all("input", **{"class": "kept"})) == 5
    assert listed.all("a", href=f"{path}/2")
    assert await blocked(office, event) == []
    assert page_in(await browser.get(f"/office/events/{event}")).all("a", href=path)


async def test_in_german_kept_seats_are_blocked_wherever_they_are_named(
    browser: httpx.AsyncClient, event: EventId
) -> None:
    browser.headers["Accept-Language"] = "de"
    path = f"/office/events/{event}/seats"

    done = await browser.post(f"{path}/1", data={"seat": ["1"], "row": "1", "step": "block"})
    told = page_in(await browser.get(done.headers["Location"]))
    listed = page_in(await browser.get(path))

    assert "Die Plätze sind gesperrt." in told.text
    [seat] = told.all("input", **{"class": "kept"})
    assert seat["aria-label"] == "Reihe A, Platz 1, gesperrt"
    assert "Gesperrt" in listed.text
    assert "icht im Verkauf" not in told.text + listed.text


async def test_seats_of_buyers_cannot_be_ticked_and_are_named_when_they_are(
    office: Office, browser: httpx.AsyncClient, event: EventId
) -> None:
    await office.services.reservations.make(a_user_id(), event, TicketRequest(seats=[ticket_id(event, 2)]))
    path = f"/office/events/{event}/seats/1"

    shown = page_in(await browser.get(path))
    reply = await browser.post(path, data={"seat": ["1", "2"], "row": "1", "step": "block"})

    refused = page_in(reply)
    assert "disabled" in shown.all("input", name="seat", value="2")[0]
    assert reply.status_code == 409
    assert "Stalls, row A, seat 2" in refused.text
    assert "checked" in refused.all("input", name="seat", value="1")[0]
    assert await blocked(office, event) == []


async def test_the_rows_of_a_large_section_are_several_pages(browser: httpx.AsyncClient, event: EventId) -> None:
    path = f"/office/events/{event}/seats/2"

    first = page_in(await browser.get(path))
    second = page_in(await browser.get(f"{path}?row=21"))
    done = await browser.post(path, data={"line": ["40"], "row": "21", "step": "block"})

    assert first.all("a", href=f"{path}?row=21")
    assert second.all("a", href=f"{path}?row=1")
    assert done.headers["Location"] == f"{path}?row=21"


async def test_nothing_ticked_is_told_on_the_page(browser: httpx.AsyncClient, event: EventId) -> None:
    reply = await browser.post(f"/office/events/{event}/seats/1", data={"row": "1", "step": "block"})

    assert reply.status_code == 409
    assert "Choose at least one seat" in page_in(reply).text


async def test_seats_of_a_draft_are_shown_but_cannot_be_blocked_yet(browser: httpx.AsyncClient, draft: EventId) -> None:
    shown = page_in(await browser.get(f"/office/events/{draft}/seats/1"))

    assert "once the event is published" in shown.text
    assert not shown.all("button", name="step")


async def test_the_hall_of_others_is_closed(office: Office, browser: httpx.AsyncClient, event: EventId) -> None:
    await office.person("zoe", Role.ORGANIZER)
    await log_in(browser, "zoe")
    path = f"/office/events/{event}/seats"

    replies = [
        await browser.get(path),
        await browser.get(f"{path}/1"),
        await browser.post(f"{path}/1", data={"seat": "1", "row": "1", "step": "block"}),
    ]

    assert [reply.status_code for reply in replies] == [403] * 3


class Iterated(list[int]):
    """Numbers that count how often somebody goes through them."""

    times = 0

    def __iter__(self) -> Iterator[int]:
        self.times += 1
        return super().__iter__()


def test_blocked_seats_are_gone_through_once_for_all_sections() -> None:
    event = an_event(seats=30)
    parts = [[Block(1, 5, 1), Block(16, 20, 2)], [Block(6, 15, 1)], [Block(21, 30, 1)]]
    sections = [Section(number, "", tuple(blocks)) for number, blocks in enumerate(parts, 1)]
    shown = ShownEvent(FoundEvent(event, OPENING, None, None, None), 30, SaleState.ON_SALE)
    blocked = Iterated([20, 1, 16, 5, 6, 40])

    view = HouseHallView.of(ShownHall(shown, [], sections, [6, 9, 10]), blocked)

    assert [section.blocked for section in view.sections] == [4, 1, 0]
    assert blocked.times == 1
