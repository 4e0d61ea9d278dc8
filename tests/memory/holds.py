"""The hold store port in memory."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count, islice

from booked.domain.errors import (
    IdempotencyKeyReused,
    NoSuchReservation,
    OverTicketLimit,
    ReservationFixed,
    TooFewTickets,
)
from booked.domain.model.figures.analytics import Funnel
from booked.domain.model.ids import (
    RESERVATION_MARKS,
    BookingId,
    EntryId,
    EventId,
    ReservationId,
    UserId,
    event_of,
    reservation_id,
)
from booked.domain.model.programme.seating import Block
from booked.domain.model.programme.type_rules import below_minimum
from booked.domain.model.sale.holds import (
    LAST_EPOCH,
    TICKETS_A_REQUEST,
    USUAL,
    Claim,
    Hold,
    Release,
    SeatMap,
    Stock,
    TakenTickets,
    Terms,
    not_yours,
)
from booked.domain.model.sale.idempotency import IdempotencyKey
from booked.domain.model.sale.lapses import is_as_good_as_lapsed
from booked.domain.model.sale.reservations import (
    AnyOf,
    CheapestOf,
    Maximum,
    Minimum,
    Reservation,
    Selection,
    type_selected,
)
from booked.domain.model.sale.waitlist import CameBack, Demand, Entry, Offer
from booked.domain.model.upkeep.inventory import Inspection, SoldTickets
from booked.ports.holds import NO_TIME, EventIsCold, NotHeld, TurnIsOver
from booked.ports.system import Clock
from booked.ports.upkeep import FlipIsDue
from tests.memory.tickets import EventTickets, Held, PendingClaim, funnel_of, install

ANYBODY = UserId("anybody")
PERMITTED_FOR = timedelta(minutes=2)
DUE_WITHIN = timedelta(seconds=3)


class MemoryHoldStore:
    """No call gives way to another before it is done, which makes each of them atomic."""

    def __init__(self, clock: Clock, held_per_user: int | None = None) -> None:
        self.events: dict[EventId, EventTickets] = {}
        self._permits: dict[tuple[EventId, str], datetime] = {}
        self._due: dict[EventId, datetime] = {}
        self._discarded: dict[EventId, int] = {}
        self._early: dict[EventId, dict[int, Release]] = {}
        self._tallies: dict[EventId, Counter[str]] = {}
        self._serial = count(1)
        self._clock = clock
        self._held_per_user = held_per_user

    def flush(self) -> None:
        """Lose everything, as a store does that was restarted without its data."""
        self.events.clear()
        self._permits.clear()
        self._due.clear()
        self._discarded.clear()
        self._early.clear()
        self._tallies.clear()

    async def reserve(
        self,
        event_id: EventId,
        user_id: UserId,
        count: int,
        ttl: timedelta,
        by_price: Sequence[Sequence[Block]] = (),
        *,
        withheld: Sequence[Block] = (),
        known_capacity: int | None = None,
        limited: bool = False,
        maximums: Sequence[Maximum] = (),
    ) -> Hold:
        event = self._warm(event_id)
        numbers = event.offered_to(user_id)[:count]
        if more := count - len(numbers):
            cooling_ttl = ttl if limited else None
            plain = not by_price and not withheld
            wish = AnyOf(more, (), known_capacity) if plain else CheapestOf(more, by_price, withheld, known_capacity)
            found = event.find(user_id, wish, self._clock.now(), self._held_per_user, cooling_ttl, maximums=maximums)
            event.hold(Held(user_id, self._clock.now() + ttl), found)
            numbers += found
        return Hold(event_id, user_id, numbers, min(event.held[number].deadline for number in numbers))

    async def make_reservation(
        self,
        event_id: EventId,
        user_id: UserId,
        selection: Selection,
        ttl: timedelta,
        idempotency_key: IdempotencyKey | None = None,
        *,
        limited: bool = False,
        maximums: Sequence[Maximum] = (),
    ) -> Reservation:
        event = self._warm(event_id)
        now = self._clock.now()
        if earlier := _answered_before(event, idempotency_key):
            return event.as_it_is(earlier, now)
        id_ = reservation_id(event_id, next(self._serial) % RESERVATION_MARKS)
        expires_at = now + ttl
        given: list[int] = []
        if isinstance(selection, CheapestOf) or (isinstance(selection, AnyOf) and not selection.blocks):
            offered = (number for number in event.offered_to(user_id) if not event.held[number].reservation_id)
            given = list(islice(offered, selection.count))
            selection = replace(selection, count=selection.count - len(given))
            expires_at = min([event.held[number].deadline for number in given], default=expires_at)
        found: Collection[int] = ()
        if selection.count:
            cooling_ttl = ttl if limited else None
            found = event.find(user_id, selection, now, self._held_per_user, cooling_ttl, maximums=maximums)
            event.hold(Held(user_id, expires_at, reservation_id=id_), found)
        for number in given:
            event.held[number] = replace(event.held[number], reservation_id=id_)
        numbers = (*given, *found)
        made = Reservation(id_, event_id, user_id, numbers, type_selected(selection), now, expires_at)
        event.reservations[id_] = made
        if idempotency_key:
            event.idempotency_key[idempotency_key.caller, idempotency_key.key] = idempotency_key, made
        return event.as_it_is(made, now)

    async def reservation(self, reservation_id: ReservationId) -> Reservation | None:
        event = self._warm(event_of(reservation_id))
        return event.reservation(reservation_id, self._clock.now())

    async def last_numbers(self, reservation_id: ReservationId, user_id: UserId) -> frozenset[int]:
        event = self.events.get(event_of(reservation_id))
        made = event.reservations.get(reservation_id) if event else None
        return frozenset(made.numbers if made and made.user_id == user_id else ())

    async def reservations(self, user_id: UserId) -> list[Reservation]:
        now = self._clock.now()
        reservations = [event.as_it_is(r, now) for event in self.events.values() for r in event.reservations.values()]
        holding = [r for r in reservations if r.user_id == user_id and r.numbers]
        return sorted(holding, key=lambda reservation: (reservation.expires_at, reservation.id))

    async def answered(self, event_id: EventId, idempotency_key: IdempotencyKey) -> Reservation | None:
        event = self._warm(event_id)
        earlier = _answered_before(event, idempotency_key)
        return earlier and event.as_it_is(earlier, self._clock.now())

    async def enlarge(
        self,
        reservation_id: ReservationId,
        user_id: UserId,
        selection: Selection,
        idempotency_key: IdempotencyKey | None = None,
        seen: int | None = None,
        *,
        maximums: Sequence[Maximum] = (),
    ) -> Reservation:
        if idempotency_key and (earlier := await self.answered(event_of(reservation_id), idempotency_key)):
            return earlier
        event, reservation = self._changeable(reservation_id, user_id)
        if seen not in {None, len(reservation.numbers)}:
            return reservation
        if len(reservation.numbers) + selection.count > TICKETS_A_REQUEST:
            raise OverTicketLimit
        found = event.find(user_id, selection, self._clock.now(), self._held_per_user, maximums=maximums)
        event.hold(Held(user_id, reservation.expires_at, reservation_id=reservation_id), found)
        event.reservations[reservation_id] = replace(reservation, numbers=(*reservation.numbers, *found))
        if idempotency_key:
            event.idempotency_key[idempotency_key.caller, idempotency_key.key] = idempotency_key, reservation
        return event.as_it_is(reservation, self._clock.now())

    async def reduce(
        self,
        reservation_id: ReservationId,
        user_id: UserId,
        count: int,
        idempotency_key: IdempotencyKey | None = None,
        seen: int | None = None,
        *,
        minimums: Sequence[Minimum] = (),
    ) -> Reservation:
        if idempotency_key and (earlier := await self.answered(event_of(reservation_id), idempotency_key)):
            return earlier
        event, reservation = self._changeable(reservation_id, user_id)
        if seen not in {None, len(reservation.numbers)}:
            return reservation
        if count >= len(reservation.numbers):
            raise ReservationFixed
        for minimum in minimums:
            left, returned = (
                sum(number in block for number in numbers for block in minimum.blocks)
                for numbers in (reservation.numbers[:-count], reservation.numbers[-count:])
            )
            if 0 < left < minimum.count and returned:
                raise below_minimum(minimum.count)
        event.let_go(reservation.numbers[-count:])
        event.reservations[reservation_id] = replace(reservation, numbers=reservation.numbers[:-count])
        if idempotency_key:
            event.idempotency_key[idempotency_key.caller, idempotency_key.key] = idempotency_key, reservation
        return event.as_it_is(reservation, self._clock.now())

    async def extend(
        self,
        reservation_id: ReservationId,
        user_id: UserId,
        ttl: timedelta,
        most: int,
        idempotency_key: IdempotencyKey | None = None,
        *,
        most_unwanted: int = 0,
    ) -> Reservation:
        event = self._warm(event_of(reservation_id))
        if earlier := _answered_before(event, idempotency_key):
            return event.as_it_is(earlier, self._clock.now())
        event, reservation = self._changeable(reservation_id, user_id)
        allowed = most if event.demand.tickets else max(most, most_unwanted)
        if reservation.extensions >= allowed or any(event.held[number].entry_id for number in reservation.numbers):
            raise ReservationFixed
        deadline = reservation.expires_at + ttl
        for number in reservation.numbers:
            event.held[number] = replace(event.held[number], deadline=deadline)
        extended = replace(reservation, expires_at=deadline, extensions=reservation.extensions + 1)
        event.reservations[reservation_id] = extended
        if idempotency_key:
            event.idempotency_key[idempotency_key.caller, idempotency_key.key] = idempotency_key, extended
        return extended

    async def give_back(self, reservation_id: ReservationId, user_id: UserId) -> None:
        event, reservation = self._changeable(reservation_id, user_id)
        event.let_go(reservation.numbers)
        del event.reservations[reservation_id]
        now = self._clock.now()
        if is_as_good_as_lapsed(reservation.made_at, reservation.expires_at, now):
            event.count_lapsed(user_id, reservation.expires_at, now)

    async def claim(
        self,
        event_id: EventId,
        user_id: UserId,
        numbers: Collection[int],
        booking_id: BookingId,
        terms: Terms = USUAL,
    ) -> Claim:
        event = self._warm(event_id)
        anybodys = event.held | event.claimed
        for number in sorted(anybodys.keys() & numbers):
            if anybodys[number].user_id != user_id:
                raise not_yours(event_id, number)
        earlier = event.claim_touching(user_id, numbers)
        if earlier is not None:
            return earlier
        if missing := set(numbers) - event.held.keys():
            raise NotHeld(missing)
        holds = {number: event.held.pop(number) for number in sorted(numbers)}
        entry_id = next((hold.entry_id for hold in holds.values() if hold.entry_id), None)
        made = (event.reservations[hold.reservation_id] if hold.reservation_id else None for hold in holds.values())
        reserved_at = tuple(reservation.made_at if reservation else None for reservation in made)
        claim = Claim(booking_id, event_id, user_id, tuple(holds), event.epoch, entry_id, reserved_at, terms)
        event.claims[booking_id] = PendingClaim(claim, holds, made_at=self._clock.now())
        return claim

    async def settle(self, event_id: EventId, booking_id: BookingId) -> bool:
        event = self._warm(event_id)
        settled = event.claims.pop(booking_id, None)
        if settled is None:
            return False
        event.sell(settled, self._clock.now())
        return True

    async def abandon(self, event_id: EventId, booking_id: BookingId, at_least: timedelta = NO_TIME) -> bool:
        event = self._warm(event_id)
        abandoned = event.claims.pop(booking_id, None)
        if abandoned is None:
            return False
        now = self._clock.now()
        holds = event.prolonged(abandoned.holds, now + at_least)
        event.held.update(holds)
        if at_least:
            event.excuse(list(holds.values()), now)
        return True

    async def release(self, release: Release) -> bool:
        known = self.events.get(release.event_id)
        if known is None or release.epoch > known.epoch:
            self._early.setdefault(release.event_id, {})[release.number] = release
        event = self._warm(release.event_id)
        return release.epoch >= event.epoch and event.take_back(release)

    async def stale_claims(self, event_id: EventId, older_than: timedelta) -> list[Claim]:
        event = self._warm(event_id)
        now = self._clock.now()
        return [pending.claim for pending in event.claims.values() if abs(now - pending.made_at) >= older_than]

    async def shorten(self, event_id: EventId, longest: timedelta) -> int:
        return self._warm(event_id).shorten(self._clock.now() + longest)

    async def stock(self, event_id: EventId) -> Stock:
        return replace(self._warm(event_id).stock, at=self._clock.now())

    async def available(self, event_ids: Sequence[EventId]) -> list[int | None]:
        now = self._clock.now()
        events = [self.events.get(event_id) for event_id in event_ids]
        return [event.public_at(now) if event and not event.is_cold else None for event in events]

    async def free_among(self, event_id: EventId, groups: Sequence[Sequence[Block]]) -> list[int]:
        event = self._warm(event_id)
        return [len(event.lowest_free(event.capacity, group)) if group else 0 for group in groups]

    async def on_offer_among(self, event_id: EventId, groups: Sequence[Sequence[Block]]) -> list[int]:
        event = self._warm(event_id)
        return [event.on_offer_in(group) for group in groups]

    async def seat_map(self, event_id: EventId, first: int, last: int) -> SeatMap:
        event = self._warm(event_id)
        last = min(last, event.capacity)
        taken = bytearray((max(0, last - first + 1) + 7) // 8)
        for number in event.taken:
            if first <= number <= last:
                byte, bit = divmod(number - first, 8)
                taken[byte] |= 0x80 >> bit
        kept = sorted((block.first, block.last) for block in event.kept_from(ANYBODY, 1))
        return SeatMap(event.capacity, event.stock.free, first, last, bytes(taken), event.aside, tuple(kept))

    async def taken_among(self, event_id: EventId, numbers: Collection[int]) -> TakenTickets:
        event = self._warm(event_id)
        held = frozenset(numbers) & (event.held.keys() | event.claimed.keys())
        return TakenTickets(frozenset(numbers) & event.sold, held)

    async def funnel(self, event_id: EventId) -> Funnel:
        if event_id in self.events:
            self.events[event_id].reclaim(self._clock.now())
        return funnel_of(self._tallies.get(event_id, Counter()))

    async def permit_flip(self, event_id: EventId) -> str:
        permit = str(next(self._serial))
        self._permits[event_id, permit] = self._clock.now() + PERMITTED_FOR
        self._due[event_id] = self._clock.now() + DUE_WITHIN
        return permit

    async def permit_needed_flip(self, event_id: EventId, past: int) -> str | None:
        event = self.events.get(event_id)
        if event and not event.is_cold and event.epoch > past:
            return None
        if event_id in self._due and self._clock.now() < self._due[event_id]:
            raise FlipIsDue
        return await self.permit_flip(event_id)

    async def flip(self, event_id: EventId, permit: str, sold: SoldTickets) -> bool:
        self._due.pop(event_id, None)
        before = self.events.get(event_id)
        permitted_until = self._permits.pop((event_id, permit), self._clock.now())
        known = max(before.epoch if before else -1, self._discarded.get(event_id, -1))
        too_old = known >= sold.ledger.epoch
        if too_old or self._clock.now() >= permitted_until:
            return False
        early = self._early.pop(event_id, {})
        self._early[event_id] = {number: late for number, late in early.items() if late.epoch > sold.ledger.epoch}
        lacking = [release for release in early.values() if release.epoch >= sold.ledger.epoch]
        tallies = self._tallies.setdefault(event_id, Counter())
        self.events[event_id] = install(event_id, sold, before, self._clock.now(), lacking, tallies=tallies)
        return True

    async def grow(self, event_id: EventId, capacity: int) -> None:
        event = self._warm(event_id)
        added = max(0, capacity - event.capacity)
        event.capacity += added
        event.come_back(range(event.capacity - added + 1, event.capacity + 1))

    async def discard(self, event_id: EventId, epoch: int) -> None:
        if event_id in self.events and self.events[event_id].epoch > epoch:
            return
        event = self.events.pop(event_id, None)
        if event:
            for hold in [*event.held.values(), *event.claimed.values()]:
                event.tally(hold.user_id, "lapsed", 1)
        if epoch == LAST_EPOCH:
            self._tallies.pop(event_id, None)
        self._discarded[event_id] = max(epoch, self._discarded.get(event_id, epoch))

    async def discard_unused(self, event_id: EventId, epoch: int) -> bool:
        event = self.events.get(event_id)
        if (await self.funnel(event_id)).reserved:
            return False
        if event is not None and (event.held or event.claims or event.epoch > epoch):
            return False
        await self.discard(event_id, epoch)
        self._tallies.pop(event_id, None)
        return True

    async def retire(self, event_id: EventId, epoch: int, blocks: Sequence[Block]) -> bool:
        event = self.events.get(event_id)
        if event is not None:
            event.reclaim(self._clock.now())
            if any(number in block for number in event.taken for block in blocks):
                return False
            event.is_cold = True
        self._discarded[event_id] = max(epoch, self._discarded.get(event_id, epoch))
        return True

    async def set_demand(self, demand: Demand) -> None:
        self._warm(demand.event_id).set_demand(demand)

    async def came_back_among(self, event_id: EventId, groups: Sequence[Sequence[Block]]) -> list[int]:
        event = self._warm(event_id)
        return [len(event.came_back_in(group)) for group in groups]

    async def offer(
        self, entry: Entry, epoch: int, ttl: timedelta, blocks: Sequence[Block] = (), kept_aside: int = 0
    ) -> Offer | None:
        event = self._warm(entry.event_id)
        if epoch != event.epoch:
            return None
        for standing in event.offers:
            if standing.entry_id == entry.id:
                return replace(standing, version=entry.version)
        if entry.version <= event.served.get(entry.user_id, -1):
            raise TurnIsOver
        event.require_sales(entry.user_id, self._clock.now())
        event.require_limits(entry.user_id, entry.count)
        if entry.count > event.stock.free:
            raise TooFewTickets
        deadline = self._clock.now() + ttl
        came_back = event.came_back_in(blocks or [Block(1, event.capacity, 1)])
        free = event.lowest_free(event.capacity, blocks)
        numbers = tuple(sorted([*dict.fromkeys([*came_back, *free])][: entry.count]))
        if len(numbers) < entry.count:
            raise TooFewTickets
        gone = max(0, event.aside - len(event.came_back))
        fewer = min(entry.count, gone + len(event.came_back.intersection(numbers)))
        event.aside = max(min(event.aside, kept_aside), event.aside - fewer)
        event.hold(Held(entry.user_id, deadline, entry.id), numbers)
        event.served[entry.user_id] = entry.version
        return Offer(entry.id, entry.event_id, entry.user_id, numbers, deadline, entry.version)

    async def offers(self, event_id: EventId) -> list[Offer]:
        return self._warm(event_id).offers

    async def decline(self, event_id: EventId, user_id: UserId, entry_id: EntryId) -> bool:
        event = self._warm(event_id)
        is_claimed = any(hold.entry_id == entry_id for hold in event.claimed.values())
        if is_claimed or (user_id, entry_id) not in [(offer.user_id, offer.entry_id) for offer in event.offers]:
            return False
        event.let_go([number for number, hold in event.held.items() if hold.entry_id == entry_id])
        event.returned = [offer for offer in event.returned if offer.entry_id != entry_id]
        return True

    async def return_surplus(
        self, demand: Demand, seen: Stock, tickets: int, came_back: Sequence[CameBack] = ()
    ) -> bool:
        event = self._warm(demand.event_id)
        if (event.epoch, event.aside, event.demand.version) != (seen.epoch, seen.aside, demand.version):
            return False
        if any(len(event.came_back_in(each.blocks)) > each.tickets for each in came_back):
            return False
        for each in came_back:
            if not each.stay_aside:
                event.came_back.difference_update(event.came_back_in(each.blocks))
        event.aside = max(0, event.aside - tickets)
        return True

    async def ping(self) -> None:
        return

    async def inspect(self, event_id: EventId) -> Inspection:
        return self._warm(event_id).inspection

    def _changeable(self, reservation_id: ReservationId, user_id: UserId) -> tuple[EventTickets, Reservation]:
        """A user's reservation that holds tickets and is not just being booked, and its event."""
        event = self._warm(event_of(reservation_id))
        reservation = event.reservation(reservation_id, self._clock.now())
        if reservation is None or reservation.user_id != user_id or not reservation.numbers:
            raise NoSuchReservation
        if not event.held.keys() >= set(reservation.numbers):
            raise ReservationFixed
        return event, reservation

    def _warm(self, event_id: EventId) -> EventTickets:
        """An event that the store knows, without its lapsed holds."""
        event = self.events.get(event_id)
        if event is None or event.is_cold:
            raise EventIsCold
        event.reclaim(self._clock.now())
        return event


def _answered_before(event: EventTickets, idempotency_key: IdempotencyKey | None) -> Reservation | None:
    """The reservation that an earlier request with this key was about. Raises `IdempotencyKeyReused`."""
    if idempotency_key is None or (idempotency_key.caller, idempotency_key.key) not in event.idempotency_key:
        return None
    before, reservation = event.idempotency_key[idempotency_key.caller, idempotency_key.key]
    if before != idempotency_key:
        raise IdempotencyKeyReused
    return event.reservations.get(reservation.id, reservation)
