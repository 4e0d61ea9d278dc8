"""Evenings out, and who puts them on."""

from dataclasses import dataclass
from datetime import datetime

from booked.demo.halls import Hall, ticket_types
from booked.domain.model.ids import CategoryId, OrganizationId, VenueId
from booked.domain.model.programme.events import EventSpecification, EventStatus
from booked.domain.model.programme.times import AT_START


@dataclass(frozen=True, slots=True)
class Person:
    first_name: str
    last_name: str
    email: str


@dataclass(frozen=True, slots=True)
class Company:
    """An organization putting on evenings, and its organizer."""

    name: str
    description: str
    organizer: Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Evening:
    """An event: all of it but the ids of what it belongs to. The price is in minor units of the hall's currency.

    Early birds pay less until `early_until`. `bookings` is how many to make, `sold` the share of tickets to sell.
    `outcome` is what becomes of it once it was on sale, None while it is to come.
    """

    title: str
    description: str
    artist: str
    tour: str
    category: str | None
    company: Company
    hall: Hall
    starts_at: datetime
    ends_at: datetime
    price: int
    early_until: datetime | None = None
    draft: bool = False
    ticket_limit: int | None = None
    bookings: int = 0
    sales_start: datetime | None = None
    sold: float = 0.0
    outcome: EventStatus | None = None

    @property
    def is_over(self) -> bool:
        return self.outcome is EventStatus.COMPLETED

    def specification(
        self, organization_id: OrganizationId, venue_id: VenueId, category_id: CategoryId | None
    ) -> EventSpecification:
        """Return a new event. One that is over gets its end later: until then it can be sold."""
        return EventSpecification(
            name=self.title,
            description=self.description,
            starts_at=self.starts_at,
            organization_id=organization_id,
            tickets=ticket_types(self.hall.parts, self.price, self.early_until),
            currency=self.hall.currency,
            ends_at=None if self.is_over else self.ends_at,
            sales_start=self.sales_start,
            sales_end=None if self.is_over else AT_START,
            venue_id=venue_id,
            category_id=category_id,
            artist=self.artist,
            tour_name=self.tour,
            ticket_limit=self.ticket_limit,
            status=EventStatus.DRAFT if self.draft else EventStatus.PUBLISHED,
        )
