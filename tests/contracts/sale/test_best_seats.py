"""Which seats are the best: next to each other, with no single seat left over, or in groups where no row fits."""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, combinations, groupby

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booked.adapters.redis.store import RedisHoldStore
from booked.domain.errors import NotTogether, TooFewTickets
from booked.domain.model.ids import EventId
from booked.domain.model.programme.seating import Block, SeatBlock
from booked.domain.model.sale.holds import Release
from booked.domain.model.sale.reservations import BestOf
from booked.ports.hold_store import HoldStore
from tests.builders import ANN, BEN, TTL, FrozenClock, an_event_id, install, sold_tickets
from tests.memory.holds import MemoryHoldStore
from tests.memory.seats import PASSED_OVER

Gap = tuple[int, ...]
Seats = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Hall:
    """Blocks of seats, numbered one after the other, of which some are taken."""

    blocks: tuple[Block, ...]
    taken: frozenset[int] = frozenset()

    @property
    def capacity(self) -> int:
        return self.blocks[-1].last

    def rows(self) -> list[tuple[int, range]]:
        """The rows, the best ones first, each with its ticket type."""
        return [
            (block.type_number, range(first, first + block.seats.seats_per_row))
            for block in self.blocks
            if block.seats
            for first in range(block.first, block.last + 1, block.seats.seats_per_row)
        ]

    def gaps(self) -> list[list[Gap]]:
        """By row, the free seats that are next to each other."""
        return [
            [tuple(gap) for free, gap in groupby(row, lambda number: number not in self.taken) if free]
            for _, row in self.rows()
        ]

    def without(self, seats: Iterable[int]) -> "Hall":
        return Hall(self.blocks, self.taken | set(seats))


def hall(*rows: str, types: Sequence[int] = ()) -> Hall:
    """A hall of rows of any length, `.` for a free seat and `x` for a taken one."""
    blocks: list[Block] = []
    for index, row in enumerate(rows):
        first = blocks[-1].last + 1 if blocks else 1
        seats = SeatBlock("Stalls", 1, len(row), first_row=index + 1)
        blocks.append(Block(first, first + len(row) - 1, types[index] if types else 1, seats))
    return Hall(tuple(blocks), frozenset(number for number, seat in enumerate("".join(rows), start=1) if seat == "x"))


async def put_on(holds: HoldStore, of: Hall) -> EventId:
    event_id = an_event_id()
    await install(holds, event_id, sold_tickets([(seat, seat) for seat in sorted(of.taken)], capacity=of.capacity))
    return event_id


async def seated(holds: HoldStore, of: Hall, count: int, *, split: bool = False) -> list[str]:
    """The rows of a hall after a party was given seats in it, `o` for each."""
    made = await holds.make_reservation(await put_on(holds, of), ANN, BestOf(count, of.blocks, split), TTL)
    marks = {**dict.fromkeys(of.taken, "x"), **dict.fromkeys(made.numbers, "o")}
    return ["".join(marks.get(number, ".") for number in row) for _, row in of.rows()]


# Next to each other


@pytest.mark.parametrize(
    ("count", "before", "after"),
    [
        (4, [".....", "......"], [".....", "oooo.."]),
        (4, ["....."], ["oooo."]),
        (4, [".....", "....."], ["oooo.", "....."]),
        (2, ["x...x...."], ["x...xoo.."]),
        (2, ["...x..x...."], ["...xoox...."]),
        (1, ["..x.x..."], ["..xox..."]),
        (1, ["..", "...", "."], ["..", "o..", "."]),
        (3, ["....", "xx...x", "......"], ["....", "xxooox", "......"]),
    ],
)
async def test_no_single_seat_is_left_over_where_another_gap_fits(
    holds: HoldStore, count: int, before: list[str], after: list[str]
) -> None:
    assert await seated(holds, hall(*before), count) == after


async def test_nobody_is_sent_to_seats_of_another_type_for_a_single_seat(holds: HoldStore) -> None:
    assert await seated(holds, hall(".....", "......", types=[1, 2]), 4) == ["oooo.", "......"]
    assert await seated(holds, hall("...", ".....", "......", types=[1, 2, 2]), 4) == ["...", ".....", "oooo.."]


