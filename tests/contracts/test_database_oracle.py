"""Whatever is done to the database in memory and to the one in Postgres, both say the same."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from booked.adapters.memory.database import MemoryDatabase
from booked.adapters.postgres.database import PostgresDatabase
from booked.domain.errors import AlreadyWaiting
from booked.domain.model.analytics import Cancellations, EventSales
from booked.domain.model.bookings import Booking, Verdict
from booked.domain.model.ids import EntryId, UserId
from booked.domain.model.tickets import Claim, Ledger
from booked.domain.model.users import NewUser
from booked.domain.model.waitlist import Demand, Entry, Offer, Place
from booked.ports.database import Database
from booked.ports.holds import SoldTickets
from tests.builders import OPENING, FrozenClock, a_booking_id, a_claim, a_user, an_entry, an_event

SEATS = 6
LIMIT = 4

Step = tuple[str, tuple[Any, ...]]

people = st.integers(min_value=0, max_value=2)
counts = st.integers(min_value=1, max_value=3)
numbers = st.frozensets(st.integers(min_value=1, max_value=SEATS), min_size=1, max_size=3)
places = st.integers(min_value=0, max_value=3)


def step(name: str, *arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Step]:
    """A call of the method of `Pair` that has this name."""
    return st.tuples(st.just(name), st.tuples(*arguments))


steps = st.one_of(
    step("commit", people, numbers, st.sampled_from([0, 0, 0, -1]), st.none() | places),
    step("commit_again", places),
    step("void", places),
    step("cancel", people, counts),
    step("raise_epoch"),
    step("grow"),
    step("join", people, counts),
    step("offer", places),
    step("pass_by", places, counts),
    step("close", places),
    step("reinstate", places),
)


@dataclass
class Pair:
    """The same event in both databases, and what was done to it so far."""

    memory: MemoryDatabase
    postgres: PostgresDatabase
    limited: bool
    claims: list[Claim] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    epoch: int = 0

    def __post_init__(self) -> None:
        self.event = an_event(seats=SEATS, ticket_limit=LIMIT if self.limited else None)
        self.users: list[NewUser] = [a_user() for _ in range(3)]

    async def open(self) -> None:
        for database in (self.memory, self.postgres):
            await database.events.add(self.event)
            for user in self.users:
                await database.users.add(user)

    async def both(self, call: Callable[[Database], Awaitable[object]]) -> object:
        """What both databases answer to a call."""
        expected = await outcome(call(self.memory))
        assert comparable(await outcome(call(self.postgres))) == comparable(expected)
        return expected

    async def compare(self) -> None:
        """Everything that the databases tell of the event."""
        event_id = self.event.id
        await self.both(lambda database: database.events.get(event_id))
        await self.both(lambda database: database.events.sold_tickets(event_id))
        await self.both(lambda database: database.waitlist.queue(event_id, 10))
        await self.both(lambda database: database.waitlist.offered(event_id))
        await self.both(lambda database: sales_of(database, self))
        await self.both(lambda database: cancellations_of(database, self))
        for user in self.users:
            await self.compare_for(user.id)

    async def compare_for(self, user_id: UserId) -> None:
        await self.both(lambda database: database.bookings.owned(self.event.id, user_id))
        await self.both(lambda database: database.bookings.newest(self.event.id, user_id, SEATS))
        await self.both(lambda database: database.bookings.of_user(user_id))
        await self.both(lambda database: database.waitlist.of_user(user_id))

    async def commit(self, person: int, wanted: frozenset[int], epoch: int, place: int | None) -> None:
        entry_id = self.entry_id(place) if place is not None else None
        user_id = self.users[person].id
        claim = a_claim(self.event.id, user_id, wanted, epoch=self.epoch + epoch, entry_id=entry_id)
        self.claims.append(claim)
        await self.both(lambda database: database.bookings.commit(claim))

    async def commit_again(self, place: int) -> None:
        claim = self.claim(place)
        await self.both(lambda database: database.bookings.commit(claim))

    async def void(self, place: int) -> None:
        claim = self.claim(place)
        await self.both(lambda database: database.bookings.void(claim))

    async def cancel(self, person: int, count: int) -> None:
        async def cancel_newest(database: Database) -> object:
            async with database.transaction() as unit:
                await unit.events.lock(self.event.id)
                newest = await unit.bookings.newest(self.event.id, self.users[person].id, count)
                numbers = [ticket.number for ticket in newest]
                return await unit.bookings.cancel(self.event.id, self.users[person].id, numbers)

        await self.both(cancel_newest)

    async def raise_epoch(self) -> None:
        await self.both(lambda database: database.events.next_epoch(self.event.id))
        self.epoch += 1

    async def grow(self) -> None:
        async def add_a_seat(database: Database) -> None:
            async with database.transaction() as unit:
                event = await unit.events.lock(self.event.id)
                assert event is not None
                await unit.events.save(replace(event, seat_count=event.seat_count + 1, starts_at=OPENING))

        await self.both(add_a_seat)

    async def join(self, person: int, count: int) -> None:
        entry = an_entry(self.event.id, self.users[person].id, count)
        self.entries.append(entry)

        async def add(database: Database) -> object:
            async with database.transaction() as unit:
                await unit.events.lock(self.event.id)
                return await unit.waitlist.add(entry)

        await self.both(add)

    async def offer(self, place: int) -> None:
        if place < len(self.entries):
            entry = self.entries[place]
            offer = Offer(entry.id, entry.event_id, entry.user_id, tuple(range(1, entry.count + 1)), OPENING)
            await self.both(lambda database: database.waitlist.record_offer(offer))

    async def pass_by(self, place: int, passed: int) -> None:
        waiting = {entry.id for entry in await self.memory.waitlist.queue(self.event.id, 10)}
        entry_id = self.entry_id(place)
        if entry_id in waiting:
            entry = replace(self.entries[place], passed=passed, gathering_since=OPENING if passed == 3 else None)
            await self.both(lambda database: database.waitlist.record_passes([entry]))

    async def close(self, place: int) -> None:
        await self.both(lambda database: database.waitlist.close(self.entry_id(place)))

    async def reinstate(self, place: int) -> None:
        await self.both(lambda database: database.waitlist.reinstate(self.entry_id(place)))

    def claim(self, place: int) -> Claim:
        """One of the last claims, or one that was never committed."""
        if place < len(self.claims):
            return self.claims[-1 - place]
        self.claims.append(a_claim(self.event.id, self.users[0].id, {1}, epoch=self.epoch))
        return self.claims[-1]

    def entry_id(self, place: int) -> EntryId:
        """The id of one of the entries, or one that no entry has."""
        return self.entries[place].id if place < len(self.entries) else EntryId(a_booking_id())


async def sales_of(database: Database, pair: Pair) -> list[EventSales]:
    return [sales for sales in await database.analytics.sales() if sales.event_id == pair.event.id]


async def cancellations_of(database: Database, pair: Pair) -> list[Cancellations]:
    return [figures for figures in await database.analytics.cancellations() if figures.event_id == pair.event.id]


async def outcome(call: Awaitable[object]) -> object:
    try:
        return await call
    except AlreadyWaiting as refusal:
        return refusal


def comparable(answer: object) -> object:
    """An answer without its times, which come from two clocks, and without the versions of what the queue waits for.

    A later version has a higher number; by how much does not matter. Nor does it matter which of two objections to a
    claim comes first.
    """
    if isinstance(answer, list):
        return [comparable(element) for element in answer]
    if isinstance(answer, SoldTickets):
        return comparable(answer.ledger), list(answer.ranges), sorted(answer.per_user)
    same: dict[type, Callable[[Any], object]] = {
        AlreadyWaiting: lambda _: AlreadyWaiting,
        Booking: lambda booking: replace(booking, booked_at=OPENING),
        Place: lambda place: replace(place, joined_at=OPENING),
        Demand: lambda demand: replace(demand, version=0),
        Ledger: lambda ledger: replace(ledger, waiting_version=0),
        Verdict: lambda verdict: Verdict.ALREADY_SOLD if verdict is Verdict.OVER_LIMIT else verdict,
    }
    return same[type(answer)](answer) if type(answer) in same else answer


@pytest.fixture
async def databases(database_url: str) -> AsyncIterator[Callable[[bool], Awaitable[Pair]]]:
    """Makes pairs of databases, each with an event and people of its own."""
    postgres = await PostgresDatabase.connect(database_url)

    async def open_pair(limited: bool) -> Pair:
        pair = Pair(MemoryDatabase(FrozenClock()), postgres, limited)
        await pair.open()
        return pair

    yield open_pair
    await postgres.close()


@given(st.lists(steps, max_size=30), st.booleans())
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_both_databases_say_the_same(
    databases: Callable[[bool], Awaitable[Pair]], todo: list[Step], limited: bool
) -> None:
    pair = await databases(limited)

    for name, arguments in todo:
        note(f"{name} {arguments}")
        await getattr(pair, name)(*arguments)
        await pair.both(lambda database: database.events.ledger(pair.event.id))

    await pair.compare()
