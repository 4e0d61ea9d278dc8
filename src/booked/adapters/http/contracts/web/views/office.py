"""What the organizer's office shows: events with their figures, a new one, and what a step would do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from booked.adapters.http.contracts.web.event_steps import EventStep, steps_from
from booked.adapters.http.contracts.web.forms import Complaints, KeyForm
from booked.adapters.http.contracts.web.views.plots import Plot
from booked.adapters.http.requests.fields import in_zone
from booked.domain.model.figures.reports import EventReport, Overview
from booked.domain.model.money import Money
from booked.domain.model.people.organizations import Organization
from booked.domain.model.programme.events import EventStatus


@dataclass(frozen=True, slots=True)
class OfficeEvent:
    """An event in the office, with what it has sold. Its times are those of the place where it is."""

    id: str
    name: str
    status: EventStatus
    starts_at: datetime
    seats: int
    sold: int
    sold_today: int
    available: int
    revenue: Money
    steps: Sequence[EventStep]
    plot: Plot

    @classmethod
    def of(cls, overview: Overview) -> "OfficeEvent":
        figures = overview.figures
        event = figures.event
        return cls(
            id=event.id,
            name=event.name,
            status=event.status,
            starts_at=in_zone(event.starts_at, ZoneInfo(overview.timezone)),
            seats=event.seat_count - event.blocked,
            sold=figures.sold,
            sold_today=figures.booked_today,
            available=overview.available,
            revenue=Money(figures.revenue, event.currency),
            steps=steps_from(event.status),
            plot=Plot.parts({"sold": figures.sold, "free": event.seat_count - event.blocked - figures.sold}),
        )


@dataclass(frozen=True, slots=True)
class OfficeView:
    """`next_path` leads to the next page, None on the last one."""

    events: Sequence[OfficeEvent]
    next_path: str | None


class NewEventForm(KeyForm, frozen=True):
    """A new event. `publish` is "yes" where tickets are to be on sale at once."""

    name: str = ""
    place: str = ""
    starts_at: str = ""
    timezone: str = ""
    price: str = ""
    currency: str = ""
    tickets: str = ""
    organization: str = ""
    founded: str = ""
    publish: str = ""


@dataclass(frozen=True, slots=True)
class NewEventView:
    """Without `organizations` one is founded by the typed name.

    `key` is for the form, as `once.py` explains.
    """

    typed: NewEventForm
    organizations: Sequence[Organization]
    key: str
    complaints: Complaints


@dataclass(frozen=True, slots=True)
class StepView:
    """A step about to be taken, with everything it touches."""

    id: str
    name: str
    step: EventStep
    possible: bool
    sold: int
    held: int
    seats: int
    revenue: Money
    complaints: Complaints

    @classmethod
    def of(cls, report: EventReport, step: EventStep, complaints: Complaints) -> "StepView":
        event = report.totals.event
        return cls(
            id=event.id,
            name=event.name,
            step=step,
            possible=step in steps_from(event.status),
            sold=report.totals.sold,
            held=report.held,
            seats=event.seat_count - event.blocked,
            revenue=Money(report.totals.revenue, event.currency),
            complaints=complaints,
        )
