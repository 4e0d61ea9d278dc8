"""Bookings: tickets bought together, and what the database may say to the attempt to make one."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from booked.domain.model.events import Event
from booked.domain.model.ids import BookingId


class Verdict(Enum):
    """What became of the commit of a claim. Only BOOKED has written anything; repeated, it says the same again."""

    BOOKED = auto()
    VOID = auto()  # the sweep gave this booking id up; it can never be booked any more
    STALE_EPOCH = auto()  # the event was repaired since the claim
    WITHDRAWN = auto()  # the event is not on sale, or never existed
    ALREADY_SOLD = auto()  # a ticket is sold: the hold store was wrong
    UNKNOWN_USER = auto()  # the user's account is gone
    OVER_LIMIT = auto()  # the user would have more tickets of the event than it allows


@dataclass(frozen=True, slots=True)
class Booking:
    """A booking as its owner sees it: the event, how many of its tickets still stand, and when it was made."""

    id: BookingId
    event: Event
    tickets: int
    booked_at: datetime


@dataclass(frozen=True, slots=True)
class OwnedTicket:
    """A ticket that stands, and the booking it was bought in."""

    booking_id: BookingId
    number: int
