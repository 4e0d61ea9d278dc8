"""The promises about ticket types that are deleted once their event was published."""

import pytest

from booked.domain.model.ids import EventId
from booked.domain.model.people.users import User
from booked.domain.model.programme.events import EventStatus
from booked.domain.model.programme.seating import Block
from booked.domain.model.programme.ticket_types import TicketPlan, TicketType, TicketTypeChanges, grow, revise_type
from booked.domain.model.sale.bookings import Verdict
from booked.domain.model.sale.holds import house_of
from booked.ports.database import Database
from tests.builders import a_claim, an_entry, an_event

FLOOR, BALCONY = 1, 2
PLAN = TicketPlan(
    (TicketType(FLOOR, "Floor", "", 2900, None, 10), TicketType(BALCONY, "Balcony", "", 900, None, 20)),
    (Block(1, 10, FLOOR), Block(11, 30, BALCONY)),
)
LEFT = TicketPlan(PLAN.types[:1], PLAN.blocks[:1], PLAN.blocks[1:])


@pytest.fixture
async def event_id(database: Database) -> EventId:
    event = an_event(seats=PLAN.capacity)
    await database.events.add(event, PLAN)
    return event.id


async def retire(database: Database, event_id: EventId, number: int = BALCONY) -> bool:
    async with database.transaction() as unit:
        await unit.events.lock_any(event_id)
        return await unit.ticket_plans.retire(event_id, number)


async def test_a_retired_type_is_gone_and_its_numbers_are_not(database: Database, event_id: EventId) -> None:
    assert await retire(database, event_id)

    assert await database.ticket_plans.get(event_id) == LEFT
    assert LEFT.capacity == 30
    assert await database.ticket_plans.type_counts(event_id) == {FLOOR: (0, 0)}


async def test_retired_tickets_count_as_sold_and_blocked(database: Database, event_id: EventId, ann: User) -> None:
    await database.bookings.commit(a_claim(event_id, ann.id, {1, 2}))
    await retire(database, event_id)

    sold = await database.ledgers.sold_tickets(event_id)
    event = await database.events.get(event_id)

    assert sold is not None
    assert (sold.ranges, sold.ledger.sold, sold.ledger.blocked) == ([(1, 2), (11, 30)], 22, 20)
    assert event is not None
    assert (event.seat_count, event.sold, event.blocked) == (30, 22, 20)
    assert await database.ledgers.miscounted(event_id) == []
    [figures] = [each for each in await database.analytics.sales() if each.event_id == event_id]
    assert (figures.seats, figures.sold) == (10, 2)


async def test_nothing_of_a_retired_type_is_free_in_lists(database: Database, event_id: EventId) -> None:
    await retire(database, event_id)

    found = await database.events.found(event_id)

    assert found is not None
    assert (found.lowest_price, found.highest_price) == (2900, 2900)


@pytest.mark.parametrize("buyer", ["ann", "house"])
async def test_a_type_with_sold_or_blocked_tickets_is_kept(
    database: Database, event_id: EventId, ann: User, buyer: str
) -> None:
    user_id = ann.id if buyer == "ann" else house_of(event_id)
    await database.bookings.commit(a_claim(event_id, user_id, {11}))

    assert not await retire(database, event_id)

    assert await database.ticket_plans.get(event_id) == PLAN


async def test_a_type_whose_tickets_were_given_back_is_kept(database: Database, event_id: EventId, ann: User) -> None:
    await database.bookings.commit(a_claim(event_id, ann.id, {11}))
    async with database.transaction() as unit:
        await unit.events.lock_any(event_id)
        await unit.bookings.cancel(event_id, ann.id, [11])

    assert not await retire(database, event_id)


async def test_what_was_blocked_once_does_not_keep_a_type(database: Database, event_id: EventId) -> None:
    house = house_of(event_id)
    await database.bookings.commit(a_claim(event_id, house, {11}))
    async with database.transaction() as unit:
        await unit.events.lock_any(event_id)
        await unit.bookings.cancel(event_id, house, [11])

    assert await retire(database, event_id)


async def test_retired_tickets_that_were_blocked_once_do_not_come_back(
    database: Database, event_id: EventId, ann: User
) -> None:
    house = house_of(event_id)
    await database.bookings.commit(a_claim(event_id, house, {1, 11, 12}))
    async with database.transaction() as unit:
        await unit.events.lock_any(event_id)
        await unit.bookings.cancel(event_id, house, [1, 11, 12])
        await unit.waitlist.add(an_entry(event_id, ann.id))
    before = await database.ledgers.sold_tickets(event_id)

    await retire(database, event_id)

    after = await database.ledgers.sold_tickets(event_id)
    assert before is not None
    assert after is not None
    assert (before.came_back, after.came_back) == (3, 1)


async def test_nobody_can_commit_a_retired_ticket(database: Database, event_id: EventId, ann: User) -> None:
    await retire(database, event_id)

    verdict = await database.bookings.commit(a_claim(event_id, ann.id, {1, 11}))

    assert verdict is Verdict.ALREADY_SOLD
    assert await database.bookings.owned(event_id, ann.id) == frozenset()


async def test_types_that_are_left_change_and_grow_behind_retired_ones(database: Database, event_id: EventId) -> None:
    async with database.transaction() as unit:
        await unit.events.lock_any(event_id)
        assert await unit.ticket_plans.retire(event_id, BALCONY)
        plan = await unit.ticket_plans.get(event_id)
        assert plan is not None
        changed = revise_type(grow(plan, FLOOR, 15), FLOOR, TicketTypeChanges(name="Stalls"))
        await unit.ticket_plans.save(event_id, changed)

    after = await database.ticket_plans.get(event_id)

    assert after == changed
    assert after.blocks == (Block(1, 10, FLOOR), Block(31, 35, FLOOR))
    assert (after.capacity, after.places) == (35, 15)


async def test_a_cancelled_event_with_a_retired_type_has_nothing_to_give_back(
    database: Database, event_id: EventId, ann: User
) -> None:
    await database.bookings.commit(a_claim(event_id, ann.id, {1}))
    await retire(database, event_id)
    await database.events.set_status(event_id, EventStatus.CANCELLED)
    before = await database.ledgers.to_give_back(10)
    async with database.transaction() as unit:
        await unit.events.lock_any(event_id)
        await unit.bookings.cancel_all(event_id)

    after = await database.ledgers.to_give_back(10)

    assert (before, after) == ([event_id], [])
