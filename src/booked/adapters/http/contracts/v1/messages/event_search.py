"""The query for finding events."""

from datetime import date, datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from booked.adapters.http.contracts.v1.messages.events import EventState
from booked.adapters.http.requests.fields import CanonicalId, Id, day_or_time, shown
from booked.adapters.http.requests.ids import optional_id
from booked.adapters.http.responses.pages import PageQuery
from booked.domain.errors import InvalidUUID
from booked.domain.model.ids import CategoryId, EventId, OrganizationId, VenueId, parse_uuid
from booked.domain.model.programme.events import NAME_LENGTH, EventStatus
from booked.domain.model.programme.search import (
    SEARCH_LENGTH,
    EventCursor,
    EventSearch,
    EventSort,
    FoundEvent,
    cursor_behind,
)

STATUSES_MOST = len(EventStatus)
MOMENT_LENGTH = 40
Search = Annotated[str, Meta(max_length=SEARCH_LENGTH)]
Day = Annotated[date, shown("They take place on this day, in their own time zones.", examples=["2026-11-20"])]
DayOrTime = Annotated[str, Meta(max_length=MOMENT_LENGTH)]


class EventsQuery(PageQuery, frozen=True, kw_only=True):
    category: (
        Annotated[Id, shown("The id of a category.", examples=["019c5b2e-a03b-7d52-b143-8c9d0e1f2031"])] | None
    ) = None
    status: Annotated[
        tuple[EventState, ...],
        Meta(max_length=STATUSES_MOST, description="Statuses, separated by commas.", examples=[["PUBLISHED"]]),
    ] = ()
    starts_after: (
        Annotated[
            DayOrTime,
            shown(
                "They start on this day, in their own time zones, or at this time; or later.", examples=["2026-11-20"]
            ),
        ]
        | None
    ) = None
    starts_before: (
        Annotated[
            DayOrTime,
            shown("They start before this day, in their own time zones, or time.", examples=["2026-11-20T12:00:00Z"]),
        ]
        | None
    ) = None
    date: Day | None = None
    artist: Annotated[Search, Meta(description="Who performs, by their whole name.", examples=["The Millers"])] = ""
    tour_name: Annotated[Search, Meta(description="The tour, by its whole name.", examples=["Flour Power"])] = ""
    venue: Annotated[Search, Meta(description="A venue, by its id or its whole name.", examples=["Old Mill"])] = ""
    location: Annotated[
        Search, Meta(description="A part of the address, or of the venue's name, city or country.", examples=["york"])
    ] = ""
    organization: (
        Annotated[Id, shown("The id of an organization.", examples=["019c5b2e-a03b-7d52-b143-8c9d0e1f2031"])] | None
    ) = None
    q: Annotated[
        Search,
        Meta(description="How words begin of its name, description, artist or tour.", examples=["mill live"]),
    ] = ""
    available: Annotated[
        bool, shown("Only those on sale, or later on, of which tickets are left. Held tickets count as left.")
    ] = False
    past: (
        Annotated[
            bool,
            shown(
                "With those that are over. By default they are left out, unless you ask for days, times or COMPLETED."
            ),
        ]
        | None
    ) = None
    sort: Annotated[EventSort, shown("By what they are sorted, with `-` the latest first.")] = EventSort.STARTS

    def search(self) -> EventSearch:
        venue_id = _venue_id(self.venue)
        return EventSearch(
            category_id=optional_id(CategoryId, self.category),
            statuses=frozenset(status.status for status in self.status),
            starts_after=_moment(self.starts_after, "starts_after"),
            starts_before=_moment(self.starts_before, "starts_before"),
            day=self.date,
            artist=self.artist,
            tour_name=self.tour_name,
            venue_id=venue_id,
            venue_name="" if venue_id else self.venue,
            location=self.location,
            words=self.q,
            only_available=self.available,
            organization_id=optional_id(OrganizationId, self.organization),
            sort=self.sort,
        )

    @property
    def with_past(self) -> bool:
        """Return whether events that are over are looked for, too."""
        if self.past is not None:
            return self.past
        return bool(self.date or self.starts_after or self.starts_before or EventState.COMPLETED in self.status)


class EventPosition(msgspec.Struct, frozen=True):
    """The position of an event in the order of the list."""

    value: Annotated[str, Meta(max_length=NAME_LENGTH)]
    id: CanonicalId

    @classmethod
    def behind(cls, event: FoundEvent, sort: EventSort) -> "EventPosition":
        cursor = cursor_behind(event, sort)
        return cls(cursor.value, cursor.event_id)

    @property
    def cursor(self) -> EventCursor:
        return EventCursor(self.value, EventId(self.id))


def _moment(sent: str | None, name: str) -> date | datetime | None:
    return None if sent is None else day_or_time(sent, name)


def _venue_id(sent: str) -> VenueId | None:
    """Return the id of a venue, or None if the text is its name."""
    try:
        return VenueId(parse_uuid(sent))
    except InvalidUUID:
        return None
