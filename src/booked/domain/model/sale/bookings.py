"""Bookings: tickets bought together, and what the database may say to the attempt to make one."""

import base64
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum, StrEnum, auto
from uuid import UUID

from booked.domain.errors import InvalidToken, NoSuchBooking, OverTicketLimit
from booked.domain.model.ids import BookingId, EventId, OrganizationId, UserId
from booked.domain.model.money import Money
from booked.domain.model.people.users import name_of
from booked.domain.model.programme.events import Event, EventStatus
from booked.domain.model.programme.seating import Seat, block_of, seat_of
from booked.domain.model.programme.ticket_types import TicketPlan, TicketType
from booked.domain.model.programme.venues import Coordinates

_BASE32 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_CROCKFORD = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TO_CROCKFORD = bytes.maketrans(_BASE32, _CROCKFORD)
# People take O for 0, and I and L for 1.
_FROM_CROCKFORD = bytes.maketrans(_CROCKFORD + b"OIL", _BASE32 + b"ABB")
_CODE = re.compile(r"[0-9A-TV-Z]{4}[- ]?[0-9A-TV-Z]{4}")
_CODE_BYTES = 5


class Verdict(Enum):
    """What became of the commit of a claim. Only BOOKED has written anything; repeated, it says the same again."""

    BOOKED = auto()
    VOID = auto()  # the sweep gave this booking id up; it can never be booked any more
    STALE_EPOCH = auto()  # the event was repaired since the claim
    WITHDRAWN = auto()  # the event is not on sale, or never existed
    ALREADY_SOLD = auto()  # a ticket is sold: the hold store was wrong
    UNKNOWN_USER = auto()  # the user's account is gone
    OVER_LIMIT = auto()  # the user would have more tickets of the event than it allows
    DONE_BEFORE = auto()  # a request with the same key has made a booking already
    CODE_TAKEN = auto()  # another booking of the event has the confirmation code that goes with this booking id
    NO_SUCH_BOOKING = auto()  # what it was to be part of is not the user's, not of this event, or cancelled


# Verdicts on the user, which another try would not change.
REFUSALS = {
    Verdict.OVER_LIMIT: OverTicketLimit,
    Verdict.UNKNOWN_USER: InvalidToken,
    Verdict.NO_SUCH_BOOKING: NoSuchBooking,
}
FINAL = {*REFUSALS, Verdict.DONE_BEFORE, Verdict.CODE_TAKEN}


@dataclass(frozen=True, slots=True)
class BookedEvent:
    """What a list of bookings says of an event. Such a list has no bound, so it reads no more than that."""

    id: EventId
    name: str
    starts_at: datetime
    address: str
    description: str
    coordinates: Coordinates | None
    status: EventStatus

    @classmethod
    def of(cls, event: Event) -> "BookedEvent":
        return cls(
            event.id, event.name, event.starts_at, event.address, event.description, event.coordinates, event.status
        )


@dataclass(frozen=True, slots=True)
class Booking:
    """A booking as its owner sees it: the event, how many of its tickets still stand, and when it was made.

    Of a called-off event it has the tickets that stood when it was called off.
    """

    id: BookingId
    event: BookedEvent
    tickets: int
    booked_at: datetime


@dataclass(frozen=True, slots=True)
class OwnedTicket:
    """A standing ticket, and the booking it was bought in.

    Its price, and when it was booked and checked in, tell no two tickets apart and need not be known to name one.
    """

    booking_id: BookingId
    number: int
    price: int = field(default=0, compare=False)
    booked_at: datetime = field(default=datetime.max.replace(tzinfo=UTC), compare=False)
    checked_in_at: datetime | None = field(default=None, compare=False)


