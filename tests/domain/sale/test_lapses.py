"""The cool-down of users who let reservations lapse."""

from datetime import timedelta

import pytest

from booked.domain.errors import TooManyRequests
from booked.domain.model.sale.lapses import Lapses, cool_downs, cooling_down, is_as_good_as_lapsed
from tests.builders import OPENING, TTL

MINUTE = timedelta(minutes=1)


def test_cool_downs_begin_after_the_third_round_and_double_up_to_six_times_a_reservations_time() -> None:
    assert [wait / MINUTE for wait in cool_downs(TTL)] == [0, 0, 1, 2, 4, 8, 16, 32, 60]


def test_without_any_time_there_is_no_cool_down() -> None:
    assert not any(cool_downs(timedelta(0)))


@pytest.mark.parametrize(("age", "late"), [(8.9, False), (9, True), (9.9, True)])
def test_the_last_tenth_of_a_reservations_time_is_as_good_as_lapsed(age: float, *, late: bool) -> None:
    assert is_as_good_as_lapsed(OPENING, OPENING + 10 * MINUTE, OPENING + age * MINUTE) is late


def test_a_deadline_counts_once_and_none_before_it_does() -> None:
    lapses = Lapses().with_lapsed(OPENING)

    assert lapses.with_lapsed(OPENING) == lapses.with_lapsed(OPENING - MINUTE) == lapses
    assert lapses.with_lapsed(OPENING + MINUTE).rounds == 2


def test_what_is_excused_does_not_count_and_prolongs_no_cool_down() -> None:
    lapses = Lapses(3, OPENING, OPENING).with_excused(OPENING + MINUTE / 2)

    assert lapses.with_lapsed(OPENING + MINUTE / 2) == lapses
    lapses.require_cooled_down(TTL, OPENING + MINUTE)


def test_a_cool_down_ends_as_long_after_the_lapse_as_it_lasts() -> None:
    lapses = Lapses(4, OPENING, OPENING)

    with pytest.raises(TooManyRequests) as refusal:
        lapses.require_cooled_down(TTL, OPENING + MINUTE / 2)
    assert refusal.value.retry_after_s == 90
    lapses.require_cooled_down(TTL, OPENING + 2 * MINUTE)


def test_nobody_is_told_to_come_back_at_once() -> None:
    assert cooling_down(3, timedelta(milliseconds=1)).retry_after_s == 1
