"""Every template of the organizer's office, in every state it can be in."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from booked.adapters.http.contracts.web.forms import NO_COMPLAINTS, Complaint, Complaints
from booked.adapters.http.contracts.web.views.office import (
    EventStep,
    NewEvent,
    NewEventView,
    OfficeEvent,
    OfficeView,
    StepView,
    steps_from,
)
from booked.domain.model.ids import OrganizationId
from booked.domain.model.money import Money
from booked.domain.model.people.organizations import Organization
from booked.domain.model.programme.events import EventStatus

NOON = datetime(2027, 6, 1, 12, tzinfo=UTC)
EVIL = '<script>alert("x")</script>'
MONEY = Money(123450, "EUR")


def wrong(*fields: str) -> Complaints:
    return Complaints(tuple(Complaint(field, EVIL, EVIL) for field in ("", *fields)), 400)


def office_event(status: EventStatus) -> OfficeEvent:
    return OfficeEvent("1", EVIL, status, NOON, 100, 12, 80, MONEY, steps_from(status))


ORGANIZATION = Organization(OrganizationId("1"), EVIL, "", 1, NOON)
OTHER = replace(ORGANIZATION, id=OrganizationId("2"))
TYPED = NewEvent(EVIL, EVIL, "2027-06-01T20:00", "UTC", "1,5", "EUR", "9", "2", EVIL)
NEW_FIELDS = ["name", "place", "starts_at", "timezone", "price", "currency", "tickets"]
STEP = StepView("1", EVIL, EventStep.PUBLISH, True, 1, 1, 2, MONEY, NO_COMPLAINTS)

OFFICE_PAGES: list[tuple[str, Any]] = [
    ("office.html", OfficeView([], None)),
    ("office.html", OfficeView([office_event(status) for status in EventStatus], "/office?cursor=x")),
    ("office_new.html", NewEventView(NewEvent(), [], NO_COMPLAINTS)),
    ("office_new.html", NewEventView(TYPED, [], wrong("founded", *NEW_FIELDS))),
    ("office_new.html", NewEventView(TYPED, [ORGANIZATION], wrong(*NEW_FIELDS))),
    ("office_new.html", NewEventView(TYPED, [ORGANIZATION, OTHER], wrong(*NEW_FIELDS))),
    *(("office_step.html", replace(STEP, step=step)) for step in EventStep),
    ("office_step.html", replace(STEP, sold=2, held=0, complaints=wrong())),
    ("office_step.html", replace(STEP, possible=False)),
]
