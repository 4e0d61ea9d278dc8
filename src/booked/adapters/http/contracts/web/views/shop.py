"""What the shop shows: events as cards, and one event with its tickets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from markupsafe import Markup

from booked.adapters.http.contracts.web.forms import Complaints
from booked.adapters.http.contracts.web.outlines import outline_of
from booked.adapters.http.contracts.web.queries import YES, ShopQuery
from booked.adapters.http.contracts.web.views.terms import TermsView
from booked.adapters.http.contracts.web.views.types import Choice, TypeRow
from booked.adapters.http.contracts.web.views.waiting import PlaceCard
from booked.adapters.http.requests.fields import in_zone
from booked.adapters.http.responses.pages import Page
from booked.domain.model.figures.reports import TypeReport
from booked.domain.model.money import Money
from booked.domain.model.programme.categories import Category
from booked.domain.model.programme.events import Event, EventStatus
from booked.domain.model.programme.search import FoundEvent
from booked.domain.model.programme.shop import SaleState, ShownEvent, When
from booked.domain.model.sale.priced_places import PricedWaitlistPlace

_AWAITED = frozenset({SaleState.ANNOUNCED, SaleState.POSTPONED})
NIGHT = timedelta(hours=6)  # until 6:00, it is the night of the day before


@dataclass(frozen=True, slots=True)
class EventCard:
    """An event in a list. Its times are those of the place where it is."""

    id: str
    name: str
    artist: str
    place: str
    starts_at: datetime
    sales_start: datetime | None
    price_from: Money | None
    state: SaleState
    available: int

    @classmethod
    def of(cls, shown: ShownEvent) -> "EventCard":
        found = shown.found
        event, zone = found.event, ZoneInfo(found.timezone)
        lowest, _ = found.price_range(shown.available)
        return cls(
            id=event.id,
            name=event.name,
            artist=event.artist,
            place=found.place,
            starts_at=in_zone(event.starts_at, zone),
            sales_start=shown.sales_start and in_zone(shown.sales_start, zone),
            price_from=None if lowest is None else Money(lowest, event.currency),
            state=shown.state,
            available=shown.available,
        )


@dataclass(frozen=True, slots=True)
class Filter:
    """Something looked for, by its name in the address; `path` shows the list without it."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class ShopView:
    """A list, and what was looked for. `next_path` leads to the next page, None on the last one.

    `other_path` looks for the same among what is over, or where `past` among what is on.
    """

    words: str
    location: str
    category_id: str
    category: str
    categories: Sequence[Category]
    when: When | None
    day: date | None
    available: bool
    past: bool
    filters: Sequence[Filter]
    cards: Sequence[EventCard]
    next_path: str | None
    other_path: str

    @classmethod
    def of(cls, query: ShopQuery, categories: Sequence[Category], page: Page[EventCard]) -> "ShopView":
        chosen = {
            "day": query.day.isoformat() if query.day else None,
            "when": query.days,
            "q": query.q,
            "location": query.location,
            "category": query.category,
            "available": YES if query.only_available else None,
        }
        kept = {name: value for name, value in chosen.items() if value}
        section = {"past": YES} if query.is_past else {}
        alike = {name: value for name, value in kept.items() if name not in {"when", "available"}}
        return cls(
            words=query.q,
            location=query.location,
            category_id=query.category or "",
            category=next((each.name for each in categories if each.id == query.category), ""),
            categories=categories,
            when=query.days,
            day=query.day,
            available=query.only_available,
            past=query.is_past,
            filters=[Filter(name, _path({**kept, **section}, without=name)) for name in kept],
            cards=page.items,
            next_path=_path({**kept, **section, "cursor": page.next_cursor}) if page.next_cursor else None,
            other_path=_path(alike if query.is_past else {**alike, "past": YES}),
        )


