"""Messages about events: putting them on, changing them, showing them."""

from datetime import datetime
from functools import partial
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from booked.adapters.http.contracts.v1.messages.cancellation import CancellationTermsBody, CancellationTermsRequest
from booked.adapters.http.contracts.v1.messages.categories import CategoryBody
from booked.adapters.http.contracts.v1.messages.patches import or_unchanged, read_or_unchanged
from booked.adapters.http.contracts.v1.messages.states import State
from booked.adapters.http.contracts.v1.messages.ticket_types import TicketTypeRequests
from booked.adapters.http.contracts.v1.messages.tickets import Count
from booked.adapters.http.requests.fields import Amount, Currency, Id, Time, Timezone, amount_text, shown, to_second
from booked.adapters.http.requests.ids import optional_id
from booked.domain.errors import InvalidEvent
from booked.domain.model.ids import CategoryId, OrganizationId, VenueId, parse_uuid
from booked.domain.model.money import Money, require_currency
from booked.domain.model.programme.events import (
    ADDRESS_LENGTH,
    ARTIST_LENGTH,
    DESCRIPTION_LENGTH,
    NAME_LENGTH,
    TICKET_LIMIT_MOST,
    Event,
    EventRevision,
    EventSpecification,
    EventStatus,
)
from booked.domain.model.programme.search import FoundEvent
from booked.domain.model.programme.times import AT_START, AtStart
from booked.domain.model.programme.venues import Venue

VENUE_CLASH = "VENUE_CLASH"


class EventState(State):
    """Tickets are sold while an event is PUBLISHED. Upper and lower case are the same."""

    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"
    POSTPONED = "POSTPONED"
    CANCELLED = "CANCELLED"
    COMPLETED = "COMPLETED"

    @classmethod
    def of(cls, status: EventStatus) -> "EventState":
        return cls[status.name]

    @property
    def status(self) -> EventStatus:
        return EventStatus[self.name]


Name = Annotated[str, shown("What it is called.", minLength=1, maxLength=NAME_LENGTH)]
Description = Annotated[str, shown("What there is to know of it.", maxLength=DESCRIPTION_LENGTH)]
Address = Annotated[str, shown("Where it takes place; by default the venue's.", maxLength=ADDRESS_LENGTH)]
Artist = Annotated[str, shown("Who performs.", maxLength=ARTIST_LENGTH)]
TourName = Annotated[str, shown("Its tour.", maxLength=ARTIST_LENGTH)]
TicketLimit = Annotated[
    int, shown("How many tickets a user may have, held and booked.", minimum=1, maximum=TICKET_LIMIT_MOST)
]
PresentLimit = Annotated[
    int,
    shown("How many tickets a user may have: its own limit or, without a limit, the operator's.", minimum=1),
]


class EventRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Sales begin at once and end when the event starts, unless it is said otherwise. All prices are in `currency`.

    Bookings can be cancelled until the start, unless `cancellation` says otherwise. `cancellable_until` is the same as
    its `until`; send one of them. Without `timezone` it has its venue's, or else the operator's; days count in it.
    """

    name: Name
    organization_id: Id
    starts_at: Time
    ticket_types: TicketTypeRequests
    description: Description = ""
    venue_id: Id | None = None
    category_id: Id | None = None
    ends_at: Time | None = None
    sales_start: Time | None = None
    sales_end: Time | None = None
    cancellable_until: Time | None = None
    cancellation: CancellationTermsRequest | None = None
    artist: Artist = ""
    tour_name: TourName = ""
    address: Address = ""
    max_tickets_per_user: TicketLimit | None = None
    currency: Currency = "EUR"
    status: EventState = EventState.DRAFT
    timezone: Timezone | None = None

    def specification(self) -> EventSpecification:
        currency = require_currency(self.currency)
        cancellation = _one_of(self.cancellation, self.cancellable_until)
        return EventSpecification(
            name=self.name,
            description=self.description,
            starts_at=to_second(self.starts_at),
            organization_id=OrganizationId(parse_uuid(self.organization_id)),
            tickets=[type_.draft(currency) for type_ in self.ticket_types],
            currency=currency,
            ends_at=_moment(self.ends_at),
            sales_start=_moment(self.sales_start),
            sales_end=_or_start(self.sales_end),
            cancellable_until=cancellation.moment(),
            cancellation_fee=cancellation.amount(currency),
            venue_id=optional_id(VenueId, self.venue_id),
            category_id=optional_id(CategoryId, self.category_id),
            address=self.address,
            artist=self.artist,
            tour_name=self.tour_name,
            ticket_limit=self.max_tickets_per_user,
            status=self.status.status,
            timezone=self.timezone,
        )


class EventChangesRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Fields that are not sent stay as they are. Sales and cancelling that end at the start move with it.

    What is booked keeps the terms of cancellation that it was booked under, and has better ones too.
    """

    name: Name | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    category_id: Id | UnsetType | None = UNSET
    starts_at: Time | UnsetType = UNSET
    ends_at: Time | UnsetType | None = UNSET
    sales_start: Time | UnsetType | None = UNSET
    sales_end: Time | UnsetType | None = UNSET
    cancellable_until: Time | UnsetType | None = UNSET
    cancellation: CancellationTermsRequest | UnsetType | None = UNSET
    artist: Artist | UnsetType = UNSET
    tour_name: TourName | UnsetType = UNSET
    address: Address | UnsetType = UNSET
    max_tickets_per_user: TicketLimit | UnsetType | None = UNSET
    timezone: Timezone | UnsetType | None = UNSET

    def revision(self, currency: str) -> EventRevision:
        """Return the changes to an event whose prices are in this currency."""
        terms = None
        if self.cancellation is not UNSET:
            terms = _one_of(self.cancellation, None if self.cancellable_until is UNSET else self.cancellable_until)
        elif self.cancellable_until is not UNSET:
            terms = CancellationTermsRequest(until=self.cancellable_until)
        return EventRevision(
            name=or_unchanged(self.name),
            description=or_unchanged(self.description),
            address=or_unchanged(self.address),
            starts_at=read_or_unchanged(self.starts_at, to_second),
            ends_at=read_or_unchanged(self.ends_at, _moment),
            sales_start=read_or_unchanged(self.sales_start, _moment),
            sales_end=read_or_unchanged(self.sales_end, _or_start),
            cancellable_until=or_unchanged(UNSET if terms is None else terms.moment()),
            cancellation_fee=or_unchanged(
                UNSET if self.cancellation is UNSET or terms is None else terms.amount(currency)
            ),
            category_id=read_or_unchanged(self.category_id, partial(optional_id, CategoryId)),
            artist=or_unchanged(self.artist),
            tour_name=or_unchanged(self.tour_name),
            ticket_limit=or_unchanged(self.max_tickets_per_user),
            timezone=or_unchanged(self.timezone),
        )


class StatusRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    status: EventState


class CopyRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    starts_at: Time

    @property
    def start(self) -> datetime:
        return to_second(self.starts_at)


class EventVenueBody(msgspec.Struct, frozen=True):
    """An event's venue, in short."""

    id: Id
    name: str
    city: str
    country: str
    capacity: int

    @classmethod
    def of(cls, venue: Venue) -> "EventVenueBody":
        return cls(venue.id, venue.name, venue.city, venue.country, venue.capacity)


class EventOrganizationBody(msgspec.Struct, frozen=True):
    """Who puts an event on."""

    id: Id
    name: str


class ClashingEventBody(msgspec.Struct, frozen=True):
    """An event at the same venue."""

    id: Id
    name: Name
    starts_at: Time
    ends_at: Time | None


class EventWarningBody(msgspec.Struct, frozen=True):
    """Something that was accepted and may be a mistake."""

    code: Annotated[str, shown(enum=[VENUE_CLASH])]
    detail: str
    event: ClashingEventBody

    @classmethod
    def of(cls, other: Event) -> "EventWarningBody":
        event = ClashingEventBody(other.id, other.name, other.starts_at, other.ends_at)
        detail = f"“{other.name}” takes place at this venue at the same time. Move one of them."
        return cls(VENUE_CLASH, detail, event)


class EventBody(msgspec.Struct, frozen=True):
    """`available` is what anyone can reserve now.

    The prices are those of the cheapest and the dearest ticket now, of types that are not sold out. They are null when
    nothing is left, or sales have ended. Buyers can cancel as `cancellation` says; `cancellable_until` is the same
    as its `until`. `warnings` come with the answer to a change: other published events at the venue at the same time.
    `timezone` is its own, its venue's or the operator's.
    """

    id: Id
    name: Name
    description: Description
    status: EventState
    category: CategoryBody | None
    venue: EventVenueBody | None
    organization: EventOrganizationBody | None
    address: Address
    artist: Artist
    tour_name: TourName
    starts_at: Time
    ends_at: Time | None
    sales_start: Time | None
    sales_end: Time | None
    cancellable_until: Time | None
    cancellation: CancellationTermsBody
    seat_count: Count
    sold: Count
    available: Count
    price_from: Amount | None
    price_to: Amount | None
    currency: Currency
    max_tickets_per_user: PresentLimit | None
    created_at: Time
    timezone: Timezone
    warnings: list[EventWarningBody] | UnsetType = UNSET

    @classmethod
    def of(cls, found: FoundEvent, available: int) -> "EventBody":
        event = found.event
        lowest, highest = found.price_range(available)
        organization = EventOrganizationBody(event.organization_id or "", found.organization_name or "")
        return cls(
            id=event.id,
            name=event.name,
            description=event.description,
            status=EventState.of(event.status),
            category=CategoryBody.of(found.category) if found.category else None,
            venue=EventVenueBody.of(found.venue) if found.venue else None,
            organization=organization if event.organization_id else None,
            address=event.address,
            artist=event.artist,
            tour_name=event.tour_name,
            starts_at=event.starts_at,
            ends_at=event.ends_at,
            sales_start=event.sales.start,
            sales_end=event.sales.end,
            cancellable_until=event.cancellation.present.until,
            cancellation=CancellationTermsBody.of(event.cancellation.present, event.currency),
            seat_count=event.seat_count,
            sold=event.sold - event.blocked,
            available=available,
            price_from=_amount(lowest, event.currency),
            price_to=_amount(highest, event.currency),
            currency=event.currency,
            max_tickets_per_user=event.ticket_limit,
            created_at=found.created_at,
            timezone=found.timezone,
        )


def _amount(price: int | None, currency: str) -> str | None:
    return None if price is None else amount_text(Money(price, currency))


def _moment(sent: datetime | None) -> datetime | None:
    return None if sent is None else to_second(sent)


def _one_of(cancellation: CancellationTermsRequest | None, until: datetime | None) -> CancellationTermsRequest:
    """Return the terms of cancellation that were sent. Raises `InvalidEvent` if they were sent twice."""
    if cancellation is not None and until is not None:
        raise InvalidEvent("Send `cancellation` or `cancellable_until`, not both.")
    return cancellation or CancellationTermsRequest(until=until)


def _or_start(sent: datetime | None) -> datetime | AtStart:
    return AT_START if sent is None else to_second(sent)
