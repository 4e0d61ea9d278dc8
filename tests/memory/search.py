"""Looking for events, one by one."""

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from booked.domain.model.ids import EventId
from booked.domain.model.programme.events import Event, EventStatus
from booked.domain.model.programme.search import EventCursor, EventSearch, EventSort, FoundEvent, moment_of
from booked.domain.model.programme.words import folded, words_of, words_to_find

DESCENDING = {EventSort.STARTS_LAST, EventSort.NEWEST}

NO_TIME = datetime.min.replace(tzinfo=UTC)

Place = tuple[datetime, str, EventId]


def page_of(found: list[FoundEvent], sort: EventSort, after: EventCursor | None, limit: int) -> list[FoundEvent]:
    """The first of these events in an order, from behind `after` on."""
    descending = sort in DESCENDING
    if after is not None:
        begin = _place_behind(after, sort)
        found = [each for each in found if (_place(each, sort) < begin if descending else _place(each, sort) > begin)]
    return sorted(found, key=lambda each: _place(each, sort), reverse=descending)[:limit]


def is_found(found: FoundEvent, search: EventSearch, now: datetime) -> bool:
    event, venue = found.event, found.venue
    places = [event.address, *((venue.name, venue.city, venue.country) if venue else ())]
    described = words_of(" ".join((event.name, event.artist, event.tour_name, event.description)))
    placed = words_of(f"{venue.name} {venue.city}") if venue else frozenset[str]()
    wanted = words_to_find(search.words)
    return all(
        (
            search.all_drafts or event.status is not EventStatus.DRAFT or event.organization_id in search.member_of,
            not search.only_available or _is_available(event, now),
            not search.statuses or event.status in search.statuses,
            search.category_id in {None, event.category_id},
            search.organization_id in {None, event.organization_id},
            search.venue_id in {None, event.venue_id},
            search.starts_after is None or not _is_before(found, search.starts_after, search),
            search.starts_before is None or _is_before(found, search.starts_before, search),
            search.day is None or _takes_place_on(found, search.day, search),
            search.not_over_at is None or not _is_over(found, search.not_over_at, search),
            search.over_at is None or _is_over(found, search.over_at, search),
            _is(search.artist, event.artist),
            _is(search.tour_name, event.tour_name),
            _is(search.venue_name, venue.name if venue else ""),
            any(folded(search.location) in folded(place) for place in places),
            _begin(wanted, described) or _begin(wanted, placed),
        )
    )


def _is_available(event: Event, now: datetime) -> bool:
    is_on_sale = event.status is EventStatus.PUBLISHED and not event.sales_window.is_over(now)
    return is_on_sale and event.sold < event.seat_count


def _zone(found: FoundEvent, search: EventSearch) -> ZoneInfo:
    of_venue = found.venue.timezone if found.venue else None
    return ZoneInfo(found.event.timezone or of_venue or search.timezone)


def _is_before(found: FoundEvent, moment: date | datetime, search: EventSearch) -> bool:
    start = found.event.starts_at
    return start < moment if isinstance(moment, datetime) else start.astimezone(_zone(found, search)).date() < moment


def _takes_place_on(found: FoundEvent, day: date, search: EventSearch) -> bool:
    zone, start, end = _zone(found, search), found.event.starts_at, found.event.ends_at
    last = end - timedelta(seconds=1) if end else start
    return start.astimezone(zone).date() <= day <= last.astimezone(zone).date()


def _is_over(found: FoundEvent, now: datetime, search: EventSearch) -> bool:
    zone, start, end = _zone(found, search), found.event.starts_at, found.event.ends_at
    return end <= now if end else start.astimezone(zone).date() < now.astimezone(zone).date()


def _begin(wanted: Collection[str], words: Collection[str]) -> bool:
    return all(any(word.startswith(beginning) for word in words) for beginning in wanted)


def _is(wanted: str, text: str) -> bool:
    return not wanted or folded(wanted) == folded(text)


def _place(found: FoundEvent, sort: EventSort) -> Place:
    """Where an event stands in an order: by a time or by its name, then by its id."""
    if sort is EventSort.NAME:
        return NO_TIME, folded(found.event.name), found.event.id
    moment = found.created_at if sort is EventSort.NEWEST else found.event.starts_at
    return moment, "", found.event.id


def _place_behind(cursor: EventCursor, sort: EventSort) -> Place:
    if sort is EventSort.NAME:
        return NO_TIME, folded(cursor.value), cursor.event_id
    return moment_of(cursor), "", cursor.event_id
