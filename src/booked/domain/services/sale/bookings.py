"""Bookings as records: making them from reservations, changing and cancelling them.

Owners and admins change bookings. Organizers see and cancel those of their events, and they and admins can do so when
buyers cannot any more.
"""

from asyncio import CancelledError
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from booked.domain.errors import (
    AlreadyCancelled,
    BookedError,
    Busy,
    IllegalStatus,
    InvalidCancellation,
    NoSuchBooking,
    NoSuchReservation,
    NoSuchSeat,
    NotAnAdmin,
    StoreError,
    TicketNotReserved,
    TransactionFailed,
)
from booked.domain.model.ids import BookingId, EventId, ReservationId, TicketId, UserId, event_of, number_of
from booked.domain.model.people.users import Identity
from booked.domain.model.programme.events import EventStatus
from booked.domain.model.sale.bookings import BookingRecord, BookingStatus
from booked.domain.model.sale.cancellations import EVERYTHING, CancellationOrder, CancellationWish
from booked.domain.model.sale.holds import Terms, require_count, require_one_event
from booked.domain.model.sale.idempotency import IdempotencyKey
from booked.domain.model.sale.reservations import TicketRequest
from booked.domain.services.sale.booking_views import BookingView, BookingViews
from booked.domain.services.sale.idempotency import tried_once
from booked.domain.services.sale.reservations import RESIZE_ATTEMPTS, ReservationService
from booked.domain.services.sale.sales import SaleService

