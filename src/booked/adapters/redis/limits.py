"""The limiter port on Valkey: a count per window, by the server's own time."""

from datetime import timedelta
from importlib import resources

from booked.adapters.redis.failures import failing_as
from booked.adapters.redis.node import Node
from booked.adapters.redis.nodes import Nodes
from booked.domain.errors import StoreWriteFailed
from booked.domain.model.people.limits import Limit, Taken

SCRIPTS = resources.files("booked.adapters.redis")
TAKE = (SCRIPTS / "limit_take.lua").read_text(encoding="utf-8")
GIVE_BACK = (SCRIPTS / "limit_give_back.lua").read_text(encoding="utf-8")
ONE_MS = timedelta(milliseconds=1)


class RedisLimiter:
    """Use `connect`. It succeeds without a server: calls fail until there is one."""

    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes

    @classmethod
    def connect(cls, url: str, pool_size: int = 4, timeout: float = 2.0) -> "RedisLimiter":
        """Return a limiter on the server at this URL, or on the cluster of the nodes at several.

        A call waits at most `timeout` seconds for each of its parts.
        """
        return cls(Nodes(url, pool_size, timeout))

    async def close(self) -> None:
        await self._nodes.close()

    async def take(self, limit: Limit, who: str) -> Taken:
        key = _key(limit, who)

        async def take(node: Node) -> tuple[int, int, int]:
            counted, count, left = await node.client.register_script(TAKE)([key], [limit.most, limit.window // ONE_MS])
            return counted, count, left

        with failing_as(StoreWriteFailed):
            counted, count, left = await self._nodes.ask(key, take)
        return Taken(bool(counted), max(0, limit.most - count), max(0, left) * ONE_MS)

    async def give_back(self, limit: Limit, who: str) -> None:
        key = _key(limit, who)
        with failing_as(StoreWriteFailed):
            await self._nodes.ask(key, lambda node: node.client.register_script(GIVE_BACK)([key]))

    async def count(self, limit: Limit, who: str) -> int:
        key = _key(limit, who)
        with failing_as(StoreWriteFailed):
            return int(await self._nodes.ask(key, lambda node: node.client.get(key)) or 0)

    async def forget(self, limit: Limit, who: str) -> None:
        key = _key(limit, who)
        with failing_as(StoreWriteFailed):
            await self._nodes.ask(key, lambda node: node.client.delete(key))


def _key(limit: Limit, who: str) -> str:
    return f"limit:{limit.name}:{who}"
