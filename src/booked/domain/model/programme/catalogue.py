"""The catalogue: venues, categories, events as their organizers describe them, and how people look for events."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from booked.domain.errors import IllegalStatus, InvalidCursor, InvalidEvent, InvalidVenue
from booked.domain.model.ids import CategoryId, EventId, OrganizationId, VenueId
from booked.domain.model.money import require_currency
from booked.domain.model.programme.events import (
    ADDRESS_LENGTH,
    ALWAYS,
    Coordinates,
    Event,
    EventStatus,
    NewEvent,
    Presentation,
    SalesWindow,
    deadline_moved,
    require_address,
    require_deadline,
    require_description,
    require_event_name,
    require_order,
    sales_moved,
)
from booked.domain.model.programme.seating import SeatBlock
from booked.domain.model.programme.ticket_types import TicketPlan, TicketTypeDraft
from booked.domain.model.text import require_plain, require_text

VENUE_NAME_LENGTH = 200
CATEGORY_NAME_LENGTH = 100
PLACE_LENGTH = 100
ARTIST_LENGTH = 200
SEARCH_LENGTH = 200
VENUE_CAPACITY_MOST = 10_000_000
TICKET_LIMIT_MOST = 100


# Which status may follow which. Tickets can be sold again after a postponement, never after an end.
FOLLOWING = {
    EventStatus.DRAFT: {EventStatus.PUBLISHED, EventStatus.CANCELLED},
    EventStatus.PUBLISHED: {EventStatus.POSTPONED, EventStatus.CANCELLED, EventStatus.COMPLETED},
    EventStatus.POSTPONED: {EventStatus.PUBLISHED, EventStatus.CANCELLED},
    EventStatus.CANCELLED: set[EventStatus](),
    EventStatus.COMPLETED: set[EventStatus](),
}

OVER = frozenset({EventStatus.CANCELLED, EventStatus.COMPLETED})


@dataclass(frozen=True, slots=True)
class Category:
    id: CategoryId
    name: str


@dataclass(frozen=True, slots=True)
class Venue:
    """A place for events. `capacity` counts people; `layout` are its seats, the best ones first, if it has any."""

    id: VenueId
    organization_id: OrganizationId | None
    name: str
    address: str
    city: str
    country: str
    coordinates: Coordinates | None
    capacity: int
    layout: tuple[SeatBlock, ...] = ()
    version: int = 1


@dataclass(frozen=True, slots=True)
class EventSpecification:
    """What an organizer says of a new event, as yet unchecked.

    The address may be left to the venue. Sales end by default when the event starts, and so does cancelling.
    """

    name: str
    description: str
    starts_at: datetime
    organization_id: OrganizationId
    ticket_types: Sequence[TicketTypeDraft]
    currency: str
    ends_at: datetime | None = None
    sales: SalesWindow = ALWAYS
    cancellable_until: datetime | None = None
    venue_id: VenueId | None = None
    category_id: CategoryId | None = None
    address: str = ""
    artist: str = ""
    tour_name: str = ""
    ticket_limit: int | None = None
    status: EventStatus = EventStatus.DRAFT


@dataclass(frozen=True, slots=True)
class EventRevision:
    """Everything of an event that its organizer may change, as it is to be.

    `sales` is None if they are to go on as they do: until the event starts, where they do that. So is
    `cancellable_until`.
    """

    name: str
    description: str
    address: str
    starts_at: datetime
    ends_at: datetime | None
    sales: SalesWindow | None
    cancellable_until: datetime | None
    category_id: CategoryId | None
    artist: str
    tour_name: str
    ticket_limit: int | None


class EventSort(StrEnum):
    """By what, and with a minus sign from the last to the first; by name whatever the case."""

    STARTS = "starts_at"
    STARTS_LAST = "-starts_at"
    NAME = "name"
    NEWEST = "-created_at"


@dataclass(frozen=True, slots=True)
class EventSearch:
    """What to look for; None and the empty text match everything. Upper and lower case are the same everywhere.

    Each of the `words` must begin a word of an event's name, artist, tour name or description; `location` must be part
    of its address or its venue's name, city or country; artist, tour name and venue name are matched whole. An event
    that starts at `starts_after` is found, one that starts at `starts_before` is not. Drafts are found only by members
    of `member_of`, or by everybody allowed to see `all_drafts`.
    """

    category_id: CategoryId | None = None
    statuses: frozenset[EventStatus] = frozenset()
    starts_after: datetime | None = None
    starts_before: datetime | None = None
    artist: str = ""
    tour_name: str = ""
    venue_id: VenueId | None = None
    venue_name: str = ""
    location: str = ""
    words: str = ""
    organization_id: OrganizationId | None = None
    sort: EventSort = EventSort.STARTS
    member_of: frozenset[OrganizationId] = frozenset()
    all_drafts: bool = False


@dataclass(frozen=True, slots=True)
class EventCursor:
    """Where a page of a search begins: behind the event with this value of what is sorted by, and this id."""

    value: str
    event_id: EventId


@dataclass(frozen=True, slots=True)
class FoundEvent:
    """An event as a search shows it, with what it refers to; its venue comes without the layout.

    The prices are what its cheapest and its dearest type cost now, in minor units of its currency.
    """

    event: Event
    created_at: datetime
    venue: Venue | None
    category: Category | None
    organization_name: str | None
    lowest_price: int = 0
    highest_price: int = 0


def cursor_behind(found: FoundEvent, sort: EventSort) -> EventCursor:
    """Where the page begins that follows an event in this order."""
    values = {EventSort.NAME: found.event.name, EventSort.NEWEST: found.created_at.isoformat()}
    return EventCursor(values.get(sort, found.event.starts_at.isoformat()), found.event.id)


def moment_of(cursor: EventCursor) -> datetime:
    """The value of what is sorted by where that is a time. Raises `InvalidCursor`."""
    try:
        return datetime.fromisoformat(cursor.value).astimezone(UTC)
    except (ValueError, OverflowError) as cause:
        raise InvalidCursor from cause


def category_key(name: str) -> str:
    """Two categories whose names have the same key would be taken for one."""
    return unicodedata.normalize("NFKC", name).casefold()


def require_venue(venue: Venue) -> Venue:
    """A venue within bounds; seats that it has must fit into its capacity. Raises `InvalidVenue`."""
    if not 1 <= venue.capacity <= VENUE_CAPACITY_MOST:
        raise InvalidVenue(f"A venue's capacity is a whole number from 1 to {VENUE_CAPACITY_MOST}.")
    if sum(block.size for block in venue.layout) > venue.capacity:
        raise InvalidVenue("The layout has more seats than the venue's capacity.")
    return replace(
        venue,
        name=require_text(venue.name, InvalidVenue, "venue's name", VENUE_NAME_LENGTH),
        address=require_text(venue.address, InvalidVenue, "venue's address", VENUE_NAME_LENGTH),
        city=require_text(venue.city, InvalidVenue, "city", PLACE_LENGTH),
        country=require_text(venue.country, InvalidVenue, "country", PLACE_LENGTH),
    )


def require_category_name(name: str) -> str:
    return require_text(name, InvalidEvent, "category's name", CATEGORY_NAME_LENGTH)


def require_times(starts_at: datetime, ends_at: datetime | None, sales: SalesWindow) -> SalesWindow:
    """Return when tickets are sold, by default until the event starts.

    Raises `InvalidEvent` where the times contradict each other.
    """
    window = SalesWindow(sales.start, sales.end or starts_at)
    require_order(starts_at, ends_at, window)
    return window


def require_room(venue: Venue | None, tickets: int) -> None:
    """Raises `InvalidEvent` where there are more tickets than the event's venue, if it has one, has room for."""
    if venue is not None and tickets > venue.capacity:
        raise InvalidEvent(f"The event has {tickets} tickets, and the venue room for {venue.capacity}.")


