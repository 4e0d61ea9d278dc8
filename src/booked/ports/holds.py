"""The sale in the hold store: holds, reservations, what there is to sell, and offers to the waitlist.

Every call is atomic. Time is the store's own. An event is *cold* if the store does not know it, or knows it only from
before its last restart: calls then raise `EventIsCold` and change nothing until a flip has installed the event. Calls
which cannot reach the store raise `StoreReadFailed` or `StoreWriteFailed`. This holds for all ports of the hold store.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from typing import Protocol

from booked.domain.model.ids import BookingId, EntryId, EventId, ReservationId, UserId
from booked.domain.model.programme.seating import Block
from booked.domain.model.sale.holds import USUAL, Claim, Hold, Release, SeatMap, Stock, TakenTickets, Terms
from booked.domain.model.sale.idempotency import IdempotencyKey
from booked.domain.model.sale.reservations import Maximum, Minimum, Reservation, Selection
from booked.domain.model.sale.waitlist import CameBack, Demand, Entry, Offer

NO_TIME = timedelta(0)


class EventIsCold(Exception):
    """The store has to be told about this event first."""


class EventHasGrown(Exception):
    """The event has tickets that the caller does not know of, and that may not be for everybody."""

    def __init__(self, capacity: int) -> None:
        super().__init__(f"the event has {capacity} tickets")
        self.capacity = capacity


class TurnIsOver(Exception):
    """The user had an offer in this turn of the entry, or in a later one. Each turn brings one offer."""


class NotHeld(Exception):
    """Nobody holds some of the tickets: they were never reserved, have lapsed, or are sold."""

    def __init__(self, numbers: Iterable[int]) -> None:
        super().__init__("tickets are not held")
        self.numbers = frozenset(numbers)


class Holds(Protocol):
    """Tickets on their way from free to sold, and back."""

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
        """Hold this many tickets, all or none. Lapsed holds are free again; tickets set aside are not on offer.

        With `by_price`, the blocks of each type, the tickets are of the first type with enough of them, or else of
        several, the first ones first. Tickets in no block come last. Those of `withheld` blocks come not at
        all, or all from one type. `known_capacity` is how many tickets of the event the caller knows; None lets the
        others be taken too.

        A user with an offer from the waitlist gets the offered tickets first, under the offer's deadline.

        Raises `TooFewTickets`; `OverTicketLimit` if the user would hold and own more than the event allows, or hold
        more at once than the store or one of `maximums` allows, of which only those count that were reserved under it;
        `SalesClosed` outside of the event's sales window if more tickets than the offered ones are needed;
        `TooManyRequests` during the user's cool-down, as `domain.model.sale.lapses` has it, if `limited` and more than
        the offered ones are needed; `EventHasGrown` if the event has more than `known_capacity` and enough are free.
        """
        ...

    async def claim(
        self,
        event_id: EventId,
        user_id: UserId,
        numbers: Collection[int],
        booking_id: BookingId,
        terms: Terms = USUAL,
    ) -> Claim:
        """Turn a user's unexpired holds into a claim, all or none. It keeps them until it is settled or abandoned.

        If the user has claimed some of the tickets before, return that earlier claim as it stands, on its own terms.

        Raises `NotYourTicket` if another user holds one, whatever else is wrong, and `NotHeld` in all other cases.
        """
        ...

    async def settle(self, event_id: EventId, booking_id: BookingId) -> bool:
        """Count a claim's tickets as sold. Return False, with no effect, if there is no such claim (any more)."""
        ...

    async def abandon(self, event_id: EventId, booking_id: BookingId, at_least: timedelta = NO_TIME) -> bool:
        """Turn a claim back into holds with their old deadlines, or later ones if they would last less than `at_least`.

        The reservation which they are part of lasts as long. With `at_least` the claim was not refused, and then the
        holds do not count for a cool-down when they lapse. Return False, with no effect, if there is no such claim.
        """
        ...

    async def release(self, release: Release) -> bool:
        """Make cancelled tickets free, once per release number however often and late it arrives.

        A release may come before the flip to its epoch, also while the event is cold. It then takes effect again with
        that flip, because the flip may install what was read before. Return False, with no effect, if the release has
        come already, is part of the event's last flip, or belongs to an earlier epoch. Held tickets are never touched.
        """
        ...


