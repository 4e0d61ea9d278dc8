"""The search for an order: what happened one after the other passes, and what cannot have happened is found."""

from dataclasses import replace
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.torture.histories import History, Kind, Operation, Outcome
from tests.torture.search import is_linearizable

TICKETS, TTL, USERS = 3, 1000.0, 2
REQUESTS = (Kind.RESERVE, Kind.BOOK, Kind.CANCEL, Kind.RELEASE)
Wish = tuple[int, Kind, int]
WISHES = st.lists(st.tuples(st.integers(0, USERS - 1), st.sampled_from(REQUESTS), st.integers(0, 7)), max_size=20).map(
    lambda wishes: [(0, Kind.RESERVE, 0), *wishes]
)
CODES = {Kind.RESERVE: "TICKET-01", Kind.BOOK: "TICKET-02", Kind.CANCEL: "TICKET-09", Kind.RELEASE: "TICKET-06"}


def one_after_the_other(wishes: list[Wish]) -> list[Operation]:
    """Answer requests as a box office would that serves one person at a time."""
    held: dict[int, tuple[int, int]] = {}  # ticket: user, reservation
    owned: dict[int, tuple[int, int]] = {}  # ticket: user, booking
    made: list[Operation] = []
    for key, (user, kind, pick) in enumerate(wishes):
        mine = [one for one in made if one.kind is Kind.RESERVE and one.user == user and one.outcome is Outcome.OK]
        bought = [one for one in made if one.kind is Kind.BOOK and one.user == user and one.outcome is Outcome.OK]
        before = (bought if kind is Kind.CANCEL else mine)[pick:] or (bought if kind is Kind.CANCEL else mine)
        if kind is not Kind.RESERVE and not before:
            continue
        tickets: tuple[int, ...] = ()
        count, subject = 1 + pick % 2, before[0].key if before else -1
        if kind is Kind.RESERVE:
            free = [ticket for ticket in range(TICKETS) if ticket not in held | owned]
            tickets, served = tuple(free[:count]), len(free) >= count
            held |= dict.fromkeys(tickets, (user, key)) if served else {}
        elif kind is Kind.BOOK:
            tickets = before[0].tickets
            served = all(held.get(ticket, owned.get(ticket, (-1,)))[0] == user for ticket in tickets)
            subject = next((owned[ticket][1] for ticket in tickets if ticket in owned), key)
            new = [ticket for ticket in tickets if ticket in held]
            subject = key if new else subject
            for ticket in new if served else []:
                owned[ticket] = (user, subject)
                del held[ticket]
        elif kind is Kind.CANCEL:
            subject = before[0].subject
            gone = [ticket for ticket, owner in owned.items() if owner == (user, subject)]
            served = bool(gone)
            for ticket in gone:
                del owned[ticket]
        else:
            gone = [ticket for ticket, holder in held.items() if holder == (user, subject)]
            served = bool(gone)
            for ticket in gone:
                del held[ticket]
        outcome = Outcome.OK if served else Outcome.REFUSED
        code = "" if served else CODES[kind]
        made.append(Operation(key, user, kind, outcome, key, key + 0.5, tickets, count, subject, code))
    return made


def history(operations: list[Operation]) -> History:
    return History(TICKETS, TTL, operations)


@given(WISHES)
def test_what_was_answered_one_after_the_other_is_linearizable(wishes: list[Wish]) -> None:
    assert is_linearizable(history(one_after_the_other(wishes)))


@given(WISHES, st.lists(st.floats(0, 5), min_size=21, max_size=21))
def test_answers_that_come_late_or_never_are_linearizable(wishes: list[Wish], delays: list[float]) -> None:
    operations = [
        replace(one, answered=one.answered + delay)
        for one, delay in zip(one_after_the_other(wishes), delays, strict=False)
    ]
    operations[-1] = replace(operations[-1], outcome=Outcome.UNKNOWN, answered=inf)

    assert is_linearizable(history(operations))


@given(WISHES, st.integers(0, 19))
def test_an_answer_that_is_turned_round_is_caught(wishes: list[Wish], place: int) -> None:
    operations = one_after_the_other(wishes)
    # To cancel what is cancelled may be answered with a yes or a no.
    places = [i for i, one in enumerate(operations) if (one.kind, one.outcome) != (Kind.CANCEL, Outcome.REFUSED)]
    place = places[place % len(places)]
    one = operations[place]
    turned = Outcome.REFUSED if one.outcome is Outcome.OK else Outcome.OK
    tickets = tuple(range(one.count)) if one.kind is Kind.RESERVE and turned is Outcome.OK else one.tickets
    operations[place] = replace(one, outcome=turned, tickets=tickets, code=CODES[one.kind])

    assert not is_linearizable(history(operations))


def operation(key: int, kind: Kind, at: float, user: int = 0, **others: object) -> Operation:
    return replace(Operation(key, user, kind, Outcome.OK, at, at + 0.1), **others)  # type: ignore[arg-type]


@pytest.mark.parametrize(("until", "possible"), [(0.5, False), (1.5, True)])
def test_a_hold_lapses_when_its_time_is_over_and_not_before(until: float, possible: bool) -> None:
    first = operation(0, Kind.RESERVE, 0, tickets=(0,), count=1)
    second = operation(1, Kind.RESERVE, until, user=1, tickets=(0,), count=1)

    assert is_linearizable(History(1, 1.0, [first, second])) is possible


def test_what_is_being_booked_does_not_lapse() -> None:
    first = operation(0, Kind.RESERVE, 0, tickets=(0,), count=1)
    slow = operation(1, Kind.BOOK, 0.9, tickets=(0,), subject=7, answered=2.0)
    late = operation(2, Kind.BOOK, 2.5, tickets=(0,), subject=7)

    assert is_linearizable(History(1, 1.0, [first, slow, late]))
    assert not is_linearizable(History(1, 1.0, [first, late]))


@pytest.mark.parametrize("comes_back", [(0, 1), (1,), (0,)])
def test_a_booking_nobody_was_told_of_may_be_the_one_that_is_told_later_or_another(
    comes_back: tuple[int, ...],
) -> None:
    requests = [
        operation(0, Kind.RESERVE, 0, tickets=(0, 1), count=2),
        operation(1, Kind.BOOK, 1, tickets=(0,), outcome=Outcome.UNKNOWN, answered=inf),
        operation(2, Kind.BOOK, 2, tickets=(0, 1), subject=7),
        operation(3, Kind.CANCEL, 3, subject=7),
        operation(4, Kind.RESERVE, 4, user=1, tickets=comes_back, count=len(comes_back)),
        operation(5, Kind.RESERVE, 5, user=1, count=1, outcome=Outcome.REFUSED, code="TICKET-01"),
    ]

    # The first ticket alone is in the booking that was not cancelled.
    assert is_linearizable(History(2, 9.0, requests)) is (1 in comes_back)


def test_a_ticket_that_two_people_booked_is_found() -> None:
    requests = [
        operation(0, Kind.RESERVE, 0, tickets=(0,), count=1),
        operation(1, Kind.BOOK, 1, tickets=(0,), subject=1),
        operation(2, Kind.BOOK, 1, user=1, tickets=(0,), subject=2),
    ]

    assert is_linearizable(History(1, 9.0, requests[:2]))
    assert not is_linearizable(History(1, 9.0, requests))
