"""Which stores answer."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from booked.domain.errors import StoreError
from booked.ports.system import Answering


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadinessService:
    database: Answering
    holds: Answering

    async def stores(self) -> Mapping[str, bool]:
        """Ask every store, and return by its name whether it answers."""
        database, holds = await asyncio.gather(_answers(self.database.ping), _answers(self.holds.ping))
        return {"database": database, "holds": holds}


async def _answers(ping: Callable[[], Awaitable[None]]) -> bool:
    try:
        await ping()
    except StoreError:
        return False
    return True
