"""What the office shows to keep seats from sale: the sections of a hall, and rows of one with what each seat is."""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from booked.adapters.http.contracts.web.forms import Complaints
from booked.domain.model.programme.events import Event, EventStatus
from booked.domain.model.programme.halls import Row, ShownHall, ShownSection
from booked.domain.model.programme.seating import Block, Seat

UNBLOCKABLE = frozenset({EventStatus.PUBLISHED, EventStatus.POSTPONED})


@dataclass(frozen=True, slots=True)
class HouseSection:
    """A section in the list, with how many of its seats are free and how many blocked."""

    name: str
    path: str
    size: int
    free: int
    blocked: int


@dataclass(frozen=True, slots=True)
class HouseHallView:
    """Seats can be blocked while the event is on sale."""

    event_id: str
    event_name: str
    can_block: bool
    sections: Sequence[HouseSection]

    @classmethod
    def of(cls, hall: ShownHall, blocked: Collection[int]) -> "HouseHallView":
        event, in_order = hall.shown.found.event, sorted(blocked)
        sections = [
            HouseSection(
                name=section.name,
                path=f"{seats_path(event)}/{section.number}",
                size=section.size,
                free=free,
                blocked=sum(_count_in(block, in_order) for block in section.blocks),
            )
            for section, free in zip(hall.sections, hall.free, strict=True)
        ]
        return cls(event.id, event.name, event.status is EventStatus.PUBLISHED, sections)


class HouseSeat(Enum):
    """What a seat is to its organizer."""

    FREE = "free"
    BLOCKED = "blocked"
    TAKEN = "taken"


@dataclass(frozen=True, slots=True)
class HouseCell:
    number: int
    row: str
    seat: int
    state: HouseSeat
    ticked: bool


@dataclass(frozen=True, slots=True)
class HouseRow:
    """A row of the table; `number` counts those of the section. Where it has no chair, the cell is None."""

    number: int
    label: str
    cells: Sequence[HouseCell | None]
    ticked: bool


@dataclass(frozen=True, slots=True)
class HouseSectionView:
    """Some rows of a section. `before_path` and `after_path` lead to those before and after, None without any."""

    event_id: str
    event_name: str
    section: str
    path: str
    hall_path: str
    first_row: int
    before_path: str | None
    after_path: str | None
    seats_across: range
    rows: Sequence[HouseRow]
    can_block: bool
    can_unblock: bool
    complaints: Complaints

    @classmethod
    def of(
        cls,
        shown: ShownSection,
        blocked: Collection[int],
        complaints: Complaints,
        *,
        seats: Collection[int] = (),
        rows: Collection[int] = (),
    ) -> "HouseSectionView":
        """`seats` and `rows` are the ticked ones."""
        event = shown.shown.found.event
        path = f"{seats_path(event)}/{shown.section.number}"
        following = shown.first_row + shown.rows_a_view
        before = max(1, shown.first_row - shown.rows_a_view)

        def cell(seat: Seat) -> HouseCell:
            state = (
                HouseSeat.BLOCKED
                if seat.number in blocked
                else HouseSeat.FREE
                if seat.number in shown.free
                else HouseSeat.TAKEN
            )
            ticked = seat.number in seats and state is not HouseSeat.TAKEN
            return HouseCell(seat.number, seat.row, seat.seat, state, ticked)

        def cells(row: Row) -> Iterator[HouseCell | None]:
            placed = {seat.seat: cell(seat) for seat in row.seats()}
            return (placed.get(number) for number in shown.section.seats_across)

        return cls(
            event_id=event.id,
            event_name=event.name,
            section=shown.section.name,
            path=path,
            hall_path=seats_path(event),
            first_row=shown.first_row,
            before_path=f"{path}?row={before}" if shown.first_row > 1 else None,
            after_path=f"{path}?row={following}" if following <= shown.rows_of_all else None,
            seats_across=shown.section.seats_across,
            rows=[
                HouseRow(number, row.label, list(cells(row)), number in rows)
                for number, row in enumerate(shown.rows, shown.first_row)
            ],
            can_block=event.status is EventStatus.PUBLISHED,
            can_unblock=event.status in UNBLOCKABLE,
            complaints=complaints,
        )


def _count_in(block: Block, in_order: Sequence[int]) -> int:
    """Return how many of the numbers, the lowest first, are in a block."""
    return bisect_right(in_order, block.last) - bisect_left(in_order, block.first)


def seats_path(event: Event) -> str:
    return f"/office/events/{event.id}/seats"
