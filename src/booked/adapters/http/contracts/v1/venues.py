"""Venues: places for events, with their seats as blocks of rows."""

from typing import Annotated

import msgspec
from litestar.params import JSONBody
from msgspec import UNSET, Meta, UnsetType

from booked.adapters.http.access.roles import Access
from booked.adapters.http.contracts.resource import Resource
from booked.adapters.http.contracts.v1.patches import kept
from booked.adapters.http.requests.fields import Id, shown
from booked.adapters.http.requests.idempotency import IdempotencyHeader
from booked.adapters.http.requests.ids import PathId, optional_id
from booked.adapters.http.requests.parameters import Params
from booked.adapters.http.requests.preconditions import IfMatch, IfNoneMatch
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.pages import Page, PageQuery, id_behind, page_by_id
from booked.adapters.http.responses.replies import changed, created, found
from booked.domain.errors import InvalidVenue, NoSuchOrganization, NoSuchVenue, NotYourOrganization
from booked.domain.model.ids import OrganizationId, VenueId
from booked.domain.model.programme.search import SEARCH_LENGTH
from booked.domain.model.programme.seating import (
    BLOCKS_MOST,
    ROWS_MOST,
    SEATS_A_ROW,
    SECTION_LENGTH,
    RowStyle,
    SeatBlock,
)
from booked.domain.model.programme.venues import (
    PLACE_LENGTH,
    VENUE_CAPACITY_MOST,
    VENUE_NAME_LENGTH,
    Venue,
    require_coordinates,
)

resource = Resource("/api/v1/venues/", "v1 · Venues")

Name = Annotated[str, shown("What it is called.", minLength=1, maxLength=VENUE_NAME_LENGTH)]
Address = Annotated[str, shown("Street and number.", minLength=1, maxLength=VENUE_NAME_LENGTH)]
Place = Annotated[str, shown("A city or a country.", minLength=1, maxLength=PLACE_LENGTH)]
Latitude = Annotated[float, shown("Degrees (WGS 84), sent with the longitude.", minimum=-90, maximum=90)]
Longitude = Annotated[float, shown("Degrees (WGS 84), sent with the latitude.", minimum=-180, maximum=180)]
Capacity = Annotated[int, shown("How many people it has room for.", minimum=1, maximum=VENUE_CAPACITY_MOST)]
Section = Annotated[str, shown("A part of the venue.", minLength=1, maxLength=SECTION_LENGTH)]
RowCount = Annotated[int, shown("How many rows.", minimum=1, maximum=ROWS_MOST)]
RowNumber = Annotated[int, shown("The place of the first row in its section.", minimum=1, maximum=ROWS_MOST)]
SeatCount = Annotated[int, shown("How many seats each row has.", minimum=1, maximum=SEATS_A_ROW)]
SeatNumber = Annotated[int, shown("The number on the first seat of each row.", minimum=1, maximum=SEATS_A_ROW)]
Style = Annotated[RowStyle, shown("Whether rows are called 1, 2, 3 … or A, B, … Z, AA …")]


class SeatBlockBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rows of equal length."""

    section: Section
    rows: RowCount
    seats_per_row: SeatCount
    first_row: RowNumber = 1
    first_seat: SeatNumber = 1
    row_style: Style = RowStyle.NUMBERS

    @classmethod
    def of(cls, block: SeatBlock) -> "SeatBlockBody":
        return cls(block.section, block.rows, block.seats_per_row, block.first_row, block.first_seat, block.row_style)

    def block(self) -> SeatBlock:
        return SeatBlock(self.section, self.rows, self.seats_per_row, self.first_row, self.first_seat, self.row_style)


Layout = Annotated[list[SeatBlockBody], shown("Its seats, the best ones first.", maxItems=BLOCKS_MOST)]


class VenueRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Only admins may leave out the organization, whose members may change the venue."""

    name: Name
    address: Address
    city: Place
    country: Place
    capacity: Capacity
    organization_id: Id | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    layout: Layout = []

    def venue(self) -> Venue:
        return Venue(
            id=NO_ID,
            organization_id=optional_id(OrganizationId, self.organization_id),
            name=self.name,
            address=self.address,
            city=self.city,
            country=self.country,
            coordinates=require_coordinates(self.latitude, self.longitude, InvalidVenue),
            capacity=self.capacity,
            layout=_layout(self.layout),
        )


class VenueChangesRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is not sent stays as it is. A layout takes the place of the whole former one."""

    name: Name | UnsetType = UNSET
    address: Address | UnsetType = UNSET
    city: Place | UnsetType = UNSET
    country: Place | UnsetType = UNSET
    capacity: Capacity | UnsetType = UNSET
    latitude: Latitude | UnsetType | None = UNSET
    longitude: Longitude | UnsetType | None = UNSET
    layout: Layout | UnsetType = UNSET

    def applied_to(self, venue: Venue) -> Venue:
        latitude, longitude = _degrees(venue)
        return Venue(
            id=venue.id,
            organization_id=venue.organization_id,
            name=kept(self.name, venue.name),
            address=kept(self.address, venue.address),
            city=kept(self.city, venue.city),
            country=kept(self.country, venue.country),
            coordinates=require_coordinates(
                kept(self.latitude, latitude), kept(self.longitude, longitude), InvalidVenue
            ),
            capacity=kept(self.capacity, venue.capacity),
            layout=venue.layout if self.layout is UNSET else _layout(self.layout),
            version=venue.version,
        )


class VenueSummary(msgspec.Struct, frozen=True):
    """A venue as lists show it. `seats` counts those of its layout."""

    id: Id
    organization_id: Id | None
    name: Name
    address: Address
    city: Place
    country: Place
    latitude: Latitude | None
    longitude: Longitude | None
    capacity: Capacity
    seats: int

    @classmethod
    def of(cls, venue: Venue) -> "VenueSummary":
        latitude, longitude = _degrees(venue)
        return cls(
            id=venue.id,
            organization_id=venue.organization_id,
            name=venue.name,
            address=venue.address,
            city=venue.city,
            country=venue.country,
            latitude=latitude,
            longitude=longitude,
            capacity=venue.capacity,
            seats=sum(block.size for block in venue.layout),
        )


class VenueBody(VenueSummary, frozen=True):
    """A venue with all its seats."""

    layout: Layout

    @classmethod
    def of(cls, venue: Venue) -> "VenueBody":
        summary = msgspec.structs.asdict(VenueSummary.of(venue))
        return cls(**summary, layout=[SeatBlockBody.of(block) for block in venue.layout])


class VenuesQuery(PageQuery, frozen=True, kw_only=True):
    q: Annotated[
        str,
        Meta(max_length=SEARCH_LENGTH, description="A part of its name, its city or its country.", examples=["york"]),
    ] = ""


NO_ID = VenueId("")  # of a venue that is yet to be made
STALLS = SeatBlockBody("Stalls", rows=20, seats_per_row=30, row_style=RowStyle.LETTERS)
CIRCLE = SeatBlockBody("Circle", rows=8, seats_per_row=40)
THEATRE = VenueSummary(
    id="019c5b2e-b14c-7e63-8254-9d0e1f203142",
    organization_id="019c5b2e-9d2e-7c51-a032-7b8c9d0e1f20",
    name="Old Mill Theatre",
    address="Mill Lane 1",
    city="York",
    country="United Kingdom",
    latitude=53.959,
    longitude=-1.082,
    capacity=1_000,
    seats=920,
)
THEATRE_WITH_SEATS = VenueBody(**msgspec.structs.asdict(THEATRE), layout=[STALLS, CIRCLE])
NOT_YOURS = [NoSuchOrganization, NotYourOrganization]


@resource.get("", "A page of venues, the oldest first.", access=Access.OPTIONAL, returns=Page([THEATRE], None))
async def list_venues(request: ApiRequest, params: Params[VenuesQuery]) -> Page[VenueSummary]:
    """List venues.

    Each has its layout at an address of its own.
    """
    after = id_behind(params, VenueId)
    venues = await request.services.venues.page(params.q, after, params.limit + 1)
    return page_by_id(venues, params, VenueSummary.of, VenueId, lambda venue: venue.id)


@resource.post(
    "",
    "The venue.",
    access=Access.ORGANIZER,
    sends=VenueRequest(
        name="Old Mill Theatre",
        address="Mill Lane 1",
        city="York",
        country="United Kingdom",
        capacity=1_000,
        organization_id="019c5b2e-9d2e-7c51-a032-7b8c9d0e1f20",
        latitude=53.959,
        longitude=-1.082,
        layout=[STALLS, CIRCLE],
    ),
    returns=THEATRE_WITH_SEATS,
    gives=["Location", "ETag"],
    refuses=[InvalidVenue, *NOT_YOURS],
)
async def create_venue(
    request: ApiRequest, data: JSONBody[VenueRequest], idempotency_key: IdempotencyHeader
) -> Answer[VenueBody]:
    """Add a venue for your organization.

    Its layout are blocks of rows of equal length, the best seats first. So a stadium takes no more lines than it has
    sections.
    """
    venue = await request.services.venues.add(request.user, data.venue(), idempotency_key)
    return created(VenueBody.of(venue), f"{resource.path}{venue.id}/", venue.version)


@resource.get(
    "{venue_id:str}/",
    "The venue.",
    access=Access.OPTIONAL,
    returns=THEATRE_WITH_SEATS,
    gives=["ETag"],
    refuses=[NoSuchVenue],
)
async def show_venue(request: ApiRequest, venue_id: PathId[VenueId], if_none_match: IfNoneMatch) -> Answer[VenueBody]:
    """Show a venue."""
    venue = await request.services.venues.venue(venue_id)
    return found(VenueBody.of(venue), venue.version, if_none_match)


@resource.patch(
    "{venue_id:str}/",
    "The venue as it is now.",
    access=Access.ORGANIZER,
    sends=VenueChangesRequest(capacity=1_000),
    returns=THEATRE_WITH_SEATS,
    gives=["ETag"],
    refuses=[InvalidVenue, NoSuchVenue, *NOT_YOURS],
)
async def change_venue(
    request: ApiRequest, venue_id: PathId[VenueId], data: JSONBody[VenueChangesRequest], if_match: IfMatch
) -> Answer[VenueBody]:
    """Change a venue of your organization.

    Events that were made before keep the seats that they have.
    """
    venue = await request.services.venues.change(request.user, venue_id, if_match, data.applied_to)
    return changed(VenueBody.of(venue), venue.version)


def _layout(blocks: list[SeatBlockBody]) -> tuple[SeatBlock, ...]:
    return tuple(block.block() for block in blocks)


def _degrees(venue: Venue) -> tuple[float | None, float | None]:
    return (venue.coordinates.latitude, venue.coordinates.longitude) if venue.coordinates else (None, None)
