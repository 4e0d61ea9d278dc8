"""A refusal for a limit while a second request carries the same claim: what the model found, played in code."""

import pytest

from booked.domain.errors import OverTicketLimit
from booked.domain.model.ids import BookingId, EventId, UserId, number_of, ticket_ids
from booked.domain.model.sale.bookings import Verdict
from booked.domain.model.sale.holds import Claim, Terms
from tests.memory.bookings import MemoryBookings
from tests.services.box_office import BoxOffice


async def claim_of_a_first_request(office: BoxOffice, user_id: UserId, event_id: EventId) -> Claim:
    [ticket] = await office.sale.reserve(user_id, event_id, 1)
    return await office.holds.claim(event_id, user_id, [number_of(ticket)], BookingId(str(office.ids.unique())))


@pytest.fixture
def office() -> BoxOffice:
    return BoxOffice()


@pytest.fixture
async def ann(office: BoxOffice) -> UserId:
    return await office.user("Ann")


@pytest.fixture
async def event_id(office: BoxOffice) -> EventId:
    return await office.event(seats=1)


async def test_a_claim_that_is_refused_for_a_limit_can_be_committed_by_nobody_any_more(
    office: BoxOffice, ann: UserId, event_id: EventId, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = await claim_of_a_first_request(office, ann, event_id)

    async def over_limit(*_: object) -> Verdict:
        return Verdict.OVER_LIMIT

    monkeypatch.setattr(MemoryBookings, "commit", over_limit)
    with pytest.raises(OverTicketLimit):
        await office.sale.book(ann, ticket_ids(event_id, claim.numbers))
    monkeypatch.undo()

    assert await office.database.bookings.commit(claim) is Verdict.VOID
    assert (await office.holds.stock(event_id)).held == 1


async def test_a_refusal_for_a_limit_that_comes_after_a_second_request_committed_is_none(
    office: BoxOffice, ann: UserId, event_id: EventId, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = await claim_of_a_first_request(office, ann, event_id)
    commit = MemoryBookings.commit

    async def over_limit_while_another_commits(bookings: MemoryBookings, refused: Claim, terms: Terms) -> Verdict:
        assert await commit(bookings, refused, terms) is Verdict.BOOKED
        return Verdict.OVER_LIMIT

    monkeypatch.setattr(MemoryBookings, "commit", over_limit_while_another_commits)
    await office.sale.book(ann, ticket_ids(event_id, claim.numbers))

    assert (await office.holds.stock(event_id)).sold == 1
    assert await office.database.bookings.owned(event_id, ann) == {1}
