"""The promises of the events repository."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from booked.domain.errors import EventUsed, NoSuchCategory, NoSuchVenue
from booked.domain.model.ids import EventId
from booked.domain.model.money import PRICE_MOST
from booked.domain.model.people.users import User
from booked.domain.model.programme.cancellation import NEVER, CancellationPolicy, CancellationTerms, FormerTerms
from booked.domain.model.programme.events import Event, EventStatus
from booked.domain.model.programme.search import EventPage
from booked.domain.model.programme.ticket_types import standard_plan
from booked.domain.model.programme.times import ALWAYS, SalesWindow
from booked.domain.model.programme.venues import Coordinates
from booked.domain.model.sale.bookings import Verdict
from booked.domain.model.sale.holds import LAST_EPOCH, Ledger, house_of
from booked.ports.database import Database
from tests.builders import OPENING, a_category, a_claim, a_venue, an_entry, an_event, an_event_id

LATE = timedelta(seconds=0.3)  # a call that is free to go on is done by then


async def add_starting(database: Database, *hours: int) -> list[Event]:
    """Events that start so many hours after the season's opening."""
    events = [an_event(starts_at=OPENING + timedelta(hours=after)) for after in hours]
    for event in events:
        await database.events.add(event)
    return events


def ids(page: EventPage) -> set[EventId]:
    return {event.id for event in page.events}


# Adding, changing, withdrawing


@pytest.mark.parametrize(
    "event",
    [
        an_event(),
        an_event(
            ends_at=OPENING + timedelta(hours=2),
            sales=SalesWindow(OPENING - timedelta(days=9), OPENING),
            currency="JPY",
        ),
        an_event(artist="Sigur Rós", tour_name="World Tour '27", sales=SalesWindow(end=OPENING)),
        an_event(coordinates=Coordinates(-33.8568, 151.2153), ticket_limit=6),
        an_event(coordinates=Coordinates(0.0, 0.0), description="Line\none\ttwo \N{PERFORMING ARTS}"),
        an_event(seats=10_000_000),
    ],
)
async def test_an_event_is_found_as_it_was_added(database: Database, event: Event) -> None:
    await database.events.add(event)

    assert await database.events.get(event.id) == event


async def test_events_are_found_together_as_each_alone(database: Database) -> None:
    venue = a_venue()
    await database.venues.add(venue)
    draft, placed, called_off = an_event(status=EventStatus.DRAFT), an_event(venue_id=venue.id), an_event()
    for event in (draft, placed, called_off):
        await database.events.add(event)
    await database.events.set_status(called_off.id, EventStatus.CANCELLED)
    wanted = [placed.id, an_event_id(), draft.id, placed.id, called_off.id]

    found = await database.events.found_all(wanted)

    assert found == {event.id: await database.events.found(event.id) for event in (draft, placed, called_off)}
    assert await database.events.found_all([]) == {}


async def test_an_unknown_event_is_not_on_sale(database: Database, show: Event) -> None:
    event_id = an_event_id()

    async with database.transaction() as unit:
        assert await unit.events.lock(event_id) is None
        assert await unit.events.lock_any(event_id) is None
    assert await database.events.get(event_id) is None
    assert await database.ledgers.get(event_id) is None
    assert await database.ledgers.next_epoch(event_id) is None
    assert await database.ledgers.sold_tickets(event_id) is None


async def test_what_an_organizer_changes_is_kept(database: Database, show: Event, ann: User) -> None:
    await database.bookings.commit(a_claim(show.id, ann.id, {1, 2}))
    async with database.transaction() as unit:
        event = await unit.events.lock(show.id)
        assert event is not None
        changed = replace(
            event,
            name="Matinee",
            starts_at=OPENING + timedelta(days=1),
            address="Side Street 2",
            description="",
            coordinates=Coordinates(48.2, 16.37),
            ticket_limit=6,
            ends_at=OPENING + timedelta(days=2),
            sales=SalesWindow(OPENING - timedelta(days=30), OPENING),
            cancellation=CancellationPolicy(
                CancellationTerms(OPENING - timedelta(days=1), 250),
                (
                    FormerTerms(OPENING - timedelta(microseconds=1), CancellationTerms(None, 0)),
                    FormerTerms(OPENING, CancellationTerms(NEVER, PRICE_MOST)),
                ),
            ),
            artist="The Weavers",
            tour_name="Last Tour",
            currency="CHF",
        )
        await unit.events.save(changed)

    assert await database.events.get(show.id) == replace(changed, version=event.version + 1)


