"""Categories of events."""

from collections.abc import Sequence

import asyncpg

from booked.adapters.postgres.statements import Statements
from booked.domain.errors import NameTaken, StillInUse
from booked.domain.model.ids import CategoryId
from booked.domain.model.programme.categories import Category, category_key

ADD = "INSERT INTO categories (id, name, name_key) VALUES ($1, $2, $3)"

GET = "SELECT id, name FROM categories WHERE id = $1"

SAVE = "UPDATE categories SET name = $2, name_key = $3 WHERE id = $1 RETURNING id"

REMOVE = "DELETE FROM categories WHERE id = $1 RETURNING id"

ALL = 'SELECT id, name FROM categories ORDER BY name_key COLLATE "C"'


class PostgresCategories:
    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def add(self, category: Category) -> None:
        await self._write(ADD, category)

    async def get(self, category_id: CategoryId) -> Category | None:
        rows = await self._statements.read(GET, category_id)
        return _category(rows[0]) if rows else None

    async def save(self, category: Category) -> bool:
        return bool(await self._write(SAVE, category))

    async def remove(self, category_id: CategoryId) -> bool:
        try:
            return bool(await self._statements.write(REMOVE, category_id))
        except asyncpg.ForeignKeyViolationError as cause:
            raise StillInUse("Events are filed under it. Give them another category first.") from cause

    async def all(self) -> Sequence[Category]:
        return [_category(row) for row in await self._statements.read(ALL)]

    async def _write(self, statement: str, category: Category) -> list[asyncpg.Record]:
        try:
            return await self._statements.write(statement, category.id, category.name, category_key(category.name))
        except asyncpg.UniqueViolationError as cause:
            raise NameTaken from cause


def _category(row: asyncpg.Record) -> Category:
    return Category(CategoryId(str(row["id"])), row["name"])
