"""Ticket types while the hold store is away."""

import pytest

from booked.domain.errors import StoreReadFailed
from booked.domain.model.programme.events import EventRevision
from booked.domain.model.programme.ticket_types import TicketTypeChanges
from tests.services.box_office import BoxOffice
from tests.services.stage import STANDING, put_on, staff


async def unreachable(*_: object) -> None:
    raise StoreReadFailed


async def test_while_the_hold_store_is_away_the_database_tells_what_is_left(
    office: BoxOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    event_id = await put_on(office)
    await office.buy(await office.user(), event_id, 3)
    live = [report.sales.available for report in await office.ticket_types.reports(None, event_id)]

    monkeypatch.setattr(office.holds, "free_among", unreachable)

    recorded = [report.sales.available for report in await office.ticket_types.reports(None, event_id)]
    assert live == recorded == [17, 10, 20]


async def test_changes_are_made_while_the_hold_store_is_away(
    office: BoxOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = await staff(office)
    event_id = await put_on(office, ours.organization_id)
    for method in ("grow", "permit_flip", "stock", "flip_is_due"):
        monkeypatch.setattr(office.holds, method, unreachable)

    await office.ticket_types.change(ours.ora, event_id, STANDING, TicketTypeChanges(quota=25))
    found = await office.events.change(ours.ora, event_id, None, EventRevision(ticket_limit=2))

    assert (found.event.seat_count, found.event.ticket_limit) == (55, 2)