# How long tickets are held while they are booked in one go. Where they are neither booked nor given back, they are soon
# free again.
BRIEFLY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingService(BookingViews):
    sale: SaleService
    reservations: ReservationService

    async def book_reservation(
        self, user_id: UserId, reservation_id: ReservationId, idempotency_key: IdempotencyKey | None = None
    ) -> BookingView:
        """Book what a reservation holds, for what it cost when the reservation was made.

        Booked again, without a key or with any, it is the same booking. Raises `NoSuchReservation`,
        `TicketNotReserved` where it has lapsed, or what `BookingService.buy` raises.
        """
        itself = _booking_of(user_id, reservation_id)

        async def book() -> BookingView:
            reservation = await self.reservations.require_held(user_id, reservation_id)
            terms = Terms(priced_at=reservation.made_at, idempotency_key=idempotency_key or itself)
            return await self._buy(user_id, reservation.event_id, reservation.numbers, terms)

        try:
            return await self._once(idempotency_key, book)
        except (NoSuchReservation, TicketNotReserved):
            earlier = await self._earlier(itself) or await self._owned_of(user_id, reservation_id)
            if earlier is None:
                raise
            return earlier

    async def book_tickets(
        self, user_id: UserId, tickets: Iterable[TicketId], idempotency_key: IdempotencyKey | None = None
    ) -> BookingView:
        """Book tickets somebody holds, such as those of an offer. Raises what `BookingService.buy` raises."""
        event_id, numbers = require_one_event(tickets)
        return await self._once(
            idempotency_key,
            lambda: self._buy(user_id, event_id, sorted(numbers), Terms(idempotency_key=idempotency_key)),
        )

    async def book_now(
        self, user_id: UserId, event_id: EventId, request: TicketRequest, idempotency_key: IdempotencyKey | None = None
    ) -> BookingView:
        """Reserve and book in one go: what cannot be booked is not kept. Raises what both raise."""
        return await self._once(
            idempotency_key,
            lambda: self._take(
                user_id, event_id, request, Terms(idempotency_key=idempotency_key), attempt=idempotency_key
            ),
        )

    async def cancel(
        self,
        identity: Identity,
        booking_id: BookingId,
        idempotency_key: IdempotencyKey | None = None,
        wish: CancellationWish = EVERYTHING,
    ) -> BookingView:
        """Give tickets of a booking back, by default every one.

        Those who run the event may say what is refunded, and cancel when it is over. Raises `NoSuchBooking`,
        `AlreadyCancelled`, `NoSuchSeat` for a ticket that is not among the standing ones, `CancellationClosed`,
        `InvalidCancellation`, or `NotAnAdmin` for a refund that a buyer wishes.
        """
        record = await self._seen(identity, booking_id)

        async def cancel() -> BookingView:
            named = _named(_require_standing(record), wish.tickets)
            seen = frozenset(_numbers(record))

            def choose(standing: Sequence[int]) -> Collection[int]:
                if wish.refund is None or named:
                    return _require_named(standing, named)
                return _require_seen(standing, seen)

            await self._give_back(identity, record, choose, idempotency_key, wish)
            return await self.get(identity, booking_id)

        return await self._once(idempotency_key, cancel)

    async def resize(self, identity: Identity, booking_id: BookingId, count: int) -> BookingView:
        """Let a booking have this many tickets: the newest are cancelled, or more of the newest one's type are bought.

        Raises `TooFewTickets`, `OverTicketLimit`, `NotAnAdmin`, `IllegalStatus` for more where the event is over, or
        what `cancel` raises; `Busy` where others keep changing it.
        """
        require_count(count)
        for _ in range(RESIZE_ATTEMPTS):
            record = _require_standing(await self._owned(identity, booking_id))
            more = count - len(record.standing)
            if more == 0:
                return await self._view(record)
            if more < 0:
                await self._give_back(identity, record, lambda standing: standing[count:])
            else:
                _require_open(record)
                request = TicketRequest(more, record.standing[-1].type_number, beside=_types_of(record))
                await self._add(record, request, _next_change(record))
        raise Busy

    async def add_seat(
        self, identity: Identity, booking_id: BookingId, seat: TicketId, idempotency_key: IdempotencyKey | None = None
    ) -> BookingView:
        """Buy a seat more. Raises `SeatTaken`, `NoSuchSeat`, or what `resize` raises."""
        record = await self._owned(identity, booking_id)

        async def add() -> BookingView:
            _require_open(_require_standing(record))
            if event_of(seat) != record.event.id:
                raise NoSuchSeat
            request = TicketRequest(seats=[seat], beside=_types_of(record))
            return await self._add(record, request, idempotency_key, attempt=idempotency_key)

        return await self._once(idempotency_key, add)

    async def remove_seat(self, identity: Identity, booking_id: BookingId, seat: TicketId) -> BookingView:
        """Cancel one seat of a booking. Raises what `cancel` raises."""
        return await self.cancel(identity, booking_id, wish=CancellationWish([seat]))

    async def _once(
        self, idempotency_key: IdempotencyKey | None, attempt: Callable[[], Awaitable[BookingView]]
    ) -> BookingView:
        """Return what an attempt gives, or the booking of an earlier attempt with the same key, as it is now."""
        return await tried_once(attempt, lambda: self._earlier(idempotency_key))

    async def _earlier(self, idempotency_key: IdempotencyKey | None) -> BookingView | None:
        booking_id = await self.database.idempotency_keys.find(idempotency_key) if idempotency_key else None
        record = await self.database.bookings.get(BookingId(booking_id)) if booking_id else None
        return await self._view(record) if record else None

    async def _owned_of(self, user_id: UserId, reservation_id: ReservationId) -> BookingView | None:
        """Return the booking in which all of a reservation's tickets stand; None if there is none."""
        numbers = await self.reservations.last_numbers(user_id, reservation_id)
        booking_id = await self.database.bookings.owning(event_of(reservation_id), user_id, list(numbers))
        record = await self.database.bookings.get(booking_id) if booking_id else None
        return await self._view(record) if record and numbers <= set(_numbers(record)) else None

    async def _give_back(
        self,
        identity: Identity,
        record: BookingRecord,
        choose: Callable[[Sequence[int]], Collection[int]],
        idempotency_key: IdempotencyKey | None = None,
        wish: CancellationWish = EVERYTHING,
    ) -> None:
        runs_event = await self._runs(identity, record.event)
        if wish.refund is not None and not runs_event:
            raise NotAnAdmin("What comes back of a ticket of yours is what its terms of cancellation say.")
        order = CancellationOrder(identity.user_id, wish.reason, runs_event, wish.refund)
        await self.sale.give_back(record, choose, order, idempotency_key)

    async def _add(
        self,
        record: BookingRecord,
        request: TicketRequest,
        idempotency_key: IdempotencyKey | None,
        attempt: IdempotencyKey | None = None,
    ) -> BookingView:
        """Buy more for a booking. Raises `AlreadyCancelled` where it was given back in the meantime."""
        try:
            return await self._take(
                record.user_id, record.event.id, request, Terms(None, record.id, idempotency_key), attempt
            )
        except NoSuchBooking as cause:
            raise AlreadyCancelled from cause

    async def _take(
        self,
        user_id: UserId,
        event_id: EventId,
        request: TicketRequest,
        terms: Terms,
        attempt: IdempotencyKey | None = None,
    ) -> BookingView:
        """Reserve and buy. Twins share a reservation: they are not in each other's way."""
        made = await self.reservations.make_held(user_id, event_id, request, attempt, most_ttl=BRIEFLY)
        reservation = made.reservation
        kept = False
        try:
            view = await self._buy(user_id, event_id, reservation.numbers, terms)
            kept = set(reservation.numbers) <= set(_numbers(view.record))
        except (TransactionFailed, CancelledError):
            kept = True  # they may be booked, and somebody whose time is over is kept waiting no longer
            raise
        finally:
            if not kept:
                # What is not given back lapses.
                with suppress(BookedError):
                    await self.reservations.give_back(user_id, reservation.id)
        return view

    async def _buy(self, user_id: UserId, event_id: EventId, numbers: Sequence[int], terms: Terms) -> BookingView:
        booking_id = await self.sale.buy(user_id, event_id, numbers, terms)
        try:
            record = await self.database.bookings.get(booking_id)
            if record is None:
                raise NoSuchBooking
            return await self._view(record)
        except StoreError as cause:
            # Whoever is told to try again would book twice.
            raise TransactionFailed("It is booked, but cannot be shown just now. Look at your bookings.") from cause


