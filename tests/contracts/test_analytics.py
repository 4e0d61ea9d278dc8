"""The promises of the analytics repository."""

from booked.domain.model.analytics import Cancellations, EventSales
from booked.domain.model.users import User
from booked.ports.database import Database
from tests.builders import a_claim, an_event


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
    await database.events.withdraw(event.id)

    assert await database.analytics.sales() == []
    assert await database.analytics.cancellations() == []


async def test_voided_claims_were_never_booked(database: Database, ann: User) -> None:
    event = an_event()
    await database.events.add(event)
    await database.bookings.void(a_claim(event.id, ann.id))

    assert await database.analytics.sales() == [EventSales(event.id, 20, 0, 0)]
    assert await database.analytics.cancellations() == [Cancellations(event.id, 0, 0)]
