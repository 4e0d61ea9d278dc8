"""When an event takes place, when its tickets are sold, and until when buyers can cancel."""

from dataclasses import dataclass
from datetime import UTC, datetime

from booked.domain.errors import InvalidEvent

EARLIEST_START = datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
LATEST_START = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SalesWindow:
    """When tickets can be reserved: from `start` until `end`, None for no bound."""

    start: datetime | None = None
    end: datetime | None = None

    def is_over(self, now: datetime) -> bool:
        return self.end is not None and self.end <= now


ALWAYS = SalesWindow()


def require_start(unix_time: int) -> datetime:
    """The moment that a Unix time in seconds names: after 1970, before the year 10000."""
    if not EARLIEST_START.timestamp() <= unix_time <= LATEST_START.timestamp():
        raise InvalidEvent("unix_time must be a Unix time in seconds between 1970 and the year 9999.")
    return datetime.fromtimestamp(unix_time, UTC)


def require_order(starts_at: datetime, ends_at: datetime | None, sales: SalesWindow) -> None:
    """Raise `InvalidEvent` where the times of an event contradict each other."""
    for moment in (starts_at, ends_at, sales.start, sales.end):
        if moment is not None and not EARLIEST_START <= moment <= LATEST_START:
            raise InvalidEvent("Every time must lie between 1970 and the year 9999.")
    if ends_at is not None and ends_at <= starts_at:
        raise InvalidEvent("The event must end after it starts.")
    if sales.start is not None and sales.end is not None and sales.start >= sales.end:
        raise InvalidEvent("Sales must end after they start.")
    if ends_at is not None and sales.end is not None and sales.end > ends_at:
        raise InvalidEvent("Sales must end when the event does, or before. Choose an earlier end of sales.")


def require_deadline(cancellable_until: datetime | None, ends_at: datetime | None) -> datetime | None:
    """Raise `InvalidEvent` where buyers could cancel after the end of the event."""
    if cancellable_until is not None:
        if not EARLIEST_START <= cancellable_until <= LATEST_START:
            raise InvalidEvent("Every time must lie between 1970 and the year 9999.")
        if ends_at is not None and cancellable_until > ends_at:
            raise InvalidEvent("cancellable_until must not be later than the end of the event. Choose an earlier time.")
    return cancellable_until
