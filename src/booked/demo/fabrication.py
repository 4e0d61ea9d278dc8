"""Any number of people, halls, events and purchases that could be real, made up at random.

The same random seed makes up the same things. Dates count from the day on which it is done.
"""

import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count, islice
from random import Random

from faker import Faker

from booked.demo.evenings import Company, Evening, Person
from booked.demo.halls import KINDS, Hall
from booked.demo.words import ADJECTIVES, CATEGORIES, JOURNEYS, NOUNS, PRAISE, PROMOTERS
from booked.domain.model.programme.events import TICKET_LIMIT_MOST
from booked.domain.model.programme.seating import SEATS_MOST

PARTIES = {1: 20, 2: 45, 3: 10, 4: 17, 5: 4, 6: 4}  # tickets that are bought together, and how often
PARTY_MOST = max(PARTIES)
SEATS_A_BOOKING = PARTY_MOST + 2  # however large the parties are, some more are there to choose from
DRAFTS = 10  # one of this many events is one
CANCELLED = 0.02
STOPS = 3  # of a tour
DAYS_AHEAD = 360
EARLY_BIRD = timedelta(days=30)


class Impossible(Exception):
    """The amounts do not go together; the message says why."""


@dataclass(frozen=True, slots=True)
class Amounts:
    """How many of each there are to be."""

    users: int
    organizations: int
    venues: int
    categories: int
    events: int
    bookings: int

    def __post_init__(self) -> None:
        if (self.venues or self.categories or self.events) and not self.organizations:
            raise Impossible("Venues, categories and events need an organization.")
        if self.events and not self.venues:
            raise Impossible("Events need a venue.")
        if self.bookings and not (self.events and self.users):
            raise Impossible("Bookings need an event and a user.")


@dataclass(frozen=True, slots=True)
class Country:
    """Where people live and go out, with the language of their names and the currency of prices."""

    name: str
    locale: str
    currency: str


@dataclass(frozen=True, slots=True)
class Tour:
    """What an artist plays everywhere."""

    artist: str
    name: str
    description: str
    category: str | None


@dataclass(frozen=True, slots=True)
class Purchase:
    """Tickets of an evening that a user, both by their index, books together; `type_number` counts from 1."""

    evening: int
    user: int
    type_number: int
    count: int
    side_by_side: bool
    cancelled: bool


COUNTRIES = (
    Country("United Kingdom", "en_GB", "GBP"),
    Country("United States", "en_US", "USD"),
    Country("Germany", "de_DE", "EUR"),
    Country("France", "fr_FR", "EUR"),
    Country("Spain", "es_ES", "EUR"),
)