@pytest.mark.parametrize(("further", "row"), [(PASSED_OVER, PASSED_OVER), (PASSED_OVER + 1, 0)])
async def test_only_so_many_rows_with_room_are_passed_over_for_a_single_seat(
    holds: HoldStore, further: int, row: int
) -> None:
    rows = await seated(holds, hall(*["...", "x.x"] * further, ".."), 2)

    assert [index // 2 for index, seats in enumerate(rows) if "o" in seats] == [row]


async def test_a_seat_that_comes_back_makes_room_again(holds: HoldStore) -> None:
    of = hall("x...x", "x.x.x")
    event_id = await put_on(holds, of)
    with pytest.raises(NotTogether):
        await holds.make_reservation(event_id, ANN, BestOf(4, of.blocks), TTL)

    await holds.release(Release(event_id, BEN, (5,), epoch=1, number=1))

    assert (await holds.make_reservation(event_id, ANN, BestOf(4, of.blocks), TTL)).numbers == (2, 3, 4, 5)


# Nowhere next to each other


@pytest.mark.parametrize(
    ("count", "rows", "most"), [(6, ["..", "..", "..", "....."], 5), (2, [".x.x", "x.x."], 1), (4, ["...", "..."], 3)]
)
async def test_a_party_that_fits_in_no_row_is_told_how_many_do(
    holds: HoldStore, count: int, rows: list[str], most: int
) -> None:
    of = hall(*rows)
    event_id = await put_on(holds, of)

    with pytest.raises(NotTogether, match=f"At most {most} free seats"):
        await holds.make_reservation(event_id, ANN, BestOf(count, of.blocks), TTL)

    assert (await holds.stock(event_id)).held == 0


@pytest.mark.parametrize("split", [False, True])
async def test_a_party_for_which_too_few_seats_are_left_is_told_so(holds: HoldStore, split: bool) -> None:
    of = hall(".x.x.", ".....", types=[1, 2])
    event_id = await put_on(holds, of)

    with pytest.raises(TooFewTickets):
        await holds.make_reservation(event_id, ANN, BestOf(4, of.blocks[:1], split), TTL)


@pytest.mark.parametrize(
    ("count", "before", "after"),
    [
        (4, [".....", "......"], [".....", "oooo.."]),  # it fits
        (6, ["..", "..", "..", "....."], ["..", "..", "oo", "oooo."]),
        (6, ["...", "xxx", "...", "..."], ["...", "xxx", "ooo", "ooo"]),  # near each other
        (6, ["...x...", "..."], ["oooxooo", "..."]),
        (4, ["...", "..."], ["oo.", "oo."]),  # nobody alone
        (6, [".....", "....."], ["oo...", "oooo."]),
        (3, [".x.", "..x"], [".xo", "oox"]),  # somebody has to be alone
        (3, [".x.", "x.x"], ["oxo", "xox"]),
        (9, ["..x..x..", ".....x", "....xx"], ["..x..x..", "ooooox", "ooooxx"]),
    ],
)
async def test_a_party_that_may_be_split_sits_in_few_groups(
    holds: HoldStore, count: int, before: list[str], after: list[str]
) -> None:
    assert await seated(holds, hall(*before), count, split=True) == after


# Whatever is free

layouts = st.lists(st.tuples(st.integers(1, 3), st.integers(1, 6), st.integers(1, 2)), min_size=1, max_size=2)


@st.composite
def halls(draw: st.DrawFn) -> Hall:
    blocks: list[Block] = []
    for rows, length, type_number in draw(layouts):
        first = blocks[-1].last + 1 if blocks else 1
        seats = SeatBlock("Stalls", rows, length, first_row=first)
        blocks.append(Block(first, first + rows * length - 1, type_number, seats))
    taken = draw(st.frozensets(st.integers(1, blocks[-1].last)))
    return Hall(tuple(blocks), taken)


@pytest.fixture
async def both(redis_url: str) -> AsyncIterator[list[HoldStore]]:
    """A store in Valkey and one in memory."""
    valkey = RedisHoldStore.connect(redis_url)
    yield [valkey, MemoryHoldStore(FrozenClock())]
    await valkey.close()


async def test_few_groups_are_found_behind_very_many_single_seats(both: Sequence[HoldStore]) -> None:
    of = hall(".x" * 450, "..x" * 300, ".x" * 450, "....x....", ".x" * 450)

    *_, groups, _ = await seated(both[0], of, 8, split=True)

    assert groups == "oooox" + "oooo"


async def test_of_very_many_small_gaps_those_in_front_are_taken(both: Sequence[HoldStore]) -> None:
    first, *others = await seated(both[0], hall(*[".x" * 250] * 20), 6, split=True)

    assert first == "ox" * 6 + ".x" * 244
    assert not any("o" in row for row in others)


@given(halls(), st.integers(1, 8), st.booleans())
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
async def test_the_best_seats_are_those_that_somebody_would_choose_who_tries_all(
    both: Sequence[HoldStore], of: Hall, count: int, split: bool
) -> None:
    answers = [await answer(holds, of, count, split) for holds in both]

    assert answers[0] == answers[1]
    gaps = list(chain.from_iterable(of.gaps()))
    if isinstance(answers[0], tuple):
        seats = answers[0]
        assert len(seats) == len(set(seats)) == count
        assert of.taken.isdisjoint(seats)
        if any(len(gap) >= count for gap in gaps):
            assert_best_together(of, seats)
        else:
            assert split
            assert_best_groups(of, seats)
    elif sum(len(gap) for gap in gaps) < count:
        assert answers[0] is None
    else:
        assert not split
        assert answers[0] == f"At most {max(len(gap) for gap in gaps)} free seats are next to each other."


async def answer(holds: HoldStore, of: Hall, count: int, split: bool) -> Seats | str | None:
    """What a party is given: seats, or in which way they are not next to each other; None where too few are left."""
    try:
        made = await holds.make_reservation(await put_on(holds, of), ANN, BestOf(count, of.blocks, split), TTL)
    except NotTogether as refusal:
        return str(refusal)
    except TooFewTickets:
        return None
    return made.numbers


def assert_best_together(of: Hall, seats: Seats) -> None:
    """Seats are in one gap of the best row of their type in which no single seat is left, or else of the best row."""
    places = [
        (index, type_number, gap[start : start + len(seats)])
        for index, (type_number, _) in enumerate(of.rows())
        for gap in of.gaps()[index]
        for start in range(len(gap) - len(seats) + 1)
    ]
    [(row, own_type)] = [(index, type_number) for index, type_number, place in places if place == seats]
    _, first_type, _ = places[0]
    passable = [place for index, place in enumerate(places) if all(p[1] == first_type for p in places[: index + 1])]
    tidy = [index for index, _, place in passable if not singles_made(of, place)]
    assert own_type == first_type
    assert row == min(tidy or [index for index, *_ in passable])
    assert not tidy or not singles_made(of, seats)


def assert_best_groups(of: Hall, seats: Seats) -> None:
    """There are no fewer groups, nobody is alone who need not be, and no such groups are nearer to each other."""
    gaps = [(index, gap) for index, row in enumerate(of.gaps()) for gap in row]
    used = [(index, [seat for seat in gap if seat in seats]) for index, gap in gaps if set(gap) & set(seats)]
    others = [some for some in combinations(gaps, len(used)) if sum(len(gap) for _, gap in some) >= len(seats)]
    fewer = combinations(gaps, len(used) - 1)

    assert all(group == list(range(group[0], group[-1] + 1)) for _, group in used)
    assert not any(sum(len(gap) for _, gap in some) >= len(seats) for some in fewer)
    if len(seats) >= 2 * len(used) and any(all(len(gap) > 1 for _, gap in some) for some in others):
        assert all(len(group) > 1 for _, group in used)
        others = [some for some in others if all(len(gap) > 1 for _, gap in some)]
    assert used[-1][0] - used[0][0] == min(some[-1][0] - some[0][0] for some in others)


def singles_made(of: Hall, seats: Iterable[int]) -> int:
    """How many single seats there are that were not single before."""
    before, after = ({gap for row in some.gaps() for gap in row if len(gap) == 1} for some in (of, of.without(seats)))
    return len(after - before)
