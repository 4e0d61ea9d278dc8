"""Finding events: the statement for a search, and events on sale in their order."""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from typing import Any

from booked.adapters.postgres.programme.rows import event_of, found_event_of
from booked.adapters.postgres.statements import Reads, Statements
from booked.domain.model.ids import EventId, VenueId
from booked.domain.model.programme.events import Event
from booked.domain.model.programme.search import EventCursor, EventPage, EventSearch, EventSort, FoundEvent, moment_of
from booked.domain.model.programme.times import PRESUMED_LENGTH
from booked.domain.model.programme.words import words_to_find

# What an event refers to is joined to the few events that are shown.
FOUND = """
    SELECT event.*,
           categories.name AS category_name,
           organizations.name AS organization_name,
           venues.organization_id AS venue_organization_id,
           venues.name AS venue_name,
           venues.address AS venue_address,
           venues.city AS venue_city,
           venues.country AS venue_country,
           venues.latitude AS venue_latitude,
           venues.longitude AS venue_longitude,
           venues.capacity AS venue_capacity,
           venues.version AS venue_version,
           venues.timezone AS venue_timezone,
           price.lowest AS lowest_price,
           price.highest AS highest_price
    FROM ({events}) AS event
    CROSS JOIN LATERAL (
        SELECT min(present) AS lowest, max(present) AS highest
        FROM (
            SELECT price_at(type, now()) AS present
            FROM ticket_types AS type
            WHERE event_id = event.id
              AND quota > coalesce(event.sold_by_type[number], 0)
              AND is_offered(type, now())
              AND event.status NOT IN ('cancelled', 'completed')
              AND coalesce(least(event.sales_end, event.ends_at), 'infinity') > now()
        ) AS type
    ) AS price
    LEFT JOIN categories ON categories.id = event.category_id
    LEFT JOIN organizations ON organizations.id = event.organization_id
    LEFT JOIN venues ON venues.id = event.venue_id
"""

GET_FOUND = FOUND.format(events="SELECT * FROM events WHERE id = ANY ($1::uuid[])")

GET = "SELECT * FROM events WHERE id = $1 AND status = 'published'"

CLASHES = """
    SELECT other.*
    FROM events AS event
    JOIN events AS other ON other.venue_id = event.venue_id
     AND other.id <> event.id
     AND other.status = 'published'
     AND other.starts_at < coalesce(event.ends_at, event.starts_at + $2::interval)
     AND coalesce(other.ends_at, other.starts_at + $2::interval) > event.starts_at
    WHERE event.id = $1 AND event.status = 'published'
    ORDER BY other.starts_at, other.id
    LIMIT $3
"""

# With ties, so that a page never ends amid events that start at the same second.
PAGE = """
    WITH page AS (
        SELECT *
        FROM events
        WHERE status = 'published' AND starts_at >= $2
        ORDER BY starts_at
        FETCH FIRST $1 ROWS WITH TIES
    )
    SELECT page.*, (
        SELECT starts_at
        FROM events
        WHERE status = 'published' AND starts_at > (SELECT max(starts_at) FROM page)
        ORDER BY starts_at
        LIMIT 1
    ) AS next_start
    FROM page
    ORDER BY starts_at, id
"""

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)

# An index has each order. A page is read from it, from behind the last event of the page before on.
FIND = """
    SELECT event.*
    FROM events AS event
    WHERE {conditions}
    ORDER BY {order}
    LIMIT {limit}
"""

# Where events of long ago are left out, so are they from what is read: those that last longer than a day have an index
# of their own, and all others began within two days before.
FIND_LATER = """
    SELECT event.*
    FROM (
        (
            SELECT event.*
            FROM events AS event
            WHERE {conditions} AND event.starts_at >= {since}
            ORDER BY {order}
            LIMIT {limit}
        )
        UNION ALL
        SELECT event.*
        FROM events AS event
        WHERE {conditions}
          AND event.ends_at - event.starts_at > interval '24 hours'
          AND tstzrange(event.starts_at, event.ends_at, '()') @> {since}
    ) AS event
    ORDER BY {order}
    LIMIT {limit}
"""

SINCE = "(GREATEST({}) - interval '48 hours')"

SORTED_BY = {
    EventSort.STARTS: "event.starts_at",
    EventSort.STARTS_LAST: "event.starts_at",
    EventSort.NAME: 'folded(event.name) COLLATE "C"',
    EventSort.NEWEST: "event.created_at",
}

