"""How often somebody may do something."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` times within a window opening with the first of them. `name` is unique among limits."""

    name: str
    most: int
    window: timedelta


@dataclass(frozen=True, slots=True)
class Taken:
    """The answer of a limiter: whether there was room, how much is left, and when the window ends."""

    allowed: bool
    remaining: int
    ends_in: timedelta
