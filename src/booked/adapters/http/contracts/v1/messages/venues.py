"""Messages about venues, with their seats as blocks of rows."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from booked.adapters.http.contracts.v1.messages.patches import kept
from booked.adapters.http.requests.fields import Id, Timezone, shown
from booked.adapters.http.requests.ids import optional_id
from booked.adapters.http.responses.pages import PageQuery
from booked.domain.errors import InvalidVenue
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
    """Only admins may leave out the organization, whose members may change the venue.

    Without `timezone` it has the operator's.
    """

    name: Name
    address: Address
    city: Place
    country: Place
    capacity: Capacity
    organization_id: Id | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    layout: Layout = []
    timezone: Timezone | None = None

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
            timezone=self.timezone,
        )


class VenueChangesRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Fields that are not sent stay as they are. A layout replaces the whole former layout."""

    name: Name | UnsetType = UNSET
    address: Address | UnsetType = UNSET
    city: Place | UnsetType = UNSET
    country: Place | UnsetType = UNSET
    capacity: Capacity | UnsetType = UNSET
    latitude: Latitude | UnsetType | None = UNSET
    longitude: Longitude | UnsetType | None = UNSET
    layout: Layout | UnsetType = UNSET
    timezone: Timezone | UnsetType | None = UNSET

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
            timezone=kept(self.timezone, venue.timezone),
        )


class VenueSummary(msgspec.Struct, frozen=True):
    """A venue as lists show it. `seats` counts those of its layout. Where `timezone` is null, the operator's counts."""

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
    timezone: Timezone | None

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
            timezone=venue.timezone,
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


NO_ID = VenueId("")  # of a new venue, until it is stored


def _layout(blocks: list[SeatBlockBody]) -> tuple[SeatBlock, ...]:
    return tuple(block.block() for block in blocks)


def _degrees(venue: Venue) -> tuple[float | None, float | None]:
    return (venue.coordinates.latitude, venue.coordinates.longitude) if venue.coordinates else (None, None)
