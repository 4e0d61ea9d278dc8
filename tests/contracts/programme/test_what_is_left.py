"""The promises about what is left: prices of types not sold out, available events, and clashes at a venue."""

from datetime import UTC, datetime, timedelta

import pytest

from booked.domain.model.ids import EventId, VenueId
from booked.domain.model.people.users import User
from booked.domain.model.programme.events import Event, EventStatus
from booked.domain.model.programme.search import EventSearch, EventSort, cursor_behind
from booked.domain.model.programme.times import PRESUMED_LENGTH, SalesWindow
from booked.domain.model.sale.bookings import Verdict
from booked.domain.model.sale.holds import house_of
from booked.ports.database import Database
from tests.builders import OPENING, a_claim, an_admission, an_event, an_event_id
from tests.contracts.programme.conftest import Programme

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)
STALLS, CIRCLE = frozenset(range(1, 11)), frozenset(range(11, 21))
AVAILABLE = EventSearch(only_available=True)


async def admission(database: Database, status: EventStatus = EventStatus.PUBLISHED) -> Event:
    """Ten tickets at 15.00 for the time being, and ten at 50.00."""
    event = an_event(status=status)
    await database.events.add(event, an_admission())
    return event


async def price_range(database: Database, event: Event) -> tuple[int | None, int | None]:
    [listed] = await database.events.find(EventSearch(all_drafts=True), None, 10)
    assert await database.events.found(event.id) == listed
    return listed.lowest_price, listed.highest_price


async def sell(database: Database, event: Event, user: User, numbers: frozenset[int]) -> None:
    assert await database.bookings.commit(a_claim(event.id, user.id, numbers)) is Verdict.BOOKED


async def walk(database: Database, search: EventSearch, limit: int) -> list[EventId]:
    """All that a search finds, page by page."""
    seen: list[EventId] = []
    page = await database.events.find(search, None, limit)
    while page:
        seen += [found.event.id for found in page]
        page = await database.events.find(search, cursor_behind(page[-1], search.sort), limit)
    return seen


# Prices


async def test_a_price_counts_as_long_as_a_ticket_of_its_type_is_left(database: Database, ann: User) -> None:
    event = await admission(database)

    await sell(database, event, ann, STALLS - {10})
    almost = await price_range(database, event)
    await sell(database, event, ann, frozenset({10, 11}))
    dear = await price_range(database, event)
    await sell(database, event, ann, CIRCLE - {11})

    assert (almost, dear) == ((1500, 5000), (5000, 5000))
    assert await price_range(database, event) == (None, None)


async def test_a_cancelled_ticket_brings_its_price_back(database: Database, ann: User, ben: User) -> None:
    event = await admission(database)
    await sell(database, event, ann, frozenset({1, 2, 3, 11}))
    await sell(database, event, ben, STALLS - {1, 2, 3})

    async with database.transaction() as unit:
        await unit.events.lock(event.id)
        await unit.bookings.cancel(event.id, ann.id, [3, 11])

    assert await price_range(database, event) == (1500, 5000)
    await sell(database, event, ben, frozenset({3}))
    assert await price_range(database, event) == (5000, 5000)


async def test_a_blocked_ticket_is_not_left(database: Database, ann: User) -> None:
    event = await admission(database)
    house = house_of(event.id)
    await sell(database, event, ann, STALLS - {9, 10})

    await database.bookings.commit(a_claim(event.id, house, {9, 10, 20}))
    blocked = await price_range(database, event)
    async with database.transaction() as unit:
        await unit.events.lock(event.id)
        await unit.bookings.cancel(event.id, house, [10])

    assert blocked == (5000, 5000)
    assert await price_range(database, event) == (1500, 5000)


async def test_to_cancel_nothing_leaves_the_prices(database: Database, ann: User) -> None:
    event = await admission(database)
    await sell(database, event, ann, STALLS)

    async with database.transaction() as unit:
        await unit.events.lock(event.id)
        await unit.bookings.cancel(event.id, ann.id, [20])

    assert await price_range(database, event) == (5000, 5000)


async def test_a_type_that_grows_is_to_be_had_again(database: Database, ann: User) -> None:
    event = an_event(seats=2)
    await database.events.add(event)
    await sell(database, event, ann, frozenset({1, 2}))
    sold_out = await price_range(database, event)

    async with database.transaction() as unit:
        await unit.events.lock(event.id)
        plan = await unit.ticket_plans.get(event.id)
        assert plan is not None
        await unit.ticket_plans.save(event.id, plan.grown_to(3))

    assert sold_out == (None, None)
    assert await price_range(database, event) == (0, 0)


@pytest.mark.parametrize("status", EventStatus)
async def test_an_event_that_is_over_has_no_price(database: Database, status: EventStatus) -> None:
    event = await admission(database, status)

    is_over = status in {EventStatus.CANCELLED, EventStatus.COMPLETED}
    assert await price_range(database, event) == ((None, None) if is_over else (1500, 5000))


async def test_the_prices_of_a_called_off_event_stay_away_when_its_tickets_come_back(
    database: Database, ann: User
) -> None:
    event = await admission(database)
    await sell(database, event, ann, STALLS)

    async with database.transaction() as unit:
        await unit.events.lock_any(event.id)
        await unit.events.set_status(event.id, EventStatus.CANCELLED)
        await unit.bookings.cancel_all(event.id)

    assert await price_range(database, event) == (None, None)


