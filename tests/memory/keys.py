"""Requests that must not take effect twice, and what they made."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

from booked.domain.errors import IdempotencyKeyReused, RequestInFlight
from booked.domain.model.sale.idempotency import IdempotencyKey
from booked.ports.system import Clock
from tests.memory.tables import KeyRow, Session


@dataclass(frozen=True, slots=True)
class MemoryIdempotencyKeys:
    _session: Session
    _clock: Clock

    async def find(self, idempotency_key: IdempotencyKey) -> str | None:
        row = self._session.tables.keys.get((idempotency_key.caller, idempotency_key.key))
        if row is not None and row.fingerprint != idempotency_key.fingerprint:
            raise IdempotencyKeyReused
        return row.subject if row else None

    async def remember(self, idempotency_key: IdempotencyKey, subject: str) -> None:
        async with self._session.change() as tables:
            if (idempotency_key.caller, idempotency_key.key) in tables.keys:
                raise RequestInFlight
            tables.keys[idempotency_key.caller, idempotency_key.key] = KeyRow(
                idempotency_key.fingerprint, subject, self._clock.now()
            )

    async def forget(self, older_than: timedelta, limit: int) -> int:
        async with self._session.change() as tables:
            before = self._clock.now() - older_than
            old = (place for place, row in tables.keys.items() if row.created_at < before)
            forgotten = list(islice(old, limit))
            for place in forgotten:
                del tables.keys[place]
            return len(forgotten)
