"""States of an event that is watched, and what leads from one to another."""

import random
from collections.abc import Iterable

from booked.domain.model.programme.seating import Block, RowStyle, SeatBlock
from booked.domain.model.sale.holds import SeatMap
from booked.domain.model.sale.live import (
    CHANGES_MOST,
    STATES_KEPT,
    FrameKind,
    LiveFrame,
    LiveHistory,
    LiveState,
)

ROWS = SeatBlock("Stalls", 1, 2, 10, 1, RowStyle.LETTERS)
SEATS = [Block(1, 20, 1, ROWS)]


def map_of(taken: Iterable[int], capacity: int = 20) -> SeatMap:
    bits = bytearray((capacity + 7) // 8)
    for number in taken:
        bits[(number - 1) // 8] |= 0x80 >> (number - 1) % 8
    return SeatMap(capacity, capacity - len(set(taken)), 1, capacity, bytes(bits))


def seated(*taken: int, capacity: int = 20) -> LiveState:
    return LiveState.of(map_of(taken, capacity), [Block(1, capacity, 1, ROWS)])


def applied(known: set[int], frame: LiveFrame | None) -> set[int]:
    """What a reader knows to be taken after a frame."""
    if frame is None:
        return known
    if frame.kind is FrameKind.SEATS:
        assert not known & set(frame.taken)
        assert set(frame.freed) <= known
        return (known | set(frame.taken)) - set(frame.freed)
    assert frame.state.taken is not None
    return {i + 1 for i in range(frame.state.capacity) if frame.state.taken[i // 8] & 0x80 >> i % 8}


def test_a_state_counts_what_is_left_of_each_type() -> None:
    blocks = [Block(1, 5, 1, ROWS), Block(6, 12, 2), Block(13, 20, 1)]

    state = LiveState.of(map_of([1, 6, 7, 20]), blocks)

    assert (state.capacity, state.free, state.left) == (20, 16, {1: 11, 2: 5})


def test_a_block_the_map_does_not_reach_has_nothing_left_yet() -> None:
    state = LiveState.of(map_of([1], capacity=10), [Block(1, 8, 1), Block(9, 30, 2)])

    assert state.left == {1: 7, 2: 2}


def test_the_same_sight_has_the_same_id_and_another_one_another() -> None:
    assert seated(1, 2).id == seated(1, 2).id
    assert len({seated(1, 2).id, seated(1, 3).id, seated(1, 2, capacity=24).id}) == 3


def test_somebody_new_is_told_everything_and_then_what_changed() -> None:
    history = LiveHistory(seated(1, 2))
    first = history.since(None)

    assert history.add(seated(2, 3))

    assert first is not None
    assert (first.kind, applied(set(), first)) == (FrameKind.ALL, {1, 2})
    change = history.since(first.state.id)
    assert change is not None
    assert (change.kind, change.taken, change.freed) == (FrameKind.SEATS, (3,), (1,))
    assert change is history.since(first.state.id), "the frame is made once for all readers"


def test_nothing_is_said_where_nothing_changed() -> None:
    history = LiveHistory(seated(1))

    assert not history.add(seated(1))
    assert history.since(seated(1).id) is None


def test_any_of_the_last_states_is_gone_on_from_and_no_older_one() -> None:
    states = [seated(number, capacity=100) for number in range(1, STATES_KEPT + 2)]
    history = LiveHistory(states[0])
    for state in states[1:]:
        history.add(state)

    for number, state in enumerate(states[1:-1], 2):
        frame = history.since(state.id)
        assert frame is not None
        assert (frame.kind, frame.taken, frame.freed) == (FrameKind.SEATS, (STATES_KEPT + 1,), (number,))
    too_old = history.since(states[0].id)
    assert too_old is not None
    assert too_old.kind is FrameKind.ALL


def test_a_state_that_comes_again_is_gone_on_from_its_last_time() -> None:
    history = LiveHistory(seated(1))
    for state in (seated(2), seated(1), seated(3)):
        history.add(state)

    frame = history.since(seated(1).id)

    assert frame is not None
    assert (frame.taken, frame.freed) == ((3,), (1,))


def test_many_changes_are_told_by_the_bitmap() -> None:
    history = LiveHistory(seated(capacity=200))
    history.add(seated(*range(1, CHANGES_MOST + 1), capacity=200))
    named = history.frame

    history.add(seated(*range(100, 101), capacity=200))

    assert named.kind is FrameKind.SEATS
    assert history.frame.kind is FrameKind.ALL


def test_an_event_without_seats_has_counts_only() -> None:
    blocks = [Block(1, 20, 1)]
    history = LiveHistory(LiveState.of(map_of([1]), blocks))

    history.add(LiveState.of(map_of([1, 2]), blocks))

    assert (history.frame.kind, history.frame.state.free, history.frame.state.taken) == (FrameKind.COUNT, 18, None)
    assert not history.add(LiveState.of(map_of([3, 4]), blocks)), "nobody sees which tickets they are"


def test_readers_of_every_speed_know_what_is_taken() -> None:
    chance = random.Random(7)
    history = LiveHistory(seated(capacity=300))
    readers: dict[int, tuple[str | None, set[int]]] = {speed: (None, set()) for speed in (1, 2, 5, 40, 90)}

    taken: set[int] = set()
    for turn in range(400):
        for _ in range(chance.randrange(4)):
            taken ^= {chance.randrange(1, 301)}
        history.add(seated(*taken, capacity=300))
        for speed, (seen, known) in readers.items():
            if turn % speed == 0:
                readers[speed] = history.state.id, applied(known, history.since(seen))
                assert readers[speed][1] == taken
