"""Ids that are the same in every run."""

from dataclasses import dataclass, field
from itertools import count
from uuid import UUID

_VERSION_AND_VARIANT = (7 << 76) | (2 << 62)


@dataclass(frozen=True, slots=True)
class CountingIds:
    """UUIDv7s that count up where a real one has the time, and where its last random bits are."""

    _counter: "count[int]" = field(default_factory=lambda: count(1), init=False)

    def unique(self) -> UUID:
        number = next(self._counter)
        return UUID(int=(number << 80) | _VERSION_AND_VARIANT | number)
