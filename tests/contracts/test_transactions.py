"""The promises of the database as a whole: transactions, leadership, and answering at all."""

import asyncio
from datetime import timedelta

import pytest

from booked.domain.errors import EmailTaken
from booked.domain.model.people.users import User
from booked.domain.model.programme.events import Event, EventStatus
from booked.domain.model.sale.bookings import Verdict
from booked.ports.database import Database
from tests.builders import a_claim, a_user, an_entry, an_event

DUTY = "offers"
LATELY = timedelta(minutes=1)


class Regret(Exception):
    """What makes a transaction fail here."""


async def test_what_a_transaction_does_takes_effect_together(database: Database, show: Event, ann: User) -> None:
    await database.bookings.commit(a_claim(show.id, ann.id, {1, 2}))
    other = an_event()

    async with database.transaction() as unit:
        await unit.events.lock(show.id)
        await unit.bookings.cancel(show.id, ann.id, [1])
        await unit.events.add(other)
        await unit.waitlist.add(an_entry(show.id, ann.id))

    assert await database.bookings.owned(show.id, ann.id) == {2}
    assert await database.events.get(other.id) is not None
    assert len(await database.waitlist.queue(show.id, 10)) == 1


async def test_the_databases_time_is_told_in_and_outside_of_transactions(database: Database) -> None:
    before = await database.now()
    async with database.transaction() as unit:
        within = await unit.now()
    after = await database.now()

    assert before <= within <= after
    assert before.tzinfo is not None


async def test_a_refused_transaction_leaves_no_trace(database: Database, show: Event, ann: User) -> None:
    await database.bookings.commit(a_claim(show.id, ann.id, {1, 2}))
    before = await database.ledgers.get(show.id)
    other, newcomer = an_event(), a_user()

    async def change_everything() -> None:
        async with database.transaction() as unit:
            await unit.events.lock(show.id)
            await unit.bookings.cancel(show.id, ann.id, [1])
            await unit.events.add(other)
            await unit.users.add(newcomer)
            await unit.waitlist.add(an_entry(show.id, ann.id))
            await unit.ledgers.next_epoch(show.id)
            raise Regret

    with pytest.raises(Regret):
        await change_everything()

    assert await database.ledgers.get(show.id) == before
    assert await database.bookings.owned(show.id, ann.id) == {1, 2}
    assert await database.events.get(other.id) is None
    assert await database.users.by_id(newcomer.id) is None
    assert await database.waitlist.of_user(ann.id) == []


async def test_a_transaction_in_which_a_call_is_refused_leaves_no_trace(database: Database, ann: User) -> None:
    event = an_event()

    async def add_an_event_and_a_twin() -> None:
        async with database.transaction() as unit:
            await unit.events.add(event)
            await unit.users.add(a_user("Ann's twin", ann.email))

    with pytest.raises(EmailTaken):
        await add_an_event_and_a_twin()

    assert await database.events.get(event.id) is None


async def test_a_transaction_sees_what_it_has_done(database: Database) -> None:
    event = an_event()

    async with database.transaction() as unit:
        await unit.events.add(event)
        seen = await unit.events.get(event.id)

    assert seen == await database.events.get(event.id)
    assert seen is not None


async def test_nobody_sees_what_a_transaction_does_before_it_ends(database: Database) -> None:
    event = an_event()

    async with database.transaction() as unit:
        await unit.events.add(event)
        during = await database.events.get(event.id)

    assert during is None
    assert await database.events.get(event.id) is not None


async def test_a_transaction_that_is_given_up_leaves_no_trace_and_holds_nobody_up(
    database: Database, show: Event, ann: User
) -> None:
    inside = asyncio.Event()

    async def wait_inside() -> None:
        async with database.transaction() as unit:
            await unit.events.lock(show.id)
            await unit.events.set_status(show.id, EventStatus.CANCELLED)
            inside.set()
            await asyncio.Event().wait()

    given_up = asyncio.create_task(wait_inside())
    await inside.wait()
    given_up.cancel()
    await asyncio.wait({given_up})

    assert given_up.cancelled()
    assert await database.bookings.commit(a_claim(show.id, ann.id)) is Verdict.BOOKED


async def test_a_patient_transaction_is_one_like_any_other(database: Database, show: Event) -> None:
    async with database.transaction(timedelta(minutes=1)) as unit:
        await unit.events.lock(show.id)
        await unit.events.set_status(show.id, EventStatus.CANCELLED)

    assert await database.events.get(show.id) is None


async def test_a_transaction_at_an_event_is_one_like_any_other(database: Database, show: Event) -> None:
    async with database.transaction(at=show.id) as unit:
        await unit.events.lock(show.id)
        await unit.events.set_status(show.id, EventStatus.CANCELLED)

    assert await database.events.get(show.id) is None


async def test_one_leads_a_duty_at_a_time(database: Database) -> None:
    async with database.leadership(DUTY) as first, database.leadership(DUTY) as second:
        during = (first, second)
    async with database.leadership(DUTY) as third:
        afterwards = third

    assert [led is not None for led in (*during, afterwards)] == [True, False, True]


async def test_who_leads_one_duty_keeps_nobody_from_another(database: Database) -> None:
    async with database.leadership(DUTY) as one, database.leadership("another") as other:
        assert one
        assert other


async def test_who_is_not_leading_takes_no_leadership_away(database: Database) -> None:
    async with database.leadership(DUTY):
        async with database.leadership(DUTY):
            pass
        async with database.leadership(DUTY) as led:
            assert led is None


async def test_leadership_ends_with_a_failure(database: Database) -> None:
    with pytest.raises(Regret):
        async with database.leadership(DUTY):
            raise Regret

    async with database.leadership(DUTY) as led:
        assert led


async def test_a_leader_reads_and_writes_like_anybody(database: Database, show: Event) -> None:
    async with database.leadership(DUTY) as led:
        assert led
        await led.events.set_status(show.id, EventStatus.COMPLETED)
        async with led.transaction(at=show.id) as unit:
            locked = await unit.events.lock_any(show.id)

        assert locked
        assert locked.status is EventStatus.COMPLETED
        assert await led.events.get(show.id) is None


async def test_whether_a_duty_was_led_lately_is_known(database: Database) -> None:
    before = await database.was_led(DUTY, LATELY)
    async with database.leadership(DUTY):
        during = await database.was_led(DUTY, LATELY)

    assert (before, during, await database.was_led(DUTY, LATELY)) == (False, True, True)
    assert not await database.was_led("another", LATELY)


async def test_a_database_that_is_there_answers(database: Database) -> None:
    await database.ping()
