"""Scheduling calls of scripts: calls of one moment share an exchange with the server, those for one event a step."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec
from redis.exceptions import NoScriptError

from booked.adapters.redis.arguments import Argument
from booked.adapters.redis.loading import ScriptLoader
from booked.adapters.redis.replies import Reply
from booked.adapters.redis.wire import Command, Wire
from booked.batching import Batcher

CALLS_AN_EXCHANGE = 128
CALLS_A_STEP = 32  # Valkey does nothing else meanwhile.
EXCHANGES_AT_ONCE = 2

_pack = msgspec.msgpack.Encoder().encode


class Call(NamedTuple):
    """One script's call for one event. One that looks at many events is the `work` of as many calls."""

    script: str
    event_id: str
    arguments: Sequence[Argument] = ()
    work: int = 1


class Step:
    """Calls for one event the server makes in one go. Each stands for itself."""

    def __init__(self, event_id: str) -> None:
        self.event_id = event_id
        self.indices: list[int] = []
        self._calls: list[tuple[Argument, ...]] = []
        self._work = 0

    @property
    def full(self) -> bool:
        return self._work >= CALLS_A_STEP

    def add(self, index: int, call: Call) -> None:
        self.indices.append(index)
        self._calls.append((call.script, *call.arguments))
        self._work += call.work

    def command(self, digest: str) -> Command:
        return "EVALSHA", digest, 1, f"meta:{{{self.event_id}}}", self.event_id, _pack(self._calls)


class ScriptRunner:
    """Runs calls, many of them in one exchange."""

    def __init__(self, wire: Wire, loader: ScriptLoader) -> None:
        self._wire = wire
        self._loader = loader
        self._batcher = Batcher[Call, Reply](self._run_all, CALLS_AN_EXCHANGE, EXCHANGES_AT_ONCE)

    async def run(self, call: Call) -> Reply:
        return await self._batcher.run(call)

    async def _run_all(self, calls: Sequence[Call]) -> Sequence[Reply | Exception]:
        steps = _steps(calls)
        digest = await self._loader.digest()
        answers = await self._exchange(steps, digest)
        unknown = [index for index, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
        if unknown:
            digest = await self._loader.digest(failed=digest)
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


def _steps(calls: Sequence[Call]) -> list[Step]:
    """Return the calls by event, in the order in which they came."""
    steps: list[Step] = []
    open_steps: dict[str, Step] = {}
    for index, call in enumerate(calls):
        step = open_steps.get(call.event_id)
        if step is None or step.full:
            step = open_steps[call.event_id] = Step(call.event_id)
            steps.append(step)
        step.add(index, call)
    return steps
