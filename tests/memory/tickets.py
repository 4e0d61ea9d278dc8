"""One event's tickets: which are sold, which held or claimed by whom and until when, how many set aside."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import chain, islice

from booked.domain.errors import OverTicketLimit, SalesClosed, SeatTaken, TooFewTickets
from booked.domain.model.figures.analytics import Funnel
from booked.domain.model.ids import BookingId, CounterId, EntryId, EventId, ReservationId, UserId
from booked.domain.model.programme.seating import Block
from booked.domain.model.programme.times import SalesWindow
from booked.domain.model.programme.type_rules import over_maximum
from booked.domain.model.sale.holds import CLAIM_GRACE, Claim, Release, Stock, house_of, is_one_timeline
from booked.domain.model.sale.idempotency import IdempotencyKey
from booked.domain.model.sale.lapses import FORGOTTEN_AFTER, Lapses
from booked.domain.model.sale.reservations import AnyOf, BestOf, CheapestOf, Exactly, Maximum, Reservation, Selection
from booked.domain.model.sale.waitlist import Demand, Offer, WantedTickets
from booked.domain.model.upkeep.inventory import Inspection, SoldTickets
from booked.ports.holds import EventHasGrown
from tests.memory.seats import best_seats


@dataclass(frozen=True, slots=True)
class Held:
    """Who holds a ticket, until when, and the waitlist entry whose offer and the reservation that it belongs to."""

    user_id: UserId
    deadline: datetime
    entry_id: EntryId | None = None
    reservation_id: ReservationId | None = None


@dataclass(frozen=True, slots=True)
class PendingClaim:
    """A claim with the holds that it was made of and becomes again if it is abandoned."""

    claim: Claim
    holds: dict[int, Held]
    made_at: datetime


@dataclass(slots=True)
class EventTickets:
    """A ticket is free unless its number is in `sold`, `held` or one of the `claims`.

    `aside` counts free tickets kept from the public, never more than the queue waits for. Meanwhile `came_back` has
    the numbers of those free that came back since, or may have done before a flip. `released` is the
    number up to which every release has arrived, and `early` has those that arrived before their turn. `returned` are
    offers of which nothing is left, because it was given back. `served` has the turn of each user's last offer, and
    `idempotency_key` what requests with a key have made. `lapses` are by user, each with the time when it is forgotten.
    """

    event_id: EventId
    epoch: int
    capacity: int
    limit: int | None
    sales: SalesWindow
    sold: set[int]
    owned: Counter[UserId]
    held: dict[int, Held]
    demand: Demand
    aside: int
    released: int
    repaired_at: datetime
    tallies: Counter[str]
    claims: dict[BookingId, PendingClaim] = field(default_factory=dict)
    early: set[int] = field(default_factory=set)
    returned: list[Offer] = field(default_factory=list)
    served: dict[UserId, int] = field(default_factory=dict)
    reservations: dict[ReservationId, Reservation] = field(default_factory=dict)
    idempotency_key: dict[tuple[UserId | CounterId, str], tuple[IdempotencyKey, Reservation]] = field(
        default_factory=dict
    )
    wanted: Sequence[WantedTickets] = ()
    came_back: set[int] = field(default_factory=set)
    lapses: dict[UserId, tuple[Lapses, datetime]] = field(default_factory=dict)
    is_cold: bool = False

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
            ticket_limit=self.limit,
            sales=self.sales,
        )

    @property
    def inspection(self) -> Inspection:
        return Inspection(self.stock, frozenset(self.sold), frozenset(self.held), frozenset(self.claimed))

    @property
    def offers(self) -> list[Offer]:
        """Offers whose tickets are held or just being claimed, in the order of their tickets, and those given back."""
        by_entry: dict[EntryId, dict[int, Held]] = {}
        for number, hold in sorted((self.held | self.claimed).items()):
            if hold.entry_id is not None:
                by_entry.setdefault(hold.entry_id, {})[number] = hold
        return [*(self._offer_of(entry_id, holds) for entry_id, holds in by_entry.items()), *self.returned]

    def public_at(self, now: datetime) -> int:
        """What the public could reserve at this moment, counting lapsed holds as come back."""
        lapsed = len(self._lapsed(now))
        aside = min(self.aside + lapsed, self.demand.tickets)
        return max(0, self.stock.free + lapsed - aside)

    def reclaim(self, now: datetime) -> None:
        """Make lapsed holds free."""
        lapsed = self._lapsed(now)
        for deadline, user_id in sorted({(self.held[number].deadline, self.held[number].user_id) for number in lapsed}):
            self.count_lapsed(user_id, deadline, now)
        for number in lapsed:
            self.tally(self.held.pop(number).user_id, "lapsed", 1)
        self.come_back(lapsed)
        self.returned = [offer for offer in self.returned if offer.expires_at > now]

    def lapses_of(self, user_id: UserId, now: datetime) -> Lapses:
        lapses, until = self.lapses.get(user_id, (Lapses(), now))
        return lapses if now < until else Lapses()

    def count_lapsed(self, user_id: UserId, deadline: datetime, now: datetime) -> None:
        """Count what a user held until this deadline as a round that lapsed, once.

        Neither the house counts, nor an offer, nor what had lapsed before a repair.
        """
        offered = any((offer.user_id, offer.expires_at) == (user_id, deadline) for offer in self.offers)
        before = self.lapses_of(user_id, now)
        after = before.with_lapsed(deadline)
        if after != before and not offered and deadline > self.repaired_at and user_id != house_of(self.event_id):
            self.lapses[user_id] = after, now + FORGOTTEN_AFTER

    def excuse(self, holds: Collection[Held], now: datetime) -> None:
        """Do not count rounds that lapse at the deadlines of these holds."""
        for hold in holds:
            excused = self.lapses_of(hold.user_id, now).with_excused(hold.deadline)
            self.lapses[hold.user_id] = excused, now + FORGOTTEN_AFTER

    def come_back(self, numbers: Collection[int]) -> None:
        """Set free tickets aside until there are as many as the queue waits for; the rest is the public's."""
        if not self.aside:
            self.came_back.clear()
        self.aside = min(self.aside + len(numbers), self.demand.tickets)
        self.came_back.update(numbers)

    def came_back_in(self, blocks: Sequence[Block]) -> list[int]:
        """The numbers of free tickets in these blocks that came back since tickets are set aside."""
        return sorted(number for number in self.came_back if self.aside and _within(number, blocks))

    def hold(self, hold: Held, numbers: Sequence[int]) -> None:
        """Hold tickets that are free."""
        self.held.update(dict.fromkeys(numbers, hold))
        self.came_back.difference_update(numbers)
        self.tally(hold.user_id, "reserved", len(numbers))
        if hold.user_id == house_of(self.event_id):  # which may have taken what was set aside
            self.aside = min(self.aside, self.stock.free)

    def let_go(self, numbers: Collection[int]) -> None:
        """Give held tickets back. An offer keeps its time even so: whoever gives it back is not made it again."""
        offers = self.offers
        for number in numbers:
            self.tally(self.held.pop(number).user_id, "given_back", 1)
        self.come_back(numbers)
        standing = {offer.entry_id for offer in self.offers}
        self.returned += [replace(offer, numbers=()) for offer in offers if offer.entry_id not in standing]

    def lowest_free(self, count: int, blocks: Sequence[Block] = ()) -> tuple[int, ...]:
        """The numbers of the first tickets that are free, in these blocks where any are named."""
        free = (number for number in self._free() if not blocks or any(number in block for block in blocks))
        return tuple(islice(free, count))

    def offered_to(self, user_id: UserId) -> tuple[int, ...]:
        """Tickets that are held for a user by an offer."""
        return tuple(
            number
            for number, hold in sorted(self.held.items())
            if hold.user_id == user_id and hold.entry_id is not None
        )

    def find(
        self,
        user_id: UserId,
        selection: Selection,
        now: datetime,
        held_most: int | None,
        cooling_ttl: timedelta | None = None,
        *,
        maximums: Sequence[Maximum] = (),
    ) -> tuple[int, ...]:
        """Free tickets as a user wishes for them, who may hold `held_most`. Raises what forbids that.

        With `cooling_ttl`, how long the reservation is to last, that may be the user's cool-down.
        """
        chosen = tuple(dict.fromkeys(selection.numbers)) if isinstance(selection, Exactly) else ()
        taken = self.taken
        if gone := [number for number in chosen if number in taken or not 1 <= number <= self.capacity]:
            raise SeatTaken(numbers=gone)
        count = len(chosen) or selection.count
        self.require_sales(user_id, now)
        self.require_limits(user_id, count, held_most)
        if cooling_ttl is not None:
            self.lapses_of(user_id, now).require_cooled_down(cooling_ttl, now)
        if count > self.on_offer(user_id):
            raise TooFewTickets
        if isinstance(selection, AnyOf | CheapestOf) and (selection.known_capacity or self.capacity) < self.capacity:
            raise EventHasGrown(self.capacity)
        kept = self.kept_from(user_id, count)
        numbers = chosen
        if isinstance(selection, BestOf):
            open_blocks = [block for block in selection.blocks if not _within(block.first, kept)]
            numbers = best_seats(replace(selection, blocks=open_blocks), taken, self.capacity)
        elif isinstance(selection, AnyOf) and selection.blocks:
            numbers = self.lowest_free(count, selection.blocks)
        elif isinstance(selection, CheapestOf):
            found = [(blocks, self.lowest_free(count, blocks)) for blocks in selection.by_price]
            over = [
                (blocks, some) for blocks, some in found if len(some) == count and self._over(user_id, some, maximums)
            ]
            left = [blocks for blocks, _ in found if blocks not in [each for each, _ in over]]
            numbers = self._cheapest(replace(selection, by_price=left), kept)
            if over and len(numbers) < count:
                numbers = over[-1][1]  # which is refused below
        elif isinstance(selection, AnyOf):
            numbers = tuple(islice((number for number in self._free() if not _within(number, kept)), count))
        if len(numbers) < count or any(_within(number, kept) for number in numbers):
            raise TooFewTickets
        if over_most := self._over(user_id, numbers, maximums):
            raise over_maximum(over_most)
        return numbers

    def _over(self, user_id: UserId, numbers: Collection[int], maximums: Sequence[Maximum]) -> int | None:
        """How many tickets of a type a user may hold at most, if with these it would be more."""
        held = [number for number, hold in (self.held | self.claimed).items() if hold.user_id == user_id]
        for maximum in maximums:
            more, before = (
                sum(number in block for number in some for block in maximum.blocks) for some in (numbers, held)
            )
            if more and before + more > maximum.count and user_id != house_of(self.event_id):
                return maximum.count
        return None

    def on_offer(self, user_id: UserId) -> int:
        """What a user may take; tickets set aside are not for the public."""
        return self.stock.free if user_id == house_of(self.event_id) else self.stock.public

    def require_sales(self, user_id: UserId, now: datetime) -> None:
        """Raise `SalesClosed` if the public cannot reserve now."""
        start, end = self.sales.start or now, self.sales.end or datetime.max.replace(tzinfo=now.tzinfo)
        if user_id != house_of(self.event_id) and not start <= now < end:
            raise SalesClosed

    def require_limits(self, user_id: UserId, count: int, held_most: int | None = None) -> None:
        """Raise `OverTicketLimit` unless a user may take this many tickets."""
        held = count + sum(hold.user_id == user_id for hold in (self.held | self.claimed).values())
        over_limit = self.limit is not None and self.owned[user_id] + held > self.limit
        if user_id != house_of(self.event_id) and (over_limit or (held_most is not None and held > held_most)):
            raise OverTicketLimit

    def reservation(self, id_: ReservationId, now: datetime) -> Reservation | None:
        """A reservation with what it still has: tickets held until its time is over, and those just being booked."""
        reservation = self.reservations.get(id_)
        return reservation and self.as_it_is(reservation, now)

    def as_it_is(self, reservation: Reservation, now: datetime) -> Reservation:
        held = self.held if now < reservation.expires_at else {}
        own = (number for number, hold in (held | self.claimed).items() if hold.reservation_id == reservation.id)
        return replace(reservation, numbers=tuple(sorted(own)))

    def prolonged(self, holds: dict[int, Held], until: datetime) -> dict[int, Held]:
        """Return holds that last until then at least, and let the reservations that they are part of last as long."""
        lasting = {number: replace(hold, deadline=max(hold.deadline, until)) for number, hold in holds.items()}
        for hold in lasting.values():
            if hold.reservation_id and (made := self.reservations[hold.reservation_id]).expires_at < hold.deadline:
                self.reservations[made.id] = replace(made, expires_at=hold.deadline)
        return lasting

    def shorten(self, latest: datetime) -> int:
        """Let no hold last longer than until then, nor what it is part of. Return how many would have."""
        long = [number for number, hold in self.held.items() if hold.deadline > latest]
        for number in long:
            hold = self.held[number] = replace(self.held[number], deadline=latest)
            if hold.reservation_id:
                made = self.reservations[hold.reservation_id]
                self.reservations[made.id] = replace(made, expires_at=min(made.expires_at, latest))
        return len(long)

    def sell(self, pending: PendingClaim, now: datetime) -> None:
        """Count a claim's tickets as sold. The offer that it was of is at an end, whatever of it is left."""
        self.forgive(pending.claim.user_id, list(pending.holds.values()), now)
        self.sold.update(pending.holds)
        self.owned[pending.claim.user_id] += len(pending.holds)
        self.tally(pending.claim.user_id, "booked", len(pending.holds))
        for holds in (self.held, *(other.holds for other in self.claims.values())):
            for number, hold in holds.items():
                if hold.entry_id is not None and hold.entry_id == pending.claim.entry_id:
                    holds[number] = replace(hold, entry_id=None)

    def forgive(self, user_id: UserId, booked: Collection[Held], now: datetime) -> None:
        """Forget what a user let lapse before booking; the rest of what was booked in part does not count either."""
        self.lapses.pop(user_id, None)
        if any(hold.user_id == user_id for hold in (self.held | self.claimed).values()):
            self.lapses[user_id] = Lapses(seen=max(hold.deadline for hold in booked)), now + FORGOTTEN_AFTER

    def set_demand(self, demand: Demand) -> None:
        if demand.version > self.demand.version:
            self.demand = demand
            self.aside = min(self.aside, demand.tickets)
        if demand.wanted is not None and demand.version >= self.demand.version:
            self.wanted = demand.wanted

    def claim_touching(self, user_id: UserId, numbers: Collection[int]) -> Claim | None:
        """A claim of the user's that is under way and has one of these tickets."""
        for pending in self.claims.values():
            if pending.claim.user_id == user_id and not pending.holds.keys().isdisjoint(numbers):
                return pending.claim
        return None

    def tally(self, user_id: UserId, what: str, tickets: int) -> None:
        """Count what became of tickets that people reserved. The house does not count."""
        if user_id != house_of(self.event_id):
            self.tallies[what] += tickets

    def take_back(self, release: Release) -> bool:
        """Make sold tickets free that were cancelled. False if this release has done so before."""
        if release.number <= self.released or release.number in self.early:
            return False
        self.early.add(release.number)
        while self.released + 1 in self.early:
            self.released += 1
            self.early.remove(self.released)
        returned = self.sold.intersection(release.numbers)
        self.sold -= returned
        self.owned[release.user_id] -= len(returned)
        self.come_back(returned)
        return True

    def _cheapest(self, selection: CheapestOf, kept: Sequence[Block]) -> tuple[int, ...]:
        """Tickets of the first type with enough of them, or else of several, as far as nobody else waits for them."""
        of_each = [self.lowest_free(selection.count, blocks) for blocks in selection.by_price]
        allowed = [numbers for numbers in of_each if not any(_within(number, kept) for number in numbers)]
        enough = next((numbers for numbers in allowed if len(numbers) == selection.count), None)
        without = [*kept, *selection.withheld]
        rest = (number for number in chain(*allowed, self._free()) if not _within(number, without))
        return enough or tuple(islice(dict.fromkeys(rest), selection.count))

    def on_offer_in(self, blocks: Sequence[Block]) -> int:
        """How many tickets in these blocks the public could reserve."""
        free = {number for number in self._free() if _within(number, blocks)}
        count = len(free)
        for wanted in self.wanted:
            elsewhere = [number for number in self._free() if _within(number, wanted.blocks) and number not in free]
            count -= max(0, self._aside_of(wanted) - len(elsewhere))
        return max(0, min(count, self.stock.public))

    def kept_from(self, user_id: UserId, count: int) -> list[Block]:
        """Return the blocks in which a user cannot be given this many tickets: what came back there is set aside."""
        kept: list[Block] = []
        if self.aside == 0 or user_id == house_of(self.event_id):
            return kept
        for wanted in self.wanted:
            free = len(self.lowest_free(self.capacity, wanted.blocks))
            if free - self._aside_of(wanted) < count:
                kept += wanted.blocks
        return kept

    def _aside_of(self, wanted: WantedTickets) -> int:
        return min(wanted.tickets, self.aside, len(self.came_back_in(wanted.blocks)))

    def _free(self) -> Iterator[int]:
        taken = self.taken
        return (number for number in range(1, self.capacity + 1) if number not in taken)

    def _lapsed(self, now: datetime) -> list[int]:
        return [number for number, hold in self.held.items() if hold.deadline <= now]

    def _offer_of(self, entry_id: EntryId, holds: dict[int, Held]) -> Offer:
        first = next(iter(holds.values()))
        return Offer(entry_id, self.event_id, first.user_id, tuple(holds), first.deadline)


