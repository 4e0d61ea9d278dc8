"""Messages about concerts and their seats."""

from datetime import datetime, timedelta
from typing import Annotated

import msgspec
from msgspec import Meta

from booked.adapters.http.requests.fields import (
    Amount,
    CanonicalId,
    Currency,
    Id,
    Time,
    amount_text,
    day_or_time,
    shown,
    to_second,
)
from booked.adapters.http.responses.pages import CURSOR_LENGTH, PAGE_MOST, PageQuery
from booked.domain.model.ids import EventId, ticket_id
from booked.domain.model.money import Money
from booked.domain.model.programme.events import ADDRESS_LENGTH, ARTIST_LENGTH, Event
from booked.domain.model.programme.search import EventCursor, EventSearch, FoundEvent, moment_of
from booked.domain.model.programme.seating import SEATS_MOST
from booked.domain.model.programme.venues import VENUE_NAME_LENGTH
from booked.domain.services.programme.concerts import SeatCursor
from booked.domain.services.sale.seats import SeatState

SECOND = timedelta(seconds=1)
TIME_LENGTH = 40

Seats = Annotated[int, shown(minimum=0, maximum=SEATS_MOST)]


class ListQuery(PageQuery, frozen=True, kw_only=True):
    """A page of a list. The default size is the maximum."""

    limit: Annotated[int, Meta(ge=1, le=PAGE_MOST, description="How many to list.", examples=[PAGE_MOST])] = PAGE_MOST
    cursor: (
        Annotated[str, Meta(max_length=CURSOR_LENGTH, description="Where to go on, as the Link header has it.")] | None
    ) = None


class ConcertBody(msgspec.Struct, frozen=True):
    """`venue` is null where only the address is known. `available_seats` are those that anyone can reserve now."""

    id: Id
    artist: str
    tour_name: str
    name: str
    venue: str | None
    location: Annotated[str, shown("The address.")]
    concert_datetime: Time
    total_seats: Seats
    available_seats: Seats

    @classmethod
    def of(cls, found: FoundEvent, available: int) -> "ConcertBody":
        event = found.event
        return cls(
            id=event.id,
            artist=event.artist,
            tour_name=event.tour_name,
            name=event.name,
            venue=found.venue.name if found.venue else None,
            location=event.address,
            concert_datetime=event.starts_at,
            total_seats=event.seat_count,
            available_seats=available,
        )


class ConcertsQuery(ListQuery, frozen=True, kw_only=True):
    past: (
        Annotated[
            bool, shown("With those that are over. By default they are left out, unless you ask for a day or time.")
        ]
        | None
    ) = None

    def search(self) -> EventSearch:
        return EventSearch()

    @property
    def with_past(self) -> bool:
        """Return whether concerts that are over are looked for, too."""
        return bool(self.past)


class ConcertSearchQuery(ConcertsQuery, frozen=True, kw_only=True):
    artist: Annotated[str, Meta(max_length=ARTIST_LENGTH, description="Who performs.", examples=["The Millers"])] = ""
    tour_name: Annotated[str, Meta(max_length=ARTIST_LENGTH, description="The tour.", examples=["Flour Power"])] = ""
    venue: Annotated[str, Meta(max_length=VENUE_NAME_LENGTH, description="The venue.", examples=["Old Mill"])] = ""
    location: Annotated[
        str,
        Meta(
            max_length=ADDRESS_LENGTH,
            description="A part of the address, or of the venue's name, city or country.",
            examples=["york"],
        ),
    ] = ""
    concert_datetime: Annotated[
        str,
        Meta(
            max_length=TIME_LENGTH,
            description="When it starts, a time (RFC 3339); or a day on which it takes place, in its own time zone.",
            examples=["2026-12-20"],
        ),
    ] = ""
    available: Annotated[
        bool, shown("Only those on sale, or later on, of which tickets are left. Held tickets count as left.")
    ] = False

    def search(self) -> EventSearch:
        when = day_or_time(self.concert_datetime, "concert_datetime") if self.concert_datetime else None
        second = to_second(when) if isinstance(when, datetime) else None
        return EventSearch(
            starts_after=second,
            starts_before=_following(second) if second else None,
            day=None if isinstance(when, datetime) else when,
            artist=self.artist,
            tour_name=self.tour_name,
            venue_name=self.venue,
            location=self.location,
            only_available=self.available,
        )

    @property
    def with_past(self) -> bool:
        """Return whether concerts that are over are looked for, too."""
        return bool(self.concert_datetime) if self.past is None else self.past


class ConcertPosition(msgspec.Struct, frozen=True):
    """The position of a concert in the order of the list."""

    starts_at: Time
    id: CanonicalId

    @classmethod
    def of(cls, found: FoundEvent) -> "ConcertPosition":
        return cls(found.event.starts_at, found.event.id)

    @property
    def cursor(self) -> EventCursor:
        return EventCursor(self.starts_at.isoformat(), EventId(self.id))


class SeatBody(msgspec.Struct, frozen=True):
    """`price` is today's price. A RESERVED seat is held for somebody, a BLOCKED seat is kept from sale."""

    id: Id
    concert_id: Id
    section: str
    row: str
    seat_number: Annotated[int, shown("The number on the seat.", minimum=1)]
    seat_type: str
    price: Amount
    currency: Currency
    status: Annotated[str, shown(enum=["AVAILABLE", "RESERVED", "BOOKED", "BLOCKED"])]

    @classmethod
    def of(cls, event: Event, state: SeatState) -> "SeatBody":
        return cls(
            id=ticket_id(event.id, state.seat.number),
            concert_id=event.id,
            section=state.seat.section,
            row=state.seat.row,
            seat_number=state.seat.seat,
            seat_type=state.type.name,
            price=amount_text(Money(state.price, event.currency)),
            currency=event.currency,
            status=state.status.name,
        )


class SeatsQuery(ListQuery, frozen=True, kw_only=True):
    concert_id: (
        Annotated[Id, shown("Only those of this concert.", examples=["019c5b2e-c25d-7f74-9365-a00000000000"])] | None
    ) = None


class ConcertSeatPosition(msgspec.Struct, frozen=True):
    """The position of a seat in the order of the list."""

    starts_at: Time
    id: CanonicalId
    number: Annotated[int, Meta(ge=0, le=SEATS_MOST)]

    @classmethod
    def of(cls, position: SeatCursor) -> "ConcertSeatPosition":
        return cls(moment_of(position.concert), position.concert.event_id, position.number)

    @property
    def position(self) -> SeatCursor:
        return SeatCursor(ConcertPosition(self.starts_at, self.id).cursor, self.number)


def _following(second: datetime) -> datetime | None:
    """Return the next second, None after the last of the calendar."""
    try:
        return second + SECOND
    except OverflowError:
        return None