async def test_saving_an_event_leaves_alone_how_many_tickets_there_are_and_were_sold(
    database: Database, show: Event, ann: User
) -> None:
    before = await database.events.get(show.id)
    assert before is not None
    await database.bookings.commit(a_claim(show.id, ann.id, {1, 2}))

    await database.events.save(replace(before, name="Matinee", sold=19, seat_count=30))

    after = await database.events.get(show.id)
    assert after == replace(before, name="Matinee", sold=2, version=before.version + 1)


async def test_saving_an_event_leaves_alone_its_status_and_version(database: Database, show: Event) -> None:
    before = await database.events.get(show.id)
    assert before is not None

    await database.events.save(replace(before, status=EventStatus.DRAFT, version=9, blocked=5))
    await database.events.save(replace(before, name="Matinee"))

    assert await database.events.get(show.id) == replace(before, name="Matinee", version=3)


@pytest.mark.parametrize("status", sorted(set(EventStatus) - {EventStatus.PUBLISHED}))
async def test_an_event_that_is_not_published_is_not_on_sale(
    database: Database, ann: User, status: EventStatus
) -> None:
    event = an_event(status=status)
    await database.events.add(event)

    assert await database.events.get(event.id) is None
    assert await database.ledgers.get(event.id) is None
    assert await database.ledgers.next_epoch(event.id) is None
    assert await database.ledgers.sold_tickets(event.id) is None
    assert await database.ledgers.on_sale(None, 10) == []
    assert await database.events.page(10, None) == EventPage([], None)
    assert await database.bookings.commit(a_claim(event.id, ann.id)) is Verdict.WITHDRAWN
    async with database.transaction() as unit:
        assert await unit.events.lock(event.id) is None
        locked = await unit.events.lock_any(event.id)
    assert locked is not None
    assert locked.status is status


async def test_an_event_that_is_published_is_on_sale(database: Database, ann: User) -> None:
    event = an_event(status=EventStatus.DRAFT)
    await database.events.add(event)

    await database.events.set_status(event.id, EventStatus.PUBLISHED)

    published = await database.events.get(event.id)
    assert published is not None
    assert (published.status, published.version) == (EventStatus.PUBLISHED, 2)
    assert await database.bookings.commit(a_claim(event.id, ann.id)) is Verdict.BOOKED


@pytest.mark.parametrize("status", [EventStatus.POSTPONED, EventStatus.CANCELLED, EventStatus.COMPLETED])
async def test_a_claim_from_before_an_event_left_the_sale_never_commits(
    database: Database, show: Event, ann: User, status: EventStatus
) -> None:
    await database.events.set_status(show.id, status)
    meanwhile = await database.bookings.commit(a_claim(show.id, ann.id, {1}, epoch=0))
    await database.events.set_status(show.id, EventStatus.PUBLISHED)

    old = await database.bookings.commit(a_claim(show.id, ann.id, {1}, epoch=0))
    new = await database.bookings.commit(a_claim(show.id, ann.id, {1}, epoch=1))

    assert (meanwhile, old, new) == (Verdict.WITHDRAWN, Verdict.STALE_EPOCH, Verdict.BOOKED)


async def test_a_status_that_an_event_has_already_changes_nothing(database: Database, show: Event) -> None:
    before = (await database.events.get(show.id), await database.ledgers.get(show.id))

    await database.events.set_status(show.id, EventStatus.PUBLISHED)

    assert (await database.events.get(show.id), await database.ledgers.get(show.id)) == before


async def test_the_epoch_of_an_event_that_is_not_on_sale_is_older_than_its_next_one(
    database: Database, show: Event
) -> None:
    await database.ledgers.next_epoch(show.id)
    on_sale = await database.ledgers.withdrawn_epoch(show.id)

    await database.events.set_status(show.id, EventStatus.POSTPONED)
    postponed = await database.ledgers.withdrawn_epoch(show.id)
    await database.events.set_status(show.id, EventStatus.PUBLISHED)

    assert (on_sale, postponed) == (None, 2)
    assert await database.ledgers.withdrawn_epoch(show.id) is None
    assert await database.ledgers.next_epoch(show.id) == 3
    assert await database.ledgers.withdrawn_epoch(an_event_id()) == LAST_EPOCH


