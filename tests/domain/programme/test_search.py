"""Where a page of a search begins."""

from datetime import timedelta

import pytest

from booked.domain.errors import InvalidCursor
from booked.domain.model.programme.search import EventCursor, EventSort, FoundEvent, cursor_behind, moment_of
from tests.builders import OPENING, an_event, an_event_id


def test_a_cursor_names_what_is_sorted_by() -> None:
    event = an_event()
    found = FoundEvent(event, OPENING - timedelta(hours=9) + timedelta(microseconds=1), None, None, None)

    cursors = {sort: cursor_behind(found, sort) for sort in EventSort}

    assert {cursor.event_id for cursor in cursors.values()} == {event.id}
    assert cursors[EventSort.NAME].value == "Concert"
    assert moment_of(cursors[EventSort.STARTS]) == moment_of(cursors[EventSort.STARTS_LAST]) == OPENING
    assert moment_of(cursors[EventSort.NEWEST]) == found.created_at


@pytest.mark.parametrize("value", ["", "now", "2027-02-30T00:00:00Z", "10000-01-01", "0001-01-01T00:00:00+23:59"])
def test_a_cursor_whose_time_cannot_be_read_is_refused(value: str) -> None:
    with pytest.raises(InvalidCursor):
        moment_of(EventCursor(value, an_event_id()))
