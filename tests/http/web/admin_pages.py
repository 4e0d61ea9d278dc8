"""The pages for admins, in every state."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from booked.adapters.http.contracts.web.forms import NO_COMPLAINTS, Complaint, Complaints
from booked.adapters.http.contracts.web.views.admin import (
    EventLine,
    EventsView,
    KeysView,
    OverviewView,
    SalesLine,
    Upkeep,
)
from booked.adapters.http.contracts.web.views.admin_people import PeopleView, PersonView
from booked.adapters.http.contracts.web.views.categories import CategoriesView
from booked.adapters.http.contracts.web.views.organizations import OrganizationsView, OrganizationView
from booked.adapters.http.responses.pages import Page
from booked.domain.model.ids import ApiKeyId, CategoryId, OrganizationId
from booked.domain.model.money import Money
from booked.domain.model.people.api_keys import ApiKey
from booked.domain.model.people.organizations import Member, Organization
from booked.domain.model.people.users import Role, User
from booked.domain.model.programme.categories import Category
from booked.domain.model.programme.events import EventStatus
from tests.builders import a_user_id

NOON = datetime(2027, 6, 1, 12, tzinfo=UTC)
EVIL = '<script>alert("x")</script>'


def wrong(field: str) -> Complaints:
    return Complaints((Complaint("", EVIL, EVIL), Complaint(field, EVIL, EVIL)), 400)


ADMIN = User(a_user_id(), EVIL, "", "root@example.com", "hash", Role.ADMIN, 0, NOON)
BEN = replace(ADMIN, id=a_user_id(), role=Role.USER)
UPKEEP = Upkeep(True, NOON, 1, 2, 3, 4)
SALES = [SalesLine("1", EVIL, status, 1, 9, 8, Money(5, "EUR")) for status in EventStatus]
OVERVIEW = OverviewView({"database": True, "holds": True}, UPKEEP, 1, 2, 3, 4, SALES)
EVENT_LINES = [EventLine("1", EVIL, EVIL, EVIL, NOON, status, 1, 9) for status in EventStatus]
EVENTS = EventsView(EVIL, None, Page([*EVENT_LINES, replace(EVENT_LINES[0], place="", organization="")], "x"), "/x")
USED = ApiKey(ApiKeyId("1"), EVIL, "bk_123456", NOON, NOON.date(), None)
KEYS = KeysView(
    [USED, replace(USED, id=ApiKeyId("2"), last_used_on=None, revoked_at=NOON)], "", "", "key", NO_COMPLAINTS
)
MILL = Organization(OrganizationId("1"), EVIL, EVIL, 1, NOON)
PERSON = PersonView(BEN, [MILL], None, False, NO_COMPLAINTS)
MEMBERS = Page([Member(ADMIN, NOON), Member(BEN, NOON)], "x")
ORGANIZATION = OrganizationView("/admin", MILL, MEMBERS, "/x", "", NO_COMPLAINTS)
KINDS = [Category(CategoryId("1"), EVIL), Category(CategoryId("2"), EVIL)]
CATEGORIES = CategoriesView(KINDS, "", None, "", "key", NO_COMPLAINTS)

ADMIN_PAGES: list[tuple[str, Any]] = [
    ("admin.html", OVERVIEW),
    ("admin.html", replace(OVERVIEW, upkeep=replace(UPKEEP, last_audit=None))),
    (
        "admin.html",
        replace(
            OVERVIEW,
            stores={"database": False, "holds": False},
            upkeep=replace(UPKEEP, at_work=False, last_audit=None),
            newest=[],
        ),
    ),
    ("admin_events.html", EVENTS),
    ("admin_events.html", replace(EVENTS, status=EventStatus.DRAFT, page=Page([], None), next_path=None)),
    ("admin_keys.html", KEYS),
    ("admin_keys.html", replace(KEYS, keys=[], made="bk_x")),
    ("admin_keys.html", replace(KEYS, name=EVIL, complaints=wrong("name"))),
    ("admin_people.html", PeopleView(EVIL, Page([ADMIN, BEN], "x"), "/x")),
    ("admin_people.html", PeopleView(EVIL, Page([], None), None)),
    *(("admin_person.html", replace(PERSON, asked=asked, is_self=True)) for asked in (*Role, None)),
    ("admin_person.html", replace(PERSON, asked=Role.USER, organizations=[])),
    ("admin_person.html", replace(PERSON, organizations=[], complaints=wrong("role"))),
    ("organizations.html", OrganizationsView("/admin", Page([MILL, replace(MILL, description="")], "x"), "/x")),
    ("organizations.html", OrganizationsView("/admin", Page([], None), None)),
    ("organizations.html", OrganizationsView("/office", Page([MILL], None), None)),
    ("organizations.html", OrganizationsView("/office", Page([], None), None)),
    ("organization.html", ORGANIZATION),
    ("organization.html", replace(ORGANIZATION, root="/office")),
    ("admin_categories.html", CATEGORIES),
    ("admin_categories.html", replace(CATEGORIES, categories=[], name=EVIL, complaints=wrong("name"))),
    (
        "admin_categories.html",
        replace(CATEGORIES, changed=CategoryId("2"), renamed=EVIL, complaints=wrong("name-2")),
    ),
    (
        "organization.html",
        replace(
            ORGANIZATION,
            organization=replace(MILL, description=""),
            page=Page([], None),
            email=EVIL,
            complaints=wrong("email"),
        ),
    ),
]
