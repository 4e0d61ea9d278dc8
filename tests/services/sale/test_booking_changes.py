"""Changing how many tickets and which seats a booking has."""

import asyncio
from datetime import timedelta

import pytest

from booked.domain.errors import NoSuchSeat, OverTicketLimit, SeatTaken, TooFewTickets
from booked.domain.model.ids import EventId, UserId
from booked.domain.model.money import Money
from booked.domain.model.people.users import Identity
from booked.domain.model.sale.bookings import BookingSearch, BookingStatus, Verdict
from booked.domain.model.sale.holds import Claim
from booked.domain.model.sale.reservations import TicketRequest
from tests.services.box_office import BoxOffice, InterruptedBookings
from tests.services.sale.commits import Commit
from tests.services.stage import (
    BALCONY,
    EARLY_UNTIL,
    STALLS,
    STANDING,
    held,
    identity,
    numbers,
    put_on,
    seats,
    sold,
    these,
)

# Changing how many


async def test_a_booking_with_more_tickets_is_still_one(
    office: BoxOffice, hall: EventId, ann: UserId, owner: Identity
) -> None:
    view = await office.bookings.book_now(ann, hall, these(hall, 21, 1))
    office.clock.moment = EARLY_UNTIL

    added = await office.bookings.add_seat(owner, view.record.id, seats(hall, 2)[0])
    more = await office.bookings.resize(owner, view.record.id, 5)

    assert (added.record.id, more.record.id) == (view.record.id, view.record.id)
    assert [placed.type.number for placed in more.tickets] == [STALLS, BALCONY, STALLS, STALLS, STALLS]
    assert more.record.total == Money(3990 + 2990 + 3 * 4990, "EUR")
    assert more.record.code == view.record.code
    assert (more.record.booked_at, more.record.updated_at) == (view.record.booked_at, EARLY_UNTIL)
    assert await office.bookings.search(owner, BookingSearch(), None, 10) == [more]
    assert [(booking.id, booking.tickets) for booking in await office.sale.bookings(ann)] == [(view.record.id, 5)]


async def test_a_booking_with_fewer_tickets_has_those_that_were_bought_first(
    office: BoxOffice, hall: EventId, ann: UserId, owner: Identity
) -> None:
    view = await office.bookings.book_now(ann, hall, these(hall, 11, 12))
    office.clock.advance(timedelta(seconds=1))
    await office.bookings.add_seat(owner, view.record.id, seats(hall, 1)[0])

    fewer = await office.bookings.resize(owner, view.record.id, 2)
    same = await office.bookings.resize(owner, view.record.id, 2)

    assert numbers(fewer) == [11, 12]
    assert same == fewer
    assert len(fewer.tickets) == 3
    assert fewer.record.total == Money(2 * 3990, "EUR")


@pytest.mark.parametrize("count", [0, -1])
async def test_a_booking_has_a_ticket_at_least(
    office: BoxOffice, hall: EventId, ann: UserId, owner: Identity, count: int
) -> None:
    view = await office.bookings.book_now(ann, hall, TicketRequest(2))

    with pytest.raises(TooFewTickets):
        await office.bookings.resize(owner, view.record.id, count)

    assert await office.bookings.get(owner, view.record.id) == view


async def test_more_tickets_than_there_are_or_than_one_may_have_are_not_added(
    office: BoxOffice, hall: EventId, limited: EventId, ann: UserId, owner: Identity
) -> None:
    few = await office.bookings.book_now(ann, hall, TicketRequest(2, BALCONY))
    some = await office.bookings.book_now(ann, limited, TicketRequest(2))

    with pytest.raises(TooFewTickets):
        await office.bookings.resize(owner, few.record.id, 11)
    with pytest.raises(OverTicketLimit):
        await office.bookings.resize(owner, some.record.id, 5)

    assert await office.bookings.get(owner, few.record.id) == few
    assert (await held(office, hall), await held(office, limited)) == (0, 0)


async def test_who_asks_many_times_at_once_for_so_many_tickets_gets_so_many(
    office: BoxOffice, hall: EventId, ann: UserId, owner: Identity
) -> None:
    view = await office.bookings.book_now(ann, hall, TicketRequest(2, STANDING))

    views = await asyncio.gather(*(office.bookings.resize(owner, view.record.id, 4) for _ in range(4)))

    assert [len(numbers(view)) for view in views] == [4] * 4
    assert (await held(office, hall), await sold(office, hall)) == (0, 4)


@pytest.mark.parametrize("meanwhile", [3, 4, 5])
async def test_who_asks_again_while_tickets_are_added_buys_none_twice(
    office: BoxOffice, hall: EventId, ann: UserId, commits: InterruptedBookings, meanwhile: int
) -> None:
    owner = await identity(office, ann)
    view = await office.bookings.book_now(ann, hall, TicketRequest(2, STANDING))

    async def be_overtaken(claim: Claim, commit: Commit) -> Verdict:
        await office.bookings.resize(owner, view.record.id, meanwhile)
        return await commit(claim)

    commits.interruptions.append(be_overtaken)
    resized = await office.bookings.resize(owner, view.record.id, 4)

    assert (len(numbers(resized)), len(resized.tickets)) == (4, max(4, meanwhile))
    assert (await held(office, hall), await sold(office, hall)) == (0, 4)


# Single seats


async def test_only_a_free_seat_of_the_event_is_added(
    office: BoxOffice, hall: EventId, ann: UserId, ben: UserId, owner: Identity
) -> None:
    elsewhere = await put_on(office)
    await office.bookings.book_now(ben, hall, these(hall, 2))
    view = await office.bookings.book_now(ann, hall, these(hall, 1))

    for [seat], refusal in [
        (seats(hall, 1), SeatTaken),
        (seats(hall, 2), SeatTaken),
        (seats(hall, 31), NoSuchSeat),
        (seats(elsewhere, 3), NoSuchSeat),
    ]:
        with pytest.raises(refusal):
            await office.bookings.add_seat(owner, view.record.id, seat)

    assert await office.bookings.get(owner, view.record.id) == view


async def test_a_booking_ends_with_its_last_seat(
    office: BoxOffice, hall: EventId, ann: UserId, owner: Identity
) -> None:
    view = await office.bookings.book_now(ann, hall, these(hall, 1, 2))

    one = await office.bookings.remove_seat(owner, view.record.id, seats(hall, 1)[0])
    with pytest.raises(NoSuchSeat):
        await office.bookings.remove_seat(owner, view.record.id, seats(hall, 1)[0])
    none = await office.bookings.remove_seat(owner, view.record.id, seats(hall, 2)[0])

    assert (numbers(one), one.record.status) == ([2], BookingStatus.ACTIVE)
    assert (numbers(none), none.record.status) == ([], BookingStatus.CANCELLED)


async def test_seats_of_other_bookings_are_not_removed(
    office: BoxOffice, hall: EventId, ann: UserId, owner: Identity
) -> None:
    view = await office.bookings.book_now(ann, hall, these(hall, 1))
    await office.bookings.book_now(ann, hall, these(hall, 2))
    elsewhere = await put_on(office)

    for [seat] in (seats(hall, 2), seats(elsewhere, 1), seats(hall, 3)):
        with pytest.raises(NoSuchSeat):
            await office.bookings.remove_seat(owner, view.record.id, seat)

    assert await sold(office, hall) == 2
