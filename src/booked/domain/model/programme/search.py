"""How people look for events, and what they find."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

from booked.domain.errors import InvalidCursor
from booked.domain.model.ids import CategoryId, EventId, OrganizationId, VenueId
from booked.domain.model.programme.categories import Category
from booked.domain.model.programme.events import Event, EventStatus
from booked.domain.model.programme.timezones import UTC_NAME
from booked.domain.model.programme.venues import Venue

SEARCH_LENGTH = 200


class EventSort(StrEnum):
    """What events are sorted by, with a minus sign from the last to the first. Names are compared without case."""

    STARTS = "starts_at"
    STARTS_LAST = "-starts_at"
    NAME = "name"
    NEWEST = "-created_at"


@dataclass(frozen=True, slots=True)
class EventSearch:
    """What to look for. None and the empty text match everything. Upper and lower case are the same.

    Each of the `words` must begin a word of an event's name, artist, tour name or description; `location` must be part
    of its address or its venue's name, city or country; artist, tour name and venue name are matched whole. An event
    starting at `starts_after` is found, one starting at `starts_before` is not. An event is found on each `day`
    on which it takes place, if it is not over at `not_over_at`, and if it is over at `over_at`. Drafts are found only
    by members of `member_of`, or by everybody allowed to see `all_drafts`. With `only_available`, events are found that
    are on sale, or will be, and not sold out. Held tickets count as left: they may come back within minutes.

    Days, also those of `starts_after` and `starts_before`, are those of the event's own time zone, its venue's or else
    `timezone`. An event without an end takes place on the day of its start, and is over after that day.
    """

    category_id: CategoryId | None = None
    statuses: frozenset[EventStatus] = frozenset()
    starts_after: date | datetime | None = None
    starts_before: date | datetime | None = None
    day: date | None = None
    not_over_at: datetime | None = None
    over_at: datetime | None = None
    timezone: str = UTC_NAME
    artist: str = ""
    tour_name: str = ""
    venue_id: VenueId | None = None
    venue_name: str = ""
    location: str = ""
    words: str = ""
    only_available: bool = False
    organization_id: OrganizationId | None = None
    sort: EventSort = EventSort.STARTS
    member_of: frozenset[OrganizationId] = frozenset()
    all_drafts: bool = False


@dataclass(frozen=True, slots=True)
class EventCursor:
    """Where a page of a search begins: after the event with this id and this value of what is sorted by."""

    value: str
    event_id: EventId


@dataclass(frozen=True, slots=True)
class FoundEvent:
    """An event as a search shows it, with what it refers to. Its venue comes without the layout.

    The prices are what the cheapest and the dearest type cost now of those not sold out, in minor units of its
    currency. They are None if all are, if sales have ended, or if the event is over. `operator_timezone` counts where
    neither the event nor its venue has a time zone.
    """

    event: Event
    created_at: datetime
    venue: Venue | None
    category: Category | None
    organization_name: str | None
    lowest_price: int | None = None
    highest_price: int | None = None
    operator_timezone: str = UTC_NAME

    @property
    def timezone(self) -> str:
        """Return the time zone whose clock counts."""
        venues = self.venue.timezone if self.venue else None
        return self.event.timezone or venues or self.operator_timezone

    @property
    def place(self) -> str:
        """Return where it is in a few words: its venue and city, or its address."""
        return f"{self.venue.name}, {self.venue.city}" if self.venue else self.event.address

    def price_range(self, available: int) -> tuple[int | None, int | None]:
        """Return the prices where this many tickets can be reserved now: None while others hold all that are left."""
        all_are_held = self.event.status is EventStatus.PUBLISHED and available == 0
        return (None, None) if all_are_held else (self.lowest_price, self.highest_price)


@dataclass(frozen=True, slots=True)
class EventPage:
    """Events in the order of their start. The next page starts at `next_start`, None after the last."""

    events: list[Event]
    next_start: datetime | None


def cursor_behind(found: FoundEvent, sort: EventSort) -> EventCursor:
    """Return where the next page begins, after an event in this order."""
    values = {EventSort.NAME: found.event.name, EventSort.NEWEST: found.created_at.isoformat()}
    return EventCursor(values.get(sort, found.event.starts_at.isoformat()), found.event.id)


def moment_of(cursor: EventCursor) -> datetime:
    """Return the time of a cursor in a search sorted by time. Raises `InvalidCursor`."""
    try:
        return datetime.fromisoformat(cursor.value).astimezone(UTC)
    except (ValueError, OverflowError) as cause:
        raise InvalidCursor from cause
