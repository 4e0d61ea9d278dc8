"""The catalogue: what venues and events may be like, which status follows which, and what words are."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from booked.domain.errors import (
    BookedError,
    IllegalStatus,
    InvalidCursor,
    InvalidEvent,
    InvalidTicketType,
    InvalidVenue,
)
from booked.domain.model.ids import CategoryId
from booked.domain.model.programme.categories import CATEGORY_NAME_LENGTH, category_key, require_category_name
from booked.domain.model.programme.events import (
    ADDRESS_LENGTH,
    ARTIST_LENGTH,
    TICKET_LIMIT_MOST,
    Event,
    EventRevision,
    EventSpecification,
    EventStatus,
    NewEvent,
    Presentation,
    accept,
    require_status,
    require_ticket_limit,
    require_times,
    revise,
)
from booked.domain.model.programme.search import EventCursor, EventSort, FoundEvent, cursor_behind, moment_of
from booked.domain.model.programme.seating import SeatBlock
from booked.domain.model.programme.ticket_types import TicketTypeDraft, standard_plan
from booked.domain.model.programme.times import LATEST_START, SalesWindow
from booked.domain.model.programme.venues import (
    PLACE_LENGTH,
    VENUE_CAPACITY_MOST,
    VENUE_NAME_LENGTH,
    Coordinates,
    Venue,
    require_venue,
)
from tests.builders import OPENING, a_user_id, a_venue, an_event_id, an_organization_id

HOUR = timedelta(hours=1)
DRAFT, PUBLISHED, POSTPONED = EventStatus.DRAFT, EventStatus.PUBLISHED, EventStatus.POSTPONED
CANCELLED, COMPLETED = EventStatus.CANCELLED, EventStatus.COMPLETED

SPECIFICATION = EventSpecification(
    name=" Night of Waiting ",
    description="Doors open at seven.\nNo coats.",
    starts_at=OPENING,
    organization_id=an_organization_id(),
    ticket_types=[TicketTypeDraft("Standing", 2900, quota=20)],
    currency="EUR",
    address=" Main Street 1 ",
    artist=" Sigur Rós ",
    tour_name="World Tour",
)


def accepted(specification: EventSpecification = SPECIFICATION, venue: Venue | None = None) -> NewEvent:
    return accept(specification, an_event_id(), venue, standard_plan(20))


def an_event_on_sale(sales: SalesWindow) -> Event:
    return Event(an_event_id(), "Concert", OPENING, "Main Street 1", "", None, 20, 0, None, sales=sales)


def a_revision(event: Event) -> EventRevision:
    """The event as it is, with sales that go on as they do."""
    return EventRevision(
        name=event.name,
        description=event.description,
        address=event.address,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        sales=None,
        cancellable_until=None,
        category_id=event.presentation.category_id,
        artist=event.presentation.artist,
        tour_name=event.presentation.tour_name,
        ticket_limit=event.ticket_limit,
    )


# Venues and categories


def test_a_venue_is_kept_without_white_space_around_its_names() -> None:
    venue = a_venue(name=" Town Hall ", city="Vienna\n", coordinates=Coordinates(48.2, 16.37))

    assert require_venue(venue) == replace(venue, name="Town Hall", city="Vienna")


def test_the_seats_of_a_venue_fit_into_it() -> None:
    layout = (SeatBlock("Stalls", 10, 10), SeatBlock("Circle", 5, 10))

    assert require_venue(a_venue(capacity=150, layout=layout)).layout == layout
    with pytest.raises(InvalidVenue):
        require_venue(a_venue(capacity=149, layout=layout))


@pytest.mark.parametrize(
    "venue",
    [
        a_venue(name=""),
        a_venue(name="x" * (VENUE_NAME_LENGTH + 1)),
        a_venue(address=" "),
        a_venue(city=""),
        a_venue(city="x" * (PLACE_LENGTH + 1)),
        a_venue(country="\x00"),
        a_venue(country="\u202eairtsuA"),
        a_venue(capacity=0),
        a_venue(capacity=-1),
        a_venue(capacity=VENUE_CAPACITY_MOST + 1),
    ],
)
def test_a_venue_that_makes_no_sense_is_refused(venue: Any) -> None:
    with pytest.raises(InvalidVenue):
        require_venue(venue)


@pytest.mark.parametrize("name", ["", " ", "x" * (CATEGORY_NAME_LENGTH + 1), "Mu\x00sic"])
def test_a_category_has_a_name_that_can_be_read(name: str) -> None:
    with pytest.raises(InvalidEvent):
        require_category_name(name)


def test_categories_that_look_alike_have_the_same_key() -> None:
    assert category_key("Straße") == category_key("STRASSE") == category_key("\uff33trasse")
    assert category_key("Music") != category_key("Músic")


# Times, limits, statuses


def test_sales_end_when_the_event_starts_unless_somebody_says_otherwise() -> None:
    assert require_times(OPENING, None, SalesWindow()) == SalesWindow(None, OPENING)
    assert require_times(OPENING, OPENING + HOUR, SalesWindow(OPENING - HOUR)) == SalesWindow(OPENING - HOUR, OPENING)
    assert require_times(OPENING, None, SalesWindow(None, OPENING + HOUR)) == SalesWindow(None, OPENING + HOUR)
    assert require_times(OPENING, OPENING + HOUR, SalesWindow(None, OPENING + HOUR)) == SalesWindow(
        None, OPENING + HOUR
    )


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "sales"),
    [
        (OPENING, OPENING, SalesWindow()),
        (OPENING, OPENING - HOUR, SalesWindow()),
        (OPENING, None, SalesWindow(OPENING)),
        (OPENING, None, SalesWindow(OPENING + HOUR)),
        (OPENING, None, SalesWindow(OPENING - HOUR, OPENING - HOUR)),
        (OPENING, OPENING + HOUR, SalesWindow(None, OPENING + HOUR + timedelta(seconds=1))),
        (OPENING, LATEST_START + timedelta(microseconds=1), SalesWindow()),
        (OPENING, None, SalesWindow(None, LATEST_START + timedelta(microseconds=1))),
        (datetime(1970, 1, 1, tzinfo=UTC), None, SalesWindow()),
        (OPENING, None, SalesWindow(datetime(1, 1, 1, tzinfo=UTC))),
    ],
)
def test_times_that_contradict_each_other_are_refused(
    starts_at: datetime, ends_at: datetime | None, sales: SalesWindow
) -> None:
    with pytest.raises(InvalidEvent):
        require_times(starts_at, ends_at, sales)


@pytest.mark.parametrize("limit", [None, 1, TICKET_LIMIT_MOST])
def test_a_limit_is_a_small_number_or_none(limit: int | None) -> None:
    assert require_ticket_limit(limit) == limit


@pytest.mark.parametrize("limit", [0, -1, TICKET_LIMIT_MOST + 1])
def test_any_other_limit_is_refused(limit: int) -> None:
    with pytest.raises(InvalidEvent):
        require_ticket_limit(limit)


@pytest.mark.parametrize("present", EventStatus)
@pytest.mark.parametrize("wanted", EventStatus)
def test_a_status_follows_where_an_events_life_leads(present: EventStatus, wanted: EventStatus) -> None:
    possible = {
        (DRAFT, PUBLISHED),
        (DRAFT, CANCELLED),
        (PUBLISHED, POSTPONED),
        (PUBLISHED, CANCELLED),
        (PUBLISHED, COMPLETED),
        (POSTPONED, PUBLISHED),
        (POSTPONED, CANCELLED),
    }

    if present is wanted or (present, wanted) in possible:
        assert require_status(present, wanted) is wanted
    else:
        with pytest.raises(IllegalStatus):
            require_status(present, wanted)


# New events


def test_an_event_is_what_its_organizer_says() -> None:
    category = CategoryId(a_user_id())

    event = accepted(replace(SPECIFICATION, ticket_limit=4, ends_at=OPENING + HOUR, category_id=category))

    assert (event.name, event.address, event.seat_count) == ("Night of Waiting", "Main Street 1", 20)
    assert (event.starts_at, event.ends_at, event.sales) == (OPENING, OPENING + HOUR, SalesWindow(None, OPENING))
    assert (event.status, event.ticket_limit, event.currency, event.coordinates) == (DRAFT, 4, "EUR", None)
    assert (event.presentation.artist, event.presentation.tour_name) == ("Sigur Rós", "World Tour")
    assert (event.presentation.organization_id, event.presentation.category_id) == (
        SPECIFICATION.organization_id,
        category,
    )


def test_an_event_may_take_its_place_from_the_venue() -> None:
    venue = a_venue(coordinates=Coordinates(48.2, 16.37))

    at_venue = accepted(replace(SPECIFICATION, address="", venue_id=venue.id), venue=venue)
    elsewhere = accepted(replace(SPECIFICATION, venue_id=venue.id), venue=venue)

    assert (at_venue.address, at_venue.coordinates) == ("Town Hall, Market Square 1, Vienna", venue.coordinates)
    assert (elsewhere.address, elsewhere.presentation.venue_id) == ("Main Street 1", venue.id)


def test_an_event_fits_at_a_venue_whose_names_are_as_long_as_they_may_be() -> None:
    venue = require_venue(
        a_venue(name="n" * VENUE_NAME_LENGTH, address="a" * VENUE_NAME_LENGTH, city="c" * PLACE_LENGTH)
    )

    assert len(accepted(replace(SPECIFICATION, address=""), venue=venue).address) <= ADDRESS_LENGTH


def test_an_event_has_no_more_tickets_than_its_venue_has_room_for() -> None:
    assert accepted(venue=a_venue(capacity=20)).seat_count == 20
    with pytest.raises(InvalidEvent):
        accepted(venue=a_venue(capacity=19))


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"name": ""}, InvalidEvent),
        ({"name": "\x00"}, InvalidEvent),
        ({"address": " "}, InvalidEvent),
        ({"description": "\x07"}, InvalidEvent),
        ({"artist": "x" * (ARTIST_LENGTH + 1)}, InvalidEvent),
        ({"artist": "Sigur\nRós"}, InvalidEvent),
        ({"tour_name": "\u202e"}, InvalidEvent),
        ({"ticket_limit": 0}, InvalidEvent),
        ({"ends_at": OPENING}, InvalidEvent),
        ({"currency": "eur"}, InvalidTicketType),
        ({"status": CANCELLED}, IllegalStatus),
        ({"status": COMPLETED}, IllegalStatus),
        ({"status": POSTPONED}, IllegalStatus),
    ],
)
def test_an_event_that_makes_no_sense_is_refused(change: dict[str, Any], refusal: type[BookedError]) -> None:
    with pytest.raises(refusal):
        accepted(replace(SPECIFICATION, **change))


@pytest.mark.parametrize(("own", "limit"), [(None, 6), (4, 4), (8, 8)])
def test_an_events_own_limit_comes_before_the_operators(own: int | None, limit: int) -> None:
    specification = replace(SPECIFICATION, ticket_limit=own)
    event = an_event_on_sale(SalesWindow())

    made = accept(specification, event.id, None, standard_plan(20), operator_limit=6)
    changed = revise(replace(event, ticket_limit=2), replace(a_revision(event), ticket_limit=own), operator_limit=6)

    assert (made.ticket_limit, changed.ticket_limit) == (limit, limit)


@pytest.mark.parametrize("kept", [None, 500])
def test_a_limit_that_is_not_changed_stays_whatever_the_operators_is(kept: int | None) -> None:
    event = replace(an_event_on_sale(SalesWindow()), ticket_limit=kept)

    assert revise(event, a_revision(event), operator_limit=6).ticket_limit == kept


# Changes


def test_an_event_is_changed_to_what_its_organizer_wants() -> None:
    category = CategoryId(a_user_id())
    event = replace(
        an_event_on_sale(SalesWindow(None, OPENING)), presentation=Presentation(an_organization_id()), version=7
    )
    sales = SalesWindow(OPENING - HOUR, OPENING + 2 * HOUR)
    revision = EventRevision(
        name=" Matinee ",
        description="New",
        address="Side Street 2",
        starts_at=OPENING + HOUR,
        ends_at=OPENING + 3 * HOUR,
        sales=sales,
        cancellable_until=OPENING + 2 * HOUR,
        category_id=category,
        artist=" The Weavers",
        tour_name="Last Tour",
        ticket_limit=2,
    )

    changed = revise(event, revision)

    assert changed == replace(
        event,
        name="Matinee",
        description="New",
        address="Side Street 2",
        starts_at=OPENING + HOUR,
        ends_at=OPENING + 3 * HOUR,
        sales=sales,
        cancellable_until=OPENING + 2 * HOUR,
        presentation=Presentation(event.presentation.organization_id, None, category, "The Weavers", "Last Tour"),
        ticket_limit=2,
    )
    assert revise(event, a_revision(event)) == event


@pytest.mark.parametrize("move", [HOUR, -HOUR])
def test_sales_that_end_with_the_start_move_with_it(move: timedelta) -> None:
    start = OPENING - 9 * HOUR

    def moved(end: datetime | None) -> datetime | None:
        event = an_event_on_sale(SalesWindow(start, end))
        sales = revise(event, replace(a_revision(event), starts_at=OPENING + move)).sales
        assert sales.start == start
        return sales.end

    assert moved(OPENING) == OPENING + move
    assert moved(OPENING - 2 * HOUR) == OPENING - 2 * HOUR
    assert moved(None) is None


def test_buyers_can_cancel_until_the_start_unless_an_organizer_says_until_when() -> None:
    at_start, earlier = accepted(), accepted(replace(SPECIFICATION, cancellable_until=OPENING - HOUR))
    event = replace(an_event_on_sale(SalesWindow()), ends_at=OPENING + 2 * HOUR)
    later = replace(a_revision(event), starts_at=OPENING + HOUR, ends_at=OPENING + 3 * HOUR)

    def moved(deadline: datetime | None) -> datetime | None:
        return revise(replace(event, cancellable_until=deadline), later).cancellable_until

    assert (at_start.cancellable_until, earlier.cancellable_until) == (OPENING, OPENING - HOUR)
    assert [moved(deadline) for deadline in (OPENING, OPENING - HOUR, None)] == [OPENING + HOUR, OPENING - HOUR, None]
    assert revise(event, replace(later, cancellable_until=OPENING)).cancellable_until == OPENING


@pytest.mark.parametrize(
    "deadline", [OPENING + 2 * HOUR + timedelta(seconds=1), LATEST_START + timedelta(microseconds=1)]
)
def test_buyers_cannot_cancel_after_the_end_of_an_event(deadline: datetime) -> None:
    event = replace(an_event_on_sale(SalesWindow()), ends_at=OPENING + 2 * HOUR)

    with pytest.raises(InvalidEvent):
        revise(event, replace(a_revision(event), cancellable_until=deadline))
    with pytest.raises(InvalidEvent):
        accepted(replace(SPECIFICATION, ends_at=OPENING + 2 * HOUR, cancellable_until=deadline))


def test_an_organizer_says_when_sales_end() -> None:
    event = an_event_on_sale(SalesWindow(None, OPENING))
    revision = replace(a_revision(event), starts_at=OPENING + HOUR)

    assert revise(event, replace(revision, sales=SalesWindow(None, OPENING))).sales == SalesWindow(None, OPENING)
    assert revise(event, replace(revision, sales=SalesWindow())).sales == SalesWindow(None, OPENING + HOUR)


def test_an_end_does_not_move_to_before_the_end_of_sales() -> None:
    event = replace(an_event_on_sale(SalesWindow(None, OPENING + 2 * HOUR)), ends_at=OPENING + 3 * HOUR)

    with pytest.raises(InvalidEvent):
        revise(event, replace(a_revision(event), ends_at=OPENING + HOUR))


@pytest.mark.parametrize(
    "change",
    [{"name": ""}, {"ends_at": OPENING}, {"ticket_limit": 0}, {"sales": SalesWindow(OPENING)}, {"artist": "\x00"}],
)
def test_a_change_that_makes_no_sense_is_refused(change: dict[str, Any]) -> None:
    event = an_event_on_sale(SalesWindow(None, OPENING))

    with pytest.raises(InvalidEvent):
        revise(event, replace(a_revision(event), **change))


# Looking for events


def test_a_cursor_names_what_is_sorted_by() -> None:
    event = an_event_on_sale(SalesWindow())
    found = FoundEvent(event, OPENING - 9 * HOUR + timedelta(microseconds=1), None, None, None)

    cursors = {sort: cursor_behind(found, sort) for sort in EventSort}

    assert {cursor.event_id for cursor in cursors.values()} == {event.id}
    assert cursors[EventSort.NAME].value == "Concert"
    assert moment_of(cursors[EventSort.STARTS]) == moment_of(cursors[EventSort.STARTS_LAST]) == OPENING
    assert moment_of(cursors[EventSort.NEWEST]) == found.created_at


@pytest.mark.parametrize("value", ["", "now", "2027-02-30T00:00:00Z", "10000-01-01", "0001-01-01T00:00:00+23:59"])
def test_a_cursor_whose_time_cannot_be_read_is_refused(value: str) -> None:
    with pytest.raises(InvalidCursor):
        moment_of(EventCursor(value, an_event_id()))
