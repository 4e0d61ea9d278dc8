"""What an event must look like, how it may change, and which status follows which."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from booked.domain.errors import (
    BookedError,
    IllegalStatus,
    InvalidEvent,
    InvalidSeatCount,
    InvalidTicketType,
    SeatCountReduced,
)
from booked.domain.model.ids import CategoryId
from booked.domain.model.programme.cancellation import CancellationPolicy, CancellationTerms
from booked.domain.model.programme.events import (
    ADDRESS_LENGTH,
    ARTIST_LENGTH,
    TICKET_LIMIT_MOST,
    Event,
    EventDetails,
    EventRevision,
    EventSpecification,
    EventStatus,
    accept,
    require_seat_count,
    require_status,
    require_ticket_limit,
    revise,
)
from booked.domain.model.programme.seating import SEATS_MOST
from booked.domain.model.programme.ticket_types import TicketTypeDraft
from booked.domain.model.programme.times import AT_START, LATEST_START, SalesWindow
from booked.domain.model.programme.venues import PLACE_LENGTH, VENUE_NAME_LENGTH, Coordinates, Venue, require_venue
from tests.builders import OPENING, a_user_id, a_venue, an_event, an_event_id, an_organization_id

HOUR = timedelta(hours=1)
EARLIER = datetime(2009, 2, 13, 23, 31, 30, tzinfo=UTC)
DRAFT, PUBLISHED, POSTPONED = EventStatus.DRAFT, EventStatus.PUBLISHED, EventStatus.POSTPONED
CANCELLED, COMPLETED = EventStatus.CANCELLED, EventStatus.COMPLETED

EVENT = replace(an_event(seats=20, coordinates=Coordinates(48.2, 16.4)), sold=5)

SPECIFICATION = EventSpecification(
    name=" Night of Waiting ",
    description="Doors open at seven.\nNo coats.",
    starts_at=OPENING,
    organization_id=an_organization_id(),
    tickets=[TicketTypeDraft("Standing", 2900, quota=20)],
    currency="EUR",
    address=" Main Street 1 ",
    artist=" Sigur Rós ",
    tour_name="World Tour",
)


def accepted(
    specification: EventSpecification = SPECIFICATION, venue: Venue | None = None, operator_limit: int | None = None
) -> Event:
    return accept(specification, an_event_id(), venue, operator_limit)[0]


def an_event_on_sale(sales: SalesWindow) -> Event:
    return an_event(sales=sales)


# New events


def test_an_event_is_what_its_organizer_says() -> None:
    category = CategoryId(a_user_id())

    event = accepted(replace(SPECIFICATION, ticket_limit=4, ends_at=OPENING + HOUR, category_id=category))

    assert (event.name, event.address, event.seat_count) == ("Night of Waiting", "Main Street 1", 20)
    assert (event.starts_at, event.ends_at, event.sales) == (OPENING, OPENING + HOUR, SalesWindow(None, OPENING))
    assert (event.status, event.ticket_limit, event.currency, event.coordinates) == (DRAFT, 4, "EUR", None)
    assert (event.artist, event.tour_name) == ("Sigur Rós", "World Tour")
    assert (event.organization_id, event.category_id) == (
        SPECIFICATION.organization_id,
        category,
    )


def test_an_event_may_take_its_place_from_the_venue() -> None:
    venue = a_venue(coordinates=Coordinates(48.2, 16.37))

    at_venue = accepted(replace(SPECIFICATION, address="", venue_id=venue.id), venue=venue)
    elsewhere = accepted(replace(SPECIFICATION, venue_id=venue.id), venue=venue)

    assert (at_venue.address, at_venue.coordinates) == ("Town Hall, Market Square 1, Vienna", venue.coordinates)
    assert (elsewhere.address, elsewhere.venue_id) == ("Main Street 1", venue.id)


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
        ({"name": "x" * 201}, InvalidEvent),
        ({"name": "Con\ncert"}, InvalidEvent),
        ({"address": " "}, InvalidEvent),
        ({"address": "x" * (ADDRESS_LENGTH + 1)}, InvalidEvent),
        ({"description": "\x07"}, InvalidEvent),
        ({"description": "x" * 5001}, InvalidEvent),
        ({"latitude": 1.0}, InvalidEvent),
        ({"starts_at": datetime(1970, 1, 1, tzinfo=UTC)}, InvalidEvent),
        ({"tickets": 0}, InvalidSeatCount),
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

    made = accepted(specification, operator_limit=6)
    changed = revise(replace(event, ticket_limit=2), EventRevision(ticket_limit=own), operator_limit=6)

    assert (made.ticket_limit, changed.ticket_limit) == (limit, limit)


@pytest.mark.parametrize("kept", [None, 500])
def test_a_limit_that_is_not_changed_stays_whatever_the_operators_is(kept: int | None) -> None:
    event = replace(an_event_on_sale(SalesWindow()), ticket_limit=kept)

    assert revise(event, EventRevision(), operator_limit=6).ticket_limit == kept


def test_an_event_may_be_free_without_any_end_of_sales() -> None:
    event = accepted(
        EventSpecification(
            name="Concert",
            starts_at=OPENING,
            address="Main Street 1",
            latitude=48.2,
            longitude=16.4,
            tickets=20,
            sales_end=None,
            cancellable_until=None,
            status=PUBLISHED,
        )
    )

    assert (event.coordinates, event.seat_count, event.status) == (Coordinates(48.2, 16.4), 20, PUBLISHED)
    assert (event.sales, event.cancellation.present.until, event.description) == (SalesWindow(), None, "")


def test_a_specification_and_a_revision_speak_of_the_same_details() -> None:
    details = {field.name for field in fields(EventDetails)}
    fixed = {"organization_id", "venue_id", "currency"}

    assert details - fixed <= {field.name for field in fields(EventRevision)}


@pytest.mark.parametrize("seats", [1, 20, SEATS_MOST])
def test_an_event_has_one_to_ten_million_seats(seats: int) -> None:
    assert require_seat_count(seats) == seats


@pytest.mark.parametrize("seats", [0, -5, SEATS_MOST + 1, 2**31, 2**64])
def test_any_other_number_of_seats_is_refused(seats: int) -> None:
    with pytest.raises(InvalidSeatCount):
        require_seat_count(seats)


@pytest.mark.parametrize("limit", [1, TICKET_LIMIT_MOST])
def test_a_limit_is_a_small_number(limit: int) -> None:
    assert require_ticket_limit(limit) == limit


@pytest.mark.parametrize("limit", [0, -1, TICKET_LIMIT_MOST + 1])
def test_any_other_limit_is_refused(limit: int) -> None:
    with pytest.raises(InvalidEvent):
        require_ticket_limit(limit)


# Changes


def test_an_event_is_changed_to_what_its_organizer_wants() -> None:
    category = CategoryId(a_user_id())
    event = replace(an_event_on_sale(SalesWindow(None, OPENING)), organization_id=an_organization_id(), version=7)
    sales = SalesWindow(OPENING - HOUR, OPENING + 2 * HOUR)
    revision = EventRevision(
        name=" Matinee ",
        description="New",
        address="Side Street 2",
        starts_at=OPENING + HOUR,
        ends_at=OPENING + 3 * HOUR,
        sales_start=sales.start,
        sales_end=sales.end,
        cancellable_until=OPENING + 2 * HOUR,
        cancellation_fee=500,
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
        cancellation=CancellationPolicy(CancellationTerms(OPENING + 2 * HOUR, 500)),
        category_id=category,
        artist="The Weavers",
        tour_name="Last Tour",
        ticket_limit=2,
    )
    assert revise(event, EventRevision()) == event


@pytest.mark.parametrize("move", [HOUR, -HOUR])
def test_sales_that_end_with_the_start_move_with_it(move: timedelta) -> None:
    start = OPENING - 9 * HOUR

    def moved(end: datetime | None) -> datetime | None:
        event = an_event_on_sale(SalesWindow(start, end))
        sales = revise(event, EventRevision(starts_at=OPENING + move)).sales
        assert sales.start == start
        return sales.end

    assert moved(OPENING) == OPENING + move
    assert moved(OPENING - 2 * HOUR) == OPENING - 2 * HOUR
    assert moved(None) is None


def test_buyers_can_cancel_until_the_start_unless_an_organizer_says_until_when() -> None:
    at_start, earlier = accepted(), accepted(replace(SPECIFICATION, cancellable_until=OPENING - HOUR))
    event = replace(an_event_on_sale(SalesWindow()), ends_at=OPENING + 2 * HOUR)
    later = EventRevision(starts_at=OPENING + HOUR, ends_at=OPENING + 3 * HOUR)

    def moved(deadline: datetime | None) -> datetime | None:
        policy = CancellationPolicy(CancellationTerms(deadline))
        return revise(replace(event, cancellation=policy), later).cancellation.present.until

    assert [one.cancellation.present.until for one in (at_start, earlier)] == [OPENING, OPENING - HOUR]
    assert [moved(deadline) for deadline in (OPENING, OPENING - HOUR, None)] == [OPENING + HOUR, OPENING - HOUR, None]
    assert revise(event, replace(later, cancellable_until=OPENING)).cancellation.present.until == OPENING


@pytest.mark.parametrize(
    "deadline", [OPENING + 2 * HOUR + timedelta(seconds=1), LATEST_START + timedelta(microseconds=1)]
)
def test_buyers_cannot_cancel_after_the_end_of_an_event(deadline: datetime) -> None:
    event = replace(an_event_on_sale(SalesWindow()), ends_at=OPENING + 2 * HOUR)

    with pytest.raises(InvalidEvent):
        revise(event, EventRevision(cancellable_until=deadline))
    with pytest.raises(InvalidEvent):
        accepted(replace(SPECIFICATION, ends_at=OPENING + 2 * HOUR, cancellable_until=deadline))


def test_an_organizer_says_when_sales_end() -> None:
    event = an_event_on_sale(SalesWindow(None, OPENING))
    revision = EventRevision(starts_at=OPENING + HOUR)

    assert revise(event, replace(revision, sales_end=OPENING)).sales == SalesWindow(None, OPENING)
    assert revise(event, replace(revision, sales_end=AT_START)).sales == SalesWindow(None, OPENING + HOUR)


@pytest.mark.parametrize(
    ("sales", "changed"),
    [
        (SalesWindow(), SalesWindow(EARLIER, None)),
        (SalesWindow(None, OPENING), SalesWindow(EARLIER, OPENING + HOUR)),
        (SalesWindow(None, OPENING - HOUR), SalesWindow(EARLIER, OPENING - HOUR)),
    ],
)
def test_saying_when_sales_begin_leaves_their_end(sales: SalesWindow, changed: SalesWindow) -> None:
    event = an_event_on_sale(sales)

    assert revise(event, EventRevision(sales_start=EARLIER)).sales == SalesWindow(EARLIER, sales.end)
    assert revise(event, EventRevision(starts_at=OPENING + HOUR, sales_start=EARLIER)).sales == changed


def test_an_end_does_not_move_to_before_the_end_of_sales() -> None:
    event = replace(an_event_on_sale(SalesWindow(None, OPENING + 2 * HOUR)), ends_at=OPENING + 3 * HOUR)

    with pytest.raises(InvalidEvent):
        revise(event, EventRevision(ends_at=OPENING + HOUR))


@pytest.mark.parametrize(
    "change",
    [{"name": ""}, {"ends_at": OPENING}, {"ticket_limit": 0}, {"sales_start": OPENING}, {"artist": "\x00"}],
)
def test_a_change_that_makes_no_sense_is_refused(change: dict[str, Any]) -> None:
    event = an_event_on_sale(SalesWindow(None, OPENING))

    with pytest.raises(InvalidEvent):
        revise(event, EventRevision(**change))


def test_what_an_organizer_leaves_out_stays_as_it_is() -> None:
    assert revise(EVENT, EventRevision()) == EVENT


@pytest.mark.parametrize(
    ("revision", "changed"),
    [
        (EventRevision(name="Matinee"), replace(EVENT, name="Matinee")),
        (EventRevision(starts_at=EARLIER, keeps_duration=True), replace(EVENT, starts_at=EARLIER)),
        (EventRevision(address="Side Street 2"), replace(EVENT, address="Side Street 2")),
        (EventRevision(description=""), replace(EVENT, description="")),
        (EventRevision(latitude=1.5), replace(EVENT, coordinates=Coordinates(1.5, 16.4))),
        (EventRevision(longitude=0.0), replace(EVENT, coordinates=Coordinates(48.2, 0.0))),
        (EventRevision(seat_count=21), replace(EVENT, seat_count=21)),
        (EventRevision(seat_count=20), EVENT),
    ],
)
def test_a_change_changes_nothing_else(revision: EventRevision, changed: Event) -> None:
    assert revise(EVENT, revision) == changed


@pytest.mark.parametrize(
    ("revision", "error"),
    [
        (EventRevision(name=""), InvalidEvent),
        (EventRevision(starts_at=datetime(1970, 1, 1, tzinfo=UTC)), InvalidEvent),
        (EventRevision(address=" "), InvalidEvent),
        (EventRevision(description="\x1b"), InvalidEvent),
        (EventRevision(latitude=91.0), InvalidEvent),
        (EventRevision(seat_count=19), SeatCountReduced),
        (EventRevision(seat_count=0), InvalidSeatCount),
        (EventRevision(seat_count=SEATS_MOST + 1), InvalidSeatCount),
    ],
)
def test_a_change_obeys_the_rules_of_a_new_event(revision: EventRevision, error: type[BookedError]) -> None:
    with pytest.raises(error):
        revise(EVENT, revision)


def test_an_event_that_is_moved_lasts_as_long_and_sells_until_its_start_or_as_before() -> None:
    later = EventRevision(starts_at=OPENING + HOUR, keeps_duration=True)
    event = replace(EVENT, ends_at=OPENING + 3 * HOUR)

    until_start = revise(replace(event, sales=SalesWindow(OPENING - HOUR, OPENING)), later)
    until_then = revise(replace(event, sales=SalesWindow(None, OPENING + 3 * HOUR)), later)

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
        revise(event, EventRevision(starts_at=starts_at, keeps_duration=True))


def test_an_event_without_a_place_on_the_globe_needs_both_coordinates_to_get_one() -> None:
    nowhere = replace(EVENT, coordinates=None)

    placed = revise(nowhere, EventRevision(latitude=1.0, longitude=2.0))

    assert placed.coordinates == Coordinates(1.0, 2.0)
    with pytest.raises(InvalidEvent):
        revise(nowhere, EventRevision(latitude=1.0))


# Statuses


@pytest.mark.parametrize("present", EventStatus)
@pytest.mark.parametrize("wanted", EventStatus)
def test_a_status_follows_where_an_events_life_leads(present: EventStatus, wanted: EventStatus) -> None:
    possible = {
        (DRAFT, PUBLISHED),
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


def test_a_draft_is_deleted_rather_than_called_off() -> None:
    with pytest.raises(IllegalStatus, match="Delete"):
        require_status(DRAFT, CANCELLED)
