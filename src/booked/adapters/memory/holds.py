"""The hold store port in memory."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from itertools import count

from booked.adapters.memory.tickets import EventTickets, Held, PendingClaim, install
from booked.domain.errors import NotYourTicket
from booked.domain.model.ids import BookingId, EventId, UserId
from booked.domain.model.tickets import Claim, Hold, Release, Stock
from booked.domain.model.waitlist import Demand, Entry, Offer
from booked.ports.holds import EventIsCold, Inspection, NotHeld, SoldTickets
from booked.ports.system import Clock

PERMITTED_FOR = timedelta(minutes=2)
DUE_WITHIN = timedelta(seconds=3)


class MemoryHoldStore:
    """No call gives way to another before it is done, which makes each of them atomic."""

    def __init__(self, clock: Clock) -> None:
        self.events: dict[EventId, EventTickets] = {}
        self._permits: dict[tuple[EventId, str], datetime] = {}
        self._due: dict[EventId, datetime] = {}
        self._serial = count(1)
        self._clock = clock

    def flush(self) -> None:
        """Lose everything, as a store does that was restarted without its data."""
        self.events.clear()
        self._permits.clear()
        self._due.clear()

    async def reserve(self, event_id: EventId, user_id: UserId, count: int, ttl: timedelta) -> Hold:
        event = self._warm(event_id)
        numbers = event.offered_to(user_id)[:count]
        if more := count - len(numbers):
            event.require(user_id, more, available=event.stock.public)
            numbers += event.hold(Held(user_id, self._clock.now() + ttl), more)
        return Hold(event_id, user_id, numbers, min(event.held[number].deadline for number in numbers))

    async def claim(self, event_id: EventId, user_id: UserId, numbers: Collection[int], booking_id: BookingId) -> Claim:
        event = self._warm(event_id)
        anybodys = event.held | event.claimed
        if any(anybodys[number].user_id != user_id for number in numbers if number in anybodys):
            raise NotYourTicket
        earlier = event.claim_touching(user_id, numbers)
        if earlier is not None:
            return earlier
        if missing := set(numbers) - event.held.keys():
            raise NotHeld(missing)
        holds = {number: event.held.pop(number) for number in sorted(numbers)}
        entry_id = next((hold.entry_id for hold in holds.values() if hold.entry_id), None)
        claim = Claim(booking_id, event_id, user_id, tuple(holds), event.epoch, entry_id)
        event.claims[booking_id] = PendingClaim(claim, holds, made_at=self._clock.now())
        return claim

    async def settle(self, event_id: EventId, booking_id: BookingId) -> bool:
        event = self._warm(event_id)
        settled = event.claims.pop(booking_id, None)
        if settled is None:
            return False
        event.sell(settled)
        return True

    async def abandon(self, event_id: EventId, booking_id: BookingId) -> bool:
        event = self._warm(event_id)
        abandoned = event.claims.pop(booking_id, None)
        if abandoned is None:
            return False
        event.held.update(abandoned.holds)
        return True

    async def release(self, release: Release) -> bool:
        event = self._warm(release.event_id)
        if release.epoch != event.epoch or event.has_seen(release.number):
            return False
        event.record_release(release.number)
        returned = event.sold.intersection(release.numbers)
        event.sold -= returned
        event.owned[release.user_id] -= len(returned)
        event.come_back(len(returned))
        return True

    async def stale_claims(self, event_id: EventId, older_than: timedelta) -> list[Claim]:
        event = self._warm(event_id)
        made_by = self._clock.now() - older_than
        return [pending.claim for pending in event.claims.values() if pending.made_at <= made_by]

    async def stock(self, event_id: EventId) -> Stock:
        return self._warm(event_id).stock

    async def available(self, event_ids: Sequence[EventId]) -> list[int | None]:
        now = self._clock.now()
        events = [self.events.get(event_id) for event_id in event_ids]
        return [event.public_at(now) if event else None for event in events]

    async def permit_flip(self, event_id: EventId) -> str:
        permit = str(next(self._serial))
        self._permits[event_id, permit] = self._clock.now() + PERMITTED_FOR
        self._due[event_id] = self._clock.now() + DUE_WITHIN
        return permit

    async def flip_is_due(self, event_id: EventId) -> bool:
        return event_id in self._due and self._clock.now() < self._due[event_id]

    async def flip(self, event_id: EventId, permit: str, sold: SoldTickets) -> bool:
        self._due.pop(event_id, None)
        before = self.events.get(event_id)
        permitted_until = self._permits.pop((event_id, permit), self._clock.now())
        too_old = before is not None and before.epoch >= sold.ledger.epoch
        if too_old or self._clock.now() >= permitted_until:
            return False
        self.events[event_id] = install(event_id, sold, before, self._clock.now())
        return True

    async def grow(self, event_id: EventId, capacity: int) -> None:
        event = self._warm(event_id)
        added = max(0, capacity - event.capacity)
        event.capacity += added
        event.come_back(added)

    async def discard(self, event_id: EventId) -> None:
        self.events.pop(event_id, None)

    async def set_demand(self, demand: Demand) -> None:
        self._warm(demand.event_id).set_demand(demand)

    async def offer(self, entry: Entry, ttl: timedelta) -> Offer:
        event = self._warm(entry.event_id)
        for standing in event.offers:
            if standing.entry_id == entry.id:
                return standing
        event.require(entry.user_id, entry.count, available=event.stock.free)
        deadline = self._clock.now() + ttl
        numbers = event.hold(Held(entry.user_id, deadline, entry.id), entry.count)
        event.aside = max(0, event.aside - entry.count)
        return Offer(entry.id, entry.event_id, entry.user_id, numbers, deadline)

    async def offers(self, event_id: EventId) -> list[Offer]:
        return self._warm(event_id).offers

    async def return_surplus(self, event_id: EventId, tickets: int) -> None:
        event = self._warm(event_id)
        event.aside = max(0, event.aside - tickets)

    async def inspect(self, event_id: EventId) -> Inspection:
        return self._warm(event_id).inspection

    def _warm(self, event_id: EventId) -> EventTickets:
        """An event that the store knows, without its lapsed holds."""
        if event_id not in self.events:
            raise EventIsCold
        event = self.events[event_id]
        event.reclaim(self._clock.now())
        return event
