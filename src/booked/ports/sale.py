"""The sale in the database: bookings, idempotency keys and the waitlist."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Protocol

from booked.domain.model.ids import BookingId, EntryId, EventId, UserId
from booked.domain.model.programme.seating import SEATS_MOST
from booked.domain.model.sale.bookings import (
    UNEXPLAINED,
    Booking,
    BookingRecord,
    BookingSearch,
    Cancellation,
    OwnedTicket,
    Verdict,
)
from booked.domain.model.sale.holds import USUAL, Claim, Release, Terms
from booked.domain.model.sale.idempotency import IdempotencyKey
from booked.domain.model.sale.waitlist import (
    NOTHING,
    Demand,
    Entry,
    EntryState,
    Offer,
    WaitingCounts,
    WaitingParty,
    WaitlistPlace,
)


class Bookings(Protocol):
    async def commit(self, claim: Claim, terms: Terms = USUAL) -> Verdict:
        """Write a claim as a booking, in one transaction and one round trip, and return what became of it.

        The waitlist entry whose offer it is ends with it. A claim of the house blocks its tickets: they cost
        nothing and count as nobody's. BOOKED means durable; repeating it with the same booking id changes
        nothing more. ALREADY_SOLD also stands for a number above the capacity. DONE_BEFORE means that the
        terms' key was used for another booking id, whatever else is wrong with the claim. CODE_TAKEN means that
        another booking of the event has the same confirmation code. Raises `TransactionFailed` if the outcome
        is unknown; then commit the same claim again.
        """
        ...

    async def void(self, claim: Claim) -> Verdict:
        """Make sure that a claim is never committed from now on. Return VOID, or BOOKED if it was committed already.

        A claim of a user whose account is gone can never be committed.
        """
        ...

    async def owned(self, event_id: EventId, user_id: UserId) -> frozenset[int]:
        """Return the numbers of all tickets of an event a user has and has not cancelled."""
        ...

    async def newest(self, event_id: EventId, user_id: UserId, count: int) -> list[OwnedTicket]:
        """Return up to `count` tickets a user bought last at an event and has not cancelled.

        In a transaction none of them is checked in until its end.
        """
        ...

    async def standing(self, event_id: EventId, user_id: UserId, numbers: Sequence[int]) -> list[OwnedTicket]:
        """Return those of these tickets a user has and has not cancelled, by number."""
        ...

    async def standing_in(self, event_id: EventId, booking_id: BookingId) -> list[OwnedTicket]:
        """Return the standing tickets of a booking at an event and of its parts, in the order they were bought in.

        In a transaction none of them is checked in until its end.
        """
        ...

    async def cancel(
        self, event_id: EventId, user_id: UserId, numbers: Sequence[int], cancellation: Cancellation = UNEXPLAINED
    ) -> Release:
        """Give back those of these tickets the user owns; the release names them, under a number of its own.

        Each keeps who cancelled it and why. What was paid is refunded but for the fees, which stay revenue. The house's
        become free without having been sold. Needs the event's lock.
        """
        ...

    async def cancel_all(self, event_id: EventId, after: int = 0, at_most: int = SEATS_MOST) -> int | None:
        """Give back up to `at_most` tickets of a cancelled event by number, after one of them.

        Return the number of the last one, or None if none is left after it. Needs the event's lock.
        """
        ...

    async def of_user(self, user_id: UserId) -> list[Booking]:
        """Return a user's bookings with at least one standing ticket, newest first.

        Those of a called-off event count the tickets standing when it was called off.
        """
        ...

    async def get(self, booking_id: BookingId) -> BookingRecord | None:
        """Return a booking with everything added to it. None if it was never made, or is part of another."""
        ...

    async def owning(self, event_id: EventId, user_id: UserId, numbers: Sequence[int]) -> BookingId | None:
        """Return the booking with these tickets of a user, the newest of several; None if there is none."""
        ...

    async def search(self, search: BookingSearch, after: BookingId | None, limit: int) -> list[BookingRecord]:
        """Return bookings, newest first, after one of them."""
        ...


class CheckIns(Protocol):
    """Tickets admitted at the door."""

    async def add(self, event_id: EventId, booking_id: BookingId, number: int, gate: str) -> bool:
        """Check in a standing ticket of a booking of an event, or of its parts, at this moment.

        False, with no effect, if it does not stand or was checked in before. Of several at once, one gets True.
        """
        ...

    async def undo(self, event_id: EventId, booking_id: BookingId, number: int) -> None:
        """Let a standing ticket be as if it had never been checked in."""
        ...


class IdempotencyKeys(Protocol):
    """Keys of requests which must take effect once, and what these made. Keys are kept for a day."""

    async def find(self, idempotency_key: IdempotencyKey) -> str | None:
        """Return the id of what an earlier request with this key made; None if there was none.

        Raises `IdempotencyKeyReused` if that request had another fingerprint.
        """
        ...

    async def remember(self, idempotency_key: IdempotencyKey, subject: str) -> None:
        """Keep the id of what this request makes, in the same transaction.

        Raises `RequestInFlight` if a twin was faster: give the transaction up.
        """
        ...

    async def forget(self, older_than: timedelta, limit: int) -> int:
        """Drop up to `limit` keys used longer ago than this, by the database's clock. Return how many there were."""
        ...


