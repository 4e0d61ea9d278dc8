"""The promises about how many tickets of a type a user has."""

import asyncio
from collections import Counter
from dataclasses import replace

from booked.domain.model.ids import EventId
from booked.domain.model.people.users import User
from booked.domain.model.programme.seating import Block
from booked.domain.model.programme.ticket_types import TicketPlan, TicketType
from booked.domain.model.programme.type_rules import TypeRules
from booked.domain.model.sale.bookings import Verdict
from booked.domain.model.sale.holds import Terms, house_of
from booked.ports.database import Database
from tests.builders import a_claim, an_event

THREE = TypeRules(max_per_user=3)
FREE, LIMITED = TicketType(1, "Free", "", 900, None, 20), TicketType(2, "Limited", "", 900, None, 20, rules=THREE)
BLOCKS = (Block(1, 20, 1), Block(21, 40, 2))
PLAN = TicketPlan((FREE, LIMITED), BLOCKS)


async def add(database: Database, plan: TicketPlan = PLAN) -> EventId:
    event = an_event(seats=40)
    await database.events.add(event, plan)
    return event.id


async def limit(database: Database, event_id: EventId, most: int | None) -> None:
    plan = TicketPlan((FREE, replace(LIMITED, rules=TypeRules(max_per_user=most))), BLOCKS)
    async with database.transaction() as unit:
        await unit.events.lock_any(event_id)
        await unit.ticket_plans.save(event_id, plan)


async def commit(database: Database, event_id: EventId, user: User, *numbers: int) -> Verdict:
    return await database.bookings.commit(a_claim(event_id, user.id, set(numbers)))


async def test_nobody_may_have_more_tickets_of_a_type_than_it_allows(database: Database, ann: User, ben: User) -> None:
    event_id = await add(database)
    claims = [a_claim(event_id, ann.id, {number}) for number in (*range(21, 29), 1, 2, 3, 4)]

    verdicts = await asyncio.gather(*map(database.bookings.commit, claims))

    assert Counter(verdicts[:8]) == {Verdict.BOOKED: 3, Verdict.OVER_LIMIT: 5}
    assert Counter(verdicts[8:]) == {Verdict.BOOKED: 4}
    assert await commit(database, event_id, ben, 30, 31, 32) is Verdict.BOOKED
    assert await commit(database, event_id, ann, 5, 33) is Verdict.OVER_LIMIT
    assert await database.ledgers.miscounted(event_id) == []


async def test_what_is_added_to_a_booking_counts_towards_the_limit_of_its_type(database: Database, ann: User) -> None:
    event_id = await add(database)
    whole = a_claim(event_id, ann.id, {21, 22})
    await database.bookings.commit(whole)

    parts = [a_claim(event_id, ann.id, {number}) for number in (23, 24)]
    verdicts = [await database.bookings.commit(part, Terms(part_of=whole.booking_id)) for part in parts]

    assert verdicts == [Verdict.BOOKED, Verdict.OVER_LIMIT]


async def test_cancelled_tickets_do_not_count_towards_the_limit_of_their_type(database: Database, ann: User) -> None:
    event_id = await add(database)
    await commit(database, event_id, ann, 21, 22, 23)
    await database.bookings.cancel(event_id, ann.id, [21, 22])

    assert await commit(database, event_id, ann, 24, 25, 26) is Verdict.OVER_LIMIT
    assert await commit(database, event_id, ann, 24, 25) is Verdict.BOOKED
    await database.bookings.cancel_all(event_id)
    assert await commit(database, event_id, ann, 27, 28, 29) is Verdict.BOOKED


async def test_the_limit_of_a_type_does_not_bind_the_house(database: Database) -> None:
    event_id = await add(database)
    claim = a_claim(event_id, house_of(event_id), set(range(21, 30)))

    assert await database.bookings.commit(claim) is Verdict.BOOKED
    assert await database.ledgers.miscounted(event_id) == []


async def test_a_limit_counts_what_was_sold_before_it(database: Database, ann: User, ben: User) -> None:
    event_id = await add(database, TicketPlan((FREE, replace(LIMITED, rules=TypeRules())), BLOCKS))
    await commit(database, event_id, ann, 21, 22, 23, 24)
    await commit(database, event_id, ben, 25, 26)

    await limit(database, event_id, 3)

    assert await database.ledgers.miscounted(event_id) == []
    assert await commit(database, event_id, ann, 27) is Verdict.OVER_LIMIT
    assert await commit(database, event_id, ben, 28) is Verdict.BOOKED
    assert await commit(database, event_id, ben, 29) is Verdict.OVER_LIMIT


async def test_a_limit_is_raised_and_taken_away_and_comes_back(database: Database, ann: User) -> None:
    event_id = await add(database)
    await commit(database, event_id, ann, 21, 22, 23)

    await limit(database, event_id, 4)
    raised = [await commit(database, event_id, ann, 24), await commit(database, event_id, ann, 25)]
    await limit(database, event_id, None)
    without = await commit(database, event_id, ann, 25)
    await database.bookings.cancel(event_id, ann.id, [21, 22, 23])
    await limit(database, event_id, 3)
    again = [await commit(database, event_id, ann, 26), await commit(database, event_id, ann, 27)]

    assert (raised, without, again) == (
        [Verdict.BOOKED, Verdict.OVER_LIMIT],
        Verdict.BOOKED,
        [Verdict.BOOKED, Verdict.OVER_LIMIT],
    )
    assert await database.ledgers.miscounted(event_id) == []