async def test_a_withdrawn_event_is_off_sale_for_good(database: Database, show: Event) -> None:
    await database.events.set_status(show.id, EventStatus.CANCELLED)

    assert await database.events.get(show.id) is None
    assert await database.ledgers.get(show.id) is None
    assert await database.ledgers.next_epoch(show.id) is None
    assert await database.ledgers.sold_tickets(show.id) is None
    assert await database.ledgers.on_sale(None, 10) == []
    assert await database.events.page(10, None) == EventPage([], None)
    async with database.transaction() as unit:
        assert await unit.events.lock(show.id) is None


async def test_no_claim_commits_at_a_withdrawn_event(database: Database, show: Event, ann: User) -> None:
    await database.events.set_status(show.id, EventStatus.CANCELLED)

    verdicts = [await database.bookings.commit(a_claim(show.id, ann.id, epoch=epoch)) for epoch in (0, 1)]

    assert verdicts == [Verdict.WITHDRAWN] * 2


async def test_a_locked_event_is_not_sold_by_others_until_the_transaction_ends(
    database: Database, show: Event, ann: User
) -> None:
    async with database.transaction() as unit:
        await unit.events.lock(show.id)
        sale = asyncio.create_task(database.bookings.commit(a_claim(show.id, ann.id, {1})))
        done, _ = await asyncio.wait({sale}, timeout=LATE.total_seconds())
        ledger = await unit.ledgers.get(show.id)

    assert not done
    assert ledger is not None
    assert ledger.sold == 0
    assert await sale is Verdict.BOOKED


async def test_an_event_of_any_status_can_be_locked(database: Database) -> None:
    event = an_event(status=EventStatus.DRAFT)
    await database.events.add(event)

    async def publish() -> None:
        async with database.transaction() as unit:
            await unit.events.lock_any(event.id)
            await unit.events.set_status(event.id, EventStatus.PUBLISHED)

    async with database.transaction() as unit:
        await unit.events.lock_any(event.id)
        publishing = asyncio.create_task(publish())
        done, _ = await asyncio.wait({publishing}, timeout=LATE.total_seconds())
        found = await unit.events.found(event.id)

    await publishing
    assert not done
    assert found is not None
    assert found.event.status is EventStatus.DRAFT
    assert await database.events.get(event.id) is not None


async def test_increases_that_happen_at_once_all_count(database: Database, show: Event) -> None:
    async def add_a_seat() -> None:
        async with database.transaction() as unit:
            event = await unit.events.lock(show.id)
            assert event is not None
            await unit.ticket_plans.save(event.id, standard_plan(event.seat_count + 1))

    await asyncio.gather(*(add_a_seat() for _ in range(16)))

    event = await database.events.get(show.id)
    assert event is not None
    assert event.seat_count == show.seat_count + 16
    assert await database.ticket_plans.get(show.id) == standard_plan(show.seat_count + 16)


# Lists


async def test_events_are_listed_in_the_order_of_their_start(database: Database) -> None:
    third, first, second = await add_starting(database, 3, 1, 2)

    page = await database.events.page(10, None)

    assert [event.id for event in page.events] == [first.id, second.id, third.id]
    assert page.next_start is None


async def test_a_page_says_where_the_next_one_starts(database: Database) -> None:
    first, second, third = await add_starting(database, 1, 2, 3)

    page = await database.events.page(2, None)
    following = await database.events.page(2, page.next_start)

    assert page.next_start == third.starts_at
    assert ids(page) == {first.id, second.id}
    assert ids(following) == {third.id}
    assert following.next_start is None


async def test_a_page_never_ends_amid_events_that_start_together(database: Database) -> None:
    events = await add_starting(database, 1, 2, 2, 2, 3)

    page = await database.events.page(2, None)

    assert ids(page) == {event.id for event in events[:4]}
    assert page.next_start == events[4].starts_at


