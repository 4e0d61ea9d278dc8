"""Events: finding them, and for organizers putting them on and changing them."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Annotated

import msgspec
from litestar.params import JSONBody
from msgspec import UNSET, Meta, UnsetType

from booked.adapters.http.access.roles import Access
from booked.adapters.http.contracts.resource import Resource
from booked.adapters.http.contracts.v1.categories import MUSIC, CategoryBody
from booked.adapters.http.contracts.v1.patches import kept
from booked.adapters.http.contracts.v1.ticket_types import EVENT, STANDARD_REQUEST, TicketTypeRequests
from booked.adapters.http.contracts.v1.venues import THEATRE
from booked.adapters.http.requests.fields import (
    Amount,
    CanonicalId,
    Currency,
    Id,
    Time,
    amount_text,
    shown,
    to_second,
    utc,
)
from booked.adapters.http.requests.idempotency import IdempotencyHeader
from booked.adapters.http.requests.ids import PathId, optional_id
from booked.adapters.http.requests.parameters import Params
from booked.adapters.http.requests.preconditions import IfMatch, IfNoneMatch, with_digest
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.pages import Page, PageQuery, page_of, position_in
from booked.adapters.http.responses.replies import changed, created, found
from booked.domain.errors import (
    IllegalStatus,
    InvalidEvent,
    InvalidTicketType,
    InvalidUUID,
    NoEventFound,
    NoSuchCategory,
    NoSuchOrganization,
    NoSuchVenue,
    NotYourOrganization,
)
from booked.domain.model.ids import CategoryId, EventId, OrganizationId, VenueId, parse_uuid
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
from booked.domain.model.programme.search import (
    SEARCH_LENGTH,
    EventCursor,
    EventSearch,
    EventSort,
    FoundEvent,
    cursor_behind,
)
from booked.domain.model.programme.seating import SEATS_MOST
from booked.domain.model.programme.times import SalesWindow
from booked.domain.model.programme.venues import Venue

resource = Resource("/api/v1/events/", "v1 · Events")

STATUSES_MOST = len(EventStatus)


class EventState(StrEnum):
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

    @classmethod
    def _missing_(cls, value: object) -> "EventState | None":
        return cls.__members__.get(value.upper()) if isinstance(value, str) else None


Name = Annotated[str, shown("What it is called.", minLength=1, maxLength=NAME_LENGTH)]
Description = Annotated[str, shown("What there is to know of it.", maxLength=DESCRIPTION_LENGTH)]
Address = Annotated[str, shown("Where it takes place; by default the venue's.", maxLength=ADDRESS_LENGTH)]
Artist = Annotated[str, shown("Who performs.", maxLength=ARTIST_LENGTH)]
TourName = Annotated[str, shown("The tour that it is part of.", maxLength=ARTIST_LENGTH)]
TicketLimit = Annotated[
    int, shown("How many tickets one user may have, held and booked.", minimum=1, maximum=TICKET_LIMIT_MOST)
]
PresentLimit = Annotated[
    int,
    shown("How many tickets one user may have: its own limit or, without one, the operator's.", minimum=1),
]
Count = Annotated[int, shown("A number of tickets.", minimum=0, maximum=SEATS_MOST)]
Search = Annotated[str, Meta(max_length=SEARCH_LENGTH)]
Day = Annotated[date, shown("They start on this day (UTC).", examples=["2026-11-20"])]


class EventRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Sales begin at once and end when the event starts, unless it is said otherwise. All prices are in `currency`.

    Bookings can be cancelled until `cancellable_until`, by default the start.
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
    artist: Artist = ""
    tour_name: TourName = ""
    address: Address = ""
    max_tickets_per_user: TicketLimit | None = None
    currency: Currency = "EUR"
    status: EventState = EventState.DRAFT

    def specification(self) -> EventSpecification:
        currency = require_currency(self.currency)
        return EventSpecification(
            name=self.name,
            description=self.description,
            starts_at=to_second(self.starts_at),
            organization_id=OrganizationId(parse_uuid(self.organization_id)),
            ticket_types=[type_.draft(currency) for type_ in self.ticket_types],
            currency=currency,
            ends_at=_moment(self.ends_at),
            sales=SalesWindow(_moment(self.sales_start), _moment(self.sales_end)),
            cancellable_until=_moment(self.cancellable_until),
            venue_id=optional_id(VenueId, self.venue_id),
            category_id=optional_id(CategoryId, self.category_id),
            address=self.address,
            artist=self.artist,
            tour_name=self.tour_name,
            ticket_limit=self.max_tickets_per_user,
            status=self.status.status,
        )


class EventChangesRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is not sent stays as it is. Sales and cancelling that end when the event starts go on doing so."""

    name: Name | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    category_id: Id | UnsetType | None = UNSET
    starts_at: Time | UnsetType = UNSET
    ends_at: Time | UnsetType | None = UNSET
    sales_start: Time | UnsetType | None = UNSET
    sales_end: Time | UnsetType | None = UNSET
    cancellable_until: Time | UnsetType | None = UNSET
    artist: Artist | UnsetType = UNSET
    tour_name: TourName | UnsetType = UNSET
    address: Address | UnsetType = UNSET
    max_tickets_per_user: TicketLimit | UnsetType | None = UNSET

    def applied_to(self, event: Event) -> EventRevision:
        presentation, starts_at = event.presentation, to_second(kept(self.starts_at, event.starts_at))
        return EventRevision(
            name=kept(self.name, event.name),
            description=kept(self.description, event.description),
            address=kept(self.address, event.address),
            starts_at=starts_at,
            ends_at=_moment(kept(self.ends_at, event.ends_at)),
            sales=self._sales(event.sales),
            cancellable_until=self._deadline(starts_at),
            category_id=optional_id(CategoryId, kept(self.category_id, presentation.category_id)),
            artist=kept(self.artist, presentation.artist),
            tour_name=kept(self.tour_name, presentation.tour_name),
            ticket_limit=kept(self.max_tickets_per_user, event.ticket_limit),
        )

    def _deadline(self, starts_at: datetime) -> datetime | None:
        return None if self.cancellable_until is UNSET else _moment(self.cancellable_until) or starts_at

    def _sales(self, present: SalesWindow) -> SalesWindow | None:
        if self.sales_start is UNSET and self.sales_end is UNSET:
            return None
        return SalesWindow(_moment(kept(self.sales_start, present.start)), _moment(kept(self.sales_end, present.end)))


class StatusRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    status: EventState


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


class EventBody(msgspec.Struct, frozen=True):
    """`available` is what anyone can reserve now; the prices are those of the cheapest and the dearest ticket now.

    Bookings can be cancelled until `cancellable_until`, null for no bound.
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
    seat_count: Count
    sold: Count
    available: Count
    price_from: Amount
    price_to: Amount
    currency: Currency
    max_tickets_per_user: PresentLimit | None
    created_at: Time

    @classmethod
    def of(cls, found: FoundEvent, available: int) -> "EventBody":
        event, presentation = found.event, found.event.presentation
        organization = EventOrganizationBody(presentation.organization_id or "", found.organization_name or "")
        return cls(
            id=event.id,
            name=event.name,
            description=event.description,
            status=EventState.of(event.status),
            category=CategoryBody.of(found.category) if found.category else None,
            venue=EventVenueBody.of(found.venue) if found.venue else None,
            organization=organization if presentation.organization_id else None,
            address=event.address,
            artist=presentation.artist,
            tour_name=presentation.tour_name,
            starts_at=event.starts_at,
            ends_at=event.ends_at,
            sales_start=event.sales.start,
            sales_end=event.sales.end,
            cancellable_until=event.cancellable_until,
            seat_count=event.seat_count,
            sold=event.sold - event.blocked,
            available=available,
            price_from=amount_text(Money(found.lowest_price, event.currency)),
            price_to=amount_text(Money(found.highest_price, event.currency)),
            currency=event.currency,
            max_tickets_per_user=event.ticket_limit,
            created_at=found.created_at,
        )


class EventsQuery(PageQuery, frozen=True, kw_only=True):
    category: Annotated[Id, shown("The id of a category.", examples=[MUSIC.id])] | None = None
    status: Annotated[
        tuple[EventState, ...],
        Meta(max_length=STATUSES_MOST, description="Statuses, separated by commas.", examples=[["PUBLISHED"]]),
    ] = ()
    starts_after: Annotated[Time, shown("They start then or later.", examples=["2026-11-20"])] | None = None
    starts_before: Annotated[Time, shown("They start earlier.", examples=["2026-11-20T12:00:00Z"])] | None = None
    date: Day | None = None
    artist: Annotated[Search, Meta(description="Who performs, by their whole name.", examples=["The Millers"])] = ""
    tour_name: Annotated[Search, Meta(description="The tour, by its whole name.", examples=["Flour Power"])] = ""
    venue: Annotated[Search, Meta(description="A venue, by its id or its whole name.", examples=["Old Mill"])] = ""
    location: Annotated[
        Search, Meta(description="A part of the address, or of the venue's name, city or country.", examples=["york"])
    ] = ""
    organization: Annotated[Id, shown("The id of an organization.", examples=[MUSIC.id])] | None = None
    q: Annotated[
        Search,
        Meta(description="How words begin of its name, description, artist or tour.", examples=["mill live"]),
    ] = ""
    sort: Annotated[EventSort, shown("By what they are sorted, with `-` the latest first.")] = EventSort.STARTS

    def search(self) -> EventSearch:
        venue_id = _venue_id(self.venue)
        day, next_day = _bounds(self.date)
        return EventSearch(
            category_id=optional_id(CategoryId, self.category),
            statuses=frozenset(status.status for status in self.status),
            starts_after=max(_moments(self.starts_after, day), default=None),
            starts_before=min(_moments(self.starts_before, next_day), default=None),
            artist=self.artist,
            tour_name=self.tour_name,
            venue_id=venue_id,
            venue_name="" if venue_id else self.venue,
            location=self.location,
            words=self.q,
            organization_id=optional_id(OrganizationId, self.organization),
            sort=self.sort,
        )


class EventPosition(msgspec.Struct, frozen=True):
    """Behind which event a page begins."""

    value: Annotated[str, Meta(max_length=NAME_LENGTH)]
    id: CanonicalId

    @classmethod
    def behind(cls, event: FoundEvent, sort: EventSort) -> "EventPosition":
        cursor = cursor_behind(event, sort)
        return cls(cursor.value, cursor.event_id)

    @property
    def cursor(self) -> EventCursor:
        return EventCursor(self.value, EventId(self.id))


EXAMPLE = EventBody(
    id=EVENT,
    name="The Millers live",
    description="Doors open at seven.",
    status=EventState.PUBLISHED,
    category=MUSIC,
    venue=EventVenueBody(THEATRE.id, THEATRE.name, THEATRE.city, THEATRE.country, THEATRE.capacity),
    organization=EventOrganizationBody("019c5b2e-9d2e-7c51-a032-7b8c9d0e1f20", "Playhouse"),
    address="Old Mill Theatre, Mill Lane 1, York",
    artist="The Millers",
    tour_name="Flour Power",
    starts_at=datetime(2026, 12, 20, 19, 30, tzinfo=UTC),
    ends_at=datetime(2026, 12, 20, 22, 0, tzinfo=UTC),
    sales_start=None,
    sales_end=datetime(2026, 12, 20, 19, 30, tzinfo=UTC),
    cancellable_until=datetime(2026, 12, 20, 19, 30, tzinfo=UTC),
    seat_count=600,
    sold=211,
    available=383,
    price_from="39.90",
    price_to="39.90",
    currency="EUR",
    max_tickets_per_user=8,
    created_at=datetime(2026, 10, 1, 9, 0, 0, 123456, tzinfo=UTC),
)
NOT_YOURS = [NoEventFound, NotYourOrganization]


@resource.get("", "A page of events.", access=Access.OPTIONAL, returns=Page([EXAMPLE], None), refuses=[InvalidUUID])
async def list_events(request: ApiRequest, params: Params[EventsQuery]) -> Page[EventBody]:
    """Find events.

    All that you ask for has to be so. Drafts are found only by those who run them.
    """
    search, position = params.search(), position_in(params, EventPosition)
    after = position.cursor if position else None
    rows = await request.services.catalogue.search(await request.viewer(), search, after, params.limit + 1)
    available = await _available(request, rows[: params.limit])
    return page_of(
        rows,
        params,
        lambda row: EventBody.of(row, available[row.event.id]),
        lambda row: EventPosition.behind(row, search.sort),
    )


@resource.post(
    "",
    "The event.",
    access=Access.ORGANIZER,
    sends=EventRequest(
        name="The Millers live",
        organization_id="019c5b2e-9d2e-7c51-a032-7b8c9d0e1f20",
        starts_at=datetime(2026, 12, 20, 19, 30, tzinfo=UTC),
        ticket_types=[STANDARD_REQUEST],
        description="Doors open at seven.",
        venue_id=THEATRE.id,
        category_id=MUSIC.id,
        ends_at=datetime(2026, 12, 20, 22, 0, tzinfo=UTC),
        artist="The Millers",
        tour_name="Flour Power",
        max_tickets_per_user=8,
        status=EventState.PUBLISHED,
    ),
    returns=EXAMPLE,
    gives=["Location", "ETag"],
    refuses=[
        InvalidEvent,
        InvalidTicketType,
        IllegalStatus,
        InvalidUUID,
        NoSuchOrganization,
        NoSuchVenue,
        NoSuchCategory,
        NotYourOrganization,
    ],
)
async def create_event(
    request: ApiRequest, data: JSONBody[EventRequest], idempotency_key: IdempotencyHeader
) -> Answer[EventBody]:
    """Put on an event of your organization.

    It is a draft, which nobody else sees, or published at once.
    """
    made = await request.services.catalogue.create(request.user, data.specification(), idempotency_key)
    body = await _body(request, made)
    return created(body, f"{resource.path}{body.id}/", with_digest(made.event.version, body))


@resource.get(
    "{event_id:str}/", "The event.", access=Access.OPTIONAL, returns=EXAMPLE, gives=["ETag"], refuses=[NoEventFound]
)
async def show_event(request: ApiRequest, event_id: PathId[EventId], if_none_match: IfNoneMatch) -> Answer[EventBody]:
    """Show an event."""
    event = await request.services.catalogue.event(await request.viewer(), event_id)
    body = await _body(request, event)
    return found(body, with_digest(event.event.version, body), if_none_match)


@resource.patch(
    "{event_id:str}/",
    "The event as it is now.",
    access=Access.ORGANIZER,
    sends=EventChangesRequest(description="Doors open at seven.", max_tickets_per_user=None),
    returns=EXAMPLE,
    gives=["ETag"],
    refuses=[InvalidEvent, NoSuchCategory, *NOT_YOURS],
)
async def change_event(
    request: ApiRequest, event_id: PathId[EventId], data: JSONBody[EventChangesRequest], if_match: IfMatch
) -> Answer[EventBody]:
    """Change an event of your organization."""
    event = await request.services.catalogue.change(request.user, event_id, if_match, data.applied_to)
    body = await _body(request, event)
    return changed(body, with_digest(event.event.version, body))


@resource.post(
    "{event_id:str}/status/",
    "The event as it is now.",
    access=Access.ORGANIZER,
    status=200,
    sends=StatusRequest(EventState.PUBLISHED),
    returns=EXAMPLE,
    gives=["ETag"],
    refuses=[IllegalStatus, *NOT_YOURS],
)
async def change_status(
    request: ApiRequest, event_id: PathId[EventId], data: JSONBody[StatusRequest], idempotency_key: IdempotencyHeader
) -> Answer[EventBody]:
    """Publish, postpone, cancel or complete an event of your organization.

    A draft can be published or cancelled; a published event postponed, cancelled or completed; a postponed one
    published again or cancelled. Tickets are sold while it is published. Cancelling it cancels all bookings, for good.
    """
    event = await request.services.catalogue.set_status(request.user, event_id, data.status.status, idempotency_key)
    body = await _body(request, event)
    return changed(body, with_digest(event.event.version, body))


async def _body(request: ApiRequest, found_event: FoundEvent) -> EventBody:
    available = await _available(request, [found_event])
    return EventBody.of(found_event, available[found_event.event.id])


async def _available(request: ApiRequest, rows: Sequence[FoundEvent]) -> dict[EventId, int]:
    events = [row.event for row in rows]
    counts = await request.services.catalogue.available(events)
    return {event.id: count for event, count in zip(events, counts, strict=True)}


def _moment(sent: datetime | None) -> datetime | None:
    return None if sent is None else to_second(sent)


def _moments(*some: datetime | None) -> Iterator[datetime]:
    return (utc(moment) for moment in some if moment is not None)


def _bounds(day: date | None) -> tuple[datetime | None, datetime | None]:
    """The first moment of a day in UTC, and that of the next one, None where there is none."""
    if day is None:
        return None, None
    first = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return first, None if day == date.max else first + timedelta(days=1)


def _venue_id(sent: str) -> VenueId | None:
    """The venue's id if it is one that is sent, and not a name."""
    try:
        return VenueId(parse_uuid(sent))
    except InvalidUUID:
        return None
