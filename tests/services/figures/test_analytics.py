"""Figures for organizers: of which events, and what they say."""

from datetime import date, datetime, timedelta

import pytest

from booked.domain.errors import NoEventFound, NotYourOrganization
from booked.domain.model.figures.analytics import DAYS_MOST, DayFigures, DayTotals, Funnel, by_day, by_type
from booked.domain.model.ids import EventId, UserId
from booked.domain.model.people.users import User
from booked.domain.model.programme.events import EventStatus
from booked.domain.model.programme.ticket_types import TypeSales, lay_out
from booked.domain.model.sale.reservations import TicketRequest
from tests.builders import TTL, an_event_id
from tests.memory.clock import NEW_YEAR
from tests.services.box_office import BoxOffice
from tests.services.stage import BALCONY, LAYOUT, STALLS, STANDING, TYPES, Staff, identity, put_on, seats, staff, these


@pytest.fixture
async def crew(office: BoxOffice) -> Staff:
    return await staff(office)


@pytest.fixture
async def hall(office: BoxOffice, crew: Staff) -> EventId:
    return await put_on(office, crew.organization_id)


# What an event's counters tell


async def test_a_report_has_sales_by_type_and_by_day_and_what_became_of_reservations(
    office: BoxOffice, hall: EventId, crew: Staff, ann: UserId, ben: UserId
) -> None:
    owner = await identity(office, ann)
    booking = await office.bookings.book_now(ann, hall, these(hall, 1, 2, 21))
    await office.reservations.make(ann, hall, TicketRequest(2, STANDING))
    office.clock.advance(TTL)
    given_back = await office.reservations.make(ben, hall, TicketRequest(3, STANDING))
    await office.reservations.give_back(ben, given_back.reservation.id)
    office.clock.advance(timedelta(days=1))
    await office.bookings.remove_seat(owner, booking.record.id, seats(hall, 2)[0])
    await office.bookings.book_now(ben, hall, TicketRequest(4, STANDING))
    await office.reservations.make(ben, hall, TicketRequest(1, BALCONY))

    report = await office.analytics.report(crew.ora, hall)

    totals = report.totals
    assert (totals.booked, totals.cancelled, totals.sold, totals.revenue) == (7, 1, 6, 3990 + 2990 + 4 * 1500)
    assert totals.cancellation_rate == 1 / 7
    assert (report.held, report.available) == (1, 43)
    assert [
        (one.sales.type.name, one.sales.sold, one.held, one.sales.available, one.booked, one.cancelled, one.revenue)
        for one in report.types
    ] == [
        ("Stalls", 1, 0, 19, 2, 1, 3990),
        ("Balcony", 1, 1, 8, 1, 0, 2990),
        ("Standing", 4, 0, 16, 4, 0, 6000),
    ]
    assert [one.cancellation_rate for one in report.types] == [0.5, 0.0, 0.0]
    today = NEW_YEAR.date()
    assert report.days == [
        DayTotals(today, booked=3, cancelled=0, revenue=2 * 3990 + 2990, refunded=0),
        DayTotals(today + timedelta(days=1), booked=4, cancelled=1, revenue=6000, refunded=3990),
    ]
    assert report.funnel == Funnel(reserved=13, booked=7, lapsed=2, given_back=3)


async def test_a_report_has_the_hours_of_one_of_its_days(
    office: BoxOffice, hall: EventId, crew: Staff, ann: UserId
) -> None:
    await office.bookings.book_now(ann, hall, TicketRequest(2, STANDING))
    office.clock.advance(timedelta(days=1, hours=3))
    await office.bookings.book_now(ann, hall, TicketRequest(1, STANDING))
    first = NEW_YEAR.date()

    async def hours(timezone: str, day: date | None) -> dict[datetime, int]:
        report = await office.analytics.report(crew.ora, hall, timezone, day)
        return {each.since: each.booked for each in report.hours}

    latest, of_first = await hours("UTC", None), await hours("UTC", first)
    in_tokyo = await hours("Asia/Tokyo", (NEW_YEAR + timedelta(hours=9)).date())

    assert latest == await hours("UTC", first + timedelta(days=1))
    assert [len(latest), len(of_first), len(in_tokyo)] == [24, 24, 24]
    assert {since: booked for since, booked in latest.items() if booked} == {
        (NEW_YEAR + timedelta(days=1, hours=3)).replace(minute=0, second=0, microsecond=0): 1
    }
    assert sum(of_first.values()) == sum(in_tokyo.values()) == 2
    assert await hours("UTC", first + timedelta(days=2)) == await hours("UTC", date.min) == {}


