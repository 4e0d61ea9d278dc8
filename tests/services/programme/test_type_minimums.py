"""Ticket types of which an order has several tickets at least, or a user a few at most."""

import pytest

from booked.domain.errors import BelowMinimum, BookedError, OverTicketLimit
from booked.domain.model.ids import EventId, UserId
from booked.domain.model.programme.ticket_types import TicketTypeChanges
from booked.domain.model.programme.type_rules import TypeRuleChanges
from booked.domain.model.sale.reservations import TicketRequest
from tests.services.box_office import BoxOffice
from tests.services.stage import BALCONY, STALLS, STANDING, Staff, identity, put_on, seats, staff, these


@pytest.fixture
async def ours(office: BoxOffice) -> Staff:
    return await staff(office)


@pytest.fixture
async def hall(office: BoxOffice, ours: Staff) -> EventId:
    """A concert of whose standing room and stalls an order has two tickets at least."""
    event_id = await put_on(office, ours.organization_id)
    for number in (STANDING, STALLS):
        await require(office, ours, event_id, number, 2)
    return event_id


async def require(office: BoxOffice, ours: Staff, event_id: EventId, type_number: int, least: int) -> None:
    changes = TicketTypeChanges(rules=TypeRuleChanges(min_per_order=least))
    await office.ticket_types.change(ours.ora, event_id, type_number, changes)


async def test_a_reservation_has_as_many_as_the_type_asks_for(office: BoxOffice, hall: EventId, ann: UserId) -> None:
    with pytest.raises(BelowMinimum, match="at least 2"):
        await office.reservations.make(ann, hall, TicketRequest(1, STANDING))
    with pytest.raises(BelowMinimum):
        await office.reservations.make(ann, hall, these(hall, 3))

    made = await office.reservations.make(ann, hall, TicketRequest(2, STANDING))
    chosen = await office.reservations.make(ann, hall, these(hall, 3, 4, 21))

    assert [len(each.tickets) for each in (made, chosen)] == [2, 3]


async def test_a_request_for_any_ticket_gets_one_that_is_sold_alone(
    office: BoxOffice, hall: EventId, ann: UserId
) -> None:
    made = await office.reservations.make(ann, hall, TicketRequest(1))
    at_the_root = await office.sale.reserve(ann, hall, 1)

    assert {ticket.type.number for ticket in made.tickets} == {BALCONY}
    assert at_the_root == seats(hall, 22)


async def test_a_reservation_is_changed_within_its_minimum(office: BoxOffice, hall: EventId, ann: UserId) -> None:
    made = await office.reservations.make(ann, hall, TicketRequest(2, STANDING))

    enlarged = await office.reservations.resize(ann, made.reservation.id, 3)
    reduced = await office.reservations.resize(ann, made.reservation.id, 2)
    with pytest.raises(BelowMinimum):
        await office.reservations.resize(ann, made.reservation.id, 1)

    assert [len(each.tickets) for each in (enlarged, reduced)] == [3, 2]
    await office.reservations.give_back(ann, made.reservation.id)


async def test_a_booking_is_added_to_one_by_one_and_cancelled_as_its_owner_likes(
    office: BoxOffice, hall: EventId, ann: UserId
) -> None:
    who = await identity(office, ann)
    view = await office.bookings.book_now(ann, hall, these(hall, 3, 4))

    added = await office.bookings.add_seat(who, view.record.id, seats(hall, 5)[0])
    left = await office.bookings.resize(who, view.record.id, 1)

    assert [len(each.record.standing) for each in (added, left)] == [3, 1]


async def test_a_party_waits_for_as_many_as_it_may_have(
    office: BoxOffice, ours: Staff, ann: UserId, ben: UserId
) -> None:
    hall = await put_on(office, ours.organization_id)
    await office.buy(ben, hall, 50)
    for number, least in ((STANDING, 2), (STALLS, 2), (BALCONY, 3)):
        await require(office, ours, hall, number, least)

    for count, type_number in ((1, STANDING), (2, BALCONY), (1, None)):
        with pytest.raises(BelowMinimum):
            await office.waitlist.join(ann, hall, count, type_number=type_number)

    await office.waitlist.join(ann, hall, 2)


