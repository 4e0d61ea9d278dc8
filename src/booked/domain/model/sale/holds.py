"""Tickets on their way from free to sold: holds, claims, and the count of each that must always add up."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from booked.domain.errors import NotYourTicket, OverTicketLimit, TicketNotReserved, TooFewTickets
from booked.domain.model.ids import BookingId, EntryId, EventId, TicketId, UserId, event_of, number_of, ticket_id
from booked.domain.model.programme.seating import Block
from booked.domain.model.programme.times import ALWAYS, SalesWindow
from booked.domain.model.sale.idempotency import IdempotencyKey

TICKETS_A_REQUEST = 100
TICKETS_NAMED = 10  # in an error
CLAIM_GRACE = timedelta(seconds=30)  # for claiming tickets again whose claim was given up, although not refused
EPOCHS_A_TIMELINE = 2**20  # of the database: epochs of a later timeline are above all those of an earlier one
LAST_EPOCH = 2**31 - 1  # of an event that does not exist: nothing of it is newer


@dataclass(frozen=True, slots=True)
class Hold:
    """A user's claim on tickets until `expires_at`, by the hold store's clock."""

    event_id: EventId
    user_id: UserId
    numbers: tuple[int, ...]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms a claim is committed.

    Tickets reserved together cost what they did then, as the claim says. Others cost what they do at `priced_at`,
    by default now. All are added to the booking `part_of`, if it is given. The request is remembered as
    `idempotency_key`.
    """

    priced_at: datetime | None = None
    part_of: BookingId | None = None
    idempotency_key: IdempotencyKey | None = None


USUAL = Terms()


@dataclass(frozen=True, slots=True)
class Claim:
    """A hold being booked just now, under the booking id and epoch of its commit.

    It does not lapse: it is settled, abandoned, or resolved by the sweep. `entry_id` names the waitlist entry whose
    offer is booked, if it is one. `reserved_at` says when each number was reserved, by the hold store's clock, and
    so what it costs; None for a ticket held alone. `terms` are those of the request that made the claim, whichever
    request commits it.
    """

    booking_id: BookingId
    event_id: EventId
    user_id: UserId
    numbers: tuple[int, ...]
    epoch: int
    entry_id: EntryId | None = None
    reserved_at: tuple[datetime | None, ...] = field(default=(), compare=False)
    terms: Terms = field(default=USUAL, compare=False)

    @property
    def reservation_times(self) -> tuple[datetime | None, ...]:
        """Return when each of the numbers was reserved, in their order."""
        return self.reserved_at or (None,) * len(self.numbers)


def house_of(event_id: EventId) -> UserId:
    """Return the house: the holder and buyer of tickets an organizer keeps from sale.

    It is no user: no user has an event's id. Neither limits nor the sales window bind it.
    """
    return UserId(event_id)


@dataclass(frozen=True, slots=True)
class Release:
    """Tickets given back by a cancellation, under a number by which the hold store takes them only once."""

    event_id: EventId
    user_id: UserId
    numbers: tuple[int, ...]
    epoch: int
    number: int


@dataclass(frozen=True, slots=True)
class Stock:
    """How the hold store counts an event's tickets. `aside` are the free ones kept for the waitlist.

    `marked` counts the tickets whose bit is set; it equals sold + held + claimed as long as all is well. `released`
    is the number up to which every release has arrived. `ticket_limit` and `sales` are the terms it sells by. It
    was counted at `at`, by the hold store's clock, which all deadlines are of.
    """

    epoch: int
    capacity: int
    sold: int
    held: int
    claimed: int
    aside: int
    marked: int
    released: int
    ticket_limit: int | None = None
    sales: SalesWindow = ALWAYS
    at: datetime = field(default=datetime.min.replace(tzinfo=UTC), compare=False)

    @property
    def free(self) -> int:
        return self.capacity - self.sold - self.held - self.claimed

    @property
    def public(self) -> int:
        """Return how many tickets the public may reserve."""
        return max(0, self.free - self.aside)


@dataclass(frozen=True, slots=True)
class Ledger:
    """How the database counts the same event. `sales` end when the event does, or before."""

    epoch: int
    capacity: int
    sold: int
    released: int
    ticket_limit: int | None
    waiting: int
    waiting_version: int
    sales: SalesWindow = ALWAYS
    blocked: int = 0  # tickets of those sold that the house keeps


@dataclass(frozen=True, slots=True)
class Miscount:
    """Counters of one kind which differ from their rows: what they count in all, and what the rows say."""

    what: str
    counted: int
    found: int


