"""A refusal for a limit while a second request carries the same claim: what the model found, played in code."""

from datetime import timedelta

import pytest

from booked.domain.errors import OverTicketLimit
from booked.domain.model.ids import BookingId, EventId, UserId, number_of, ticket_ids
from booked.domain.model.sale.bookings import Verdict
from booked.domain.model.sale.holds import Claim, Terms
from booked.domain.services.programme.events import EventService
from booked.domain.services.sale.sales import SaleService
from booked.domain.services.upkeep.inventory import InventoryService
from tests.builders import LONGEST_HOLD, TTL, a_draft, a_user
from tests.memory.bookings import MemoryBookings
from tests.memory.clock import FrozenClock
from tests.memory.database import MemoryDatabase
from tests.memory.holds import MemoryHoldStore
from tests.memory.ids import CountingIds
from tests.memory.observer import RecordingObserver


class Office:
    """A box office in memory."""

    def __init__(self) -> None:
        clock, self.ids, observer = FrozenClock(), CountingIds(), RecordingObserver()
        self.database, self.holds = MemoryDatabase(clock), MemoryHoldStore(clock)
        inventory = InventoryService(self.database, self.holds, clock, observer, timedelta(seconds=15), LONGEST_HOLD)
        self.events = EventService(self.database, self.holds, self.ids, None)
        self.sale = SaleService(self.database, self.holds, inventory, self.ids, clock, observer, TTL)

    async def claim_of_a_first_request(self, user_id: UserId, event_id: EventId) -> Claim:
        [ticket] = await self.sale.reserve(user_id, event_id, 1)
        return await self.holds.claim(event_id, user_id, [number_of(ticket)], BookingId(str(self.ids.unique())))


@pytest.fixture
async def office() -> Office:
    return Office()


@pytest.fixture
async def ann(office: Office) -> UserId:
    return (await office.database.users.add(a_user())).id


@pytest.fixture
async def event_id(office: Office) -> EventId:
    return (await office.events.create(a_draft(seats=1))).id


async def test_a_claim_that_is_refused_for_a_limit_can_be_committed_by_nobody_any_more(
    office: Office, ann: UserId, event_id: EventId, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = await office.claim_of_a_first_request(ann, event_id)

    async def over_limit(*_: object) -> Verdict:
        return Verdict.OVER_LIMIT

    monkeypatch.setattr(MemoryBookings, "commit", over_limit)
    with pytest.raises(OverTicketLimit):
        await office.sale.book(ann, ticket_ids(event_id, claim.numbers))
    monkeypatch.undo()

    assert await office.database.bookings.commit(claim) is Verdict.VOID
    assert (await office.holds.stock(event_id)).held == 1


async def test_a_refusal_for_a_limit_that_comes_after_a_second_request_committed_is_none(
    office: Office, ann: UserId, event_id: EventId, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = await office.claim_of_a_first_request(ann, event_id)
    commit = MemoryBookings.commit

    async def over_limit_while_another_commits(bookings: MemoryBookings, refused: Claim, terms: Terms) -> Verdict:
        assert await commit(bookings, refused, terms) is Verdict.BOOKED
        return Verdict.OVER_LIMIT

    monkeypatch.setattr(MemoryBookings, "commit", over_limit_while_another_commits)
    await office.sale.book(ann, ticket_ids(event_id, claim.numbers))

    assert (await office.holds.stock(event_id)).sold == 1
    assert await office.database.bookings.owned(event_id, ann) == {1}
