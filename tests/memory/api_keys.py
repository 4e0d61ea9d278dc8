"""API keys."""

from dataclasses import dataclass, replace
from datetime import date

from booked.domain.model.ids import ApiKeyId
from booked.domain.model.people.api_keys import ApiKey, NewApiKey
from booked.ports.system import Clock
from tests.memory.tables import ApiKeyRow, Session


@dataclass(frozen=True, slots=True)
class MemoryApiKeys:
    _session: Session
    _clock: Clock

    async def add(self, key: NewApiKey) -> ApiKey:
        async with self._session.change() as tables:
            added = ApiKey(key.id, key.name, key.prefix, self._clock.now(), None, None)
            tables.api_keys[key.id] = ApiKeyRow(added, key.digest)
            return added

    async def with_digest(self, digest: bytes) -> ApiKey | None:
        rows = self._session.tables.api_keys.values()
        return next((row.key for row in rows if row.digest == digest), None)

    async def all(self) -> list[ApiKey]:
        return [row.key for _, row in sorted(self._session.tables.api_keys.items())]

    async def revoke(self, key_id: ApiKeyId) -> bool:
        async with self._session.change() as tables:
            row = tables.api_keys.get(key_id)
            if row is None:
                return False
            revoked = replace(row.key, revoked_at=row.key.revoked_at or self._clock.now())
            tables.api_keys[key_id] = replace(row, key=revoked)
            return True

    async def mark_used(self, key_id: ApiKeyId, day: date) -> None:
        async with self._session.change() as tables:
            row = tables.api_keys[key_id]
            tables.api_keys[key_id] = replace(row, key=replace(row.key, last_used_on=day))
