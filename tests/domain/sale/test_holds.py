"""Counting tickets, and what a request may ask for."""

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booked.domain.errors import BookedError, OverTicketLimit, TicketNotReserved, TooFewTickets
from booked.domain.model.ids import TicketId, event_of, ticket_id, ticket_ids
from booked.domain.model.sale.holds import Ledger, Stock, disagreement, require_count, require_one_event
from tests.builders import an_event_id

COUNTS = st.integers(min_value=0, max_value=50)


@dataclass(frozen=True)
class Books:
    """What both stores say of one event."""

    ledger: Ledger
    stock: Stock


@st.composite
def agreeing(draw: st.DrawFn, claimed: st.SearchStrategy[int] = COUNTS) -> Books:
    """Books in which every ticket is accounted for; some claims may be committed without being settled yet."""
    epoch, released, waiting = draw(COUNTS), draw(COUNTS), draw(COUNTS)
    sold, held, pending, free = draw(COUNTS), draw(COUNTS), draw(claimed), draw(COUNTS)
    committed = draw(st.integers(min_value=0, max_value=pending))
    aside = draw(st.integers(min_value=0, max_value=min(free, waiting)))
    capacity = sold + held + pending + free
    return Books(
        Ledger(epoch, capacity, sold + committed, released, None, waiting, waiting_version=1),
        Stock(epoch, capacity, sold, held, pending, aside, marked=sold + held + pending, released=released),
    )


@given(agreeing())
def test_stores_agree_while_claims_are_committed_or_not(books: Books) -> None:
    assert disagreement(books.ledger, books.stock) is None


@given(
    agreeing(claimed=st.just(0)),
    st.sampled_from(["epoch", "capacity", "sold", "released"]),
    st.integers(min_value=-3, max_value=3).filter(bool),
)
def test_every_wrong_figure_of_the_database_is_found(books: Books, figure: str, error: int) -> None:
    wrong = replace(books.ledger, **{figure: getattr(books.ledger, figure) + error})

    assert disagreement(wrong, books.stock) is not None


@given(
    agreeing(),
    st.sampled_from(["epoch", "capacity", "sold", "held", "claimed", "marked", "released"]),
    st.integers(min_value=-3, max_value=3).filter(bool),
)
def test_every_wrong_figure_of_the_hold_store_is_found(books: Books, figure: str, error: int) -> None:
    wrong = replace(books.stock, **{figure: getattr(books.stock, figure) + error})

    assert disagreement(books.ledger, wrong) is not None


@given(agreeing(), st.integers(min_value=1, max_value=3))
def test_more_tickets_sold_than_claims_explain_are_found(books: Books, more: int) -> None:
    too_many = replace(books.ledger, sold=books.stock.sold + books.stock.claimed + more)

    assert disagreement(too_many, books.stock) is not None


@given(agreeing())
def test_what_is_free_is_neither_sold_nor_held_nor_claimed(books: Books) -> None:
    stock = books.stock

    assert stock.sold + stock.held + stock.claimed + stock.free == stock.capacity
    assert stock.public + stock.aside == stock.free


def test_the_public_is_never_offered_less_than_nothing() -> None:
    stock = Stock(epoch=1, capacity=10, sold=8, held=0, claimed=0, aside=5, marked=8, released=0)

    assert (stock.free, stock.public) == (2, 0)


@pytest.mark.parametrize("count", [1, 2, 100])
def test_a_request_may_ask_for_one_to_a_hundred_tickets(count: int) -> None:
    assert require_count(count) == count


@pytest.mark.parametrize(
    ("count", "error"),
    [
        (0, TooFewTickets),
        (-1, TooFewTickets),
        (101, OverTicketLimit),
        (2**31, OverTicketLimit),
        (2**64, OverTicketLimit),
    ],
)
def test_a_request_for_any_other_number_is_refused(count: int, error: type[BookedError]) -> None:
    with pytest.raises(error):
        require_count(count)


@given(st.lists(st.integers(min_value=0, max_value=2**32 - 1), min_size=1, max_size=100))
def test_tickets_of_one_event_are_told_by_their_numbers_and_count_once(numbers: list[int]) -> None:
    event_id = an_event_id()

    assert require_one_event(ticket_ids(event_id, numbers)) == (event_id, frozenset(numbers))


def test_a_booking_names_at_least_one_ticket() -> None:
    with pytest.raises(TicketNotReserved):
        require_one_event([])


def test_a_booking_names_tickets_of_one_event() -> None:
    tickets = [ticket_id(an_event_id(), 1), ticket_id(an_event_id(), 1)]

    assert event_of(tickets[0]) != event_of(tickets[1])
    with pytest.raises(TicketNotReserved):
        require_one_event(tickets)


def test_a_booking_names_a_hundred_tickets_at_most() -> None:
    event_id = an_event_id()
    hundred = ticket_ids(event_id, range(1, 101))

    event, numbers = require_one_event([*hundred, *hundred])

    assert (event, len(numbers)) == (event_id, 100)
    with pytest.raises(OverTicketLimit):
        require_one_event([*hundred, TicketId(ticket_id(event_id, 101))])
