"""Seats of an event: where they are, which are free, and keeping some from sale.

`actor` is an organizer or an admin, as the database has just confirmed; `viewer` anybody, None for somebody unknown.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from booked.domain.errors import NoEventFound, NoSuchSeat
from booked.domain.model.bookings import Terms
from booked.domain.model.events import Event, EventStatus
from booked.domain.model.ids import EventId, TicketId, event_of, number_of
from booked.domain.model.once import Once
from booked.domain.model.reservations import Exactly, require_seats
from booked.domain.model.seating import Seat, SeatStatus, block_of, numbers_in, seat_of
from booked.domain.model.ticket_types import Admission, TicketType
from booked.domain.model.tickets import house_of
from booked.domain.model.users import User
from booked.domain.services.bookings import BookingService
from booked.domain.services.catalogue import CatalogueService
from booked.domain.services.inventory import InventoryService
from booked.ports.database import Database
from booked.ports.holds import HoldStore, SeatMap
from booked.ports.system import Clock

SEATS_LOOKED_AT = 5_000  # for a page, however few of them match
BLOCKING = timedelta(minutes=1)  # how long a seat is held while it is being blocked


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


@dataclass(frozen=True, slots=True)
class SeatService:
    database: Database
    holds: HoldStore
    inventory: InventoryService
    catalogue: CatalogueService
    bookings: BookingService
    clock: Clock

    async def layout(self, viewer: User | None, event_id: EventId) -> tuple[Event, Admission]:
        """Where an event's tickets are. It changes only when the event grows, or a type's name or price changes."""
        event = (await self.catalogue.event(viewer, event_id)).event
        return event, await self._admission(event_id)

    async def availability(self, viewer: User | None, event_id: EventId) -> SeatMap:
        """Which tickets can be had. None of an event that is not published can."""
        event = (await self.catalogue.event(viewer, event_id)).event
        if event.status is not EventStatus.PUBLISHED:
            return all_taken(event.seat_count)
        return await self._map(event_id)

    async def page(
        self, viewer: User | None, event_id: EventId, wanted: SeatFilter, after: int, limit: int
    ) -> SeatPage:
        """Seats that match, by ticket number from behind `after` on."""
        event, admission = await self.layout(viewer, event_id)
        seats = await self._seats(event, admission)
        found: list[SeatState] = []
        last = after
        for seat in islice(_candidates(admission, wanted, after), SEATS_LOOKED_AT):
            last = seat.number
            if wanted.status in {None, seats.status(last)}:
                found.append(seats.state(seat))
            if len(found) == limit:
                break
        more = next(_candidates(admission, wanted, last), None)
        return SeatPage(event, found, last if more else None)

    async def seat(self, viewer: User | None, ticket: TicketId) -> tuple[Event, SeatState]:
        """One seat. Raises `NoSuchSeat` or `NoEventFound`."""
        event, admission = await self.layout(viewer, event_of(ticket))
        number = number_of(ticket)
        block = block_of(admission.blocks, number)
        place = seat_of(block, number) if block else None
        if place is None:
            raise NoSuchSeat
        return event, (await self._seats(event, admission)).state(place)

    async def block(self, actor: User, event_id: EventId, seats: Iterable[TicketId], once: Once | None = None) -> None:
        """Keep seats from sale, all or none. Raises `SeatTaken` where somebody has one, or `NoSuchSeat`."""
        await self.catalogue.require_organizer(actor, event_id)
        numbers = require_seats(event_id, seats, (await self._admission(event_id)).blocks)
        # A sale to the house: the same steps and guards as any other.
        house = house_of(event_id)
        if once and await self.database.keys.find(once):
            return
        held = await self.inventory.when_warm(
            event_id, lambda: self.holds.make_reservation(event_id, house, Exactly(numbers), BLOCKING)
        )
        await self.bookings.buy(house, event_id, held.numbers, Terms(once=once))

    async def unblock(
        self, actor: User, event_id: EventId, seats: Iterable[TicketId], once: Once | None = None
    ) -> None:
        """Put blocked seats on sale again, all or none. Raises `NoSuchSeat` where one is not blocked."""
        await self.catalogue.require_organizer(actor, event_id)
        numbers = require_seats(event_id, seats, (await self._admission(event_id)).blocks)
        house = house_of(event_id)
        if once and await self.database.keys.find(once):
            return
        blocked = await self.database.bookings.standing(event_id, house, numbers)
        if len(blocked) < len(set(numbers)):
            raise NoSuchSeat("Not every one of these seats is blocked.")
        await self.bookings.release(event_id, house, blocked, once, event_id)

    async def _seats(self, event: Event, admission: Admission) -> "_Seats":
        house = house_of(event.id)
        blocked = await self.database.bookings.owned(event.id, house) if event.blocked else frozenset[int]()
        now = self.clock.now()
        if event.status is EventStatus.PUBLISHED:
            seats = await self._map(event.id)
            return _Seats(admission, blocked, seats.held, seats.is_taken, SeatStatus.AVAILABLE, now)
        # Its organizer keeps from sale all that was not sold.
        sold = await self.database.events.sold_ranges(event.id)
        return _Seats(admission, blocked, frozenset(), lambda number: _is_in(sold, number), SeatStatus.BLOCKED, now)

    async def _admission(self, event_id: EventId) -> Admission:
        admission = await self.database.events.admission(event_id)
        if admission is None:
            raise NoEventFound
        return admission

    async def _map(self, event_id: EventId) -> SeatMap:
        return await self.inventory.when_warm(event_id, lambda: self.holds.seat_map(event_id))


@dataclass(frozen=True, slots=True)
class _Seats:
    """What is known of an event's seats at a moment; `others` is the status of those of which nothing is known."""

    admission: Admission
    blocked: frozenset[int]
    held: frozenset[int]
    is_sold: Callable[[int], bool]
    others: SeatStatus
    now: datetime

    def state(self, seat: Seat) -> SeatState:
        type_ = self.admission.types[seat.type_number - 1]
        return SeatState(seat, type_, type_.price_at(self.now), self.status(seat.number))

    def status(self, number: int) -> SeatStatus:
        if number in self.blocked:
            return SeatStatus.BLOCKED
        if number in self.held:
            return SeatStatus.RESERVED
        return SeatStatus.BOOKED if self.is_sold(number) else self.others


def all_taken(capacity: int) -> SeatMap:
    """The map of an event of which nothing can be had."""
    taken = bytearray(b"\xff" * (capacity // 8))
    if capacity % 8:
        taken.append(0xFF & ~(0xFF >> capacity % 8))
    return SeatMap(capacity, bytes(taken), frozenset())


def _is_in(ranges: Sequence[tuple[int, int]], number: int) -> bool:
    index = bisect_right(ranges, number, key=lambda range_: range_[0]) - 1
    return index >= 0 and number <= ranges[index][1]


def _candidates(admission: Admission, wanted: SeatFilter, after: int) -> Iterator[Seat]:
    """Seats where the filter looks, from behind `after` on; whatever their status."""
    for block in admission.blocks:
        if block.seats is None or block.last <= after:
            continue
        if wanted.section in {None, block.seats.section} and wanted.type_number in {None, block.type_number}:
            numbers = numbers_in(block, wanted.row)
            for number in range(max(numbers.start, after + 1), numbers.stop):
                seat = seat_of(block, number)
                if seat:
                    yield seat
