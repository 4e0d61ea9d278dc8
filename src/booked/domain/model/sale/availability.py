"""Which tickets nobody can reserve."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SeatMap:
    """The taken tickets from `first` to `last` as a bitmap; `free` counts the free ones of the whole event.

    The highest bit of the first byte is ticket `first`. A bit is set for a sold, held or claimed ticket. Bits behind
    `last` are clear. If `last` is below `first`, the bitmap is empty.
    """

    capacity: int
    free: int
    first: int
    last: int
    taken: bytes


@dataclass(frozen=True, slots=True)
class TakenTickets:
    """Numbers of taken tickets: sold ones, and held or claimed ones."""

    sold: frozenset[int]
    held: frozenset[int]
