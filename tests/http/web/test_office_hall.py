"""The hall in the office: what became of its seats, by section and each by itself."""

from base64 import b64decode
from dataclasses import replace

import httpx
import pytest

from booked.adapters.http.contracts.web.views.hall_figures import SEATS_DRAWN, HallFiguresView
from booked.adapters.http.contracts.web.views.plots import WIDTH, Plot
from booked.domain.model.figures.halls import HallUse, SeatUse
from booked.domain.model.ids import EventId, ticket_id
from booked.domain.model.people.users import Role
from booked.domain.model.programme.seating import Block, SeatBlock
from booked.domain.model.programme.ticket_types import TicketPlan, TicketTypeDraft
from booked.domain.model.sale.reservations import TicketRequest
from tests.builders import a_specification, a_venue, an_event
from tests.http.office import PASSWORD, Office
from tests.http.web.browser import log_in, page_in

LAYOUT = (SeatBlock("Stalls", rows=3, seats_per_row=4), SeatBlock("Balcony", rows=2, seats_per_row=5))


@pytest.fixture
async def event(office: Office, browser: httpx.AsyncClient) -> EventId:
    """Tickets 1 to 12 are the stalls, 13 to 22 the balcony, 23 to 25 have no seats. Its organizer is logged in."""
    root = await office.services.accounts.ensure_admin("root", "root@example.com", PASSWORD)
    organization = await office.services.organizations.create(root, "Mill", "")
    venue = await office.services.venues.add(root, a_venue(layout=LAYOUT, organization_id=organization.id))
    tickets = [
        TicketTypeDraft("Seats", 4900, sections=("Stalls", "Balcony")),
        TicketTypeDraft("Standing", 1200, quota=3),
    ]
    specification = replace(
        a_specification(organization_id=organization.id), venue_id=venue.id, tickets=tickets, ticket_limit=None
    )
    event = (await office.services.events.create(root, specification)).event.id
    await log_in(browser, "root")

    def these(*numbers: int) -> TicketRequest:
        return TicketRequest(seats=[ticket_id(event, number) for number in numbers])

    ann, ben = await office.person("ann"), await office.person("ben")
    await office.services.bookings.book_now(ann.id, event, these(1, 2, 13))
    await office.services.reservations.make(ben.id, event, these(3, 22))
    await office.services.blocking.block(root, event, these(4, 5).seats)
    return event


def unpacked(uses: str) -> list[int]:
    return [byte >> shift & 3 for byte in b64decode(uses) for shift in (6, 4, 2, 0)]


async def test_the_hall_shows_what_became_of_its_seats(browser: httpx.AsyncClient, event: EventId) -> None:
    page = page_in(await browser.get(f"/office/events/{event}/figures/hall"))

    [heat] = page.all("div", id="heat")
    uses = unpacked(heat["data-uses"])
    assert uses[:5] == [SeatUse.SOLD, SeatUse.SOLD, SeatUse.HELD, SeatUse.BLOCKED, SeatUse.BLOCKED]
    assert {number for number, use in enumerate(uses, 1) if use} == {1, 2, 3, 4, 5, 13, 22}
    assert heat["data-event"] == event
    assert len(page.all("svg", **{"aria-hidden": "true"})) == 2
    assert page.all("rect", **{"class": "held"})
    assert "Stalls" in page.text
    assert page.all("a", href=f"/office/events/{event}/figures")


async def test_the_figures_lead_to_the_hall_of_an_event_with_seats(
    office: Office, browser: httpx.AsyncClient, event: EventId
) -> None:
    standing = await office.event()

    with_hall = page_in(await browser.get(f"/office/events/{event}/figures"))
    without = page_in(await browser.get(f"/office/events/{standing}/figures"))

    assert with_hall.all("a", href=f"/office/events/{event}/figures/hall")
    assert not without.all("a", href=f"/office/events/{standing}/figures/hall")
    assert "No seats" in page_in(await browser.get(f"/office/events/{standing}/figures/hall")).text


async def test_the_hall_is_shown_to_those_who_run_the_event(
    office: Office, browser: httpx.AsyncClient, event: EventId
) -> None:
    await office.person("otto", Role.ORGANIZER)
    await log_in(browser, "otto")

    assert (await browser.get(f"/office/events/{event}/figures/hall")).status_code == 403


@pytest.mark.parametrize(("seats", "drawn"), [(SEATS_DRAWN, True), (SEATS_DRAWN + 1, False)])
def test_a_hall_of_very_many_seats_is_not_drawn(seats: int, drawn: bool) -> None:
    block = Block(1, seats, 1, SeatBlock("Stalls", rows=1, seats_per_row=seats))
    hall = HallUse.of(replace(an_event(), seat_count=seats), TicketPlan((), (block,)), bytes(seats))

    view = HallFiguresView.of(hall)

    assert view.free == seats
    assert (view.uses is not None) == drawn
    assert len(view.uses or "") <= 34_000


def test_a_bar_of_parts_is_as_wide_as_its_plot() -> None:
    bars = Plot.parts({"sold": 1, "held": 0, "free": 3}).bars

    assert [(bar.kind, bar.x, bar.width) for bar in bars] == [("sold", 0, 100), ("held", 100, 0), ("free", 100, 300)]
    assert [bar.width for bar in Plot.parts({"sold": 0, "free": 0}).bars] == [0, 0]
    assert sum(bar.width for bar in bars) == WIDTH
