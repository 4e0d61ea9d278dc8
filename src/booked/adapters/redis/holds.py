"""Tickets on their way from free to sold, and back."""

from collections.abc import Collection, Sequence
from datetime import timedelta

from booked.adapters.redis.arguments import (
    PERMITTED_FOR,
    cool_downs_argument,
    counted_ranges,
    ms,
    ranges,
    ranges_of_each,
)
from booked.adapters.redis.replies import claim_of, moment
from booked.adapters.redis.scripted import ScriptedStore
from booked.adapters.redis.terms import terms_argument
from booked.domain.model.ids import BookingId, EventId, UserId
from booked.domain.model.programme.seating import Block
from booked.domain.model.sale.holds import USUAL, Claim, Hold, Release, Terms, not_yours
from booked.domain.model.sale.reservations import Maximum
from booked.ports.holds import NO_TIME, NotHeld


class RedisHolds(ScriptedStore):
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
        limits = (self._held_per_user, cool_downs_argument(ttl) if limited else "")
        lists = (ranges_of_each(by_price), ranges(withheld), counted_ranges(maximums))
        wish = (count, ms(ttl), *limits, *lists, known_capacity or 0)
        _, deadline, *numbers = await self._write("reserve", event_id, user_id, *wish)
        return Hold(event_id, user_id, tuple(numbers), moment(deadline))

    async def claim(
        self,
        event_id: EventId,
        user_id: UserId,
        numbers: Collection[int],
        booking_id: BookingId,
        terms: Terms = USUAL,
    ) -> Claim:
        under = (booking_id, terms_argument(terms))
        status, *rest = await self._write("claim", event_id, user_id, *under, *sorted(numbers))
        if status == b"foreign":
            raise not_yours(event_id, *rest)
        if status == b"missing":
            raise NotHeld(rest)
        epoch, *claim = rest
        return claim_of(event_id, epoch, claim)

    async def settle(self, event_id: EventId, booking_id: BookingId) -> bool:
        [status] = await self._write("settle", event_id, booking_id)
        return bool(status == b"settled")

    async def abandon(self, event_id: EventId, booking_id: BookingId, at_least: timedelta = NO_TIME) -> bool:
        [status] = await self._write("abandon", event_id, booking_id, ms(at_least))
        return bool(status == b"abandoned")

    async def release(self, release: Release) -> bool:
        once = (release.user_id, release.epoch, release.number, ms(PERMITTED_FOR))
        [status] = await self._write("release", release.event_id, *once, *release.numbers)
        return bool(status == b"released")
