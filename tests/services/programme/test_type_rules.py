"""Ticket types that are hidden, paused, or sold in a period of their own."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import nullcontext
from datetime import timedelta

import pytest

from booked.domain.errors import (
    InvalidWaitlistCount,
    NoEventFound,
    NoSuchSeat,
    NoSuchTicketType,
    SalesClosed,
    TooFewTickets,
    TypePaused,
)
from booked.domain.model.ids import EventId, UserId
from booked.domain.model.programme.events import EventStatus
from booked.domain.model.programme.seating import Block, SeatStatus
from booked.domain.model.programme.ticket_types import TicketTypeChanges, TicketTypeDraft
from booked.domain.model.programme.type_rules import TypeRuleChanges, TypeRules
from booked.domain.model.sale.reservations import Reservation, TicketRequest
from booked.domain.model.sale.waitlist import Entry, EntryState, Offer
from booked.domain.services.programme.plans import USABLE_FOR
from booked.domain.services.sale.seats import SeatFilter
from tests.builders import key_by
from tests.services.box_office import BoxOffice
from tests.services.stage import BALCONY, STALLS, STANDING, Staff, put_on, sold, staff, these

HIDDEN, SHOWN = TypeRuleChanges(hidden=True), TypeRuleChanges(hidden=False)
PAUSED, RESUMED = TypeRuleChanges(paused=True), TypeRuleChanges(paused=False)


@pytest.fixture
async def ours(office: BoxOffice) -> Staff:
    return await staff(office)


@pytest.fixture
async def hall(office: BoxOffice, ours: Staff) -> EventId:
    return await put_on(office, ours.organization_id)


async def change(office: BoxOffice, ours: Staff, event_id: EventId, type_number: int, rules: TypeRuleChanges) -> None:
    await office.ticket_types.change(ours.ora, event_id, type_number, TicketTypeChanges(rules=rules))


async def test_a_hidden_type_is_seen_by_those_who_run_the_event(office: BoxOffice, ours: Staff, hall: EventId) -> None:
    await change(office, ours, hall, STANDING, HIDDEN)

    public = await office.ticket_types.reports(ours.otto, hall)
    own = await office.ticket_types.reports(ours.ora, hall)

    assert [report.sales.type.name for report in public] == ["Stalls", "Balcony"]
    assert [(report.sales.type.name, report.sales.available) for report in own] == [
        ("Stalls", 20),
        ("Balcony", 10),
        ("Standing", 0),
    ]


async def test_a_hidden_type_cannot_be_had(office: BoxOffice, ours: Staff, hall: EventId, ann: UserId) -> None:
    await change(office, ours, hall, STANDING, HIDDEN)
    await change(office, ours, hall, BALCONY, HIDDEN)

    with pytest.raises(NoSuchTicketType):
        await office.reservations.make(ann, hall, TicketRequest(1, STANDING))
    with pytest.raises(NoSuchSeat):
        await office.reservations.make(ann, hall, these(hall, 21))
    with pytest.raises(NoSuchTicketType):
        await office.waitlist.join(ann, hall, 1, type_number=STANDING)
    with pytest.raises(TooFewTickets):
        await office.sale.reserve(ann, hall, 21)
    assert len(await office.sale.reserve(ann, hall, 20)) == 20


async def test_a_paused_type_says_so_and_others_are_sold(
    office: BoxOffice, ours: Staff, hall: EventId, ann: UserId
) -> None:
    await change(office, ours, hall, STANDING, PAUSED)

    with pytest.raises(TypePaused):
        await office.reservations.make(ann, hall, TicketRequest(1, STANDING))

    made = await office.reservations.make(ann, hall, TicketRequest(2))
    assert {ticket.type.number for ticket in made.tickets} == {BALCONY}


async def test_what_was_reserved_before_a_pause_is_booked_and_sold_again_after_it(
    office: BoxOffice, ours: Staff, hall: EventId, ann: UserId
) -> None:
    made = await office.reservations.make(ann, hall, TicketRequest(2, STANDING))
    await change(office, ours, hall, STANDING, PAUSED)

    await office.bookings.book_reservation(ann, made.reservation.id)
    await change(office, ours, hall, STANDING, RESUMED)
    await office.reservations.make(ann, hall, TicketRequest(1, STANDING))

    assert await sold(office, hall) == 2


async def test_another_process_learns_of_a_pause_as_it_does_of_a_price(
    office: BoxOffice, ours: Staff, hall: EventId, ann: UserId
) -> None:
    other = another_process(office)
    await other.reservations.make(ann, hall, TicketRequest(1, STANDING))
    await change(office, ours, hall, STANDING, PAUSED)

    office.clock.advance(USABLE_FOR)

    with pytest.raises(TypePaused):
        await other.reservations.make(ann, hall, TicketRequest(1, STANDING))


def another_process(office: BoxOffice) -> BoxOffice:
    """One with the same stores and the same clock."""
    other = BoxOffice(office.clock)
    other.database, other.holds = office.database, office.holds
    other.open()
    return other


async def test_a_hall_shows_no_seat_of_a_type_that_another_process_hid_just_now(
    office: BoxOffice, ours: Staff, hall: EventId
) -> None:
    other = another_process(office)
    before = await other.halls.hall(None, hall)
    await change(office, ours, hall, BALCONY, HIDDEN)

    shown = await other.halls.hall(None, hall)
    section = await other.halls.section(None, hall, 1, None, [21, 1], gone=[22])

    assert [each.name for each in before.sections] == ["Stalls", "Balcony"]
    assert [each.name for each in shown.sections] == ["Stalls"]
    assert ([seat.number for seat in section.chosen], section.gone) == ([1], [])
    with pytest.raises(NoSuchSeat):
        await other.halls.section(None, hall, 2, None, [])


async def test_a_repeated_request_gets_what_it_made_before_the_pause(
    office: BoxOffice, ours: Staff, hall: EventId, ann: UserId
) -> None:
    made = await office.reservations.make(ann, hall, TicketRequest(2, STANDING), key_by(ann))
    await change(office, ours, hall, STANDING, PAUSED)

    again = await office.reservations.make(ann, hall, TicketRequest(2, STANDING), key_by(ann))

    assert again.reservation == made.reservation
    with pytest.raises(TypePaused):
        await office.reservations.make(ann, hall, TicketRequest(2, STANDING), key_by(ann, "another"))


async def test_who_waits_is_not_offered_what_came_hidden_just_now(
    office: BoxOffice, ours: Staff, hall: EventId, ann: UserId, ben: UserId
) -> None:
    await office.sale.book(ben, await office.sale.reserve(ben, hall, 50))
    await office.waitlist.join(ann, hall, 2)
    other = another_process(office)
    await other.offers.serve(hall)
    press = TicketTypeDraft("Press", 0, quota=2, rules=TypeRules(hidden=True))
    await office.ticket_types.add(ours.ora, hall, [press])

    assert await other.offers.serve(hall) == 0


TAKING_ANY: dict[str, Callable[[BoxOffice, Reservation], Awaitable[object]]] = {
    "reserve": lambda process, made: process.sale.reserve(made.user_id, made.event_id, 1),
    "make": lambda process, made: process.reservations.make(made.user_id, made.event_id, TicketRequest(1)),
    "enlarge": lambda process, made: process.reservations.enlarge(made.user_id, made.id, 1),
}


@pytest.mark.parametrize("take", TAKING_ANY.values(), ids=TAKING_ANY)
@pytest.mark.parametrize("rules", [TypeRules(hidden=True), TypeRules()], ids=["hidden", "control: for everybody"])
async def test_what_came_hidden_just_now_is_not_for_those_who_take_any_ticket(
    office: BoxOffice,
    ours: Staff,
    hall: EventId,
    ann: UserId,
    *,
    take: Callable[[BoxOffice, Reservation], Awaitable[object]],
    rules: TypeRules,
) -> None:
    other = another_process(office)
    made = (await other.reservations.make(ann, hall, TicketRequest(50))).reservation
    await office.ticket_types.add(ours.ora, hall, [TicketTypeDraft("Press", 0, quota=1, rules=rules)])

    with pytest.raises(TooFewTickets) if rules.hidden else nullcontext():
        await take(other, made)


async def test_what_a_draft_was_to_sell_is_no_guide_once_it_is_published(
    office: BoxOffice, ours: Staff, ann: UserId
) -> None:
    """Tickets of what is deleted from a draft get other types."""
    draft = await put_on(office, ours.organization_id, status=EventStatus.DRAFT)
    other = another_process(office)
    with pytest.raises(NoEventFound):
        await other.sale.reserve(ann, draft, 1)
    await office.ticket_types.remove(ours.ora, draft, BALCONY)
    await change(office, ours, draft, STANDING, HIDDEN)
    await office.events.set_status(ours.ora, draft, EventStatus.PUBLISHED)

    with pytest.raises(TooFewTickets):
        await other.sale.reserve(ann, draft, 21)
    assert len(await other.sale.reserve(ann, draft, 20)) == 20


async def test_an_offer_keeps_to_the_tickets_that_are_known(
    office: BoxOffice, hall: EventId, ann: UserId, ben: UserId, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.sale.book(ben, await office.sale.reserve(ben, hall, 50))
    await office.waitlist.join(ann, hall, 2)
    await office.sale.cancel(ben, hall, 2)
    offer, asked_of = office.holds.offer, list[Sequence[Block]]()

    async def noted(entry: Entry, epoch: int, ttl: timedelta, blocks: Sequence[Block], kept_aside: int) -> Offer | None:
        asked_of.append(blocks)
        return await offer(entry, epoch, ttl, blocks, kept_aside)

    monkeypatch.setattr(office.holds, "offer", noted)
    await office.offers.serve(hall)

    [blocks] = asked_of
    assert [(block.first, block.last) for block in blocks] == [(1, 20), (21, 30), (31, 50)]
    assert len(office.notifier.offers) == 1


async def test_a_type_is_sold_in_its_own_period(office: BoxOffice, ours: Staff, hall: EventId, ann: UserId) -> None:
    now = office.clock.now()
    period = TypeRuleChanges(sales_start=now + timedelta(minutes=1), sales_end=now + timedelta(minutes=2))
    await change(office, ours, hall, STANDING, period)
    wish = TicketRequest(1, STANDING)

    with pytest.raises(SalesClosed, match="from"):
        await office.reservations.make(ann, hall, wish)
    office.clock.advance(timedelta(minutes=1))
    await office.reservations.make(ann, hall, wish)
    office.clock.advance(timedelta(minutes=1))
    with pytest.raises(SalesClosed, match="until"):
        await office.reservations.make(ann, hall, wish)


@pytest.mark.parametrize("cold", [False, True])
async def test_what_is_held_of_a_paused_type_is_not_missing_from_the_others(
    office: BoxOffice, ours: Staff, hall: EventId, ann: UserId, cold: bool
) -> None:
    await office.reservations.make(ann, hall, TicketRequest(20, STANDING))
    await change(office, ours, hall, STANDING, PAUSED)
    if cold:
        office.holds.flush()

    found = await office.programme.event(None, hall)

    assert await office.programme.available([found.event]) == [30]


async def test_what_is_not_on_offer_is_neither_available_nor_what_tickets_cost(
    office: BoxOffice, ours: Staff, hall: EventId, ann: UserId
) -> None:
    await office.buy(ann, hall, 3)

    await change(office, ours, hall, STANDING, PAUSED)
    await change(office, ours, hall, BALCONY, HIDDEN)

    found = await office.programme.event(None, hall)
    assert await office.programme.available([found.event]) == [20]
    assert (found.lowest_price, found.highest_price) == (3990, 3990)
    report = await office.analytics.report(ours.ora, hall)
    assert (report.available, [one.sales.available for one in report.types]) == (20, [20, 0, 0])
    seen = await office.seats.availability(None, hall, 1, 50)
    assert (seen.free, seen.free_numbers()) == (20, list(range(1, 21)))


async def test_seats_of_a_paused_type_are_shown_as_kept_from_sale_and_hidden_ones_not_at_all(
    office: BoxOffice, ours: Staff, hall: EventId
) -> None:
    await change(office, ours, hall, STALLS, HIDDEN)
    await change(office, ours, hall, BALCONY, PAUSED)

    shown = await office.seats.page(None, hall, SeatFilter(), 0, 50)
    own = await office.seats.page(ours.ora, hall, SeatFilter(), 0, 50)
    listed = await office.halls.hall(None, hall)

    assert [state.seat.number for state in shown.seats] == list(range(21, 31))
    assert {state.status for state in shown.seats} == {SeatStatus.BLOCKED}
    assert len(own.seats) == 30
    assert [(section.number, section.name) for section in listed.sections] == [(2, "Balcony")]
    assert listed.free == [0]


async def test_who_watches_an_event_sees_what_is_on_offer(office: BoxOffice, ours: Staff, hall: EventId) -> None:
    await change(office, ours, hall, STALLS, HIDDEN)
    await change(office, ours, hall, BALCONY, PAUSED)

    async with office.live.watch(None, hall, None) as stream:
        state = stream.history.state

    assert (state.free, state.left) == (20, {BALCONY: 0, STANDING: 20})


async def test_parties_wait_for_a_paused_type_and_get_it_when_it_is_resumed(
    office: BoxOffice, ours: Staff, hall: EventId, ann: UserId, ben: UserId
) -> None:
    await change(office, ours, hall, STANDING, PAUSED)
    await office.waitlist.join(ann, hall, 2, type_number=STANDING)
    await office.buy(ben, hall, 30)
    await office.waitlist.join(ben, hall, 2)

    while_paused = await office.offers.serve(hall)
    await change(office, ours, hall, STANDING, RESUMED)
    afterwards = await office.offers.serve(hall)

    assert (while_paused, afterwards) == (0, 2)
    [place] = await office.waitlist.places(ann)
    assert place.state is EntryState.OFFERED
    with pytest.raises(InvalidWaitlistCount):
        await office.waitlist.join(await office.user(), hall, 2, type_number=STANDING)


async def test_an_offer_that_was_made_before_a_pause_is_accepted(
    office: BoxOffice, ours: Staff, hall: EventId, ann: UserId, ben: UserId
) -> None:
    await office.buy(ben, hall, 50)
    await office.waitlist.join(ann, hall, 2)
    await office.sale.cancel(ben, hall, 2)
    await office.offers.serve(hall)
    for number in (STALLS, BALCONY, STANDING):
        await change(office, ours, hall, number, PAUSED)

    [place] = await office.waitlist.places(ann)
    accepted = await office.reservations.accept(ann, place)

    assert len(accepted.tickets) == 2
