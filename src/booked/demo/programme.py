"""What is on in the demo: made-up evenings by made-up artists, and who puts them on."""

from dataclasses import dataclass, replace

from booked.demo.venues import (
    CONCERTGEBOUW,
    ELBPHILHARMONIE,
    GEWANDHAUS,
    MADISON_SQUARE_GARDEN,
    MUSIKVEREIN,
    O2_ARENA,
    RED_ROCKS,
    ROYAL_ALBERT_HALL,
    SUNTORY_HALL,
    SYDNEY_OPERA_HOUSE,
    THEATER_AN_DER_WIEN,
    VILLAGE_VANGUARD,
    WALDBUEHNE,
    WEMBLEY,
    House,
)


@dataclass(frozen=True, slots=True)
class Promoter:
    """An organization, and the name of its organizer."""

    name: str
    description: str
    organizer: str


@dataclass(frozen=True, slots=True)
class Evening:
    """Something that is on at a house, this many days from now; the price in minor units of the house's currency.

    Early birds get it for less until `early_days` before.
    """

    title: str
    description: str
    promoter: Promoter
    category: str
    artist: str
    house: House
    days_ahead: int
    price: int
    tour: str = ""
    early_days: int | None = None
    draft: bool = False


NORTHERN_LIGHTS = Promoter("Northern Lights Concerts", "Halls and orchestras, from Leipzig to Tokyo.", "Kit")
BIG_TOP = Promoter("Big Top Touring", "Tours, stadiums and everything that is loud.", "Lea")

CLASSICAL, JAZZ, ROCK, SPORT = CATEGORIES = ("Classical", "Jazz", "Rock & Pop", "Sport")

ORCHESTRA = "The Riverside Orchestra"
SINGER = "Mara Quill"
BAND = "The Paper Lanterns"

LATE_SET = Evening(
    "Late Set",
    "Piano, bass and drums in a basement.",
    NORTHERN_LIGHTS,
    JAZZ,
    "Trio Lindqvist",
    VILLAGE_VANGUARD,
    days_ahead=6,
    price=3_500,
)
ROOM_TO_ROOM = Evening(
    "Room to Room",
    "A voice, a guitar and every kind of room.",
    BIG_TOP,
    ROCK,
    SINGER,
    THEATER_AN_DER_WIEN,
    days_ahead=40,
    price=6_500,
    tour="Room to Room",
    early_days=20,
)
SLOW_LIGHT = Evening(
    "Slow Light, London",
    "Two hours, eleven screens and the song that you know.",
    BIG_TOP,
    ROCK,
    BAND,
    O2_ARENA,
    days_ahead=103,
    price=8_500,
    tour="Slow Light World Tour",
    early_days=60,
)
WAVES = Evening(
    "Waves",
    "Debussy’s La mer and new music by the water.",
    NORTHERN_LIGHTS,
    CLASSICAL,
    ORCHESTRA,
    ELBPHILHARMONIE,
    days_ahead=26,
    price=9_000,
    tour="Sea and Sky",
)

PROGRAMME = (
    LATE_SET,
    Evening(
        "Beethoven: Symphony No. 9",
        "With the choir that the last movement needs.",
        NORTHERN_LIGHTS,
        CLASSICAL,
        ORCHESTRA,
        GEWANDHAUS,
        days_ahead=12,
        price=7_500,
        early_days=5,
    ),
    Evening(
        "Organ Night",
        "Bach, Reger and an improvisation on a theme from the hall.",
        NORTHERN_LIGHTS,
        CLASSICAL,
        "Ilse Falk",
        ROYAL_ALBERT_HALL,
        days_ahead=19,
        price=4_800,
    ),
    WAVES,
    Evening(
        "A Night of Waltzes",
        "Strauss, father and sons.",
        NORTHERN_LIGHTS,
        CLASSICAL,
        "Orchester Blau",
        MUSIKVEREIN,
        days_ahead=33,
        price=11_000,
    ),
    ROOM_TO_ROOM,
    Evening(
        "The Big Final",
        "Two teams, one cup, ninety minutes and perhaps more.",
        BIG_TOP,
        SPORT,
        "",
        WEMBLEY,
        days_ahead=47,
        price=6_000,
    ),
    Evening(
        "Voices",
        "Five choirs who have never met.",
        NORTHERN_LIGHTS,
        CLASSICAL,
        "Five Choirs",
        CONCERTGEBOUW,
        days_ahead=54,
        price=4_500,
    ),
    Evening(
        "Fight Night",
        "Eight bouts, two of them for a title.",
        BIG_TOP,
        SPORT,
        "",
        MADISON_SQUARE_GARDEN,
        days_ahead=61,
        price=12_000,
    ),
    replace(WAVES, title="Harbour Lights", house=SYDNEY_OPERA_HOUSE, days_ahead=75, price=12_500),
    Evening(
        "Mahler: Symphony No. 2",
        "“Resurrection”, with everyone on stage.",
        NORTHERN_LIGHTS,
        CLASSICAL,
        ORCHESTRA,
        SUNTORY_HALL,
        days_ahead=89,
        price=14_000,
        early_days=30,
    ),
    SLOW_LIGHT,
    replace(SLOW_LIGHT, title="Slow Light, Berlin", house=WALDBUEHNE, days_ahead=131, price=7_900),
    replace(SLOW_LIGHT, title="Slow Light, Morrison", house=RED_ROCKS, days_ahead=152, price=9_500),
    replace(SLOW_LIGHT, title="Slow Light, New York", house=MADISON_SQUARE_GARDEN, days_ahead=170, draft=True),
    replace(ROOM_TO_ROOM, title="Room to Room, again", days_ahead=190, draft=True),
)

SOLD_OUT = LATE_SET
SEATED = ROOM_TO_ROOM  # whose seats are worth looking at: the organizer keeps some of them
