"""Rules of ticket types: what is on offer when."""

from dataclasses import replace
from datetime import timedelta

import pytest

from booked.domain.errors import (
    BelowMinimum,
    BookedError,
    InvalidTicketType,
    NoSuchSeat,
    NoSuchTicketType,
    OverTicketLimit,
    SalesClosed,
    TypePaused,
)
from booked.domain.model.ids import ticket_id
from booked.domain.model.programme.seating import Block, SeatBlock
from booked.domain.model.programme.ticket_types import TicketPlan, TicketType
from booked.domain.model.programme.times import SalesWindow
from booked.domain.model.programme.type_rules import Offering, TypeRuleChanges, TypeRules, revise_rules
from booked.domain.model.sale.reservations import AnyOf, BestOf, CheapestOf, TicketRequest, as_selection
from tests.builders import OPENING, an_event_id

HOUR = timedelta(hours=1)
HIDDEN, PAUSED = TypeRules(hidden=True), TypeRules(paused=True)
PAIRS = TypeRules(min_per_order=2)
LATER, OVER = TypeRules(sales=SalesWindow(start=OPENING + HOUR)), TypeRules(sales=SalesWindow(end=OPENING))
EVENT = an_event_id()
FRONT, BACK, STANDING = (
    Block(1, 6, 1, SeatBlock("Front", 1, 6)),
    Block(7, 12, 2, SeatBlock("Back", 1, 6)),
    Block(13, 20, 3),
)
PLAN = TicketPlan(
    (
        TicketType(1, "Front", "", 5000, None, 6),
        TicketType(2, "Back", "", 3000, None, 6),
        TicketType(3, "Standing", "", 1000, None, 8),
    ),
    (FRONT, BACK, STANDING),
)


def with_rules(**rules: TypeRules) -> TicketPlan:
    """Return the plan with other rules for types of these names."""
    types = tuple(replace(type_, rules=rules.get(type_.name, type_.rules)) for type_ in PLAN.types)
    return replace(PLAN, types=types)


def test_a_type_is_on_offer_in_its_period_unless_it_is_hidden_or_paused() -> None:
    period = TypeRules(sales=SalesWindow(OPENING, OPENING + HOUR))

    offerings = [period.offering(OPENING + HOUR * hours) for hours in (-1, 0, 1)]

    assert offerings == [Offering.NOT_YET, Offering.ON_OFFER, Offering.OVER]
    assert [rules.offering(OPENING) for rules in (TypeRules(), HIDDEN, PAUSED)] == [
        Offering.ON_OFFER,
        Offering.HIDDEN,
        Offering.PAUSED,
    ]


def cheapest(count: int, *by_price: Block) -> CheapestOf:
    """Those of the blocks, one after the other; Standing is withheld."""
    return CheapestOf(count, [[block] for block in by_price], [STANDING], with_rules().capacity)


def test_the_cheapest_tickets_are_of_types_on_offer() -> None:
    plan = with_rules(Standing=PAUSED)

    selection = as_selection(TicketRequest(2), EVENT, plan, OPENING)

    assert selection == cheapest(2, BACK, FRONT)


def test_of_a_plan_at_one_price_nothing_is_taken_that_is_not_on_offer() -> None:
    plan = with_rules(Standing=HIDDEN)
    same = replace(plan, types=tuple(replace(type_, price=1000) for type_ in plan.types))

    assert as_selection(TicketRequest(2), EVENT, same, OPENING) == cheapest(2, FRONT, BACK)
    assert as_selection(TicketRequest(2), EVENT, same, OPENING).count == 2


def test_the_best_seats_are_of_types_on_offer() -> None:
    plan = with_rules(Front=LATER)

    assert as_selection(TicketRequest(2, best_available=True), EVENT, plan, OPENING) == BestOf(2, [BACK])
    with pytest.raises(TypePaused):
        as_selection(TicketRequest(2, best_available=True), EVENT, with_rules(Front=PAUSED, Back=OVER), OPENING)


@pytest.mark.parametrize(
    ("rules", "of_type", "of_seat"),
    [
        (HIDDEN, NoSuchTicketType, NoSuchSeat),
        (PAUSED, TypePaused, TypePaused),
        (LATER, SalesClosed, SalesClosed),
        (OVER, SalesClosed, SalesClosed),
    ],
)
def test_a_request_for_a_type_that_is_not_on_offer_is_told_why(
    rules: TypeRules, of_type: type[BookedError], of_seat: type[BookedError]
) -> None:
    plan = with_rules(Front=rules)

    with pytest.raises(of_type):
        as_selection(TicketRequest(1, 1), EVENT, plan, OPENING)
    with pytest.raises(of_type):
        as_selection(TicketRequest(1, 1, best_available=True), EVENT, plan, OPENING)
    with pytest.raises(of_seat):
        as_selection(TicketRequest(seats=[ticket_id(EVENT, 3)]), EVENT, plan, OPENING)
    assert as_selection(TicketRequest(1, 2), EVENT, plan, OPENING) == AnyOf(1, [BACK])


def test_the_public_is_shown_a_plan_without_hidden_types() -> None:
    shown = with_rules(Front=HIDDEN, Back=PAUSED).for_public

    assert [type_.name for type_ in shown.types] == ["Back", "Standing"]
    assert shown.blocks == (BACK, STANDING)


def test_a_bound_of_a_period_is_taken_away_and_the_rest_stays() -> None:
    rules = TypeRules(paused=True, sales=SalesWindow(OPENING, OPENING + HOUR))

    assert revise_rules(rules, TypeRuleChanges(sales_start=None)) == TypeRules(
        paused=True, sales=SalesWindow(None, OPENING + HOUR)
    )
    assert revise_rules(rules, TypeRuleChanges(paused=False)).sales == rules.sales