DESCENDING = {EventSort.STARTS_LAST, EventSort.NEWEST}

BEHIND_MOMENT = "({by}, event.id) {than} ({{}}::timestamptz, {{}}::uuid)"
BEHIND_NAME = '({by}, event.id) {than} (folded({{}}) COLLATE "C", {{}}::uuid)'

NO_DRAFTS = "event.status <> 'draft'"
NO_DRAFTS_OF_OTHERS = "(event.status <> 'draft' OR event.organization_id = ANY ({}::uuid[]))"
AVAILABLE = """
    event.status = 'published' AND event.sold < event.seat_count
    AND coalesce(least(event.sales_end, event.ends_at), 'infinity') > now()
    AND (NOT event.has_type_rules OR EXISTS (
        SELECT
        FROM ticket_types AS type
        WHERE event_id = event.id AND quota > coalesce(event.sold_by_type[number], 0) AND is_offered(type, now())
    ))"""
STATUS = "event.status = {}"
STATUSES = "event.status = ANY ({}::text[])"
CATEGORY = "event.category_id = {}"
ORGANIZATION = "event.organization_id = {}"
VENUE = "event.venue_id = {}"
STARTS_AFTER = "event.starts_at >= {}"
STARTS_BEFORE = "event.starts_at < {}"

# Days by the clock of the event's own time zone, of its venue's, or else of the operator's, which is {1}. No clock is
# ahead of UTC or behind it by a day.
ZONE = "coalesce(event.timezone, (SELECT timezone FROM venues WHERE id = event.venue_id), {1})"
FIRST_DAY = f"day_in(event.starts_at, {ZONE})"
LAST_DAY = f"day_in(greatest(event.starts_at, event.ends_at - interval '1 second'), {ZONE})"
MIDNIGHT = "({{0}}::date + {days})::timestamp AT TIME ZONE 'UTC'"
STARTS_ON_OR_AFTER = f"(event.starts_at > {MIDNIGHT.format(days=-1)} AND {FIRST_DAY} >= {{0}})"
STARTS_BEFORE_DAY = f"(event.starts_at < {MIDNIGHT.format(days=1)} AND {FIRST_DAY} < {{0}})"
ON_DAY = f"(event.starts_at < {MIDNIGHT.format(days=2)} AND {FIRST_DAY} <= {{0}} AND {LAST_DAY} >= {{0}})"
NOT_OVER = f"coalesce(event.ends_at > {{0}}, {FIRST_DAY} >= day_in({{0}}, {ZONE}))"
# Every event that is over has begun: an index in the order of starts has those at its end.
OVER = f"(event.starts_at <= {{0}} AND NOT {NOT_OVER})"
ARTIST = "folded(event.artist) = folded({})"
TOUR_NAME = "folded(event.tour_name) = folded({})"
VENUE_NAME = "event.venue_id IN (SELECT id FROM venues WHERE folded(name) = folded({}))"
LOCATION = """
    (strpos(folded(event.address), folded({0})) > 0 OR event.venue_id IN (
        SELECT id
        FROM venues
        WHERE strpos(folded(name), folded({0})) > 0
           OR strpos(folded(city), folded({0})) > 0
           OR strpos(folded(country), folded({0})) > 0
    ))"""
WORDS = """
    array_to_tsvector(
        words_of(event.name || ' ' || event.artist || ' ' || event.tour_name || ' ' || event.description)
    ) @@ words_to_find({})"""
WORDS_OR_VENUE = f"({WORDS} OR event.venue_id = ANY ({{}}::uuid[]))"

# Asked before the search: while no venue has the words, which is the usual case, one index finds the events.
VENUES_FOUND = """
    SELECT id
    FROM venues
    WHERE array_to_tsvector(words_of(name || ' ' || city)) @@ words_to_find($1)
"""


