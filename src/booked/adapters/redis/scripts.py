"""Loading and calling the Lua scripts.

All of them are loaded as one, with the mark of the server in its text: its run id and its replication id, which changes
when it is promoted. A server that was restarted, or a replica that took over, does not have that text: it answers
NOSCRIPT, and only then is its mark asked for. A call can therefore
never mistake what an earlier run wrote for what this one knows, and that costs nothing per call.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

import msgspec
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError

from booked.adapters.redis.wire import Command, Wire
from booked.batching import Batcher

CALLS_AN_EXCHANGE = 128
CALLS_A_STEP = 32  # Valkey does nothing else meanwhile.
EXCHANGES_AT_ONCE = 2

Reply = list[Any]
Argument = str | int | Sequence["Argument"]

_FILES = resources.files("booked.adapters.redis") / "scripts"
TEXTS = {
    file.name.removesuffix(".lua"): file.read_text(encoding="utf-8")
    for file in _FILES.iterdir()
    if file.name.endswith(".lua")
}
_LIBRARIES = ("overview", "releases", "reservations")
# The server makes every function of the text anew in each step, so all others are made only where one is called.
_FREQUENT = ("reserve", "claim", "settle", "available")

_pack = msgspec.msgpack.Encoder().encode


@dataclass(frozen=True, slots=True)
class Call:
    """One script's call for one event."""

    script: str
    event_id: str
    arguments: Sequence[Argument] = ()


class Step:
    """Calls for one event that the server makes in one go, each of which stands for itself."""

    def __init__(self, event_id: str) -> None:
        self.event_id = event_id
        self.indices: list[int] = []
        self._calls: list[tuple[Argument, ...]] = []

    @property
    def full(self) -> bool:
        return len(self._calls) >= CALLS_A_STEP

    def add(self, index: int, call: Call) -> None:
        self.indices.append(index)
        self._calls.append((call.script, *call.arguments))

    def command(self, digest: str) -> Command:
        return "EVALSHA", digest, 1, f"meta:{{{self.event_id}}}", self.event_id, _pack(self._calls)


class ScriptRunner:
    """Calls that are made at the same moment share an exchange with the server, and those for one event a step."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._wire = Wire(client.connection_pool)
        self._digest: str | None = None
        self._loading = asyncio.Lock()
        self._batcher = Batcher[Call, Reply](self._run_all, CALLS_AN_EXCHANGE, EXCHANGES_AT_ONCE)

    async def run(self, call: Call) -> Reply:
        return await self._batcher.run(call)

    def forget(self) -> None:
        """Ask the server for its mark before the next call: others may have found another one."""
        self._digest = None

    async def close(self) -> None:
        await self._wire.close()

    async def _run_all(self, calls: Sequence[Call]) -> Sequence[Reply | Exception]:
        steps = _steps(calls)
        digest = self._digest or await self._load(None)
        answers = await self._exchange(steps, digest)
        if any(isinstance(answer, NoScriptError) for answer in answers):
            unknown = [index for index, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
            digest = await self._load(digest)
            again = await self._exchange([steps[index] for index in unknown], digest)
            for index, answer in zip(unknown, again, strict=True):
                answers[index] = answer
        replies: list[Reply | Exception] = [[]] * len(calls)
        for step, answer in zip(steps, answers, strict=True):
            of_each = [answer] * len(step.indices) if isinstance(answer, Exception) else answer
            for index, reply in zip(step.indices, of_each, strict=True):
                replies[index] = reply
        return replies

    async def _exchange(self, steps: Iterable[Step], digest: str) -> list[list[Reply | Exception] | Exception]:
        return await self._wire.exchange([step.command(digest) for step in steps])

    async def _load(self, failed: str | None) -> str:
        """Load the scripts for the server that runs now, unless somebody else has done so since `failed`."""
        async with self._loading:
            if self._digest is None or self._digest == failed:
                self._digest = await self._load_for(await self._mark())
            return self._digest

    async def _load_for(self, mark: str) -> str:
        # One pipeline is one connection and so one run of the server; asked last, it says which one that was.
        async with self._client.pipeline(transaction=False) as pipeline:
            pipeline.script_load(_text_for(mark))
            pipeline.info("server", "replication")
            digest, server = await pipeline.execute()
        if server_mark(server) != mark:
            raise RedisConnectionError("the server was restarted or promoted while scripts were loaded")
        return digest.decode() if isinstance(digest, bytes) else str(digest)

    async def _mark(self) -> str:
        return server_mark(await self._client.info("server", "replication"))


def server_mark(server: dict[str, Any]) -> str:
    """Return the mark of a server by what it says of itself.

    A primary that was demoted and promoted again has its old run id, and data that lacks what the other one sold
    meanwhile. Its replication id is another one.
    """
    return f"{server['run_id']}:{server['master_replid']}"


def _text_for(mark: str) -> str:
    others = [name for name in TEXTS if name not in {"prelude", "main", *_LIBRARIES, *_FREQUENT}]
    return f"""local RUN_ID = '{mark}'
{TEXTS["prelude"]}
local SCRIPTS = {{}}
{_functions(_FREQUENT)}
local calls, frequent = cmsgpack.unpack(ARGV[2]), true
for _, call in ipairs(calls) do frequent = frequent and SCRIPTS[call[1]] end
if not frequent then
{"".join(TEXTS[name] for name in _LIBRARIES)}
{_functions(others)}
end
{TEXTS["main"]}"""


def _functions(scripts: Iterable[str]) -> str:
    return "".join(f"function SCRIPTS.{script}(ARGV)\n{TEXTS[script]}end\n" for script in scripts)


def _steps(calls: Sequence[Call]) -> list[Step]:
    """The calls by event, in the order in which they came."""
    steps: list[Step] = []
    open_steps: dict[str, Step] = {}
    for index, call in enumerate(calls):
        step = open_steps.get(call.event_id)
        if step is None or step.full:
            step = open_steps[call.event_id] = Step(call.event_id)
            steps.append(step)
        step.add(index, call)
    return steps
