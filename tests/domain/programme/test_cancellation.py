"""Terms of cancellation, and which of them hold for a ticket."""

from datetime import datetime, timedelta

import pytest

from booked.domain.errors import CancellationClosed, InvalidEvent
from booked.domain.model.money import PRICE_MOST
from booked.domain.model.programme.cancellation import (
    FORMER_TERMS_MOST,
    NEVER,
    CancellationPolicy,
    CancellationTerms,
    FormerTerms,
    better,
    require_fee,
)
from tests.builders import OPENING

DAY = timedelta(days=1)
FREE = CancellationTerms(OPENING, 0)
DEAR = CancellationTerms(OPENING, 500)
SHORT = CancellationTerms(OPENING - 9 * DAY, 0)
NOT_AT_ALL = CancellationTerms(NEVER, 0)
CHANGED = OPENING - 20 * DAY


@pytest.mark.parametrize(
    ("one", "other", "now", "expected"),
    [
        (FREE, DEAR, OPENING - DAY, FREE),
        (SHORT, DEAR, OPENING - 10 * DAY, SHORT),
        (SHORT, DEAR, OPENING - DAY, DEAR),
        (SHORT, FREE, OPENING - 10 * DAY, FREE),
        (NOT_AT_ALL, DEAR, OPENING - DAY, DEAR),
        (NOT_AT_ALL, DEAR, OPENING + DAY, DEAR),
        (FREE, CancellationTerms(None, 500), OPENING, CancellationTerms(None, 500)),
    ],
)
def test_what_is_permitted_for_less_is_better_for_a_buyer(
    one: CancellationTerms, other: CancellationTerms, now: datetime, expected: CancellationTerms
) -> None:
    assert better(one, other, now) == better(other, one, now) == expected


def test_what_was_booked_before_a_change_keeps_its_terms_and_has_better_ones_too() -> None:
    worse = CancellationPolicy(FREE).changed_to(DEAR, CHANGED)
    better_again = worse.changed_to(FREE, CHANGED + DAY)
    now = OPENING - 10 * DAY
    before, at, later = CHANGED - timedelta(microseconds=1), CHANGED, CHANGED + DAY

    assert [worse.terms_for(moment, now) for moment in (before, at, later)] == [FREE, DEAR, DEAR]
    assert [better_again.terms_for(moment, now) for moment in (before, at, later)] == [FREE, FREE, FREE]
    assert better_again.former == (FormerTerms(CHANGED, FREE), FormerTerms(CHANGED + DAY, DEAR))


def test_terms_that_stay_are_no_change() -> None:
    policy = CancellationPolicy(FREE, (FormerTerms(CHANGED, DEAR),))

    assert policy.changed_to(FREE, OPENING) is policy


def test_a_time_to_cancel_that_ends_with_the_start_moves_with_it() -> None:
    policy = CancellationPolicy(FREE, (FormerTerms(CHANGED, DEAR), FormerTerms(CHANGED, SHORT)))

    moved = policy.moved(OPENING, OPENING - DAY)

    assert moved.present.until == OPENING - DAY
    assert [one.terms.until for one in moved.former] == [OPENING - DAY, SHORT.until]


def test_terms_change_a_hundred_times_at_most() -> None:
    policy = CancellationPolicy(FREE)
    for place in range(FORMER_TERMS_MOST):
        policy = policy.changed_to(CancellationTerms(OPENING, place + 1), CHANGED)

    with pytest.raises(InvalidEvent):
        policy.changed_to(FREE, CHANGED)


def test_a_refusal_says_until_when_it_was_possible() -> None:
    with pytest.raises(CancellationClosed, match=f"until {SHORT.last:%Y-%m-%d %H:%M:%S} UTC"):
        SHORT.require_permitted(OPENING)
    with pytest.raises(CancellationClosed, match="without a right to cancel"):
        NOT_AT_ALL.require_permitted(OPENING - 99 * DAY)
    SHORT.require_permitted(SHORT.last - timedelta(microseconds=1))


@pytest.mark.parametrize("fee", [-1, PRICE_MOST + 1])
def test_a_fee_has_the_bounds_of_a_price(fee: int) -> None:
    with pytest.raises(InvalidEvent):
        require_fee(fee)
