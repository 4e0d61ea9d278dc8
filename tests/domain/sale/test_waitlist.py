"""The waitlist's rules: who may wait, and who is offered what."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booked.domain.errors import InvalidWaitlistCount, OverTicketLimit
from booked.domain.model.sale.waitlist import (
    GATHER_FOR,
    NOTHING,
    PASSES,
    Entry,
    OfferPlan,
    plan_offers,
    require_allowance,
    require_party,
    require_sold_out,
)
from tests.builders import OPENING, a_user_id, an_entry, an_event_id

NOW = OPENING
EVENT = an_event_id()
REACH = 50  # tickets that can come back at most
MOMENTS = st.timedeltas(min_value=-2 * GATHER_FOR, max_value=timedelta(0)).map(lambda ago: NOW + ago)


def plan(
    queue: Sequence[Entry],
    free: int,
    aside: int,
    now: datetime = NOW,
    *,
    of_types: Mapping[int | None, int] = NOTHING,
    came_back: Mapping[int, int] | None = None,
    within_reach: int = REACH,
) -> OfferPlan:
    """Plan offers where all that is free of a type came back, unless it is said how many did."""
    if came_back is None:
        came_back = {each: count for each, count in of_types.items() if each}
    return plan_offers(queue, {None: free, **of_types}, aside, within_reach, now, came_back=came_back)


def party(count: int, passed: int = 0, gathering_since: datetime | None = None) -> Entry:
    return replace(an_entry(EVENT, a_user_id(), count), passed=passed, gathering_since=gathering_since)


@st.composite
def parties(draw: st.DrawFn) -> Entry:
    """A party as the rules leave it: tickets gather for those that were passed often enough, and for others."""
    passed = draw(st.integers(min_value=0, max_value=PASSES + 3))
    gathering = passed >= PASSES or draw(st.booleans())
    return party(draw(st.integers(min_value=1, max_value=8)), passed, draw(MOMENTS) if gathering else None)


QUEUES = st.lists(parties(), max_size=12)
STOCKS = st.tuples(st.integers(0, 20), st.integers(0, 20)).map(lambda pair: (max(pair), min(pair)))  # free, aside


def served(planned: OfferPlan) -> int:
    return sum(entry.count for entry in planned.offers)


def run_rounds(queue: Sequence[Entry], frees: Sequence[int], now: datetime = NOW) -> list[Entry]:
    """Who still waits after rounds in which so many tickets came back and were offered."""
    waiting = list(queue)
    for free in frees:
        planned = plan(waiting, free, free, now)
        changed = {entry.id: entry for entry in planned.changed}
        waiting = [changed.get(entry.id, entry) for entry in waiting if entry not in planned.offers]
    return waiting


# Sharing out


@given(QUEUES, STOCKS)
def test_no_more_is_offered_than_is_free(queue: list[Entry], stock: tuple[int, int]) -> None:
    free, aside = stock

    planned = plan(queue, free, aside)

    assert served(planned) <= free
    assert set(planned.offers) <= set(queue)
    assert len(set(planned.offers)) == len(planned.offers)


@given(QUEUES, STOCKS)
def test_offers_keep_the_order_of_the_queue(queue: list[Entry], stock: tuple[int, int]) -> None:
    planned = plan(queue, *stock)

    places = [queue.index(entry) for entry in planned.offers]
    assert places == sorted(places)


@given(QUEUES, STOCKS)
def test_the_first_in_the_queue_is_served_if_there_is_enough(queue: list[Entry], stock: tuple[int, int]) -> None:
    planned = plan(queue, *stock)

    if queue and queue[0].count <= stock[0]:
        assert planned.offers[0] == queue[0]


@given(QUEUES, STOCKS)
def test_nobody_goes_before_a_party_that_may_not_be_passed(queue: list[Entry], stock: tuple[int, int]) -> None:
    planned = plan(queue, *stock)

    for place, entry in enumerate(queue):
        if entry not in planned.offers and not entry.may_be_passed(REACH, NOW):
            assert not set(queue[place:]) & set(planned.offers)


@given(QUEUES, STOCKS)
def test_a_party_that_is_not_served_was_too_large_or_stands_behind_one_that_waits_for_its_tickets(
    queue: list[Entry], stock: tuple[int, int]
) -> None:
    planned = plan(queue, *stock)
    after = {entry.id: entry for entry in planned.changed}

    left = stock[0]
    for entry in queue:
        if entry in planned.offers:
            left -= entry.count
        elif entry.count <= left:
            ahead = [after.get(other.id, other) for other in queue[: queue.index(entry)] if other not in planned.offers]
            assert any(not other.may_be_passed(REACH, NOW) for other in ahead)


@given(QUEUES, STOCKS)
def test_every_party_counts_the_smaller_ones_that_went_before_it(queue: list[Entry], stock: tuple[int, int]) -> None:
    planned = plan(queue, *stock)
    after = {entry.id: entry for entry in planned.changed}

    for place, entry in enumerate(queue):
        if entry not in planned.offers:
            went_before = len(set(queue[place:]) & set(planned.offers))
            assert after.get(entry.id, entry).passed == entry.passed + went_before


@given(QUEUES, STOCKS)
def test_only_what_changed_is_reported_as_changed(queue: list[Entry], stock: tuple[int, int]) -> None:
    planned = plan(queue, *stock)

    assert not set(planned.changed) & set(queue)
    assert {entry.id for entry in planned.changed} <= {entry.id for entry in queue}
    assert len({entry.id for entry in planned.changed}) == len(planned.changed)
    assert not {entry.id for entry in planned.changed} & {entry.id for entry in planned.offers}


@given(QUEUES, STOCKS)
def test_what_nobody_can_use_now_gathers_for_the_first_who_has_had_no_hour_or_goes_back_to_the_public(
    queue: list[Entry], stock: tuple[int, int]
) -> None:
    free, aside = stock

    planned = plan(queue, free, aside)

    after = {entry.id: entry for entry in planned.changed}
    left = [after.get(entry.id, entry) for entry in queue if entry not in planned.offers]
    first = next((entry for entry in left if entry.may_gather(REACH, NOW)), None)
    kept = max(0, aside - served(planned))
    assert planned.surplus == (0 if first else kept)
    assert not (first and kept) or first.gathering_since is not None


@given(QUEUES, STOCKS, st.integers(min_value=0, max_value=8))
def test_nothing_gathers_for_a_party_that_is_larger_than_all_that_can_come_back(
    queue: list[Entry], stock: tuple[int, int], within_reach: int
) -> None:
    planned = plan(queue, *stock, within_reach=within_reach)

    before = {entry.id: entry for entry in queue}
    for entry in planned.changed:
        if entry.count > within_reach:
            assert entry.gathering_since == before[entry.id].gathering_since
    if all(entry.count > within_reach for entry in queue if entry not in planned.offers):
        assert planned.surplus == max(0, stock[1] - served(planned))


def test_an_empty_queue_gives_everything_back() -> None:
    assert plan([], free=7, aside=3, now=NOW) == OfferPlan([], [], surplus=3)


def test_a_large_party_does_not_freeze_what_smaller_ones_can_use() -> None:
    large, small = party(5), party(2)

    planned = plan([large, small], free=3, aside=3, now=NOW)

    assert planned == OfferPlan([small], [replace(large, passed=1, gathering_since=NOW)], surplus=0)


def test_the_public_never_passes_the_first_in_the_queue_within_its_hour() -> None:
    pair = party(2)

    first = plan([pair], free=1, aside=1, now=NOW)
    later = plan(first.changed, free=1, aside=1, now=NOW + timedelta(minutes=59))
    over = plan(first.changed, free=1, aside=1, now=NOW + GATHER_FOR)

    assert first == OfferPlan([], [replace(pair, gathering_since=NOW)], surplus=0)
    assert later == OfferPlan([], [], surplus=0)
    assert over == OfferPlan([], [], surplus=1)


def test_after_the_first_party_has_had_its_hour_tickets_gather_for_the_next() -> None:
    large, pair = party(5, gathering_since=NOW - GATHER_FOR), party(2)

    planned = plan([large, pair], free=1, aside=1, now=NOW)

    assert planned == OfferPlan([], [replace(pair, gathering_since=NOW)], surplus=0)


def test_stock_that_never_was_taken_gathers_for_nobody() -> None:
    assert plan([party(2)], free=1, aside=0, now=NOW) == OfferPlan([], [], surplus=0)


def test_what_is_offered_counts_first_against_what_was_set_aside() -> None:
    planned = plan([party(2)], free=9, aside=3, now=NOW)

    assert planned.surplus == 1


# Passing and gathering


@given(st.integers(min_value=2, max_value=8), st.integers(min_value=0, max_value=20))
def test_a_party_is_passed_five_times_and_then_tickets_gather_for_it(size: int, rounds: int) -> None:
    queue = [party(size), *(party(1) for _ in range(20))]

    waiting = run_rounds(queue, [1] * rounds)

    large = waiting[0]
    assert large.passed == min(rounds, PASSES)
    assert (large.gathering_since is not None) is (rounds >= PASSES)
    assert len(waiting) == len(queue) - large.passed


@given(QUEUES, STOCKS)
def test_nobody_is_passed_more_than_five_times_without_tickets_gathering(
    queue: list[Entry], stock: tuple[int, int]
) -> None:
    planned = plan(queue, *stock)

    for entry in planned.changed:
        if entry.gathering_since is None:
            assert entry.passed < PASSES


def test_many_tickets_at_once_do_not_pass_a_party_more_often() -> None:
    queue = [party(30), *(party(1) for _ in range(20))]

    planned = plan(queue, free=20, aside=20, now=NOW)

    assert planned.offers == queue[1 : PASSES + 1]
    assert planned.changed == [replace(queue[0], passed=PASSES, gathering_since=NOW)]
    assert planned.surplus == 0


def test_while_tickets_gather_nothing_goes_back_to_the_public() -> None:
    large = party(5, passed=PASSES, gathering_since=NOW - timedelta(minutes=59))

    planned = plan([large, party(1)], free=4, aside=4, now=NOW)

    assert planned == OfferPlan([], [], surplus=0)


def test_a_party_for_which_enough_has_gathered_is_served() -> None:
    large = party(5, passed=PASSES, gathering_since=NOW - timedelta(minutes=59))
    small = party(1)

    planned = plan([large, small], free=6, aside=6, now=NOW)

    assert planned == OfferPlan([large, small], [], surplus=0)


def test_after_an_hour_of_gathering_a_party_may_be_passed_again() -> None:
    large = party(5, passed=PASSES, gathering_since=NOW - GATHER_FOR)
    small = party(1)

    planned = plan([large, small], free=4, aside=4, now=NOW)

    assert planned == OfferPlan([small], [replace(large, passed=PASSES + 1)], surplus=3)


def test_the_hour_of_gathering_begins_once() -> None:
    since = NOW - timedelta(minutes=30)
    large = party(5, passed=PASSES, gathering_since=since)

    planned = plan([large], free=1, aside=1, now=NOW)

    assert planned.changed == []


def test_two_large_parties_are_both_passed() -> None:
    first, second, small = party(9), party(8), party(1)

    planned = plan([first, second, small], free=1, aside=1, now=NOW)

    assert planned.offers == [small]
    assert planned.changed == [replace(first, passed=1), replace(second, passed=1)]


# Waiting for a type


def of_type(type_number: int, count: int, passed: int = 0, gathering_since: datetime | None = None) -> Entry:
    return replace(party(count, passed, gathering_since), type_number=type_number)


def test_what_comes_back_gathers_for_the_first_party_that_waits_for_its_type() -> None:
    stalls, circle = of_type(1, 2), of_type(2, 2)

    planned = plan([stalls, circle], 2, 2, of_types={1: 0, 2: 1})

    assert planned == OfferPlan([], [replace(circle, gathering_since=NOW)], surplus=1)


def test_a_party_is_offered_only_tickets_of_its_type() -> None:
    first, second, any_type = of_type(1, 2), of_type(2, 2), party(1)

    planned = plan([first, second, any_type], 5, 5, of_types={1: 1, 2: 4})

    assert planned.offers == [second, any_type]
    assert planned.changed == [replace(first, passed=1, gathering_since=NOW)]


def test_parties_that_wait_for_different_types_do_not_pass_one_another() -> None:
    first = of_type(1, 2, PASSES, NOW)
    others = [of_type(2, 1) for _ in range(3)]

    planned = plan([first, *others, of_type(1, 1), party(1)], 4, 4, of_types={1: 1, 2: 3})

    assert planned.offers == others
    assert planned.changed == []


def test_who_waits_for_any_type_goes_before_a_party_for_which_another_type_gathers() -> None:
    first, any_type = of_type(1, 2, PASSES, NOW), party(2)

    planned = plan([first, any_type], 3, 3, of_types={1: 1})

    assert planned == OfferPlan([any_type], [], surplus=0, spared={any_type.id: frozenset({1})})


def test_of_what_gathers_for_a_party_those_who_wait_for_any_type_get_nothing() -> None:
    first, any_type = of_type(1, 2, PASSES, NOW), party(3)

    planned = plan([first, any_type], 3, 3, of_types={1: 1})

    assert planned == OfferPlan([], [replace(any_type, gathering_since=NOW)], surplus=0)


def test_an_offer_leaves_what_gathers_for_another_type_set_aside() -> None:
    first, any_type = of_type(1, 2, PASSES, NOW), party(4)
    stalls, circle = of_type(1, 2, 1, NOW), of_type(2, 3)

    around = plan([first, any_type], 5, 3, of_types={1: 1})
    beside = plan([stalls, circle], 4, 2, of_types={1: 1, 2: 3})

    assert around == OfferPlan([any_type], [], surplus=0, spared={any_type.id: frozenset({1})})
    assert beside == OfferPlan([circle], [], surplus=0, spared={circle.id: frozenset({1})})


def test_the_hour_of_a_party_does_not_begin_with_what_gathers_for_another() -> None:
    first, any_type = of_type(1, 2), party(3)

    planned = plan([first, any_type], 2, 1, of_types={1: 1})

    assert planned == OfferPlan([], [replace(first, gathering_since=NOW)], surplus=0)


def test_nobody_goes_before_a_party_for_any_type_that_was_passed_too_often() -> None:
    first, second = party(4, PASSES, NOW), of_type(1, 2, PASSES, NOW)

    planned = plan([first, second, party(1), of_type(2, 1)], 3, 3, of_types={1: 1, 2: 2})

    assert planned == OfferPlan([], [], surplus=0)


def test_what_is_not_of_the_type_that_a_party_gathers_goes_back_to_the_public() -> None:
    planned = plan([of_type(1, 2, PASSES, NOW)], 4, 3, of_types={1: 1})

    assert planned == OfferPlan([], [], surplus=2)


def test_of_a_type_only_what_came_back_gathers() -> None:
    stalls, circle = of_type(1, 2), of_type(2, 6)

    planned = plan([circle, stalls], 6, 1, of_types={1: 1, 2: 5}, came_back={1: 1, 2: 0})
    none_wanted = plan([circle], 6, 1, of_types={2: 5}, came_back={2: 0})

    assert planned == OfferPlan([], [replace(stalls, gathering_since=NOW)], surplus=0)
    assert none_wanted == OfferPlan([], [], surplus=1)


def test_an_offer_of_what_never_was_taken_leaves_set_aside_what_came_back_of_another_type() -> None:
    circle, stalls = of_type(2, 5), of_type(1, 2)

    planned = plan([circle, stalls], 6, 1, of_types={1: 1, 2: 5}, came_back={1: 1, 2: 0})

    assert planned == OfferPlan([circle], [replace(stalls, gathering_since=NOW)], surplus=0)


def test_what_is_offered_counts_as_set_aside_also_where_others_took_what_came_back() -> None:
    circle, any_type = of_type(2, 3), party(4)

    planned = plan([circle, any_type], 5, 2, of_types={1: 0, 2: 5}, came_back={1: 0, 2: 0})

    assert planned == OfferPlan([circle], [], surplus=0)


def test_of_types_for_which_nothing_gathers_nothing_is_kept() -> None:
    stalls, any_type = of_type(1, 2), party(9)

    for_stalls = plan([stalls], 3, 3, of_types={1: 1, 2: 2})
    for_both = plan([stalls, any_type], 3, 3, of_types={1: 1, 2: 2})

    assert (for_stalls.keeps(1), for_stalls.keeps(2)) == (True, False)
    assert not plan([], 3, 3, of_types={1: 1, 2: 2}).keeps(1)
    assert for_both.keeps(2)


def test_of_a_type_no_more_is_offered_than_is_free() -> None:
    queue = [of_type(1, 2), of_type(1, 2), of_type(1, 1)]

    assert plan(queue, 9, 0, of_types={1: 3}).offers == [queue[0], queue[2]]
    assert plan(queue, 3, 0, of_types={1: 9}).offers == [queue[0], queue[2]]
    assert plan(queue, 9, 0).offers == []


# Who may wait


@pytest.mark.parametrize(
    ("count", "seats", "limit"), [(1, 1, None), (100, 500, None), (4, 500, 4), (20, 20, None), (20, 20, 50)]
)
def test_a_party_may_be_as_large_as_an_offer_could_ever_be(count: int, seats: int, limit: int | None) -> None:
    assert require_party(count, seats, limit) == count


@pytest.mark.parametrize(
    ("count", "seats", "limit"),
    [(0, 20, None), (-1, 20, None), (101, 500, None), (21, 20, None), (5, 20, 4), (10**9, 20, None)],
)
def test_a_party_that_could_never_be_served_does_not_wait(count: int, seats: int, limit: int | None) -> None:
    with pytest.raises(InvalidWaitlistCount):
        require_party(count, seats, limit)


def test_nobody_waits_for_more_than_they_may_still_have() -> None:
    require_allowance(count=2, owned=2, ticket_limit=4)
    require_allowance(count=9, owned=9, ticket_limit=None)
    with pytest.raises(OverTicketLimit, match="You have 2 tickets of this event"):
        require_allowance(count=3, owned=2, ticket_limit=4)


def test_nobody_waits_for_what_can_be_reserved() -> None:
    require_sold_out(count=3, available=2)
    with pytest.raises(InvalidWaitlistCount, match="2 tickets are available"):
        require_sold_out(count=2, available=2)
