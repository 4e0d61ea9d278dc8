"""What somebody has: held, waited for, booked."""

from collections.abc import Sequence
from dataclasses import dataclass

from booked.adapters.http.contracts.web.views.bookings import BookingCard
from booked.adapters.http.contracts.web.views.holds import HoldCard
from booked.adapters.http.contracts.web.views.waiting import PlaceCard


@dataclass(frozen=True, slots=True)
class MineView:
    """`next_path` leads to the next page of bookings, None on the last one."""

    held: Sequence[HoldCard]
    places: Sequence[PlaceCard]
    bookings: Sequence[BookingCard]
    next_path: str | None


@dataclass(frozen=True, slots=True)
class PastView:
    """Bookings of events that are over."""

    bookings: Sequence[BookingCard]
    next_path: str | None
