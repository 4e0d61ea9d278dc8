"""One event's tickets: which are sold, which held or claimed by whom and until when, how many set aside."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice

from booked.domain.errors import OverTicketLimit, TooFewTickets
from booked.domain.model.ids import BookingId, EntryId, EventId, UserId
from booked.domain.model.tickets import Claim, Stock
from booked.domain.model.waitlist import Demand, Offer
from booked.ports.holds import Inspection, SoldTickets

CLAIM_GRACE = timedelta(seconds=15)  # what a claim that a flip turns into a hold lasts at least


@dataclass(frozen=True, slots=True)
class Held:
    """Who holds a ticket, until when, and the waitlist entry whose offer it belongs to, if it does."""

    user_id: UserId
    deadline: datetime
    entry_id: EntryId | None = None


@dataclass(frozen=True, slots=True)
class PendingClaim:
    """A claim with the holds that it was made of and becomes again if it is abandoned."""

    claim: Claim
    holds: dict[int, Held]
    made_at: datetime


@dataclass(slots=True)
class EventTickets:
    """A ticket is free unless its number is in `sold`, `held` or one of the `claims`.

    `aside` counts free tickets kept from the public, never more than the queue waits for. `released` is the
    number up to which every release has arrived, and `early` has those that arrived before their turn.
    """

    event_id: EventId
    epoch: int
    capacity: int
    limit: int | None
    sold: set[int]
    owned: Counter[UserId]
    held: dict[int, Held]
    demand: Demand
    aside: int
    released: int
    claims: dict[BookingId, PendingClaim] = field(default_factory=dict)
    early: set[int] = field(default_factory=set)

    @property
    def claimed(self) -> dict[int, Held]:
        """The holds behind all claims."""
        return {number: hold for pending in self.claims.values() for number, hold in pending.holds.items()}

    @property
    def taken(self) -> set[int]:
        return self.sold | self.held.keys() | self.claimed.keys()

    @property
    def stock(self) -> Stock:
        return Stock(
            epoch=self.epoch,
            capacity=self.capacity,
            sold=len(self.sold),
            held=len(self.held),
            claimed=len(self.claimed),
            aside=self.aside,
            marked=len(self.taken),
            released=self.released,
        )

    @property
    def inspection(self) -> Inspection:
        return Inspection(self.stock, frozenset(self.sold), frozenset(self.held), frozenset(self.claimed))

    @property
    def offers(self) -> list[Offer]:
        """Offers whose tickets are still held or just being claimed, in the order of their tickets."""
        by_entry: dict[EntryId, dict[int, Held]] = {}
        for number, hold in sorted((self.held | self.claimed).items()):
            if hold.entry_id is not None:
                by_entry.setdefault(hold.entry_id, {})[number] = hold
        return [self._offer_of(entry_id, holds) for entry_id, holds in by_entry.items()]

    def public_at(self, now: datetime) -> int:
        """What the public could reserve at this moment, counting lapsed holds as come back."""
        lapsed = len(self._lapsed(now))
        aside = min(self.aside + lapsed, self.demand.tickets)
        return max(0, self.stock.free + lapsed - aside)

    def reclaim(self, now: datetime) -> None:
        """Make lapsed holds free."""
        lapsed = self._lapsed(now)
        for number in lapsed:
            del self.held[number]
        self.come_back(len(lapsed))

    def come_back(self, tickets: int) -> None:
        """Set free tickets aside until there are as many as the queue waits for; the rest is the public's."""
        self.aside = min(self.aside + tickets, self.demand.tickets)

    def hold(self, hold: Held, count: int) -> tuple[int, ...]:
        """The numbers of tickets that were free and are held now: the lowest there are."""
        numbers = tuple(islice(self._free(), count))
        self.held.update(dict.fromkeys(numbers, hold))
        return numbers

    def offered_to(self, user_id: UserId) -> tuple[int, ...]:
        """Tickets that are held for a user by an offer."""
        return tuple(
            number
            for number, hold in sorted(self.held.items())
            if hold.user_id == user_id and hold.entry_id is not None
        )

    def require(self, user_id: UserId, count: int, available: int) -> None:
        """Raise `OverTicketLimit` or `TooFewTickets` unless a user may take this many of those available."""
        holds = (self.held | self.claimed).values()
        has = self.owned[user_id] + sum(hold.user_id == user_id for hold in holds)
        if self.limit is not None and has + count > self.limit:
            raise OverTicketLimit
        if count > available:
            raise TooFewTickets

    def sell(self, pending: PendingClaim) -> None:
        """Count a claim's tickets as sold. The offer that it was of is at an end, whatever of it is left."""
        self.sold.update(pending.holds)
        self.owned[pending.claim.user_id] += len(pending.holds)
        for holds in (self.held, *(other.holds for other in self.claims.values())):
            for number, hold in holds.items():
                if hold.entry_id is not None and hold.entry_id == pending.claim.entry_id:
                    holds[number] = replace(hold, entry_id=None)

    def set_demand(self, demand: Demand) -> None:
        if demand.version > self.demand.version:
            self.demand = demand
            self.aside = min(self.aside, demand.tickets)

    def claim_touching(self, user_id: UserId, numbers: Collection[int]) -> Claim | None:
        """A claim of the user's that is under way and has one of these tickets."""
        for pending in self.claims.values():
            if pending.claim.user_id == user_id and not pending.holds.keys().isdisjoint(numbers):
                return pending.claim
        return None

    def has_seen(self, release: int) -> bool:
        return release <= self.released or release in self.early

    def record_release(self, number: int) -> None:
        self.early.add(number)
        while self.released + 1 in self.early:
            self.released += 1
            self.early.remove(self.released)

    def _free(self) -> Iterator[int]:
        taken = self.taken
        return (number for number in range(1, self.capacity + 1) if number not in taken)

    def _lapsed(self, now: datetime) -> list[int]:
        return [number for number, hold in self.held.items() if hold.deadline <= now]

    def _offer_of(self, entry_id: EntryId, holds: dict[int, Held]) -> Offer:
        first = next(iter(holds.values()))
        return Offer(entry_id, self.event_id, first.user_id, tuple(holds), first.deadline)


def install(event_id: EventId, sold: SoldTickets, before: EventTickets | None, now: datetime) -> EventTickets:
    """An event as the database knows it, with the live holds known before; claims are holds again."""
    ledger = sold.ledger
    numbers = {number for first, last in sold.ranges for number in range(first, last + 1)}
    holds = before.held | _given_time(before.claimed, now + CLAIM_GRACE) if before else {}
    live = {number: hold for number, hold in holds.items() if number not in numbers and hold.deadline > now}
    event = EventTickets(
        event_id=event_id,
        epoch=ledger.epoch,
        capacity=max(ledger.capacity, before.capacity if before else 0),
        limit=ledger.ticket_limit,
        sold=numbers,
        owned=Counter(dict(sold.per_user)),
        held=live,
        demand=Demand(event_id, ledger.waiting, ledger.waiting_version),
        aside=0,
        released=ledger.released,
    )
    if before:
        event.set_demand(before.demand)
    event.come_back(event.stock.free)
    return event


def _given_time(holds: dict[int, Held], until: datetime) -> dict[int, Held]:
    """Holds that last until then at least: whoever was booking is given the time to claim again."""
    return {number: replace(hold, deadline=max(hold.deadline, until)) for number, hold in holds.items()}
