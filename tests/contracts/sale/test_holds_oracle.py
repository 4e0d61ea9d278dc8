"""Whatever is done to the hold store in memory and to the one in Valkey, both say the same."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from booked.adapters.redis.store import RedisHoldStore
from booked.domain.errors import (
    IdempotencyKeyReused,
    NoSuchReservation,
    NotTogether,
    NotYourTicket,
    OverTicketLimit,
    ReservationFixed,
    SalesClosed,
    SeatTaken,
    TooFewTickets,
    TooManyRequests,
)
from booked.domain.model.ids import BookingId, EventId, ReservationId, UserId, reservation_id
from booked.domain.model.programme.seating import Block, SeatBlock
from booked.domain.model.programme.times import ALWAYS, SalesWindow
from booked.domain.model.sale.holds import Claim, Hold, Release, Stock, house_of
from booked.domain.model.sale.idempotency import IdempotencyKey
from booked.domain.model.sale.lapses import NEVER
from booked.domain.model.sale.reservations import AnyOf, BestOf, Exactly, Reservation, Selection
from booked.domain.model.sale.waitlist import CameBack, Demand, Offer, WantedTickets
from booked.ports.hold_store import HoldStore
from booked.ports.holds import EventHasGrown, EventIsCold, NotHeld, TurnIsOver
from tests.builders import (
    ANN,
    BEN,
    OPENING,
    TTL,
    FrozenClock,
    a_booking_id,
    an_entry,
    an_event_id,
    install,
    sold_tickets,
)
from tests.contracts.conftest import lapse_in_memory, lapse_in_valkey, ms_ago
from tests.memory.holds import MemoryHoldStore

SEATS = 6
HELD_MOST = 3  # tickets that a user may hold at once
BLOCKS = (Block(1, 2, 1), Block(3, 8, 2, SeatBlock("A", rows=2, seats_per_row=3)))
OVER = SalesWindow(end=datetime(2020, 1, 1, tzinfo=UTC))
HOUSE = "house"
REFUSALS = (
    EventHasGrown,
    EventIsCold,
    IdempotencyKeyReused,
    NoSuchReservation,
    NotHeld,
    NotTogether,
    NotYourTicket,
    OverTicketLimit,
    ReservationFixed,
    SalesClosed,
    SeatTaken,
    TooFewTickets,
    TooManyRequests,
    TurnIsOver,
)

Step = tuple[str, tuple[Any, ...]]

users = st.sampled_from([ANN, BEN])
counts = st.integers(min_value=1, max_value=3)
numbers = st.frozensets(st.integers(min_value=1, max_value=SEATS), min_size=1, max_size=3)
places = st.integers(min_value=0, max_value=2)
epochs = st.integers(min_value=-1, max_value=1)
small = st.integers(min_value=0, max_value=4)
selections = st.one_of(
    st.builds(AnyOf, counts, st.just(()), st.sampled_from([None, SEATS])),
    st.builds(AnyOf, counts, st.lists(st.sampled_from(BLOCKS), min_size=1, unique=True)),
    st.builds(BestOf, counts, st.permutations(BLOCKS), st.booleans()),
    st.builds(Exactly, st.lists(st.integers(min_value=0, max_value=SEATS + 2), min_size=1, max_size=3)),
)
keys = st.none() | st.builds(IdempotencyKey, st.sampled_from(["a", "b"]), st.sampled_from([b"1", b"2"]))


def wanted_of(tickets: int, block: Block) -> WantedTickets:
    return WantedTickets(tickets, (block,))


def step(name: str, *arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Step]:
    """A call of the method of `Pair` that has this name."""
    return st.tuples(st.just(name), st.tuples(*arguments))


steps = st.one_of(
    step("reserve", users, counts),
    step("claim_held", users, places),
    step("claim", users, numbers),
    step("settle", places),
    step("abandon", places),
    step("release", users, numbers, epochs, small),
    step("flip", numbers, epochs, small, st.tuples(small, small), st.sampled_from([ALWAYS, ALWAYS, OVER])),
    step("make_reservation", st.sampled_from([ANN, BEN, HOUSE]), selections, keys),
    step("make_reservation", users, selections, st.none()),
    step("enlarge", users, places, selections),
    step("reduce", users, places, counts),
    step("extend", users, places),
    step("give_back", users, places),
    step("claim_reserved", places, counts),
    step("grow", st.integers(min_value=SEATS, max_value=SEATS + 2)),
    step("set_demand", small, small, st.none() | st.lists(st.builds(wanted_of, counts, st.sampled_from(BLOCKS)))),
    step("offer", places, small, st.lists(st.sampled_from(BLOCKS), unique=True), small),
    step("decline", places),
    step(
        "return_surplus",
        small,
        st.booleans(),
        st.lists(st.tuples(st.sampled_from(BLOCKS), st.none() | small, st.booleans())),
    ),
    step("lapse", numbers),
    step("discard", epochs),
    step("discard_unused", epochs),
    step("retire", epochs, st.lists(st.sampled_from(BLOCKS), min_size=1, unique=True)),
)


@dataclass
class Pair:
    """The same event in both stores, and what was done to it so far."""

    memory: MemoryHoldStore
    valkey: RedisHoldStore
    client: Redis
    clock: FrozenClock
    event_id: EventId = field(default_factory=an_event_id)
    holds: list[Hold] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    reservations: list[tuple[Reservation, Reservation]] = field(default_factory=list)
    owners: dict[int, UserId] = field(default_factory=lambda: {1: BEN})
    epoch: int = 1
    lapsed: int = 0

    def __post_init__(self) -> None:
        self.entries = [an_entry(self.event_id, user, count) for user, count in ((ANN, 1), (BEN, 2), (ANN, 3))]

    async def both(self, call: Callable[[HoldStore], Awaitable[object]]) -> object:
        """What both stores answer to a call."""
        expected = await outcome(call(self.memory))
        assert comparable(await outcome(call(self.valkey))) == comparable(expected)
        return expected

    async def each(
        self, call: Callable[[HoldStore, ReservationId], Awaitable[object]], ids: tuple[ReservationId, ReservationId]
    ) -> tuple[object, object]:
        """What each store answers to a call about a reservation, which has an id of its own in either."""
        answers = await outcome(call(self.memory, ids[0])), await outcome(call(self.valkey, ids[1]))
        assert comparable(answers[0]) == comparable(answers[1])
        return answers

    async def compare(self) -> None:
        """Everything that the stores tell of the event."""
        await self.both(lambda holds: holds.available([self.event_id]))
        await self.both(lambda holds: holds.stock(self.event_id))
        await self.both(lambda holds: holds.inspect(self.event_id))
        await self.both(lambda holds: holds.stale_claims(self.event_id, timedelta(0)))
        await self.both(lambda holds: holds.offers(self.event_id))
        await self.both(lambda holds: holds.funnel(self.event_id))
        await self.both(lambda holds: holds.seat_map(self.event_id, 1, SEATS + 9))
        await self.both(lambda holds: holds.seat_map(self.event_id, 3, SEATS - 1))
        await self.both(lambda holds: holds.taken_among(self.event_id, range(1, SEATS + 3)))
        await self.both(lambda holds: holds.free_among(self.event_id, [BLOCKS[:1], BLOCKS[1:], BLOCKS, []]))
        await self.both(lambda holds: holds.on_offer_among(self.event_id, [BLOCKS[:1], BLOCKS[1:], BLOCKS, []]))
        await self.both(lambda holds: holds.came_back_among(self.event_id, [BLOCKS[:1], BLOCKS[1:], BLOCKS, []]))
        await self.both(lambda holds: holds.reservations(ANN))
        await self.both(lambda holds: holds.reservations(BEN))
        for one, other in self.reservations[-3:]:
            await self.each(lambda holds, id_: holds.reservation(id_), (one.id, other.id))

    async def make_reservation(
        self, user: UserId, selection: Selection, idempotency_key: IdempotencyKey | None
    ) -> None:
        user = house_of(self.event_id) if user == HOUSE else user
        answers = [
            await outcome(holds.make_reservation(self.event_id, user, selection, TTL, idempotency_key, limited=True))
            for holds in (self.memory, self.valkey)
        ]
        assert comparable(answers[0]) == comparable(answers[1])
        match answers:
            case Reservation() as one, Reservation() as other:
                assert ((one.id in self.known(0)), (other.id in self.known(1))) in {(True, True), (False, False)}
                self.reservations.append((one, other))

    async def enlarge(self, user: UserId, place: int, selection: Selection) -> None:
        await self.each(lambda holds, id_: holds.enlarge(id_, user, selection), self.reserved(place))

    async def reduce(self, user: UserId, place: int, count: int) -> None:
        await self.each(lambda holds, id_: holds.reduce(id_, user, count), self.reserved(place))

    async def extend(self, user: UserId, place: int) -> None:
        await self.each(lambda holds, id_: holds.extend(id_, user, TTL, most=1), self.reserved(place))

    async def give_back(self, user: UserId, place: int) -> None:
        await self.each(lambda holds, id_: holds.give_back(id_, user), self.reserved(place))

    async def claim_reserved(self, place: int, count: int) -> None:
        if place < len(self.reservations):
            reservation, _ = self.reservations[-1 - place]
            await self.claim(reservation.user_id, frozenset(reservation.numbers[:count]))

    async def reserve(self, user: UserId, count: int) -> None:
        hold = await self.both(lambda holds: holds.reserve(self.event_id, user, count, TTL, limited=True))
        if isinstance(hold, Hold):
            self.holds.append(hold)

    async def claim_held(self, user: UserId, place: int) -> None:
        if place < len(self.holds):
            await self.claim(user, frozenset(self.holds[-1 - place].numbers))

    async def claim(self, user: UserId, wanted: frozenset[int]) -> None:
        if len(self.pending_claims(wanted)) > 1:  # any of them may be returned
            return
        booking_id = a_booking_id()
        claim = await self.both(lambda holds: holds.claim(self.event_id, user, wanted, booking_id))
        if isinstance(claim, Claim):
            self.claims.append(claim)

    async def settle(self, place: int) -> None:
        booking_id = self.booking(place)
        if await self.both(lambda holds: holds.settle(self.event_id, booking_id)) is True:
            claim = next(claim for claim in self.claims if claim.booking_id == booking_id)
            self.owners |= dict.fromkeys(claim.numbers, claim.user_id)

    async def abandon(self, place: int) -> None:
        booking_id = self.booking(place)
        await self.both(lambda holds: holds.abandon(self.event_id, booking_id))

    async def release(self, user: UserId, cancelled: frozenset[int], epoch: int, number: int) -> None:
        # A later flip says that all tickets are Ben's, and may count this release again.
        user = BEN if epoch > 0 else user
        own = tuple(ticket for ticket in sorted(cancelled) if self.owners.get(ticket) == user)
        release = Release(self.event_id, user, own, self.epoch + epoch, number)
        if await self.both(lambda holds: holds.release(release)) is True:
            self.owners = {ticket: owner for ticket, owner in self.owners.items() if ticket not in own}

    async def flip(
        self, sold: frozenset[int], epoch: int, released: int, queue: tuple[int, int], sales: SalesWindow
    ) -> None:
        waiting, came_back = queue
        # Of an offer that was booked before a flip the stores need not say the same: its entry has ended.
        sold -= self.offered()
        reading = sold_tickets(
            [(number, number) for number in sorted(sold)],
            capacity=SEATS,
            epoch=self.epoch + epoch,
            released=released,
            ticket_limit=4,
            per_user=[(BEN, len(sold))] if sold else [],
            waiting=waiting,
            waiting_version=waiting,
            sales=sales,
            came_back=came_back,
        )
        if await self.both(lambda holds: install(holds, self.event_id, reading)):
            self.epoch += epoch
            self.owners = dict.fromkeys(self.memory.events[self.event_id].sold, BEN)

    async def grow(self, capacity: int) -> None:
        await self.both(lambda holds: holds.grow(self.event_id, capacity))

    async def set_demand(self, tickets: int, version: int, wanted: list[WantedTickets] | None) -> None:
        demand = Demand(self.event_id, tickets, version, None if wanted is None else tuple(wanted))
        await self.both(lambda holds: holds.set_demand(demand))

    async def offer(self, place: int, version: int, blocks: list[Block], kept_aside: int) -> None:
        # The database lets a user have one offer of an event at a time.
        entry = self.entries[place]
        offers = self.memory.events[self.event_id].offers if self.event_id in self.memory.events else []
        if not any(offer.user_id == entry.user_id and offer.entry_id != entry.id for offer in offers):
            turn = replace(entry, version=version)
            await self.both(lambda holds: holds.offer(turn, self.epoch, TTL, blocks, kept_aside))

    async def decline(self, place: int) -> None:
        entry = self.entries[place]
        await self.both(lambda holds: holds.decline(self.event_id, entry.user_id, entry.id))

    async def return_surplus(self, tickets: int, late: bool, blocks: list[tuple[Block, int | None, bool]]) -> None:
        seen = self.memory.events.get(self.event_id)
        stock = seen.stock if seen else Stock(0, 0, 0, 0, 0, 0, 0, 0)
        demand = Demand(self.event_id, 0, seen.demand.version - late if seen else 0)
        groups = [
            CameBack(len(seen.came_back_in([block])) if seen and wrong is None else wrong or 0, (block,), stay_aside)
            for block, wrong, stay_aside in blocks
        ]
        await self.both(lambda holds: holds.return_surplus(demand, stock, tickets, groups))

    async def lapse(self, lapsed: frozenset[int]) -> None:
        event = self.memory.events.get(self.event_id)
        if event is None or event.is_cold:  # In Valkey what lapses of a cold event is found by its next flip.
            return
        # All tickets of an offer lapse together.
        alone = (lapsed & event.held.keys()) - self.offered()
        # In either store's time it is as long ago, after what lapsed before, and after the last repair.
        self.lapsed += 1
        ago = timedelta(seconds=1) - timedelta(milliseconds=self.lapsed)
        event.repaired_at = NEVER
        await self.client.hset(f"meta:{{{self.event_id}}}", "repaired", 0)
        await lapse_in_memory(self.memory, self.clock, self.event_id, alone, ago)
        await lapse_in_valkey(self.client, self.event_id, alone, await ms_ago(self.client, ago))

    async def discard(self, epoch: int) -> None:
        await self.both(lambda holds: holds.discard(self.event_id, self.epoch + epoch))

    async def discard_unused(self, epoch: int) -> None:
        await self.both(lambda holds: holds.discard_unused(self.event_id, self.epoch + epoch))

    async def retire(self, epoch: int, blocks: list[Block]) -> None:
        await self.both(lambda holds: holds.retire(self.event_id, self.epoch + epoch, blocks))

    def known(self, store: int) -> set[ReservationId]:
        return {pair[store].id for pair in self.reservations}

    def reserved(self, place: int) -> tuple[ReservationId, ReservationId]:
        """The ids of one of the last reservations in either store, or one that none has."""
        if place < len(self.reservations):
            one, other = self.reservations[-1 - place]
            return one.id, other.id
        return (reservation_id(self.event_id, 2**29),) * 2

    def booking(self, place: int) -> BookingId:
        """The booking id of one of the last claims, or one that no claim has."""
        return self.claims[-1 - place].booking_id if place < len(self.claims) else a_booking_id()

    def pending_claims(self, wanted: frozenset[int]) -> list[BookingId]:
        event = self.memory.events.get(self.event_id)
        claims = event.claims.items() if event else ()
        return [booking_id for booking_id, pending in claims if wanted & pending.holds.keys()]

    def offered(self) -> frozenset[int]:
        event = self.memory.events.get(self.event_id)
        return frozenset(number for offer in event.offers for number in offer.numbers) if event else frozenset()


async def outcome(call: Awaitable[object]) -> object:
    try:
        return await call
    except REFUSALS as refusal:
        return refusal


def comparable(answer: object) -> object:
    """An answer without its times, which come from two clocks."""
    match answer:
        case NotHeld():
            return NotHeld, answer.numbers
        case Exception():
            return type(answer), str(answer) if isinstance(answer, NotTogether) else ""
        case Reservation():
            lasts = answer.expires_at - answer.made_at
            known = replace(answer, id=ReservationId(""), made_at=OPENING, expires_at=OPENING)
            return known, round(lasts / timedelta(minutes=1))
        case Hold() | Offer():
            return replace(answer, numbers=tuple(sorted(answer.numbers)), expires_at=OPENING)
        case list():
            return sorted((comparable(element) for element in answer), key=repr)
        case _:
            return answer


@pytest.fixture
async def stores(redis_url: str) -> AsyncIterator[Callable[[], Pair]]:
    """Makes pairs of stores, each with an event of its own."""
    valkey = RedisHoldStore.connect(redis_url, held_per_user=HELD_MOST)
    async with Redis.from_url(redis_url, decode_responses=True) as client:
        clock = FrozenClock()
        yield lambda: Pair(MemoryHoldStore(clock, HELD_MOST), valkey, client, clock)
    await valkey.close()


@given(st.lists(steps, max_size=30))
@settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_both_hold_stores_say_the_same(stores: Callable[[], Pair], todo: list[Step]) -> None:
    pair = stores()
    await pair.client.delete(*(f"reservations-of:{{{user}}}" for user in (ANN, BEN)))  # those of other histories
    first = sold_tickets([(1, 1)], capacity=SEATS, ticket_limit=4, per_user=[(BEN, 1)])
    await pair.both(lambda holds: install(holds, pair.event_id, first))

    for name, arguments in todo:
        note(f"{name} {arguments}")
        await getattr(pair, name)(*arguments)
        await pair.compare()