class Reservations(Protocol):
    """Tickets held together, under an id. Each request with an idempotency key takes effect once.

    A repeated request gets the reservation of the first one, as it is now. `IdempotencyKeyReused` is raised if the
    caller sent the key with another fingerprint at this event.
    """

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
        """Hold the selected tickets, all or none, under an id of their own.

        The best seats are next to each other in a row, as `docs/resources.md` says which; a split party that fits in
        no row gets as few groups of seats as possible.

        Raises `IdempotencyKeyReused`; `SeatTaken`, which names the selected numbers that are not free; `NotTogether` if
        enough of the best seats are free, but not next to each other; otherwise as `Holds.reserve` does.
        Offered tickets are taken only if no type is selected; the whole reservation then has the offer's deadline.
        The house may also have tickets set aside, and neither the limit nor the sales window bind it.
        """
        ...

    async def reservation(self, reservation_id: ReservationId) -> Reservation | None:
        """Return a reservation with its held tickets and those just being booked.

        It stays for at least an hour after it has lapsed. None if there is none, or if it was given back.
        """
        ...

    async def last_numbers(self, reservation_id: ReservationId, user_id: UserId) -> frozenset[int]:
        """Return the tickets that a user's reservation had when it was made or last changed, held or not.

        None where `reservation` returns none or another user's; also of cold events.
        """
        ...

    async def reservations(self, user_id: UserId) -> list[Reservation]:
        """Return a user's reservations with held tickets, ordered by expiry; of cold events as far as is known.

        Some may be missing if the user has very many.
        """
        ...

    async def answered(self, event_id: EventId, idempotency_key: IdempotencyKey) -> Reservation | None:
        """Return the reservation an earlier request with this key made or changed, as it is now.

        None for a new key. Raises `IdempotencyKeyReused`.
        """
        ...

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
        """Add tickets to a user's reservation, all or none. Its deadline stays. Offers are left alone.

        A reservation that has another number of tickets than `seen` stays as it is.

        Raises `NoSuchReservation` if it holds nothing or is another user's; `ReservationFixed` while it is being
        booked; `OverTicketLimit` also if it would have more tickets than one request may ask for; otherwise as
        `make_reservation` does.
        """
        ...

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
        """Give back this many of a reservation's tickets, the highest numbers first, but not all of them.

        A reservation that has another number of tickets than `seen` stays as it is.

        Raises `NoSuchReservation` as `enlarge` does; `ReservationFixed` if no ticket would be left, or while it is
        being booked; `BelowMinimum` if it would have too few of those it gives back; `IdempotencyKeyReused`.
        """
        ...

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
        """Make a reservation last this much longer, at most `most` times, or `most_unwanted` while nobody waits.

        Raises `NoSuchReservation`; `ReservationFixed` if it was extended that often already, while it is being booked,
        and if it has offered tickets, because others wait for them; `IdempotencyKeyReused`.
        """
        ...

    async def give_back(self, reservation_id: ReservationId, user_id: UserId) -> None:
        """End a user's reservation. Its held tickets are free again. Shortly before its deadline it counts as lapsed.

        Raises `NoSuchReservation`, or `ReservationFixed` while it is being booked.
        """
        ...