async def test_a_page_starts_with_events_at_its_very_moment(database: Database) -> None:
    _, second, third = await add_starting(database, 1, 2, 3)

    page = await database.events.page(10, second.starts_at)

    assert ids(page) == {second.id, third.id}


async def test_paging_shows_every_event_once(database: Database) -> None:
    events = await add_starting(database, *(hour % 7 for hour in range(20)))
    seen: list[EventId] = []

    page = await database.events.page(3, None)
    while page.next_start is not None:
        seen += [event.id for event in page.events]
        page = await database.events.page(3, page.next_start)
    seen += [event.id for event in page.events]

    assert sorted(seen) == sorted(event.id for event in events)


async def test_behind_the_last_event_there_is_an_empty_page(database: Database, show: Event) -> None:
    page = await database.events.page(10, show.starts_at + timedelta(seconds=1))

    assert page == EventPage([], None)


async def test_events_on_sale_are_named_in_ascending_order(database: Database) -> None:
    events = sorted(event.id for event in await add_starting(database, 4, 3, 2, 1))
    await database.events.set_status(events[2], EventStatus.CANCELLED)

    assert await database.ledgers.on_sale(None, 10) == [events[0], events[1], events[3]]
    assert await database.ledgers.on_sale(None, 2) == [events[0], events[1]]
    assert await database.ledgers.on_sale(events[1], 2) == [events[3]]
    assert await database.ledgers.on_sale(events[2], 2) == [events[3]]
    assert await database.ledgers.on_sale(events[3], 2) == []


async def test_events_on_sale_are_told_with_their_counts_a_page_at_a_time(database: Database) -> None:
    events = sorted(event.id for event in await add_starting(database, 3, 2, 1))
    await database.ledgers.next_epoch(events[1])

    everything = await database.ledgers.counts_on_sale(None, 10)
    second = await database.ledgers.counts_on_sale(events[0], 1)

    assert everything == [(event_id, await database.ledgers.get(event_id)) for event_id in events]
    assert second == everything[1:2]
    assert await database.ledgers.counts_on_sale(events[2], 10) == []


async def test_events_on_sale_that_have_ended_are_those_to_complete(database: Database) -> None:
    now = (await database.now()).replace(microsecond=0)
    hour = timedelta(hours=1)
    last, first = [an_event(starts_at=now - 9 * hour, ends_at=now - ago * hour) for ago in (1, 2)]
    others = [
        an_event(starts_at=now - 9 * hour, ends_at=now + hour),
        an_event(starts_at=now - 9 * hour),
        *(
            an_event(starts_at=now - 9 * hour, ends_at=now - hour, status=status)
            for status in EventStatus
            if status is not EventStatus.PUBLISHED
        ),
    ]
    for event in (last, *others, first):
        await database.events.add(event)

    assert await database.ledgers.ended(10) == [first.id, last.id]
    assert await database.ledgers.ended(1) == [first.id]


# Counts


async def test_the_ledger_counts_what_the_event_has_sold(database: Database, ann: User) -> None:
    event = an_event(seats=30, ticket_limit=8)
    await database.events.add(event)
    before = await database.ledgers.get(event.id)
    await database.bookings.commit(a_claim(event.id, ann.id, {1, 2, 3}))
    await database.bookings.cancel(event.id, ann.id, [2])
    await database.ledgers.next_epoch(event.id)

    after = await database.ledgers.get(event.id)

    assert before == Ledger(epoch=0, capacity=30, sold=0, released=0, ticket_limit=8, waiting=0, waiting_version=0)
    assert after == replace(before, epoch=1, sold=2, released=1)


async def test_the_ledger_has_the_terms_of_sale(database: Database) -> None:
    event = an_event(ticket_limit=8, sales=SalesWindow(OPENING - timedelta(days=30), OPENING))
    await database.events.add(event)

    ledger = await database.ledgers.get(event.id)
    sold = await database.ledgers.sold_tickets(event.id)

    assert ledger is not None
    assert sold is not None
    assert (ledger.ticket_limit, ledger.sales) == (8, event.sales)
    assert sold.ledger == ledger