def _require_standing(record: BookingRecord) -> BookingRecord:
    if record.status is BookingStatus.CANCELLED:
        raise AlreadyCancelled
    return record


def _require_open(record: BookingRecord) -> None:
    if record.event.status is EventStatus.COMPLETED:
        raise IllegalStatus("The event is over, so its bookings get no more tickets.")


def _named(record: BookingRecord, tickets: Sequence[TicketId] | None) -> frozenset[int]:
    """Return the numbers of these tickets of a booking. Raises `NoSuchSeat` if one of them does not stand in it."""
    standing = _numbers(record)
    for ticket in tickets or ():
        if event_of(ticket) != record.event.id or number_of(ticket) not in standing:
            raise NoSuchSeat
    return frozenset(map(number_of, tickets or ()))


def _require_named(standing: Sequence[int], named: frozenset[int]) -> Collection[int]:
    """Return the named tickets, by default all that stand. Raises `NoSuchSeat` if one does not stand any more."""
    if not named <= set(standing):
        raise NoSuchSeat
    return named or standing


def _require_seen(standing: Sequence[int], seen: frozenset[int]) -> Collection[int]:
    """Return all that stand. Raises unless they are those a refund was meant for."""
    if not standing:
        raise AlreadyCancelled
    if set(standing) != seen:
        raise InvalidCancellation("The booking has other tickets by now. Look at it again, then say what is refunded.")
    return standing


def _numbers(record: BookingRecord) -> Sequence[int]:
    return [ticket.number for ticket in record.standing]


def _types_of(record: BookingRecord) -> set[int]:
    return {ticket.type_number for ticket in record.standing}


def _booking_of(user_id: UserId, reservation_id: ReservationId) -> IdempotencyKey:
    """Return the key under which a keyless request to book a reservation is remembered.

    No request has a key with a space.
    """
    return IdempotencyKey(user_id, f"reservation {reservation_id}", b"")


def _next_change(record: BookingRecord) -> IdempotencyKey:
    """Return the key shared by all who add to a booking they saw in the same state: one of them does.

    No request has a key with a space.
    """
    return IdempotencyKey(record.user_id, f"{record.id} {len(record.tickets)}", b"")