class Waitlist(Protocol):
    async def add(self, entry: Entry) -> Demand:
        """Put a party at the end of the queue. Needs the event's lock.

        Raises `AlreadyWaiting` if the user waits for the event or has an offer, also if both requests come at once, and
        `InvalidToken` if the user's account is gone.
        """
        ...

    async def queue(self, event_id: EventId, limit: int, free: Mapping[int | None, int] = NOTHING) -> list[Entry]:
        """Return the first parties in the queue, and behind them the first for which there are enough free tickets.

        `free` says how many tickets are free: under None altogether, and under each type number of that type.
        """
        ...

    async def wanted(self, event_id: EventId) -> dict[int, int]:
        """Return how many tickets of each type are wanted by parties waiting for one type."""
        ...

    async def events_with_entries(self) -> list[EventId]:
        """Return events on sale with somebody who waits or has an offer."""
        ...

    async def offered(self, event_id: EventId) -> list[Offer]:
        """Return offers that are neither booked nor closed."""
        ...

    async def record_offer(self, offer: Offer, epoch: int) -> Demand | None:
        """Turn a waiting entry into an offered one, untold. `epoch` is the one under which the offer was made.

        None, with no effect, if the entry does not wait any more, waits in another turn, or if the event has another
        epoch: the hold store may have lost the offer since.
        """
        ...

    async def mark_told(self, offer: Offer) -> None:
        """Keep that the user was told of an offer. No effect if it is over, or was made in another turn."""
        ...

    async def record_passes(self, entries: Sequence[Entry]) -> None:
        """Keep how often each entry was passed, and since when tickets gather for it."""
        ...

    async def close(self, entry_id: EntryId, state: EntryState = EntryState.LAPSED) -> Demand | None:
        """End an entry in this state; None if it has ended."""
        ...

    async def close_waiting(self, event_id: EventId, limit: int) -> Demand | None:
        """End up to `limit` waiting entries as lapsed, the first ones. Offered ones stay. None without event."""
        ...

    async def lapse(self, seen: Entry | Offer) -> Demand | None:
        """End an entry as lapsed. None, with no effect, if it is not as it was seen: it waits, or has this offer."""
        ...

    async def close_all(self, event_id: EventId) -> None:
        """End every entry of an event, as withdrawn. Needs the event's lock."""
        ...

    async def reinstate(self, seen: Entry | Offer) -> Demand | None:
        """Put an entry back at its old place, in a new turn. None, with no effect, if it is not as it was seen."""
        ...

    async def reinstate_all(self, event_id: EventId) -> None:
        """Put all waiting and offered entries of an event back in a new turn. Needs the event's lock."""
        ...

    async def of_user(self, user_id: UserId) -> list[WaitlistPlace]:
        """Return a user's entries that wait or have an offer, oldest first, with their positions in the queue."""
        ...

    async def get(self, entry_id: EntryId) -> WaitlistPlace | None:
        """Return an entry in whatever state."""
        ...


class WaitingParties(Protocol):
    """Who is in an event's queue, for those who run it."""

    async def page(self, event_id: EventId, after: int, limit: int) -> list[WaitingParty]:
        """Return parties that wait or have an offer, in the order they joined in, after a place; 0 is before all."""
        ...

    async def counts(self, event_id: EventId) -> WaitingCounts:
        """Return how many there are. Nobody waits for an event that does not exist."""
        ...
