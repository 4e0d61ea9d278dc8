"""The venues, which are real, and what is on there, which is not."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Venue:
    """`evening` is the hour in UTC at which people there go out."""

    name: str
    address: str
    latitude: float
    longitude: float
    seats: int
    evening: int


@dataclass(frozen=True, slots=True)
class Evening:
    """Something that is on at a venue, this many days from now."""

    title: str
    description: str
    venue: Venue
    days_ahead: int


ROYAL_ALBERT_HALL = Venue(
    "Royal Albert Hall", "Kensington Gore, London SW7 2AP, United Kingdom", 51.5009, -0.1774, 5_272, 19
)
WEMBLEY = Venue("Wembley Stadium", "London HA9 0WS, United Kingdom", 51.5560, -0.2796, 90_000, 18)
O2_ARENA = Venue("The O2", "Peninsula Square, London SE10 0DX, United Kingdom", 51.5030, 0.0032, 20_000, 19)
WALDBUEHNE = Venue("Waldbühne", "Glockenturmstraße 1, 14053 Berlin, Germany", 52.5159, 13.2288, 22_290, 18)
ELBPHILHARMONIE = Venue(
    "Elbphilharmonie, Großer Saal",
    "Platz der Deutschen Einheit 1, 20457 Hamburg, Germany",
    53.5413,
    9.9841,
    2_100,
    18,
)
GEWANDHAUS = Venue("Gewandhaus, Großer Saal", "Augustusplatz 8, 04109 Leipzig, Germany", 51.3378, 12.3805, 1_900, 18)
MUSIKVEREIN = Venue(
    "Musikverein, Großer Saal", "Musikvereinsplatz 1, 1010 Vienna, Austria", 48.2005, 16.3724, 1_744, 18
)
CONCERTGEBOUW = Venue(
    "Concertgebouw, Grote Zaal",
    "Concertgebouwplein 10, 1071 LN Amsterdam, Netherlands",
    52.3563,
    4.8792,
    1_974,
    18,
)
MADISON_SQUARE_GARDEN = Venue(
    "Madison Square Garden", "4 Pennsylvania Plaza, New York, NY 10001, USA", 40.7505, -73.9934, 19_812, 23
)
RED_ROCKS = Venue(
    "Red Rocks Amphitheatre", "18300 W Alameda Parkway, Morrison, CO 80465, USA", 39.6655, -105.2057, 9_525, 1
)
VILLAGE_VANGUARD = Venue(
    "Village Vanguard", "178 Seventh Avenue South, New York, NY 10014, USA", 40.7360, -74.0016, 123, 23
)
SYDNEY_OPERA_HOUSE = Venue(
    "Sydney Opera House, Concert Hall",
    "Bennelong Point, Sydney NSW 2000, Australia",
    -33.8568,
    151.2153,
    2_679,
    9,
)
SUNTORY_HALL = Venue(
    "Suntory Hall, Main Hall", "1-13-1 Akasaka, Minato, Tokyo 107-8403, Japan", 35.6666, 139.7412, 2_006, 10
)

PROGRAMME = (
    Evening("Late Set", "Piano, bass and drums in a basement.", VILLAGE_VANGUARD, 6),
    Evening("Beethoven: Symphony No. 9", "With the choir that the last movement needs.", GEWANDHAUS, 12),
    Evening("Organ Night", "Bach, Reger and an improvisation on a theme from the hall.", ROYAL_ALBERT_HALL, 19),
    Evening("Waves", "Debussy’s La mer and new music by the water.", ELBPHILHARMONIE, 26),
    Evening("A Night of Waltzes", "Strauss, father and sons.", MUSIKVEREIN, 33),
    Evening("The Big Final", "Two teams, one cup, ninety minutes and perhaps more.", WEMBLEY, 47),
    Evening("Voices", "Five choirs who have never met.", CONCERTGEBOUW, 54),
    Evening("Fight Night", "Eight bouts, two of them for a title.", MADISON_SQUARE_GARDEN, 61),
    Evening("Harbour Lights", "An orchestra, a soprano and the view in the interval.", SYDNEY_OPERA_HOUSE, 75),
    Evening("Mahler: Symphony No. 2", "“Resurrection”, with everyone on stage.", SUNTORY_HALL, 89),
    Evening("World Tour, London", "The only evening in town.", O2_ARENA, 103),
    Evening("Under the Stars", "A summer’s concert; bring a blanket.", WALDBUEHNE, 131),
    Evening("Sunrise Session", "Guitars among the rocks.", RED_ROCKS, 152),
)
SOLD_OUT = PROGRAMME[0]
