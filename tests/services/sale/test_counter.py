"""Selling at a counter: guests are whoever the caller says, and nobody else's guests are touched."""

import asyncio
from datetime import timedelta

import pytest

from booked.domain.errors import (
    AlreadyCancelled,
    BookedError,
    EmptyName,
    IdempotencyKeyReused,
    InvalidEvent,
    InvalidSeatCount,
    NoEventFound,
    NoSuchBooking,
    OverTicketLimit,
    TooFewTickets,
)
from booked.domain.model.ids import BookingId, CounterId, EventId, UserId
from booked.domain.model.people.api_keys import OPEN_COUNTER
from booked.domain.model.programme.events import EventStatus
from booked.domain.model.programme.seating import SEATS_MOST
from booked.domain.model.sale.bookings import BookingStatus
from booked.domain.services.sale.counter import GuestBooking
from tests.builders import a_booking_id, a_user_id, an_event_id, key_by
from tests.services.box_office import BoxOffice
from tests.services.stage import held, identity, put_on, sold

HERE = CounterId("01a00000-0000-7000-8000-000000000001")
THERE = CounterId("01a00000-0000-7000-8000-000000000002")


@pytest.fixture
async def event(office: BoxOffice) -> EventId:
    """An event with ten tickets that was put on sale at a counter."""
    return (await office.counter.open_event("Concert", 10)).found.event.id


async def booked(office: BoxOffice, event: EventId, name: str = "user123", count: int = 1) -> GuestBooking:
    return await office.counter.book(HERE, event, name, count)


async def available(office: BoxOffice, event: EventId) -> int:
    return (await office.counter.event(event)).available


# Events


async def test_an_event_is_on_sale_until_it_is_withdrawn_with_two_tickets_for_everybody(office: BoxOffice) -> None:
    on_sale = await office.counter.open_event(" Concert ", 10)

    made = on_sale.found.event
    assert (made.name, made.seat_count, on_sale.available, made.ticket_limit) == ("Concert", 10, 10, 2)
    assert (made.status, made.sales.start, made.sales.end) == (EventStatus.PUBLISHED, None, None)
    assert made.starts_at > office.clock.now()
    assert on_sale.found.created_at == office.clock.now()
    assert await office.counter.event(made.id) == on_sale


@pytest.mark.parametrize(("limit", "tickets"), [(1, 1), (6, 2)])
async def test_the_operators_limit_binds_guests_too(limit: int, tickets: int) -> None:
    office = BoxOffice(tickets_per_user=limit)

    on_sale = await office.counter.open_event("Concert", 10)

    assert on_sale.found.event.ticket_limit == tickets


@pytest.mark.parametrize(
    ("name", "tickets", "refusal"),
    [
        ("", 10, InvalidEvent),
        ("a" * 201, 10, InvalidEvent),
        ("a\0b", 10, InvalidEvent),
        ("Concert", 0, InvalidSeatCount),
        ("Concert", -1, InvalidSeatCount),
        ("Concert", SEATS_MOST + 1, InvalidSeatCount),
        ("Concert", 2**64, InvalidSeatCount),
    ],
)
async def test_an_event_that_cannot_be_is_refused(
    office: BoxOffice, name: str, tickets: int, refusal: type[BookedError]
) -> None:
    with pytest.raises(refusal):
        await office.counter.open_event(name, tickets)

    assert await office.database.ledgers.on_sale(None, 10) == []


async def test_an_event_is_made_once_for_a_key_of_a_counter(office: BoxOffice) -> None:
    made = await office.counter.open_event("Concert", 10, key_by(HERE))

    again = await office.counter.open_event("Concert", 10, key_by(HERE))
    elsewhere = await office.counter.open_event("Concert", 10, key_by(THERE))

    assert again == made
    assert elsewhere.found.event.id != made.found.event.id
    with pytest.raises(IdempotencyKeyReused):
        await office.counter.open_event("Concert", 11, key_by(HERE, fingerprint=b"something else"))


async def test_drafts_and_what_is_not_there_are_not_shown(office: BoxOffice) -> None:
    draft = await put_on(office, status=EventStatus.DRAFT)

    for event in (draft, an_event_id()):
        with pytest.raises(NoEventFound):
            await office.counter.event(event)


# Booking


async def test_tickets_are_booked_for_a_guest(office: BoxOffice, event: EventId) -> None:
    booking = await booked(office, event, count=2)

    assert booking.guest_name == "user123"
    assert (len(booking.record.standing), booking.record.status) == (2, BookingStatus.ACTIVE)
    assert await office.counter.booking(HERE, booking.record.id) == booking
    assert await available(office, event) == 8
    assert await held(office, event) == 0


async def test_a_guest_has_at_most_two_tickets_and_another_counters_guest_has_two_more(
    office: BoxOffice, event: EventId
) -> None:
    await booked(office, event)
    await booked(office, event)

    with pytest.raises(OverTicketLimit):
        await booked(office, event)
    await booked(office, event, "user124", 2)
    await office.counter.book(THERE, event, "user123", 2)
    assert (await sold(office, event), await held(office, event)) == (6, 0)


