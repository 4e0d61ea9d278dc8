"""What venues and categories may be like, and which places are on the globe."""

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booked.domain.errors import InvalidEvent, InvalidVenue
from booked.domain.model.programme.categories import CATEGORY_NAME_LENGTH, category_key, require_category_name
from booked.domain.model.programme.seating import SeatBlock
from booked.domain.model.programme.venues import (
    PLACE_LENGTH,
    VENUE_CAPACITY_MOST,
    VENUE_NAME_LENGTH,
    Coordinates,
    require_coordinates,
    require_venue,
)
from tests.builders import a_venue


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
