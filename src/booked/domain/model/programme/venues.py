"""Venues: places for events, with their seats."""

import math
from dataclasses import dataclass, replace

from booked.domain.errors import BookedError, InvalidEvent, InvalidVenue
from booked.domain.model.ids import OrganizationId, VenueId
from booked.domain.model.programme.seating import SeatBlock
from booked.domain.model.programme.timezones import require_timezone
from booked.domain.model.text import require_text

VENUE_NAME_LENGTH = 200
PLACE_LENGTH = 100
VENUE_CAPACITY_MOST = 10_000_000


@dataclass(frozen=True, slots=True)
class Coordinates:
    """A place on earth, in decimal degrees (WGS 84)."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Venue:
    """A place for events.

    `capacity` counts people. `layout` are its seats, the best ones first. Without `timezone` it has the operator's.
    """

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
    timezone: str | None = None

    def require_room(self, tickets: int) -> None:
        """Raise `InvalidEvent` where an event has more tickets than the venue has room for."""
        if tickets > self.capacity:
            raise InvalidEvent(f"The event has {tickets} tickets, and the venue room for {self.capacity}.")


def require_venue(venue: Venue) -> Venue:
    """Return a venue with its texts trimmed. Raises `InvalidVenue`, also if its seats exceed its capacity."""
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
        timezone=require_timezone(venue.timezone, InvalidVenue) if venue.timezone is not None else None,
    )


def require_coordinates(
    latitude: float | None, longitude: float | None, refusal: type[BookedError] = InvalidEvent
) -> Coordinates | None:
    """Return coordinates on the globe, None without both of them. Raises the refusal."""
    if latitude is None and longitude is None:
        return None
    if latitude is None or longitude is None:
        raise refusal("latitude and longitude belong together: send both or neither.")
    if not (math.isfinite(latitude) and abs(latitude) <= 90):
        raise refusal("latitude must lie between -90 and 90 degrees.")
    if not (math.isfinite(longitude) and abs(longitude) <= 180):
        raise refusal("longitude must lie between -180 and 180 degrees.")
    return Coordinates(latitude, longitude)