async def test_blocked_seats_are_nobodys_and_bring_in_nothing(office: BoxOffice, hall: EventId, crew: Staff) -> None:
    await office.blocking.block(crew.ora, hall, seats(hall, 1, 2))

    report = await office.analytics.report(crew.ora, hall)

    assert (report.totals.sold, report.totals.booked, report.totals.revenue) == (0, 0, 0)
    assert report.totals.event.blocked == 2
    assert [(one.sales.sold, one.sales.blocked, one.sales.available) for one in report.types] == [
        (0, 2, 18),
        (0, 0, 10),
        (0, 0, 20),
    ]
    assert (report.held, report.available, report.days, report.funnel) == (0, 48, [], Funnel(0, 0, 0, 0))


@pytest.mark.parametrize("status", [status for status in EventStatus if status is not EventStatus.PUBLISHED])
async def test_of_an_event_that_is_not_on_sale_nothing_is_held_nor_available(
    office: BoxOffice, crew: Staff, ann: UserId, status: EventStatus
) -> None:
    event_id = await put_on(office, crew.organization_id, status=EventStatus.DRAFT)
    if status is not EventStatus.DRAFT:
        await office.events.go_on_as(event_id, EventStatus.PUBLISHED)
        await office.bookings.book_now(ann, event_id, TicketRequest(2, STALLS))
        await office.events.go_on_as(event_id, status)

    report = await office.analytics.report(crew.ora, event_id)

    assert (report.held, report.available) == (0, 0)
    booked = 0 if status is EventStatus.DRAFT else 2
    assert report.funnel == Funnel(reserved=booked, booked=booked, lapsed=0, given_back=0)
    assert [(one.held, one.sales.available) for one in report.types] == [(0, 0)] * 3
    [overview] = await office.analytics.overview(crew.ora, None, 10)
    assert overview.available == 0


async def test_an_event_that_nobody_asked_for_yet_is_reported_on(office: BoxOffice, hall: EventId, crew: Staff) -> None:
    report = await office.analytics.report(crew.ora, hall)

    assert (report.held, report.available, report.funnel) == (0, 50, Funnel(0, 0, 0, 0))
    assert report.totals.cancellation_rate == 0.0


async def test_only_organizers_of_an_event_and_admins_are_told_its_figures(
    office: BoxOffice, hall: EventId, crew: Staff
) -> None:
    assert (await office.analytics.report(crew.root, hall)).totals.event.id == hall

    with pytest.raises(NotYourOrganization):
        await office.analytics.report(crew.otto, hall)
    with pytest.raises(NoEventFound):
        await office.analytics.report(crew.ora, an_event_id())


# Many events


async def test_everybody_compares_the_events_of_their_organizations_and_admins_all(
    office: BoxOffice, crew: Staff, ann: UserId
) -> None:
    ours = [await put_on(office, crew.organization_id) for _ in range(3)]
    nobodys = await put_on(office)
    await office.bookings.book_now(ann, ours[1], TicketRequest(2, BALCONY))
    await office.reservations.make(ann, ours[1], TicketRequest(3))

    async def events(actor: User, after: EventId | None = None, limit: int = 10) -> list[EventId]:
        return [one.figures.event.id for one in await office.analytics.overview(actor, after, limit)]

    assert await events(crew.ora) == list(reversed(ours))
    assert await events(crew.ora, after=ours[2], limit=1) == [ours[1]]
    assert await events(crew.otto) == []
    assert await events(crew.root) == [nobodys, *reversed(ours)]
    [one] = await office.analytics.overview(crew.ora, ours[2], 1)
    assert (one.figures.sold, one.figures.revenue, one.available) == (2, 2 * 2990, 45)


# Sums


def test_only_the_latest_days_are_shown() -> None:
    first = date(2020, 1, 1)
    figures = [
        DayFigures(first + timedelta(days=day), type_number, booked=1, cancelled=0, revenue=10, refunded=0)
        for day in range(DAYS_MOST + 5)
        for type_number in (1, 2)
    ]

    days = by_day(figures)

    assert len(days) == DAYS_MOST
    assert days[0] == DayTotals(first + timedelta(days=5), booked=2, cancelled=0, revenue=20, refunded=0)
    assert [day.day for day in days] == sorted(day.day for day in days)


def test_a_reading_of_the_two_stores_at_different_moments_makes_no_negative_figure() -> None:
    types = lay_out(TYPES, LAYOUT).types
    sales = [TypeSales(type_, sold=type_.quota, blocked=0, free=1) for type_ in types]

    assert [one.held for one in by_type(sales, [], on_sale=True)] == [0, 0, 0]
