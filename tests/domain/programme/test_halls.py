"""The sections and rows of a hall, and which free seat is nearest to one that is gone."""

from booked.domain.model.programme.halls import nearest_free, row_with, rows_of, sections_of
from booked.domain.model.programme.seating import Block, RowStyle, SeatBlock
from booked.domain.model.programme.ticket_types import TicketPlan

LEFT = SeatBlock("Stalls", rows=3, seats_per_row=4, row_style=RowStyle.LETTERS)
RIGHT = SeatBlock("Stalls", rows=2, seats_per_row=2, first_row=2, first_seat=5, row_style=RowStyle.LETTERS)
BOXES = SeatBlock("Boxes", rows=1, seats_per_row=2)
FRONT = SeatBlock("Stalls", rows=1, seats_per_row=3, first_seat=2)
BLOCKS = (
    Block(1, 12, 1, LEFT),
    Block(13, 14, 2, BOXES),
    Block(15, 18, 2, RIGHT),
    Block(19, 30, 3),
    Block(31, 33, 1, FRONT),
)
HALL = TicketPlan((), BLOCKS)


def rows() -> list[tuple[str, list[int]]]:
    [stalls, _] = sections_of(HALL)
    return [(row.label, [seat.number for seat in row.seats()]) for row in rows_of(stalls)]


def test_blocks_of_one_name_are_a_section() -> None:
    sections = sections_of(HALL)

    assert [(section.number, section.name, section.size) for section in sections] == [
        (1, "Stalls", 19),
        (2, "Boxes", 2),
    ]


def test_new_blocks_leave_the_numbers_of_sections_as_they_are() -> None:
    grown = (*BLOCKS, Block(34, 35, 1, SeatBlock("Circle", 1, 2)), Block(36, 37, 1, SeatBlock("Boxes", 1, 2, 2)))

    assert [section.name for section in sections_of(TicketPlan((), grown))] == ["Stalls", "Boxes", "Circle"]


def test_deleting_a_type_leaves_the_numbers_of_the_other_sections_as_they_are() -> None:
    [*stalls, boxes] = BLOCKS[0], BLOCKS[4], BLOCKS[1]

    assert [(section.number, section.name) for section in sections_of(TicketPlan((), (boxes,), tuple(stalls)))] == [
        (2, "Boxes")
    ]


def test_sections_without_any_wanted_seat_are_left_out_and_the_others_have_those_alone() -> None:
    [stalls] = sections_of(HALL, [BLOCKS[4]])

    assert (stalls.number, stalls.blocks) == (1, (BLOCKS[4],))


def test_blocks_side_by_side_share_rows() -> None:
    assert rows() == [
        ("1", [31, 32, 33]),
        ("A", [1, 2, 3, 4]),
        ("B", [5, 6, 7, 8, 15, 16]),
        ("C", [9, 10, 11, 12, 17, 18]),
    ]


def test_a_section_is_as_wide_as_its_rows_together() -> None:
    assert sections_of(HALL)[0].seats_across == range(1, 7)


def test_the_row_of_a_ticket_is_found() -> None:
    found = rows_of(sections_of(HALL)[0])

    assert [row_with(found, number) for number in (31, 4, 16, 13, 99)] == [0, 1, 2, None, None]


def test_the_nearest_free_seat_is_beside_the_one_that_is_gone() -> None:
    found = rows_of(sections_of(HALL)[0])

    assert [seat.number for seat in nearest_free(found, [6], {1, 5, 8, 10})] == [5]
    assert [seat.number for seat in nearest_free(found, [6], {8, 10, 11})] == [8]
    assert [seat.number for seat in nearest_free(found, [6, 7], {5, 8, 15})] == [5, 8]


def test_a_seat_of_another_price_is_offered_only_where_no_other_is_left() -> None:
    found = rows_of(sections_of(HALL)[0])

    assert [seat.number for seat in nearest_free(found, [8], {15, 1})] == [1]
    assert [seat.number for seat in nearest_free(found, [8, 7, 6], {15, 1})] == [1, 15]


def test_nothing_is_offered_for_a_ticket_of_another_section() -> None:
    assert nearest_free(rows_of(sections_of(HALL)[0]), [13, 20], {1, 2}) == []
