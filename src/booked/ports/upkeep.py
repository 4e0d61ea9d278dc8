"""What keeps the two stores in agreement: repair, sweep, audit and verification.

For `Ledgers` holds what `booked.ports.database` says, for the other ports what `booked.ports.holds` says.
"""

from collections.abc import Collection
from datetime import timedelta
from typing import Protocol

from booked.domain.model.ids import EventId
from booked.domain.model.sale.holds import Claim, Ledger, Miscount
from booked.domain.model.upkeep.inventory import Inspection, SoldTickets


class FlipIsDue(Exception):
    """Another repair is about to install the event. Wait for it, and ask again."""


class Installation(Protocol):
    """Installs an event in the hold store from what the database has sold."""

    async def permit_flip(self, event_id: EventId) -> str:
        """Return a permit for one flip. Ask for it before raising the event's epoch.

        The permit is lost with anything else the store loses, and lapses after some minutes.
        """
        ...

    async def permit_needed_flip(self, event_id: EventId, past: int) -> str | None:
        """Return a permit as `permit_flip` does; None if the event is past this epoch. A cold event is not.

        Raises `FlipIsDue` if a flip was permitted in the last three seconds and is still to come.
        """
        ...

    async def flip(self, event_id: EventId, permit: str, sold: SoldTickets) -> bool:
        """Install an event from what the database has sold, keeping live holds and turning claims back into holds.

        The latter last for `CLAIM_GRACE` at least. Sold tickets lose their holds. What was set aside stays so, up to
        the demand. If the store has lost that, or a release, it sets aside what came back according to the database.

        Return False, with no effect, if the store has this epoch or a newer one, has discarded it, or has lost the
        permit: what was sold since would be missing.
        """
        ...


class Sweeping(Protocol):
    """Finds claims and holds which last too long."""

    async def stale_claims(self, event_id: EventId, older_than: timedelta) -> list[Claim]:
        """Return claims made longer ago than this, or as far ahead, while the store's clock was wrong."""
        ...

    async def shorten(self, event_id: EventId, longest: timedelta) -> int:
        """Make no hold last longer than this from now on. Return how many would have.

        A reservation and an offer last as long as what they hold. Only what was made while the store's clock was ahead
        lasts longer than any hold can.
        """
        ...


class Inspections(Protocol):
    async def inspect(self, event_id: EventId) -> Inspection:
        """Return everything the store knows of an event's tickets, at one moment."""
        ...


class Ledgers(Protocol):
    """How the database counts the tickets of events, and which events need upkeep."""

    async def get(self, event_id: EventId) -> Ledger | None:
        """Return the event's counts; None if it is not on sale."""
        ...

    async def next_epoch(self, event_id: EventId) -> int | None:
        """Raise the epoch by one and return it, committed; None if the event is not on sale."""
        ...

    async def withdrawn_epoch(self, event_id: EventId) -> int | None:
        """Return the epoch of an event not on sale; None if it is on sale.

        If it is put on sale again, its next epoch is a newer one. Without such an event, return `LAST_EPOCH`.
        """
        ...

    async def sold_among(self, event_id: EventId, numbers: Collection[int]) -> frozenset[int]:
        """Return which of these tickets are sold or blocked. The event need not be on sale."""
        ...

    async def sold_tickets(self, event_id: EventId) -> SoldTickets | None:
        """Return counts and sold tickets as of one moment; None if the event is not on sale."""
        ...

    async def miscounted(self, event_id: EventId) -> list[Miscount]:
        """Return which counters (days, types, buyers, bookings, revenue) differ from the rows they count.

        The list is empty for an event not on sale.
        """
        ...

    async def on_sale(self, after: EventId | None, limit: int) -> list[EventId]:
        """Return ids of events on sale in ascending order, starting behind one of them."""
        ...

    async def counts_on_sale(self, after: EventId | None, limit: int) -> list[tuple[EventId, Ledger]]:
        """Return what `on_sale` returns, each id with the event's counts."""
        ...

    async def ended(self, limit: int) -> list[EventId]:
        """Return ids of events on sale that have ended by the database's clock, ordered by their end."""
        ...

    async def to_give_back(self, limit: int) -> list[EventId]:
        """Return ids of cancelled events with tickets still sold."""
        ...
