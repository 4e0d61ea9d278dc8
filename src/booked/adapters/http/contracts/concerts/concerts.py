"""Concerts: published events, for people who want to go there."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated

import msgspec
from msgspec import Meta

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.concerts.lists import ListQuery, listed
from booked.adapters.http.contracts.resource import Resource
from booked.adapters.http.requests.fields import CanonicalId, Id, Time, shown, to_second
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.parameters import Params
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.pages import page_of, position_in
from booked.domain.errors import InvalidQuery, NoEventFound
from booked.domain.model.ids import EventId
from booked.domain.model.programme.events import ADDRESS_LENGTH, ARTIST_LENGTH
from booked.domain.model.programme.search import EventCursor, EventSearch, FoundEvent
from booked.domain.model.programme.seating import SEATS_MOST
from booked.domain.model.programme.venues import VENUE_NAME_LENGTH

TAG = "Concerts"
resource = Resource("/concerts/", TAG, Access.PUBLIC)

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
TIME_LENGTH = 40

Seats = Annotated[int, shown(minimum=0, maximum=SEATS_MOST)]
NO_SEARCH = EventSearch()


class ConcertBody(msgspec.Struct, frozen=True):
    """`venue` is null where only the address is known. `available_seats` are those that anyone can reserve now."""

    id: Id
    artist: str
    tour_name: str
    name: str
    venue: str | None
    location: Annotated[str, shown("The address.")]
    concert_datetime: Time
    total_seats: Seats
    available_seats: Seats

    @classmethod
    def of(cls, found: FoundEvent, available: int) -> "ConcertBody":
        event = found.event
        return cls(
            id=event.id,
            artist=event.artist,
            tour_name=event.tour_name,
            name=event.name,
            venue=found.venue.name if found.venue else None,
            location=event.address,
            concert_datetime=event.starts_at,
            total_seats=event.seat_count,
            available_seats=available,
        )


class ConcertSearchQuery(ListQuery, frozen=True, kw_only=True):
    artist: Annotated[str, Meta(max_length=ARTIST_LENGTH, description="Who performs.", examples=["The Millers"])] = ""
    tour_name: Annotated[str, Meta(max_length=ARTIST_LENGTH, description="The tour.", examples=["Flour Power"])] = ""
    venue: Annotated[str, Meta(max_length=VENUE_NAME_LENGTH, description="The venue.", examples=["Old Mill"])] = ""
    location: Annotated[
        str,
        Meta(
            max_length=ADDRESS_LENGTH,
            description="A part of the address, or of the venue's name, city or country.",
            examples=["york"],
        ),
    ] = ""
    concert_datetime: Annotated[
        str,
        Meta(
            max_length=TIME_LENGTH,
            description="When it starts: a day in UTC, or a time (RFC 3339).",
            examples=["2026-12-20"],
        ),
    ] = ""

    def search(self) -> EventSearch:
        start, end = bounds_of(self.concert_datetime) if self.concert_datetime else (None, None)
        return EventSearch(
            starts_after=start,
            starts_before=end,
            artist=self.artist,
            tour_name=self.tour_name,
            venue_name=self.venue,
            location=self.location,
        )


class ConcertPosition(msgspec.Struct, frozen=True):
    """The position of a concert in the order of the list."""

    starts_at: Time
    id: CanonicalId

    @classmethod
    def of(cls, found: FoundEvent) -> "ConcertPosition":
        return cls(found.event.starts_at, found.event.id)

    @property
    def cursor(self) -> EventCursor:
        return EventCursor(self.starts_at.isoformat(), EventId(self.id))


EXAMPLE = ConcertBody(
    id="019c5b2e-c25d-7f74-9365-a00000000000",
    artist="The Millers",
    tour_name="Flour Power",
    name="The Millers live",
    venue="Old Mill",
    location="Old Mill, Mill Lane 1, York",
    concert_datetime=datetime(2026, 12, 20, 19, 30, tzinfo=UTC),
    total_seats=600,
    available_seats=383,
)


@resource.get("", "Concerts, in the order of their start.", returns=[EXAMPLE], gives=["Link"])
async def list_concerts(request: ApiRequest, params: Params[ListQuery]) -> Answer[list[ConcertBody]]:
    """List concerts."""
    return await _listed(request, "/concerts", params, NO_SEARCH)


@resource.get("search/", "Concerts, in the order of their start.", returns=[EXAMPLE], gives=["Link"])
async def search_concerts(request: ApiRequest, params: Params[ConcertSearchQuery]) -> Answer[list[ConcertBody]]:
    """Find concerts.

    Concerts must match all that you ask for, in upper or lower case. Names match as a whole.
    """
    return await _listed(request, "/concerts/search", params, params.search())


@resource.get("id/{concert_id:str}/", "The concert.", returns=EXAMPLE, refuses=[NoEventFound])
async def show_concert(request: ApiRequest, concert_id: PathId[EventId]) -> ConcertBody:
    """Show a concert."""
    concert = await request.services.concerts.concert(concert_id)
    [available] = await request.services.catalogue.available([concert.event])
    return ConcertBody.of(concert, available)


def bounds_of(text: str) -> tuple[datetime, datetime | None]:
    """Return from when and before when a concert starts on a day or at a time. Raises `InvalidQuery`."""
    try:
        day = msgspec.convert(text, date)
        return _lasting(datetime(day.year, day.month, day.day, tzinfo=UTC), DAY)
    except msgspec.ValidationError:
        pass
    try:
        return _lasting(to_second(msgspec.convert(text, Time)), SECOND)
    except msgspec.ValidationError as cause:
        raise InvalidQuery("`concert_datetime` is neither a date nor a time (RFC 3339).") from cause


def _lasting(start: datetime, length: timedelta) -> tuple[datetime, datetime | None]:
    try:
        return start, start + length
    except OverflowError:  # the last day, or the last second, of the calendar
        return start, None


async def _listed(request: ApiRequest, path: str, query: ListQuery, search: EventSearch) -> Answer[list[ConcertBody]]:
    position = position_in(query, ConcertPosition)
    after = position.cursor if position else None
    rows = await request.services.concerts.search(search, after, query.limit + 1)
    events = [row.event for row in rows[: query.limit]]
    counts = await request.services.catalogue.available(events)
    available = {event.id: count for event, count in zip(events, counts, strict=True)}
    page = page_of(rows, query, lambda row: ConcertBody.of(row, available[row.event.id]), ConcertPosition.of)
    return listed(request, path, page)
