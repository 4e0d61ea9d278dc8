"""What the office shows of venues: a list, one with its layout as fields to change, and what goes on sale there."""

from collections.abc import Sequence
from dataclasses import dataclass

from booked.adapters.http.contracts.web.forms import Complaints, KeyForm
from booked.domain.model.ids import VenueId
from booked.domain.model.people.organizations import Organization
from booked.domain.model.programme.seating import RowStyle, SeatBlock
from booked.domain.model.programme.venues import Venue

OWNERS_MOST = 100  # organizations to choose from
LINES_MOST = 100  # of a layout that can be changed in a form: browsers send a few fields for each


@dataclass(frozen=True, slots=True)
class VenueRow:
    """A venue in the list; `seats` counts those of its layout."""

    id: str
    name: str
    city: str
    capacity: int
    seats: int

    @classmethod
    def of(cls, venue: Venue) -> "VenueRow":
        return cls(venue.id, venue.name, venue.city, venue.capacity, sum(block.size for block in venue.layout))


@dataclass(frozen=True, slots=True)
class VenuesView:
    venues: Sequence[VenueRow]
    next_path: str | None


@dataclass(frozen=True, slots=True)
class BlockTexts:
    """A block of seats as texts of fields."""

    section: str = ""
    rows: str = ""
    seats: str = ""
    style: str = RowStyle.LETTERS.value
    first_row: str = "1"
    first_seat: str = "1"

    @classmethod
    def of(cls, block: SeatBlock) -> "BlockTexts":
        return cls(
            section=block.section,
            rows=str(block.rows),
            seats=str(block.seats_per_row),
            style=block.row_style.value,
            first_row=str(block.first_row),
            first_seat=str(block.first_seat),
        )

    @property
    def is_empty(self) -> bool:
        return not (self.section.strip() or self.rows.strip() or self.seats.strip())


class VenueFields(KeyForm, frozen=True):
    """What a venue is without its seats, as texts of fields."""

    organization: str = ""
    name: str = ""
    address: str = ""
    city: str = ""
    country: str = ""
    latitude: str = ""
    longitude: str = ""
    timezone: str = ""
    capacity: str = ""


class VenueTexts(VenueFields, frozen=True):
    """A venue as it is shown. Where it has more blocks than a form takes, `blocks` are None."""

    blocks: Sequence[BlockTexts] | None = (BlockTexts(),)

    @classmethod
    def of(cls, venue: Venue) -> "VenueTexts":
        place = venue.coordinates
        return cls(
            organization=venue.organization_id or "",
            name=venue.name,
            address=venue.address,
            city=venue.city,
            country=venue.country,
            latitude=str(place.latitude) if place else "",
            longitude=str(place.longitude) if place else "",
            timezone=venue.timezone or "",
            capacity=str(venue.capacity),
            blocks=None if len(venue.layout) > LINES_MOST else [BlockTexts.of(block) for block in venue.layout],
        )


@dataclass(frozen=True, slots=True)
class VenueView:
    """A venue to change, or a new one, which has no `id`.

    `version` is the one the fields show. `organizations` are those a new one may belong to.
    `added` says that the last block was just asked for. Without a time zone of its own it has `house_timezone`.
    """

    id: VenueId | None
    name: str
    version: str
    typed: VenueTexts
    organizations: Sequence[Organization]
    house_timezone: str
    added: bool
    key: str
    complaints: Complaints

    @property
    def owners(self) -> Sequence[tuple[str, str]]:
        return [(organization.id, organization.name) for organization in self.organizations]
