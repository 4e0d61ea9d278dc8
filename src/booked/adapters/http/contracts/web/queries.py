"""Query strings and forms of the shop. Parameters added to our addresses by other sites are ignored."""

import re
from datetime import date
from typing import Annotated, TypeVar
from urllib.parse import urlencode

import msgspec
from msgspec import Meta

from booked.adapters.http.contracts.web.forms import KeyForm
from booked.adapters.http.errors import InvalidForm, InvalidQuery
from booked.adapters.http.requests.fields import CanonicalId
from booked.adapters.http.requests.ids import optional_id
from booked.adapters.http.requests.parameters import TEXT_MOST, PairsDecoder, pairs_decoder_for
from booked.adapters.http.responses.pages import PageQuery
from booked.domain.model.ids import CategoryId, EventId
from booked.domain.model.people.users import Role
from booked.domain.model.programme.events import NAME_LENGTH, EventStatus
from booked.domain.model.programme.search import (
    SEARCH_LENGTH,
    EventCursor,
    EventSearch,
    EventSort,
    FoundEvent,
    cursor_behind,
)
from booked.domain.model.programme.shop import ShownEvent, When
from booked.domain.model.sale.bookings import BookingSearch, BookingStatus
from booked.domain.model.sale.check_ins import GATE_LENGTH
from booked.domain.model.text import require_plain

T = TypeVar("T", bound=msgspec.Struct)

YES = "yes"  # what a ticked box sends
CHOICE_LENGTH = 9  # characters, of a number of tickets or a number of a type

SearchText = Annotated[str, Meta(max_length=SEARCH_LENGTH)]

_WHOLE_NUMBER = re.compile(r"[0-9]{1,9}")
_NO_TYPE = -1  # what text that is no number of a type asks for: there is none such


def read_query(query: bytes, kind: type[T], longest: int = TEXT_MOST) -> T:
    """Return the query string as a struct; empty and unknown parameters count as not sent.

    Raises `InvalidQuery`, also for a value with more characters than the `longest` may have.
    """
    decoder: PairsDecoder[T] = pairs_decoder_for(kind, InvalidQuery, lenient=True)
    asked = decoder.decode(query)
    for name, value in msgspec.structs.asdict(asked).items():
        if isinstance(value, str):
            require_plain(value, InvalidQuery, name, longest)
    return asked


def next_path(path: str, cursor: str | None, **kept: str) -> str | None:
    """Return where a list goes on, with what is looked for; None where it does not."""
    return path_with(path, **kept, cursor=cursor) if cursor else None


def path_with(path: str, **kept: str) -> str:
    """Return a path with what is looked for."""
    asked = {name: value for name, value in kept.items() if value}
    return f"{path}?{urlencode(asked)}" if asked else path


class ShopQuery(PageQuery, frozen=True, kw_only=True):
    q: SearchText = ""
    location: SearchText = ""
    category: str | None = None
    when: When | None = None
    day: date | None = None
    available: str = ""
    past: str = ""

    @property
    def is_past(self) -> bool:
        """Tell whether to show what is over."""
        return self.past == YES

    @property
    def only_available(self) -> bool:
        return self.available == YES and not self.is_past

    @property
    def days(self) -> When | None:
        """Return which days to look at. A chosen date comes first, and nothing that is over is today."""
        return None if self.day or self.is_past else self.when

    def search(self) -> EventSearch:
        return EventSearch(
            category_id=optional_id(CategoryId, self.category),
            location=self.location,
            words=self.q,
            day=self.day,
            only_available=self.only_available,
        )


class AllEventsQuery(PageQuery, frozen=True, kw_only=True):
    """What admins look for among all events."""

    q: SearchText = ""
    status: EventStatus | None = None

    def search(self) -> EventSearch:
        statuses = frozenset({self.status}) if self.status else frozenset[EventStatus]()
        return EventSearch(words=self.q, statuses=statuses, sort=EventSort.NEWEST)


class PeopleQuery(PageQuery, frozen=True, kw_only=True):
    """A part of names or e-mail addresses."""

    q: SearchText = ""


class AttendeesQuery(PageQuery, frozen=True, kw_only=True):
    """A part of a name or e-mail address, or a code."""

    q: SearchText = ""
    status: BookingStatus | None = None

    @property
    def kept(self) -> dict[str, str]:
        return {"q": self.q, "status": self.status or ""}

    def search(self) -> BookingSearch:
        return BookingSearch(status=self.status, part=self.q.strip())


class ShopPosition(msgspec.Struct, frozen=True):
    """The position of an event in the order of the list."""

    value: Annotated[str, Meta(max_length=NAME_LENGTH)]
    id: CanonicalId

    @classmethod
    def behind(cls, shown: ShownEvent) -> "ShopPosition":
        return cls._of(cursor_behind(shown.found, EventSort.STARTS))

    @classmethod
    def behind_newest(cls, found: FoundEvent) -> "ShopPosition":
        return cls._of(cursor_behind(found, EventSort.NEWEST))

    @classmethod
    def _of(cls, cursor: EventCursor) -> "ShopPosition":
        return cls(cursor.value, cursor.event_id)

    @property
    def cursor(self) -> EventCursor:
        return EventCursor(self.value, EventId(self.id))


class RoleForm(msgspec.Struct, frozen=True):
    role: str = ""

    @property
    def chosen(self) -> Role:
        """Return the role. Raises `InvalidForm` if the text is none."""
        if self.role not in set(Role):
            raise InvalidForm("There is no such role. Load the page again and choose one.")
        return Role(self.role)


class ChoiceForm(KeyForm, frozen=True):
    """How many tickets, the number of a ticket type or nothing for any, and "yes" for a party that may be split.

    The form of the waitlist has no key: nobody has two places at an event.
    """

    number: str = ""
    type: str = ""
    split: str = ""

    @property
    def count(self) -> int:
        """Return how many, 0 if the text is no number: it is refused as too few."""
        return int(self.number) if _WHOLE_NUMBER.fullmatch(self.number) else 0

    @property
    def type_number(self) -> int | None:
        if not self.type:
            return None
        return int(self.type) if _WHOLE_NUMBER.fullmatch(self.type) else _NO_TYPE

    def path_at(self, event_id: EventId, **more: str) -> str:
        """Return the address of an event with this choice, but for text that no address can have."""
        chosen = {"number": self.number, "type": self.type}
        short = {name: text for name, text in chosen.items() if len(text) <= CHOICE_LENGTH and text.isprintable()}
        return path_with(f"/e/{event_id}", **short, split=YES if self.split == YES else "", **more)


class GateQuery(msgspec.Struct, frozen=True):
    """The gate at which tickets are checked in."""

    gate: Annotated[str, Meta(max_length=GATE_LENGTH)] = ""


class ChoiceQuery(msgspec.Struct, frozen=True):
    """A choice made before. `kept` says that it was made before logging in."""

    number: Annotated[str, Meta(max_length=CHOICE_LENGTH)] | None = None
    type: Annotated[str, Meta(max_length=CHOICE_LENGTH)] | None = None
    split: str = ""
    kept: str = ""
