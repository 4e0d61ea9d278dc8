"""Whatever is done to the database in memory and to the one in Postgres, both say the same."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from booked.adapters.postgres.database import PostgresDatabase
from booked.domain.errors import AlreadyWaiting
from booked.domain.model.figures.analytics import Cancellations, DayFigures, EventFigures, EventSales
from booked.domain.model.ids import BookingId, EntryId, EventId, UserId
from booked.domain.model.people.users import NewUser
from booked.domain.model.programme.search import FoundEvent
from booked.domain.model.programme.seating import Block
from booked.domain.model.programme.ticket_types import EarlyBird, TicketPlan, TicketType
from booked.domain.model.sale.bookings import Booking, BookingRecord, BookingSearch, BookingStatus, Verdict
from booked.domain.model.sale.holds import Claim, Ledger, Terms, house_of
from booked.domain.model.sale.waitlist import Demand, Entry, Offer, WaitlistPlace
from booked.domain.model.upkeep.inventory import SoldTickets
from booked.ports.database import Database
from tests.builders import OPENING, FrozenClock, a_booking_id, a_claim, a_user, an_entry, an_event, key_by
from tests.memory.database import MemoryDatabase

SEATS = 6
LIMIT = 4
KEYS = ["one key", "another key"]

Step = tuple[str, tuple[Any, ...]]

people = st.integers(min_value=0, max_value=2)
counts = st.integers(min_value=1, max_value=3)
numbers = st.frozensets(st.integers(min_value=1, max_value=SEATS), min_size=1, max_size=3)
places = st.integers(min_value=0, max_value=3)
moments = st.sampled_from([OPENING - timedelta(days=1), OPENING])
terms = st.tuples(moments, st.none() | places, st.none() | st.sampled_from(KEYS))


def step(name: str, *arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Step]:
    """A call of the method of `Pair` that has this name."""
    return st.tuples(st.just(name), st.tuples(*arguments))


steps = st.one_of(
    step("commit", people, numbers, st.sampled_from([0, 0, 0, -1]), st.none() | places),
    step("commit_on_terms", people, numbers, terms),
    step("commit_again", places),
    step("block", numbers),
    step("unblock", numbers),
    step("void", places),
    step("cancel", people, counts),
    step("raise_epoch"),
    step("grow"),
    step("join", people, counts),
    step("offer", places, st.booleans(), st.sampled_from([0, 0, 0, -1])),
    step("tell", places, st.booleans()),
    step("pass_by", places, counts),
    step("close", places),
    step("lapse", places, st.booleans(), st.booleans()),
    step("reinstate", places, st.booleans(), st.booleans()),
)


@dataclass
class Pair:
    """The same event in both databases, and what was done to it so far."""

    memory: MemoryDatabase
    postgres: PostgresDatabase
    limited: bool
    claims: list[Claim] = field(default_factory=list)
    terms: dict[BookingId, Terms] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    epoch: int = 0

    def __post_init__(self) -> None:
        self.event = an_event(seats=SEATS, ticket_limit=LIMIT if self.limited else None)
        self.users: list[NewUser] = [a_user() for _ in range(3)]

    async def open(self) -> None:
        for database in (self.memory, self.postgres):
            await database.events.add(self.event, admission_of(SEATS))
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
        await self.both(lambda database: database.events.found(event_id))
        await self.both(lambda database: database.ledgers.sold_tickets(event_id))
        await self.both(lambda database: database.ticket_plans.get(event_id))
        await self.both(lambda database: database.ticket_plans.type_counts(event_id))
        await self.both(lambda database: database.waitlist.queue(event_id, 10))
        await self.both(lambda database: database.waitlist.offered(event_id))
        await self.both(lambda database: told_in(database, event_id))
        await self.both(lambda database: sales_of(database, self))
        await self.both(lambda database: cancellations_of(database, self))
        await self.both(lambda database: figures_of(database, self))
        await self.both(lambda database: days_of(database, self))
        await self.both(lambda database: database.bookings.owned(event_id, house_of(event_id)))
        for status in (None, *BookingStatus):
            await self.compare_search(BookingSearch(event_id=event_id, status=status))
        for claim in self.claims:
            await self.compare_booking(claim.booking_id)
        for user in self.users:
            await self.compare_for(user.id)

    async def compare_for(self, user_id: UserId) -> None:
        await self.both(lambda database: database.bookings.owned(self.event.id, user_id))
        await self.both(lambda database: database.bookings.newest(self.event.id, user_id, SEATS))
        await self.both(lambda database: database.bookings.of_user(user_id))
        for status in (None, *BookingStatus):
            await self.compare_search(BookingSearch(user_id=user_id, status=status))
        for number in range(1, SEATS + 1):
            await self.compare_owner(user_id, number)
        for key in KEYS:
            await self.compare_key(user_id, key)
        await self.both(lambda database: database.waitlist.of_user(user_id))

    async def compare_search(self, search: BookingSearch) -> None:
        await self.both(lambda database: database.bookings.search(search, None, 100))

    async def compare_booking(self, booking_id: BookingId) -> None:
        await self.both(lambda database: database.bookings.get(booking_id))

    async def compare_owner(self, user_id: UserId, number: int) -> None:
        await self.both(lambda database: database.bookings.owning(self.event.id, user_id, [number]))

    async def compare_key(self, user_id: UserId, key: str) -> None:
        await self.both(lambda database: database.idempotency_keys.find(key_by(user_id, key, b"")))

    async def commit(self, person: int, wanted: frozenset[int], epoch: int, place: int | None) -> None:
        entry_id = self.entry_id(place) if place is not None else None
        user_id = self.users[person].id
        claim = a_claim(self.event.id, user_id, wanted, epoch=self.epoch + epoch, entry_id=entry_id)
        await self.commit_claim(claim, Terms(priced_at=OPENING))

    async def commit_on_terms(
        self, person: int, wanted: frozenset[int], asked: tuple[datetime, int | None, str | None]
    ) -> None:
        priced_at, whole, key = asked
        claim = a_claim(self.event.id, self.users[person].id, wanted, epoch=self.epoch)
        part_of = self.claim(whole).booking_id if whole is not None else None
        await self.commit_claim(claim, Terms(priced_at, part_of, key_by(claim.user_id, key, b"") if key else None))

    async def commit_claim(self, claim: Claim, terms: Terms) -> None:
        self.claims.append(claim)
        self.terms[claim.booking_id] = terms
        await self.both(lambda database: database.bookings.commit(claim, terms))

    async def commit_again(self, place: int) -> None:
        claim = self.claim(place)
        terms = self.terms.get(claim.booking_id, Terms(priced_at=OPENING))
        await self.both(lambda database: database.bookings.commit(claim, terms))

    async def block(self, wanted: frozenset[int]) -> None:
        house = house_of(self.event.id)
        await self.commit_claim(a_claim(self.event.id, house, wanted, epoch=self.epoch), Terms())

    async def unblock(self, wanted: frozenset[int]) -> None:
        house = house_of(self.event.id)
        await self.both(lambda database: database.bookings.cancel(self.event.id, house, sorted(wanted)))

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
        await self.both(lambda database: database.ledgers.next_epoch(self.event.id))
        self.epoch += 1

    async def grow(self) -> None:
        async def add_a_seat(database: Database) -> None:
            async with database.transaction() as unit:
                event = await unit.events.lock(self.event.id)
                assert event is not None
                await unit.events.save(replace(event, starts_at=OPENING))
                await unit.ticket_plans.save(event.id, admission_of(event.seat_count + 1))

        await self.both(add_a_seat)

    async def join(self, person: int, count: int) -> None:
        entry = an_entry(self.event.id, self.users[person].id, count)
        self.entries.append(entry)

        async def add(database: Database) -> object:
            async with database.transaction() as unit:
                await unit.events.lock(self.event.id)
                return await unit.waitlist.add(entry)

        await self.both(add)

    async def offer(self, place: int, late: bool, epoch: int) -> None:
        if place < len(self.entries):
            entry = self.entries[place]
            version = await self.turn(entry.id) - late
            numbers = tuple(range(1, entry.count + 1))
            offer = Offer(entry.id, entry.event_id, entry.user_id, numbers, OPENING, version)
            await self.both(lambda database: database.waitlist.record_offer(offer, self.epoch + epoch))

    async def tell(self, place: int, late: bool) -> None:
        offer = await self.seen(place, waits=False, late=late)
        assert isinstance(offer, Offer)
        await self.both(lambda database: database.waitlist.mark_told(offer))

    async def pass_by(self, place: int, passed: int) -> None:
        waiting = {entry.id for entry in await self.memory.waitlist.queue(self.event.id, 10)}
        entry_id = self.entry_id(place)
        if entry_id in waiting:
            entry = replace(self.entries[place], passed=passed, gathering_since=OPENING if passed == 3 else None)
            await self.both(lambda database: database.waitlist.record_passes([entry]))

    async def close(self, place: int) -> None:
        await self.both(lambda database: database.waitlist.close(self.entry_id(place)))

    async def lapse(self, place: int, waits: bool, late: bool) -> None:
        seen = await self.seen(place, waits, late)
        await self.both(lambda database: database.waitlist.lapse(seen))

    async def reinstate(self, place: int, waits: bool, late: bool) -> None:
        seen = await self.seen(place, waits, late)
        await self.both(lambda database: database.waitlist.reinstate(seen))

    async def seen(self, place: int, waits: bool, late: bool) -> Entry | Offer:
        """An entry as it is now, or as it was in an earlier turn."""
        id_ = self.entry_id(place)
        entry = Entry(id_, self.event.id, self.users[0].id, 1, version=await self.turn(id_) - late)
        return entry if waits else Offer(id_, self.event.id, self.users[0].id, (), OPENING, entry.version)

    async def turn(self, entry_id: EntryId) -> int:
        waiting = await self.memory.waitlist.queue(self.event.id, 10)
        offered = await self.memory.waitlist.offered(self.event.id)
        versions = {entry.id: entry.version for entry in waiting} | {offer.entry_id: offer.version for offer in offered}
        return versions.get(entry_id, 0)

    def claim(self, place: int) -> Claim:
        """One of the last claims, or one that was never committed."""
        if place < len(self.claims):
            return self.claims[-1 - place]
        self.claims.append(a_claim(self.event.id, self.users[0].id, {1}, epoch=self.epoch))
        return self.claims[-1]

    def entry_id(self, place: int) -> EntryId:
        """The id of one of the entries, or one that no entry has."""
        return self.entries[place].id if place < len(self.entries) else EntryId(a_booking_id())


def admission_of(seats: int) -> TicketPlan:
    """Two cheap tickets with an early price; all others are dear."""
    types = (
        TicketType(1, "Stalls", "", 2000, EarlyBird(1500, OPENING), 2),
        TicketType(2, "Circle", "", 5000, None, seats - 2),
    )
    return TicketPlan(types, (Block(1, 2, 1), Block(3, seats, 2)))


async def told_in(database: Database, event_id: EventId) -> list[bool]:
    return [offer.told for offer in await database.waitlist.offered(event_id)]


async def sales_of(database: Database, pair: Pair) -> list[EventSales]:
    return [sales for sales in await database.analytics.sales() if sales.event_id == pair.event.id]


async def cancellations_of(database: Database, pair: Pair) -> list[Cancellations]:
    return [figures for figures in await database.analytics.cancellations() if figures.event_id == pair.event.id]


async def figures_of(database: Database, pair: Pair) -> list[EventFigures]:
    return [figures for figures in await database.analytics.figures(None, None, 1) if figures.event.id == pair.event.id]


async def days_of(database: Database, pair: Pair) -> list[DayFigures]:
    return [replace(figures, day=OPENING.date()) for figures in await database.analytics.days(pair.event.id)]


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
        BookingRecord: lambda record: replace(
            record,
            booked_at=OPENING,
            updated_at=OPENING,
            tickets=tuple(
                sorted(
                    (
                        replace(ticket, booked_at=OPENING, cancelled_at=ticket.cancelled_at and OPENING)
                        for ticket in record.tickets
                    ),
                    key=lambda ticket: (ticket.number, ticket.cancelled_at is None),
                )
            ),
        ),
        FoundEvent: lambda found: replace(found, created_at=OPENING),
        WaitlistPlace: lambda place: replace(place, joined_at=OPENING),
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
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_both_databases_say_the_same(
    databases: Callable[[bool], Awaitable[Pair]], todo: list[Step], limited: bool
) -> None:
    pair = await databases(limited)

    for name, arguments in todo:
        note(f"{name} {arguments}")
        await getattr(pair, name)(*arguments)
        await pair.both(lambda database: database.ledgers.get(pair.event.id))

    await pair.compare()
