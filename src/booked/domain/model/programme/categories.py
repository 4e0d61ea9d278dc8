"""Categories of events."""

import unicodedata
from dataclasses import dataclass

from booked.domain.errors import InvalidEvent
from booked.domain.model.ids import CategoryId
from booked.domain.model.text import require_text

CATEGORY_NAME_LENGTH = 100


@dataclass(frozen=True, slots=True)
class Category:
    id: CategoryId
    name: str


def category_key(name: str) -> str:
    """Return a key for a name. Readers would take categories with the same key for one."""
    return unicodedata.normalize("NFKC", name).casefold()


def require_category_name(name: str) -> str:
    return require_text(name, InvalidEvent, "category's name", CATEGORY_NAME_LENGTH)