class Fabrication:
    """Everything made up with a random seed, in these amounts, on a day.

    `tickets_per_user` is the operator's limit for events without a limit of their own, `held_per_user` the one for
    what a user holds at once. Purchases keep both. Raises `Impossible`.
    """

    def __init__(
        self,
        random_seed: int,
        amounts: Amounts,
        today: datetime,
        tickets_per_user: int | None = None,
        held_per_user: int | None = None,
    ) -> None:
        self.random_seed = random_seed
        self.amounts = amounts
        self._tickets_per_user = tickets_per_user
        self._held_per_user = held_per_user
        self._today = today.replace(hour=0, minute=0, second=0, microsecond=0)
        self.categories = self._categories()
        self.companies = self._companies()
        demands = self._demands()
        self.owners, self.halls = self._halls(demands)
        self.evenings = self._evenings(demands)
        if not all(map(self._largest_party, self.evenings)):
            raise Impossible(
                f"A user may have {tickets_per_user} tickets of an event. Make fewer bookings, or more users or events."
            )

    def users(self) -> Iterator[Person]:
        return islice(self._people("users", "example.org"), self.amounts.users)

    def purchases(self) -> Iterator[Purchase]:
        """Yield purchases of each event in turn, so that people stand in many queues. Each is made up when due."""
        queues = [self._purchases(index) for index in range(len(self.evenings))]
        while queues:
            served = [(queue, next(queue, None)) for queue in queues]
            yield from (purchase for _, purchase in served if purchase)
            queues = [queue for queue, purchase in served if purchase]

    def _purchases(self, index: int) -> Iterator[Purchase]:
        evening = self.evenings[index]
        random = self._random(f"purchases {index}")
        parts = evening.hall.parts
        left = [part.places for part in parts]
        most = self._largest_party(evening)
        first = random.randrange(self.amounts.users) if self.amounts.users else 0
        numbers = range(len(parts))
        for number in range(evening.bookings):
            [choice] = random.choices(numbers, left)
            [party] = random.choices(list(PARTIES), list(PARTIES.values()))
            taken = min(party, left[choice], most)
            left[choice] -= taken
            yield Purchase(
                evening=index,
                # One after the other: nobody comes again before everybody was there.
                user=(first + number) % self.amounts.users,
                type_number=choice + 1,
                count=taken,
                side_by_side=taken > 1 and bool(parts[choice].blocks),
                cancelled=random.random() < CANCELLED,
            )

    def _categories(self) -> list[str]:
        names = list(CATEGORIES)
        self._random("categories").shuffle(names)
        return [
            names[index] if index < len(names) else f"{names[index % len(names)]} {index // len(names) + 1}"
            for index in range(self.amounts.categories)
        ]

    def _companies(self) -> list[Company]:
        random, names = self._random("organizations"), self._names("organizations")
        organizers = self._people("organizers", "example.net")
        companies = []
        for organizer in islice(organizers, self.amounts.organizations):
            fake = names[random.choice(COUNTRIES)]
            name = f"{fake.last_name()} & {fake.last_name()} {random.choice(PROMOTERS)}"
            companies.append(Company(name, f"Evenings out in {fake.city()} and elsewhere.", organizer))
        return companies

    def _people(self, whose: str, domain: str) -> Iterator[Person]:
        random, names = self._random(whose), self._names(whose)
        for number in count(1):
            fake = names[random.choice(COUNTRIES)]
            first_name, last_name = fake.first_name(), fake.last_name()
            # The number keeps them apart from others of their name.
            yield Person(first_name, last_name, f"{_plain(first_name)}.{_plain(last_name)}{number}@{domain}")

    def _demands(self) -> list[int | None]:
        """Return how many bookings are made for each event; None for a draft."""
        random = self._random("demand")
        popularity = [
            None if number % DRAFTS == 0 else random.uniform(0.5, 1.5) for number in range(1, self.amounts.events + 1)
        ]
        total = sum(filter(None, popularity))
        demands: list[int | None] = []
        wanted, given = 0.0, 0
        for each in popularity:
            # What rounding leaves over goes to the next one, so that the sum is right.
            wanted += self.amounts.bookings * (each or 0) / (total or 1)
            demands.append(None if each is None else round(wanted) - given)
            given = round(wanted)
        return demands

    def _halls(self, demands: Sequence[int | None]) -> tuple[list[Company], list[Hall]]:
        """Return the companies that own the halls, and the halls."""
        random, names = self._random("halls"), self._names("halls")
        needed = [
            SEATS_A_BOOKING * max((demand or 0 for demand in demands[index :: self.amounts.venues]), default=0)
            for index in range(self.amounts.venues)
        ]
        if max(needed, default=0) * 1.01 > SEATS_MOST:
            raise Impossible("No event has room for so many bookings. Make more events.")
        owned = [self._hall(random, names, need) for need in needed]
        return [owner for owner, _ in owned], [hall for _, hall in owned]

    def _hall(self, random: Random, names: dict[Country, Faker], need: int) -> tuple[Company, Hall]:
        country = random.choice(COUNTRIES)
        fake = names[country]
        kind = random.choice([kind for kind in KINDS if kind.most >= need])
        city = fake.city()
        name = f"{random.choice([city, fake.last_name()])} {kind.name}"
        owner = random.choice(self.companies)
        parts = kind.build(max(random.randint(*kind.usual), need))
        return owner, Hall(
            name=name,
            address=fake.street_address().strip().replace("\n", ", "),
            city=city,
            country=country.name,
            currency=country.currency,
            parts=parts,
            capacity=sum(part.places for part in parts),
        )

    def _evenings(self, demands: Sequence[int | None]) -> list[Evening]:
        random = self._random("evenings")
        tours = [self._tour(random) for _ in range(math.ceil(self.amounts.events / STOPS))]
        return [self._evening(random, index, demand, tours[index % len(tours)]) for index, demand in enumerate(demands)]

    def _tour(self, random: Random) -> Tour:
        artist = f"The {random.choice(ADJECTIVES)} {random.choice(NOUNS)}"
        return Tour(
            artist=artist,
            name=f"{random.choice(ADJECTIVES)} {random.choice(NOUNS)} {random.choice(JOURNEYS)}",
            description=f"{artist}. {random.choice(PRAISE)}",
            category=random.choice(self.categories) if self.categories else None,
        )

    def _evening(self, random: Random, index: int, demand: int | None, tour: Tour) -> Evening:
        venue = index % self.amounts.venues
        day = self._today + timedelta(days=random.randint(2, DAYS_AHEAD))
        starts_at = day + timedelta(hours=random.randint(17, 21), minutes=random.choice((0, 30)))
        price = random.randrange(2_000, 12_000, 100)
        # For half of them there is an early bird, and half of those have had their time.
        early_until = random.choice((None, None, self._today - EARLY_BIRD, min(starts_at, self._today + EARLY_BIRD)))
        return Evening(
            title=f"{tour.artist}: {tour.name}",
            description=tour.description,
            artist=tour.artist,
            tour=tour.name,
            category=tour.category,
            company=self.owners[venue],
            hall=self.halls[venue],
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=random.choice((90, 120, 150, 180))),
            price=price,
            early_until=early_until,
            draft=demand is None,
            ticket_limit=self._ticket_limit(random, demand or 0),
            bookings=demand or 0,
        )

    def _ticket_limit(self, random: Random, demand: int) -> int | None:
        """Return a limit for half of the events, if nobody buys more than an event may allow."""
        most = PARTY_MOST * math.ceil(demand / max(1, self.amounts.users))
        limit = max(most, random.choice((6, 8, 10)))
        return limit if random.random() < 0.5 and limit <= TICKET_LIMIT_MOST else None

    def _largest_party(self, evening: Evening) -> int:
        """Return how many tickets a purchase may have, if users come again until all bookings are made."""
        limit = evening.ticket_limit or self._tickets_per_user
        visits = math.ceil(evening.bookings / max(1, self.amounts.users))
        return min(
            PARTY_MOST,
            self._held_per_user or PARTY_MOST,
            limit // max(1, visits) if limit else PARTY_MOST,
        )

    def _random(self, what: str) -> Random:
        return Random(f"{self.random_seed} {what}")  # noqa: S311 - nobody has to be kept from guessing it

    def _names(self, what: str) -> dict[Country, Faker]:
        names = {}
        for country in COUNTRIES:
            names[country] = Faker(country.locale)
            names[country].seed_instance(f"{self.random_seed} {what} {country.name}")
        return names


def _plain(name: str) -> str:
    """Return a name as it can stand in an e-mail address."""
    decomposed = unicodedata.normalize("NFKD", name.lower().replace("ß", "ss"))
    return re.sub(r"[^a-z]", "", decomposed) or "guest"
