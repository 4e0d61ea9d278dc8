"""Putting events on sale, listing, changing and withdrawing them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from booked.domain.errors import (
    EventUsed,
    InvalidEvent,
    NoEventFound,
    NotYourOrganization,
    PreconditionFailed,
    SeatCountReduced,
    StoreReadFailed,
    StoreWriteFailed,
)
from booked.domain.model.ids import EventId, UserId, ticket_ids
from booked.domain.model.programme.events import TICKET_LIMIT_MOST, EventRevision, EventStatus
from booked.domain.model.programme.search import EventPage
from booked.domain.services.programme import events
from booked.domain.services.programme.search import EVENTS_A_PAGE
from tests.builders import OPENING, a_specification, a_venue, an_event, an_event_id
from tests.services.box_office import BoxOffice
from tests.services.stage import put_on, staff


async def test_a_new_event_is_on_sale(office: BoxOffice, ann: UserId) -> None:
    event_id = await office.events.put_on(a_specification(name="Concert", seats=20))

    page = await office.programme.page(10, None)

    assert [(event.id, event.name) for event in page.events] == [(event_id, "Concert")]
    assert page.next_start is None
    assert len(await office.sale.reserve(ann, event_id, 20)) == 20


async def test_an_event_that_makes_no_sense_is_not_kept(office: BoxOffice) -> None:
    with pytest.raises(InvalidEvent):
        await office.events.put_on(a_specification(name=""))

    assert await office.programme.page(10, None) == EventPage([], None)


async def test_every_event_made_has_the_box_offices_ticket_limit() -> None:
    office = BoxOffice(tickets_per_user=6)

    event_id = await office.event()

    assert (await office.ledger(event_id)).ticket_limit == 6


async def test_a_copy_keeps_a_limit_of_its_event_and_no_limit_of_the_operator() -> None:
    office = BoxOffice(tickets_per_user=TICKET_LIMIT_MOST + 1)  # which no organizer could ask for
    people = await staff(office)
    usual = await office.events.put_on(a_specification(organization_id=people.organization_id))
    strict = await office.events.put_on(
        replace(a_specification(organization_id=people.organization_id), ticket_limit=3)
    )

    copies = [(await office.office.copy(people.ora, copied, OPENING)).event for copied in (usual, strict)]

    assert [copy.ticket_limit for copy in copies] == [TICKET_LIMIT_MOST + 1, 3]


async def test_times_of_a_copy_move_by_the_clock_of_the_venue(office: BoxOffice) -> None:
    people = await staff(office)
    venue = a_venue(organization_id=people.organization_id, timezone="Europe/Berlin")
    await office.database.venues.add(venue)
    july, december = datetime(2027, 7, 10, 18, tzinfo=UTC), datetime(2027, 12, 11, 19, tzinfo=UTC)  # both at 20:00
    there = a_specification(organization_id=people.organization_id, starts_at=july)
    timed = replace(there, venue_id=venue.id, sales_start=datetime(2027, 4, 1, 8, tzinfo=UTC))
    event = await office.events.put_on(timed)

    copy = (await office.office.copy(people.ora, event, december)).event

    assert copy.sales.start == datetime(2027, 9, 2, 8, tzinfo=UTC)


async def test_a_list_shows_what_anyone_could_reserve(
    office: BoxOffice, concert: EventId, ann: UserId, ben: UserId
) -> None:
    await office.buy(ann, concert, 5)
    await office.sale.reserve(ben, concert, 3)

    [event] = (await office.programme.page(10, None)).events

    assert (event.sold, await office.programme.available([event])) == (5, [12])


async def test_of_a_cold_event_a_list_shows_what_is_not_sold(office: BoxOffice, concert: EventId, ann: UserId) -> None:
    await office.buy(ann, concert, 5)
    office.holds.flush()

    events = (await office.programme.page(10, None)).events

    assert await office.programme.available(events) == [15]


async def test_a_list_needs_no_hold_store(
    office: BoxOffice, concert: EventId, ann: UserId, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(self: object, event_ids: object) -> None:
        raise StoreReadFailed

    await office.buy(ann, concert, 5)
    monkeypatch.setattr(type(office.holds), "available", fail)

    events = (await office.programme.page(10, None)).events

    assert await office.programme.available(events) == [15]


async def test_pages_follow_each_other(office: BoxOffice) -> None:
    for hour in (1, 2, 3):
        await office.events.put_on(a_specification(starts_at=OPENING + timedelta(hours=hour)))

    first = await office.programme.page(2, None)
    second = await office.programme.page(2, first.next_start)

    starts = [event.starts_at - OPENING for event in [*first.events, *second.events]]
    assert starts == [timedelta(hours=hour) for hour in (1, 2, 3)]
    assert (first.next_start, second.next_start) == (OPENING + timedelta(hours=3), None)


async def test_a_page_has_a_hundred_events_at_most(office: BoxOffice) -> None:
    for second in range(EVENTS_A_PAGE + 1):
        await office.events.put_on(a_specification(starts_at=OPENING + timedelta(seconds=second)))

    page = await office.programme.page(10**9, None)

    assert len(page.events) == EVENTS_A_PAGE == 100
    assert page.next_start is not None


async def test_a_changed_event_is_listed_as_changed(office: BoxOffice, concert: EventId) -> None:
    await office.events.change_on_sale(concert, EventRevision(name="Matinee", latitude=48.2, longitude=16.4))

    [event] = (await office.programme.page(10, None)).events

    assert event.name == "Matinee"
    assert event.coordinates is not None


async def test_an_event_does_not_grow_beyond_its_venue(office: BoxOffice) -> None:
    venue = a_venue(capacity=25)
    await office.database.venues.add(venue)
    event = an_event(seats=20, venue_id=venue.id)
    await office.database.events.add(event)

    await office.events.change_on_sale(event.id, EventRevision(seat_count=25))
    with pytest.raises(InvalidEvent):
        await office.events.change_on_sale(event.id, EventRevision(seat_count=26))

    assert (await office.ledger(event.id)).capacity == 25


async def test_what_is_larger_than_its_venue_can_be_changed_but_does_not_grow(office: BoxOffice) -> None:
    venue = a_venue(capacity=10)
    await office.database.venues.add(venue)
    event = an_event(seats=20, venue_id=venue.id)
    await office.database.events.add(event)

    await office.events.change_on_sale(event.id, EventRevision(name="Matinee", seat_count=20))
    with pytest.raises(InvalidEvent):
        await office.events.change_on_sale(event.id, EventRevision(seat_count=21))

    assert (await office.ledger(event.id)).capacity == 20


async def test_added_seats_can_be_reserved_at_once(office: BoxOffice, concert: EventId, ann: UserId) -> None:
    await office.buy(ann, concert, 20)

    await office.events.change_on_sale(concert, EventRevision(seat_count=30))

    assert len(await office.sale.reserve(ann, concert, 10)) == 10


async def test_added_seats_of_which_the_hold_store_did_not_hear_come_with_the_audit(
    office: BoxOffice, concert: EventId, ann: UserId, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(self: object, event_id: EventId, capacity: int) -> None:
        raise StoreWriteFailed

    await office.buy(ann, concert, 20)
    with monkeypatch.context() as patch:
        patch.setattr(type(office.holds), "grow", fail)
        await office.events.change_on_sale(concert, EventRevision(seat_count=30))

    await office.audit_until_quiet(concert)

    assert len(await office.sale.reserve(ann, concert, 10)) == 10


async def test_seats_cannot_be_taken_away(office: BoxOffice, concert: EventId) -> None:
    with pytest.raises(SeatCountReduced):
        await office.events.change_on_sale(concert, EventRevision(seat_count=19, name="Matinee"))

    [event] = (await office.programme.page(10, None)).events
    assert (event.name, event.seat_count) == ("Concert", 20)


async def test_a_withdrawn_event_sells_nothing_and_its_bookings_are_cancelled(
    office: BoxOffice, concert: EventId, ann: UserId, ben: UserId
) -> None:
    sold = await office.buy(ann, concert, 2)
    reserved = await office.sale.reserve(ben, concert, 2)

    await office.events.withdraw(concert)

    assert await office.programme.page(10, None) == EventPage([], None)
    assert [booking.event.status for booking in await office.sale.bookings(ann)] == [EventStatus.CANCELLED]
    for tickets in (reserved, ticket_ids(concert, sold)):
        with pytest.raises(NoEventFound):
            await office.sale.book(ben, tickets)
    with pytest.raises(NoEventFound):
        await office.sale.reserve(ben, concert, 1)


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "TICKETS_A_STEP", 2)
    monkeypatch.setattr(events, "STEPS_AT_ONCE", 1)


@pytest.mark.usefixtures("small_steps")
async def test_upkeep_gives_back_what_a_withdrawal_leaves(office: BoxOffice, concert: EventId, ann: UserId) -> None:
    await office.buy(ann, concert, 5)
    [booking] = await office.sale.bookings(ann)

    await office.events.withdraw(concert)
    left = await sold_of(office, concert)
    record = await office.database.bookings.get(booking.id)
    with pytest.raises(NoEventFound):
        await office.sale.reserve(ann, concert, 1)
    await office.upkeep.give_back_tickets()

    assert left == 3
    assert record
    assert record.standing == ()
    assert [booking.tickets for booking in await office.sale.bookings(ann)] == [5]
    assert await sold_of(office, concert) == 0
    assert office.observer.named("withdrawing") == [("withdrawing", concert, 1), ("withdrawing", concert, 0)]


@pytest.mark.usefixtures("small_steps")
async def test_who_does_not_lead_gives_nothing_back(office: BoxOffice, concert: EventId, ann: UserId) -> None:
    await office.buy(ann, concert, 5)
    await office.events.withdraw(concert)

    async with office.database.leadership("withdrawals"):
        await office.upkeep.give_back_tickets()

    assert await sold_of(office, concert) == 3


async def sold_of(office: BoxOffice, event_id: EventId) -> int:
    found = await office.database.events.found(event_id)
    assert found
    return found.event.sold


async def test_a_withdrawal_needs_no_hold_store_and_nothing_it_missed_can_be_booked(
    office: BoxOffice, concert: EventId, ann: UserId, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(self: object, event_id: EventId, epoch: int) -> None:
        raise StoreWriteFailed

    tickets = await office.sale.reserve(ann, concert, 2)
    with monkeypatch.context() as patch:
        patch.setattr(type(office.holds), "discard", fail)
        await office.events.withdraw(concert)

    with pytest.raises(NoEventFound):
        await office.sale.book(ann, tickets)


async def test_a_postponed_event_is_not_on_sale_again_before_the_hold_store_has_forgotten_it(
    office: BoxOffice, concert: EventId, ann: UserId, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(self: object, event_id: EventId, epoch: int) -> None:
        raise StoreWriteFailed

    await office.sale.reserve(ann, concert, 2)
    with monkeypatch.context() as patch:
        patch.setattr(type(office.holds), "discard", fail)
        await office.events.go_on_as(concert, EventStatus.POSTPONED)
        with pytest.raises(StoreWriteFailed):
            await office.events.go_on_as(concert, EventStatus.PUBLISHED)
        assert await office.database.events.get(concert) is None

    await office.events.go_on_as(concert, EventStatus.PUBLISHED)

    assert await office.holds.available([concert]) == [None]


async def test_an_event_goes_on_sale_without_the_hold_store(office: BoxOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(self: object, event_id: EventId, epoch: int) -> None:
        raise StoreWriteFailed

    draft = an_event(status=EventStatus.DRAFT)
    await office.database.events.add(draft)

    with monkeypatch.context() as patch:
        patch.setattr(type(office.holds), "discard", fail)
        await office.events.go_on_as(draft.id, EventStatus.PUBLISHED)

    assert await office.database.events.get(draft.id) is not None


async def test_an_event_that_is_not_on_sale_cannot_be_changed_or_withdrawn(office: BoxOffice, concert: EventId) -> None:
    await office.events.withdraw(concert)

    for event_id in (concert, an_event_id()):
        with pytest.raises(NoEventFound):
            await office.events.change_on_sale(event_id, EventRevision(name="Matinee"))
        with pytest.raises(NoEventFound):
            await office.events.withdraw(event_id)


async def test_figures_tell_what_was_sold_and_cancelled(office: BoxOffice, concert: EventId, ann: UserId) -> None:
    await office.buy(ann, concert, 8)
    await office.sale.cancel(ann, concert, 2)

    [sales] = await office.analytics.sales()
    [cancellations] = await office.analytics.cancellations()

    assert (sales.event_id, sales.seats, sales.sold, sales.booked_today) == (concert, 20, 6, 8)
    assert (cancellations.event_id, cancellations.rate) == (concert, 0.25)


async def test_a_ticket_booked_yesterday_was_not_booked_today(office: BoxOffice, concert: EventId, ann: UserId) -> None:
    await office.buy(ann, concert, 8)
    office.clock.advance(timedelta(days=1))
    await office.buy(ann, concert, 1)

    [sales] = await office.analytics.sales()

    assert (sales.sold, sales.booked_today) == (9, 1)


async def test_a_draft_is_removed_while_the_hold_store_is_away(
    office: BoxOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise StoreWriteFailed

    ours = await staff(office)
    draft = await put_on(office, ours.organization_id, status=EventStatus.DRAFT)
    published = await put_on(office, ours.organization_id)
    monkeypatch.setattr(office.holds, "discard_unused", fail)

    await office.events.remove(ours.ora, draft, 1)
    with pytest.raises(StoreWriteFailed):
        await office.events.remove(ours.ora, published, 1)

    assert await office.database.events.found(draft) is None
    assert await office.database.events.get(published) is not None


async def test_only_an_event_that_nobody_used_is_removed(office: BoxOffice, ann: UserId) -> None:
    ours = await staff(office)
    for use in ("reserve", "reserve, postpone", "book", "book, cancel", "nothing", "call off"):
        event_id = await put_on(office, ours.organization_id)
        if "book" in use:
            await office.buy(ann, event_id, 1)
        if "reserve" in use:
            await office.sale.reserve(ann, event_id, 1)
        if "cancel" in use:
            await office.sale.cancel(ann, event_id, 1)
        if "postpone" in use:
            await office.events.set_status(ours.ora, event_id, EventStatus.POSTPONED)
        if "call off" in use:
            await office.events.set_status(ours.ora, event_id, EventStatus.CANCELLED)
        version = (await office.programme.event(ours.ora, event_id)).event.version
        with pytest.raises(PreconditionFailed):
            await office.events.remove(ours.ora, event_id, version + 1)
        with pytest.raises(NotYourOrganization):
            await office.events.remove(ours.otto, event_id, version)

        if use not in {"nothing", "call off"}:
            with pytest.raises(EventUsed):
                await office.events.remove(ours.ora, event_id, version)
            assert await office.database.events.found(event_id) is not None
        else:
            await office.events.remove(ours.root, event_id, version)
            assert await office.database.events.found(event_id) is None
            with pytest.raises(NoEventFound):
                await office.sale.reserve(ann, event_id, 1)
