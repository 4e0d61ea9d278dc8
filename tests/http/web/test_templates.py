"""Every template in every state it can be in, in every language: well-formed, and without a name it does not have."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import iso4217
import pytest
from markupsafe import Markup

from booked.adapters.http.contracts.web.error_pages import ErrorView
from booked.adapters.http.contracts.web.forms import NO_COMPLAINTS, Complaint, Complaints
from booked.adapters.http.contracts.web.languages import LANGUAGES
from booked.adapters.http.contracts.web.notices import Notice
from booked.adapters.http.contracts.web.rendering import TEMPLATES, render
from booked.adapters.http.contracts.web.views.bookings import BookingCard, CancellationView, TicketBox
from booked.adapters.http.contracts.web.views.hall import HallView, RowView, SeatCell, SectionRow, SectionView
from booked.adapters.http.contracts.web.views.holds import GoneView, HoldCard, HoldView
from booked.adapters.http.contracts.web.views.mine import MineView, PastView
from booked.adapters.http.contracts.web.views.people import LoginView, RegisterView
from booked.adapters.http.contracts.web.views.shop import EventCard, EventView, Filter, ShopView
from booked.adapters.http.contracts.web.views.terms import TermsView
from booked.adapters.http.contracts.web.views.tickets import TicketLine
from booked.adapters.http.contracts.web.views.types import Choice, TypeRow
from booked.adapters.http.contracts.web.views.waiting import PlaceCard
from booked.adapters.http.contracts.web.visits import Visit
from booked.domain.model.ids import CategoryId
from booked.domain.model.money import Money
from booked.domain.model.people.users import Role, User
from booked.domain.model.programme.categories import Category
from booked.domain.model.programme.shop import SaleState, When
from tests.builders import a_user_id
from tests.http.web.admin_pages import ADMIN_PAGES
from tests.http.web.attendee_pages import attendee_pages
from tests.http.web.browser import Page
from tests.http.web.office_pages import OFFICE_PAGES

NOON = datetime(2027, 6, 1, 12, tzinfo=UTC)
EVIL = '<script>alert("x")</script>'


def wrong(*fields: str) -> Complaints:
    return Complaints(tuple(Complaint(field, EVIL, EVIL) for field in ("", *fields)), 400)


CARD = EventCard("1", EVIL, EVIL, EVIL, NOON, NOON, Money(1250, "EUR"), SaleState.ON_SALE, 5)
BARE = replace(CARD, id="2", artist="", place="", sales_start=None, price_from=None)
ROW = TypeRow("t1", 1, EVIL, EVIL, Money(0, "JPY"), Money(900, "JPY"), NOON, 3, seated=True)
GONE = replace(ROW, number=2, description="", early_until=None, available=0, seated=False)
WAITING = PlaceCard("1", "2", EVIL, EVIL, NOON, 2, EVIL, 3, [], Money(0, "EUR"), None)
TERMS = TermsView(NOON, never=False, fee=Money(500, "EUR"))
EVENT = EventView(
    card=CARD,
    once_gone=replace(CARD, state=SaleState.ANNOUNCED),
    has_files=True,
    few=9,
    description=EVIL,
    ends_at=NOON,
    ends_another_day=True,
    venue=EVIL,
    address=EVIL,
    map_path="https://map",
    category=EVIL,
    organizer=EVIL,
    types=[ROW, GONE],
    shows_offering=True,
    seated=True,
    can_buy=True,
    tickets_most=9,
    choice=Choice("2", "2"),
    key="key",
    kept=False,
    complaints=NO_COMPLAINTS,
    can_wait=False,
    waited_for_most=9,
    place=None,
    terms=TERMS,
    address_here="https://tickets.example/e/1",
    outline=Markup("{}"),
)
WAITED_FOR = replace(EVENT, can_buy=False, can_wait=True, address_here=None)
PLAIN = replace(EVENT, card=BARE, description="", ends_at=None, venue="", address="", map_path=None, seated=False)
FILTERS = [Filter(name, "/?x=1") for name in ("day", "when", "q", "location", "category", "available")]
SHOP = ShopView(
    words=EVIL,
    location=EVIL,
    category_id="1",
    category=EVIL,
    categories=[Category(CategoryId("1"), EVIL)],
    when=When.TODAY,
    day=NOON.date(),
    available=True,
    past=False,
    filters=FILTERS,
    cards=[CARD, BARE],
    next_path="/?cursor=x",
    other_path="/?past=yes",
)
ERROR = ErrorView(404, "SYS-04", EVIL, EVIL, "1-1", None)
LINE = TicketLine(EVIL, EVIL, EVIL, (EVIL, "2"), 2, Money(1250, "EUR"), Money(2500, "EUR"))
ADMISSION = replace(LINE, section="", row="", seats=(), count=1)
HOLD = HoldView(
    "1",
    "2",
    EVIL,
    EVIL,
    NOON,
    [LINE, ADMISSION],
    Money(3750, "EUR"),
    True,
    NOON,
    540,
    1,
    NOON,
    "3",
    9,
    "key",
    NO_COMPLAINTS,
)
BOOKING = BookingCard(
    id="1",
    code="2VQA-7RKD",
    event_id="2",
    event_name=EVIL,
    place=EVIL,
    starts_at=NOON,
    booked_at=NOON,
    lines=[LINE, ADMISSION],
    total=Money(0, "JPY"),
    terms=TERMS,
    refund=Money(900, "JPY"),
    is_active=True,
    is_called_off=False,
    is_postponed=False,
)
CHEAP, DEAR = Money(0, "EUR"), Money(4900, "EUR")
SECTION = SectionRow(EVIL, "/e/1/hall/1", 12, 3, CHEAP, DEAR)
HALL = HallView(CARD, True, 6, [SECTION, replace(SECTION, free=0, highest=CHEAP)], 3, 2, "1.2")
SEAT = SeatCell(1, EVIL, "A", 1, DEAR, "49.00", free=True, ticked=True)
SOLD = replace(SEAT, number=2, price=CHEAP, amount="0.00", free=False, ticked=False)
SEATS = SectionView(
    card=CARD,
    can_buy=True,
    tickets_most=6,
    section=EVIL,
    path="/e/1/hall/1",
    path_here="/e/1/hall/1?row=1&seat=1",
    hall_path="/e/1/hall",
    event_path="/e/1",
    first_row=3,
    row_before=1,
    row_after=5,
    seats_across=range(1, 4),
    rows=[RowView(EVIL, [SEAT, None, SOLD])],
    elsewhere=[replace(SEAT, number=3)],
    gone=[SOLD],
    instead=[SEAT],
    currency="EUR",
    key="key",
    kept=True,
    complaints=wrong(),
)
CARDS = [
    BOOKING,
    replace(BOOKING, terms=TermsView(None, never=False, fee=None)),
    replace(BOOKING, terms=TermsView(None, never=True, fee=None), refund=None),
    replace(BOOKING, place="", lines=[], is_active=False),
    replace(BOOKING, lines=[], is_active=False, refund=Money(0, "JPY")),
    replace(BOOKING, lines=[], is_active=False, is_called_off=True),
    replace(BOOKING, is_postponed=True),
]
BOXES = [TicketBox(1, replace(LINE, seats=("2",), count=1), Money(10, "EUR")), TicketBox(2, ADMISSION, Money(0, "EUR"))]
CANCELLATION = CancellationView(BOOKING, BOXES, Money(10, "EUR"), True, "key", NO_COMPLAINTS)
OFFERED = replace(WAITING, type="", position=None, lines=[LINE], until=NOON)
HELD = HoldCard("1", EVIL, EVIL, NOON, [LINE], Money(2500, "EUR"), NOON)

VIEWS: list[tuple[str, Any]] = [
    *(("error.html", replace(ERROR, status=status)) for status in (400, 403, 404, 500)),
    ("error.html", replace(ERROR, status=503, detail="", reload_s=5, passes=True)),
    ("error.html", replace(ERROR, status=503, passes=True)),
    ("error.html", replace(ERROR, status=503, passes=True, form=[(EVIL, EVIL), ("ticket", "1"), ("ticket", "2")])),
    *(("login.html", LoginView(EVIL, "/my", told)) for told in (NO_COMPLAINTS, wrong("email", "password"))),
    *(
        ("register.html", RegisterView(EVIL, EVIL, "/my", told))
        for told in (NO_COMPLAINTS, wrong("name", "email", "password"))
    ),
    ("shop.html", SHOP),
    *(
        ("shop.html", replace(SHOP, cards=cards, filters=filters, next_path=None, past=past))
        for cards in ([CARD], [])
        for filters in ([], FILTERS[:1], FILTERS)
        for past in (False, True)
    ),
    *(("shop.html", replace(SHOP, when=when, day=None, category="")) for when in When),
    ("shop.html", replace(SHOP, when=None, filters=[], available=False)),
    *(("shop.html", replace(SHOP, cards=[replace(card, state=state)])) for state in SaleState for card in (CARD, BARE)),
    *(("event.html", view) for view in (EVENT, PLAIN, replace(EVENT, has_files=False))),
    ("event.html", replace(EVENT, complaints=wrong("number", "type"), kept=True, choice=Choice("9", "1"))),
    *(("event.html", replace(EVENT, can_buy=False, card=replace(CARD, state=state))) for state in SaleState),
    ("event.html", replace(EVENT, can_buy=False, complaints=wrong("number"))),
    ("event.html", WAITED_FOR),
    ("event.html", replace(WAITED_FOR, complaints=wrong("number", "type"), kept=True, choice=Choice("9", "1"))),
    *(("event.html", replace(WAITED_FOR, can_wait=False, place=place)) for place in (WAITING, OFFERED)),
    ("hold.html", HOLD),
    ("hold.html", replace(HOLD, place="", lines=[ADMISSION], together=False, seconds_left=61, extensions_left=0)),
    ("hold.html", replace(HOLD, seconds_left=0, number=EVIL, complaints=wrong("number"))),
    ("gone.html", GoneView("1", EVIL, NO_COMPLAINTS)),
    ("gone.html", GoneView("", "", wrong())),
    ("hall.html", HALL),
    ("hall.html", replace(HALL, can_buy=False, sections=[], free=0, chosen=0, kept_query="")),
    ("section.html", SEATS),
    ("section.html", replace(SEATS, gone=[], instead=[], elsewhere=[])),
    ("section.html", replace(SEATS, can_buy=False, row_before=None, row_after=None, kept=False, gone=[])),
    *OFFICE_PAGES,
    *attendee_pages(CARDS, BOXES),
    ("cancel.html", CANCELLATION),
    ("cancel.html", replace(CANCELLATION, is_everything=False, complaints=wrong())),
    ("cancel.html", replace(CANCELLATION, boxes=[])),
    ("mine.html", MineView([HELD], [WAITING, OFFERED], CARDS, "/my?cursor=x")),
    ("mine.html", MineView([], [replace(WAITING, type="", position=None)], [], None)),
    ("past.html", PastView(CARDS, "/my/past?cursor=x")),
    ("past.html", PastView([], None)),
    *ADMIN_PAGES,
]

ADMIN = User(a_user_id(), EVIL, "", "root@example.com", "hash", Role.ADMIN, 0, NOON)
VISITS: list[Callable[[Visit], Visit]] = [
    lambda visit: visit,
    lambda visit: replace(visit, known=True),
    lambda visit: replace(visit, known=True, user=ADMIN),
]


def rendered(template: str, view: object, visit: Visit) -> str:
    request: Any = SimpleNamespace(scope={"headers": [], "state": {"visit": visit}})
    return render(request, template, view).content.decode()


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
@pytest.mark.parametrize("who", VISITS, ids=["unknown", "nobody", "admin"])
def test_every_page_is_well_formed_in_every_state(language: Any, who: Callable[[Visit], Visit]) -> None:
    visit = who(Visit(language, secure=False, path="/e/1?number=2&type=<", notice=None))

    for template, view in VIEWS:
        source = rendered(template, view, visit)

        page = Page(source)
        assert page.problems == [], (template, view, source)
        assert "<script>" not in source


def test_every_template_is_rendered_here() -> None:
    assert {file.name for file in TEMPLATES.iterdir()} == {name for name, _ in VIEWS} | {
        "desk_parts.html",
        "base.html",
        "parts.html",
        "tickets.html",
    }


@pytest.mark.parametrize("notice", Notice)
def test_every_notice_is_told_in_every_language(notice: Notice) -> None:
    told = set()
    login = LoginView("", "/", NO_COMPLAINTS)
    for language in LANGUAGES.values():
        visit = Visit(language, secure=False, path="/", notice=notice)
        [paragraph] = [line for line in rendered("login.html", login, visit).splitlines() if 'role="status"' in line]
        told.add(paragraph)

    assert len(told) == len(LANGUAGES)


def test_dates_and_money_are_written_as_people_do_there() -> None:
    english, german = LANGUAGES["en"], LANGUAGES["de"]

    assert english.day(NOON) == "Tuesday, 1 June 2027"
    assert german.day(NOON) == "Dienstag, 1. Juni 2027"
    assert (english.time(NOON), german.time(NOON)) == ("12:00", "12:00")
    assert english.money(Money(123450, "EUR")) == "€1,234.50"
    assert german.money(Money(123450, "EUR")) == "1.234,50\xa0€"
    assert english.money(Money(900, "JPY")) == "JP¥900"


@pytest.mark.parametrize("currency", [listed.code for listed in iso4217.Currency])
def test_money_is_written_to_its_last_digit_in_every_currency(currency: str) -> None:
    written = {re.sub(r"\D", "", language.money(Money(1234567, currency))) for language in LANGUAGES.values()}

    assert written == {"1234567"}


def test_a_currency_has_the_digits_in_which_amounts_are_kept() -> None:
    english, german = LANGUAGES["en"], LANGUAGES["de"]

    assert (english.money(Money(123450, "HUF")), german.money(Money(5, "IQD"))) == ("HUF1,234.50", "0,005\xa0IQD")
    visit = Visit(english, secure=False, path="/", notice=None)
    assert 'data-digits="3"' in rendered("section.html", replace(SEATS, currency="IQD"), visit)


def test_moments_are_written_in_the_time_zone_they_come_in_also_where_they_are_equal() -> None:
    english = LANGUAGES["en"]
    here = NOON.replace(hour=18)
    there = here.astimezone(ZoneInfo("Asia/Tokyo"))

    assert here == there
    assert [english.time(here), english.time(there)] == ["18:00", "03:00"]
    assert [english.short_day(here), english.short_day(there)] == ["Tue 1 Jun", "Wed 2 Jun"]
    assert [english.day(here), english.day(there)] == ["Tuesday, 1 June 2027", "Wednesday, 2 June 2027"]


def test_an_event_that_moves_to_another_time_zone_has_another_card() -> None:
    visit = Visit(LANGUAGES["en"], secure=False, path="/", notice=None)
    moved = replace(CARD, starts_at=NOON.astimezone(ZoneInfo("Asia/Tokyo")))

    pages = [rendered("shop.html", replace(SHOP, cards=[card]), visit) for card in (CARD, moved)]

    assert moved == CARD
    assert ["12:00" in pages[0], "21:00" in pages[1]] == [True, True]
