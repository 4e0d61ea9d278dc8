"""Venues that there are, with their seats more or less where they are."""

from dataclasses import dataclass

from booked.demo.halls import Part, blocks_of
from booked.domain.model.ids import VenueId
from booked.domain.model.programme.seating import RowStyle, SeatBlock
from booked.domain.model.programme.venues import Coordinates, Venue


@dataclass(frozen=True, slots=True)
class House:
    """`evening` is the hour in UTC at which people there go out."""

    name: str
    address: str
    city: str
    country: str
    latitude: float
    longitude: float
    capacity: int
    evening: int
    currency: str
    parts: tuple[Part, ...]

    def venue(self) -> Venue:
        return Venue(
            VenueId(""),
            None,
            self.name,
            self.address,
            self.city,
            self.country,
            Coordinates(self.latitude, self.longitude),
            self.capacity,
            tuple(block for part in self.parts for block in part.blocks),
        )


def _rows(name: str, rows: int, seats_per_row: int) -> tuple[SeatBlock, ...]:
    """A part of a hall with rows A, B, C …"""
    return blocks_of(name, 1, rows, seats_per_row, row_style=RowStyle.LETTERS)


WEMBLEY = House(
    "Wembley Stadium",
    "Wembley Park",
    "London",
    "United Kingdom",
    51.5560,
    -0.2796,
    90_000,
    18,
    "GBP",
    (
        Part("Club", 1.6, blocks_of("Block", 52, 14, 22, first=201)),
        Part("Lower tier", 1, blocks_of("Block", 43, 33, 24, first=101)),
        Part("Upper tier", 0.5, blocks_of("Block", 52, 30, 25, first=501)),
    ),
)
O2_ARENA = House(
    "The O2",
    "Peninsula Square",
    "London",
    "United Kingdom",
    51.5030,
    0.0032,
    20_000,
    19,
    "GBP",
    (
        Part("Level 1", 1.2, blocks_of("Block", 12, 24, 22, first=101)),
        Part("Level 4", 0.7, blocks_of("Block", 22, 20, 20, first=401)),
        Part("Floor", 1, standing=4_800),
    ),
)
ROYAL_ALBERT_HALL = House(
    "Royal Albert Hall",
    "Kensington Gore",
    "London",
    "United Kingdom",
    51.5009,
    -0.1774,
    5_272,
    19,
    "GBP",
    (
        Part("Stalls", 1, _rows("Stalls", 11, 120)),
        Part("Arena", 0.9, _rows("Arena", 20, 36)),
        Part("Circle", 0.6, _rows("Circle", 12, 180)),
        Part("Gallery", 0.15, standing=500),
    ),
)
WALDBUEHNE = House(
    "Waldbühne",
    "Glockenturmstraße 1",
    "Berlin",
    "Germany",
    52.5159,
    13.2288,
    22_290,
    18,
    "EUR",
    (
        Part("Front", 1.3, blocks_of("Block", 6, 30, 40)),
        Part("Upper ring", 0.8, blocks_of("Block", 8, 35, 40, first=11)),
        Part("Lawn", 1, standing=3_800),
    ),
)
ELBPHILHARMONIE = House(
    "Elbphilharmonie, Großer Saal",
    "Platz der Deutschen Einheit 1",
    "Hamburg",
    "Germany",
    53.5413,
    9.9841,
    2_100,
    18,
    "EUR",
    (
        Part("Level 12", 1, _rows("Level 12", 14, 36)),
        Part("Level 13", 0.8, _rows("Level 13", 12, 70)),
        Part("Level 15", 0.5, _rows("Level 15", 8, 90)),
    ),
)
GEWANDHAUS = House(
    "Gewandhaus, Großer Saal",
    "Augustusplatz 8",
    "Leipzig",
    "Germany",
    51.3378,
    12.3805,
    1_900,
    18,
    "EUR",
    (
        Part("Stalls", 1, _rows("Stalls", 24, 36)),
        Part("Circle", 0.7, _rows("Circle", 14, 60)),
        Part("Behind the choir", 0.3, _rows("Behind the choir", 4, 40)),
    ),
)
MUSIKVEREIN = House(
    "Musikverein, Großer Saal",
    "Musikvereinsplatz 1",
    "Vienna",
    "Austria",
    48.2005,
    16.3724,
    2_044,
    18,
    "EUR",
    (
        Part("Stalls", 1, _rows("Stalls", 30, 28)),
        Part("Balcony", 0.7, _rows("Balcony", 6, 80)),
        Part("Gallery", 0.4, _rows("Gallery", 8, 50)),
        Part("Standing", 0.1, standing=300),
    ),
)
THEATER_AN_DER_WIEN = House(
    "Theater an der Wien",
    "Linke Wienzeile 6",
    "Vienna",
    "Austria",
    48.1993,
    16.3636,
    1_129,
    18,
    "EUR",
    (
        Part("Stalls", 1, _rows("Stalls", 20, 24)),
        Part("First circle", 0.8, _rows("First circle", 10, 30)),
        Part("Second circle", 0.6, _rows("Second circle", 8, 26)),
        Part("Gallery", 0.3, _rows("Gallery", 6, 20)),
    ),
)
CONCERTGEBOUW = House(
    "Concertgebouw, Grote Zaal",
    "Concertgebouwplein 10",
    "Amsterdam",
    "Netherlands",
    52.3563,
    4.8792,
    1_974,
    18,
    "EUR",
    (
        Part("Stalls", 1, _rows("Stalls", 28, 42)),
        Part("Balcony", 0.7, _rows("Balcony", 6, 110)),
        Part("Podium", 0.4, _rows("Podium", 4, 30)),
    ),
)
MADISON_SQUARE_GARDEN = House(
    "Madison Square Garden",
    "4 Pennsylvania Plaza",
    "New York",
    "United States",
    40.7505,
    -73.9934,
    19_812,
    23,
    "USD",
    (
        Part("100 level", 1.2, blocks_of("Section", 20, 22, 18, first=101)),
        Part("200 level", 0.6, blocks_of("Section", 27, 18, 20, first=201)),
    ),
)
RED_ROCKS = House(
    "Red Rocks Amphitheatre",
    "18300 W Alameda Parkway",
    "Morrison",
    "United States",
    39.6655,
    -105.2057,
    9_525,
    1,
    "USD",
    (Part("Reserved", 1.2, blocks_of("Amphitheatre", 1, 25, 136)), Part("General admission", 1, standing=6_120)),
)
VILLAGE_VANGUARD = House(
    "Village Vanguard",
    "178 Seventh Avenue South",
    "New York",
    "United States",
    40.7360,
    -74.0016,
    123,
    23,
    "USD",
    (Part("General admission", 1, standing=123),),
)
SYDNEY_OPERA_HOUSE = House(
    "Sydney Opera House, Concert Hall",
    "Bennelong Point",
    "Sydney",
    "Australia",
    -33.8568,
    151.2153,
    2_679,
    9,
    "AUD",
    (
        Part("Stalls", 1, _rows("Stalls", 26, 50)),
        Part("Circle", 0.8, _rows("Circle", 14, 70)),
        Part("Boxes", 0.9, _rows("Boxes", 4, 90)),
    ),
)
SUNTORY_HALL = House(
    "Suntory Hall, Main Hall",
    "1-13-1 Akasaka, Minato",
    "Tokyo",
    "Japan",
    35.6666,
    139.7412,
    2_006,
    10,
    "JPY",
    (Part("First floor", 1, _rows("First floor", 24, 36)), Part("Second floor", 0.7, _rows("Second floor", 14, 80))),
)
