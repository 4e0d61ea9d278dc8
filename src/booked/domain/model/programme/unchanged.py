"""What a field of a revision says when it stays as it is."""

from enum import Enum
from typing import TypeVar

T = TypeVar("T")


class Unchanged(Enum):
    """What a field of a revision says when it stays as it is. None takes a value away."""

    UNCHANGED = "unchanged"


UNCHANGED = Unchanged.UNCHANGED


def said_or(said: T | Unchanged, present: T) -> T:
    """Return what a revision says, or what there is."""
    return present if isinstance(said, Unchanged) else said
