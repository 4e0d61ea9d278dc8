"""Halls: their parts, what is sold there, and kinds of halls nobody has built yet."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from booked.domain.model.ids import OrganizationId, VenueId
from booked.domain.model.programme.seating import SEATS_MOST, RowStyle, SeatBlock
from booked.domain.model.programme.ticket_types import EarlyBird, TicketTypeDraft
from booked.domain.model.programme.venues import Coordinates, Venue

PRICE_STEP = 50  # minor units


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a hall sold at one price, a multiple of the event's: blocks of seats, or else room to stand."""

    name: str
    price: float
    blocks: tuple[SeatBlock, ...] = ()
    standing: int = 0

    @property
    def places(self) -> int:
        return sum(block.size for block in self.blocks) + self.standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Hall:
    """A venue, and the currency of its prices."""

    name: str
    address: str
    city: str
    country: str
    currency: str
    parts: tuple[Part, ...]
    capacity: int
    coordinates: Coordinates | None = None
    timezone: str | None = None

    def venue(self, organization_id: OrganizationId | None) -> Venue:
        return Venue(
            VenueId(""),
            organization_id,
            self.name,
            self.address,
            self.city,
            self.country,
            self.coordinates,
            self.capacity,
            tuple(block for part in self.parts for block in part.blocks),
            timezone=self.timezone,
        )


@dataclass(frozen=True, slots=True)
class Tier:
    """A part of every hall of a kind: its share of the places and, where it is seated, how they are arranged."""

    name: str
    share: float
    price: float
    sections: int = 0
    seats_per_row: int = 0
    row_style: RowStyle = RowStyle.NUMBERS

    def build(self, capacity: int) -> Part:
        """Return this part of a hall for at least `capacity` people: rows are full."""
        places = math.ceil(self.share * capacity)
        if not self.sections:
            return Part(self.name, self.price, standing=places)
        rows = math.ceil(places / (self.sections * self.seats_per_row))
        blocks = blocks_of(self.name, self.sections, rows, self.seats_per_row, row_style=self.row_style)
        return Part(self.name, self.price, blocks)


@dataclass(frozen=True, slots=True)
class HallKind:
    """What halls of a kind are called, for how many people they usually are and could be, and their tiers."""

    name: str
    usual: tuple[int, int]
    most: int
    tiers: Sequence[Tier]

    def build(self, capacity: int) -> tuple[Part, ...]:
        return tuple(tier.build(capacity) for tier in self.tiers)


KINDS = (
    HallKind("Club", (150, 600), 600, [Tier("Standing", 1, 1)]),
    HallKind(
        "Theatre",
        (500, 1_500),
        1_500,
        [
            Tier("Stalls", 0.55, 1, 1, 24, RowStyle.LETTERS),
            Tier("Circle", 0.3, 0.8, 1, 24, RowStyle.LETTERS),
            Tier("Balcony", 0.15, 0.5, 1, 24, RowStyle.LETTERS),
        ],
    ),
    HallKind(
        "Arena",
        (8_000, 18_000),
        18_000,
        [Tier("Lower tier", 0.35, 1, 12, 22), Tier("Upper tier", 0.45, 0.6, 14, 24), Tier("Floor", 0.2, 0.9)],
    ),
    HallKind(
        "Stadium",
        (30_000, 90_000),
        90_000,
        [Tier("Lower stand", 0.35, 1, 20, 30), Tier("Upper stand", 0.45, 0.6, 20, 32), Tier("Pitch", 0.2, 0.9)],
    ),
    HallKind("Showground", (20_000, 80_000), SEATS_MOST, [Tier("Day ticket", 0.95, 1), Tier("VIP", 0.05, 2.5)]),
)


def blocks_of(
    name: str, sections: int, rows: int, seats_per_row: int, *, row_style: RowStyle = RowStyle.NUMBERS, first: int = 1
) -> tuple[SeatBlock, ...]:
    """Return sections of equal size, counted from `first`. A single section has the name alone."""
    names = [f"{name} {first + index}" for index in range(sections)] if sections > 1 else [name]
    return tuple(SeatBlock(section, rows, seats_per_row, row_style=row_style) for section in names)


def ticket_types(parts: Sequence[Part], price: int, early_until: datetime | None) -> tuple[TicketTypeDraft, ...]:
    """Return a ticket type for each part of a hall, for a fifth less until some moment. `price` is in minor units."""
    types = []
    for part in parts:
        costs = int(price * part.price) // PRICE_STEP * PRICE_STEP
        types.append(
            TicketTypeDraft(
                part.name,
                costs,
                quota=part.standing or None,
                sections=tuple(block.section for block in part.blocks),
                early_bird=EarlyBird(costs * 4 // 5, early_until) if early_until else None,
            )
        )
    return tuple(types)
