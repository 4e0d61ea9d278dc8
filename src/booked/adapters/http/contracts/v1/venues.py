"""Venues: places for events, with their seats as blocks of rows."""

from litestar.params import JSONBody

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.resource import Resource
from booked.adapters.http.contracts.v1.examples.programme import NEW_VENUE, THEATRE, THEATRE_WITH_SEATS
from booked.adapters.http.contracts.v1.messages.venues import (
    VenueBody,
    VenueChangesRequest,
    VenueRequest,
    VenuesQuery,
    VenueSummary,
)
from booked.adapters.http.contracts.v1.refusals import ORGANIZATION_NOT_YOURS
from booked.adapters.http.requests.idempotency import IdempotencyHeader
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.parameters import Params
from booked.adapters.http.requests.preconditions import IfMatch, IfMatchOptional, IfNoneMatch
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.pages import Page, id_behind, page_by_id
from booked.adapters.http.responses.replies import changed, created, found
from booked.domain.errors import InvalidVenue, NoSuchVenue, StillInUse
from booked.domain.model.ids import VenueId

resource = Resource("/api/v1/venues/", "v1 · Venues")


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
    sends=NEW_VENUE,
    returns=THEATRE_WITH_SEATS,
    gives=["Location", "ETag"],
    refuses=[InvalidVenue, *ORGANIZATION_NOT_YOURS],
)
async def create_venue(
    request: ApiRequest, data: JSONBody[VenueRequest], idempotency_key: IdempotencyHeader
) -> Answer[VenueBody]:
    """Add a venue for your organization.

    Its layout consists of blocks of rows of equal length, the best seats first. A stadium needs one block a section.
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
    refuses=[InvalidVenue, NoSuchVenue, *ORGANIZATION_NOT_YOURS],
)
async def change_venue(
    request: ApiRequest, venue_id: PathId[VenueId], data: JSONBody[VenueChangesRequest], if_match: IfMatch
) -> Answer[VenueBody]:
    """Change a venue of your organization.

    Existing events keep their seats.
    """
    venue = await request.services.venues.change(request.user, venue_id, if_match, data.applied_to)
    return changed(VenueBody.of(venue), venue.version)


@resource.delete(
    "{venue_id:str}/",
    "It is gone.",
    access=Access.ORGANIZER,
    refuses=[NoSuchVenue, StillInUse, *ORGANIZATION_NOT_YOURS],
)
async def remove_venue(request: ApiRequest, venue_id: PathId[VenueId], if_match_optional: IfMatchOptional) -> None:
    """Delete a venue of your organization, unless an event takes place or took place there."""
    await request.services.venues.remove(request.user, venue_id, if_match_optional)