def _within(number: int, blocks: Sequence[Block]) -> bool:
    return any(number in block for block in blocks)


def funnel_of(tallies: Counter[str]) -> Funnel:
    return Funnel(*(tallies[what] for what in ("reserved", "booked", "lapsed", "given_back")))


def install(
    event_id: EventId,
    sold: SoldTickets,
    before: EventTickets | None,
    now: datetime,
    releases: Sequence[Release] = (),
    *,
    tallies: Counter[str],
) -> EventTickets:
    """An event as the database knows it, with the live holds known before; claims are holds again.

    `tallies` are what became of reserved tickets so far.
    `releases` are cancellations under this epoch or a later one, which what was read may lack.
    """
    ledger = sold.ledger
    numbers = {number for first, last in sold.ranges for number in range(first, last + 1)}
    valid = before if before and is_one_timeline(before.epoch, ledger.epoch) else None
    capacity = max(ledger.capacity, valid.capacity if valid else 0)
    holds = before.held | before.prolonged(before.claimed, now + CLAIM_GRACE) if before else {}
    event = EventTickets(
        event_id=event_id,
        epoch=ledger.epoch,
        capacity=capacity,
        limit=ledger.ticket_limit,
        sales=ledger.sales,
        sold=numbers,
        owned=Counter(dict(sold.per_user)),
        held={},
        demand=Demand(event_id, ledger.waiting, ledger.waiting_version),
        aside=0,
        released=ledger.released,
        repaired_at=now,
        tallies=tallies,
    )
    if valid:
        event.set_demand(valid.demand)
        event.served = valid.served
    for release in releases:
        event.take_back(release)
    event.held = {n: hold for n, hold in holds.items() if n not in event.sold and n <= capacity}
    aside = sold.came_back + event.aside
    came_back = set(range(1, capacity + 1))
    if valid:
        kept = valid.aside + capacity - valid.capacity
        aside = max(kept, aside)
        if valid.released >= event.released:
            known = valid.came_back if valid.aside else set()
            aside, came_back = kept, known | set(range(valid.capacity + 1, capacity + 1))
    if before:
        event.returned = before.returned
        event.wanted = before.wanted
        event.reservations, event.idempotency_key = before.reservations, before.idempotency_key
        for number in holds.keys() - event.held.keys():
            event.tally(holds[number].user_id, "booked" if number in event.sold else "lapsed", 1)
        event.excuse([holds[number] for number in before.claimed], now)
    event.aside = min(aside, event.stock.free, event.demand.tickets)
    event.came_back = came_back - event.taken if event.aside else set()
    event.reclaim(now)
    return event
