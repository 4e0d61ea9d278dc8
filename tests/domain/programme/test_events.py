"""What an event must look like, and how it may change."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booked.domain.errors import BookedError, InvalidEvent, InvalidSeatCount, SeatCountReduced
from booked.domain.model.programme.events import (
    Event,
    EventChanges,
    EventDraft,
    accept_draft,
    apply_changes,
    require_seat_count,
)
from booked.domain.model.programme.seating import SEATS_MOST
from booked.domain.model.programme.times import LATEST_START, SalesWindow, require_start
from booked.domain.model.programme.venues import Coordinates, require_coordinates
from tests.builders import OPENING, a_draft, an_event_id

HOUR = timedelta(hours=1)
EVENT = Event(
    an_event_id(), "Concert", OPENING, "Main Street 1", "Doors at seven.", Coordinates(48.2, 16.4), 20, 5, None
)


def test_a_draft_becomes_the_event_that_it_describes() -> None:
    event_id = an_event_id()

    event = accept_draft(a_draft(name=" Concert ", latitude=48.2, longitude=16.4), event_id, ticket_limit=6)

    assert (event.id, event.name, event.starts_at) == (event_id, "Concert", OPENING)
    assert (event.coordinates, event.seat_count, event.ticket_limit) == (Coordinates(48.2, 16.4), 20, 6)


@pytest.mark.parametrize(
    ("draft", "error"),
    [
        (a_draft(name=""), InvalidEvent),
        (a_draft(name="x" * 201), InvalidEvent),
        (a_draft(name="Con\ncert"), InvalidEvent),
        (a_draft(address=""), InvalidEvent),
        (a_draft(address="x" * 501), InvalidEvent),
        (a_draft(description="x" * 5001), InvalidEvent),
        (a_draft(description="\0"), InvalidEvent),
        (a_draft(unix_time=0), InvalidEvent),
        (a_draft(latitude=1.0), InvalidEvent),
        (a_draft(seats=0), InvalidSeatCount),
    ],
)
def test_a_draft_that_cannot_be_an_event_is_refused(draft: EventDraft, error: type[BookedError]) -> None:
    with pytest.raises(error):
        accept_draft(draft, an_event_id(), ticket_limit=None)


def test_an_event_needs_no_description_and_may_have_one_of_several_lines() -> None:
    plain = accept_draft(a_draft(description=""), an_event_id(), None)
    long = accept_draft(a_draft(description="One.\n\tTwo."), an_event_id(), None)

    assert (plain.description, long.description) == ("", "One.\n\tTwo.")


@pytest.mark.parametrize("seats", [1, 20, SEATS_MOST])
def test_an_event_has_one_to_ten_million_seats(seats: int) -> None:
    assert require_seat_count(seats) == seats


@pytest.mark.parametrize("seats", [0, -5, SEATS_MOST + 1, 2**31, 2**64])
def test_any_other_number_of_seats_is_refused(seats: int) -> None:
    with pytest.raises(InvalidSeatCount):
        require_seat_count(seats)


@given(st.integers(min_value=1, max_value=253_402_300_799))
def test_a_start_is_the_moment_that_its_unix_time_names(unix_time: int) -> None:
    start = require_start(unix_time)

    assert start.timestamp() == unix_time
    assert start.utcoffset() == UTC.utcoffset(None)


@pytest.mark.parametrize("unix_time", [0, -1, 253_402_300_800, 2**63, 10**18, 10**400])
def test_a_start_that_no_calendar_has_is_refused(unix_time: int) -> None:
    with pytest.raises(InvalidEvent):
        require_start(unix_time)


def test_the_documents_own_example_is_a_start() -> None:
    assert require_start(1234567890) == datetime(2009, 2, 13, 23, 31, 30, tzinfo=UTC)


@given(st.none() | st.floats(), st.none() | st.floats())
def test_coordinates_are_both_on_the_globe_or_both_missing(latitude: float | None, longitude: float | None) -> None:
    try:
        coordinates = require_coordinates(latitude, longitude)
    except InvalidEvent:
        assert (latitude is None) != (longitude is None) or not (
            latitude is not None and longitude is not None and abs(latitude) <= 90 and abs(longitude) <= 180
        )
        return

    if coordinates is None:
        assert latitude is None
        assert longitude is None
    else:
        assert (coordinates.latitude, coordinates.longitude) == (latitude, longitude)
        assert abs(coordinates.latitude) <= 90
        assert abs(coordinates.longitude) <= 180


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [(91.0, 0.0), (-90.1, 0.0), (0.0, 180.1), (math.nan, 0.0), (0.0, math.inf), (None, 1.0), (1.0, None)],
)
def test_coordinates_off_the_globe_are_refused(latitude: float | None, longitude: float | None) -> None:
    with pytest.raises(InvalidEvent):
        require_coordinates(latitude, longitude)


def test_what_an_organizer_leaves_out_stays_as_it_is() -> None:
    assert apply_changes(EVENT, EventChanges()) == EVENT


@pytest.mark.parametrize(
    ("changes", "changed"),
    [
        (EventChanges(name="Matinee"), replace(EVENT, name="Matinee")),
        (EventChanges(unix_time=1234567890), replace(EVENT, starts_at=require_start(1234567890))),
        (EventChanges(address="Side Street 2"), replace(EVENT, address="Side Street 2")),
        (EventChanges(description=""), replace(EVENT, description="")),
        (EventChanges(latitude=1.5), replace(EVENT, coordinates=Coordinates(1.5, 16.4))),
        (EventChanges(longitude=0.0), replace(EVENT, coordinates=Coordinates(48.2, 0.0))),
        (EventChanges(seat_count=21), replace(EVENT, seat_count=21)),
        (EventChanges(seat_count=20), EVENT),
    ],
)
def test_a_change_changes_nothing_else(changes: EventChanges, changed: Event) -> None:
    assert apply_changes(EVENT, changes) == changed


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        (EventChanges(name=""), InvalidEvent),
        (EventChanges(unix_time=-1), InvalidEvent),
        (EventChanges(address=" "), InvalidEvent),
        (EventChanges(description="\x1b"), InvalidEvent),
        (EventChanges(latitude=91.0), InvalidEvent),
        (EventChanges(seat_count=19), SeatCountReduced),
        (EventChanges(seat_count=0), InvalidSeatCount),
        (EventChanges(seat_count=SEATS_MOST + 1), InvalidSeatCount),
    ],
)
def test_a_change_obeys_the_rules_of_a_new_event(changes: EventChanges, error: type[BookedError]) -> None:
    with pytest.raises(error):
        apply_changes(EVENT, changes)


def test_an_event_that_is_moved_lasts_as_long_and_sells_until_its_start_or_as_before() -> None:
    later = EventChanges(unix_time=int((OPENING + HOUR).timestamp()))
    event = replace(EVENT, ends_at=OPENING + 3 * HOUR)

    until_start = apply_changes(replace(event, sales=SalesWindow(OPENING - HOUR, OPENING)), later)
    until_then = apply_changes(replace(event, sales=SalesWindow(None, OPENING + 3 * HOUR)), later)

    assert (until_start.starts_at, until_start.ends_at) == (OPENING + HOUR, OPENING + 4 * HOUR)
    assert until_start.sales == SalesWindow(OPENING - HOUR, OPENING + HOUR)
    assert (until_then.ends_at, until_then.sales) == (OPENING + 4 * HOUR, SalesWindow(None, OPENING + 3 * HOUR))


@pytest.mark.parametrize(
    ("starts_at", "sales"),
    [
        (OPENING - HOUR, SalesWindow(None, OPENING + 3 * HOUR)),  # would end before its sales do
        (OPENING - 2 * HOUR, SalesWindow(OPENING - HOUR, OPENING)),  # would start before its sales do
        (LATEST_START - HOUR, SalesWindow(None, OPENING)),  # would end after the last year
    ],
)
def test_an_event_is_not_moved_to_where_its_times_contradict_each_other(
    starts_at: datetime, sales: SalesWindow
) -> None:
    event = replace(EVENT, ends_at=OPENING + 3 * HOUR, sales=sales)

    with pytest.raises(InvalidEvent):
        apply_changes(event, EventChanges(unix_time=int(starts_at.timestamp())))


def test_an_event_without_a_place_on_the_globe_needs_both_coordinates_to_get_one() -> None:
    nowhere = replace(EVENT, coordinates=None)

    placed = apply_changes(nowhere, EventChanges(latitude=1.0, longitude=2.0))

    assert placed.coordinates == Coordinates(1.0, 2.0)
    with pytest.raises(InvalidEvent):
        apply_changes(nowhere, EventChanges(latitude=1.0))