def require_ticket_limit(limit: int | None) -> int | None:
    if limit is not None and not 1 <= limit <= TICKET_LIMIT_MOST:
        raise InvalidEvent(f"max_tickets_per_user is a whole number from 1 to {TICKET_LIMIT_MOST}.")
    return limit


def require_artist(name: str, what: str) -> str:
    return require_plain(name.strip(), InvalidEvent, what, ARTIST_LENGTH)


def require_status(present: EventStatus, wanted: EventStatus) -> EventStatus:
    """Raises `IllegalStatus` unless the one may follow the other."""
    if wanted is not present and wanted not in FOLLOWING[present]:
        raise IllegalStatus(f"An event that is {present} cannot become {wanted}.")
    return wanted


def accept(
    specification: EventSpecification,
    event_id: EventId,
    venue: Venue | None,
    plan: TicketPlan,
    operator_limit: int | None = None,
) -> NewEvent:
    """Return the event that an organizer describes, at this venue and with these tickets.

    `operator_limit` is how many tickets a user may have where the event does not say. Raises `InvalidEvent`.
    """
    if specification.status not in {EventStatus.DRAFT, EventStatus.PUBLISHED}:
        raise IllegalStatus("A new event is a draft, or published at once.")
    require_room(venue, plan.capacity)
    address_of_venue = f"{venue.name}, {venue.address}, {venue.city}"[:ADDRESS_LENGTH] if venue else ""
    return NewEvent(
        id=event_id,
        name=require_event_name(specification.name),
        starts_at=specification.starts_at,
        address=require_address(specification.address.strip() or address_of_venue),
        description=require_description(specification.description),
        coordinates=venue.coordinates if venue else None,
        seat_count=plan.capacity,
        ticket_limit=_limit(specification.ticket_limit, operator_limit),
        status=specification.status,
        ends_at=specification.ends_at,
        sales=require_times(specification.starts_at, specification.ends_at, specification.sales),
        cancellable_until=require_deadline(
            specification.cancellable_until or specification.starts_at, specification.ends_at
        ),
        presentation=Presentation(
            specification.organization_id,
            specification.venue_id,
            specification.category_id,
            require_artist(specification.artist, "artist"),
            require_artist(specification.tour_name, "tour_name"),
        ),
        currency=require_currency(specification.currency),
    )


