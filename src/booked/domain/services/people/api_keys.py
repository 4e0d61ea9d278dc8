"""API keys: making them, revoking them, and whose counter a request comes to."""

from contextlib import suppress
from dataclasses import dataclass

from booked.domain.errors import InvalidApiKey, StoreError
from booked.domain.model.ids import ApiKeyId, CounterId
from booked.domain.model.people.api_keys import OPEN_COUNTER, ApiKey, accept_key, digest_of, fresh_key, is_key
from booked.domain.model.sale.idempotency import IdempotencyKey
from booked.domain.services.sale.idempotency import make_once
from booked.ports.database import Database, Repositories
from booked.ports.system import Clock, Ids


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyService:
    """`open_to_all` lets those in who show no key: they share a counter."""

    database: Database
    ids: Ids
    clock: Clock
    open_to_all: bool

    async def create(self, name: str) -> tuple[ApiKey, str]:
        """Make a new key and return it with its text, which is never told again. Raises `EmptyName`."""
        text = fresh_key()
        key = await self.database.api_keys.add(accept_key(ApiKeyId(str(self.ids.unique())), name, text))
        return key, text

    async def create_once(self, name: str, idempotency_key: IdempotencyKey) -> str | None:
        """Make a new key and return its text; None for a repeated request, which made its key before.

        Raises `EmptyName`, or as `make_once` does.
        """
        text = fresh_key()
        new = accept_key(ApiKeyId(str(self.ids.unique())), name, text)

        async def add(unit: Repositories) -> None:
            await unit.api_keys.add(new)

        return text if await make_once(self.database, idempotency_key, new.id, add) == new.id else None

    async def all(self) -> list[ApiKey]:
        return await self.database.api_keys.all()

    async def revoke(self, key_id: ApiKeyId) -> bool:
        """Let a key be no good any more, from now on; False if there is none with this id."""
        return await self.database.api_keys.revoke(key_id)

    async def counter(self, text: str | None) -> CounterId:
        """Return the counter of a key, or of no key. Raises `InvalidApiKey`."""
        if text is None and self.open_to_all:
            return OPEN_COUNTER
        # Asked for with every request, so that a key that is revoked is no good at once.
        key = await self.database.api_keys.with_digest(digest_of(text)) if text and is_key(text) else None
        if key is None or key.revoked_at is not None:
            raise InvalidApiKey
        today = self.clock.now().date()
        if key.last_used_on != today:
            # For people to look at: nobody is turned away because it could not be written down.
            with suppress(StoreError):
                await self.database.api_keys.mark_used(key.id, today)
        return key.counter
