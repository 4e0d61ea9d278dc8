"""Loading the scripts into the running server.

The mark of the server is part of the scripts' text: its run id and its replication id, which changes with a promotion.
A restarted server, or a promoted replica, does not know this text: it answers NOSCRIPT, and only then is
its mark asked for. So no call mistakes what an earlier run wrote for what this run knows, at no cost per call.
"""

import asyncio
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from booked.adapters.redis.scripts import text_for


class ScriptLoader:
    """Knows the digest by which the server calls the scripts."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._digest: str | None = None
        self._loading = asyncio.Lock()

    async def digest(self, failed: str | None = None) -> str:
        """Return the digest of the loaded scripts. Load them first if none is known but the one that `failed`."""
        if self._digest is not None and self._digest != failed:
            return self._digest
        async with self._loading:
            if self._digest is None or self._digest == failed:
                self._digest = await self._load_for(server_mark(await self._client.info("server", "replication")))
            return self._digest

    def forget(self) -> None:
        """Ask the server for its mark before the next call: other processes may have met another server."""
        self._digest = None

    async def _load_for(self, mark: str) -> str:
        # One pipeline is one connection and so one run of the server; asked last, it says which one that was.
        async with self._client.pipeline(transaction=False) as pipeline:
            pipeline.script_load(text_for(mark))
            pipeline.info("server", "replication")
            digest, server = await pipeline.execute()
        if server_mark(server) != mark:
            raise RedisConnectionError("the server was restarted or promoted while scripts were loaded")
        return digest.decode() if isinstance(digest, bytes) else str(digest)


def server_mark(server: dict[str, Any]) -> str:
    """Return the mark of a server by what it says of itself.

    A primary demoted and promoted again keeps its run id, but its data lacks what the other one sold
    meanwhile. Only its replication id is new.
    """
    return f"{server['run_id']}:{server['master_replid']}"
