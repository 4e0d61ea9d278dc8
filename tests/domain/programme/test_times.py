"""Which times of an event go together."""

from datetime import UTC, datetime, timedelta

import pytest

from booked.domain.errors import InvalidEvent
from booked.domain.model.programme.event_times import require_times
from booked.domain.model.programme.times import LATEST_START, SalesWindow
from tests.builders import OPENING

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("ends_at", "sales"),
    [
        (None, SalesWindow()),
        (OPENING + HOUR, SalesWindow(OPENING - HOUR, OPENING)),
        (None, SalesWindow(None, OPENING + HOUR)),
        (OPENING + HOUR, SalesWindow(None, OPENING + HOUR)),
    ],
)
def test_sales_end_with_the_event_or_before(ends_at: datetime | None, sales: SalesWindow) -> None:
    require_times(OPENING, ends_at, sales, ends_at)


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "sales"),
    [
        (OPENING, OPENING, SalesWindow()),
        (OPENING, OPENING - HOUR, SalesWindow()),
        (OPENING, None, SalesWindow(OPENING, OPENING)),
        (OPENING, None, SalesWindow(OPENING - HOUR, OPENING - HOUR)),
        (OPENING, OPENING + HOUR, SalesWindow(None, OPENING + HOUR + timedelta(seconds=1))),
        (OPENING, LATEST_START + timedelta(microseconds=1), SalesWindow()),
        (OPENING, None, SalesWindow(None, LATEST_START + timedelta(microseconds=1))),
        (datetime(1970, 1, 1, tzinfo=UTC), None, SalesWindow()),
        (OPENING, None, SalesWindow(datetime(1, 1, 1, tzinfo=UTC))),
    ],
)
def test_times_that_contradict_each_other_are_refused(
    starts_at: datetime, ends_at: datetime | None, sales: SalesWindow
) -> None:
    with pytest.raises(InvalidEvent):
        require_times(starts_at, ends_at, sales, None)
