"""Pages of events with the first and the last moments there are, which the clocks of many time zones do not show."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from booked.adapters.http.contracts import web
from booked.domain.model.ids import EventId
from booked.domain.model.people.users import Role, User
from booked.domain.model.programme.ticket_types import EarlyBird, TicketTypeDraft
from booked.domain.model.programme.times import EARLIEST_START, LATEST_START, SalesWindow
from booked.domain.model.programme.type_rules import TypeRules
from booked.domain.model.sale.reservations import TicketRequest
from tests.builders import a_specification
from tests.http.office import PASSWORD, Office
from tests.http.web.browser import KEY, log_in

ZONES = ["Europe/Berlin", "Pacific/Kiritimati", "America/New_York", "UTC"]
SOON = datetime(2030, 6, 1, 12, tzinfo=UTC)

at_each = pytest.mark.parametrize("zone", ZONES)


@pytest.fixture
async def root(office: Office, browser: httpx.AsyncClient) -> User:
    """An admin, logged in, who buys tickets too."""
    root = await office.services.accounts.register("root", "root@example.com", PASSWORD, Role.ADMIN)
    await log_in(browser, "root")
    return root


async def put_on(office: Office, root: User, zone: str, **changes: object) -> EventId:
    organization = await office.services.organizations.create(root, "Mill", "")
    types = [
        TicketTypeDraft("Standing", 2000, quota=9, early_bird=EarlyBird(1000, LATEST_START)),
        TicketTypeDraft("Early", 2000, quota=9, early_bird=EarlyBird(1000, EARLIEST_START)),
        TicketTypeDraft("Late", 2000, quota=9, rules=TypeRules(sales=SalesWindow(start=LATEST_START))),
    ]
    draft = replace(a_specification(organization_id=organization.id), tickets=types, timezone=zone)
    return (await office.services.events.create(root, replace(draft, **changes))).event.id  # type: ignore[arg-type]


async def statuses_of(browser: httpx.AsyncClient, *paths: str) -> Mapping[str, int]:
    return {path: (await browser.get(path)).status_code for path in paths}


@at_each
async def test_pages_show_an_event_at_the_last_moment(
    office: Office, browser: httpx.AsyncClient, root: User, zone: str
) -> None:
    event = await put_on(office, root, zone, starts_at=LATEST_START, cancellable_until=LATEST_START)
    booking = await office.services.bookings.book_now(root.id, event, TicketRequest(2))
    reserved = await browser.post(f"/e/{event}", data={"number": "1", "type": "1", "key": KEY})

    shown = await statuses_of(
        browser,
        "/",
        "/?when=weekend",
        "/?day=9999-12-31",
        "/?day=0001-01-01",
        "/?past=yes",
        f"/e/{event}",
        f"/e/{event}/event.ics",
        reserved.headers["Location"],
        "/my",
        f"/my/bookings/{booking.record.id}",
        f"/my/bookings/{booking.record.id}/cancel?ticket=1",
        "/office",
        f"/office/events/{event}",
        f"/office/events/{event}/copy",
        f"/office/events/{event}/figures",
        f"/office/events/{event}/types/1",
        f"/office/events/{event}/types/2",
        f"/office/events/{event}/types/3",
        f"/office/events/{event}/attendees/{booking.record.id}",
        "/admin/events",
    )

    assert {path: status for path, status in shown.items() if status != 200} == {}


def test_pages_read_moments_by_the_function_that_can_read_all() -> None:
    sources = {path.name: path.read_text() for path in Path(web.__path__[0]).rglob("*.py")}

    # What is typed is read in the other direction, and refused where it is too late.
    assert [name for name, source in sources.items() if ".astimezone(" in source] == ["reading.py"]
    assert any("in_zone(" in source for source in sources.values())


@at_each
async def test_pages_show_an_event_whose_sale_begins_and_which_ends_at_the_last_moment(
    office: Office, browser: httpx.AsyncClient, root: User, zone: str
) -> None:
    second_before = LATEST_START - timedelta(seconds=1)
    event = await put_on(office, root, zone, starts_at=SOON, ends_at=LATEST_START, sales_start=second_before)

    shown = await statuses_of(
        browser, "/", f"/e/{event}", f"/e/{event}/event.ics", f"/office/events/{event}", "/office", "/admin/events"
    )

    assert {path: status for path, status in shown.items() if status != 200} == {}
