"""The programme in the database: events, their ticket types, venues and categories."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from booked.domain.model.ids import CategoryId, EventId, VenueId
from booked.domain.model.programme.categories import Category
from booked.domain.model.programme.events import Event, EventStatus
from booked.domain.model.programme.search import EventCursor, EventPage, EventSearch, FoundEvent
from booked.domain.model.programme.ticket_types import TicketPlan
from booked.domain.model.programme.venues import Venue
from booked.domain.model.sale.holds import Ledger, Miscount
from booked.ports.holds import SoldTickets


class Venues(Protocol):
    async def add(self, venue: Venue) -> None: ...

    async def get(self, venue_id: VenueId) -> Venue | None: ...

    async def save(self, venue: Venue) -> bool:
        """Keep a changed venue as the version after the one that it carries; False if that is not the latest."""
        ...

    async def page(self, words: str, after: VenueId | None, limit: int) -> list[Venue]:
        """Venues by id, from behind one of them on; only those with these words in their name, city or country.

        Whatever the case, and as they stand: `words` are one piece of text, and the empty one is in all.
        """
        ...


class Categories(Protocol):
    async def add(self, category: Category) -> None:
        """Raises `NameTaken` if another has the name, whatever the case, also against a simultaneous twin."""
        ...

    async def get(self, category_id: CategoryId) -> Category | None: ...

    async def all(self) -> Sequence[Category]:
        """By name. There are few."""
        ...


class Events(Protocol):
    async def add(self, event: Event, plan: TicketPlan | None = None) -> None:
        """Add an event of which nothing is sold. It costs the same for any size.

        Without `plan` its tickets are of one kind, and free.
        """
        ...

    async def get(self, event_id: EventId) -> Event | None:
        """An event on sale: a published one."""
        ...

    async def find(self, search: EventSearch, after: EventCursor | None, limit: int) -> list[FoundEvent]:
        """Events that a search finds, in its order and, where that leaves a choice, by id; from behind `after` on."""
        ...

    async def found(self, event_id: EventId) -> FoundEvent | None:
        """An event whatever its status."""
        ...

    async def lock_any(self, event_id: EventId) -> Event | None:
        """An event whatever its status, which nobody else changes until the transaction ends."""
        ...

    async def set_status(self, event_id: EventId, status: EventStatus) -> None:
        """Change an event's status; its version goes up if that is another one.

        One that is not published any more has its epoch raised: no older claim commits.
        """
        ...

    async def plan(self, event_id: EventId) -> TicketPlan | None:
        """An event's ticket types and the blocks that they own, whatever its status; None if there is no event."""
        ...

    async def plans(self, event_ids: Collection[EventId]) -> dict[EventId, TicketPlan]:
        """The same of several events at once; those that do not exist are left out."""
        ...

    async def save_plan(self, event_id: EventId, plan: TicketPlan) -> None:
        """Keep what an event's organizer changed of its ticket types. Needs the event's lock.

        The event's seat count follows, and its version goes up. Types and blocks may be added and blocks become longer,
        but none may vanish, shrink or change its type.
        """
        ...

    async def type_counts(self, event_id: EventId) -> dict[int, tuple[int, int]]:
        """How many tickets of each type, by its number, people have, and how many are blocked."""
        ...

    async def page(self, limit: int, since: datetime | None) -> EventPage:
        """Events on sale that start at `since` or later, `limit` of them and all that start with the last one."""
        ...

    async def lock(self, event_id: EventId) -> Event | None:
        """An event on sale, whose counts nobody else changes until the transaction ends."""
        ...

    async def save(self, event: Event) -> None:
        """Keep an event's details: everything but counts, status and version, which goes up by one."""
        ...

    async def to_give_back(self, limit: int) -> list[EventId]:
        """Cancelled events of which tickets are sold still."""
        ...

    async def on_sale(self, after: EventId | None, limit: int) -> list[EventId]:
        """Ids of events on sale in ascending order, starting behind one of them."""
        ...

    async def ended(self, limit: int) -> list[EventId]:
        """Return ids of events on sale that have ended by the database's clock, those that ended first first."""
        ...

    async def ledger(self, event_id: EventId) -> Ledger | None:
        """The event's counts; None if it is not on sale."""
        ...

    async def next_epoch(self, event_id: EventId) -> int | None:
        """Raise the epoch by one and return it, committed; None if the event is not on sale."""
        ...

    async def withdrawn_epoch(self, event_id: EventId) -> int | None:
        """Return the epoch of an event that is not on sale, None if it is on sale.

        If it is put on sale again, its next epoch is a newer one. Of an event that does not exist it is `LAST_EPOCH`.
        """
        ...

    async def sold_among(self, event_id: EventId, numbers: Collection[int]) -> frozenset[int]:
        """Return which of these tickets are sold or blocked. The event need not be on sale."""
        ...

    async def sold_tickets(self, event_id: EventId) -> SoldTickets | None:
        """Counts and sold tickets as of one moment; None if the event is not on sale."""
        ...

    async def miscounted(self, event_id: EventId) -> list[Miscount]:
        """Return which counters (days, types, buyers, bookings, revenue) differ from the rows that they count.

        The list is empty for an event that is not on sale.
        """
        ...
