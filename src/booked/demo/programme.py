"""What is on in the demo, read from `programme.toml`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from importlib.resources import files
from zoneinfo import ZoneInfo

import msgspec

from booked.demo.evenings import Company, Evening, Person
from booked.demo.halls import Hall, Part, blocks_of
from booked.domain.model.programme.events import EventStatus
from booked.domain.model.programme.seating import RowStyle
from booked.domain.model.programme.venues import Coordinates

CURTAIN, TILL_OPENS = time(19, 30), time(10)  # by the clock on the wall
LASTS = timedelta(hours=2, minutes=30)


class WrittenPart(msgspec.Struct, forbid_unknown_fields=True):
    """A part of a hall: sections of seats, which are called like the part unless they have a name, or else standing."""

    name: str
    price: float
    section: str = ""
    sections: int = 1
    first: int = 1
    rows: int = 0
    seats_per_row: int = 0
    letters: bool = False
    standing: int = 0

    def part(self) -> Part:
        if self.standing:
            return Part(self.name, self.price, standing=self.standing)
        style = RowStyle.LETTERS if self.letters else RowStyle.NUMBERS
        section = self.section or self.name
        blocks = blocks_of(section, self.sections, self.rows, self.seats_per_row, row_style=style, first=self.first)
        return Part(self.name, self.price, blocks)


class WrittenHall(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    address: str
    city: str
    country: str
    latitude: float
    longitude: float
    capacity: int
    timezone: str
    currency: str
    parts: list[WrittenPart]

    def hall(self) -> Hall:
        return Hall(
            name=self.name,
            address=self.address,
            city=self.city,
            country=self.country,
            currency=self.currency,
            parts=tuple(part.part() for part in self.parts),
            capacity=self.capacity,
            coordinates=Coordinates(self.latitude, self.longitude),
            timezone=self.timezone,
        )


class WrittenCompany(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    description: str
    organizer: str

    def company(self) -> Company:
        return Company(self.name, self.description, Person(self.organizer, "", f"{self.organizer.lower()}@example.com"))


class WrittenEvening(msgspec.Struct, forbid_unknown_fields=True):
    title: str
    description: str
    company: str
    category: str
    hall: str
    days_ahead: int
    price: int
    artist: str = ""
    tour: str = ""
    early_days: int | None = None
    sale_in_days: int | None = None
    sold: float = 0.0
    draft: bool = False
    called_off: bool = False


class WrittenProgramme(msgspec.Struct, forbid_unknown_fields=True):
    sold_out: str
    seated: str
    categories: list[str]
    companies: list[WrittenCompany]
    halls: list[WrittenHall]
    evenings: list[WrittenEvening]
    audience: list[str]


@dataclass(frozen=True, slots=True)
class Programme:
    """What is on in the days from `today`.

    `sold_out` is the evening of which no ticket is left, `seated` the one whose seats are worth looking at. The
    `audience` buys what is sold beforehand, and goes on buying in a sale to watch.
    """

    today: datetime
    categories: Sequence[str]
    companies: Sequence[Company]
    halls: Sequence[Hall]
    evenings: Sequence[Evening]
    audience: Sequence[Person]
    sold_out: Evening
    seated: Evening


def programme(today: datetime) -> Programme:
    """Read what is on."""
    text = files("booked.demo").joinpath("programme.toml").read_text(encoding="utf-8")
    written = msgspec.toml.decode(text, type=WrittenProgramme)
    companies = {each.name: each.company() for each in written.companies}
    halls = {each.name: each.hall() for each in written.halls}
    evenings = {
        each.title: _evening(each, companies[each.company], halls[each.hall], today) for each in written.evenings
    }
    return Programme(
        today,
        written.categories,
        list(companies.values()),
        list(halls.values()),
        list(evenings.values()),
        [_person(name) for name in written.audience],
        sold_out=evenings[written.sold_out],
        seated=evenings[written.seated],
    )


def _evening(written: WrittenEvening, company: Company, hall: Hall, today: datetime) -> Evening:
    def moment(days: int, clock: time) -> datetime:
        day = (today + timedelta(days=days)).date()
        return datetime.combine(day, clock, ZoneInfo(hall.timezone or "UTC")).astimezone(UTC)

    starts_at = moment(written.days_ahead, CURTAIN)
    return Evening(
        title=written.title,
        description=written.description,
        company=company,
        hall=hall,
        category=written.category,
        artist=written.artist,
        tour=written.tour,
        starts_at=starts_at,
        ends_at=starts_at + LASTS,
        price=written.price,
        early_until=None if written.early_days is None else starts_at - timedelta(days=written.early_days),
        draft=written.draft,
        sales_start=None if written.sale_in_days is None else moment(written.sale_in_days, TILL_OPENS),
        sold=written.sold,
        outcome=_outcome(written),
    )


def _outcome(written: WrittenEvening) -> EventStatus | None:
    if written.called_off:
        return EventStatus.CANCELLED
    return EventStatus.COMPLETED if written.days_ahead < 0 else None


def _person(name: str) -> Person:
    first_name, last_name = name.split(" ", 1)
    return Person(first_name, last_name, f"{name.lower().replace(' ', '.')}@example.org")
