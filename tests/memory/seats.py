"""The best seats, chosen by trying everything: a hall of a test has few gaps."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, combinations, groupby, islice, takewhile

from booked.domain.errors import NotTogether, TooFewTickets
from booked.domain.model.programme.seating import Block
from booked.domain.model.sale.reservations import BestOf

PASSED_OVER = 50  # rows with room, after the first one, in which a party may sit so that no single seat is left

Gap = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """The gaps of a row: free seats next to each other."""

    type_number: int
    gaps: list[Gap]


@dataclass(frozen=True, slots=True)
class PlacedGap:
    """A gap, the row that it is in, and its place among all gaps."""

    place: int
    row: int
    gap: Gap


def best_seats(selection: BestOf, taken: Collection[int], capacity: int) -> Gap:
    """Return the best free seats. Raises `TooFewTickets`, or `NotTogether` if the party is not to be split."""
    count = selection.count
    if together := _together(_rows(selection.blocks, taken, capacity), count):
        return together
    gaps = [(index, gap) for index, row in enumerate(_rows(selection.blocks, taken, capacity)) for gap in row.gaps]
    if sum(len(gap) for _, gap in gaps) < count:
        raise TooFewTickets
    if not selection.split:
        raise NotTogether(f"At most {max(len(gap) for _, gap in gaps)} free seats are next to each other.")
    return tuple(chain.from_iterable(_in_groups([PlacedGap(i, *gap) for i, gap in enumerate(gaps)], count)))


def _rows(blocks: Sequence[Block], taken: Collection[int], capacity: int) -> Iterator[Row]:
    for block in blocks:
        length = block.seats.seats_per_row if block.seats else block.size + 1
        for first in range(block.first, block.last + 1, length) if block.seats else ():
            row = range(first, min(first + length, capacity + 1))
            yield Row(
                block.type_number,
                [tuple(gap) for free, gap in groupby(row, lambda number: number not in taken) if free],
            )


def _together(rows: Iterator[Row], count: int) -> Gap:
    fitting = (row for row in rows if any(len(gap) >= count for gap in row.gaps))
    if (first := next(fitting, None)) is None:
        return ()
    others = takewhile(lambda row: row.type_number == first.type_number, islice(fitting, PASSED_OVER))
    for row in chain([first], others):
        if tidy := [gap for gap in row.gaps if len(gap) == count or len(gap) > count + 1]:
            return min(tidy, key=len)[:count]
    return next(gap for gap in first.gaps if len(gap) > count)[:count]


def _in_groups(gaps: Sequence[PlacedGap], count: int) -> Iterator[Gap]:
    sizes = sorted((len(gap.gap) for gap in gaps), reverse=True)
    fewest = next(groups for groups, seats in enumerate(accumulate(sizes), start=1) if seats >= count)
    possible = [some for some in combinations(gaps, fewest) if sum(len(gap.gap) for gap in some) >= count]
    sociable = [some for some in possible if count >= 2 * fewest and all(len(gap.gap) > 1 for gap in some)]
    chosen = min(sociable or possible, key=_preference)

    by_size = sorted(chosen, key=lambda gap: (-len(gap.gap), gap.place))
    parties = [len(gap.gap) for gap in by_size]
    parties[0] -= sum(parties) - count
    if parties[0] == 1 and parties[1] > 2:
        parties[:2] = 2, parties[1] - 1
    return (gap.gap[:party] for gap, party in zip(by_size, parties, strict=True))


def _preference(some: Sequence[PlacedGap]) -> tuple[int, int, int, list[tuple[int, int]]]:
    """Prefer the fewest rows, then the best gaps, then the largest."""
    first, last = some[0], some[-1]
    return last.row - first.row, last.place, -first.place, sorted((-len(gap.gap), gap.place) for gap in some)
