"""Categories that events are filed under."""

from collections.abc import Sequence
from dataclasses import dataclass

from booked.domain.errors import NameTaken
from booked.domain.model.ids import CategoryId
from booked.domain.model.programme.categories import Category, category_key
from tests.memory.tables import Session


@dataclass(frozen=True, slots=True)
class MemoryCategories:
    _session: Session

    async def add(self, category: Category) -> None:
        async with self._session.change() as tables:
            if any(category_key(other.name) == category_key(category.name) for other in tables.categories.values()):
                raise NameTaken
            tables.categories[category.id] = category

    async def get(self, category_id: CategoryId) -> Category | None:
        return self._session.tables.categories.get(category_id)

    async def all(self) -> Sequence[Category]:
        return sorted(self._session.tables.categories.values(), key=lambda category: category_key(category.name))
