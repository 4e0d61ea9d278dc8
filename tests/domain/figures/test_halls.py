"""What became of the seats of a hall."""

from booked.domain.model.figures.analytics import SoldRange
from booked.domain.model.figures.halls import HallUse, SeatUse, SectionUse, uses_of
from booked.domain.model.programme.seating import Block, SeatBlock
from booked.domain.model.programme.ticket_types import TicketPlan
from booked.domain.model.sale.holds import SeatMap
from tests.builders import an_event

FREE, HELD, SOLD, BLOCKED = SeatUse


def test_what_is_taken_and_not_sold_is_held() -> None:
    taken = SeatMap(capacity=10, free=6, first=1, last=10, taken=bytes([0b1110_0000, 0b0100_0000]))

    uses = uses_of(10, taken, [SoldRange(1, 1, blocked=False), SoldRange(3, 4, blocked=True)])

    assert list(uses) == [SOLD, HELD, BLOCKED, BLOCKED, FREE, FREE, FREE, FREE, FREE, HELD]


def test_nothing_is_held_where_nothing_is_known_of_holds() -> None:
    assert list(uses_of(4, None, [SoldRange(2, 9, blocked=False)])) == [FREE, SOLD, SOLD, SOLD]


def test_an_event_may_have_grown_since_the_look_at_what_is_taken() -> None:
    taken = SeatMap(capacity=3, free=0, first=1, last=3, taken=bytes([0b1110_0000]))

    assert list(uses_of(12, taken, [])) == [HELD] * 3 + [FREE] * 9


def test_sections_count_their_own_seats() -> None:
    stalls, balcony = SeatBlock("Stalls", 1, 3), SeatBlock("Balcony", 1, 2)
    plan = TicketPlan((), (Block(1, 3, 1, stalls), Block(4, 4, 2), Block(5, 6, 1, balcony)))

    hall = HallUse.of(an_event(), plan, bytes([SOLD, HELD, FREE, SOLD, BLOCKED, SOLD]))

    [first, second] = hall.sections
    assert first == SectionUse(first.section, sold=1, held=1, blocked=0, free=1)
    assert second == SectionUse(second.section, sold=1, held=0, blocked=1, free=0)
