"""The programme in the database: events, their ticket types, venues and categories."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from booked.domain.model.ids import CategoryId, EventId, OrganizationId, VenueId
from booked.domain.model.programme.categories import Category
from booked.domain.model.programme.events import Event, EventStatus
from booked.domain.model.programme.search import EventCursor, EventPage, EventSearch, FoundEvent
from booked.domain.model.programme.ticket_types import TicketPlan
from booked.domain.model.programme.type_rules import WithheldTickets
from booked.domain.model.programme.venues import Venue


class Venues(Protocol):
    async def add(self, venue: Venue) -> None: ...

    async def get(self, venue_id: VenueId) -> Venue | None: ...

    async def save(self, venue: Venue) -> bool:
        """Keep a changed venue as the version after its own. Return False if its own is not the latest."""
        ...

    async def remove(self, venue_id: VenueId, version: int) -> bool:
        """Remove a venue. Return False if this is not its latest version.

        Raises `StillInUse` if an event refers to it.
        """
        ...

    async def page(
        self,
        words: str,
        after: VenueId | None,
        limit: int,
        owners: Collection[OrganizationId] | None = None,
    ) -> list[Venue]:
        """Return venues by id, after one of them, with `words` in their name, city or country.

        `words` are one piece of text, compared without regard to case. The empty one is in all. `owners` are the
        organizations whose venues to return, None for those of all and of none.
        """
        ...


class Categories(Protocol):
    async def add(self, category: Category) -> None:
        """Add a category. Raises `NameTaken` if another has the name, whatever the case, also if both come at once."""
        ...

    async def get(self, category_id: CategoryId) -> Category | None: ...

    async def save(self, category: Category) -> bool:
        """Keep a category's name. Return False if there is no such category. Raises `NameTaken` as `add` does."""
        ...

    async def remove(self, category_id: CategoryId) -> bool:
        """Remove a category. Return False if there is none. Raises `StillInUse` if an event refers to it."""
        ...

    async def all(self) -> Sequence[Category]:
        """Return all categories by name. There are few."""
        ...


class Events(Protocol):
    async def add(self, event: Event, plan: TicketPlan | None = None) -> None:
        """Add an event of which nothing is sold, at the same cost whatever its size.

        Without `plan`, its tickets are of one kind and free. Raises `NoSuchVenue` or `NoSuchCategory` if the event
        refers to what is not there, also if it is removed at this moment.
        """
        ...

    async def get(self, event_id: EventId) -> Event | None:
        """Return an event on sale: a published one."""
        ...

    async def page(self, limit: int, since: datetime | None) -> EventPage:
        """Return events on sale that start at `since` or later: `limit` of them, and all that start with the last."""
        ...

    async def find(self, search: EventSearch, after: EventCursor | None, limit: int) -> list[FoundEvent]:
        """Return events a search finds, after the cursor, in the order of the search and then by id."""
        ...

    async def found(self, event_id: EventId) -> FoundEvent | None:
        """Return an event whatever its status."""
        ...

    async def found_all(self, event_ids: Collection[EventId]) -> dict[EventId, FoundEvent]:
        """Return these events whatever their status, without those that do not exist, at the cost of one statement."""
        ...

    async def clashes(self, event_id: EventId, limit: int) -> list[Event]:
        """Return other published events at the venue of a published event that take place when it does, by start.

        An event without an end lasts for `PRESUMED_LENGTH`. Ids of other events have none.
        """
        ...

    async def lock(self, event_id: EventId) -> Event | None:
        """Return an event on sale, whose counts nobody else changes until the transaction ends."""
        ...

    async def lock_any(self, event_id: EventId) -> Event | None:
        """Return an event whatever its status, which nobody else changes until the transaction ends."""
        ...

    async def save(self, event: Event) -> None:
        """Keep an event's details: everything but counts, status and version, which goes up by one.

        Raises `NoSuchVenue` or `NoSuchCategory` as `add` does.
        """
        ...

    async def set_status(self, event_id: EventId, status: EventStatus) -> None:
        """Change an event's status. Its version goes up if that is another one.

        If it is not published any more, its epoch goes up: no older claim commits.
        """
        ...

    async def remove(self, event_id: EventId) -> None:
        """Remove an event with its ticket types and what the house has blocked. Needs the event's lock.

        Raises `EventUsed` if anybody ever booked it, began to, or waited for it.
        """
        ...


class TicketPlans(Protocol):
    """The ticket types of events, and the blocks of tickets they own. The status of an event does not matter."""

    async def get(self, event_id: EventId) -> TicketPlan | None:
        """Return an event's plan; None if there is no event."""
        ...

    async def get_all(self, event_ids: Collection[EventId]) -> dict[EventId, TicketPlan]:
        """Return the plans of these events, without those that do not exist."""
        ...

    async def save(self, event_id: EventId, plan: TicketPlan) -> None:
        """Keep what an event's organizer changed of its ticket types. Needs the event's lock.

        The event's seat count follows, and its version goes up. Types and blocks may be added and blocks become longer,
        but none may vanish, shrink or change its type, except blocks that `retire` has retired.
        """
        ...

    async def replace(self, event_id: EventId, plan: TicketPlan) -> None:
        """Put another plan in the place of an event's, as `save` does. Types and blocks may vanish.

        Nobody may have, or be able to get, any of its tickets.
        """
        ...

    async def retire(self, event_id: EventId, type_number: int) -> bool:
        """Take a type from an event's plan for good. Needs the event's lock.

        Its blocks are retired: they count as sold and as blocked. Return False, with no effect, if tickets of the type
        were ever sold, or are blocked.
        """
        ...

    async def withheld(self, event_ids: Collection[EventId], now: datetime) -> dict[EventId, WithheldTickets]:
        """Return the unsold tickets of each event of types not on offer now. Events without such types are left out."""
        ...

    async def type_counts(self, event_id: EventId) -> dict[int, tuple[int, int]]:
        """Return how many tickets of each type, by its number, are sold to people, and how many are blocked."""
        ...
