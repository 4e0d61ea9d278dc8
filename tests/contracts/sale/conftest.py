"""Events with a limit, and with a queue."""

import pytest

from booked.domain.model.ids import EventId
from booked.ports.hold_store import HoldStore
from tests.builders import an_event_id, install, sold_tickets


@pytest.fixture
async def limited(holds: HoldStore) -> EventId:
    """An event of which a user may have four tickets."""
    event_id = an_event_id()
    await install(holds, event_id, sold_tickets(ticket_limit=4))
    return event_id


@pytest.fixture
async def queued(holds: HoldStore) -> EventId:
    """An event with twenty tickets: 1 to 14 are sold, and of the six free ones four are set aside for the queue."""
    event_id = an_event_id()
    await install(holds, event_id, sold_tickets([(1, 14)], waiting=4, waiting_version=1, came_back=6))
    return event_id
