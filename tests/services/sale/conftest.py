"""Halls, and people around them."""

import pytest

from booked.domain.model.ids import EventId, UserId
from booked.domain.model.people.users import Identity
from tests.services.box_office import BoxOffice, InterruptedBookings
from tests.services.stage import Staff, identity, put_on, staff


@pytest.fixture
async def crew(office: BoxOffice) -> Staff:
    return await staff(office)


@pytest.fixture
async def hall(office: BoxOffice, crew: Staff) -> EventId:
    return await put_on(office, crew.organization_id)


@pytest.fixture
async def limited(office: BoxOffice) -> EventId:
    """A concert at which a user may have four tickets."""
    return await put_on(office, ticket_limit=4)


@pytest.fixture
async def owner(office: BoxOffice, ann: UserId) -> Identity:
    return await identity(office, ann)


@pytest.fixture
def commits(office: BoxOffice) -> InterruptedBookings:
    """Interruptions of the commits that come next."""
    interrupted = InterruptedBookings(office.database.bookings)
    office.database.bookings = interrupted  # type: ignore[assignment]
    return interrupted


@pytest.fixture
async def full(office: BoxOffice, concert: EventId, ben: UserId) -> EventId:
    """An event of which ben has bought all twenty tickets."""
    await office.buy(ben, concert, 20)
    return concert
