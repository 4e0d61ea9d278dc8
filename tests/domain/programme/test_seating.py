"""Seats and their numbers: which is where, and which layouts make sense."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booked.domain.errors import InvalidVenue
from booked.domain.model.programme.seating import (
    BLOCKS_MOST,
    ROWS_MOST,
    SEATS_A_ROW,
    SECTION_LENGTH,
    Block,
    RowStyle,
    SeatBlock,
    are_together,
    block_of,
    numbers_in,
    require_layout,
    row_label,
    seat_of,
)

small = st.integers(min_value=1, max_value=30)
seat_blocks = st.builds(
    SeatBlock,
    section=st.sampled_from(["Stalls", "Circle"]),
    rows=small,
    seats_per_row=small,
    first_row=small,
    first_seat=small,
    row_style=st.sampled_from(RowStyle),
)


def places(block: SeatBlock) -> set[tuple[str, str, int]]:
    """Section, row and seat of every chair in a block, counted one by one."""
    return {
        (block.section, row_label(row, block.row_style), seat)
        for row in range(block.first_row, block.first_row + block.rows)
        for seat in range(block.first_seat, block.first_seat + block.seats_per_row)
    }


def numbered(seats: SeatBlock, first: int = 1) -> Block:
    return Block(first, first + seats.size - 1, 1, seats)


# Numbers and seats


@given(seat_blocks, small, st.integers(min_value=1, max_value=70), st.sampled_from(RowStyle))
def test_the_numbers_of_a_row_are_those_of_the_seats_in_it(
    seats: SeatBlock, first: int, row: int, style: RowStyle
) -> None:
    block, label = numbered(seats, first), row_label(row, style)

    found = [seat_of(block, number) for number in numbers_in(block)]

    assert list(numbers_in(block, label)) == [seat.number for seat in found if seat and seat.row == label]


@pytest.mark.parametrize("label", ["", "0", "01", "-1", "1.0", "٣", "a", "A1", "Ä", "9" * 5_000, "Z" * 5_000])
@pytest.mark.parametrize("style", RowStyle)
def test_no_row_is_called_what_no_row_could_be_called(label: str, style: RowStyle) -> None:
    assert not numbers_in(numbered(SeatBlock("Stalls", ROWS_MOST, 1, row_style=style)), label)


def test_general_admission_has_no_rows() -> None:
    assert numbers_in(Block(3, 5, 1)) == range(3, 6)
    assert not numbers_in(Block(3, 5, 1), "1")


@given(seat_blocks, small)
def test_each_number_of_a_block_is_a_seat_of_its_own(seats: SeatBlock, first: int) -> None:
    block = numbered(seats, first)

    found = [seat_of(block, number) for number in range(block.first, block.last + 1)]

    chairs = {(seat.section, seat.row, seat.seat) for seat in found if seat}
    assert chairs == places(seats)
    assert len(chairs) == seats.size == len(found)


@given(seat_blocks, small)
def test_seats_are_numbered_row_by_row_from_the_first(seats: SeatBlock, first: int) -> None:
    block = numbered(replace(seats, row_style=RowStyle.NUMBERS), first)

    found = [seat_of(block, number) for number in range(block.first, block.last + 1)]

    in_order = [(int(seat.row), seat.seat) for seat in found if seat]
    assert in_order == sorted(in_order)
    assert in_order[0] == (seats.first_row, seats.first_seat)


def test_a_seat_tells_where_it_is_and_what_it_is_sold_as() -> None:
    stalls = SeatBlock("Stalls", rows=3, seats_per_row=10, first_row=26, first_seat=101, row_style=RowStyle.LETTERS)

    seat = seat_of(Block(41, 70, 2, stalls), 52)

    assert seat is not None
    assert (seat.number, seat.section, seat.row, seat.seat, seat.type_number) == (52, "Stalls", "AA", 102, 2)


def test_seats_are_together_that_follow_each_other_in_one_row() -> None:
    front, back = numbered(SeatBlock("Stalls", 2, 5)), numbered(SeatBlock("Stalls", 2, 5, first_seat=6), first=11)
    beside = [seat_of(front, 4), seat_of(front, 5), seat_of(back, 11)]

    assert are_together([seat_of(front, number) for number in (3, 1, 2)])
    assert are_together(beside)
    assert not are_together([seat_of(front, number) for number in (1, 3)])
    assert not are_together([seat_of(front, number) for number in (5, 6)])
    assert not are_together([*beside, seat_of(numbered(SeatBlock("Circle", 1, 9)), 7)])


def test_tickets_without_seats_are_neither_together_nor_apart() -> None:
    assert are_together([]) is None
    assert are_together([None]) is None
    assert are_together([seat_of(numbered(SeatBlock("Stalls", 2, 5)), 1), None]) is None


def test_general_admission_has_no_seats() -> None:
    assert seat_of(Block(1, 10, 1), 5) is None


@given(st.lists(small, min_size=1, max_size=8), st.integers(min_value=-2, max_value=260))
def test_a_number_is_in_the_one_block_that_has_it(sizes: Sequence[int], number: int) -> None:
    blocks: list[Block] = []
    for size in sizes:
        first = blocks[-1].last + 1 if blocks else 1
        blocks.append(Block(first, first + size - 1, len(blocks) + 1))

    found = block_of(blocks, number)

    assert [block for block in blocks if number in block] == ([found] if found else [])
    assert (found is not None) == (1 <= number <= sum(sizes))


# Names of rows


@pytest.mark.parametrize(
    ("row", "label"),
    [(1, "A"), (2, "B"), (26, "Z"), (27, "AA"), (28, "AB"), (52, "AZ"), (53, "BA"), (702, "ZZ"), (703, "AAA")],
)
def test_rows_in_letters_go_on_with_two_after_z(row: int, label: str) -> None:
    assert row_label(row, RowStyle.LETTERS) == label


@pytest.mark.parametrize("style", RowStyle)
def test_no_two_rows_are_called_the_same(style: RowStyle) -> None:
    labels = [row_label(row, style) for row in range(1, 2 * ROWS_MOST + 1)]

    assert len(set(labels)) == len(labels)
    assert labels == sorted(labels, key=lambda label: (len(label), label))


# Layouts


@given(st.lists(seat_blocks, max_size=4))
def test_a_layout_is_refused_exactly_if_it_has_a_seat_twice(layout: list[SeatBlock]) -> None:
    chairs = [chair for block in layout for chair in places(block)]

    if len(set(chairs)) == len(chairs):
        assert require_layout(layout) == tuple(layout)
    else:
        with pytest.raises(InvalidVenue):
            require_layout(layout)


def test_a_stadium_is_a_few_lines() -> None:
    stands = [SeatBlock(f"Stand {stand}", rows=75, seats_per_row=100) for stand in range(1, 13)]

    assert sum(block.size for block in require_layout(stands)) == 90_000


@pytest.mark.parametrize("section", ["", "  ", "x" * (SECTION_LENGTH + 1), "Sta\x00lls", "Stalls\n", "\u202eslatS"])
def test_a_section_has_a_name_that_can_be_read(section: str) -> None:
    layout = [SeatBlock(section, rows=1, seats_per_row=1)]

    if section.strip() == "Stalls":
        assert require_layout(layout)[0].section == "Stalls"
    else:
        with pytest.raises(InvalidVenue):
            require_layout(layout)


def test_sections_whose_names_differ_by_white_space_are_the_same() -> None:
    with pytest.raises(InvalidVenue):
        require_layout([SeatBlock("Stalls", 1, 1), SeatBlock(" Stalls ", 1, 1)])


@pytest.mark.parametrize(
    "block",
    [
        SeatBlock("Stalls", rows=0, seats_per_row=1),
        SeatBlock("Stalls", rows=-1, seats_per_row=-1),
        SeatBlock("Stalls", rows=ROWS_MOST + 1, seats_per_row=1),
        SeatBlock("Stalls", rows=1, seats_per_row=0),
        SeatBlock("Stalls", rows=1, seats_per_row=SEATS_A_ROW + 1),
        SeatBlock("Stalls", rows=1, seats_per_row=1, first_row=0),
        SeatBlock("Stalls", rows=1, seats_per_row=1, first_row=ROWS_MOST + 1),
        SeatBlock("Stalls", rows=1, seats_per_row=1, first_seat=0),
        SeatBlock("Stalls", rows=1, seats_per_row=1, first_seat=SEATS_A_ROW + 1),
    ],
)
def test_a_block_out_of_bounds_is_refused(block: SeatBlock) -> None:
    with pytest.raises(InvalidVenue):
        require_layout([block])


def test_a_layout_has_at_most_so_many_blocks_and_seats() -> None:
    blocks = [SeatBlock(f"Section {number}", 1, 1) for number in range(BLOCKS_MOST)]
    largest = [SeatBlock(f"Section {number}", ROWS_MOST, SEATS_A_ROW) for number in range(10)]

    assert len(require_layout(blocks)) == BLOCKS_MOST
    assert len(require_layout(largest)) == 10
    for too_many in ([*blocks, SeatBlock("Another", 1, 1)], [*largest, SeatBlock("Another", 1, 1)]):
        with pytest.raises(InvalidVenue):
            require_layout(too_many)
