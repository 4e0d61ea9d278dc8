"""Whose tokens were voided."""

from dataclasses import dataclass
from datetime import datetime

from booked.domain.model.ids import UserId
from tests.memory.tables import Session

NO_TOKEN_IS_GOOD = 2_147_483_647


@dataclass(frozen=True, slots=True)
class MemoryVoidedTokens:
    _session: Session

    async def mark(self) -> int:
        return self._session.tables.voidings

    async def since(self, moment: datetime, mark: int | None = None) -> dict[UserId, int]:
        tables = self._session.tables
        return {
            user_id: tables.users[user_id].token_version if user_id in tables.users else NO_TOKEN_IS_GOOD
            for user_id, (voided_at, number) in tables.tokens_voided.items()
            if voided_at > moment or (mark is not None and number > mark)
        }

    async def forget(self, moment: datetime, limit: int) -> int:
        async with self._session.change() as tables:
            old = [id_ for id_, (voided_at, _) in tables.tokens_voided.items() if voided_at <= moment][:limit]
            for id_ in old:
                del tables.tokens_voided[id_]
            return len(old)
