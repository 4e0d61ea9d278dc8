"""Whose tokens were voided."""

import asyncio
from datetime import datetime

from booked.adapters.postgres.statements import Statements
from booked.domain.model.ids import UserId

# All transactions before it have ended: a later reader sees what they wrote.
MARK = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS mark"

SINCE = """
    SELECT user_id, token_version
    FROM voided_tokens
    WHERE voided_at > $1
"""

# Rows that a dump brought from another server may name transactions that are yet to come here.
SINCE_OR_FROM_MARK = """
    SELECT user_id, token_version
    FROM voided_tokens
    WHERE voided_at > $1
       OR (voided_in >= $2::text::xid8 AND voided_in < pg_snapshot_xmax(pg_current_snapshot()))
"""

FORGET = """
    DELETE FROM voided_tokens
    WHERE user_id IN (
        SELECT user_id
        FROM voided_tokens
        WHERE voided_at <= $1
        ORDER BY voided_at
        LIMIT $2
        FOR UPDATE SKIP LOCKED
    )
    RETURNING user_id
"""

ROWS_AT_ONCE = 5000


class PostgresVoidedTokens:
    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def mark(self) -> int:
        [row] = await self._statements.read(MARK)
        return int(row["mark"])

    async def since(self, moment: datetime, mark: int | None = None) -> dict[UserId, int]:
        if mark is None:
            rows = await self._statements.read(SINCE, moment)
        else:
            rows = await self._statements.read(SINCE_OR_FROM_MARK, moment, str(mark))
        versions: dict[UserId, int] = {}
        for start in range(0, len(rows), ROWS_AT_ONCE):
            versions |= {UserId(str(row[0])): row[1] for row in rows[start : start + ROWS_AT_ONCE]}
            await asyncio.sleep(0)  # there may be a million of them, and others wait
        return versions

    async def forget(self, moment: datetime, limit: int) -> int:
        return len(await self._statements.write(FORGET, moment, limit))
