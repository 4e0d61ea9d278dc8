"""Seats of an event: where they are and which are free.

`viewer` is anybody, None for somebody unknown.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from booked.domain.errors import NoEventFound, NoSuchSeat
from booked.domain.model.ids import EventId, TicketId, event_of, number_of
from booked.domain.model.people.users import User
from booked.domain.model.programme.events import Event, EventStatus
from booked.domain.model.programme.seating import Block, Seat, SeatStatus, block_of, numbers_in, seat_of
from booked.domain.model.programme.ticket_types import TicketPlan, TicketType
from booked.domain.model.sale.holds import SeatMap, TakenTickets, house_of
from booked.domain.services.programme.search import ProgrammeService
from booked.domain.services.upkeep.inventory import InventoryService
from booked.ports.database import Database
from booked.ports.holds import Availability
from booked.ports.system import Clock

SEATS_LOOKED_AT = 5_000  # for a page, however few of them match
SEATS_A_LOOK = 100  # that the hold store is asked for at once: it does nothing else meanwhile
SEATS_A_MAP = 1_000_000  # of an availability answer: 125 kB of bitmap


@dataclass(frozen=True, slots=True)
class SeatState:
    """A seat with its type and its present price, in minor units of the event's currency."""

    seat: Seat
    type: TicketType
    price: int
    status: SeatStatus


@dataclass(frozen=True, slots=True)
class SeatFilter:
    """Which seats to list; None for all."""

    section: str | None = None
    row: str | None = None
    type_number: int | None = None
    status: SeatStatus | None = None


@dataclass(frozen=True, slots=True)
class SeatPage:
    """It may have fewer seats than were asked for: the next page goes on behind `next_after`, None after the last."""

    event: Event
    seats: list[SeatState]
    next_after: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatService:
    database: Database
    holds: Availability
    inventory: InventoryService
    programme: ProgrammeService
    clock: Clock

    async def layout(self, viewer: User | None, event_id: EventId) -> tuple[Event, TicketPlan]:
        """Return where an event's tickets are.

        It changes only when the event grows, or a type's name, price or rules change. Seats of hidden types are only
        shown to those who run the event.
        """
        event = (await self.programme.event(viewer, event_id)).event
        plan = await self._admission(event_id)
        shows_all = not event.has_type_rules or await self.programme.is_run_by(viewer, event)
        return event, plan if shows_all else plan.for_public

    async def availability(self, viewer: User | None, event_id: EventId, first: int, last: int) -> SeatMap:
        """Return which tickets of a range are taken, of up to `SEATS_A_MAP`.

        All are, at an event that is not published, and so are those of types that are not on offer.
        """
        event = (await self.programme.event(viewer, event_id)).event
        last = min(last, first + SEATS_A_MAP - 1)
        if event.status is not EventStatus.PUBLISHED:
            return all_taken(event.seat_count, first, last)
        withheld = (await self._admission(event_id)).withheld(self.clock.now()) if event.has_type_rules else ()
        return await self.inventory.when_warm(
            event_id, lambda: public_seat_map(self.holds, event_id, first, last, withheld)
        )

    async def page(
        self, viewer: User | None, event_id: EventId, wanted: SeatFilter, after: int, limit: int
    ) -> SeatPage:
        """Return matching seats, by ticket number, after the number `after`."""
        event, plan = await self.layout(viewer, event_id)
        candidates = islice(_candidates(plan, wanted, after), SEATS_LOOKED_AT)
        at_once = SEATS_A_LOOK if wanted.status else min(limit, SEATS_A_LOOK)
        found: list[SeatState] = []
        last = after
        while len(found) < limit and (seats := list(islice(candidates, at_once))):
            states = await self._states(event, plan, seats)
            matching = [state for state in states if wanted.status in {None, state.status}]
            found += matching[: limit - len(found)]
            last = found[-1].seat.number if len(found) == limit else seats[-1].number
        more = next(_candidates(plan, wanted, last), None)
        return SeatPage(event, found, last if more else None)

    async def seat(self, viewer: User | None, ticket: TicketId) -> tuple[Event, SeatState]:
        """Return one seat with its event. Raises `NoSuchSeat` or `NoEventFound`."""
        event, plan = await self.layout(viewer, event_of(ticket))
        number = number_of(ticket)
        block = block_of(plan.blocks, number)
        place = seat_of(block, number) if block else None
        if place is None:
            raise NoSuchSeat
        [state] = await self._states(event, plan, [place])
        return event, state

    async def _states(self, event: Event, plan: TicketPlan, seats: Sequence[Seat]) -> list[SeatState]:
        statuses = await self._statuses(event, [seat.number for seat in seats])
        now = self.clock.now()
        types = [plan.known_type(seat.type_number) for seat in seats]
        return [
            SeatState(seat, type_, type_.price_at(now), _unless_withheld(status, type_, now))
            for seat, type_, status in zip(seats, types, statuses, strict=True)
        ]

    async def _statuses(self, event: Event, numbers: Sequence[int]) -> list[SeatStatus]:
        """Return the status of each of these tickets. The stores are asked for no others, however many are taken."""
        blocked = frozenset[int]()
        if event.blocked:
            of_house = await self.database.bookings.standing(event.id, house_of(event.id), numbers)
            blocked = frozenset(ticket.number for ticket in of_house)
        if event.status is EventStatus.PUBLISHED:
            taken = await self.inventory.when_warm(event.id, lambda: self.holds.taken_among(event.id, numbers))
            others = SeatStatus.AVAILABLE
        else:
            taken = TakenTickets(await self.database.ledgers.sold_among(event.id, numbers), frozenset())
            others = SeatStatus.BLOCKED  # Its organizer keeps from sale all that was not sold.
        return [_status(number, blocked, taken, others) for number in numbers]

    async def _admission(self, event_id: EventId) -> TicketPlan:
        plan = await self.database.ticket_plans.get(event_id)
        if plan is None:
            raise NoEventFound
        return plan


