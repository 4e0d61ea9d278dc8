"""The hold store: which tickets are taken, by whom and until when. It rations attempts; the database decides.

Every call is atomic. Time is the store's own. An event that the store does not know, or knows only from before it was
restarted, is *cold*: calls then raise `EventIsCold` and change nothing until `flip` has installed the event. Calls that
cannot reach the store raise `StoreReadFailed` or `StoreWriteFailed`.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from booked.domain.model.figures.analytics import Funnel
from booked.domain.model.ids import BookingId, EntryId, EventId, ReservationId, UserId
from booked.domain.model.programme.seating import Block
from booked.domain.model.sale.holds import USUAL, Claim, Hold, Ledger, Release, Stock, Terms
from booked.domain.model.sale.idempotency import IdempotencyKey
from booked.domain.model.sale.reservations import Reservation, Selection
from booked.domain.model.sale.waitlist import Demand, Entry, Offer

NO_TIME = timedelta(0)


class EventIsCold(Exception):
    """The store has to be told about this event first."""


class TurnIsOver(Exception):
    """The user had an offer in this turn of the entry, or in a later one. Each turn brings one offer."""


class NotHeld(Exception):
    """Some of the tickets are held by nobody: never reserved, lapsed, or sold."""

    def __init__(self, numbers: Iterable[int]) -> None:
        super().__init__("tickets are not held")
        self.numbers = frozenset(numbers)


@dataclass(frozen=True, slots=True)
class SoldTickets:
    """What the database had sold at one moment: ranges of ticket numbers, both ends included, in ascending order.

    Who owns how many is only said of an event with a ticket limit. `came_back` counts the tickets that were sold once
    and are not now; it is only said of an event that somebody waits for.
    """

    ledger: Ledger
    ranges: Sequence[tuple[int, int]]
    per_user: Sequence[tuple[UserId, int]]
    came_back: int = 0


@dataclass(frozen=True, slots=True)
class Inspection:
    """Every ticket number that the store counts as sold, held or claimed."""

    stock: Stock
    sold: frozenset[int]
    held: frozenset[int]
    claimed: frozenset[int]


@dataclass(frozen=True, slots=True)
class SeatMap:
    """Which tickets from `first` to `last` nobody can reserve, as a bitmap; how many of the whole event are free.

    The highest bit of the first byte is that of ticket `first`. A bit is set where the ticket is sold, held or claimed.
    Bits behind that of `last` are clear. There are none where `last` is below `first`.
    """

    capacity: int
    free: int
    first: int
    last: int
    taken: bytes


@dataclass(frozen=True, slots=True)
class TakenTickets:
    """Numbers of tickets that nobody can reserve: sold ones, and those held or claimed."""

    sold: frozenset[int]
    held: frozenset[int]


class HoldStore(Protocol):
    async def reserve(self, event_id: EventId, user_id: UserId, count: int, ttl: timedelta) -> Hold:
        """Hold this many tickets, all or none. Lapsed holds are free again; tickets set aside are not on offer.

        A user with an offer from the waitlist is given the offered tickets first, under the offer's deadline.
        Raises `TooFewTickets`, `OverTicketLimit` where the user would hold and own more than the event allows, or hold
        more at once than the store does, or
        `SalesClosed` where more than what is offered would be needed outside of the event's sales window.
        """
        ...

    async def make_reservation(
        self,
        event_id: EventId,
        user_id: UserId,
        selection: Selection,
        ttl: timedelta,
        idempotency_key: IdempotencyKey | None = None,
    ) -> Reservation:
        """Hold the tickets that somebody wishes for, all or none, under an id of their own.

        With a key, a repeated request is given the reservation that the first one made, as it is now. Raises
        `IdempotencyKeyReused` where its caller sent the key with another fingerprint at this event; `SeatTaken` where a
        wished number is not free; otherwise as `reserve` does, which gives from an offer only where any ticket will do,
        and then under the offer's deadline as a whole. The house may have tickets that are set aside, and neither the
        limit nor the sales window bind it.
        """
        ...

    async def reservation(self, reservation_id: ReservationId) -> Reservation | None:
        """A reservation, for at least an hour after it has lapsed; None if there is none, or it was given back.

        It has the tickets that are held, and those that are just being booked.
        """
        ...

    async def reservations(self, user_id: UserId) -> list[Reservation]:
        """A user's reservations that hold tickets, those that lapse first first; of cold events as far as is known.

        Of a user with very many of them, some may be missing.
        """
        ...

    async def answered(self, event_id: EventId, idempotency_key: IdempotencyKey) -> Reservation | None:
        """The reservation that an earlier request with this key made or changed, as it is now; None for a new key.

        Raises `IdempotencyKeyReused` as `make_reservation` does.
        """
        ...

    async def enlarge(
        self,
        reservation_id: ReservationId,
        user_id: UserId,
        selection: Selection,
        idempotency_key: IdempotencyKey | None = None,
    ) -> Reservation:
        """Add tickets to a user's reservation, all or none; it lapses when it would have.

        Offers are left alone. Raises `NoSuchReservation` if it holds nothing, or is another user's, `ReservationFixed`
        while it is being booked, and `OverTicketLimit` also where it would have more tickets than one request may ask
        for; otherwise as `make_reservation` does. With a key, a repeated request is given the reservation that the
        first one enlarged, as it is now.
        """
        ...

    async def reduce(
        self, reservation_id: ReservationId, user_id: UserId, count: int, idempotency_key: IdempotencyKey | None = None
    ) -> Reservation:
        """Give back this many of a reservation's tickets, the highest numbers first, but not all of them.

        With a key, a repeated request is given the reservation that the first one reduced, as it is now.
        Raises `NoSuchReservation` as `enlarge` does, and `ReservationFixed` where none would be left, or while it is
        being booked.
        """
        ...

    async def extend(
        self,
        reservation_id: ReservationId,
        user_id: UserId,
        ttl: timedelta,
        most: int,
        idempotency_key: IdempotencyKey | None = None,
    ) -> Reservation:
        """Let a reservation last this much longer, at most this often.

        With a key, a repeated request is given the reservation that the first one extended, as it is now. Raises
        `IdempotencyKeyReused` as `make_reservation` does; `NoSuchReservation`; or `ReservationFixed` when it was
        extended as often already, while it is being booked, and where it has tickets of an offer, for which others
        wait.
        """
        ...

    async def give_back(self, reservation_id: ReservationId, user_id: UserId) -> None:
        """End a user's reservation; what it holds is free again.

        Raises `NoSuchReservation`, or `ReservationFixed` while it is being booked.
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
        """Turn a user's unexpired holds into a claim, all or none; it keeps them until it is settled or abandoned.

        Where some of the tickets are claimed by this user already, that earlier claim is returned as it stands, on the
        terms on which it was made.
        Raises `NotYourTicket` where another user holds one, whatever else is so, and `NotHeld` in all other cases.
        """
        ...

    async def settle(self, event_id: EventId, booking_id: BookingId) -> bool:
        """Count a claim's tickets as sold. False, with no effect, where there is no such claim (any more)."""
        ...

    async def abandon(self, event_id: EventId, booking_id: BookingId, at_least: timedelta = NO_TIME) -> bool:
        """Turn a claim back into holds with the deadlines they had, or later ones if they would not last this long.

        A reservation that they are part of lasts as long. False, with no effect, where there is no such claim.
        """
        ...

    async def release(self, release: Release) -> bool:
        """Make cancelled tickets free, once per release number however often and late it arrives.

        One that comes before the flip to its epoch, to a cold event too, takes effect again with that flip: what it
        installs may have been read before. False, with no effect, if it has come already, is part of the event's last
        flip or belongs to an earlier epoch. Held tickets are never touched.
        """
        ...

    async def stale_claims(self, event_id: EventId, older_than: timedelta) -> list[Claim]:
        """Claims made longer ago than this, or as far ahead, while the store's clock was wrong."""
        ...

    async def shorten(self, event_id: EventId, longest: timedelta) -> int:
        """Let no hold last longer than this from now on. Return how many would have.

        A reservation and an offer last as long as what they hold. Only what was made while the store's clock was ahead
        lasts longer than any hold can.
        """
        ...

    async def stock(self, event_id: EventId) -> Stock:
        """The event's counts, after reclaiming lapsed holds."""
        ...

    async def available(self, event_ids: Sequence[EventId]) -> list[int | None]:
        """What the public may reserve of each event, in one exchange; None for a cold one. Changes nothing."""
        ...

    async def free_among(self, event_id: EventId, groups: Sequence[Sequence[Block]]) -> list[int]:
        """How many tickets of each group of blocks are free, after reclaiming lapsed holds as `seat_map` does."""
        ...

    async def seat_map(self, event_id: EventId, first: int, last: int) -> SeatMap:
        """Return which tickets of this range are taken; it ends with the event's last ticket.

        Only a few lapsed holds are reclaimed, so that looking takes no longer the more are held. Until later calls have
        reclaimed what is left, its tickets count as taken.
        """
        ...

    async def taken_among(self, event_id: EventId, numbers: Collection[int]) -> TakenTickets:
        """Return which of these up to 1,000 tickets are sold, and which are held, in time for these tickets alone.

        Lapsed holds are reclaimed as `seat_map` does. While some are left, sold tickets may count as held.
        """
        ...

    async def funnel(self, event_id: EventId) -> Funnel:
        """What became of reserved tickets. A flip keeps these counts; only a loss of everything ends them."""
        ...

    async def permit_flip(self, event_id: EventId) -> str:
        """A permit for one flip, to be had before the event's epoch is raised.

        It is lost with whatever else the store loses, and lapses after some minutes.
        """
        ...

    async def flip_is_due(self, event_id: EventId) -> bool:
        """Whether a flip was permitted in the last three seconds and none has come since; of a cold event too."""
        ...

    async def flip(self, event_id: EventId, permit: str, sold: SoldTickets) -> bool:
        """Install an event from what the database has sold, keeping live holds and turning claims back into holds.

        Those last for `CLAIM_GRACE` at least. Tickets that are sold lose their holds. What was set aside stays so, up
        to the demand; where the store has lost that, or a release, it is what the database says came back. False, with
        no effect, where the store has this epoch or a newer one or has discarded it, and where it has lost the permit:
        what was sold since would be missing.
        """
        ...

    async def grow(self, event_id: EventId, capacity: int) -> None:
        """Add tickets up to this capacity; a smaller one has no effect. What the queue waits for is set aside."""
        ...

    async def discard(self, event_id: EventId, epoch: int) -> None:
        """Forget an event that is off sale since this epoch; it is cold afterwards.

        No effect where the store has a newer epoch: the event is on sale again.
        """
        ...

    async def set_demand(self, demand: Demand) -> None:
        """Set aside, from now on, tickets that come back until there are this many.

        If more than that are set aside already, the rest goes back to the public. An older version has no effect.
        Where it is known which blocks are wanted, the public cannot reserve a ticket of these as long as no more are
        free there than are wanted and set aside.
        """
        ...

    async def offer(self, entry: Entry, epoch: int, ttl: timedelta, blocks: Sequence[Block] = ()) -> Offer | None:
        """Hold tickets for a waiting party, first those set aside; the same ones if it has an offer already.

        They are tickets of these blocks where any are named.

        None, with no effect, if the event has another epoch. Raises `TurnIsOver` if the user had an offer in this turn
        of the entry, or in a later one; `TooFewTickets`, `OverTicketLimit` or `SalesClosed`. An offer that was given
        back keeps its time.
        """
        ...

    async def offers(self, event_id: EventId) -> list[Offer]:
        """Offers that stand: neither lapsed nor booked. Until its time is over, one may stand that was given back."""
        ...

    async def decline(self, event_id: EventId, user_id: UserId, entry_id: EntryId) -> bool:
        """End an entry's offer; the tickets of it that are held come back, also those that are part of a reservation.

        False, with no effect, where no such offer stands, and while any of its tickets is being booked.
        """
        ...

    async def return_surplus(self, demand: Demand, seen: Stock, tickets: int) -> bool:
        """Give this many of the tickets set aside back to the public.

        False, with no effect, unless there are as many set aside as was seen, under the same epoch and demand.
        """
        ...

    async def ping(self) -> None:
        """Return if the store answers."""
        ...

    async def inspect(self, event_id: EventId) -> Inspection:
        """Everything the store knows of an event's tickets, at one moment. Meant for audits."""
        ...
