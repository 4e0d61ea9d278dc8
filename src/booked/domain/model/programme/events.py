"""Events: something with a capacity, at a place and a time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from booked.domain.errors import CancellationClosed, IllegalStatus, InvalidEvent, InvalidSeatCount, SeatCountReduced
from booked.domain.model.ids import CategoryId, EventId, OrganizationId, VenueId
from booked.domain.model.money import require_currency
from booked.domain.model.programme.seating import SEATS_MOST
from booked.domain.model.programme.ticket_types import TicketPlan, TicketTypeDraft
from booked.domain.model.programme.times import (
    ALWAYS,
    LATEST_START,
    SalesWindow,
    require_deadline,
    require_order,
    require_start,
)
from booked.domain.model.programme.venues import Coordinates, Venue, require_coordinates, require_room
from booked.domain.model.text import require_plain, require_text

NAME_LENGTH = 200
ADDRESS_LENGTH = 500
DESCRIPTION_LENGTH = 5_000
FREE_CURRENCY = "EUR"  # of events whose tickets cost nothing
ARTIST_LENGTH = 200
TICKET_LIMIT_MOST = 100


class EventStatus(StrEnum):
    """Tickets are sold while an event is published. Cancelled and completed are for good."""

    DRAFT = "draft"
    PUBLISHED = "published"
    POSTPONED = "postponed"
    CANCELLED = "cancelled"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class Presentation:
    """Who performs, for whom, where and in what line: what a catalogue says of an event beyond its name."""

    organization_id: OrganizationId | None = None
    venue_id: VenueId | None = None
    category_id: CategoryId | None = None
    artist: str = ""
    tour_name: str = ""


NO_PRESENTATION = Presentation()


@dataclass(frozen=True, slots=True)
class NewEvent:
    """`currency` is that of all its prices, by its ISO 4217 code.

    Buyers can cancel until `cancellable_until`, None for no bound.
    """

    id: EventId
    name: str
    starts_at: datetime
    address: str
    description: str
    coordinates: Coordinates | None
    seat_count: int
    ticket_limit: int | None
    status: EventStatus = EventStatus.PUBLISHED
    ends_at: datetime | None = None
    sales: SalesWindow = ALWAYS
    cancellable_until: datetime | None = None
    presentation: Presentation = NO_PRESENTATION
    currency: str = FREE_CURRENCY


@dataclass(frozen=True, slots=True)
class Event:
    """An event as the database knows it; `ticket_limit` is the most tickets that one user may have, None for any.

    `sold` counts tickets that cannot be had any more, among them those `blocked`: kept from sale by the organizer.
    `version` goes up with every change that its organizer makes. Buyers can cancel until `cancellable_until`, None for
    no bound.
    """

    id: EventId
    name: str
    starts_at: datetime
    address: str
    description: str
    coordinates: Coordinates | None
    seat_count: int
    sold: int
    ticket_limit: int | None
    status: EventStatus = EventStatus.PUBLISHED
    ends_at: datetime | None = None
    sales: SalesWindow = ALWAYS
    cancellable_until: datetime | None = None
    presentation: Presentation = NO_PRESENTATION
    currency: str = FREE_CURRENCY
    blocked: int = 0
    version: int = 1

    @property
    def sales_window(self) -> SalesWindow:
        """When tickets can be reserved: while sales last, and never after the end of the event."""
        ends = [end for end in (self.sales.end, self.ends_at) if end is not None]
        return SalesWindow(self.sales.start, min(ends, default=None))

    def require_cancellable(self, now: datetime) -> None:
        """Raise `CancellationClosed` where its buyers cannot cancel any more."""
        deadline = self.cancellable_until
        if self.status is EventStatus.COMPLETED or (deadline is not None and now >= deadline):
            raise CancellationClosed

    def has_ended(self, now: datetime) -> bool:
        return self.ends_at is not None and now >= self.ends_at


@dataclass(frozen=True, slots=True)
class EventChanges:
    """What an organizer wants different; None leaves a field as it is."""

    name: str | None = None
    unix_time: int | None = None
    address: str | None = None
    description: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    seat_count: int | None = None


@dataclass(frozen=True, slots=True)
class EventDraft:
    """What an organizer sends to put an event on sale, as yet unchecked; `unix_time` in seconds."""

    name: str
    unix_time: int
    address: str
    description: str
    latitude: float | None
    longitude: float | None
    seat_count: int


@dataclass(frozen=True, slots=True)
class Listing:
    """An event with the number of tickets that anyone could reserve right now."""

    event: Event
    available: int


def accept_draft(draft: EventDraft, event_id: EventId, ticket_limit: int | None) -> NewEvent:
    """The event that a draft describes. Raises `InvalidEvent` or `InvalidSeatCount`."""
    return NewEvent(
        id=event_id,
        name=require_event_name(draft.name),
        starts_at=require_start(draft.unix_time),
        address=require_address(draft.address),
        description=require_description(draft.description),
        coordinates=require_coordinates(draft.latitude, draft.longitude),
        seat_count=require_seat_count(draft.seat_count),
        ticket_limit=ticket_limit,
    )


def apply_changes(event: Event, changes: EventChanges) -> Event:
    """The event as its organizer wants it. Raises `InvalidEvent`, `InvalidSeatCount` or `SeatCountReduced`."""
    seat_count = event.seat_count if changes.seat_count is None else require_seat_count(changes.seat_count)
    if seat_count < event.seat_count:
        raise SeatCountReduced(f"The event has {event.seat_count} seats, which can only become more.")
    starts_at = event.starts_at if changes.unix_time is None else require_start(changes.unix_time)
    latitude, longitude = (
        (event.coordinates.latitude, event.coordinates.longitude) if event.coordinates else (None, None)
    )
    return replace(
        event if starts_at == event.starts_at else _moved(event, starts_at),
        name=event.name if changes.name is None else require_event_name(changes.name),
        address=event.address if changes.address is None else require_address(changes.address),
        description=event.description if changes.description is None else require_description(changes.description),
        coordinates=require_coordinates(
            latitude if changes.latitude is None else changes.latitude,
            longitude if changes.longitude is None else changes.longitude,
        ),
        seat_count=seat_count,
    )


def _moved(event: Event, starts_at: datetime) -> Event:
    """Return an event that starts at another time, and lasts as long as before."""
    ends_at = None
    if event.ends_at is not None:
        duration = event.ends_at - event.starts_at
        if duration > LATEST_START - starts_at:
            raise InvalidEvent("The event must end before the year 10000.")
        ends_at = starts_at + duration
    sales, cancellable_until = sales_moved(event, starts_at), deadline_moved(event, starts_at)
    require_order(starts_at, ends_at, sales)
    require_deadline(cancellable_until, ends_at)
    return replace(event, starts_at=starts_at, ends_at=ends_at, sales=sales, cancellable_until=cancellable_until)


def sales_moved(event: Event, starts_at: datetime) -> SalesWindow:
    """Return the sales of an event that starts at another time: those that end with its start go on doing so."""
    return SalesWindow(event.sales.start, starts_at if event.sales.end == event.starts_at else event.sales.end)


def deadline_moved(event: Event, starts_at: datetime) -> datetime | None:
    """Return until when buyers can cancel if an event starts at another time: until its start if they could before."""
    return starts_at if event.cancellable_until == event.starts_at else event.cancellable_until


def require_seat_count(seat_count: int) -> int:
    if not 1 <= seat_count <= SEATS_MOST:
        raise InvalidSeatCount
    return seat_count


def require_event_name(name: str) -> str:
    return require_text(name, InvalidEvent, "name", NAME_LENGTH)


def require_address(address: str) -> str:
    return require_text(address, InvalidEvent, "address", ADDRESS_LENGTH)


def require_description(description: str) -> str:
    return require_plain(description, InvalidEvent, "description", DESCRIPTION_LENGTH, multiline=True)


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


def require_times(starts_at: datetime, ends_at: datetime | None, sales: SalesWindow) -> SalesWindow:
    """Return when tickets are sold, by default until the event starts.

    Raises `InvalidEvent` where the times contradict each other.
    """
    window = SalesWindow(sales.start, sales.end or starts_at)
    require_order(starts_at, ends_at, window)
    return window


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
