"""Reservations: what people hold for a while, what it costs, and how they change it."""

import asyncio
from datetime import timedelta

import pytest

from booked.domain.errors import (
    IdempotencyKeyReused,
    NoEventFound,
    NoSuchReservation,
    NoSuchSeat,
    NoSuchTicketType,
    NotTogether,
    OverTicketLimit,
    ReservationFixed,
    SalesClosed,
    SeatTaken,
    TicketNotReserved,
    TooFewTickets,
)
from booked.domain.model.ids import EventId, ReservationId, UserId, reservation_id
from booked.domain.model.money import Money
from booked.domain.model.people.api_keys import OPEN_COUNTER
from booked.domain.model.programme.events import EventStatus
from booked.domain.model.programme.ticket_types import TicketTypeDraft, lay_out
from booked.domain.model.programme.times import SalesWindow
from booked.domain.model.sale.reservations import TicketRequest
from tests.builders import OPENING, TTL, an_event_id, key_by
from tests.services.box_office import BoxOffice
from tests.services.stage import BALCONY, EARLY_UNTIL, STALLS, STANDING, held, put_on, seats, these


@pytest.fixture
async def hall(office: BoxOffice) -> EventId:
    return await put_on(office)


@pytest.fixture
async def limited(office: BoxOffice) -> EventId:
    """The same, with four tickets for each user."""
    return await put_on(office, ticket_limit=4)


# Making


async def test_a_reservation_says_what_its_tickets_are_and_cost(office: BoxOffice, hall: EventId, ann: UserId) -> None:
    made = await office.reservations.make(ann, hall, these(hall, 6, 22))

    assert [(ticket.number, ticket.type.name, ticket.price) for ticket in made.tickets] == [
        (6, "Stalls", 3990),
        (22, "Balcony", 2990),
    ]
    assert [(seat.section, seat.row, seat.seat) for ticket in made.tickets if (seat := ticket.seat)] == [
        ("Stalls", "B", 1),
        ("Balcony", "1", 2),
    ]
    assert made.total == Money(6980, "EUR")
    assert (made.seconds_left, made.extensions_left) == (600, 1)
    assert made.reservation.expires_at == office.clock.now() + TTL
    assert (await office.reservations.get(ann, made.reservation.id)) == made


async def test_of_more_tickets_than_there_are_none_is_held(office: BoxOffice, hall: EventId, ann: UserId) -> None:
    for request, refusal in (
        (TicketRequest(51), TooFewTickets),
        (TicketRequest(21, STALLS), TooFewTickets),
        (TicketRequest(6, STALLS, best_available=True), NotTogether),
        (TicketRequest(21, STALLS, best_available=True, split=True), TooFewTickets),
    ):
        with pytest.raises(refusal):
            await office.reservations.make(ann, hall, request)

    assert await held(office, hall) == 0
    assert await office.reservations.of_user(ann, None, 10) == []


async def test_of_chosen_seats_all_are_held_or_none(office: BoxOffice, hall: EventId, ann: UserId, ben: UserId) -> None:
    await office.reservations.make(ben, hall, these(hall, 7))

    with pytest.raises(SeatTaken):
        await office.reservations.make(ann, hall, these(hall, 6, 7, 8))

    assert await held(office, hall) == 1


async def test_only_seats_of_the_event_can_be_chosen(office: BoxOffice, hall: EventId, ann: UserId) -> None:
    elsewhere = await put_on(office)

    for chosen in (seats(hall, 31), seats(hall, 51), seats(hall, 0), seats(elsewhere, 1)):
        with pytest.raises(NoSuchSeat):
            await office.reservations.make(ann, hall, TicketRequest(seats=[*seats(hall, 1), *chosen]))

    assert await held(office, hall) == 0


async def test_tickets_can_be_of_one_type(office: BoxOffice, hall: EventId, ann: UserId) -> None:
    made = await office.reservations.make(ann, hall, TicketRequest(20, STANDING))

    assert {ticket.type.name for ticket in made.tickets} == {"Standing"}
    assert made.total == Money(20 * 1500, "EUR")


async def test_the_best_seats_are_next_to_each_other(office: BoxOffice, hall: EventId, ann: UserId) -> None:
    await office.reservations.make(ann, hall, these(hall, 3))

    made = await office.reservations.make(ann, hall, TicketRequest(3, STALLS, best_available=True))

    assert [(ticket.seat.row, ticket.seat.seat) for ticket in made.tickets if ticket.seat] == [
        ("B", 1),
        ("B", 2),
        ("B", 3),
    ]


