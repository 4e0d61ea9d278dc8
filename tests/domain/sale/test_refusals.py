"""Refusals name the seats and tickets that they are about."""

from booked.domain.errors import SeatTaken
from booked.domain.model.ids import EventId, ticket_id
from booked.domain.model.programme.seating import Block, SeatBlock
from booked.domain.model.sale.holds import not_reserved, too_few
from booked.domain.model.sale.reservations import seat_names, with_seats_named

EVENT = EventId("019c5b2e-7f00-7a3c-8e54-1f0a00000000")
STALLS = [Block(1, 20, 1, SeatBlock("Stalls", 2, 10))]


def test_seats_that_are_gone_are_named_as_on_the_chairs() -> None:
    named = with_seats_named(SeatTaken(numbers=[3, 12]), STALLS)

    assert named.detail is not None
    assert named.detail.startswith("Not free: Stalls, row 1, seat 3; Stalls, row 2, seat 2. Choose another")
    assert named.numbers == (3, 12)


def test_of_many_seats_ten_are_named() -> None:
    names = seat_names(range(1, 13), STALLS).split("; ")

    assert (len(names), names[-1]) == (11, "and 2 more")


def test_tickets_that_are_not_reserved_are_named_by_their_ids() -> None:
    few, many = not_reserved(EVENT, {7}), not_reserved(EVENT, range(1, 13))

    assert few.detail == f"Not reserved: {ticket_id(EVENT, 7)}. Reserve, then book in time."
    assert f"{ticket_id(EVENT, 10)} and 2 more." in str(many)


def test_who_asks_for_more_than_there_are_is_told_how_many_there_are() -> None:
    sentences = [str(too_few(available)).partition(". ")[0] for available in (0, 1, 2)]

    assert sentences == ["None are left", "1 ticket is available", "2 tickets are available"]
