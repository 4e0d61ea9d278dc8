"""The promises of the analytics repository."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from booked.domain.model.figures.analytics import EVER_ON_SALE, Cancellations, DayFigures, EventSales, SoldRange
from booked.domain.model.people.users import User
from booked.domain.model.programme.events import Event, EventStatus
from booked.domain.model.sale.holds import Terms, house_of
from booked.ports.database import Database
from tests.builders import OPENING, a_claim, a_venue, an_event, an_organization

NEVER_YET = datetime(9999, 1, 1, tzinfo=UTC)


async def test_events_are_listed_by_how_full_they_are(database: Database, ann: User) -> None:
    full, half, empty, large = an_event(seats=2), an_event(seats=4), an_event(seats=4), an_event(seats=100)
    for event in (empty, large, half, full):
        await database.events.add(event)
    await database.bookings.commit(a_claim(half.id, ann.id, {1, 2}))
    await database.bookings.commit(a_claim(full.id, ann.id, {1, 2}))
    await database.bookings.commit(a_claim(large.id, ann.id, {1, 2, 3}))

    sales = await database.analytics.sales()

    assert sales == [
        EventSales(full.id, seats=2, sold=2, booked_today=2),
        EventSales(half.id, seats=4, sold=2, booked_today=2),
        EventSales(large.id, seats=100, sold=3, booked_today=3),
        EventSales(empty.id, seats=4, sold=0, booked_today=0),
    ]


async def test_without_events_there_are_no_figures(database: Database) -> None:
    assert await database.analytics.sales() == []
    assert await database.analytics.cancellations() == []


async def test_a_ticket_booked_today_counts_even_if_it_was_cancelled(database: Database, ann: User) -> None:
    event = an_event()
    await database.events.add(event)
    await database.bookings.commit(a_claim(event.id, ann.id, {1, 2, 3}))
    await database.bookings.cancel(event.id, ann.id, [1])
    await database.bookings.commit(a_claim(event.id, ann.id, {1}))

    [sales] = await database.analytics.sales()

    assert (sales.sold, sales.booked_today) == (3, 4)


async def test_events_are_listed_by_how_often_their_tickets_are_cancelled(database: Database, ann: User) -> None:
    steady, quarter, all_back, unsold = [an_event() for _ in range(4)]
    for event in (steady, unsold, quarter, all_back):
        await database.events.add(event)
        if event is not unsold:
            await database.bookings.commit(a_claim(event.id, ann.id, {1, 2, 3, 4}))
    await database.bookings.cancel(quarter.id, ann.id, [1])
    async with database.transaction() as unit:
        await unit.events.lock(all_back.id)
        await unit.bookings.cancel_all(all_back.id)

    first, second, *rest = await database.analytics.cancellations()

    assert (first, second) == (Cancellations(all_back.id, 4, 4), Cancellations(quarter.id, 4, 1))
    assert (first.rate, second.rate) == (1.0, 0.25)
    assert {(figures.event_id, figures.booked, figures.rate) for figures in rest} == {
        (steady.id, 4, 0.0),
        (unsold.id, 0, 0.0),
    }


async def test_a_withdrawn_event_has_no_figures(database: Database, ann: User) -> None:
    event = an_event()
    await database.events.add(event)
    await database.bookings.commit(a_claim(event.id, ann.id))
    await database.events.set_status(event.id, EventStatus.CANCELLED)

    assert await database.analytics.sales() == []
    assert await database.analytics.cancellations() == []


@pytest.mark.parametrize("status", [EventStatus.POSTPONED, EventStatus.COMPLETED])
async def test_an_event_that_is_not_on_sale_any_more_has_its_figures_among_those_of_all(
    database: Database, ann: User, status: EventStatus
) -> None:
    event, draft, withdrawn = an_event(), an_event(), an_event()
    for one, becomes in ((event, status), (draft, EventStatus.DRAFT), (withdrawn, EventStatus.CANCELLED)):
        await database.events.add(one)
        await database.bookings.commit(a_claim(one.id, ann.id, {1, 2, 3, 4}))
        await database.bookings.cancel(one.id, ann.id, [1])
        await database.events.set_status(one.id, becomes)

    assert await database.analytics.sales() == []
    assert await database.analytics.sales(EVER_ON_SALE) == [EventSales(event.id, 20, 3, 4, status)]
    assert await database.analytics.cancellations(EVER_ON_SALE) == [Cancellations(event.id, 4, 1, status)]


async def test_voided_claims_were_never_booked(database: Database, ann: User) -> None:
    event = an_event()
    await database.events.add(event)
    await database.bookings.void(a_claim(event.id, ann.id))

    assert await database.analytics.sales() == [EventSales(event.id, 20, 0, 0)]
    assert await database.analytics.cancellations() == [Cancellations(event.id, 0, 0)]


async def test_blocked_tickets_are_neither_sold_nor_seats_that_could_be(
    database: Database, gala: Event, ann: User
) -> None:
    await database.bookings.commit(a_claim(gala.id, house_of(gala.id), {1, 2, 3, 4}))
    await database.bookings.commit(a_claim(gala.id, ann.id, {11, 12, 13, 14}))
    await database.bookings.cancel(gala.id, ann.id, [14])
    await database.bookings.cancel(gala.id, house_of(gala.id), [4])

    assert await database.analytics.sales() == [EventSales(gala.id, seats=17, sold=3, booked_today=4)]
    assert await database.analytics.cancellations() == [Cancellations(gala.id, booked=4, cancelled=1)]


async def test_an_event_that_is_blocked_altogether_is_not_full(database: Database, gala: Event) -> None:
    await database.bookings.commit(a_claim(gala.id, house_of(gala.id), set(range(1, 21))))

    [sales] = await database.analytics.sales()

    assert (sales.seats, sales.sold, sales.capacity_utilisation) == (0, 0, 0.0)


async def test_days_tell_what_happened_to_each_type(database: Database, gala: Event, ann: User) -> None:
    for numbers in ({1, 11}, {2, 3}):
        await database.bookings.commit(a_claim(gala.id, ann.id, numbers), Terms(priced_at=OPENING))
    for number in (2, 3):
        await database.bookings.cancel(gala.id, ann.id, [number])

    stalls, circle = await database.analytics.days(gala.id)

    assert stalls == DayFigures(stalls.day, 1, booked=3, cancelled=2, revenue=6000, refunded=4000)
    assert circle == DayFigures(stalls.day, 2, booked=1, cancelled=0, revenue=5000, refunded=0)


async def test_an_event_at_which_nothing_happened_has_no_days(
    database: Database, gala: Event, show: Event, ann: User
) -> None:
    await database.bookings.commit(a_claim(show.id, ann.id))
    await database.bookings.cancel(gala.id, ann.id, [1, 2])

    assert await database.analytics.days(gala.id) == []


async def test_figures_count_what_was_booked_cancelled_and_brought_in(
    database: Database, gala: Event, ann: User, ben: User
) -> None:
    await database.bookings.commit(a_claim(gala.id, ann.id, {1, 2, 11}), Terms(priced_at=OPENING))
    await database.bookings.commit(a_claim(gala.id, ben.id, {12}))
    await database.bookings.commit(a_claim(gala.id, house_of(gala.id), {20}))
    await database.bookings.cancel(gala.id, ann.id, [2])

    [figures] = await database.analytics.figures(None, None, 10)

    assert (figures.booked, figures.cancelled, figures.sold, figures.revenue) == (4, 1, 3, 12_000)
    assert figures.event == await database.events.get(gala.id)
    assert figures.cancellation_rate == 0.25


async def test_figures_come_newest_event_first_page_by_page(database: Database) -> None:
    organization = an_organization()
    await database.organizations.add(organization)
    events = [an_event(organization_id=organization.id if number % 2 else None) for number in range(5)]
    for event in events:
        await database.events.add(event)
    newest_first = [event.id for event in events[::-1]]

    first = await database.analytics.figures(None, None, 3)
    second = await database.analytics.figures(None, first[-1].event.id, 3)
    theirs = await database.analytics.figures(frozenset({organization.id}), None, 10)
    rest = await database.analytics.figures(frozenset({organization.id}), theirs[0].event.id, 10)
    nobodys = await database.analytics.figures(frozenset(), None, 10)

    assert [figures.event.id for figures in [*first, *second]] == newest_first
    assert [figures.event.id for figures in theirs] == newest_first[1::2]
    assert (rest, nobodys) == (theirs[1:], [])


async def test_figures_are_told_of_every_event_whatever_its_status(database: Database, ann: User) -> None:
    draft, cancelled = an_event(status=EventStatus.DRAFT), an_event()
    for event in (draft, cancelled):
        await database.events.add(event)
    await database.bookings.commit(a_claim(cancelled.id, ann.id))
    await database.events.set_status(cancelled.id, EventStatus.CANCELLED)

    assert [(figures.event.status, figures.booked) for figures in await database.analytics.figures(None, None, 10)] == [
        (EventStatus.CANCELLED, 1),
        (EventStatus.DRAFT, 0),
    ]


async def test_days_are_those_of_a_time_zone(database: Database, gala: Event, ann: User) -> None:
    await database.bookings.commit(a_claim(gala.id, ann.id, {1, 2, 11}))
    await database.bookings.cancel(gala.id, ann.id, [2])
    now = await database.now()

    for timezone in ("UTC", "Pacific/Kiritimati", "Etc/GMT+12", "Asia/Kathmandu"):
        stalls, circle = await database.analytics.days(gala.id, timezone)

        assert stalls.day == circle.day
        # Midnight may come meanwhile.
        assert now.astimezone(ZoneInfo(timezone)).date() - stalls.day in {timedelta(0), timedelta(days=1)}
        assert (stalls.booked, stalls.cancelled, circle.booked) == (2, 1, 1)


async def test_quarters_of_an_hour_add_up_to_the_day(database: Database, gala: Event, show: Event, ann: User) -> None:
    await database.bookings.commit(a_claim(gala.id, ann.id, {1, 2, 11}), Terms(priced_at=OPENING))
    await database.bookings.cancel(gala.id, ann.id, [2])
    await database.bookings.commit(a_claim(gala.id, house_of(gala.id), {20}))
    await database.bookings.commit(a_claim(show.id, ann.id))
    now = await database.now()

    quarters = await database.analytics.quarters(gala.id, now - timedelta(hours=1), now + timedelta(hours=1))
    before = await database.analytics.quarters(gala.id, now - timedelta(days=1), quarters[0].since)
    later = await database.analytics.quarters(gala.id, quarters[-1].since + timedelta(seconds=1), NEVER_YET)

    # A quarter of an hour may end meanwhile.
    assert 1 <= len(quarters) <= 2
    assert all(each.since.timestamp() % 900 == 0 for each in quarters)
    assert sum(each.booked for each in quarters) == 3
    assert sum(each.cancelled for each in quarters) == 1
    assert sum(each.revenue for each in quarters) == 2 * 2000 + 5000
    assert sum(each.refunded for each in quarters) == 2000
    assert before == later == []


async def test_sold_and_blocked_tickets_are_told_in_ranges(database: Database, gala: Event, ann: User) -> None:
    await database.bookings.commit(a_claim(gala.id, ann.id, {1, 2, 3, 5, 8, 9}))
    await database.bookings.commit(a_claim(gala.id, house_of(gala.id), {4, 6, 7, 20}))
    await database.bookings.cancel(gala.id, ann.id, [2])

    ranges = await database.analytics.sold_ranges(gala.id, 19)

    assert ranges == [
        SoldRange(1, 1, blocked=False),
        SoldRange(3, 3, blocked=False),
        SoldRange(4, 4, blocked=True),
        SoldRange(5, 5, blocked=False),
        SoldRange(6, 7, blocked=True),
        SoldRange(8, 9, blocked=False),
    ]
    assert (await database.analytics.sold_ranges(gala.id, 20))[-1] == SoldRange(20, 20, blocked=True)
    assert await database.analytics.sold_ranges(gala.id, 0) == []


async def test_figures_count_what_is_booked_today_where_the_event_is(database: Database, ann: User) -> None:
    venue = a_venue(timezone="Pacific/Kiritimati")
    await database.venues.add(venue)
    own, placed, without = an_event(timezone="Etc/GMT+12"), an_event(venue_id=venue.id), an_event()
    for event in (own, placed, without):
        await database.events.add(event)
        await database.bookings.commit(a_claim(event.id, ann.id, {1, 2}))
        await database.bookings.cancel(event.id, ann.id, [1])

    figures = await database.analytics.figures(None, None, 10, "Asia/Kathmandu")

    # Midnight may come meanwhile to one of the three clocks.
    assert [one.booked_today for one in figures].count(2) >= 2


async def test_figures_know_the_time_zone_of_the_venue(database: Database) -> None:
    venue = a_venue(timezone="Asia/Calcutta")
    await database.venues.add(venue)
    placed, without = replace(an_event(), venue_id=venue.id), an_event()
    for event in (placed, without):
        await database.events.add(event)

    figures = {one.event.id: one.venue_timezone for one in await database.analytics.figures(None, None, 10)}

    assert figures == {placed.id: "Asia/Calcutta", without.id: None}
