"""Reservations: holds made together, under one id, as their owner sees and changes them."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from booked.domain.errors import (
    BelowMinimum,
    NoSuchSeat,
    NoSuchTicketType,
    OverTicketLimit,
    ReservationFixed,
    SeatTaken,
    TicketNotReserved,
    TooFewTickets,
    TypePaused,
)
from booked.domain.model.ids import EventId, ReservationId, TicketId, UserId, event_of, number_of
from booked.domain.model.programme.seating import Block, Seat, block_of, seat_of
from booked.domain.model.programme.ticket_types import TicketPlan, TicketType
from booked.domain.model.programme.type_rules import below_minimum, over_maximum
from booked.domain.model.sale.holds import TICKETS_A_REQUEST, TICKETS_NAMED, require_count

EXTENSIONS_MOST = 1
EXTENSIONS_UNWANTED = 10  # on pages, while nobody waits: people may need ten times as long (WCAG 2.2, 2.2.1)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """A number of tickets, of these blocks if any are named.

    Without blocks, `known_capacity` is how many tickets of the event are known here; None lets the others be taken too.
    """

    count: int
    blocks: Sequence[Block] = ()
    known_capacity: int | None = None


@dataclass(frozen=True, slots=True)
class CheapestOf:
    """A number of tickets of the cheapest type with enough of them, or else of several, the cheaper ones first.

    None are of the `withheld` blocks, except that all of them may be where those of a type are withheld.
    `known_capacity` is as in `AnyOf`.
    """

    count: int
    by_price: Sequence[Sequence[Block]]
    withheld: Sequence[Block] = ()
    known_capacity: int | None = None


@dataclass(frozen=True, slots=True)
class BestOf:
    """The best seats of these blocks, next to each other in one row.

    A party that fits in no row sits in groups if it is `split`.
    """

    count: int
    blocks: Sequence[Block]
    split: bool = False


@dataclass(frozen=True, slots=True)
class Exactly:
    """The tickets with these numbers."""

    numbers: Sequence[int]

    @property
    def count(self) -> int:
        return len(self.numbers)


@dataclass(frozen=True, slots=True)
class Minimum:
    """Of these blocks, those of a type, a reservation has `count` tickets at least, or none."""

    count: int
    blocks: Sequence[Block]


@dataclass(frozen=True, slots=True)
class Maximum:
    """Of these blocks, those of a type, a user holds `count` tickets at most."""

    count: int
    blocks: Sequence[Block]


Selection = AnyOf | CheapestOf | BestOf | Exactly


def type_selected(selection: Selection) -> int | None:
    """Return the number of the selected ticket type; None for any type, for the cheapest and for chosen seats."""
    blocks = selection.blocks if isinstance(selection, AnyOf | BestOf) else ()
    types = {block.type_number for block in blocks}
    return types.pop() if len(types) == 1 else None


@dataclass(frozen=True, slots=True)
class Reservation:
    """What a user holds under this id until `expires_at`, by the hold store's clock.

    `numbers` are the tickets still held: none once it has lapsed or is booked. `type_number` is the ticket type
    asked for, None for any. `extensions` counts how often its owner got more time.
    """

    id: ReservationId
    event_id: EventId
    user_id: UserId
    numbers: tuple[int, ...]
    type_number: int | None
    made_at: datetime
    expires_at: datetime
    extensions: int = 0

    def seconds_left(self, now: datetime) -> int:
        """Return the whole seconds until it lapses, 0 after that."""
        return max(0, int((self.expires_at - now).total_seconds())) if self.numbers else 0


@dataclass(frozen=True, slots=True)
class TicketRequest:
    """What somebody asks for: a number of tickets, next to each other or not; or these seats.

    Without a type they are of the cheapest one or, where they are to be next to each other, the best seats.
    `split` lets a party sit in groups that fits in no row. Of the types in `beside` the order has tickets already, so
    it may have any number more.
    """

    count: int = 0
    type_number: int | None = None
    seats: Sequence[TicketId] = ()
    best_available: bool = False
    split: bool = False
    beside: Collection[int] = ()

    @property
    def size(self) -> int:
        """Return the number of tickets or of seats, each counted once."""
        return len(set(self.seats)) or self.count

    def least_of(self, type_: TicketType) -> int:
        """Return how many tickets of a type it has at least if it has any."""
        return 1 if type_.number in self.beside else type_.rules.min_per_order

    def may_be_of(self, type_: TicketType) -> bool:
        """Return whether all its tickets may be of a type."""
        most = type_.rules.max_per_user
        return self.least_of(type_) <= self.count and (most is None or self.count <= most)

    def may_have_some(self, type_: TicketType) -> bool:
        """Return whether any number of its tickets may be of a type."""
        return self.least_of(type_) == 1 and type_.rules.max_per_user is None


@dataclass(frozen=True, slots=True)
class PricedTicket:
    """A ticket of a reservation or a booking with its type, its seat where it has one, and its price."""

    number: int
    type: TicketType
    seat: Seat | None
    price: int


def longest_life(hold_ttl: timedelta, offer_ttl: timedelta) -> timedelta:
    """Return how long a reservation can be booked after it was made: with extensions, or with tickets of an offer."""
    return max(hold_ttl * (1 + EXTENSIONS_UNWANTED), offer_ttl)


def as_selection(
    request: TicketRequest, event_id: EventId, plan: TicketPlan, now: datetime, capacity: int = 0
) -> Selection:
    """Return what to ask the hold store for, at the prices of now. Raises what is wrong with the request.

    Types that are not on offer, or only in larger numbers, are left out, and refused where they are asked for. So are
    tickets up to `capacity` that the plan does not have: nobody here knows whether they are for everybody.
    """
    if request.seats:
        if request.count not in {0, request.size}:
            raise TooFewTickets("You chose another number of seats. Leave num_tickets out.")
        numbers = require_seats(event_id, request.seats, plan.for_public.blocks)
        counts = Counter(ticket.type.number for ticket in priced(numbers, plan, now))
        for number, count in counts.items():
            plan.known_type(number).rules.require_offer(now)
            _require_number(request, [plan.known_type(number)], count)
        return Exactly(numbers)
    count = require_count(request.count)
    if request.best_available:
        return BestOf(count, _seated(request, plan, now), request.split)
    if request.type_number is not None:
        return AnyOf(count, _blocks_of_type(request, request.type_number, plan, now))
    wish = cheapest_first(request, plan, now, capacity)
    if wish.by_price or wish.withheld:
        return wish
    return AnyOf(count, known_capacity=wish.known_capacity)


def cheapest_first(request: TicketRequest, plan: TicketPlan, now: datetime, capacity: int = 0) -> CheapestOf:
    """Return a request for tickets of any type as what to ask the hold store for. `capacity` is as in `as_selection`.

    Types with a minimum or a limit are listed and withheld: all tickets may be of them, but not some. No type is either
    if all are on offer, cost the same and have neither. Raises `BelowMinimum` or `OverTicketLimit` where no type on
    offer is sold in this number.
    """
    known = plan.capacity
    unknown = [Block(known + 1, capacity, 0)] if capacity > known else []
    known = max(known, capacity)
    offered = [type_ for type_ in plan.types if type_.rules.offers(now)]
    freely = {type_.number: type_.price_at(now) for type_ in offered if request.may_have_some(type_)}
    if len(freely) == len(plan.types) and len(set(freely.values())) == 1:
        return CheapestOf(request.count, (), unknown, known)
    if not freely:
        _require_number(request, offered, request.count)
    prices = {type_.number: type_.price_at(now) for type_ in offered if request.may_be_of(type_)}
    by_price = [plan.blocks_of(number) for number in sorted(prices, key=prices.__getitem__)]
    withheld = [block for block in plan.blocks if block.type_number not in freely]
    return CheapestOf(request.count, by_price, withheld + unknown, known)


def minimums(plan: TicketPlan) -> list[Minimum]:
    """Return what reservations have at least of the types sold several at once."""
    several = [type_ for type_ in plan.types if type_.rules.min_per_order > 1]
    return [Minimum(type_.rules.min_per_order, plan.blocks_of(type_.number)) for type_ in several]


def maximums(plan: TicketPlan) -> list[Maximum]:
    """Return what a user holds at most of the types with a limit."""
    limits = [(type_.number, type_.rules.max_per_user) for type_ in plan.types]
    return [Maximum(most, plan.blocks_of(number)) for number, most in limits if most is not None]


def require_allowed(plan: TicketPlan, type_number: int | None, count: int, owned: Collection[int] = ()) -> None:
    """Raise `BelowMinimum` or `OverTicketLimit` unless somebody may have this many tickets more of a type, or of any.

    `owned` are the numbers of those that they have. Types that are not hidden count.
    """
    wanted = [type_ for type_ in plan.for_public.types if type_number in {None, type_.number}]
    _require_number(TicketRequest(), wanted, count)
    for type_ in wanted:
        blocks, most = plan.blocks_of(type_.number), type_.rules.max_per_user
        if most is not None and count + sum(number in block for number in owned for block in blocks) > most:
            raise over_maximum(most)


def _require_number(request: TicketRequest, types: Collection[TicketType], count: int) -> None:
    """Raise `BelowMinimum` or `OverTicketLimit` unless a request may have this many tickets of one of these types."""
    least = min((request.least_of(type_) for type_ in types), default=1)
    if count < least:
        raise below_minimum(least)
    limits = [type_.rules.max_per_user or count for type_ in types]
    if limits and count > max(limits):
        raise over_maximum(max(limits))


def _blocks_of_type(request: TicketRequest, type_number: int, plan: TicketPlan, now: datetime) -> Sequence[Block]:
    """Return the blocks of a type. Raises `NoSuchTicketType`, why it is not on offer, or as the above."""
    type_ = plan.type(type_number)
    if type_ is None:
        raise NoSuchTicketType
    type_.rules.require_offer(now)
    _require_number(request, [type_], request.count)
    return plan.blocks_of(type_number)


def _seated(request: TicketRequest, plan: TicketPlan, now: datetime) -> list[Block]:
    """Return the blocks of seats on offer. Raises `NoSuchSeat` where there are no seats, otherwise as the above.

    A party that may be split can get seats of several types: then types with a minimum or a limit are left out.
    """
    if request.type_number is not None:
        seated = [block for block in _blocks_of_type(request, request.type_number, plan, now) if block.seats]
    else:
        withheld = plan.withheld(now)
        seated = [block for block in plan.blocks if block.seats and block not in withheld]
        if not seated and any(block.seats for block in plan.for_public.blocks):
            raise TypePaused("No numbered seats are on sale now. Ask for other tickets, or try again later.")
        types = [plan.known_type(number) for number in {block.type_number for block in seated}]
        _require_number(request, types, request.count)
        mixed = request.split and len(types) > 1
        fitting = {each.number for each in types if (request.may_have_some if mixed else request.may_be_of)(each)}
        if types and not fitting:
            raise BelowMinimum(
                "Each type of seats is sold in other numbers. Name one, or do not let the party be split."
            )
        seated = [block for block in seated if block.type_number in fitting]
    if not seated:
        raise NoSuchSeat("There are no numbered seats to be next to each other in. Leave best_available out.")
    return seated


def price(number: int, block: Block, plan: TicketPlan, moment: datetime) -> PricedTicket:
    """Return what a ticket of a block is, and its price if reserved at this moment."""
    type_ = plan.known_type(block.type_number)
    return PricedTicket(number, type_, seat_of(block, number), type_.price_at(moment))


def priced(numbers: Iterable[int], plan: TicketPlan, moment: datetime) -> list[PricedTicket]:
    """Return several tickets with their prices. Numbers the event does not have are left out."""
    located = ((number, block_of(plan.blocks, number)) for number in numbers)
    return [price(number, block, plan, moment) for number, block in located if block is not None]


def type_of_all(tickets: Iterable[PricedTicket]) -> int | None:
    """Return the number of the type of all these tickets, None if they are of several."""
    types = {ticket.type.number for ticket in tickets}
    return types.pop() if len(types) == 1 else None


def require_same_prices(plan: TicketPlan, type_number: int | None, made_at: datetime, now: datetime) -> None:
    """Raise `ReservationFixed` unless tickets of a type, or of all, cost now what they cost when it was made."""
    wanted = [type_ for type_ in plan.types if type_number in {None, type_.number}]
    if any(type_.price_at(made_at) != type_.price_at(now) for type_ in wanted):
        raise ReservationFixed("The price has changed since. Make another reservation for more tickets.")


def require_seats(event_id: EventId, tickets: Iterable[TicketId], blocks: Sequence[Block]) -> tuple[int, ...]:
    """Return the numbers of chosen seats, each once. Raises `NoSuchSeat` if the event has no such seat."""
    distinct = dict.fromkeys(tickets)
    if not distinct:
        raise TicketNotReserved("Choose at least one seat.")
    if len(distinct) > TICKETS_A_REQUEST:
        raise OverTicketLimit(f"A request may ask for at most {TICKETS_A_REQUEST} tickets.")
    numbers = tuple(number_of(ticket) for ticket in distinct)
    for ticket, number in zip(distinct, numbers, strict=True):
        if event_of(ticket) != event_id or not any(block.seats and number in block for block in blocks):
            raise NoSuchSeat(f"No seat of this event has the id {ticket}. The event's seats show those that there are.")
    return numbers


def with_seats_named(taken: SeatTaken, blocks: Sequence[Block]) -> SeatTaken:
    """Return the error with the names of the seats that are not free."""
    return SeatTaken(f"Not free: {seat_names(taken.numbers, blocks)}. {taken.advice}", numbers=taken.numbers)


def seat_names(numbers: Collection[int], blocks: Sequence[Block]) -> str:
    """Return what is written on the chairs with these numbers, a few of them if they are many."""
    located = ((block_of(blocks, number), number) for number in numbers)
    seats = [seat for block, number in located if block and (seat := seat_of(block, number))]
    names = [f"{seat.section}, row {seat.row}, seat {seat.seat}" for seat in seats[:TICKETS_NAMED]]
    if len(seats) > TICKETS_NAMED:
        names.append(f"and {len(seats) - TICKETS_NAMED} more")
    return "; ".join(names)
