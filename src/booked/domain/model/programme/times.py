"""When an event takes place, when its tickets are sold, and until when buyers can cancel."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

from booked.domain.errors import InvalidEvent

EARLIEST_START = datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
LATEST_START = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
PRESUMED_LENGTH = timedelta(hours=3)  # of an event that has no end


class AtStart(Enum):
    """A moment that is known once the start of the event is: the start itself."""

    AT_START = "at the start"


AT_START = AtStart.AT_START


@dataclass(frozen=True, slots=True)
class SalesWindow:
    """When tickets can be reserved: from `start` until `end`, None for no bound."""

    start: datetime | None = None
    end: datetime | None = None

    def is_over(self, now: datetime) -> bool:
        return self.end is not None and self.end <= now


ALWAYS = SalesWindow()


def moment_or_start(moment: datetime | AtStart | None, starts_at: datetime) -> datetime | None:
    return starts_at if moment is AT_START else moment


def moved(moment: datetime | None, former_start: datetime, starts_at: datetime) -> datetime | None:
    """Return a moment of an event that starts at another time: one at its start moves along, others stay."""
    return starts_at if moment == former_start else moment


def require_times(
    starts_at: datetime, ends_at: datetime | None, sales: SalesWindow, cancellable_until: datetime | None
) -> None:
    """Raise `InvalidEvent` where the times of an event contradict each other."""
    for moment in (starts_at, ends_at, sales.start, sales.end, cancellable_until):
        if moment is not None and not EARLIEST_START <= moment <= LATEST_START:
            raise InvalidEvent("Every time must lie between 1970 and the year 9999.")
    if ends_at is not None and ends_at <= starts_at:
        raise InvalidEvent("The event must end after it starts.")
    if sales.start is not None and sales.end is not None and sales.start >= sales.end:
        raise InvalidEvent("Sales must end after they start.")
    if ends_at is not None and sales.end is not None and sales.end > ends_at:
        raise InvalidEvent("Sales must end when the event does, or before. Choose an earlier end of sales.")
    if ends_at is not None and cancellable_until is not None and cancellable_until > ends_at:
        raise InvalidEvent("Buyers can cancel until the end of the event at the latest. Choose an earlier time.")
