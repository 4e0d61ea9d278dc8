"""What somebody who watches an event is told: how many tickets are left, and which seats come and go.

A state is what one look at an event shows. A frame tells a reader who knows one state what has become of it.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import blake2b

from booked.domain.model.programme.seating import Block
from booked.domain.model.sale.holds import SeatMap

STATES_KEPT = 64
STATE_ID_BYTES = 8
CHANGES_MOST = 64  # that a frame names in any case, and in large halls …
CHANGES_MOST_OF = 8  # … one for so many bytes of the bitmap: from there on that is shorter
STRIDE = 64  # bytes of two bitmaps that are compared at once


class FrameKind(StrEnum):
    """`ALL` has every seat, `SEATS` those taken and freed since the frame before, `COUNT` only how many are left."""

    ALL = "all"
    SEATS = "seats"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class LiveState:
    """`id` is a hash of all the rest. `left` counts the free tickets of each ticket type, by its number.

    The highest bit of the first byte of `taken` is ticket 1, as in `SeatMap`. It is None for an event without seats.
    """

    id: str
    capacity: int
    free: int
    left: Mapping[int, int]
    taken: bytes | None

    @classmethod
    def of(cls, seats: SeatMap, blocks: Sequence[Block], free: Mapping[int, int] | None = None) -> "LiveState":
        """Return the state of an event with these blocks.

        The map begins with ticket 1. Where it does not reach the last ticket, or tickets are set aside, `free` counts
        those of each type that the public can have.
        """
        left = dict.fromkeys(sorted({block.type_number for block in blocks}), 0)
        for block in blocks if free is None else ():
            last = min(block.last, seats.last)
            if last >= block.first:
                left[block.type_number] += last - block.first + 1 - _count(seats.taken, block.first, last)
        left |= {number: count for number, count in (free or {}).items() if number in left}
        taken = seats.taken if any(block.seats for block in blocks) else None
        counts = f"{seats.capacity} {seats.free} {left} ".encode()
        digest = blake2b(counts + (taken or b""), digest_size=STATE_ID_BYTES)
        return cls(digest.hexdigest(), seats.capacity, seats.free, left, taken)


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class LiveFrame:
    """A frame leads to `state`. `taken` and `freed` are ticket numbers, for `SEATS` alone."""

    kind: FrameKind
    state: LiveState
    taken: tuple[int, ...] = ()
    freed: tuple[int, ...] = ()


@dataclass(slots=True)
class LiveHistory:
    """The last `STATES_KEPT` states of an event: of all but the newest only the id, and what changed after it."""

    state: LiveState
    frame: LiveFrame = field(init=False)
    _whole: LiveFrame = field(init=False)
    _steps: deque[tuple[str, tuple[int, ...]]] = field(
        default_factory=lambda: deque(maxlen=STATES_KEPT - 1), init=False
    )

    def __post_init__(self) -> None:
        self.frame = self._whole = _whole(self.state)

    def add(self, state: LiveState) -> bool:
        """Go on to a state. Return False if it is the newest already."""
        if state.id == self.state.id:
            return False
        changed = tuple(_changed(self.state.taken or b"", state.taken or b""))
        self._steps.append((self.state.id, changed))
        self.state = state
        self._whole = _whole(state)
        self.frame = _between(changed, self._whole)
        return True

    def since(self, state_id: str | None) -> LiveFrame | None:
        """Return what somebody has to hear who knows a state, None where it is the newest one.

        Of a state that is not kept any more, or never was, that is everything.
        """
        if state_id == self.state.id:
            return None
        if self._steps and state_id == self._steps[-1][0]:
            return self.frame
        changed: set[int] = set()
        for known, numbers in reversed(self._steps):
            changed.symmetric_difference_update(numbers)
            if known == state_id:
                return _between(sorted(changed), self._whole)
        return self._whole


def _whole(state: LiveState) -> LiveFrame:
    return LiveFrame(FrameKind.COUNT if state.taken is None else FrameKind.ALL, state)


def _between(changed: Sequence[int], whole: LiveFrame) -> LiveFrame:
    state = whole.state
    if state.taken is None or len(changed) > max(CHANGES_MOST, len(state.taken) // CHANGES_MOST_OF):
        return whole
    taken = tuple(number for number in changed if _is_set(state.taken, number))
    freed = tuple(number for number in changed if not _is_set(state.taken, number))
    return LiveFrame(FrameKind.SEATS, state, taken, freed)


def _is_set(bitmap: bytes, number: int) -> bool:
    byte, bit = divmod(number - 1, 8)
    return byte < len(bitmap) and bool(bitmap[byte] & 0x80 >> bit)


def _count(bitmap: bytes, first: int, last: int) -> int:
    """Count the bits set from one ticket to another."""
    part = int.from_bytes(bitmap[(first - 1) // 8 : (last + 7) // 8])
    after = -last % 8
    return (part >> after & (1 << last - first + 1) - 1).bit_count()


def _changed(before: bytes, after: bytes) -> Iterator[int]:
    """Yield the ticket numbers whose bits differ, in ascending order."""
    for start in range(0, max(len(before), len(after)), STRIDE):
        old, new = before[start : start + STRIDE], after[start : start + STRIDE]
        if old != new:
            yield from _differing(start, old.ljust(STRIDE, b"\0"), new.ljust(STRIDE, b"\0"))


def _differing(start: int, old: bytes, new: bytes) -> Iterable[int]:
    for index, (one, other) in enumerate(zip(old, new, strict=True), start):
        for bit in range(8):
            if (one ^ other) & 0x80 >> bit:
                yield index * 8 + bit + 1