async def test_of_many_requests_of_a_guest_at_once_two_tickets_are_booked(office: BoxOffice, event: EventId) -> None:
    outcomes = await asyncio.gather(*(booked(office, event) for _ in range(32)), return_exceptions=True)

    assert sum(isinstance(outcome, GuestBooking) for outcome in outcomes) == 2
    assert sum(isinstance(outcome, OverTicketLimit) for outcome in outcomes) == 30
    assert (await sold(office, event), await held(office, event)) == (2, 0)


async def test_too_few_tickets_are_none(office: BoxOffice, event: EventId) -> None:
    for number in range(9):
        await booked(office, event, f"user{number}")

    with pytest.raises(TooFewTickets):
        await booked(office, event, count=2)

    assert (await sold(office, event), await held(office, event)) == (9, 0)


@pytest.mark.parametrize(
    ("count", "refusal"),
    [(0, TooFewTickets), (-1, TooFewTickets), (3, OverTicketLimit), (2**64, OverTicketLimit)],
)
async def test_a_booking_has_one_ticket_or_two(
    office: BoxOffice, event: EventId, count: int, refusal: type[BookedError]
) -> None:
    with pytest.raises(refusal):
        await booked(office, event, count=count)


async def test_two_tickets_a_booking_are_the_most_also_where_the_event_allows_more(office: BoxOffice) -> None:
    hall = await put_on(office)

    for _ in range(3):
        await booked(office, hall, count=2)
    with pytest.raises(OverTicketLimit):
        await booked(office, hall, count=3)


@pytest.mark.parametrize("name", ["", "a" * 201, "a\0b", "a\nb", "\u202euser", "\ud800"])
async def test_a_guest_has_a_plain_name(office: BoxOffice, event: EventId, name: str) -> None:
    with pytest.raises(EmptyName):
        await booked(office, event, name)

    assert office.database.committed.tables.guests == {}


async def test_names_of_guests_are_the_callers_business(office: BoxOffice, event: EventId) -> None:
    names = [" ", "user123", "USER123", "user123 ", "用户", "🎟" * 200]

    bookings = [await booked(office, event, name) for name in names]

    assert [booking.guest_name for booking in bookings] == names
    assert len({booking.record.user_id for booking in bookings}) == len(names)


async def test_nobody_is_admitted_to_an_event_that_there_is_not(office: BoxOffice) -> None:
    draft = await put_on(office, status=EventStatus.DRAFT)

    for event in (draft, an_event_id()):
        with pytest.raises(NoEventFound):
            await booked(office, event)

    assert office.database.committed.tables.guests == {}


async def test_a_booking_is_made_once_for_a_key_of_a_counter(office: BoxOffice, event: EventId) -> None:
    made = await office.counter.book(HERE, event, "user123", 1, key_by(HERE))

    again = await office.counter.book(HERE, event, "user123", 1, key_by(HERE))
    elsewhere = await office.counter.book(THERE, event, "user123", 1, key_by(THERE))

    assert again == made
    assert elsewhere.record.id != made.record.id
    with pytest.raises(IdempotencyKeyReused):
        await office.counter.book(HERE, event, "user124", 1, key_by(HERE, fingerprint=b"something else"))
    assert await sold(office, event) == 2


# Looking and cancelling


async def test_a_cancelled_booking_gives_its_tickets_back(office: BoxOffice, event: EventId) -> None:
    booking = await booked(office, event, count=2)
    office.clock.advance(timedelta(minutes=5))

    cancelled = await office.counter.cancel(HERE, booking.record.id)

    assert cancelled.record.status is BookingStatus.CANCELLED
    assert (cancelled.guest_name, cancelled.record.id) == ("user123", booking.record.id)
    assert cancelled.record.updated_at - cancelled.record.booked_at == timedelta(minutes=5)
    assert await available(office, event) == 10
    with pytest.raises(AlreadyCancelled):
        await office.counter.cancel(HERE, booking.record.id)
    await booked(office, event, count=2)


async def test_no_booking_but_those_of_its_own_guests_is_known_at_a_counter(
    office: BoxOffice, event: EventId, ann: UserId
) -> None:
    guests = await booked(office, event)
    await office.buy(ann, event, 1)
    [anns] = await office.sale.bookings(ann)
    asked: list[tuple[CounterId, BookingId]] = [
        (THERE, guests.record.id),
        (OPEN_COUNTER, guests.record.id),
        (HERE, anns.id),
        (OPEN_COUNTER, anns.id),
        (HERE, a_booking_id()),
    ]

    for counter, booking_id in asked:
        with pytest.raises(NoSuchBooking):
            await office.counter.booking(counter, booking_id)
        with pytest.raises(NoSuchBooking):
            await office.counter.cancel(counter, booking_id)

    assert await sold(office, event) == 2


async def test_a_guests_booking_is_none_of_other_users_business_but_admins(
    office: BoxOffice, event: EventId, ann: UserId
) -> None:
    booking = await booked(office, event)

    with pytest.raises(NoSuchBooking):
        await office.bookings.get(await identity(office, ann), booking.record.id)


async def test_a_guest_called_like_a_users_id_is_not_that_user(office: BoxOffice, event: EventId, ann: UserId) -> None:
    booking = await booked(office, event, ann)

    assert booking.record.user_id != ann
    assert await office.sale.bookings(ann) == []
    assert await office.database.guests.get(a_user_id()) is None
