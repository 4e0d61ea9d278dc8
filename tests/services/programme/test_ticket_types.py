"""Ticket types while the hold store is away, and those that are removed."""

import pytest

from booked.domain.errors import NoSuchTicketType, NotYourOrganization, StillInUse, StoreReadFailed
from booked.domain.model.ids import EventId, UserId, ticket_id
from booked.domain.model.programme.events import EventRevision, EventStatus
from booked.domain.model.programme.ticket_types import TicketTypeChanges, TicketTypeDraft
from booked.domain.model.sale.reservations import TicketRequest
from booked.domain.model.sale.waitlist import EntryState
from tests.services.box_office import OFFER_TTL, BoxOffice
from tests.services.stage import BALCONY, STALLS, STANDING, put_on, staff


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
    assert live == recorded == [20, 10, 17]


async def test_changes_are_made_while_the_hold_store_is_away(
    office: BoxOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = await staff(office)
    event_id = await put_on(office, ours.organization_id)
    for method in ("grow", "permit_flip", "permit_needed_flip", "stock"):
        monkeypatch.setattr(office.holds, method, unreachable)

    await office.ticket_types.change(ours.ora, event_id, STANDING, TicketTypeChanges(quota=25))
    found = await office.events.change(ours.ora, event_id, None, EventRevision(ticket_limit=2))

    assert (found.event.seat_count, found.event.ticket_limit) == (55, 2)


async def test_a_type_of_a_draft_is_removed_and_the_others_keep_their_numbers(office: BoxOffice) -> None:
    ours = await staff(office)
    event_id = await put_on(office, ours.organization_id, status=EventStatus.DRAFT)

    await office.ticket_types.remove(ours.ora, event_id, BALCONY)
    await office.ticket_types.add(ours.ora, event_id, [TicketTypeDraft("Late", 500, quota=5)])
    await office.events.set_status(ours.ora, event_id, EventStatus.PUBLISHED)

    plan = await office.database.ticket_plans.get(event_id)
    assert plan is not None
    assert [(type_.number, type_.name, type_.quota) for type_ in plan.types] == [
        (STALLS, "Stalls", 20),
        (STANDING, "Standing", 20),
        (4, "Late", 5),
    ]
    assert [(block.first, block.last, block.type_number) for block in plan.blocks] == [
        (1, 20, STALLS),
        (21, 40, STANDING),
        (41, 45, 4),
    ]
    ann = await office.user()
    tickets = await office.sale.reserve(ann, event_id, 45)
    await office.sale.book(ann, tickets)
    reports = await office.ticket_types.reports(None, event_id)
    assert [(report.sales.sold, report.sales.available) for report in reports] == [(20, 0), (20, 0), (5, 0)]


async def test_an_unsold_type_of_a_published_event_is_retired_and_its_section_can_be_sold_anew(
    office: BoxOffice,
) -> None:
    ours = await staff(office)
    event_id = await put_on(office, ours.organization_id)
    await office.buy(await office.user(), event_id, 2)

    await office.ticket_types.remove(ours.ora, event_id, BALCONY)
    await office.ticket_types.add(ours.ora, event_id, [TicketTypeDraft("Late", 500, quota=5)])
    found = await office.events.change(ours.ora, event_id, None, EventRevision(seat_count=60))

    reports = await office.ticket_types.reports(ours.ora, event_id)
    assert [(report.sales.type.number, report.sales.sold, report.sales.available) for report in reports] == [
        (STALLS, 0, 20),
        (STANDING, 2, 18),
        (4, 0, 10),
    ]
    assert (found.event.seat_count, found.event.sold, found.event.blocked) == (60, 12, 10)
    ledger = await office.database.ledgers.get(event_id)
    assert ledger is not None
    stock = await office.holds.stock(event_id)
    assert (stock.capacity, stock.sold, stock.free) == (ledger.capacity, ledger.sold, 48)


async def test_a_type_that_somebody_waits_for_stays(office: BoxOffice) -> None:
    ours = await staff(office)
    event_id = await put_on(office, ours.organization_id)
    ann, ben = await office.user(), await office.user()
    held = await office.reservations.make(ann, event_id, TicketRequest(10, type_number=BALCONY))
    await office.waitlist.join(ben, event_id, 1, type_number=BALCONY)

    with pytest.raises(StillInUse, match="waits"):
        await office.ticket_types.remove(ours.ora, event_id, BALCONY)
    [place] = await office.waitlist.places(ben)
    await office.waitlist.leave(ben, place.entry_id)
    with pytest.raises(StillInUse, match="holds"):
        await office.ticket_types.remove(ours.ora, event_id, BALCONY)
    await office.reservations.give_back(ann, held.reservation.id)
    await office.ticket_types.remove(ours.ora, event_id, BALCONY)


async def offer_of_the_balcony(office: BoxOffice, event_id: EventId, type_number: int | None) -> UserId:
    """Make somebody an offer of tickets of the balcony, which no one else holds. Return who has the offer."""
    ann, ben = await office.user(), await office.user()
    held = await office.reservations.make(ann, event_id, TicketRequest(10, type_number=BALCONY))
    if type_number is None:
        await office.buy(await office.user(), event_id, 40)
    await office.waitlist.join(ben, event_id, 2, type_number=type_number)
    await office.reservations.give_back(ann, held.reservation.id)
    assert await office.offers.serve(event_id) == 1
    return ben


@pytest.mark.parametrize("type_number", [BALCONY, None])
async def test_an_offer_whose_time_is_over_ends_with_the_type_of_its_tickets(
    office: BoxOffice, type_number: int | None
) -> None:
    ours = await staff(office)
    event_id = await put_on(office, ours.organization_id)
    ben = await offer_of_the_balcony(office, event_id, type_number)
    office.clock.advance(OFFER_TTL)

    await office.ticket_types.remove(ours.ora, event_id, BALCONY)

    assert await office.waitlist.place_at(ben, event_id) is None
    await office.offers.serve(event_id)
    assert await office.waitlist.places(ben) == []


@pytest.mark.parametrize("type_number", [BALCONY, None])
async def test_a_type_stays_while_an_offer_that_the_hold_store_lost_lasts(
    office: BoxOffice, type_number: int | None
) -> None:
    ours = await staff(office)
    event_id = await put_on(office, ours.organization_id)
    ben = await offer_of_the_balcony(office, event_id, type_number)
    office.holds.flush()

    with pytest.raises(StillInUse, match="offer"):
        await office.ticket_types.remove(ours.ora, event_id, BALCONY)

    assert await office.offers.serve(event_id) == 1
    [place] = await office.waitlist.places(ben)
    assert place.state is EntryState.OFFERED


async def test_an_offer_of_another_type_keeps_no_type(office: BoxOffice) -> None:
    ours = await staff(office)
    event_id = await put_on(office, ours.organization_id)
    ben = await offer_of_the_balcony(office, event_id, BALCONY)

    await office.ticket_types.remove(ours.ora, event_id, STANDING)

    [place] = await office.waitlist.places(ben)
    assert place.state is EntryState.OFFERED


async def test_the_only_type_a_sold_one_and_an_unknown_one_stay(office: BoxOffice) -> None:
    ours = await staff(office)
    published = await put_on(office, ours.organization_id)
    ann = await office.user()
    stalls = await office.reservations.make(ann, published, TicketRequest(1, type_number=STALLS))
    await office.sale.book(ann, [ticket_id(published, number) for number in stalls.reservation.numbers])
    draft = await put_on(office, ours.organization_id, status=EventStatus.DRAFT)
    for number in (STALLS, BALCONY):
        await office.ticket_types.remove(ours.ora, draft, number)

    with pytest.raises(StillInUse):
        await office.ticket_types.remove(ours.ora, published, STALLS)
    with pytest.raises(StillInUse):
        await office.ticket_types.remove(ours.ora, draft, STANDING)
    with pytest.raises(NoSuchTicketType):
        await office.ticket_types.remove(ours.ora, draft, STALLS)
    with pytest.raises(NotYourOrganization):
        await office.ticket_types.remove(ours.otto, published, STALLS)
