"""The promises about an event's ticket types and the blocks of tickets that they own."""

from dataclasses import replace
from datetime import timedelta

import pytest

from booked.domain.errors import InvalidSeatCount
from booked.domain.model.people.users import User
from booked.domain.model.programme.events import Event, EventStatus
from booked.domain.model.programme.seating import Block, RowStyle, SeatBlock
from booked.domain.model.programme.ticket_types import (
    EarlyBird,
    FormerPrice,
    TicketPlan,
    TicketType,
    retire_type,
    standard_plan,
)
from booked.domain.model.programme.times import SalesWindow
from booked.domain.model.programme.type_rules import USUAL_RULES, TypeRules, WithheldTickets
from booked.domain.model.sale.holds import house_of
from booked.ports.database import Database
from tests.builders import OPENING, a_claim, an_event, an_event_id

STALLS = SeatBlock("Stalls", rows=2, seats_per_row=5, first_row=3, first_seat=11, row_style=RowStyle.LETTERS)
EARLY = EarlyBird(price=3900, until=OPENING)
SEATED = TicketType(1, "Seated", "With a view.\nMostly.", 4900, EARLY, 10)
STANDING = TicketType(2, "Standing", "", 2900, None, 20)
MIXED = TicketPlan((SEATED, STANDING), (Block(1, 10, 1, STALLS), Block(11, 30, 2)))
ALL_SEATED = TicketPlan((SEATED,), (Block(1, 10, 1, STALLS),))


async def add(database: Database, plan: TicketPlan) -> Event:
    event = an_event(seats=plan.capacity)
    await database.events.add(event, plan)
    return event


async def enlarge(database: Database, event: Event, seats: int) -> None:
    async with database.transaction() as unit:
        plan = await unit.ticket_plans.get(event.id)
        assert plan is not None
        await unit.ticket_plans.save(event.id, plan.grown_to(seats))


async def seat_count(database: Database, event: Event) -> int:
    present = await database.events.get(event.id)
    assert present is not None
    return present.seat_count


async def test_ticket_types_are_found_as_they_were_added(database: Database) -> None:
    event = await add(database, MIXED)

    assert await database.ticket_plans.get(event.id) == MIXED


async def test_rules_of_types_are_found_as_they_were_added_and_changed(database: Database) -> None:
    period = SalesWindow(OPENING, OPENING + timedelta(hours=1))
    rules = [TypeRules(hidden=True, min_per_order=3), TypeRules(paused=True, sales=period, max_per_user=4)]
    ruled = replace(MIXED, types=(replace(SEATED, rules=rules[0]), replace(STANDING, rules=rules[1])))
    event = await add(database, ruled)

    added = await database.ticket_plans.get(event.id)
    async with database.transaction() as unit:
        await unit.ticket_plans.save(event.id, MIXED)

    assert added == ruled
    assert await database.ticket_plans.get(event.id) == MIXED


async def test_an_event_says_whether_its_types_have_rules(database: Database) -> None:
    ruled = replace(MIXED, types=(SEATED, replace(STANDING, rules=TypeRules(paused=True))))
    events = [await add(database, plan) for plan in (MIXED, ruled)]

    before = [await database.events.get(event.id) for event in events]
    async with database.transaction() as unit:
        await unit.ticket_plans.save(events[0].id, ruled)
        await unit.ticket_plans.save(events[1].id, MIXED)
    after = [await database.events.get(event.id) for event in events]

    assert [event and event.has_type_rules for event in (*before, *after)] == [False, True, True, False]


async def test_unsold_tickets_of_types_that_are_not_on_offer_are_withheld(database: Database, ann: User) -> None:
    closed = TypeRules(sales=SalesWindow(end=OPENING))
    event = await add(
        database, replace(MIXED, types=(replace(SEATED, rules=TypeRules(hidden=True)), replace(STANDING, rules=closed)))
    )
    usual = await add(database, MIXED)
    await database.bookings.commit(a_claim(event.id, ann.id, {1, 2, 3, 11}))

    before = await database.ticket_plans.withheld([event.id, usual.id], OPENING - timedelta(seconds=1))
    after = await database.ticket_plans.withheld([event.id, usual.id], OPENING)

    assert {event_id: withheld.tickets for event_id, withheld in before.items()} == {event.id: 7}
    assert {event_id: withheld.tickets for event_id, withheld in after.items()} == {event.id: 26}


