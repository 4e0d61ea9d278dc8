"""Fields of messages changing something: a field not sent stays as it is."""

from collections.abc import Callable
from typing import TypeVar

from msgspec import UNSET, UnsetType

from booked.domain.model.programme.unchanged import UNCHANGED, Unchanged

S = TypeVar("S")
T = TypeVar("T")


def kept(field: T | UnsetType, present: T) -> T:
    """Return what was sent, or the present value where nothing was."""
    return present if field is UNSET else field


def sent(field: T | UnsetType) -> T | None:
    """Return what was sent, or None where nothing was."""
    return None if field is UNSET else field


def or_unchanged(field: T | UnsetType) -> T | Unchanged:
    return UNCHANGED if field is UNSET else field


def read_or_unchanged(field: S | UnsetType, read: Callable[[S], T]) -> T | Unchanged:
    return UNCHANGED if field is UNSET else read(field)