async def test_there_are_no_best_seats_where_one_stands(office: BoxOffice, hall: EventId, ann: UserId) -> None:
    with pytest.raises(NoSuchSeat):
        await office.reservations.make(ann, hall, TicketRequest(2, STANDING, best_available=True))


@pytest.mark.parametrize("count", [0, -1])
async def test_one_asks_for_one_ticket_at_least(office: BoxOffice, hall: EventId, ann: UserId, count: int) -> None:
    with pytest.raises(TooFewTickets):
        await office.reservations.make(ann, hall, TicketRequest(count))


async def test_one_asks_for_so_many_tickets_at_most(office: BoxOffice, hall: EventId, ann: UserId) -> None:
    for request in (TicketRequest(101), these(hall, *range(1, 102))):
        with pytest.raises(OverTicketLimit):
            await office.reservations.make(ann, hall, request)


async def test_a_ticket_type_that_came_just_now_can_be_reserved(office: BoxOffice, hall: EventId, ann: UserId) -> None:
    await office.reservations.make(ann, hall, TicketRequest(1))
    with pytest.raises(NoSuchTicketType):
        await office.reservations.make(ann, hall, TicketRequest(1, 4))

    # Another process adds one, and this one has not heard of it.
    before = await office.database.ticket_plans.get(hall)
    assert before is not None
    await office.database.ticket_plans.save(hall, lay_out([TicketTypeDraft("Late", 900, quota=5)], [], before))
    await office.holds.grow(hall, 55)

    made = await office.reservations.make(ann, hall, TicketRequest(5, 4))
    assert [ticket.price for ticket in made.tickets] == [900] * 5


async def test_tickets_that_came_just_now_are_shown(office: BoxOffice, hall: EventId, ann: UserId) -> None:
    for _ in range(2):
        await office.reservations.make(ann, hall, TicketRequest(25))
    before = await office.database.ticket_plans.get(hall)
    assert before is not None
    await office.database.ticket_plans.save(hall, lay_out([TicketTypeDraft("Late", 900, quota=5)], [], before))
    await office.holds.grow(hall, 55)

    made = await office.reservations.make(ann, hall, TicketRequest(5))

    assert made.total == Money(5 * 900, "EUR")


# When there is nothing to reserve


@pytest.mark.parametrize("status", [status for status in EventStatus if status is not EventStatus.PUBLISHED])
async def test_only_tickets_of_a_published_event_can_be_reserved(
    office: BoxOffice, ann: UserId, status: EventStatus
) -> None:
    event_id = await put_on(office, status=status)

    with pytest.raises(NoEventFound):
        await office.reservations.make(ann, event_id, TicketRequest(1))


async def test_of_an_event_that_there_is_not_nothing_can_be_reserved(office: BoxOffice, ann: UserId) -> None:
    with pytest.raises(NoEventFound):
        await office.reservations.make(ann, an_event_id(), TicketRequest(1))


async def test_an_event_that_was_published_just_now_is_on_sale(office: BoxOffice, ann: UserId) -> None:
    event_id = await put_on(office, status=EventStatus.DRAFT)
    with pytest.raises(NoEventFound):
        await office.reservations.make(ann, event_id, TicketRequest(1))

    await office.events.go_on_as(event_id, EventStatus.PUBLISHED)

    assert (await office.reservations.make(ann, event_id, TicketRequest(1))).tickets


async def test_tickets_are_reserved_within_the_sales_window(office: BoxOffice, ann: UserId) -> None:
    opens = office.clock.now() + timedelta(hours=1)
    event_id = await put_on(office, sales=SalesWindow(opens, opens + timedelta(hours=1)))

    with pytest.raises(SalesClosed):
        await office.reservations.make(ann, event_id, TicketRequest(1))
    office.clock.advance(timedelta(hours=1))
    made = await office.reservations.make(ann, event_id, TicketRequest(1))
    office.clock.advance(timedelta(minutes=59))
    late = await office.reservations.make(ann, event_id, TicketRequest(1))
    office.clock.advance(timedelta(minutes=1))
    for attempt in (
        office.reservations.make(ann, event_id, TicketRequest(1)),
        office.reservations.enlarge(ann, late.reservation.id, 1),
    ):
        with pytest.raises(SalesClosed):
            await attempt

    assert made.tickets
    assert (await office.reservations.get(ann, late.reservation.id)).seconds_left == 540