@pytest.mark.parametrize(
    ("sales", "end"),
    [
        (ALWAYS, OPENING + timedelta(hours=2)),
        (SalesWindow(None, OPENING), OPENING),
        (SalesWindow(OPENING - timedelta(days=1), OPENING + timedelta(hours=3)), OPENING + timedelta(hours=2)),
    ],
)
async def test_the_ledgers_sales_end_when_the_event_does_or_before(
    database: Database, sales: SalesWindow, end: datetime
) -> None:
    event = an_event(ends_at=OPENING + timedelta(hours=2), sales=sales)
    await database.events.add(event)

    ledger = await database.ledgers.get(event.id)

    assert ledger is not None
    assert ledger.sales == SalesWindow(sales.start, end)


async def test_every_epoch_is_given_out_once(database: Database, show: Event) -> None:
    epochs = await asyncio.gather(*(database.ledgers.next_epoch(show.id) for _ in range(12)))

    assert sorted(epoch for epoch in epochs if epoch) == list(range(1, 13))
    ledger = await database.ledgers.get(show.id)
    assert ledger is not None
    assert ledger.epoch == 12


async def test_tickets_that_were_sold_once_and_are_not_now_are_counted_while_somebody_waits(
    database: Database, show: Event, ann: User, ben: User
) -> None:
    await database.bookings.commit(a_claim(show.id, ann.id, {1, 2, 3}))
    async with database.transaction() as unit:
        await unit.events.lock(show.id)
        await unit.bookings.cancel(show.id, ann.id, [1, 2])
    await database.bookings.commit(a_claim(show.id, ben.id, {2, 4}))
    nobody_waits = await database.ledgers.sold_tickets(show.id)
    async with database.transaction() as unit:
        await unit.events.lock(show.id)
        await unit.waitlist.add(an_entry(show.id, ann.id, 2))

    somebody_waits = await database.ledgers.sold_tickets(show.id)

    assert nobody_waits is not None
    assert somebody_waits is not None
    assert (nobody_waits.came_back, somebody_waits.came_back) == (0, 1)


async def test_sold_tickets_come_as_ranges_that_could_not_be_longer(
    database: Database, show: Event, ann: User, ben: User
) -> None:
    await database.bookings.commit(a_claim(show.id, ann.id, {1, 2, 5}))
    await database.bookings.commit(a_claim(show.id, ben.id, {6, 7, 3, 11, 20}))
    await database.bookings.cancel(show.id, ann.id, [2])

    sold = await database.ledgers.sold_tickets(show.id)

    assert sold is not None
    assert list(sold.ranges) == [(1, 1), (3, 3), (5, 7), (11, 11), (20, 20)]
    assert sold.ledger == await database.ledgers.get(show.id)
    assert (sold.ledger.sold, sold.ledger.released) == (7, 1)


async def test_what_was_sold_is_known_of_an_event_that_is_not_on_sale(
    database: Database, show: Event, ann: User
) -> None:
    await database.bookings.commit(a_claim(show.id, ann.id, {1, 2, 5}))
    await database.bookings.commit(a_claim(show.id, house_of(show.id), {6, 20}))
    await database.events.set_status(show.id, EventStatus.COMPLETED)

    assert await database.ledgers.sold_among(show.id, [20, 1, 6, 7, 2, 3]) == {1, 2, 6, 20}
    assert await database.ledgers.sold_among(show.id, []) == frozenset()
    assert await database.ledgers.sold_among(an_event_id(), [1]) == frozenset()


async def test_an_event_that_sold_nothing_has_no_ranges(database: Database, show: Event) -> None:
    sold = await database.ledgers.sold_tickets(show.id)

    assert sold is not None
    assert (list(sold.ranges), list(sold.per_user)) == ([], [])


async def test_an_event_with_a_limit_says_how_many_tickets_each_user_has(
    database: Database, ann: User, ben: User
) -> None:
    event = an_event(ticket_limit=4)
    await database.events.add(event)
    await database.bookings.commit(a_claim(event.id, ann.id, {1, 2, 3}))
    await database.bookings.commit(a_claim(event.id, ben.id, {4}))
    await database.bookings.cancel(event.id, ann.id, [1])
    await database.bookings.cancel(event.id, ben.id, [4])

    sold = await database.ledgers.sold_tickets(event.id)

    assert sold is not None
    assert dict(sold.per_user) == {ann.id: 2}


