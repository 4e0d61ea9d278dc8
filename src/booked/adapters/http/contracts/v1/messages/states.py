"""States in capitals, which clients may also send in small letters."""

from enum import StrEnum
from typing import Self


class State(StrEnum):
    """The base of states whose names are their values."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        return cls.__members__.get(value.upper()) if isinstance(value, str) else None
