"""The hold store: which tickets are taken, by whom and until when. It rations attempts; the database decides.

Every call is atomic. Time is the store's own. An event that the store does not know, or knows only from before it was
restarted, is *cold*: calls then raise `EventIsCold` and change nothing until `flip` has installed the event. Calls that
cannot reach the store raise `StoreReadFailed` or `StoreWriteFailed`.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from booked.domain.model.ids import BookingId, EventId, UserId
from booked.domain.model.tickets import Claim, Hold, Ledger, Release, Stock
from booked.domain.model.waitlist import Demand, Entry, Offer


class EventIsCold(Exception):
    """The store has to be told about this event first."""


class NotHeld(Exception):
    """Some of the tickets are held by nobody: never reserved, lapsed, or sold."""

    def __init__(self, numbers: Iterable[int]) -> None:
        super().__init__("tickets are not held")
        self.numbers = frozenset(numbers)


@dataclass(frozen=True, slots=True)
class SoldTickets:
    """What the database had sold at one moment: ranges of ticket numbers, both ends included, in ascending order.

    Who owns how many is only said of an event with a ticket limit.
    """

    ledger: Ledger
    ranges: Sequence[tuple[int, int]]
    per_user: Sequence[tuple[UserId, int]]


@dataclass(frozen=True, slots=True)
class Inspection:
    """Every ticket number that the store counts as sold, held or claimed."""

    stock: Stock
    sold: frozenset[int]
    held: frozenset[int]
    claimed: frozenset[int]


class HoldStore(Protocol):
    async def reserve(self, event_id: EventId, user_id: UserId, count: int, ttl: timedelta) -> Hold:
        """Hold this many tickets, all or none. Lapsed holds are free again; tickets set aside are not on offer.

        A user with an offer from the waitlist is given the offered tickets first, under the offer's deadline.
        Raises `TooFewTickets`, or `OverTicketLimit` where the user would hold and own more than the event allows.
        """
        ...

    async def claim(self, event_id: EventId, user_id: UserId, numbers: Collection[int], booking_id: BookingId) -> Claim:
        """Turn a user's unexpired holds into a claim, all or none; it keeps them until it is settled or abandoned.

        Where some of the tickets are claimed by this user already, that earlier claim is returned as it stands.
        Raises `NotYourTicket` where another user holds one, whatever else is so, and `NotHeld` in all other cases.
        """
        ...

    async def settle(self, event_id: EventId, booking_id: BookingId) -> bool:
        """Count a claim's tickets as sold. False, with no effect, where there is no such claim (any more)."""
        ...

    async def abandon(self, event_id: EventId, booking_id: BookingId) -> bool:
        """Turn a claim back into holds with the deadlines they had. False, with no effect, where there is none."""
        ...

    async def release(self, release: Release) -> bool:
        """Make cancelled tickets free, once per release number however often and late it arrives.

        False, with no effect, if it has come already, is part of the event's last flip, or came too soon: before the
        flip to its epoch. Held tickets are never touched.
        """
        ...

    async def stale_claims(self, event_id: EventId, older_than: timedelta) -> list[Claim]:
        """Claims made longer ago than this."""
        ...

    async def stock(self, event_id: EventId) -> Stock:
        """The event's counts, after reclaiming lapsed holds."""
        ...

    async def available(self, event_ids: Sequence[EventId]) -> list[int | None]:
        """What the public may reserve of each event, in one exchange; None for a cold one. Changes nothing."""
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

        Tickets that are sold lose their holds. As many free tickets as the queue waits for are set aside. False, with
        no effect, where the store has this epoch or a newer one, and where it has lost the permit: what was sold since
        would be missing.
        """
        ...

    async def grow(self, event_id: EventId, capacity: int) -> None:
        """Add tickets up to this capacity; a smaller one has no effect. What the queue waits for is set aside."""
        ...

    async def discard(self, event_id: EventId) -> None:
        """Forget everything about an event; it is cold afterwards."""
        ...

    async def set_demand(self, demand: Demand) -> None:
        """Set aside, from now on, tickets that come back until there are this many.

        If more than that are set aside already, the rest goes back to the public. An older version has no effect.
        """
        ...

    async def offer(self, entry: Entry, ttl: timedelta) -> Offer:
        """Hold tickets for a waiting party, first those set aside; the same ones if it has an offer already.

        Raises `TooFewTickets` or `OverTicketLimit`.
        """
        ...

    async def offers(self, event_id: EventId) -> list[Offer]:
        """Offers that stand: neither lapsed nor booked."""
        ...

    async def return_surplus(self, event_id: EventId, tickets: int) -> None:
        """Give this many of the tickets set aside back to the public."""
        ...

    async def inspect(self, event_id: EventId) -> Inspection:
        """Everything the store knows of an event's tickets, at one moment. Meant for audits."""
        ...
