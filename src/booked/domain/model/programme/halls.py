"""The hall of an event: its sections, their rows, and which free seat is nearest to one that is gone.

Sections and rows follow from the blocks by arithmetic. A section keeps its number: once an event has been published, it
only gets more blocks, and those of a deleted type still count.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter

from booked.domain.model.figures.reports import TypeReport
from booked.domain.model.programme.seating import Block, RowStyle, Seat, SeatBlock, row_label, seat_of
from booked.domain.model.programme.shop import ShownEvent
from booked.domain.model.programme.ticket_types import TicketPlan

ROW_WEIGHS = 2  # seats: next to one another beats behind one another


@dataclass(frozen=True, slots=True)
class Section:
    """Blocks of seats under one name; `number` counts the sections of an event from 1."""

    number: int
    name: str
    blocks: tuple[Block, ...]

    @property
    def size(self) -> int:
        return sum(block.size for block in self.blocks)

    @property
    def seats_across(self) -> range:
        """Return the numbers on the chairs, from the first to the last of any row."""
        arranged = [seats for _, seats in seated(self.blocks)]
        first = min(seats.first_seat for seats in arranged)
        return range(first, max(seats.first_seat + seats.seats_per_row for seats in arranged))


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a section: ranges of ticket numbers, each with its block, by the numbers on the chairs."""

    label: str
    parts: tuple[tuple[Block, range], ...]

    def seats(self) -> Iterator[Seat]:
        for block, numbers in self.parts:
            for number in numbers:
                seat = seat_of(block, number)
                if seat:
                    yield seat


@dataclass(frozen=True, slots=True)
class ShownHall:
    """An event with its ticket types, its sections, and how many seats are free in each."""

    shown: ShownEvent
    types: Sequence[TypeReport]
    sections: Sequence[Section]
    free: Sequence[int]


@dataclass(frozen=True, slots=True)
class ShownSection:
    """Some rows of a section, with the numbers of the free tickets in them.

    `first_row` counts the rows of the section from 1. `chosen` are seats of the event that somebody has ticked: those
    in these rows and others. `instead` are free seats next to those that are gone.
    """

    shown: ShownEvent
    types: Sequence[TypeReport]
    section: Section
    rows: Sequence[Row]
    first_row: int
    rows_of_all: int
    rows_a_view: int
    free: frozenset[int]
    chosen: Sequence[Seat]
    gone: Sequence[Seat]
    instead: Sequence[Seat]


def seated(blocks: Iterable[Block]) -> Iterator[tuple[Block, SeatBlock]]:
    """Yield the blocks with seats, and how these are arranged."""
    return ((block, block.seats) for block in blocks if block.seats)


def sections_of(plan: TicketPlan, blocks: Collection[Block] | None = None) -> list[Section]:
    """Return the sections of an event, in the order of their best seats, with these blocks or with all on sale.

    Sections without any of them are left out. The others keep their numbers.
    """
    wanted = frozenset(plan.blocks if blocks is None else blocks)
    named: dict[str, list[Block]] = {}
    for block, seats in seated(sorted((*plan.blocks, *plan.retired), key=attrgetter("first"))):
        named.setdefault(seats.section, []).append(block)
    sections = [
        Section(number, name, tuple(block for block in own if block in wanted))
        for number, (name, own) in enumerate(named.items(), 1)
    ]
    return [section for section in sections if section.blocks]


def rows_of(section: Section) -> list[Row]:
    """Return the rows of a section from the front, those with numbers before those with letters.

    Blocks side by side share a row.
    """
    found: dict[tuple[bool, int], list[tuple[Block, SeatBlock, int]]] = {}
    for block, seats in seated(section.blocks):
        for index in range(seats.rows):
            key = (seats.row_style is RowStyle.LETTERS, seats.first_row + index)
            found.setdefault(key, []).append((block, seats, index))
    return [
        Row(
            row_label(row, RowStyle.LETTERS if lettered else RowStyle.NUMBERS),
            tuple(
                (block, _numbers(block, seats, index))
                for block, seats, index in sorted(parts, key=lambda part: part[1].first_seat)
            ),
        )
        for (lettered, row), parts in sorted(found.items())
    ]


def row_with(rows: Sequence[Row], number: int) -> int | None:
    """Return the index of the row a ticket is in, None if it is in none of these."""
    return next((index for index, row in enumerate(rows) if any(number in part for _, part in row.parts)), None)


def nearest_free(rows: Sequence[Row], gone: Collection[int], free: Collection[int]) -> list[Seat]:
    """Return for each seat that is gone the nearest free one, none of them twice.

    Fewer where fewer are free; seats of the same type come before others.
    """
    places = {seat.number: (index, seat) for index, row in enumerate(rows) for seat in row.seats()}
    left = [places[number] for number in free if number in places]
    found = []
    for number in gone:
        if number not in places or not left:
            continue
        row, lost = places[number]
        nearest = min(left, key=lambda place: _distance(lost, row, place[1], place[0]))
        left.remove(nearest)
        found.append(nearest[1])
    return found


def _distance(lost: Seat, lost_row: int, seat: Seat, row: int) -> tuple[bool, int, int]:
    apart = abs(seat.seat - lost.seat) + ROW_WEIGHS * abs(row - lost_row)
    return seat.type_number != lost.type_number, apart, seat.number


def _numbers(block: Block, seats: SeatBlock, index: int) -> range:
    first = block.first + index * seats.seats_per_row
    return range(first, first + seats.seats_per_row)
