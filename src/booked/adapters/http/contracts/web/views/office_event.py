"""What the office shows of one event: its details and ticket types as fields to change."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from booked.adapters.http.contracts.web.event_steps import EventStep, steps_from
from booked.adapters.http.contracts.web.forms import Complaints, KeyForm
from booked.adapters.http.requests.fields import amount_text, in_zone
from booked.domain.model.figures.reports import TypeReport
from booked.domain.model.money import Money
from booked.domain.model.programme.cancellation import NEVER
from booked.domain.model.programme.categories import Category
from booked.domain.model.programme.events import Event, EventStatus
from booked.domain.model.programme.search import FoundEvent
from booked.domain.model.programme.type_rules import Offering

YES = "yes"  # what a ticked box sends
_LOCAL = "%Y-%m-%dT%H:%M"


class EventForm(msgspec.Struct, frozen=True):
    """An event's details, of this version. No end of sales or of cancelling stands for the start of the event."""

    version: str = ""
    name: str = ""
    artist: str = ""
    tour_name: str = ""
    description: str = ""
    address: str = ""
    category: str = ""
    timezone: str = ""
    starts_at: str = ""
    ends_at: str = ""
    sales_start: str = ""
    sales_end: str = ""
    ticket_limit: str = ""
    cancellable_until: str = ""
    never_cancellable: str = ""
    fee: str = ""

    @classmethod
    def of(cls, found: FoundEvent) -> "EventForm":
        event, zone = found.event, ZoneInfo(found.timezone)
        terms = event.cancellation.present
        return cls(
            version=str(event.version),
            name=event.name,
            artist=event.artist,
            tour_name=event.tour_name,
            description=event.description,
            address=event.address,
            category=event.category_id or "",
            timezone=found.timezone,
            starts_at=local_text(event.starts_at, zone),
            ends_at=local_text(event.ends_at, zone),
            sales_start=local_text(event.sales.start, zone),
            sales_end="" if event.sales.end == event.starts_at else local_text(event.sales.end, zone),
            ticket_limit=str(event.ticket_limit or ""),
            cancellable_until="" if terms.until in {event.starts_at, NEVER} else local_text(terms.until, zone),
            never_cancellable=YES if terms.until == NEVER else "",
            fee=amount_text(Money(terms.fee, event.currency)),
        )


DETAILS = tuple(name for name in EventForm.__struct_fields__ if name != "version")


@dataclass(frozen=True, slots=True)
class OfficeType:
    """A ticket type with what became of its tickets."""

    number: int
    name: str
    price: Money
    present_price: Money
    quota: int
    sold: int
    available: int
    offering: Offering = Offering.ON_OFFER

    @classmethod
    def of(cls, report: TypeReport) -> "OfficeType":
        type_, currency = report.sales.type, report.event.currency
        return cls(
            number=type_.number,
            name=type_.name,
            price=Money(type_.price, currency),
            present_price=Money(report.present_price, currency),
            quota=type_.quota,
            sold=report.sales.sold,
            available=report.sales.available,
            offering=report.offering,
        )


@dataclass(frozen=True, slots=True)
class OfficeEventView:
    """`version` is the one the fields show: a change of another one is refused."""

    id: str
    name: str
    status: EventStatus
    steps: Sequence[EventStep]
    version: int
    typed: EventForm
    categories: Sequence[Category]
    types: Sequence[OfficeType]
    seated: bool
    complaints: Complaints

    @classmethod
    def of(
        cls,
        found: FoundEvent,
        typed: EventForm,
        categories: Sequence[Category],
        types: Sequence[TypeReport],
        complaints: Complaints,
    ) -> "OfficeEventView":
        event = found.event
        return cls(
            id=event.id,
            name=event.name,
            status=event.status,
            steps=steps_from(event.status),
            version=event.version,
            typed=typed,
            categories=categories,
            types=[OfficeType.of(report) for report in types],
            seated=any(report.seated for report in types),
            complaints=complaints,
        )


class TypeForm(KeyForm, frozen=True):
    """A ticket type, as of this version of its event."""

    version: str = ""
    name: str = ""
    description: str = ""
    price: str = ""
    quota: str = ""
    early_price: str = ""
    early_until: str = ""
    hidden: str = ""
    paused: str = ""
    sales_start: str = ""
    sales_end: str = ""
    min_per_order: str = ""
    max_per_user: str = ""

    @classmethod
    def of(cls, report: TypeReport, zone: ZoneInfo) -> "TypeForm":
        type_, currency = report.sales.type, report.event.currency
        early, rules = type_.early_bird, type_.rules
        return cls(
            version=str(report.event.version),
            name=type_.name,
            description=type_.description,
            price=amount_text(Money(type_.price, currency)),
            quota=str(type_.quota),
            early_price=amount_text(Money(early.price, currency)) if early else "",
            early_until=local_text(early.until, zone) if early else "",
            hidden=YES if rules.hidden else "",
            paused=YES if rules.paused else "",
            sales_start=local_text(rules.sales.start, zone) if rules.sales.start else "",
            sales_end=local_text(rules.sales.end, zone) if rules.sales.end else "",
            min_per_order=str(rules.min_per_order) if rules.min_per_order > 1 else "",
            max_per_user=str(rules.max_per_user or ""),
        )


TYPE_DETAILS = tuple(name for name in TypeForm.__struct_fields__ if name not in {"key", "version"})


@dataclass(frozen=True, slots=True)
class OfficeTypeView:
    """`number` is None for a new type. `version` is the event's that the fields show.

    Of seated types, the seats say how many tickets there are. `can_be_deleted` shows the form to delete it: no ticket
    is sold or blocked now. The service has the last word. `key` is for a new one, as `once.py` says.
    """

    event_id: str
    event_name: str
    currency: str
    number: int | None
    seated: bool
    typed: TypeForm
    key: str
    complaints: Complaints
    version: int
    can_be_deleted: bool = False
    is_draft: bool = False

    @classmethod
    def of(
        cls, event: Event, present: TypeReport | None, typed: TypeForm, key: str, complaints: Complaints
    ) -> "OfficeTypeView":
        return cls(
            event_id=event.id,
            event_name=event.name,
            currency=event.currency,
            number=present.sales.type.number if present else None,
            seated=present is not None and present.seated,
            typed=typed,
            key=key,
            complaints=complaints,
            version=event.version,
            can_be_deleted=present is not None and not present.sales.sold and not present.sales.blocked,
            is_draft=event.status is EventStatus.DRAFT,
        )


def local_text(moment: datetime | None, zone: ZoneInfo) -> str:
    """Return a moment as fields for a date and a time have it, by the clock of a time zone."""
    return in_zone(moment, zone).strftime(_LOCAL) if moment else ""
