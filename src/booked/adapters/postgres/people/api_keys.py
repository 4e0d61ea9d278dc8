"""API keys, of which only a digest is kept."""

from datetime import date

import asyncpg

from booked.adapters.postgres.statements import Statements
from booked.domain.model.ids import ApiKeyId
from booked.domain.model.people.api_keys import ApiKey, NewApiKey

ADD = """
    INSERT INTO api_keys (id, name, prefix, digest)
    VALUES ($1, $2, $3, $4)
    RETURNING *
"""

WITH_DIGEST = "SELECT * FROM api_keys WHERE digest = $1"

ALL = "SELECT * FROM api_keys ORDER BY id"

REVOKE = """
    UPDATE api_keys
    SET revoked_at = coalesce(revoked_at, now())
    WHERE id = $1
    RETURNING id
"""

MARK_USED = "UPDATE api_keys SET last_used_on = $2 WHERE id = $1 AND last_used_on IS DISTINCT FROM $2"


class PostgresApiKeys:
    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def add(self, key: NewApiKey) -> ApiKey:
        [row] = await self._statements.write(ADD, key.id, key.name, key.prefix, key.digest)
        return _key(row)

    async def with_digest(self, digest: bytes) -> ApiKey | None:
        rows = await self._statements.read(WITH_DIGEST, digest)
        return _key(rows[0]) if rows else None

    async def all(self) -> list[ApiKey]:
        return [_key(row) for row in await self._statements.read(ALL)]

    async def revoke(self, key_id: ApiKeyId) -> bool:
        return bool(await self._statements.write(REVOKE, key_id))

    async def mark_used(self, key_id: ApiKeyId, day: date) -> None:
        await self._statements.write(MARK_USED, key_id, day)


def _key(row: asyncpg.Record) -> ApiKey:
    return ApiKey(
        id=ApiKeyId(str(row["id"])),
        name=row["name"],
        prefix=row["prefix"],
        created_at=row["created_at"],
        last_used_on=row["last_used_on"],
        revoked_at=row["revoked_at"],
    )
