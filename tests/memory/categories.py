"""Categories that events are filed under."""

from collections.abc import Sequence
from dataclasses import dataclass

from booked.domain.errors import NameTaken, StillInUse
from booked.domain.model.ids import CategoryId
from booked.domain.model.programme.categories import Category, category_key
from tests.memory.tables import Session, Tables


@dataclass(frozen=True, slots=True)
class MemoryCategories:
    _session: Session

    async def add(self, category: Category) -> None:
        async with self._session.change() as tables:
            _name(tables, category)

    async def get(self, category_id: CategoryId) -> Category | None:
        return self._session.tables.categories.get(category_id)

    async def save(self, category: Category) -> bool:
        async with self._session.change() as tables:
            if category.id not in tables.categories:
                return False
            _name(tables, category)
            return True

    async def remove(self, category_id: CategoryId) -> bool:
        async with self._session.change() as tables:
            if any(row.event.category_id == category_id for row in tables.events.values()):
                raise StillInUse
            return tables.categories.pop(category_id, None) is not None

    async def all(self) -> Sequence[Category]:
        return sorted(self._session.tables.categories.values(), key=lambda category: category_key(category.name))


def _name(tables: Tables, category: Category) -> None:
    others = [other for other in tables.categories.values() if other.id != category.id]
    if category_key(category.name) in {category_key(other.name) for other in others}:
        raise NameTaken
    tables.categories[category.id] = category