def revise(event: Event, revision: EventRevision, operator_limit: int | None = None) -> Event:
    """Return the event as its organizer wants it. Where a ticket limit is taken away, `operator_limit` holds.

    Raises `InvalidEvent`.
    """
    return replace(
        event,
        name=require_event_name(revision.name),
        description=require_description(revision.description),
        address=require_address(revision.address),
        starts_at=revision.starts_at,
        ends_at=revision.ends_at,
        sales=_revised_sales(event, revision),
        cancellable_until=require_deadline(
            revision.cancellable_until or deadline_moved(event, revision.starts_at), revision.ends_at
        ),
        presentation=replace(
            event.presentation,
            category_id=revision.category_id,
            artist=require_artist(revision.artist, "artist"),
            tour_name=require_artist(revision.tour_name, "tour_name"),
        ),
        ticket_limit=_revised_limit(event, revision, operator_limit),
    )


def _revised_limit(event: Event, revision: EventRevision, operator_limit: int | None) -> int | None:
    if revision.ticket_limit == event.ticket_limit:
        return event.ticket_limit
    return _limit(revision.ticket_limit, operator_limit)


def _limit(own: int | None, operator_limit: int | None) -> int | None:
    return operator_limit if own is None else require_ticket_limit(own)


def _revised_sales(event: Event, revision: EventRevision) -> SalesWindow:
    if revision.sales is not None:
        return require_times(revision.starts_at, revision.ends_at, revision.sales)
    moved = sales_moved(event, revision.starts_at)
    bounded = require_times(revision.starts_at, revision.ends_at, moved)
    return bounded if moved.end is not None else moved
