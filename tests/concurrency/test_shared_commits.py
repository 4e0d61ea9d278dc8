"""Sales of several events share a transaction, and an event that somebody has locked does not hold up the others."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import asyncpg
import pytest

from booked.adapters.postgres.database import PostgresDatabase
from booked.adapters.postgres.sale import commit_statements
from booked.adapters.postgres.statements import PoolStatements, Statements, TransactionStatements
from booked.adapters.redis import RedisHoldStore
from booked.domain.errors import StoreWriteFailed
from booked.domain.model.ids import EventId, UserId
from booked.domain.model.sale.bookings import Verdict
from booked.domain.model.sale.holds import Claim
from tests.builders import a_claim, a_user_id
from tests.concurrency.conftest import OpenProcess
from tests.concurrency.processes import Process, Truth, agrees, together
from tests.guards import Guards

OTHERS = 8
LONG = 240.0  # seconds that a statement may wait: nothing ends by itself while a test runs
A_WHILE = 1.0  # seconds, ten times a batch's patience

LOCK_EVENT = "SELECT FROM events WHERE id = $1 FOR NO KEY UPDATE"
LOCK_USER = "SELECT FROM users WHERE id = $1 FOR UPDATE"


@dataclass(slots=True)
class Commits:
    """The events of each statement that committed sales."""

    events: list[set[EventId]] = field(default_factory=list)


@pytest.fixture
def commits(monkeypatch: pytest.MonkeyPatch) -> Commits:
    seen = Commits()

    def noting(kind: type[PoolStatements] | type[TransactionStatements]) -> None:
        write: Any = kind.write

        async def note(session: Statements, statement: str, *arguments: Any) -> list[asyncpg.Record]:
            if commit_statements.BOOKING in statement:
                seen.events.append(set(arguments[1]))
            return cast(list[asyncpg.Record], await write(session, statement, *arguments))

        monkeypatch.setattr(kind, "write", note)

    noting(PoolStatements)
    noting(TransactionStatements)
    return seen


@asynccontextmanager
async def patient_process(database_url: str, redis_url: str, shared_commits: bool = True) -> AsyncIterator[Process]:
    database = await PostgresDatabase.connect(database_url, timeout=LONG, shared_commits=shared_commits)
    process = Process(database, RedisHoldStore.connect(redis_url))
    yield process
    await process.close()


@dataclass(frozen=True, slots=True)
class Sales:
    """Claims of one moment: one of an event in the middle of the order of ids, the others of other events."""

    locked: Claim
    others: list[Claim]

    @classmethod
    async def at(cls, process: Process) -> "Sales":
        events = sorted([await process.event(seats=10) for _ in range(OTHERS + 1)])
        locked = events.pop(OTHERS // 2)
        people = await process.people(OTHERS + 1)
        return cls(
            a_claim(locked, people.pop(), {1}),
            [a_claim(event_id, user, {1}) for event_id, user in zip(events, people, strict=True)],
        )


def start(process: Process, claims: Sequence[Claim]) -> list["asyncio.Task[Verdict]"]:
    return [asyncio.create_task(process.database.bookings.commit(claim)) for claim in claims]


# Somebody has locked one of the events


async def test_sales_of_one_moment_are_one_transaction_whatever_their_events(
    process: Process, commits: Commits
) -> None:
    sales = await Sales.at(process)

    verdicts = await together(start(process, [sales.locked, *sales.others]))

    assert verdicts == [Verdict.BOOKED] * (OTHERS + 1)
    assert commits.events == [{claim.event_id for claim in [sales.locked, *sales.others]}]


@pytest.mark.parametrize("lock", ["event", "user"])
async def test_others_are_booked_while_one_event_or_a_buyer_of_it_is_locked(
    database_url: str, redis_url: str, truth: Truth, lock: str
) -> None:
    async with patient_process(database_url, redis_url) as process:
        sales = await Sales.at(process)
        async with truth.connection.transaction():
            if lock == "event":
                await truth.connection.execute(LOCK_EVENT, sales.locked.event_id)
            else:
                await truth.connection.execute(LOCK_USER, sales.locked.user_id)
            [waiting, *others] = start(process, [sales.locked, *sales.others])

            verdicts = await asyncio.wait_for(together(others), LONG / 2)
            booked_meanwhile = waiting.done()
        [verdict] = await together([waiting])

    assert verdicts == [Verdict.BOOKED] * OTHERS
    assert (booked_meanwhile, verdict) == (False, Verdict.BOOKED)


async def test_control_without_patience_of_its_own_a_batch_waits_for_the_locked_event(
    database_url: str, redis_url: str, truth: Truth, guards: Guards
) -> None:
    guards.remove("patience of a batch")
    async with patient_process(database_url, redis_url) as process:
        sales = await Sales.at(process)
        async with truth.connection.transaction():
            await truth.connection.execute(LOCK_EVENT, sales.locked.event_id)
            tasks = start(process, [sales.locked, *sales.others])
            await truth.wait_for_blocked_backends()
            booked, _ = await asyncio.wait(tasks, timeout=A_WHILE)
        await together(tasks)

    assert not booked


async def test_sales_that_come_while_an_event_is_locked_never_meet_the_lock(
    database_url: str, redis_url: str, truth: Truth, commits: Commits
) -> None:
    async with patient_process(database_url, redis_url) as process:
        sales = await Sales.at(process)
        event_id = sales.locked.event_id
        late = [a_claim(event_id, sales.locked.user_id, {number}) for number in (2, 3)]
        async with truth.connection.transaction():
            await truth.connection.execute(LOCK_EVENT, event_id)
            first, *others = start(process, [sales.locked, *sales.others])
            await asyncio.wait_for(together(others), LONG / 2)
            await truth.wait_for_blocked_backends()
            commits.events.clear()

            more = start(process, late)
            again = [
                await process.database.bookings.commit(a_claim(claim.event_id, claim.user_id, {2}))
                for claim in sales.others
            ]
        verdicts = await together([first, *more])

    assert again == [Verdict.BOOKED] * OTHERS
    assert verdicts == [Verdict.BOOKED] * 3
    assert commits.events == [*({claim.event_id} for claim in sales.others), {event_id}]


async def test_a_locked_event_is_given_up_when_the_time_limit_is_over_and_joins_the_others_again(
    database_url: str, redis_url: str, truth: Truth, commits: Commits
) -> None:
    database = await PostgresDatabase.connect(database_url, timeout=1)
    process = Process(database, RedisHoldStore.connect(redis_url))
    sales = await Sales.at(process)
    async with truth.connection.transaction():
        await truth.connection.execute(LOCK_EVENT, sales.locked.event_id)
        results = await together(start(process, [sales.locked, *sales.others]))
    commits.events.clear()

    verdicts = await together(start(process, [sales.locked, *sales.others]))
    await process.close()

    assert isinstance(results[0], StoreWriteFailed)
    assert results[1:] == verdicts[1:] == [Verdict.BOOKED] * OTHERS
    assert verdicts[0] is Verdict.BOOKED
    assert len(commits.events) == 1


# One bad sale


async def test_a_refused_sale_undoes_no_sale_of_another_event(process: Process, truth: Truth) -> None:
    sales = await Sales.at(process)
    [ben] = await process.people(1)
    taken = sales.others[1]
    await process.database.bookings.commit(a_claim(taken.event_id, ben, {1}))
    nobody = a_claim(sales.locked.event_id, a_user_id(), {1})
    stale = a_claim(sales.locked.event_id, ben, {2}, epoch=99)

    verdicts = await together(start(process, [nobody, stale, *sales.others]))

    assert verdicts == [
        *(Verdict.UNKNOWN_USER, Verdict.STALE_EPOCH),
        *(Verdict.BOOKED, Verdict.ALREADY_SOLD),
        *[Verdict.BOOKED] * (OTHERS - 2),
    ]
    assert [await truth.sold(claim.event_id) for claim in sales.others] == [[1]] * OTHERS
    assert await truth.sold(sales.locked.event_id) == []


# One event at a time


async def test_where_commits_are_not_shared_each_statement_is_about_one_event(
    database_url: str, redis_url: str, commits: Commits
) -> None:
    async with patient_process(database_url, redis_url, shared_commits=False) as process:
        sales = await Sales.at(process)
        more = [a_claim(claim.event_id, claim.user_id, {2}) for claim in sales.others]

        verdicts = await together(start(process, [sales.locked, *sales.others, *more]))

    assert set(verdicts) == {Verdict.BOOKED}
    assert all(len(events) == 1 for events in commits.events)
    assert len(commits.events) == OTHERS + 1


async def test_where_commits_are_not_shared_a_leader_shares_none_either(
    database_url: str, redis_url: str, commits: Commits
) -> None:
    async with patient_process(database_url, redis_url, shared_commits=False) as process:
        sales = await Sales.at(process)
        async with process.database.leadership("selling") as leader:
            assert leader

            verdicts = await together([leader.bookings.commit(claim) for claim in sales.others])

    assert set(verdicts) == {Verdict.BOOKED}
    assert [len(events) for events in commits.events] == [1] * OTHERS


# Everything at once


@pytest.mark.parametrize("shared", [True, False])
async def test_sales_cancellations_and_a_call_off_at_many_events_leave_no_counter_adrift(
    database_url: str, redis_url: str, open_process: OpenProcess, truth: Truth, shared: bool
) -> None:
    async with patient_process(database_url, redis_url, shared) as first:
        second = await open_process()
        events = [await first.event(seats=6) for _ in range(12)]
        people = await first.people(8)

        async def trade(process: Process, user: UserId, event_id: EventId) -> None:
            await process.buy(user, event_id, 2)
            await process.sale.cancel(user, event_id, 1)

        visits = [
            trade(process, user, event_id)
            for place, user in enumerate(people)
            for process, order in ((first, events), (second, events[::-1]))
            for event_id in order[place % 3 :: 3]
        ]
        results = await together([*visits, first.events.withdraw(events[0])])
        await second.inventory.audit(events[1])

        assert not [result for result in results if isinstance(result, (asyncpg.PostgresError, StoreWriteFailed))]
        for event_id in events[1:]:
            assert len(set(await truth.sold(event_id))) == len(await truth.sold(event_id))
            assert await first.database.ledgers.miscounted(event_id) == []
            assert await agrees(first, event_id)
        assert await truth.sold(events[0]) == []
