"""Categories that events are filed under."""

from collections.abc import Sequence

import asyncpg

from booked.adapters.postgres.statements import Statements
from booked.domain.errors import NameTaken
from booked.domain.model.ids import CategoryId
from booked.domain.model.programme.categories import Category, category_key

ADD = "INSERT INTO categories (id, name, name_key) VALUES ($1, $2, $3)"

GET = "SELECT id, name FROM categories WHERE id = $1"

ALL = 'SELECT id, name FROM categories ORDER BY name_key COLLATE "C"'


class PostgresCategories:
    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def add(self, category: Category) -> None:
        try:
            await self._statements.write(ADD, category.id, category.name, category_key(category.name))
        except asyncpg.UniqueViolationError as cause:
            raise NameTaken from cause

    async def get(self, category_id: CategoryId) -> Category | None:
        rows = await self._statements.read(GET, category_id)
        return _category(rows[0]) if rows else None

    async def all(self) -> Sequence[Category]:
        return [_category(row) for row in await self._statements.read(ALL)]


def _category(row: asyncpg.Record) -> Category:
    return Category(CategoryId(str(row["id"])), row["name"])
