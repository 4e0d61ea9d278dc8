"""The limiter port on Valkey: a count per window, by the server's own time."""

from datetime import timedelta
from importlib import resources

from redis.asyncio import Redis

from booked.adapters.redis.client import client_of
from booked.adapters.redis.failures import failing_as
from booked.domain.errors import StoreWriteFailed
from booked.domain.model.people.limits import Limit, Taken

TAKE = (resources.files("booked.adapters.redis") / "limit.lua").read_text(encoding="utf-8")
ONE_MS = timedelta(milliseconds=1)


class RedisLimiter:
    """Use `connect`. It succeeds without a server: calls fail until there is one."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._take = client.register_script(TAKE)

    @classmethod
    def connect(cls, url: str, pool_size: int = 4, timeout: float = 2.0) -> "RedisLimiter":
        """Return a limiter on the server at this URL. A call waits at most `timeout` seconds for each of its parts."""
        return cls(client_of(url, pool_size, timeout))

    async def close(self) -> None:
        await self._client.aclose(close_connection_pool=True)

    async def take(self, limit: Limit, who: str) -> Taken:
        with failing_as(StoreWriteFailed):
            counted, count, left = await self._take([_key(limit, who)], [limit.most, limit.window // ONE_MS])
        return Taken(bool(counted), max(0, limit.most - count), max(0, left) * ONE_MS)

    async def count(self, limit: Limit, who: str) -> int:
        with failing_as(StoreWriteFailed):
            return int(await self._client.get(_key(limit, who)) or 0)

    async def forget(self, limit: Limit, who: str) -> None:
        with failing_as(StoreWriteFailed):
            await self._client.delete(_key(limit, who))


def _key(limit: Limit, who: str) -> str:
    return f"limit:{limit.name}:{who}"