def test_a_period_ends_after_it_starts() -> None:
    with pytest.raises(InvalidTicketType):
        revise_rules(TypeRules(sales=SalesWindow(OPENING)), TypeRuleChanges(sales_end=OPENING))


@pytest.mark.parametrize(
    "request_",
    [TicketRequest(1, 1), TicketRequest(1, 1, best_available=True), TicketRequest(seats=[ticket_id(EVENT, 3)])],
)
def test_a_request_for_fewer_than_an_order_has_at_least_is_refused(request_: TicketRequest) -> None:
    plan = with_rules(Front=PAIRS)

    with pytest.raises(BelowMinimum, match="at least 2"):
        as_selection(request_, EVENT, plan, OPENING)
    assert as_selection(TicketRequest(2, 1), EVENT, plan, OPENING) == AnyOf(2, [FRONT])


def test_what_joins_tickets_of_the_type_may_be_fewer() -> None:
    plan = with_rules(Front=PAIRS, Back=PAIRS)

    one_more = as_selection(TicketRequest(1, 1, beside={1}), EVENT, plan, OPENING)

    assert one_more == AnyOf(1, [FRONT])
    with pytest.raises(BelowMinimum):
        as_selection(TicketRequest(1, 2, beside={1}), EVENT, plan, OPENING)


def test_the_cheapest_tickets_are_of_a_type_with_a_minimum_only_if_all_are() -> None:
    plan = with_rules(Standing=PAIRS)

    assert as_selection(TicketRequest(1), EVENT, plan, OPENING) == cheapest(1, BACK, FRONT)
    assert as_selection(TicketRequest(2), EVENT, plan, OPENING) == cheapest(2, STANDING, BACK, FRONT)


def test_the_best_seats_are_of_types_that_are_sold_in_such_numbers() -> None:
    plan = with_rules(Front=PAIRS)

    selections = [
        as_selection(TicketRequest(count, best_available=True, split=split), EVENT, plan, OPENING)
        for count, split in ((1, False), (2, False), (2, True))
    ]

    assert selections == [BestOf(1, [BACK]), BestOf(2, [FRONT, BACK]), BestOf(2, [BACK], split=True)]


def test_where_all_is_sold_in_larger_numbers_only_a_request_is_told_so() -> None:
    all_pairs = with_rules(Front=PAIRS, Back=PAIRS, Standing=PAIRS)

    for request in (TicketRequest(1), TicketRequest(1, best_available=True)):
        with pytest.raises(BelowMinimum, match="at least 2"):
            as_selection(request, EVENT, all_pairs, OPENING)
    with pytest.raises(BelowMinimum, match="Name one"):
        as_selection(TicketRequest(4, best_available=True, split=True), EVENT, all_pairs, OPENING)


@pytest.mark.parametrize("least", [0, 101])
def test_an_order_has_at_least_as_many_tickets_as_one_can_ask_for(least: int) -> None:
    with pytest.raises(InvalidTicketType):
        revise_rules(TypeRules(), TypeRuleChanges(min_per_order=least))


def test_a_minimum_keeps_nothing_from_the_public() -> None:
    assert not with_rules(Front=PAIRS).has_rules
    assert with_rules(Front=PAUSED).has_rules


FOUR = TypeRules(max_per_user=4)


def test_a_request_for_more_than_a_user_may_have_is_refused() -> None:
    plan = with_rules(Front=FOUR)

    for request in (TicketRequest(5, 1), TicketRequest(5, 1, best_available=True)):
        with pytest.raises(OverTicketLimit, match="at most 4"):
            as_selection(request, EVENT, plan, OPENING)
    with pytest.raises(OverTicketLimit, match="at most 4"):
        as_selection(TicketRequest(seats=[ticket_id(EVENT, n) for n in range(1, 6)]), EVENT, plan, OPENING)
    assert as_selection(TicketRequest(4, 1), EVENT, plan, OPENING) == AnyOf(4, [FRONT])


def test_the_cheapest_tickets_are_of_a_type_with_a_limit_only_if_all_are() -> None:
    plan = with_rules(Standing=FOUR)

    assert as_selection(TicketRequest(4), EVENT, plan, OPENING) == cheapest(4, STANDING, BACK, FRONT)
    assert as_selection(TicketRequest(5), EVENT, plan, OPENING) == cheapest(5, BACK, FRONT)
    with pytest.raises(OverTicketLimit, match="at most 4"):
        as_selection(TicketRequest(5), EVENT, with_rules(Front=FOUR, Back=FOUR, Standing=FOUR), OPENING)


def test_the_best_seats_are_of_types_of_which_a_user_may_have_as_many() -> None:
    plan = with_rules(Front=FOUR)

    selections = [
        as_selection(TicketRequest(count, best_available=True, split=split), EVENT, plan, OPENING)
        for count, split in ((5, False), (4, False), (4, True))
    ]

    assert selections == [BestOf(5, [BACK]), BestOf(4, [FRONT, BACK]), BestOf(4, [BACK], split=True)]


def test_a_user_may_have_as_many_as_an_order_has_at_least() -> None:
    with pytest.raises(InvalidTicketType):
        revise_rules(TypeRules(min_per_order=3), TypeRuleChanges(max_per_user=2))
    assert revise_rules(FOUR, TypeRuleChanges(max_per_user=None)) == TypeRules()
    assert revise_rules(FOUR, TypeRuleChanges(min_per_order=4)) == TypeRules(min_per_order=4, max_per_user=4)
