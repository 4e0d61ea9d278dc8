"""Every template of the organizer's office, in every state it can be in."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from booked.adapters.http.contracts.web.event_steps import EventStep, steps_from
from booked.adapters.http.contracts.web.forms import NO_COMPLAINTS, Complaint, Complaints
from booked.adapters.http.contracts.web.views.copies import CopyForm, CopyView
from booked.adapters.http.contracts.web.views.figures import FiguresSpan, FiguresType, FiguresView, Timeline
from booked.adapters.http.contracts.web.views.hall_event import HallEventFields, HallEventView, SectionTexts
from booked.adapters.http.contracts.web.views.hall_figures import HallFiguresView, SectionFigures
from booked.adapters.http.contracts.web.views.house_seats import (
    HouseCell,
    HouseHallView,
    HouseRow,
    HouseSeat,
    HouseSection,
    HouseSectionView,
)
from booked.adapters.http.contracts.web.views.office import (
    NewEventForm,
    NewEventView,
    OfficeEvent,
    OfficeView,
    StepView,
)
from booked.adapters.http.contracts.web.views.office_event import (
    DETAILS,
    TYPE_DETAILS,
    EventForm,
    OfficeEventView,
    OfficeType,
    OfficeTypeView,
    TypeForm,
)
from booked.adapters.http.contracts.web.views.plots import Plot
from booked.adapters.http.contracts.web.views.venues import (
    BlockTexts,
    VenueFields,
    VenueRow,
    VenuesView,
    VenueTexts,
    VenueView,
)
from booked.adapters.http.contracts.web.views.waiting_parties import PartyRow, QueueView
from booked.domain.model.figures.analytics import Funnel
from booked.domain.model.ids import CategoryId, OrganizationId, VenueId
from booked.domain.model.money import Money
from booked.domain.model.people.organizations import Organization
from booked.domain.model.programme.categories import Category
from booked.domain.model.programme.events import EventStatus
from booked.domain.model.sale.waitlist import WaitingCounts

NOON = datetime(2027, 6, 1, 12, tzinfo=UTC)
EVIL = '<script>alert("x")</script>'
MONEY = Money(123450, "EUR")
PLOT = Plot.rows([5])


def wrong(*fields: str) -> Complaints:
    return Complaints(tuple(Complaint(field, EVIL, EVIL) for field in ("", *fields)), 400)


def office_event(status: EventStatus) -> OfficeEvent:
    return OfficeEvent("1", EVIL, status, NOON, 100, 12, 3, 80, MONEY, steps_from(status), PLOT)


ORGANIZATION = Organization(OrganizationId("1"), EVIL, "", 1, NOON)
OTHER = replace(ORGANIZATION, id=OrganizationId("2"))
TYPED = NewEventForm(
    name=EVIL,
    place=EVIL,
    starts_at="2027-06-01T20:00",
    timezone="UTC",
    price="1,5",
    currency="EUR",
    tickets="9",
    organization="2",
    founded=EVIL,
)
NEW_FIELDS = ["name", "place", "starts_at", "timezone", "price", "currency", "tickets"]
STEP = StepView("1", EVIL, EventStep.PUBLISH, True, 1, 1, 2, MONEY, NO_COMPLAINTS)
TEXTS = EventForm(**dict.fromkeys(DETAILS, EVIL) | {"category": "1"})
KINDS = [Category(CategoryId("1"), EVIL)]
TYPES = [OfficeType(1, EVIL, MONEY, Money(0, "EUR"), 9, 1, 8)]
EVENT = OfficeEventView(
    "1", EVIL, EventStatus.PUBLISHED, steps_from(EventStatus.PUBLISHED), 3, TEXTS, KINDS, TYPES, True, NO_COMPLAINTS
)
COPY = CopyView("1", EVIL, "2030-06-01T20:00", EVIL, CopyForm(), "key", NO_COMPLAINTS)
TYPE_TEXTS = TypeForm(**dict.fromkeys(TYPE_DETAILS, EVIL))
TYPE = OfficeTypeView("1", EVIL, "EUR", 1, False, TYPE_TEXTS, "key", NO_COMPLAINTS, 3)
SPANS = [FiguresSpan(NOON, 5, 1, MONEY, MONEY), FiguresSpan(NOON + timedelta(days=1), 0, 0, MONEY, MONEY)]
DAYS, DAY = Timeline.of(SPANS), Timeline.of(SPANS[:1])
SOLD = [FiguresType(EVIL, 5, 9, 1, MONEY)]
FUNNEL = Funnel(9, 5, 1, 1)
FIGURES = FiguresView(
    "1", EVIL, True, 4, 1, 5, 1, MONEY, DAYS, DAYS, SOLD, PLOT, FUNNEL, Plot.rows([9, 5, 1, 1]), "UTC"
)

HALL = HallFiguresView("1", EVIL, [SectionFigures(EVIL, 9, 5, 1, 1, 2, PLOT)], 5, 1, 1, 2, "AbC=")

BLOCKS = [BlockTexts(EVIL, "2", "9", "numbers", "1", "1"), BlockTexts()]
VENUE_NAMES = [name for name in VenueFields.__struct_fields__ if name != "key"]
VENUE_TEXTS = VenueTexts(**dict.fromkeys(VENUE_NAMES, EVIL) | {"organization": "1"}, blocks=BLOCKS)
VENUE = VenueView(VenueId("1"), EVIL, EVIL, VENUE_TEXTS, [], "UTC", False, "key", NO_COMPLAINTS)
VENUE_FIELDS = [
    *(name for name in VENUE_NAMES if name != "organization"),
    *(f"{name}-2" for name in BlockTexts.__slots__),
]
NEW_VENUE = replace(
    VENUE, id=None, organizations=[ORGANIZATION, OTHER], complaints=wrong("organization", *VENUE_FIELDS)
)
VENUE_ROWS = [VenueRow("1", EVIL, EVIL, 9, 0), VenueRow("2", EVIL, EVIL, 9, 9)]
PRICED = [SectionTexts(EVIL, 1, EVIL, "1,5"), SectionTexts(EVIL, 5, EVIL)]
HALL_NAMES = [name for name in HallEventFields.__struct_fields__ if name != "key"]
HALL_TEXTS = HallEventFields(**dict.fromkeys(HALL_NAMES, EVIL))
HALL_EVENT = HallEventView("1", EVIL, "UTC", HALL_TEXTS, PRICED, "key", NO_COMPLAINTS)
HALL_FIELDS = [*HALL_NAMES, "type-1", "price-1", "type-2", "price-2"]

HOUSE_HALL = HouseHallView("1", EVIL, True, [HouseSection(EVIL, "/x", 9, 1, 2)])
HOUSE_CELLS = [None, *(HouseCell(number, EVIL, number, state, True) for number, state in enumerate(HouseSeat, 1))]
HOUSE_SECTION = HouseSectionView(
    event_id="1",
    event_name=EVIL,
    section=EVIL,
    path="/x/1",
    hall_path="/x",
    first_row=3,
    before_path="/x/1?row=1",
    after_path="/x/1?row=5",
    seats_across=range(1, 5),
    rows=[HouseRow(3, EVIL, HOUSE_CELLS, True), HouseRow(4, EVIL, [None] * 4, False)],
    can_block=True,
    can_unblock=True,
    complaints=NO_COMPLAINTS,
)

PARTIES = [PartyRow(1, EVIL, EVIL, 2, EVIL, NOON, None), PartyRow(None, EVIL, "", 1, "", NOON, NOON)]
QUEUE = QueueView("1", EVIL, WaitingCounts(1, 2, 1), PARTIES, "/office/events/1/waitlist?cursor=x")

OFFICE_PAGES: list[tuple[str, Any]] = [
    ("office.html", OfficeView([], None)),
    ("office.html", OfficeView([office_event(status) for status in EventStatus], "/office?cursor=x")),
    ("office_new.html", NewEventView(NewEventForm(), [], "key", NO_COMPLAINTS)),
    ("office_new.html", NewEventView(TYPED, [], "key", wrong("founded", *NEW_FIELDS))),
    ("office_new.html", NewEventView(TYPED, [ORGANIZATION], "key", wrong(*NEW_FIELDS))),
    ("office_new.html", NewEventView(TYPED, [ORGANIZATION, OTHER], "key", wrong(*NEW_FIELDS))),
    *(("office_step.html", replace(STEP, step=step)) for step in EventStep),
    ("office_step.html", replace(STEP, sold=2, held=0, complaints=wrong())),
    ("office_step.html", replace(STEP, possible=False)),
    ("office_event.html", EVENT),
    ("office_event.html", replace(EVENT, complaints=wrong(*DETAILS))),
    ("office_event.html", replace(EVENT, typed=EventForm(), seated=False, steps=[], status=EventStatus.COMPLETED)),
    ("office_event.html", replace(EVENT, status=EventStatus.DRAFT)),
    ("office_copy.html", COPY),
    ("office_copy.html", replace(COPY, complaints=wrong("starts_at"))),
    ("office_type.html", TYPE),
    ("office_type.html", replace(TYPE, can_be_deleted=True)),
    ("office_type.html", replace(TYPE, can_be_deleted=True, is_draft=True)),
    ("office_seats.html", HOUSE_HALL),
    ("office_seats.html", replace(HOUSE_HALL, can_block=False, sections=[])),
    ("office_waitlist.html", QUEUE),
    ("office_waitlist.html", replace(QUEUE, parties=[], next_path=None)),
    ("office_section.html", HOUSE_SECTION),
    ("office_section.html", replace(HOUSE_SECTION, before_path=None, can_block=False, complaints=wrong())),
    ("office_section.html", replace(HOUSE_SECTION, before_path=None, after_path=None, can_unblock=False)),
    ("office_venues.html", VenuesView([], None)),
    ("office_venues.html", VenuesView(VENUE_ROWS, "/office/venues?cursor=x")),
    ("office_venue.html", VENUE),
    ("office_venue.html", replace(VENUE, typed=msgspec.structs.replace(VENUE_TEXTS, blocks=None))),
    ("office_venue.html", replace(VENUE, added=True, complaints=wrong("section-1"))),
    ("office_venue.html", NEW_VENUE),
    ("office_venue.html", replace(NEW_VENUE, organizations=[ORGANIZATION], complaints=wrong(*VENUE_FIELDS))),
    ("office_hall_event.html", HALL_EVENT),
    ("office_hall_event.html", replace(HALL_EVENT, complaints=wrong(*HALL_FIELDS))),
    ("office_hall_event.html", replace(HALL_EVENT, sections=[])),
    ("office_hall_event.html", replace(HALL_EVENT, sections=PRICED * 200)),
    ("office_figures.html", FIGURES),
    ("office_hall.html", HALL),
    ("office_hall.html", replace(HALL, uses=None)),
    ("office_hall.html", replace(HALL, sections=[], uses=None)),
    ("office_figures.html", replace(FIGURES, has_seats=False, days=DAY, hours=None)),
    ("office_figures.html", replace(FIGURES, days=None, hours=None)),
    ("office_type.html", replace(TYPE, seated=True)),
    ("office_type.html", replace(TYPE, number=None, complaints=wrong(*TYPE_DETAILS))),
]