@dataclass(frozen=True, slots=True)
class Mismatch:
    """What does not add up between the two stores. `stuck` are the figures that would move if it were in flight."""

    what: str
    stuck: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SeatMap:
    """The taken tickets from `first` to `last` as a bitmap; `free` counts the free ones of the whole event.

    The highest bit of the first byte is ticket `first`. A bit is set for a sold, held or claimed ticket. Bits behind
    `last` are clear. If `last` is below `first`, the bitmap is empty. `aside` of the free tickets are set aside, among
    them all in the ranges `kept`, each from a first to a last number.
    """

    capacity: int
    free: int
    first: int
    last: int
    taken: bytes
    aside: int = 0
    kept: tuple[tuple[int, int], ...] = ()

    def for_public(self) -> "SeatMap":
        """Return the map as the public may reserve: with what is set aside taken, as far as it is certain tickets."""
        free = max(0, self.free - self.aside)
        kept = self.kept if free else ((1, self.capacity),)
        return replace(self._with_taken(kept), free=free, aside=0, kept=())

    def free_numbers(self) -> list[int]:
        bits = enumerate(range(self.first, self.last + 1))
        return [number for bit, number in bits if not self.taken[bit // 8] & 0x80 >> bit % 8]

    def without(self, blocks: Iterable[Block], free: int) -> "SeatMap":
        """Return the map with the tickets of these blocks taken, `free` of which were free."""
        marked = self._with_taken((block.first, block.last) for block in blocks)
        return replace(marked, free=max(0, self.free - free))

    def _with_taken(self, ranges: Iterable[tuple[int, int]]) -> "SeatMap":
        bits = int.from_bytes(self.taken)
        for start, end in ranges:
            first, last = max(start, self.first), min(end, self.last)
            if first <= last:
                bits |= (1 << last - first + 1) - 1 << len(self.taken) * 8 - 1 - (last - self.first)
        return replace(self, taken=bits.to_bytes(len(self.taken)))


@dataclass(frozen=True, slots=True)
class TakenTickets:
    """Numbers of taken tickets: sold ones, and held or claimed ones."""

    sold: frozenset[int]
    held: frozenset[int]


def is_one_timeline(epoch: int, other: int) -> bool:
    """Return whether the database lost nothing between two epochs of an event."""
    return epoch // EPOCHS_A_TIMELINE == other // EPOCHS_A_TIMELINE


def disagreement(ledger: Ledger, stock: Stock) -> Mismatch | None:
    """Return how the two stores disagree about an event, None if they agree.

    A claim may have been committed and not yet settled, so the database may have sold up to `claimed` more.
    """
    if surplus := stock.marked - stock.sold - stock.held - stock.claimed:
        return Mismatch("marked tickets are not those sold, held or claimed", (surplus,))
    for what, stocked, recorded in (
        ("the epoch differs", stock.epoch, ledger.epoch),
        ("the capacity differs", stock.capacity, ledger.capacity),
        ("cancelled tickets have not come back", stock.released, ledger.released),
    ):
        if stocked != recorded:
            return Mismatch(what, (stocked,))
    if (stock.ticket_limit, stock.sales) != (ledger.ticket_limit, ledger.sales):
        return Mismatch("the terms of sale differ", (stock.epoch,))
    if not stock.sold <= ledger.sold <= stock.sold + stock.claimed:
        return Mismatch("the number of tickets sold differs", ())
    return None


def too_few(available: int) -> TooFewTickets:
    """Return the error for somebody who asks for more tickets than there are."""
    if available < 1:
        return TooFewTickets("None are left. Join the waitlist.")
    left = "1 ticket is" if available == 1 else f"{available} tickets are"
    return TooFewTickets(f"{left} available. Ask for no more, or join the waitlist.")


def not_reserved(event_id: EventId, numbers: Iterable[int]) -> TicketNotReserved:
    """Return the error for somebody who books tickets of which these are not reserved for them."""
    ids = [ticket_id(event_id, number) for number in sorted(numbers)]
    more = f" and {len(ids) - TICKETS_NAMED} more" if len(ids) > TICKETS_NAMED else ""
    return TicketNotReserved(f"Not reserved: {', '.join(ids[:TICKETS_NAMED])}{more}. Reserve, then book in time.")


def not_yours(event_id: EventId, number: int) -> NotYourTicket:
    """Return the error for somebody who books a ticket which somebody else holds."""
    return NotYourTicket(f"Reserved for somebody else: {ticket_id(event_id, number)}. Book only what you reserved.")


def require_count(count: int) -> int:
    """Return a number of tickets within what one request may ask for."""
    if count < 1:
        raise TooFewTickets("Ask for at least one ticket.")
    if count > TICKETS_A_REQUEST:
        raise OverTicketLimit(f"A request may ask for at most {TICKETS_A_REQUEST} tickets.")
    return count


def require_one_event(tickets: Iterable[TicketId]) -> tuple[EventId, frozenset[int]]:
    """Return the event of these tickets and their numbers, each once."""
    distinct = set(tickets)
    if len(distinct) > TICKETS_A_REQUEST:
        raise OverTicketLimit(f"A request may book at most {TICKETS_A_REQUEST} tickets.")
    events = {event_of(ticket) for ticket in distinct}
    if not events:
        raise TicketNotReserved("Name at least one ticket that you reserved.")
    if len(events) > 1:
        raise TicketNotReserved("These tickets belong to several events. Book each event's tickets in a request.")
    return events.pop(), frozenset(number_of(ticket) for ticket in distinct)
