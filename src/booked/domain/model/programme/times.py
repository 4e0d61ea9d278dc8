"""When an event takes place, when its tickets are sold, and until when buyers can cancel."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

EARLIEST_START = datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
LATEST_START = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
OUT_OF_YEARS = "Every time must lie between 1970 and the year 9999."
PRESUMED_LENGTH = timedelta(hours=3)  # of an event that has no end


def is_within_years(moment: datetime | None) -> bool:
    """Tell whether a moment, if there is one, lies in the years that times may have."""
    return moment is None or EARLIEST_START <= moment <= LATEST_START


class AtStart(Enum):
    """A moment that is known once the start of the event is: the start itself."""

    AT_START = "at the start"


AT_START = AtStart.AT_START


@dataclass(frozen=True, slots=True)
class SalesWindow:
    """When tickets can be reserved: from `start` until `end`, None for no bound."""

    start: datetime | None = None
    end: datetime | None = None

    def has_begun(self, now: datetime) -> bool:
        return self.start is None or self.start <= now

    def is_over(self, now: datetime) -> bool:
        return self.end is not None and self.end <= now


ALWAYS = SalesWindow()


def moment_or_start(moment: datetime | AtStart | None, starts_at: datetime) -> datetime | None:
    return starts_at if moment is AT_START else moment


def moved(moment: datetime | None, former_start: datetime, starts_at: datetime) -> datetime | None:
    """Return a moment of an event that starts at another time: one at its start moves along, others stay."""
    return starts_at if moment == former_start else moment
