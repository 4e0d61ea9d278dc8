"""What comes back of the price when tickets are cancelled."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booked.domain.errors import CancellationClosed, InvalidCancellation
from booked.domain.model.programme.cancellation import NEVER, CancellationPolicy, CancellationTerms
from booked.domain.model.programme.events import EventStatus
from booked.domain.model.sale.bookings import OwnedTicket
from booked.domain.model.sale.cancellations import CancellationOrder, CancellationWish, fees_beside
from tests.builders import OPENING, a_booking_id, a_user_id, an_event

HOUR = timedelta(hours=1)
AMOUNTS = st.integers(0, 10**12)


def tickets(prices: list[int]) -> list[OwnedTicket]:
    booking = a_booking_id()
    return [OwnedTicket(booking, number, price, OPENING - 2 * HOUR) for number, price in enumerate(prices, 1)]


@given(st.lists(AMOUNTS, min_size=1, max_size=100), AMOUNTS)
def test_a_fee_is_kept_of_each_ticket_and_never_more_than_was_paid(prices: list[int], fee: int) -> None:
    event = replace(an_event(), cancellation=CancellationPolicy(CancellationTerms(OPENING, fee)))

    cancellation = CancellationOrder(a_user_id()).carried_out(event, tickets(prices), OPENING - HOUR)

    assert [cancellation.fees[number] for number in range(1, len(prices) + 1)] == [min(fee, price) for price in prices]


@given(st.data(), st.lists(AMOUNTS, min_size=1, max_size=100))
def test_a_refund_is_shared_exactly_and_no_ticket_brings_back_more_than_it_has_cost(
    data: st.DataObject, prices: list[int]
) -> None:
    refund = data.draw(st.integers(0, sum(prices)))

    fees = fees_beside(refund, tickets(prices))

    backs = [price - fees.get(number, 0) for number, price in enumerate(prices, 1)]
    assert sum(backs) == refund
    assert all(0 <= back <= price for back, price in zip(backs, prices, strict=True))


@given(st.lists(AMOUNTS, max_size=9), st.integers(min_value=1))
def test_more_than_was_paid_is_never_refunded(prices: list[int], more: int) -> None:
    with pytest.raises(InvalidCancellation):
        fees_beside(sum(prices) + more, tickets(prices))
    with pytest.raises(InvalidCancellation):
        fees_beside(-more, tickets(prices))


@pytest.mark.parametrize("for_organizer", [False, True])
def test_of_an_event_that_was_called_off_everything_comes_back(*, for_organizer: bool) -> None:
    policy = CancellationPolicy(CancellationTerms(NEVER, 500))
    event = replace(an_event(), cancellation=policy, status=EventStatus.CANCELLED)
    order = CancellationOrder(a_user_id(), for_organizer=for_organizer, refund=1 if for_organizer else None)

    assert order.carried_out(event, tickets([2000, 3000]), OPENING).fees == {}


def test_the_terms_do_not_bind_those_who_run_the_event() -> None:
    event = replace(an_event(), cancellation=CancellationPolicy(CancellationTerms(NEVER, 500)))
    order = CancellationOrder(a_user_id(), "She is ill.", for_organizer=True)

    assert order.carried_out(event, tickets([2000]), OPENING).fees == {}
    assert replace(order, refund=1500).carried_out(event, tickets([2000]), OPENING).fees == {1: 500}
    with pytest.raises(CancellationClosed):
        replace(order, for_organizer=False).carried_out(event, tickets([2000]), OPENING)


@pytest.mark.parametrize("reason", ["x" * 501, "a\x00b", "a\u202eb"])
def test_a_reason_is_a_short_text(reason: str) -> None:
    with pytest.raises(InvalidCancellation):
        CancellationWish(reason=reason)
