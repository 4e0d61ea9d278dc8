"""Where tickets are: ranges of ticket numbers that belong to a ticket type and, where it is seated, to rows of seats.

A block is such a range. Number and seat follow from each other by arithmetic, so a stadium is a few lines however many
seats it has. Blocks stand in the order in which their tickets are numbered, the best seats first.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from booked.domain.errors import InvalidVenue
from booked.domain.model.text import require_text

SEATS_MOST = 10_000_000
BLOCKS_MOST = 500
ROWS_MOST = 1_000
SEATS_A_ROW = 1_000
SECTION_LENGTH = 50

_LETTERS = 26
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
_LETTERED = re.compile(r"[A-Z]{1,8}")


class SeatStatus(StrEnum):
    """The organizer keeps a blocked seat from sale."""

    AVAILABLE = "available"
    RESERVED = "reserved"
    BOOKED = "booked"
    BLOCKED = "blocked"


class RowStyle(StrEnum):
    """Names of the rows of a section: 1, 2, 3 … or A, B, … Z, AA, AB …"""

    NUMBERS = "numbers"
    LETTERS = "letters"


@dataclass(frozen=True, slots=True)
class SeatBlock:
    """Rows of equal length in a section of a venue; rows and seats are counted from `first_row` and `first_seat`."""

    section: str
    rows: int
    seats_per_row: int
    first_row: int = 1
    first_seat: int = 1
    row_style: RowStyle = RowStyle.NUMBERS

    @property
    def size(self) -> int:
        return self.rows * self.seats_per_row


@dataclass(frozen=True, slots=True)
class Block:
    """Ticket numbers from `first` to `last` of an event, all of one type; `seats` is None for general admission."""

    first: int
    last: int
    type_number: int
    seats: SeatBlock | None = None

    @property
    def size(self) -> int:
        return self.last - self.first + 1

    def __contains__(self, number: int) -> bool:
        return self.first <= number <= self.last


@dataclass(frozen=True, slots=True)
class Seat:
    """A ticket's place: where it is, as it is written on the chair, and the type it is sold as."""

    number: int
    section: str
    row: str
    seat: int
    type_number: int


def seat_of(block: Block, number: int) -> Seat | None:
    """Return the seat of a block's ticket; None for general admission."""
    if block.seats is None:
        return None
    row, seat = divmod(number - block.first, block.seats.seats_per_row)
    label = row_label(block.seats.first_row + row, block.seats.row_style)
    return Seat(number, block.seats.section, label, block.seats.first_seat + seat, block.type_number)


def block_of(blocks: Sequence[Block], number: int) -> Block | None:
    """Return the block of a ticket number; None if there is no such ticket. `blocks` are an event's, in their order."""
    index = bisect_right(blocks, number, key=lambda block: block.first) - 1
    return blocks[index] if index >= 0 and number in blocks[index] else None


def are_together(seats: Iterable[Seat | None]) -> bool | None:
    """Return whether seats are next to each other in one row; None if any ticket has no seat."""
    places = list(seats)
    numbered = sorted((seat.seat, seat.section, seat.row) for seat in places if seat)
    if not places or len(numbered) < len(places):
        return None
    first, *_ = numbered
    return all(place == (first[0] + index, *first[1:]) for index, place in enumerate(numbered))


def numbers_in(block: Block, row: str | None = None) -> range:
    """Return the ticket numbers of a block, or of its row of this name."""
    if row is None:
        return range(block.first, block.last + 1)
    index = _row_called(row, block.seats.row_style) - block.seats.first_row if block.seats else -1
    if block.seats is None or not 0 <= index < block.seats.rows:
        return range(0)
    first = block.first + index * block.seats.seats_per_row
    return range(first, first + block.seats.seats_per_row)


def row_label(row: int, style: RowStyle) -> str:
    """Return the name of a row, counted from 1."""
    if style is RowStyle.NUMBERS:
        return str(row)
    label = ""
    while row > 0:
        row, letter = divmod(row - 1, _LETTERS)
        label = chr(ord("A") + letter) + label
    return label


def _row_called(label: str, style: RowStyle) -> int:
    """Return the row of a name, counted from 1; 0 if there is none."""
    row = 0
    if style is RowStyle.NUMBERS:
        row = int(label) if _NUMBER.fullmatch(label) else 0
    elif _LETTERED.fullmatch(label):
        for letter in label:
            row = row * _LETTERS + ord(letter) - ord("A") + 1
    return row


def require_layout(layout: Iterable[SeatBlock]) -> tuple[SeatBlock, ...]:
    """Return a venue's seats. Raises `InvalidVenue` if they are out of bounds, or a section has a seat twice."""
    blocks = tuple(_require_block(block) for block in layout)
    if len(blocks) > BLOCKS_MOST:
        raise InvalidVenue(f"A layout has at most {BLOCKS_MOST} blocks of seats.")
    if sum(block.size for block in blocks) > SEATS_MOST:
        raise InvalidVenue(f"A layout has at most {SEATS_MOST} seats.")
    for index, block in enumerate(blocks):
        if any(overlap(block, other) for other in blocks[:index]):
            raise InvalidVenue(f"Two blocks of section {block.section!r} have the same seats.")
    return blocks


def _require_block(block: SeatBlock) -> SeatBlock:
    section = require_text(block.section, InvalidVenue, "section", SECTION_LENGTH)
    if not (1 <= block.rows <= ROWS_MOST and 1 <= block.first_row <= ROWS_MOST):
        raise InvalidVenue(f"A block has from 1 to {ROWS_MOST} rows, counted from 1 to {ROWS_MOST}.")
    if not (1 <= block.seats_per_row <= SEATS_A_ROW and 1 <= block.first_seat <= SEATS_A_ROW):
        raise InvalidVenue(f"A row has from 1 to {SEATS_A_ROW} seats, counted from 1 to {SEATS_A_ROW}.")
    return SeatBlock(section, block.rows, block.seats_per_row, block.first_row, block.first_seat, block.row_style)


def overlap(one: SeatBlock, other: SeatBlock) -> bool:
    """Tell whether two blocks have a seat in common."""
    return (
        one.section == other.section
        and one.row_style is other.row_style  # rows 1 and A are two rows
        and one.first_row < other.first_row + other.rows
        and other.first_row < one.first_row + one.rows
        and one.first_seat < other.first_seat + other.seats_per_row
        and other.first_seat < one.first_seat + one.seats_per_row
    )
