"""Events: something with a capacity, at a place and a time."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from booked.domain.errors import CancellationClosed, IllegalStatus, InvalidEvent, InvalidSeatCount, SeatCountReduced
from booked.domain.model.ids import CategoryId, EventId, OrganizationId, VenueId
from booked.domain.model.money import require_currency
from booked.domain.model.programme.cancellation import (
    ALWAYS_CANCELLABLE,
    CancellationPolicy,
    CancellationTerms,
    require_fee,
)
from booked.domain.model.programme.event_times import require_times
from booked.domain.model.programme.seating import SEATS_MOST
from booked.domain.model.programme.ticket_types import TicketPlan, TicketTypeDraft, plan_of
from booked.domain.model.programme.times import (
    ALWAYS,
    AT_START,
    LATEST_START,
    AtStart,
    SalesWindow,
    moment_or_start,
    moved,
)
from booked.domain.model.programme.timezones import require_timezone
from booked.domain.model.programme.unchanged import UNCHANGED, Unchanged, said_or
from booked.domain.model.programme.venues import Coordinates, Venue, require_coordinates
from booked.domain.model.text import require_plain, require_text

NAME_LENGTH = 200
ADDRESS_LENGTH = 500
DESCRIPTION_LENGTH = 5_000
ARTIST_LENGTH = 200
TICKET_LIMIT_MOST = 100
FREE_CURRENCY = "EUR"  # of events whose tickets cost nothing


class EventStatus(StrEnum):
    """Tickets are sold while an event is published. Cancelled and completed are for good."""

    DRAFT = "draft"
    PUBLISHED = "published"
    POSTPONED = "postponed"
    CANCELLED = "cancelled"
    COMPLETED = "completed"


# Which status may follow which. Tickets can be sold again after a postponement, never after an end. A draft that is
# called off would be seen by everybody.
FOLLOWING = {
    EventStatus.DRAFT: {EventStatus.PUBLISHED},
    EventStatus.PUBLISHED: {EventStatus.POSTPONED, EventStatus.CANCELLED, EventStatus.COMPLETED},
    EventStatus.POSTPONED: {EventStatus.PUBLISHED, EventStatus.CANCELLED},
    EventStatus.CANCELLED: set[EventStatus](),
    EventStatus.COMPLETED: set[EventStatus](),
}

OVER = frozenset({EventStatus.CANCELLED, EventStatus.COMPLETED})


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDetails:
    """What an event is, when and where it takes place, and who puts it on.

    `ticket_limit` is the most tickets a user may have, None for any number. `currency` is the ISO 4217 code of
    all its prices. Without `timezone` it has its venue's.
    """

    name: str
    starts_at: datetime
    ends_at: datetime | None = None
    address: str = ""
    description: str = ""
    artist: str = ""
    tour_name: str = ""
    organization_id: OrganizationId | None = None
    venue_id: VenueId | None = None
    category_id: CategoryId | None = None
    ticket_limit: int | None = None
    currency: str = FREE_CURRENCY
    timezone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(EventDetails):
    """An event as the database knows it.

    `sold` counts the tickets that cannot be had any more, among them those `blocked`: kept from sale by the organizer.
    `version` goes up with every change by its organizer. With `has_type_rules`, the public may be unable to
    reserve some of its types.
    """

    id: EventId
    status: EventStatus = EventStatus.PUBLISHED
    coordinates: Coordinates | None = None
    sales: SalesWindow = ALWAYS
    cancellation: CancellationPolicy = ALWAYS_CANCELLABLE
    seat_count: int
    sold: int = 0
    blocked: int = 0
    version: int = 1
    has_type_rules: bool = False

    @property
    def sales_window(self) -> SalesWindow:
        """Return when tickets can be reserved: while sales last, and never after the end of the event."""
        ends = [end for end in (self.sales.end, self.ends_at) if end is not None]
        return SalesWindow(self.sales.start, min(ends, default=None))

    def require_cancellable(self, terms: CancellationTerms, now: datetime) -> None:
        """Raise `CancellationClosed` where buyers on these terms cannot cancel any more."""
        if self.status is EventStatus.COMPLETED:
            raise CancellationClosed("They could be cancelled until the event was over.")
        terms.require_permitted(now)

    def has_ended(self, now: datetime) -> bool:
        return self.ends_at is not None and now >= self.ends_at


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSpecification(EventDetails):
    """A new event as its organizer describes it, not checked yet.

    `tickets` are its ticket types, or how many free tickets of one kind there are. Without an address, it is the
    venue's. Sales end and buyers can cancel until the moments given, None for no bound.
    """

    tickets: Sequence[TicketTypeDraft] | int
    latitude: float | None = None
    longitude: float | None = None
    sales_start: datetime | None = None
    sales_end: datetime | AtStart | None = AT_START
    cancellable_until: datetime | AtStart | None = AT_START
    cancellation_fee: int = 0
    status: EventStatus = EventStatus.DRAFT


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRevision:
    """What an organizer wants different.

    Sales and cancelling that end when the event starts go on doing so. The event lasts as long as before where
    `keeps_duration`. Further seats are general admission.
    """

    name: str | Unchanged = UNCHANGED
    starts_at: datetime | Unchanged = UNCHANGED
    ends_at: datetime | Unchanged | None = UNCHANGED
    keeps_duration: bool = False
    address: str | Unchanged = UNCHANGED
    description: str | Unchanged = UNCHANGED
    artist: str | Unchanged = UNCHANGED
    tour_name: str | Unchanged = UNCHANGED
    category_id: CategoryId | Unchanged | None = UNCHANGED
    ticket_limit: int | Unchanged | None = UNCHANGED
    latitude: float | Unchanged = UNCHANGED
    longitude: float | Unchanged = UNCHANGED
    sales_start: datetime | Unchanged | None = UNCHANGED
    sales_end: datetime | AtStart | Unchanged | None = UNCHANGED
    cancellable_until: datetime | AtStart | Unchanged | None = UNCHANGED
    cancellation_fee: int | Unchanged = UNCHANGED
    seat_count: int | Unchanged = UNCHANGED
    timezone: str | Unchanged | None = UNCHANGED


def accept(
    specification: EventSpecification,
    event_id: EventId,
    venue: Venue | None,
    operator_limit: int | None = None,
) -> tuple[Event, TicketPlan]:
    """Return the event described by an organizer, at this venue, and its tickets.

    `operator_limit` is how many tickets a user may have where the event does not say. Raises `InvalidEvent`,
    `InvalidSeatCount`, `InvalidTicketType`, or `IllegalStatus` for a status that no new event has.
    """
    plan = plan_of(specification.tickets, venue.layout if venue else ())
    if specification.status not in {EventStatus.DRAFT, EventStatus.PUBLISHED}:
        raise IllegalStatus("A new event is a draft, or published at once.")
    if venue is not None:
        venue.require_room(plan.capacity)
    starts_at = specification.starts_at
    event = Event(
        **_details(specification)
        | {
            "address": specification.address.strip() or _address_of(venue),
            "ticket_limit": _limit(specification.ticket_limit, operator_limit),
        },
        id=event_id,
        status=specification.status,
        coordinates=venue.coordinates
        if venue
        else require_coordinates(specification.latitude, specification.longitude),
        sales=SalesWindow(specification.sales_start, moment_or_start(specification.sales_end, starts_at)),
        cancellation=CancellationPolicy(
            CancellationTerms(
                moment_or_start(specification.cancellable_until, starts_at), specification.cancellation_fee
            )
        ),
        seat_count=plan.capacity,
    )
    accepted = _checked(event)
    require_seat_count(plan.capacity)
    return accepted, plan


def revise(event: Event, revision: EventRevision, operator_limit: int | None = None) -> Event:
    """Return the event as its organizer wants it. Where a ticket limit is taken away, `operator_limit` holds.

    Raises `InvalidEvent`, `InvalidSeatCount` or `SeatCountReduced`.
    """
    seat_count = _revised_seat_count(event, revision)
    starts_at = said_or(revision.starts_at, event.starts_at)
    return _checked(
        replace(
            event,
            **_details(revision)
            | {
                "ends_at": _revised_end(event, revision, starts_at),
                "ticket_limit": _revised_limit(event, revision, operator_limit),
            },
            coordinates=_revised_coordinates(event, revision),
            sales=_revised_sales(event, revision, starts_at),
            cancellation=_revised_cancellation(event, revision, starts_at),
            seat_count=seat_count,
        )
    )


def require_status(present: EventStatus, wanted: EventStatus) -> EventStatus:
    """Raise `IllegalStatus` unless an event may go from its present status to the one wanted."""
    if wanted is not present and wanted not in FOLLOWING[present]:
        possible = " or ".join(sorted(FOLLOWING[present]))
        told = f"It can only become {possible}." if possible else "It stays so."
        if present is EventStatus.DRAFT:
            told = f"{told} Delete it if it is not to take place."
        raise IllegalStatus(f"An event that is {present} cannot become {wanted}. {told}")
    return wanted


def require_seat_count(seat_count: int) -> int:
    if not 1 <= seat_count <= SEATS_MOST:
        raise InvalidSeatCount
    return seat_count


def require_ticket_limit(limit: int) -> int:
    if not 1 <= limit <= TICKET_LIMIT_MOST:
        raise InvalidEvent(f"The limit of tickets per user is a whole number from 1 to {TICKET_LIMIT_MOST}.")
    return limit


def _details(source: EventSpecification | EventRevision) -> dict[str, Any]:
    """Return what an organizer says of an event's details, by field."""
    said = {field.name: getattr(source, field.name, UNCHANGED) for field in fields(EventDetails)}
    return {name: value for name, value in said.items() if value is not UNCHANGED}


