"""Reservations as their owners see them: making them, changing them, giving them back.

The database is only asked what an event sells, by one caller every few seconds, and no others wait for it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from booked.domain.errors import (
    BelowMinimum,
    Busy,
    NoEventFound,
    NoSuchReservation,
    NoSuchSeat,
    NoSuchTicketType,
    OverTicketLimit,
    SalesClosed,
    SeatTaken,
    TicketNotReserved,
    TooManyRequests,
    TypePaused,
)
from booked.domain.model.ids import EventId, ReservationId, UserId, event_of
from booked.domain.model.money import Money
from booked.domain.model.programme.events import Event
from booked.domain.model.programme.seating import are_together
from booked.domain.model.sale.holds import require_count
from booked.domain.model.sale.idempotency import IdempotencyKey
from booked.domain.model.sale.reservations import (
    EXTENSIONS_MOST,
    EXTENSIONS_UNWANTED,
    Maximum,
    PricedTicket,
    Reservation,
    Selection,
    TicketRequest,
    as_selection,
    maximums,
    minimums,
    priced,
    require_same_prices,
    type_of_all,
    with_seats_named,
)
from booked.domain.model.sale.waitlist import EntryState, WaitlistPlace
from booked.domain.services.programme.plans import EventPlan, PlanCache
from booked.domain.services.upkeep.inventory import InventoryService
from booked.ports.holds import EventHasGrown, Reservations
from booked.ports.observer import Observer
from booked.ports.system import Clock

RESIZE_ATTEMPTS = 4
MADE_AGAIN_MOST = 20  # times for one key
# What the rules of ticket types refuse, which may change.
RULED_OUT = (BelowMinimum, NoSuchSeat, NoSuchTicketType, OverTicketLimit, SalesClosed, TypePaused)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PricedReservation:
    """A reservation with what its tickets are and cost, as of `now`."""

    reservation: Reservation
    event: Event
    tickets: list[PricedTicket]
    now: datetime
    hold_ttl: timedelta

    @property
    def total(self) -> Money:
        return Money(sum(ticket.price for ticket in self.tickets), self.event.currency)

    @property
    def together(self) -> bool | None:
        return are_together(ticket.seat for ticket in self.tickets)

    @property
    def seconds_left(self) -> int:
        return self.reservation.seconds_left(self.now)

    @property
    def extensions_left(self) -> int:
        return max(0, EXTENSIONS_MOST - self.reservation.extensions) if self.reservation.numbers else 0

    @property
    def extensions_left_unwanted(self) -> int:
        """Return how often its owner can extend it on a page, as long as nobody waits for the event."""
        return max(0, EXTENSIONS_UNWANTED - self.reservation.extensions) if self.reservation.numbers else 0

    @property
    def extendable_until(self) -> datetime:
        """Return when it lapses at last if it is extended that often."""
        return self.reservation.expires_at + self.hold_ttl * self.extensions_left_unwanted


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationService:
    """`hold_ttl` is how long a reservation lasts, and by how much it can be extended once."""

    holds: Reservations
    inventory: InventoryService
    plans: PlanCache
    clock: Clock
    observer: Observer
    hold_ttl: timedelta

    async def make(
        self,
        user_id: UserId,
        event_id: EventId,
        request: TicketRequest,
        idempotency_key: IdempotencyKey | None = None,
        *,
        limited: bool = False,
        most_ttl: timedelta = timedelta.max,
    ) -> PricedReservation:
        """Hold what somebody asks for: all of it or nothing. It lasts `most_ttl` at most.

        Raises `TooFewTickets`, `NotTogether`, `SeatTaken`, `OverTicketLimit`, `SalesClosed`, `NoEventFound`,
        `NoSuchTicketType`, `NoSuchSeat`, `BelowMinimum` or `IdempotencyKeyReused`; `TooManyRequests` during a cool-down
        of a user who is `limited`.
        """

        async def hold(selection: Selection, most: list[Maximum]) -> Reservation:
            ttl = min(self.hold_ttl, most_ttl)
            return await self.holds.make_reservation(
                event_id, user_id, selection, ttl, idempotency_key, limited=limited, maximums=most
            )

        try:
            reservation = await self._take(event_id, request, idempotency_key, hold)
        except TooManyRequests as refusal:
            self.observer.limited(refusal.policy)
            raise
        except SeatTaken as refusal:
            raise with_seats_named(refusal, (await self.plans.on_sale(event_id)).plan.blocks) from refusal
        self.observer.reserved(event_id, request.size)
        return await self._priced(reservation)

    async def make_held(
        self,
        user_id: UserId,
        event_id: EventId,
        request: TicketRequest,
        idempotency_key: IdempotencyKey | None,
        *,
        limited: bool = False,
        most_ttl: timedelta = timedelta.max,
    ) -> PricedReservation:
        """Make a reservation under a key. Where what it reserved is gone, reserve again under the next key.

        Who repeats the request must find that one too: it may be just being booked, and then a refusal for want of
        tickets would be untrue. Raises as `make` does.
        """
        key = idempotency_key
        for again in range(1, MADE_AGAIN_MOST + 1):
            made = await self.make(user_id, event_id, request, key, limited=limited, most_ttl=most_ttl)
            if made.reservation.numbers or key is None:
                return made
            key = replace(key, key=f"{key.key} {again}")  # no request has a key with a space
        return await self.make(user_id, event_id, request, limited=limited, most_ttl=most_ttl)

    async def accept(self, user_id: UserId, place: WaitlistPlace) -> PricedReservation:
        """Make a reservation of the tickets that a place on the waitlist is offered; accepted again, it is the same.

        It lapses when the offer does. Raises `TicketNotReserved` where the offer is over.
        """
        if place.state is not EntryState.OFFERED:
            raise TicketNotReserved
        known = await self.plans.of(place.event_id)
        request = TicketRequest(len(place.numbers), beside={type_.number for type_ in known.plan.types})
        itself = _acceptance_of(user_id, place)
        accepted = await self.make(user_id, place.event_id, request, itself)
        if not set(accepted.reservation.numbers) <= set(place.numbers):  # the offer lapsed before
            await self.give_back(user_id, accepted.reservation.id)
            raise TicketNotReserved
        return accepted

    async def get(self, user_id: UserId, reservation_id: ReservationId) -> PricedReservation:
        """Return a user's own reservation. Raises `NoSuchReservation`."""
        return await self._priced(await self._own(user_id, reservation_id))

    async def of_user(
        self, user_id: UserId, after: tuple[datetime, ReservationId] | None, limit: int
    ) -> list[PricedReservation]:
        """Return a user's reservations ordered by expiry, after the cursor."""
        held = [
            (reservation.expires_at, reservation.id, reservation)
            for reservation in await self.holds.reservations(user_id)
        ]
        following = sorted(row for row in held if after is None or row[:2] > after)
        return [await self._priced(reservation) for *_, reservation in following[:limit]]

    async def enlarge(
        self,
        user_id: UserId,
        reservation_id: ReservationId,
        count: int,
        idempotency_key: IdempotencyKey | None = None,
        seen: int | None = None,
    ) -> PricedReservation:
        """Add tickets of the type that all of its are of, or else of any; it lapses when it would have.

        It stays as it is where it has another number of tickets than `seen`. Raises as `make` does, and
        `ReservationFixed` where such tickets do not cost any more what its own do.
        """
        require_count(count)
        if idempotency_key and (earlier := await self._answered(reservation_id, idempotency_key)):
            return await self._priced(earlier)  # also if it has ended, or its price has changed
        present = await self.get(user_id, reservation_id)
        if not present.tickets:
            raise NoSuchReservation
        known = await self.plans.on_sale(present.event.id)
        type_number = type_of_all(present.tickets)
        require_same_prices(known.plan, type_number, present.reservation.made_at, present.now)
        request = TicketRequest(count, type_number, beside={ticket.type.number for ticket in present.tickets})

        async def enlarge(selection: Selection, most: list[Maximum]) -> Reservation:
            return await self.holds.enlarge(reservation_id, user_id, selection, idempotency_key, seen, maximums=most)

        enlarged = await self._take(present.event.id, request, idempotency_key, enlarge)
        if seen in {None, len(enlarged.numbers) - count}:
            self.observer.reserved(present.event.id, count)
        return await self._priced(enlarged)

    async def reduce(
        self,
        user_id: UserId,
        reservation_id: ReservationId,
        count: int,
        idempotency_key: IdempotencyKey | None = None,
        seen: int | None = None,
    ) -> PricedReservation:
        """Give some of its tickets back. It stays as it is where it has another number of tickets than `seen`.

        Raises `NoSuchReservation`, `ReservationFixed` where none would be left, or `BelowMinimum`.
        """
        require_count(count)

        async def reduce() -> Reservation:
            least = minimums((await self.plans.of(event_of(reservation_id))).plan)
            return await self.holds.reduce(reservation_id, user_id, count, idempotency_key, seen, minimums=least)

        return await self._priced(await self._when_on_sale(reservation_id, reduce))

    async def resize(
        self, user_id: UserId, reservation_id: ReservationId, count: int, idempotency_key: IdempotencyKey | None = None
    ) -> PricedReservation:
        """Let it hold this many tickets.

        Raises as `enlarge` and `reduce` do, or `Busy` where others keep changing it.
        """
        require_count(count)
        for _ in range(RESIZE_ATTEMPTS):
            if idempotency_key and (earlier := await self._answered(reservation_id, idempotency_key)):
                return await self._priced(earlier)
            present = await self.get(user_id, reservation_id)
            seen = len(present.tickets)
            if seen == count:
                return present
            step = self.enlarge if count > seen else self.reduce
            changed = await step(user_id, reservation_id, abs(count - seen), idempotency_key, seen)
            if len(changed.tickets) == count:
                return changed
        raise Busy

    async def extend(
        self,
        user_id: UserId,
        reservation_id: ReservationId,
        idempotency_key: IdempotencyKey | None = None,
        *,
        on_page: bool = False,
    ) -> PricedReservation:
        """Let it last longer, once. People at a page may do so several times, as long as nobody waits for the event.

        Raises `NoSuchReservation`, `ReservationFixed` or `IdempotencyKeyReused`.
        """
        most_unwanted = EXTENSIONS_UNWANTED if on_page else EXTENSIONS_MOST

        async def extend() -> Reservation:
            return await self.holds.extend(
                reservation_id,
                user_id,
                self.hold_ttl,
                EXTENSIONS_MOST,
                idempotency_key,
                most_unwanted=most_unwanted,
            )

        return await self._priced(await self._when_on_sale(reservation_id, extend))

    async def give_back(self, user_id: UserId, reservation_id: ReservationId) -> None:
        """End it; its tickets are free again. Raises `NoSuchReservation`."""
        await self._when_on_sale(reservation_id, lambda: self.holds.give_back(reservation_id, user_id))

    async def require_held(self, user_id: UserId, reservation_id: ReservationId) -> Reservation:
        """Return a user's reservation if it can be booked.

        Raises `NoSuchReservation`, or `TicketNotReserved` if it lapsed.
        """
        reservation = await self._own(user_id, reservation_id)
        if not reservation.numbers:
            raise TicketNotReserved
        return reservation

    async def last_numbers(self, user_id: UserId, reservation_id: ReservationId) -> frozenset[int]:
        """Return the tickets that a user's reservation had last, held or not; none where there is no reservation."""
        return await self.holds.last_numbers(reservation_id, user_id)

    async def _take(
        self,
        event_id: EventId,
        request: TicketRequest,
        idempotency_key: IdempotencyKey | None,
        attempt: Callable[[Selection, list[Maximum]], Awaitable[Reservation]],
    ) -> Reservation:
        """Return the result of an attempt to take what somebody asks for.

        The attempt gets what to ask the hold store for, and what a user holds of limited types at most.
        """

        async def take(known: EventPlan, capacity: int = 0) -> Reservation:
            try:
                selection = as_selection(request, event_id, known.plan, self.clock.now(), capacity)
            except RULED_OUT:
                # Perhaps it is asked for again, and was not ruled out when it was made.
                made = await self._made_under(event_id, idempotency_key)
                if made is None:
                    raise
                return made
            return await self.inventory.ration(event_id, lambda: attempt(selection, maximums(known.plan)))

        try:
            return await take(await self.plans.on_sale(event_id))
        except EventHasGrown as grown:
            return await self.plans.once_known(event_id, grown.capacity, take)
        except (NoSuchSeat, NoSuchTicketType):
            return await take(await self.plans.news(event_id))  # they may have come since

    async def _made_under(self, event_id: EventId, key: IdempotencyKey | None) -> Reservation | None:
        """Return what a request with this key made, None where there was none or it has no key."""
        if key is None:
            return None
        return await self.inventory.when_warm(event_id, lambda: self.holds.answered(event_id, key))

    async def _answered(self, reservation_id: ReservationId, idempotency_key: IdempotencyKey) -> Reservation | None:
        return await self._when_on_sale(
            reservation_id, lambda: self.holds.answered(event_of(reservation_id), idempotency_key)
        )

    async def _own(self, user_id: UserId, reservation_id: ReservationId) -> Reservation:
        reservation = await self._when_on_sale(reservation_id, lambda: self.holds.reservation(reservation_id))
        if reservation is None or reservation.user_id != user_id:
            raise NoSuchReservation
        return reservation

    async def _when_on_sale(self, reservation_id: ReservationId, attempt: Callable[[], Awaitable[T]]) -> T:
        """Return the result of an attempt on a reservation. Reservations of an event off sale have ended."""
        try:
            return await self.inventory.when_warm(event_of(reservation_id), attempt)
        except NoEventFound as cause:
            raise NoSuchReservation from cause

    async def _priced(self, reservation: Reservation) -> PricedReservation:
        known = await self.plans.of(reservation.event_id, up_to=max(reservation.numbers, default=0))
        tickets = priced(reservation.numbers, known.plan, reservation.made_at)
        return PricedReservation(reservation, known.event, tickets, self.clock.now(), self.hold_ttl)


def _acceptance_of(user_id: UserId, place: WaitlistPlace) -> IdempotencyKey:
    """Return the key under which the acceptance of an offer is remembered. No request has a key with a space."""
    return IdempotencyKey(user_id, f"offer {place.entry_id} {min(place.numbers)} {place.offer_expires_at}", b"")