HOUR = timedelta(hours=1)
LATER = TypeRules(sales=SalesWindow(OPENING + HOUR))
PAUSED, HIDDEN, OVER = TypeRules(paused=True), TypeRules(hidden=True), TypeRules(sales=SalesWindow(end=OPENING))


@pytest.mark.parametrize(
    ("seated", "standing", "withheld"),
    [
        (USUAL_RULES, LATER, WithheldTickets(20, opens_at=OPENING + HOUR)),
        (TypeRules(sales=SalesWindow(OPENING + 2 * HOUR)), LATER, WithheldTickets(29, opens_at=OPENING + HOUR)),
        (replace(LATER, hidden=True), replace(LATER, paused=True), WithheldTickets(29, is_paused=True)),
        (USUAL_RULES, PAUSED, WithheldTickets(20, is_paused=True)),
        (PAUSED, OVER, WithheldTickets(29, is_paused=True)),
        (USUAL_RULES, HIDDEN, WithheldTickets(20)),
        (USUAL_RULES, OVER, WithheldTickets(20)),
        (OVER, OVER, WithheldTickets(29, is_over=True)),
        (HIDDEN, OVER, WithheldTickets(29, is_over=True)),
        (replace(OVER, paused=True), OVER, WithheldTickets(29, is_over=True)),
        (HIDDEN, HIDDEN, WithheldTickets(29)),
    ],
)
async def test_withheld_tickets_tell_why_the_public_cannot_reserve_them(
    database: Database, ann: User, seated: TypeRules, standing: TypeRules, withheld: WithheldTickets
) -> None:
    event = await add(
        database, replace(MIXED, types=(replace(SEATED, rules=seated), replace(STANDING, rules=standing)))
    )
    await database.bookings.commit(a_claim(event.id, ann.id, {1}))

    assert await database.ticket_plans.withheld([event.id], OPENING) == {event.id: withheld}


@pytest.mark.parametrize(
    ("gone", "left", "withheld"), [(USUAL_RULES, OVER, WithheldTickets(20, is_over=True)), (HIDDEN, USUAL_RULES, None)]
)
async def test_a_type_that_was_deleted_is_no_reason(
    database: Database, gone: TypeRules, left: TypeRules, withheld: WithheldTickets | None
) -> None:
    plan = replace(MIXED, types=(replace(SEATED, rules=gone), replace(STANDING, rules=left)))
    event = await add(database, plan)
    assert await database.ticket_plans.retire(event.id, 1)
    await database.ticket_plans.save(event.id, retire_type(plan, 1))

    assert (await database.ticket_plans.withheld([event.id], OPENING)).get(event.id) == withheld


@pytest.mark.parametrize("rules", [PAUSED, LATER])
async def test_a_type_that_is_sold_out_keeps_nothing_from_the_public(
    database: Database, ann: User, rules: TypeRules
) -> None:
    event = await add(database, replace(MIXED, types=(replace(SEATED, rules=rules), STANDING)))
    await database.bookings.commit(a_claim(event.id, ann.id, set(range(1, SEATED.quota + 1))))

    assert await database.ticket_plans.withheld([event.id], OPENING) == {event.id: WithheldTickets(0)}


async def test_ticket_types_of_several_events_are_found_at_once(database: Database, show: Event) -> None:
    mixed, seated = await add(database, MIXED), await add(database, ALL_SEATED)

    found = await database.ticket_plans.get_all([seated.id, an_event_id(), show.id, mixed.id])

    assert found == {seated.id: ALL_SEATED, show.id: standard_plan(20), mixed.id: MIXED}
    assert await database.ticket_plans.get_all([]) == {}


async def test_an_event_without_ticket_types_has_free_tickets_of_one_kind(database: Database, show: Event) -> None:
    assert await database.ticket_plans.get(show.id) == standard_plan(20)


async def test_an_event_that_is_not_on_sale_has_its_ticket_types(database: Database, show: Event) -> None:
    await database.events.set_status(show.id, EventStatus.CANCELLED)

    assert await database.ticket_plans.get(show.id) == standard_plan(20)


async def test_an_unknown_event_has_no_ticket_types(database: Database, show: Event) -> None:
    event_id = an_event_id()

    assert await database.ticket_plans.get(event_id) is None
    assert await database.ticket_plans.type_counts(event_id) == {}


