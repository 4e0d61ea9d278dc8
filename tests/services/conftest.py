"""A box office in memory, an event with twenty seats, and two people."""

import pytest

from booked.domain.model.ids import EventId, UserId
from tests.services.box_office import BoxOffice


@pytest.fixture
def office() -> BoxOffice:
    return BoxOffice()


@pytest.fixture
async def concert(office: BoxOffice) -> EventId:
    return await office.event(seats=20)


@pytest.fixture
async def ann(office: BoxOffice) -> UserId:
    return await office.user("Ann")


@pytest.fixture
async def ben(office: BoxOffice) -> UserId:
    return await office.user("Ben")
