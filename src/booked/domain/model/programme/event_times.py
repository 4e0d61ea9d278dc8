"""Which times of an event go together."""

from datetime import datetime

from booked.domain.errors import InvalidEvent
from booked.domain.model.programme.times import OUT_OF_YEARS, SalesWindow, is_within_years


def require_times(
    starts_at: datetime, ends_at: datetime | None, sales: SalesWindow, cancellable_until: datetime | None
) -> None:
    """Raise `InvalidEvent` where the times of an event contradict each other."""
    for moment in (starts_at, ends_at, sales.start, sales.end, cancellable_until):
        if not is_within_years(moment):
            raise InvalidEvent(OUT_OF_YEARS)
    if ends_at is not None and ends_at <= starts_at:
        raise InvalidEvent("The event must end after it starts.")
    if sales.start is not None and sales.end is not None and sales.start >= sales.end:
        raise InvalidEvent("Sales must end after they start.")
    if ends_at is not None and sales.end is not None and sales.end > ends_at:
        raise InvalidEvent("Sales must end when the event does, or before. Choose an earlier end of sales.")
    if ends_at is not None and cancellable_until is not None and cancellable_until > ends_at:
        raise InvalidEvent("Buyers can cancel until the end of the event at the latest. Choose an earlier time.")
