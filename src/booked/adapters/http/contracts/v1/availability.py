"""Which tickets of an event can be had, at a glance: a bitmap."""

import base64
from typing import Annotated

import msgspec
from litestar import MediaType
from msgspec import Meta

from booked.adapters.http.access.roles import Access
from booked.adapters.http.contracts.resource import Resource
from booked.adapters.http.contracts.v1.seats import TAG, Count, TicketNumber
from booked.adapters.http.requests.fields import shown
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.parameters import Params
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.domain.errors import NoEventFound
from booked.domain.model.ids import EventId
from booked.domain.model.programme.seating import SEATS_MOST
from booked.ports.holds import SeatMap

resource = Resource("/api/v1/events/{event_id:str}/seats/", TAG)

BITMAP = "application/octet-stream"

# What everybody may see may be kept by caches for hardly a moment.
AVAILABILITY_KEPT = {"Cache-Control": "public, max-age=1", "Vary": "Accept"}
NOT_KEPT = {"Cache-Control": "no-store", "Vary": "Authorization, Accept"}


class AvailabilityBody(msgspec.Struct, frozen=True):
    """`taken` is a bitmap: the first byte's highest bit is set if ticket number `first` cannot be had, and so on.

    It tells of the tickets up to `last`. `capacity` and `free` count those of the whole event.
    """

    capacity: Count
    free: Count
    taken: Annotated[str, shown("Base64 of the bitmap.", contentEncoding="base64")]
    first: TicketNumber
    last: Count
    next_first: (
        Annotated[int, shown("The `first` to ask for next, null if there is no more.", minimum=1, maximum=SEATS_MOST)]
        | None
    )

    @classmethod
    def of(cls, seats: SeatMap, next_first: int | None) -> "AvailabilityBody":
        taken = base64.b64encode(seats.taken).decode()
        return cls(seats.capacity, seats.free, taken, seats.first, seats.last, next_first)


class AvailabilityQuery(msgspec.Struct, frozen=True):
    first: Annotated[int, Meta(ge=1, le=SEATS_MOST, description="The number of the first ticket to tell of.")] = 1
    last: Annotated[int, Meta(ge=1, le=SEATS_MOST, description="And of the last one.")] = SEATS_MOST

    def goes_on(self, seats: SeatMap) -> int | None:
        """The number that the rest of what was asked for begins with, None if there is none."""
        return seats.last + 1 if seats.last < min(self.last, seats.capacity) else None


AVAILABILITY = AvailabilityBody(capacity=12, free=9, taken="4BA=", first=1, last=12, next_first=None)


@resource.get(
    "availability/",
    "Which tickets can be had.",
    access=Access.OPTIONAL,
    returns=AVAILABILITY,
    also={BITMAP: "\\xe0\\x10"},
    gives=["Link"],
    refuses=[NoEventFound],
)
async def show_availability(
    request: ApiRequest, event_id: PathId[EventId], params: Params[AvailabilityQuery]
) -> Answer[AvailabilityBody | bytes]:
    """Show at a glance which tickets of an event can be had.

    Together with the layout it is all one needs to draw every seat. The bitmap alone can be had as
    `application/octet-stream`. An answer tells of a million tickets at most; where more were asked for, `next_first`
    and a `Link` header say where the next one begins.
    """
    seats = await request.services.seats.availability(await request.viewer(), event_id, params.first, params.last)
    next_first = params.goes_on(seats)
    headers = dict(AVAILABILITY_KEPT if request.is_anonymous else NOT_KEPT)
    if next_first:
        headers["Link"] = (
            f'</api/v1/events/{event_id}/seats/availability/?first={next_first}&last={params.last}>; rel="next"'
        )
    if request.accept.best_match([MediaType.JSON, BITMAP]) == BITMAP:
        return Answer(seats.taken, media_type=BITMAP, headers=headers)
    return Answer(AvailabilityBody.of(seats, next_first), headers=headers)