async def test_what_an_organizer_changes_of_ticket_types_is_kept(database: Database) -> None:
    event = await add(database, MIXED)
    formerly = (FormerPrice(3900, None, OPENING - timedelta(hours=1)), FormerPrice(4900, EARLY, OPENING))
    dearer = replace(SEATED, name="Stalls", description="", price=5900, early_bird=None, former=formerly)
    cheaper = EarlyBird(1900, OPENING)
    grown = replace(STANDING, quota=25, early_bird=cheaper, former=(FormerPrice(2900, None, OPENING),))
    balcony = TicketType(3, "Balcony", "", 1900, None, 10)
    blocks = (MIXED.blocks[0], Block(11, 35, 2), Block(36, 45, 3, replace(STALLS, section="Balcony")))
    changed = TicketPlan((dearer, grown, balcony), blocks)

    async with database.transaction() as unit:
        before = await unit.events.lock_any(event.id)
        await unit.ticket_plans.save(event.id, changed)

    after = await database.events.get(event.id)
    assert await database.ticket_plans.get(event.id) == changed
    assert before is not None
    assert after == replace(before, seat_count=45, version=before.version + 1)


async def test_seats_that_are_added_are_of_the_last_type_with_general_admission(database: Database) -> None:
    event = await add(database, MIXED)

    await enlarge(database, event, 37)

    assert await seat_count(database, event) == 37
    assert await database.ticket_plans.get(event.id) == TicketPlan(
        (SEATED, replace(STANDING, quota=27)), (MIXED.blocks[0], Block(11, 37, 2))
    )


async def test_seats_that_are_added_are_numbered_behind_all_others(database: Database) -> None:
    standing, seated = replace(STANDING, number=1), replace(SEATED, number=2)
    blocks = (Block(1, 20, 1), Block(21, 30, 2, STALLS))
    event = await add(database, TicketPlan((standing, seated), blocks))

    for seats in (33, 38, 38):
        await enlarge(database, event, seats)

    assert await database.ticket_plans.get(event.id) == TicketPlan(
        (replace(standing, quota=28), seated), (*blocks, Block(31, 38, 1))
    )


async def test_an_event_that_has_nothing_but_seats_gets_no_others(database: Database) -> None:
    event = await add(database, ALL_SEATED)

    with pytest.raises(InvalidSeatCount):
        await enlarge(database, event, 11)

    assert await database.ticket_plans.get(event.id) == ALL_SEATED
    assert await seat_count(database, event) == 10


async def test_an_event_that_has_nothing_but_seats_can_change_otherwise(database: Database) -> None:
    event = await add(database, ALL_SEATED)
    present = await database.events.get(event.id)
    assert present is not None

    await database.events.save(replace(present, name="Matinee"))

    assert await database.events.get(event.id) == replace(present, name="Matinee", version=2)


async def test_each_type_counts_what_people_have_of_it(database: Database, ann: User, ben: User) -> None:
    event = await add(database, MIXED)
    await database.bookings.commit(a_claim(event.id, ann.id, {1, 2, 10, 11}))
    await database.bookings.commit(a_claim(event.id, ben.id, {29, 30}))
    await database.bookings.cancel(event.id, ann.id, [2, 11])

    counts = await database.ticket_plans.type_counts(event.id)

    assert counts == {1: (2, 0), 2: (2, 0)}


async def test_blocked_tickets_are_counted_by_themselves(database: Database, ann: User) -> None:
    event = await add(database, MIXED)
    house = house_of(event.id)
    await database.bookings.commit(a_claim(event.id, ann.id, {1}))
    await database.bookings.commit(a_claim(event.id, house, {2, 3, 30}))
    async with database.transaction() as unit:
        await unit.events.lock_any(event.id)
        await unit.bookings.cancel(event.id, house, [3])

    counts = await database.ticket_plans.type_counts(event.id)

    assert counts == {1: (1, 1), 2: (0, 1)}


async def test_a_type_that_sold_nothing_is_counted_too(database: Database, show: Event) -> None:
    assert await database.ticket_plans.type_counts(show.id) == {1: (0, 0)}


async def test_another_plan_takes_the_place_of_an_events(database: Database) -> None:
    event = await add(database, MIXED)
    left = TicketPlan((STANDING,), (Block(1, 20, 2),))

    async with database.transaction() as unit:
        await unit.events.lock_any(event.id)
        await unit.ticket_plans.replace(event.id, left)

    found = await database.events.found(event.id)
    assert found is not None
    assert (found.event.seat_count, found.event.version) == (20, 2)
    assert await database.ticket_plans.get(event.id) == left
