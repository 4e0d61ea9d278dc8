"""Events: something with a capacity, at a place and a time."""

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from booked.domain.errors import BookedError, CancellationClosed, InvalidEvent, InvalidSeatCount, SeatCountReduced
from booked.domain.model.ids import CategoryId, EventId, OrganizationId, VenueId
from booked.domain.model.text import require_plain, require_text

SEATS_MOST = 10_000_000
NAME_LENGTH = 200
ADDRESS_LENGTH = 500
DESCRIPTION_LENGTH = 5_000
FREE_CURRENCY = "EUR"  # of events whose tickets cost nothing
EARLIEST_START = datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
LATEST_START = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


class EventStatus(StrEnum):
    """Tickets are sold while an event is published. Cancelled and completed are for good."""

    DRAFT = "draft"
    PUBLISHED = "published"
    POSTPONED = "postponed"
    CANCELLED = "cancelled"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class Coordinates:
    """A place on earth, in decimal degrees (WGS 84)."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class SalesWindow:
    """When tickets can be reserved: from `start` until `end`, None for no bound."""

    start: datetime | None = None
    end: datetime | None = None

    def is_over(self, now: datetime) -> bool:
        return self.end is not None and self.end <= now


ALWAYS = SalesWindow()


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
class EventPage:
    """Events in order of their start; the next page starts with those of `next_start`, None after the last."""

    events: list[Event]
    next_start: datetime | None


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


def require_deadline(cancellable_until: datetime | None, ends_at: datetime | None) -> datetime | None:
    """Raise `InvalidEvent` where buyers could cancel after the end of the event."""
    if cancellable_until is not None:
        if not EARLIEST_START <= cancellable_until <= LATEST_START:
            raise InvalidEvent("Every time must lie between 1970 and the year 9999.")
        if ends_at is not None and cancellable_until > ends_at:
            raise InvalidEvent("cancellable_until must not be later than the end of the event. Choose an earlier time.")
    return cancellable_until


def require_order(starts_at: datetime, ends_at: datetime | None, sales: SalesWindow) -> None:
    """Raise `InvalidEvent` where the times of an event contradict each other."""
    for moment in (starts_at, ends_at, sales.start, sales.end):
        if moment is not None and not EARLIEST_START <= moment <= LATEST_START:
            raise InvalidEvent("Every time must lie between 1970 and the year 9999.")
    if ends_at is not None and ends_at <= starts_at:
        raise InvalidEvent("The event must end after it starts.")
    if sales.start is not None and sales.end is not None and sales.start >= sales.end:
        raise InvalidEvent("SalesWindow must end after they start.")
    if ends_at is not None and sales.end is not None and sales.end > ends_at:
        raise InvalidEvent("SalesWindow must end when the event does, or before. Choose an earlier end of sales.")


def require_seat_count(seat_count: int) -> int:
    if not 1 <= seat_count <= SEATS_MOST:
        raise InvalidSeatCount
    return seat_count


def require_start(unix_time: int) -> datetime:
    """The moment that a Unix time in seconds names: after 1970, before the year 10000."""
    if not EARLIEST_START.timestamp() <= unix_time <= LATEST_START.timestamp():
        raise InvalidEvent("unix_time must be a Unix time in seconds between 1970 and the year 9999.")
    return datetime.fromtimestamp(unix_time, UTC)


def require_event_name(name: str) -> str:
    return require_text(name, InvalidEvent, "name", NAME_LENGTH)


def require_address(address: str) -> str:
    return require_text(address, InvalidEvent, "address", ADDRESS_LENGTH)


def require_description(description: str) -> str:
    return require_plain(description, InvalidEvent, "description", DESCRIPTION_LENGTH, multiline=True)


def require_coordinates(
    latitude: float | None, longitude: float | None, refusal: type[BookedError] = InvalidEvent
) -> Coordinates | None:
    """Both or neither, within the globe. Raises the refusal."""
    if latitude is None and longitude is None:
        return None
    if latitude is None or longitude is None:
        raise refusal("latitude and longitude belong together: send both or neither.")
    if not (math.isfinite(latitude) and abs(latitude) <= 90):
        raise refusal("latitude must lie between -90 and 90 degrees.")
    if not (math.isfinite(longitude) and abs(longitude) <= 180):
        raise refusal("longitude must lie between -180 and 180 degrees.")
    return Coordinates(latitude, longitude)
