"""The promises of clocks and of sources of ids."""

from datetime import timedelta
from itertools import pairwise

import pytest

from booked.adapters.system.clock import SystemClock
from booked.adapters.system.ids import UUIDv7Ids
from booked.domain.model.ids import event_id_from
from booked.ports.system import Clock, Ids
from tests.memory.clock import FrozenClock
from tests.memory.ids import CountingIds


@pytest.fixture(params=[FrozenClock, SystemClock])
def any_clock(request: pytest.FixtureRequest) -> Clock:
    clock: Clock = request.param()
    return clock


@pytest.fixture(params=[CountingIds, UUIDv7Ids])
def ids(request: pytest.FixtureRequest) -> Ids:
    source: Ids = request.param()
    return source


async def test_the_present_is_told_in_utc(any_clock: Clock) -> None:
    assert any_clock.now().utcoffset() == timedelta(0)


async def test_who_sleeps_wakes_up_later(any_clock: Clock) -> None:
    before, started = any_clock.now(), any_clock.monotonic()

    await any_clock.sleep(0.02)

    assert any_clock.now() - before >= timedelta(seconds=0.02)
    assert any_clock.monotonic() - started >= timedelta(seconds=0.02)


async def test_no_time_passes_when_the_time_of_day_is_set() -> None:
    clock = FrozenClock()
    before, started = clock.now(), clock.monotonic()

    clock.set_ahead(-timedelta(hours=1))

    assert clock.now() == before - timedelta(hours=1)
    assert clock.monotonic() == started


async def test_no_id_is_given_out_twice_and_later_ones_sort_after_earlier_ones(ids: Ids) -> None:
    given = [str(ids.unique()) for _ in range(5_000)]

    assert all(earlier < later for earlier, later in pairwise(given))


async def test_ids_are_uuids_of_version_7(ids: Ids) -> None:
    unique = ids.unique()

    assert unique.version == 7
    assert unique.variant == "specified in RFC 4122"


async def test_ids_leave_room_for_tickets(ids: Ids) -> None:
    events = {event_id_from(ids.unique()) for _ in range(5_000)}

    assert len(events) == 5_000