async def test_the_house_is_nobody_who_has_tickets(database: Database, ann: User) -> None:
    event = an_event(ticket_limit=4)
    await database.events.add(event)
    await database.bookings.commit(a_claim(event.id, house_of(event.id), range(1, 11)))
    await database.bookings.commit(a_claim(event.id, ann.id, {15}))

    sold = await database.ledgers.sold_tickets(event.id)

    assert sold is not None
    assert list(sold.ranges) == [(1, 10), (15, 15)]
    assert dict(sold.per_user) == {ann.id: 1}


async def test_counts_and_sold_tickets_are_of_one_moment(database: Database, ann: User) -> None:
    event = an_event(seats=60)
    await database.events.add(event)

    async def sell() -> None:
        for number in range(1, 41):
            await database.bookings.commit(a_claim(event.id, ann.id, {number}))

    selling = asyncio.create_task(sell())
    while not selling.done():
        sold = await database.ledgers.sold_tickets(event.id)
        assert sold is not None
        assert sold.ledger.sold == sum(last - first + 1 for first, last in sold.ranges)
        await asyncio.sleep(0)
    await selling


# Removing


async def remove(database: Database, event: Event) -> None:
    async with database.transaction() as unit:
        assert await unit.events.lock_any(event.id)
        await unit.events.remove(event.id)


async def test_a_removed_event_is_gone_with_its_ticket_types_and_what_the_house_has(database: Database) -> None:
    event = an_event(seats=20)
    await database.events.add(event)
    house = house_of(event.id)
    assert await database.bookings.commit(a_claim(event.id, house, {1, 2, 3})) is Verdict.BOOKED
    await database.bookings.cancel(event.id, house, [2])

    await remove(database, event)

    assert await database.events.found(event.id) is None
    assert await database.ticket_plans.get(event.id) is None
    assert await database.ledgers.sold_among(event.id, [1, 3]) == frozenset()
    assert await database.ledgers.withdrawn_epoch(event.id) == LAST_EPOCH
    assert event.id not in await database.ledgers.on_sale(None, 100)


async def test_an_event_that_somebody_booked_stays_also_after_a_cancellation(
    database: Database, show: Event, ann: User
) -> None:
    await database.bookings.commit(a_claim(show.id, ann.id, {1}))
    with pytest.raises(EventUsed):
        await remove(database, show)

    await database.bookings.cancel(show.id, ann.id, [1])
    with pytest.raises(EventUsed):
        await remove(database, show)

    assert await database.events.get(show.id) is not None


async def test_an_event_that_somebody_began_to_book_stays(database: Database, show: Event, ann: User) -> None:
    await database.bookings.void(a_claim(show.id, ann.id, {1}))

    with pytest.raises(EventUsed):
        await remove(database, show)

    assert await database.ticket_plans.get(show.id) == standard_plan(show.seat_count)


async def test_an_event_that_somebody_waited_for_stays(database: Database, show: Event, ann: User) -> None:
    await database.waitlist.add(an_entry(show.id, ann.id))
    async with database.transaction() as unit:
        await unit.events.lock_any(show.id)
        await unit.waitlist.close_all(show.id)

    with pytest.raises(EventUsed):
        await remove(database, show)


async def test_nothing_of_a_removed_event_can_be_booked_or_waited_for(database: Database, ann: User) -> None:
    event = an_event()
    await database.events.add(event)
    await remove(database, event)

    claim = a_claim(event.id, ann.id, {1})

    assert await database.bookings.commit(claim) is Verdict.WITHDRAWN
    assert await database.bookings.void(claim) is Verdict.VOID
    assert await database.ledgers.next_epoch(event.id) is None


async def test_an_event_that_refers_to_what_is_gone_is_not_kept(database: Database, show: Event) -> None:
    venue, category = a_venue(), a_category()
    for event, error in (
        (an_event(venue_id=venue.id), NoSuchVenue),
        (an_event(category_id=category.id), NoSuchCategory),
    ):
        with pytest.raises(error):
            await database.events.add(event)

        assert await database.events.found(event.id) is None
    with pytest.raises(NoSuchCategory):
        await database.events.save(replace(show, category_id=category.id))