async def test_nothing_is_sold_after_the_end_of_an_event_whatever_its_sales_window(
    office: BoxOffice, ann: UserId, ben: UserId
) -> None:
    event_id = await put_on(office, ends_at=office.clock.now() + timedelta(minutes=1))
    made = await office.reservations.make(ann, event_id, TicketRequest(1))
    office.clock.advance(timedelta(minutes=1))

    for attempt in (
        office.reservations.make(ben, event_id, TicketRequest(1)),
        office.reservations.enlarge(ann, made.reservation.id, 1),
        office.sale.reserve(ben, event_id, 1),
        office.bookings.book_now(ben, event_id, TicketRequest(1)),
        office.counter.book(OPEN_COUNTER, event_id, "guest", 1),
        office.waitlist.join(ben, event_id, 100),
    ):
        with pytest.raises(SalesClosed):
            await attempt
    view = await office.bookings.book_reservation(ann, made.reservation.id)

    assert len(view.record.standing) == 1  # what was reserved in time


async def test_an_event_without_an_end_sells_until_it_is_withdrawn(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    office.clock.moment = OPENING + timedelta(days=365)

    assert await office.buy(ann, concert, 1)


# Whose it is


async def test_nobody_else_can_see_or_change_a_reservation(
    office: BoxOffice, hall: EventId, ann: UserId, ben: UserId
) -> None:
    made = await office.reservations.make(ann, hall, TicketRequest(3))
    id_ = made.reservation.id

    for attempt in (
        office.reservations.get(ben, id_),
        office.reservations.enlarge(ben, id_, 1),
        office.reservations.reduce(ben, id_, 1),
        office.reservations.extend(ben, id_),
        office.reservations.give_back(ben, id_),
        office.reservations.require_held(ben, id_),
    ):
        with pytest.raises(NoSuchReservation):
            await attempt

    assert await office.reservations.get(ann, id_) == made


async def test_there_is_no_reservation_with_an_id_of_something_else(
    office: BoxOffice, hall: EventId, ann: UserId
) -> None:
    await office.reservations.make(ann, hall, TicketRequest(1))

    for id_ in (*seats(hall, 1), hall, an_event_id(), reservation_id(hall, 0), reservation_id(an_event_id(), 7), ann):
        with pytest.raises(NoSuchReservation):
            await office.reservations.get(ann, ReservationId(id_))


# Changing


async def test_more_tickets_are_of_the_same_type_and_change_no_deadline(
    office: BoxOffice, hall: EventId, ann: UserId
) -> None:
    made = await office.reservations.make(ann, hall, these(hall, 21, 22))
    office.clock.advance(timedelta(minutes=3))

    enlarged = await office.reservations.enlarge(ann, made.reservation.id, 2)

    assert [ticket.type.number for ticket in enlarged.tickets] == [BALCONY] * 4
    assert enlarged.total == Money(4 * 2990, "EUR")
    assert enlarged.reservation.expires_at == made.reservation.expires_at
    assert enlarged.seconds_left == 420
    assert office.observer.named("reserved") == [("reserved", hall, 2)] * 2


async def test_where_there_are_not_so_many_more_none_is_added(office: BoxOffice, hall: EventId, ann: UserId) -> None:
    made = await office.reservations.make(ann, hall, TicketRequest(5, BALCONY))

    with pytest.raises(TooFewTickets):
        await office.reservations.enlarge(ann, made.reservation.id, 6)

    assert await office.reservations.get(ann, made.reservation.id) == made


async def test_a_reservation_of_several_types_gets_more_of_any(office: BoxOffice, hall: EventId, ann: UserId) -> None:
    made = await office.reservations.make(ann, hall, these(hall, 1, 21))

    enlarged = await office.reservations.enlarge(ann, made.reservation.id, 1)

    assert len(enlarged.tickets) == 3


async def test_more_tickets_do_not_come_at_a_price_that_is_over(office: BoxOffice, hall: EventId, ann: UserId) -> None:
    stalls = await office.reservations.make(ann, hall, TicketRequest(1, STALLS))
    mixed = await office.reservations.make(ann, hall, these(hall, 20, 21))
    standing = await office.reservations.make(ann, hall, TicketRequest(1, STANDING))
    office.clock.moment = EARLY_UNTIL

    for id_ in (stalls.reservation.id, mixed.reservation.id):
        with pytest.raises(ReservationFixed):
            await office.reservations.enlarge(ann, id_, 1)
    enlarged = await office.reservations.enlarge(ann, standing.reservation.id, 1)

    assert enlarged.total == Money(2 * 1500, "EUR")
    assert (await office.reservations.get(ann, stalls.reservation.id)).total == Money(3990, "EUR")


async def test_fewer_tickets_change_no_deadline(office: BoxOffice, hall: EventId, ann: UserId) -> None:
    made = await office.reservations.make(ann, hall, TicketRequest(5, STANDING))
    office.clock.advance(timedelta(minutes=3))

    reduced = await office.reservations.reduce(ann, made.reservation.id, 3)

    assert reduced.total == Money(2 * 1500, "EUR")
    assert reduced.reservation.expires_at == made.reservation.expires_at
    assert await held(office, hall) == 2


@pytest.mark.parametrize("count", [5, 6])
async def test_a_ticket_is_left_at_least(office: BoxOffice, hall: EventId, ann: UserId, count: int) -> None:
    made = await office.reservations.make(ann, hall, TicketRequest(5, STANDING))

    with pytest.raises(ReservationFixed):
        await office.reservations.reduce(ann, made.reservation.id, count)

    assert await office.reservations.get(ann, made.reservation.id) == made


@pytest.mark.parametrize("count", [0, -1])
async def test_a_change_is_by_a_ticket_at_least(office: BoxOffice, hall: EventId, ann: UserId, count: int) -> None:
    made = await office.reservations.make(ann, hall, TicketRequest(5))

    for change in (office.reservations.enlarge, office.reservations.reduce):
        with pytest.raises(TooFewTickets):
            await change(ann, made.reservation.id, count)


async def test_on_a_page_a_reservation_is_extended_up_to_ten_times(
    office: BoxOffice, hall: EventId, ann: UserId
) -> None:
    made = await office.reservations.make(ann, hall, TicketRequest(1))

    extended = [await office.reservations.extend(ann, made.reservation.id, on_page=True) for _ in range(10)]
    with pytest.raises(ReservationFixed):
        await office.reservations.extend(ann, made.reservation.id, on_page=True)

    last = made.reservation.expires_at + TTL * 10
    assert [each.extensions_left_unwanted for each in extended] == [*reversed(range(10))]
    assert {each.extendable_until for each in extended} == {extended[-1].reservation.expires_at} == {last}


async def test_a_reservation_is_extended_once(office: BoxOffice, hall: EventId, ann: UserId) -> None:
    made = await office.reservations.make(ann, hall, TicketRequest(1))

    extended = await office.reservations.extend(ann, made.reservation.id)
    with pytest.raises(ReservationFixed):
        await office.reservations.extend(ann, made.reservation.id)

    assert extended.reservation.expires_at == made.reservation.expires_at + TTL
    assert (extended.seconds_left, extended.extensions_left) == (1200, 0)
    office.clock.advance(TTL * 2 - timedelta(seconds=1))
    assert await held(office, hall) == 1


async def test_a_repeated_request_enlarges_a_reservation_once_whatever_has_become_of_it(
    office: BoxOffice, hall: EventId, ann: UserId
) -> None:
    made = await office.reservations.make(ann, hall, TicketRequest(1, STALLS))
    enlarged = await office.reservations.enlarge(ann, made.reservation.id, 2, key_by(ann))
    office.clock.moment = EARLY_UNTIL  # it costs more now

    again = await office.reservations.enlarge(ann, made.reservation.id, 2, key_by(ann))
    await office.reservations.give_back(ann, made.reservation.id)
    ended = await office.reservations.enlarge(ann, made.reservation.id, 2, key_by(ann))

    assert again.tickets == enlarged.tickets
    assert ended.tickets == []


async def test_a_repeated_request_extends_a_reservation_once(office: BoxOffice, hall: EventId, ann: UserId) -> None:
    made = await office.reservations.make(ann, hall, TicketRequest(1))

    extended = [await office.reservations.extend(ann, made.reservation.id, key_by(ann)) for _ in range(3)]
    with pytest.raises(IdempotencyKeyReused):
        await office.reservations.extend(ann, made.reservation.id, key_by(ann, fingerprint=b"something else"))

    assert extended[0].reservation.expires_at == made.reservation.expires_at + TTL
    assert extended == extended[:1] * 3


async def test_what_lapsed_is_reserved_again_once_under_the_same_key(
    office: BoxOffice, hall: EventId, ann: UserId
) -> None:
    made = []
    for wait in (TTL, TTL, timedelta(0)):
        made += [await office.reservations.make_held(ann, hall, TicketRequest(5), key_by(ann)) for _ in range(2)]
        office.clock.advance(wait)

    ids = [each.reservation.id for each in made]
    assert ids[::2] == ids[1::2]
    assert len(set(ids)) == 3
    assert all(len(each.tickets) == 5 for each in made)


async def test_what_has_lapsed_is_shown_but_cannot_be_changed(office: BoxOffice, hall: EventId, ann: UserId) -> None:
    made = await office.reservations.make(ann, hall, TicketRequest(5))
    id_ = made.reservation.id
    office.clock.advance(TTL)

    lapsed = await office.reservations.get(ann, id_)

    assert (lapsed.tickets, lapsed.total, lapsed.seconds_left, lapsed.extensions_left) == ([], Money(0, "EUR"), 0, 0)
    for attempt in (
        office.reservations.enlarge(ann, id_, 1),
        office.reservations.reduce(ann, id_, 1),
        office.reservations.extend(ann, id_),
        office.reservations.give_back(ann, id_),
    ):
        with pytest.raises(NoSuchReservation):
            await attempt
    with pytest.raises(TicketNotReserved):
        await office.reservations.require_held(ann, id_)
    assert await held(office, hall) == 0


async def test_what_is_given_back_is_free_at_once(office: BoxOffice, hall: EventId, ann: UserId, ben: UserId) -> None:
    made = await office.reservations.make(ann, hall, these(hall, 1, 2))

    await office.reservations.give_back(ann, made.reservation.id)

    with pytest.raises(NoSuchReservation):
        await office.reservations.get(ann, made.reservation.id)
    assert len((await office.reservations.make(ben, hall, these(hall, 1, 2))).tickets) == 2


async def test_reservations_end_with_their_event(office: BoxOffice, hall: EventId, ann: UserId) -> None:
    made = await office.reservations.make(ann, hall, TicketRequest(1))

    await office.events.go_on_as(hall, EventStatus.POSTPONED)

    for attempt in (
        office.reservations.get(ann, made.reservation.id),
        office.reservations.extend(ann, made.reservation.id),
        office.reservations.enlarge(ann, made.reservation.id, 1),
    ):
        with pytest.raises(NoSuchReservation):
            await attempt
    assert await office.reservations.of_user(ann, None, 10) == []


# Listing


async def test_ones_own_reservations_are_listed_in_the_order_in_which_they_lapse(
    office: BoxOffice, hall: EventId, ann: UserId, ben: UserId
) -> None:
    made = []
    for _ in range(5):
        made.append((await office.reservations.make(ann, hall, TicketRequest(1))).reservation.id)
        office.clock.advance(timedelta(seconds=1))
    await office.reservations.make(ben, hall, TicketRequest(1))
    await office.reservations.extend(ann, made[0])
    await office.reservations.give_back(ann, made[3])

    first = await office.reservations.of_user(ann, None, 3)
    last = first[-1].reservation
    rest = await office.reservations.of_user(ann, (last.expires_at, last.id), 3)

    assert [priced.reservation.id for priced in first] == [made[1], made[2], made[4]]
    assert [priced.reservation.id for priced in rest] == [made[0]]


# The limit


async def test_held_and_booked_tickets_count_together(office: BoxOffice, limited: EventId, ann: UserId) -> None:
    await office.buy(ann, limited, 2)
    made = await office.reservations.make(ann, limited, TicketRequest(1))

    with pytest.raises(OverTicketLimit):
        await office.reservations.make(ann, limited, TicketRequest(2))
    with pytest.raises(OverTicketLimit):
        await office.reservations.enlarge(ann, made.reservation.id, 2)
    enlarged = await office.reservations.enlarge(ann, made.reservation.id, 1)

    assert len(enlarged.tickets) == 2
    assert await held(office, limited) == 2


async def test_of_many_requests_at_once_no_more_than_the_limit_are_granted(
    office: BoxOffice, limited: EventId, ann: UserId
) -> None:
    outcomes = await asyncio.gather(
        *(office.reservations.make(ann, limited, TicketRequest(1)) for _ in range(32)), return_exceptions=True
    )

    assert sum(isinstance(outcome, OverTicketLimit) for outcome in outcomes) == 28
    assert await held(office, limited) == 4


# Repeating


async def test_a_repeated_request_holds_once(office: BoxOffice, hall: EventId, ann: UserId) -> None:
    made = await asyncio.gather(
        *(office.reservations.make(ann, hall, TicketRequest(2), key_by(ann)) for _ in range(32))
    )

    assert made == made[:1] * 32
    assert await held(office, hall) == 2


async def test_a_key_is_for_one_request(office: BoxOffice, hall: EventId, ann: UserId, ben: UserId) -> None:
    made = await office.reservations.make(ann, hall, TicketRequest(2), key_by(ann))

    with pytest.raises(IdempotencyKeyReused):
        await office.reservations.make(ann, hall, TicketRequest(3), key_by(ann, fingerprint=b"something else"))
    other = await office.reservations.make(ben, hall, TicketRequest(2), key_by(ben))

    assert other.reservation.id != made.reservation.id
    assert await held(office, hall) == 4