@pytest.mark.parametrize(
    ("sales", "ends_at", "prices"),
    [
        (SalesWindow(None, LONG_AGO), None, (None, None)),
        (SalesWindow(None, OPENING), OPENING, (1500, 5000)),
        (SalesWindow(OPENING - HOUR, OPENING), None, (1500, 5000)),
        (SalesWindow(), LONG_AGO + HOUR, (None, None)),
    ],
)
async def test_prices_are_shown_until_sales_end(
    database: Database, sales: SalesWindow, ends_at: datetime | None, prices: tuple[int | None, int | None]
) -> None:
    event = an_event(starts_at=LONG_AGO, sales=sales, ends_at=ends_at)
    await database.events.add(event, an_admission())

    assert await price_range(database, event) == prices


# Events that can still be had


async def test_available_events_are_on_sale_or_will_be_and_not_sold_out(database: Database, ann: User) -> None:
    on_sale, sold_out = an_event(seats=2), an_event(seats=2)
    soon = an_event(sales=SalesWindow(OPENING - HOUR, OPENING))
    too_late = an_event(starts_at=LONG_AGO, sales=SalesWindow(None, LONG_AGO))
    ended = an_event(starts_at=LONG_AGO, ends_at=LONG_AGO + HOUR)
    others = [an_event(status=status) for status in EventStatus if status is not EventStatus.PUBLISHED]
    for event in (on_sale, sold_out, soon, too_late, ended, *others):
        await database.events.add(event)
    await sell(database, on_sale, ann, frozenset({2}))
    await sell(database, sold_out, ann, frozenset({1, 2}))

    found = await database.events.find(AVAILABLE, None, 100)

    assert {event.event.id for event in found} == {on_sale.id, soon.id}


@pytest.mark.parametrize("sort", EventSort)
@pytest.mark.parametrize("limit", [1, 3, 10])
async def test_pages_of_available_events_neither_skip_nor_repeat(
    database: Database, ann: User, sort: EventSort, limit: int
) -> None:
    events = [an_event(seats=1, starts_at=OPENING + number // 3 * HOUR) for number in range(12)]
    for event in events:
        await database.events.add(event)
    for event in events[1::2]:
        await sell(database, event, ann, frozenset({1}))

    walked = await walk(database, EventSearch(only_available=True, sort=sort), limit)

    assert len(walked) == 6
    assert set(walked) == {event.id for event in events[::2]}


# Clashes


async def put_on(database: Database, venue: VenueId | None, start: datetime, end: datetime | None = None) -> Event:
    event = an_event(venue_id=venue, starts_at=start, ends_at=end)
    await database.events.add(event)
    return event


@pytest.mark.parametrize(
    ("start", "end", "clashes"),
    [
        (OPENING, OPENING + HOUR, True),
        (OPENING - HOUR, OPENING + SECOND, True),
        (OPENING - HOUR, OPENING, False),
        (OPENING + 2 * HOUR - SECOND, None, True),
        (OPENING + 2 * HOUR, None, False),
        (OPENING - PRESUMED_LENGTH + SECOND, None, True),
        (OPENING - PRESUMED_LENGTH, None, False),
        (OPENING - 1000 * HOUR, OPENING + 1000 * HOUR, True),
        (OPENING + HOUR, OPENING + HOUR + SECOND, True),
    ],
)
async def test_events_clash_that_take_place_at_the_same_time(
    database: Database, programme: Programme, start: datetime, end: datetime | None, clashes: bool
) -> None:
    ours = await put_on(database, programme.town_hall.id, OPENING, OPENING + 2 * HOUR)
    theirs = await put_on(database, programme.town_hall.id, start, end)

    assert await database.events.clashes(ours.id, 10) == ([theirs] if clashes else [])
    assert await database.events.clashes(theirs.id, 10) == ([ours] if clashes else [])


async def test_only_published_events_at_one_venue_clash(database: Database, programme: Programme) -> None:
    hall = programme.town_hall.id
    ours = await put_on(database, hall, OPENING)
    await put_on(database, programme.stadium.id, OPENING)
    nowhere, elsewhere = await put_on(database, None, OPENING), await put_on(database, None, OPENING)
    others = [an_event(venue_id=hall, status=status) for status in EventStatus if status is not EventStatus.PUBLISHED]
    for other in others:
        await database.events.add(other)

    for event in (ours, nowhere, elsewhere, *others):
        assert await database.events.clashes(event.id, 10) == []
    assert await database.events.clashes(an_event_id(), 10) == []


async def test_clashes_come_by_their_start_and_are_bounded(database: Database, programme: Programme) -> None:
    hall = programme.town_hall.id
    ours = await put_on(database, hall, OPENING, OPENING + 9 * HOUR)
    later, sooner, soonest = [await put_on(database, hall, OPENING + hours * HOUR) for hours in (3, 2, 1)]

    assert await database.events.clashes(ours.id, 10) == [soonest, sooner, later]
    assert await database.events.clashes(ours.id, 2) == [soonest, sooner]
