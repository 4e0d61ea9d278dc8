"""Emptying the box office."""

import pytest

from booked.domain.errors import NoEventFound
from booked.domain.model.ids import EventId, UserId
from booked.domain.model.people.users import Role
from booked.domain.services.upkeep.clearance import EVENTS_AT_ONCE, ClearanceService
from booked.ports.holds import EventIsCold
from tests.builders import a_user
from tests.services.box_office import BoxOffice


@pytest.fixture
def clearance(office: BoxOffice) -> ClearanceService:
    return office.clearance


async def test_both_stores_forget_every_event_however_many_there_are(
    office: BoxOffice, clearance: ClearanceService, ann: UserId
) -> None:
    admin = await office.database.users.add(a_user("Ada", role=Role.ADMIN))
    events = [await office.event() for _ in range(EVENTS_AT_ONCE + 1)]
    for event in events:
        await office.buy(ann, event, 2)

    assert await clearance.clear() == len(events)

    assert await office.database.users.page(None, 10) == [admin]
    assert (await office.programme.page(10, None)).events == []
    for event in events:
        with pytest.raises(EventIsCold):
            await office.holds.stock(event)


async def test_what_was_held_before_cannot_be_booked(
    office: BoxOffice, clearance: ClearanceService, concert: EventId, ann: UserId
) -> None:
    held = await office.sale.reserve(ann, concert, 2)

    await clearance.clear()

    with pytest.raises(NoEventFound):
        await office.sale.book(ann, held)
    with pytest.raises(NoEventFound):
        await office.sale.reserve(ann, concert, 2)


async def test_what_the_hold_store_did_not_forget_cannot_be_booked_either(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    held = await office.sale.reserve(ann, concert, 2)

    await office.database.clear()

    with pytest.raises(NoEventFound):
        await office.sale.book(ann, held)
    with pytest.raises(EventIsCold):
        await office.holds.stock(concert)