def _checked(event: Event) -> Event:
    """Return an event with its texts trimmed. Raises `InvalidEvent` where it cannot take place like that."""
    checked = replace(
        event,
        name=require_text(event.name, InvalidEvent, "name", NAME_LENGTH),
        address=require_text(event.address, InvalidEvent, "address", ADDRESS_LENGTH),
        description=require_plain(event.description, InvalidEvent, "description", DESCRIPTION_LENGTH, multiline=True),
        artist=require_plain(event.artist.strip(), InvalidEvent, "artist", ARTIST_LENGTH),
        tour_name=require_plain(event.tour_name.strip(), InvalidEvent, "name of the tour", ARTIST_LENGTH),
        currency=require_currency(event.currency),
        timezone=require_timezone(event.timezone, InvalidEvent) if event.timezone is not None else None,
    )
    require_times(event.starts_at, event.ends_at, event.sales, event.cancellation.present.until)
    require_fee(event.cancellation.present.fee)
    return checked


def _address_of(venue: Venue | None) -> str:
    return f"{venue.name}, {venue.address}, {venue.city}"[:ADDRESS_LENGTH] if venue else ""


def _limit(own: int | None, operator_limit: int | None) -> int | None:
    return operator_limit if own is None else require_ticket_limit(own)


def _revised_limit(event: Event, revision: EventRevision, operator_limit: int | None) -> int | None:
    limit = said_or(revision.ticket_limit, event.ticket_limit)
    # One that is kept may be the operator's, which has other bounds.
    return limit if limit == event.ticket_limit else _limit(limit, operator_limit)


