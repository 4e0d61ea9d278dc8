"""What the pages for admins show of the box office as a whole: its health, its events and its API keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from booked.adapters.http.contracts.web.forms import Complaints
from booked.adapters.http.requests.fields import in_zone
from booked.adapters.http.responses.pages import Page
from booked.domain.model.figures.analytics import EventSales
from booked.domain.model.figures.reports import Overview
from booked.domain.model.money import Money
from booked.domain.model.people.api_keys import ApiKey
from booked.domain.model.programme.events import EventStatus
from booked.domain.model.programme.search import FoundEvent


@dataclass(frozen=True, slots=True)
class Upkeep:
    """How the two stores are kept in agreement. `at_work` says that some process looked after events lately.

    The rest is what processes that serve together counted since they were started. `last_audit` is None where no worker
    is among them.
    """

    at_work: bool
    last_audit: datetime | None
    repairs: int
    mismatches: int
    swept: int
    setbacks: int


@dataclass(frozen=True, slots=True)
class SalesLine:
    """An event with what it sold and brought in."""

    id: str
    name: str
    status: EventStatus
    sold: int
    capacity: int
    available: int
    revenue: Money

    @classmethod
    def of(cls, overview: Overview) -> "SalesLine":
        figures, event = overview.figures, overview.figures.event
        return cls(
            id=event.id,
            name=event.name,
            status=event.status,
            sold=figures.sold,
            capacity=event.seat_count,
            available=overview.available,
            revenue=Money(figures.revenue, event.currency),
        )


@dataclass(frozen=True, slots=True)
class OverviewView:
    """`on_sale` counts events, the rest of the figures their tickets: today is the day in UTC."""

    stores: Mapping[str, bool]
    upkeep: Upkeep
    on_sale: int
    sold: int
    seats: int
    booked_today: int
    newest: Sequence[SalesLine]

    @classmethod
    def of(
        cls, stores: Mapping[str, bool], upkeep: Upkeep, sales: Sequence[EventSales], newest: Sequence[Overview]
    ) -> "OverviewView":
        return cls(
            stores=stores,
            upkeep=upkeep,
            on_sale=len(sales),
            sold=sum(each.sold for each in sales),
            seats=sum(each.seats for each in sales),
            booked_today=sum(each.booked_today for each in sales),
            newest=[SalesLine.of(each) for each in newest],
        )


@dataclass(frozen=True, slots=True)
class EventLine:
    """An event in the list of all. Its time is that of the place where it is."""

    id: str
    name: str
    organization: str
    place: str
    starts_at: datetime
    status: EventStatus
    sold: int
    capacity: int

    @classmethod
    def of(cls, found: FoundEvent) -> "EventLine":
        event = found.event
        return cls(
            id=event.id,
            name=event.name,
            organization=found.organization_name or "",
            place=found.place,
            starts_at=in_zone(event.starts_at, ZoneInfo(found.timezone)),
            status=event.status,
            sold=event.sold - event.blocked,
            capacity=event.seat_count,
        )


@dataclass(frozen=True, slots=True)
class EventsView:
    words: str
    status: EventStatus | None
    page: Page[EventLine]
    next_path: str | None


@dataclass(frozen=True, slots=True)
class KeysView:
    """`made` is the text of an API key made just now, "" for none: it is shown this once. `key` is that of the form."""

    keys: Sequence[ApiKey]
    name: str
    made: str
    key: str
    complaints: Complaints
