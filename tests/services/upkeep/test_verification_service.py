"""Proving that both stores agree."""

import pytest

from booked.domain.model.ids import EventId, UserId
from booked.domain.services.upkeep.verification import Finding
from tests.builders import TTL, a_booking_id
from tests.services.box_office import BoxOffice


@pytest.fixture
async def busy(office: BoxOffice, concert: EventId, ann: UserId) -> EventId:
    """An event with five tickets sold, two claimed of which the database knows, one claimed and three held."""
    await office.buy(ann, concert, 5)
    for count, committed in ((2, True), (1, False)):
        hold = await office.holds.reserve(concert, ann, count, TTL)
        claim = await office.holds.claim(concert, ann, hold.numbers, a_booking_id())
        if committed:
            await office.database.bookings.commit(claim)
    await office.sale.reserve(ann, concert, 3)
    return concert


def words(findings: list[Finding]) -> set[str]:
    return {finding.what for finding in findings}


async def test_a_sale_under_way_is_in_order(office: BoxOffice, busy: EventId) -> None:
    report = await office.verification.verify(busy)

    assert (report.cold, report.findings) == (False, [])


async def test_every_event_on_sale_is_known(office: BoxOffice) -> None:
    events = [await office.event() for _ in range(3)]
    await office.events.withdraw(events[1])

    assert await office.verification.events() == [events[0], events[2]]


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        ("on offer", "sold tickets on offer again"),
        ("held", "sold tickets held by somebody"),
        ("phantom", "tickets kept from sale"),
        ("marked", "tickets marked as taken are not those sold, held or claimed"),
        ("epoch", "epochs differ"),
        ("capacity", "capacities differ"),
        ("released", "cancelled tickets have not come back"),
    ],
)
async def test_whatever_is_wrong_is_found(office: BoxOffice, busy: EventId, damage: str, what: str) -> None:
    event = office.holds.events[busy]
    match damage:
        case "on offer":
            event.sold.pop()
        case "held":
            event.held[event.sold.pop()] = next(iter(event.held.values()))
        case "phantom":
            event.sold.add(20)
        case "marked":
            event.held[next(iter(event.sold))] = next(iter(event.held.values()))
        case "epoch":
            event.epoch -= 1
        case "capacity":
            event.capacity += 1
        case "released":
            event.released += 1

    report = await office.verification.verify(busy)

    assert what in words(report.findings)


async def test_tickets_are_named(office: BoxOffice, busy: EventId) -> None:
    lost = office.holds.events[busy].sold.pop()

    report = await office.verification.verify(busy)

    [finding] = [finding for finding in report.findings if finding.tickets]
    assert finding.tickets == {lost}