class EventFinder:
    """`_long_reads` runs searches that may read every event, whatever they show."""

    _statements: Statements
    _long_reads: Reads

    async def get(self, event_id: EventId) -> Event | None:
        rows = await self._statements.read(GET, event_id)
        return event_of(rows[0]) if rows else None

    async def page(self, limit: int, since: datetime | None) -> EventPage:
        rows = await self._statements.read(PAGE, limit, since or EARLIEST)
        return EventPage([event_of(row) for row in rows], rows[0]["next_start"] if rows else None)

    async def find(self, search: EventSearch, after: EventCursor | None, limit: int) -> list[FoundEvent]:
        reads = self._long_reads if search.words or search.location else self._statements
        venues = await reads.read(VENUES_FOUND, search.words) if search.words else []
        statement, values = finding(search, after, limit, [VenueId(str(row["id"])) for row in venues])
        return [found_event_of(row) for row in await reads.read(statement, *values)]

    async def found(self, event_id: EventId) -> FoundEvent | None:
        return (await self.found_all([event_id])).get(event_id)

    async def found_all(self, event_ids: Collection[EventId]) -> dict[EventId, FoundEvent]:
        found = map(found_event_of, await self._statements.read(GET_FOUND, list(event_ids)))
        return {each.event.id: each for each in found}

    async def clashes(self, event_id: EventId, limit: int) -> list[Event]:
        return [event_of(row) for row in await self._statements.read(CLASHES, event_id, PRESUMED_LENGTH, limit)]


def finding(
    search: EventSearch, after: EventCursor | None, limit: int, venues: Collection[VenueId] = ()
) -> tuple[str, list[Any]]:
    """Return a statement and its parameters. It names only what is looked for, so that its plan suits just that.

    `venues` are those with the words looked for: their events are found as well.
    """
    values: list[Any] = []

    def with_values(template: str, *wanted: Any) -> str:
        values.extend(wanted)
        return template.format(*(f"${place}" for place in range(len(values) - len(wanted) + 1, len(values) + 1)))

    direction = "DESC" if search.sort in DESCENDING else "ASC"
    order = f"{SORTED_BY[search.sort]} {direction}, event.id {direction}"
    page = {
        "conditions": " AND ".join(["true", *(with_values(*each) for each in _conditions(search, after, venues))]),
        "order": order,
        "limit": with_values("{}", limit),
    }
    since = [with_values(*each) for each in _since(search)]
    events = FIND_LATER.format(**page, since=SINCE.format(", ".join(since))) if since else FIND.format(**page)
    return f"{FOUND.format(events=events)} ORDER BY {order}", values


def _since(search: EventSearch) -> Iterator[tuple[Any, ...]]:
    """Yield moments after which an event must not be over, each as an expression with its values."""
    if search.not_over_at is not None:
        yield "{}::timestamptz", search.not_over_at
    if search.day is not None:
        yield MIDNIGHT.format(days=0), search.day


def _conditions(
    search: EventSearch, after: EventCursor | None, venues: Collection[VenueId]
) -> Iterator[tuple[Any, ...]]:
    """Yield what must be true of an event: each condition with its values."""
    if not search.all_drafts:
        yield (NO_DRAFTS_OF_OTHERS, sorted(search.member_of)) if search.member_of else (NO_DRAFTS,)
    if search.only_available:
        yield (AVAILABLE,)
    if search.statuses:
        # Of several statuses the events would have to be sorted, those of one are in order.
        [status, *more] = sorted(search.statuses)
        yield (STATUSES, [status, *more]) if more else (STATUS, status)
    for condition, wanted in (
        (CATEGORY, search.category_id),
        (ORGANIZATION, search.organization_id),
        (VENUE, search.venue_id),
        (ARTIST, search.artist),
        (TOUR_NAME, search.tour_name),
        (VENUE_NAME, search.venue_name),
        (LOCATION, search.location),
    ):
        if wanted:
            yield condition, wanted
    yield from _times(search)
    if words_to_find(search.words):
        yield (WORDS_OR_VENUE, search.words, sorted(venues)) if venues else (WORDS, search.words)
    if after is not None:
        behind = BEHIND_NAME if search.sort is EventSort.NAME else BEHIND_MOMENT
        value = after.value if search.sort is EventSort.NAME else moment_of(after)
        than = "<" if search.sort in DESCENDING else ">"
        yield behind.format(by=SORTED_BY[search.sort], than=than), value, after.event_id


def _times(search: EventSearch) -> Iterator[tuple[Any, ...]]:
    """Yield when an event must take place: each condition with its values."""
    for moment, by_time, by_day in (
        (search.starts_after, STARTS_AFTER, STARTS_ON_OR_AFTER),
        (search.starts_before, STARTS_BEFORE, STARTS_BEFORE_DAY),
    ):
        if isinstance(moment, datetime):
            yield by_time, moment
        elif moment is not None:
            yield by_day, moment, search.timezone
    if search.day is not None:
        yield ON_DAY, search.day, search.timezone
    if search.not_over_at is not None:
        yield NOT_OVER, search.not_over_at, search.timezone
    if search.over_at is not None:
        yield OVER, search.over_at, search.timezone