def all_taken(capacity: int, first: int, last: int) -> SeatMap:
    """Return the map of an event without a free ticket."""
    last = min(last, capacity)
    count = max(0, last - first + 1)
    taken = ((1 << count) - 1 << -count % 8).to_bytes((count + 7) // 8)
    return SeatMap(capacity, 0, first, last, taken)


async def public_seat_map(
    holds: Availability, event_id: EventId, first: int, last: int, withheld: Sequence[Block]
) -> SeatMap:
    """Return which tickets of a range the public cannot have: taken ones, those set aside, and the withheld blocks'."""
    return await for_public(holds, event_id, await holds.seat_map(event_id, first, last), withheld)


async def for_public(holds: Availability, event_id: EventId, seats: SeatMap, withheld: Sequence[Block]) -> SeatMap:
    """Return a map of seats as the public may reserve, without the withheld blocks."""
    if not withheld:
        return seats.for_public()
    [on_offer] = await holds.on_offer_among(event_id, [withheld])
    return seats.for_public().without(withheld, on_offer)


def _unless_withheld(status: SeatStatus, type_: TicketType, now: datetime) -> SeatStatus:
    """Return the status of a seat, whose organizer keeps it from sale while its type is not on offer."""
    withheld = status is SeatStatus.AVAILABLE and not type_.rules.offers(now)
    return SeatStatus.BLOCKED if withheld else status


def _status(number: int, blocked: frozenset[int], taken: TakenTickets, others: SeatStatus) -> SeatStatus:
    if number in blocked:
        return SeatStatus.BLOCKED
    if number in taken.held:
        return SeatStatus.RESERVED
    return SeatStatus.BOOKED if number in taken.sold else others


def _candidates(plan: TicketPlan, wanted: SeatFilter, after: int) -> Iterator[Seat]:
    """Yield seats where the filter looks, after the number `after`, whatever their status."""
    for block in plan.blocks:
        if block.seats is None or block.last <= after:
            continue
        if wanted.section in {None, block.seats.section} and wanted.type_number in {None, block.type_number}:
            numbers = numbers_in(block, wanted.row)
            for number in range(max(numbers.start, after + 1), numbers.stop):
                seat = seat_of(block, number)
                if seat:
                    yield seat
