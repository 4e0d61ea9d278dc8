"""A process that stood still knows it, whether its pulse or a request is the first to notice."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from booked import pulse
from booked.pulse import AFTERMATH, BEAT, STILL, Pulse


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(pulse, "monotonic", clock)
    return clock


@pytest.fixture
async def beating(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Pulse]:
    """One that has beaten once, and beats whenever it gets a turn."""
    monkeypatch.setattr(pulse, "BEAT", 0)
    beating = Pulse()
    beats = asyncio.create_task(beating.beat())
    await asyncio.sleep(0)
    yield beating
    beats.cancel()
    await asyncio.wait([beats])


def test_what_does_not_beat_yet_has_not_stood_still(clock: Clock) -> None:
    assert not Pulse().stood_still


async def test_who_comes_in_time_finds_it_going(clock: Clock, beating: Pulse) -> None:
    clock.now += STILL

    assert not beating.stood_still


async def test_who_comes_before_the_next_beat_notices(clock: Clock, beating: Pulse) -> None:
    clock.now += STILL + 0.01

    assert beating.stood_still


async def test_the_next_beat_notices_for_who_comes_later(clock: Clock, beating: Pulse) -> None:
    clock.now += STILL + 0.01
    await asyncio.sleep(0.001)
    clock.now += AFTERMATH - 0.01

    assert beating.stood_still


async def test_once_it_goes_on_that_is_over(clock: Clock, beating: Pulse) -> None:
    clock.now += STILL + 0.01
    for _ in range(4):
        await asyncio.sleep(0.001)
        clock.now += AFTERMATH / 3

    assert not beating.stood_still


def test_it_beats_often_enough_to_be_told_from_standing_still() -> None:
    assert 2 * BEAT <= STILL