async def test_an_offer_is_accepted_although_the_minimum_has_grown(
    office: BoxOffice, ours: Staff, ann: UserId, ben: UserId
) -> None:
    hall = await put_on(office, ours.organization_id)
    await office.buy(ben, hall, 50)
    await office.waitlist.join(ann, hall, 2)
    await office.sale.cancel(ben, hall, 2)
    await office.offers.serve(hall)
    for number in (STALLS, BALCONY, STANDING):
        await require(office, ours, hall, number, 5)

    [place] = await office.waitlist.places(ann)
    accepted = await office.reservations.accept(ann, place)

    assert len(accepted.tickets) == 2


async def test_a_minimum_that_is_taken_away_counts_no_more(
    office: BoxOffice, ours: Staff, hall: EventId, ann: UserId
) -> None:
    refusals: list[type[BookedError]] = []
    for least in (2, 1):
        await require(office, ours, hall, STANDING, least)
        try:
            await office.reservations.make(ann, hall, TicketRequest(1, STANDING))
        except BookedError as refusal:
            refusals.append(type(refusal))

    assert refusals == [BelowMinimum]


async def limit(office: BoxOffice, ours: Staff, event_id: EventId, type_number: int, most: int | None) -> None:
    changes = TicketTypeChanges(rules=TypeRuleChanges(max_per_user=most))
    await office.ticket_types.change(ours.ora, event_id, type_number, changes)


async def test_a_user_books_as_many_as_the_type_allows(
    office: BoxOffice, ours: Staff, ann: UserId, ben: UserId
) -> None:
    hall = await put_on(office, ours.organization_id)
    await limit(office, ours, hall, STANDING, 3)

    with pytest.raises(OverTicketLimit, match="at most 3"):
        await office.reservations.make(ann, hall, TicketRequest(4, STANDING))
    await office.bookings.book_now(ann, hall, TicketRequest(2, STANDING))
    with pytest.raises(OverTicketLimit):
        await office.bookings.book_now(ann, hall, TicketRequest(2, STANDING))
    await office.bookings.book_now(ann, hall, TicketRequest(1, STANDING))
    await office.bookings.book_now(ann, hall, TicketRequest(5, BALCONY))
    await office.bookings.book_now(ben, hall, TicketRequest(3, STANDING))
    await limit(office, ours, hall, STANDING, None)

    await office.bookings.book_now(ann, hall, TicketRequest(4, STANDING))


async def test_a_party_waits_for_no_more_than_the_type_allows(
    office: BoxOffice, ours: Staff, ann: UserId, ben: UserId
) -> None:
    hall = await put_on(office, ours.organization_id)
    await limit(office, ours, hall, STANDING, 3)
    await office.bookings.book_now(ann, hall, TicketRequest(2, STANDING))
    await limit(office, ours, hall, STANDING, None)
    await office.buy(ben, hall, 48)
    await limit(office, ours, hall, STANDING, 3)

    for count, type_number in ((4, STANDING), (2, STANDING), (2, None)):
        with pytest.raises(OverTicketLimit, match="at most 3"):
            await office.waitlist.join(ann, hall, count, type_number=type_number)

    await office.waitlist.join(ann, hall, 2, type_number=BALCONY)


async def test_a_user_holds_no_more_than_the_type_allows(office: BoxOffice, ours: Staff, ann: UserId) -> None:
    hall = await put_on(office, ours.organization_id)
    await limit(office, ours, hall, STANDING, 3)

    made = await office.reservations.make(ann, hall, TicketRequest(2, STANDING))
    for attempt in (
        office.reservations.make(ann, hall, TicketRequest(2, STANDING)),
        office.reservations.enlarge(ann, made.reservation.id, 2),
    ):
        with pytest.raises(OverTicketLimit, match="at most 3"):
            await attempt

    await office.reservations.enlarge(ann, made.reservation.id, 1)
    at_the_root = await office.sale.reserve(ann, hall, 2)
    assert at_the_root == seats(hall, 21, 22)