@dataclass(frozen=True, slots=True)
class EventView:
    """`shows_offering` if what each type says of itself counts: it does not while the event is off sale.

    It `has_files`, a poster and an entry for calendars, once it is no draft.
    `kept` says that the choice was made before logging in. `place` is somebody's own on the waitlist.
    `key` lets the form that reserves take effect once.

    From `few` tickets on a buyer is told to hurry, and with none left the card is `once_gone`.

    `address_here` is the whole address of the page, None where it is not known, and `outline` what programs read.
    """

    card: EventCard
    once_gone: EventCard
    has_files: bool
    few: int
    description: str
    ends_at: datetime | None
    ends_another_day: bool
    venue: str
    address: str
    map_path: str | None
    category: str
    organizer: str
    types: Sequence[TypeRow]
    shows_offering: bool
    seated: bool
    can_buy: bool
    tickets_most: int
    choice: Choice
    key: str
    kept: bool
    complaints: Complaints
    can_wait: bool
    waited_for_most: int
    place: PlaceCard | None
    terms: TermsView
    address_here: str | None
    outline: Markup

    @property
    def is_awaited(self) -> bool:
        """Tell whether the sale may begin while somebody looks, and nothing is said that must stay on the page."""
        return self.card.state in _AWAITED and not self.complaints.all

    @classmethod
    def of(
        cls,
        shown: ShownEvent,
        types: Sequence[TypeReport],
        choice: Choice,
        key: str,
        complaints: Complaints,
        *,
        waiting: PricedWaitlistPlace | None,
        address_here: str | None,
        kept: bool,
    ) -> "EventView":
        found, zone = shown.found, ZoneInfo(shown.found.timezone)
        event = found.event
        rows = [TypeRow.of(report, zone) for report in types]
        return cls(
            card=EventCard.of(shown),
            once_gone=EventCard.of(shown.once_gone),
            has_files=event.status is not EventStatus.DRAFT,
            few=shown.few,
            description=event.description,
            ends_at=event.ends_at and in_zone(event.ends_at, zone),
            ends_another_day=_ends_another_day(event, zone),
            venue=found.venue.name if found.venue else "",
            address=event.address,
            map_path=_map_path(found),
            category=found.category.name if found.category else "",
            organizer=found.organization_name or "",
            types=rows,
            shows_offering=event.status is EventStatus.PUBLISHED and shown.state is not SaleState.OVER,
            seated=any(report.seated for report in types),
            can_buy=shown.can_be_bought,
            tickets_most=shown.tickets_most,
            choice=_completed(choice, shown, rows),
            key=key,
            kept=kept,
            complaints=complaints,
            can_wait=shown.can_be_waited_for and waiting is None,
            waited_for_most=shown.waited_for_most,
            place=PlaceCard.of(waiting, found) if waiting else None,
            terms=TermsView.of(event.cancellation.present, event.currency, zone),
            address_here=address_here,
            outline=outline_of(shown, types, address_here),
        )


def _completed(choice: Choice, shown: ShownEvent, rows: Sequence[TypeRow]) -> Choice:
    if shown.can_be_bought:
        return choice.among(rows).with_number(rows, shown.tickets_most)
    return choice.with_number([row for row in rows if row.can_be_waited_for], shown.waited_for_most)


def _ends_another_day(event: Event, zone: ZoneInfo) -> bool:
    """Tell whether the end needs its day: it is after midnight, and not in the night that follows the start."""
    if event.ends_at is None:
        return False
    start, end = in_zone(event.starts_at, zone), in_zone(event.ends_at, zone)
    return end.date() > start.date() and (end - NIGHT).date() > (start - NIGHT).date()


def _map_path(found: FoundEvent) -> str | None:
    at = found.event.coordinates
    if at is None:
        return None
    here = f"{at.latitude:.5f}/{at.longitude:.5f}"
    return f"https://www.openstreetmap.org/?mlat={at.latitude:.5f}&mlon={at.longitude:.5f}#map=17/{here}"


def _path(asked: Mapping[str, str], without: str = "") -> str:
    kept = {name: value for name, value in asked.items() if name != without}
    return f"/?{urlencode(kept)}" if kept else "/"