class Availability(Protocol):
    """How many tickets are free, and which."""

    async def stock(self, event_id: EventId) -> Stock:
        """Return the event's counts, after reclaiming lapsed holds: a bounded number, and others count as held."""
        ...

    async def available(self, event_ids: Sequence[EventId]) -> list[int | None]:
        """Return what the public may reserve of each event, in one call a page; None for a cold one. Read only."""
        ...

    async def free_among(self, event_id: EventId, groups: Sequence[Sequence[Block]]) -> list[int]:
        """Return how many tickets of each group of blocks are free. Lapsed holds are reclaimed as `seat_map` does."""
        ...

    async def on_offer_among(self, event_id: EventId, groups: Sequence[Sequence[Block]]) -> list[int]:
        """Return how many tickets of each group of blocks the public may reserve: those free and not set aside.

        Lapsed holds are reclaimed as `seat_map` does.
        """
        ...

    async def seat_map(self, event_id: EventId, first: int, last: int) -> SeatMap:
        """Return which tickets of this range are taken. The map ends with the event's last ticket.

        Only a few lapsed holds are reclaimed, so the call takes no longer if many are held. The tickets of the others
        count as taken until later calls have reclaimed them.
        """
        ...

    async def taken_among(self, event_id: EventId, numbers: Collection[int]) -> TakenTickets:
        """Return which of these up to 1,000 tickets are sold, and which are held, in time for these tickets alone.

        Lapsed holds are reclaimed as `seat_map` does. While some are left, sold tickets may count as held.
        """
        ...


class Supply(Protocol):
    """Which tickets the hold store has to sell."""

    async def grow(self, event_id: EventId, capacity: int) -> None:
        """Add tickets up to this capacity; a smaller one has no effect. New tickets are set aside for the queue."""
        ...

    async def discard(self, event_id: EventId, epoch: int) -> None:
        """Forget an event that is off sale since this epoch. It is cold afterwards.

        No effect if the store has a newer epoch: the event is on sale again.
        """
        ...

    async def discard_unused(self, event_id: EventId, epoch: int) -> bool:
        """Forget an event as `discard` does, unless people hold tickets of it or ever did, as far as the store knows.

        Return False, with no effect, if they do or did, or if the store has a newer epoch. The event may be cold.
        """
        ...

    async def retire(self, event_id: EventId, epoch: int, blocks: Sequence[Block]) -> bool:
        """Make an event cold unless any ticket of these blocks is taken, so that its next repair marks them as taken.

        Holds and claims stay. A flip to this epoch or an older one has no effect from now on. Return False, with no
        effect, if one of the tickets is taken. The event may be cold.
        """
        ...


class Offers(Protocol):
    """Tickets set aside for the waitlist, and offered to it."""

    async def set_demand(self, demand: Demand) -> None:
        """Set aside, from now on, tickets which come back, until there are as many as demanded.

        If more are set aside already, the rest goes back to the public. An older version of the demand has no effect.
        If the wanted blocks are known, the public cannot reserve a ticket of a block while no more tickets are free
        there than came back and are wanted and set aside.
        """
        ...

    async def came_back_among(self, event_id: EventId, groups: Sequence[Sequence[Block]]) -> list[int]:
        """Return how many free tickets of each group of blocks came back since tickets are set aside, 0 while none are.

        After a flip that does not know, each free ticket counts. Lapsed holds are reclaimed as `seat_map` does.
        """
        ...

    async def offer(
        self, entry: Entry, epoch: int, ttl: timedelta, blocks: Sequence[Block] = (), kept_aside: int = 0
    ) -> Offer | None:
        """Hold tickets for a waiting party, first those set aside; the same ones if it has an offer already.

        They are tickets of `blocks` if any are named, first those that came back. Of what is set aside, `kept_aside`
        tickets stay so. An offer given back keeps its time.

        Return None, with no effect, if the event has another epoch. Raises `TurnIsOver` if the user had an
        offer in this turn of the entry or in a later one; `TooFewTickets`, `OverTicketLimit` or `SalesClosed`.
        """
        ...

    async def offers(self, event_id: EventId) -> list[Offer]:
        """Return offers neither lapsed nor booked. One given back may stay until its time is over."""
        ...

    async def decline(self, event_id: EventId, user_id: UserId, entry_id: EntryId) -> bool:
        """End an entry's offer. Its held tickets come back, also those in a reservation.

        Return False, with no effect, if no such offer stands, and while any of its tickets is being booked.
        """
        ...

    async def return_surplus(
        self, demand: Demand, seen: Stock, tickets: int, came_back: Sequence[CameBack] = ()
    ) -> bool:
        """Give this many of the tickets set aside back to the public.

        `came_back` says of which blocks they are. Return False, with no effect, unless as many are set aside as in
        `seen`, under the same epoch and demand, and no more came back of these blocks.
        """
        ...
