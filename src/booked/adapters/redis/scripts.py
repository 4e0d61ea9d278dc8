"""Loading and calling the Lua scripts.

Every script is loaded with the run id of the server in its text. A server that was restarted, or a replica that took
over, does not have that script: it answers NOSCRIPT, and only then is its run id asked for. A call can therefore never
mistake what an earlier run wrote for what this one knows, and that costs nothing per call.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError

from booked.batching import Batcher

CALLS_A_PIPELINE = 128

Reply = list[Any]
Argument = str | int | bytes

_FILES = resources.files("booked.adapters.redis") / "scripts"
_PRELUDE = (_FILES / "prelude.lua").read_text(encoding="utf-8")
_SCRIPTS = {
    file.name.removesuffix(".lua"): file.read_text(encoding="utf-8")
    for file in _FILES.iterdir()
    if file.name.endswith(".lua") and file.name != "prelude.lua"
}


@dataclass(frozen=True, slots=True)
class Call:
    """One script's call for one event."""

    script: str
    event_id: str
    arguments: Sequence[Argument] = ()

    def command(self, digests: dict[str, str]) -> list[Argument]:
        meta = f"meta:{{{self.event_id}}}"
        return ["EVALSHA", digests[self.script], 1, meta, self.event_id, *self.arguments]


class ScriptRunner:
    """Calls that are made at the same moment share a pipeline: one exchange with the server for all of them."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._digests: dict[str, str] | None = None
        self._loading = asyncio.Lock()
        self._batcher = Batcher[Call, Reply](self._run_all, CALLS_A_PIPELINE)

    async def run(self, call: Call) -> Reply:
        return await self._batcher.run(call)

    async def _run_all(self, calls: Sequence[Call]) -> Sequence[Reply | Exception]:
        digests = self._digests or await self._load(None)
        replies = await self._exchange(calls, digests)
        unknown = [index for index, reply in enumerate(replies) if isinstance(reply, NoScriptError)]
        if unknown:
            digests = await self._load(digests)
            again = await self._exchange([calls[index] for index in unknown], digests)
            for index, reply in zip(unknown, again, strict=True):
                replies[index] = reply
        return replies

    async def _exchange(self, calls: Sequence[Call], digests: dict[str, str]) -> list[Reply | Exception]:
        async with self._client.pipeline(transaction=False) as pipeline:
            for call in calls:
                pipeline.execute_command(*call.command(digests))
            replies: list[Reply | Exception] = await pipeline.execute(raise_on_error=False)
            return replies

    async def _load(self, failed: dict[str, str] | None) -> dict[str, str]:
        """Load the scripts for the server that runs now, unless somebody else has done so since `failed`."""
        async with self._loading:
            if self._digests is None or self._digests is failed:
                self._digests = await self._load_for(await self._run_id())
            return self._digests

    async def _load_for(self, run_id: str) -> dict[str, str]:
        # One pipeline is one connection and so one run of the server; asked last, it says which one that was.
        async with self._client.pipeline(transaction=False) as pipeline:
            for text in _SCRIPTS.values():
                pipeline.script_load(f"local RUN_ID = '{run_id}'\n{_PRELUDE}\n{text}")
            pipeline.info("server")
            *digests, server = await pipeline.execute()
        if server["run_id"] != run_id:
            raise RedisConnectionError("the server was restarted while scripts were loaded")
        return dict(zip(_SCRIPTS, (_text(digest) for digest in digests), strict=True))

    async def _run_id(self) -> str:
        server: dict[str, Any] = await self._client.info("server")
        return str(server["run_id"])


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
