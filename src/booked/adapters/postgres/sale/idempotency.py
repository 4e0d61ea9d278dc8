"""Requests that must not take effect twice, and what they made."""

from datetime import timedelta

from booked.adapters.postgres.statements import Statements
from booked.domain.errors import IdempotencyKeyReused, RequestInFlight
from booked.domain.model.sale.idempotency import IdempotencyKey

# What it finds is confirmed, so it returns when a synchronous standby has that.
FIND = """
    SELECT fingerprint, subject
        , (SELECT pg_logical_emit_message(true, 'booked', '')) -- guard: used keys are replicated
    FROM idempotency_keys
    WHERE caller_id = $1 AND key = $2
"""

# A twin whose transaction is under way is waited for.
REMEMBER = """
    INSERT INTO idempotency_keys (caller_id, key, fingerprint, subject)
    VALUES ($1, $2, $3, $4)
    ON CONFLICT (caller_id, key) DO NOTHING
    RETURNING subject
"""

FORGET = """
    DELETE FROM idempotency_keys
    WHERE (caller_id, key) IN (
        SELECT caller_id, key
        FROM idempotency_keys
        WHERE created_at < now() - $1::interval
        ORDER BY created_at
        LIMIT $2
        FOR UPDATE SKIP LOCKED
    )
    RETURNING subject
"""


class PostgresIdempotencyKeys:
    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def find(self, idempotency_key: IdempotencyKey) -> str | None:
        rows = await self._statements.write(FIND, idempotency_key.caller, idempotency_key.key)
        if rows and rows[0]["fingerprint"] != idempotency_key.fingerprint:
            raise IdempotencyKeyReused
        return str(rows[0]["subject"]) if rows else None

    async def remember(self, idempotency_key: IdempotencyKey, subject: str) -> None:
        if not await self._statements.write(
            REMEMBER, idempotency_key.caller, idempotency_key.key, idempotency_key.fingerprint, subject
        ):
            raise RequestInFlight

    async def forget(self, older_than: timedelta, limit: int) -> int:
        return len(await self._statements.write(FORGET, older_than, limit))