class BookingStatus(StrEnum):
    """A booking is active as long as one of its tickets stands."""

    ACTIVE = "active"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class BookedTicket:
    """A ticket of a booking; what was paid for it, and kept of that as a fee, in minor units of the event's currency.

    `cancelled_by` is who cancelled it, and None if its event was called off. `gate` is where it was checked in, "" if
    nobody said.
    """

    number: int
    type_number: int
    price: int
    booked_at: datetime
    cancelled_at: datetime | None = None
    cancelled_by: UserId | None = None
    cancel_reason: str = ""
    fee: int = 0
    checked_in_at: datetime | None = None
    gate: str = ""


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who made a booking. A guest of a counter has the name it gave them, and no e-mail address."""

    first_name: str
    last_name: str
    email: str

    @property
    def name(self) -> str:
        return name_of(self.first_name, self.last_name, self.email)


@dataclass(frozen=True, slots=True)
class BookingRecord:
    """A booking with all tickets ever in it, those bought first first.

    `updated_at` is the moment of the last ticket bought or cancelled.
    """

    id: BookingId
    event: Event
    user_id: UserId
    buyer: Buyer
    tickets: tuple[BookedTicket, ...]
    booked_at: datetime
    updated_at: datetime

    @property
    def standing(self) -> tuple[BookedTicket, ...]:
        """Return the tickets that are not cancelled; none of a called-off event, even before it has given all back."""
        if self.event.status is EventStatus.CANCELLED:
            return ()
        return tuple(ticket for ticket in self.tickets if ticket.cancelled_at is None)

    @property
    def status(self) -> BookingStatus:
        return BookingStatus.ACTIVE if self.standing else BookingStatus.CANCELLED

    @property
    def checked_in(self) -> int:
        """Return how many of the standing tickets are checked in."""
        return sum(ticket.checked_in_at is not None for ticket in self.standing)

    @property
    def total(self) -> Money:
        """Return what the standing tickets have cost."""
        return Money(sum(ticket.price for ticket in self.standing), self.event.currency)

    @property
    def refunded(self) -> Money:
        """Return what came back of the tickets that do not stand."""
        standing = set(self.standing)
        back = sum(ticket.price - ticket.fee for ticket in self.tickets if ticket not in standing)
        return Money(back, self.event.currency)

    @property
    def code(self) -> str:
        return confirmation_code(self.id)


@dataclass(frozen=True, slots=True)
class Cancellation:
    """Who cancels tickets and why. `fees` is what is kept of each by its number, nothing of those without."""

    by: UserId | None = None
    reason: str = ""
    fees: Mapping[int, int] = field(default_factory=dict)


UNEXPLAINED = Cancellation()


@dataclass(frozen=True, slots=True)
class PlacedTicket:
    """A booked ticket with its type, and its seat where it has one."""

    ticket: BookedTicket
    type: TicketType
    seat: Seat | None


@dataclass(frozen=True, slots=True)
class BookingSearch:
    """Whose bookings: one user's, those of events of these organizations, or, with neither, everybody's.

    Those of one user can be of events that are over at a moment, or of those that are not. An event without an end is
    over a day after its start.

    Among the bookings of one event, `code` finds the one with this confirmation code, and `part` those that have it in
    the buyer's names or e-mail address, whatever its case and accents, or as their confirmation code.
    """

    user_id: UserId | None = None
    organizations: frozenset[OrganizationId] | None = None
    event_id: EventId | None = None
    status: BookingStatus | None = None
    over_at: datetime | None = None
    not_over_at: datetime | None = None
    code: str = ""
    part: str = ""


def confirmation_code(booking_id: BookingId) -> str:
    """Return eight characters to read out at the door, in Crockford's base 32, which has no I, L, O or U.

    They are the last 40 bits of the booking's id, which are random (RFC 9562 section 5.7). They are unique within
    an event: the database refuses a second booking with the same ones, which then gets another id.
    """
    digits = base64.b32encode(UUID(booking_id).bytes[-_CODE_BYTES:]).translate(_TO_CROCKFORD).decode()
    return f"{digits[:4]}-{digits[4:]}"


def code_bytes(text: str) -> bytes | None:
    """Return the end of the booking's id that a confirmation code stands for. None for other text.

    Case and the dash do not matter, and neither do the letters Crockford's base 32 reads as digits.
    """
    typed = text.strip().upper()
    if not _CODE.fullmatch(typed):
        return None
    return base64.b32decode(typed.replace("-", "").replace(" ", "").encode().translate(_FROM_CROCKFORD))


def placed(tickets: Iterable[BookedTicket], plan: TicketPlan) -> list[PlacedTicket]:
    located = ((ticket, block_of(plan.blocks, ticket.number)) for ticket in tickets)
    return [
        PlacedTicket(ticket, plan.known_type(ticket.type_number), seat_of(block, ticket.number))
        for ticket, block in located
        if block is not None
    ]