def _revised_seat_count(event: Event, revision: EventRevision) -> int:
    seat_count = require_seat_count(said_or(revision.seat_count, event.seat_count))
    if seat_count < event.seat_count:
        raise SeatCountReduced(f"The event has {event.seat_count} seats, which can only become more.")
    return seat_count


def _revised_end(event: Event, revision: EventRevision, starts_at: datetime) -> datetime | None:
    if event.ends_at is None or not revision.keeps_duration:
        return said_or(revision.ends_at, event.ends_at)
    duration = event.ends_at - event.starts_at
    if duration > LATEST_START - starts_at:
        raise InvalidEvent("The event must end before the year 10000.")
    return starts_at + duration


def _revised_coordinates(event: Event, revision: EventRevision) -> Coordinates | None:
    present = event.coordinates
    latitude, longitude = (present.latitude, present.longitude) if present else (None, None)
    return require_coordinates(said_or(revision.latitude, latitude), said_or(revision.longitude, longitude))


def _revised_cancellation(event: Event, revision: EventRevision, starts_at: datetime) -> CancellationPolicy:
    moved_along = event.cancellation.moved(event.starts_at, starts_at)
    present = moved_along.present
    until = moment_or_start(said_or(revision.cancellable_until, present.until), starts_at)
    return replace(moved_along, present=CancellationTerms(until, said_or(revision.cancellation_fee, present.fee)))


def _revised_sales(event: Event, revision: EventRevision, starts_at: datetime) -> SalesWindow:
    present = event.sales
    end = said_or(revision.sales_end, moved(present.end, event.starts_at, starts_at))
    return SalesWindow(said_or(revision.sales_start, present.start), moment_or_start(end, starts_at))
