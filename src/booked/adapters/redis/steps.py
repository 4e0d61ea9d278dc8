"""Scheduling calls of scripts: those of one moment share an exchange with the server and, where they can, a step.

A step is a script for some events. In a cluster it is for one event, because a script may use keys of one slot only.
"""

from collections.abc import Awaitable, Iterable, Sequence
from typing import NamedTuple

import msgspec
from redis.exceptions import NoScriptError

from booked.adapters.redis.arguments import Argument
from booked.adapters.redis.loading import ScriptLoader
from booked.adapters.redis.replies import Reply
from booked.adapters.redis.wire import Command, Wire
from booked.domain.batching import Batcher

CALLS_AN_EXCHANGE = 128
CALLS_A_STEP = 32  # Valkey does nothing else meanwhile.
EXCHANGES_AT_ONCE = 2

_pack = msgspec.msgpack.Encoder().encode


class Call(NamedTuple):
    """One script's call for one event. `work` is what it costs, in ordinary calls."""

    script: str
    event_id: str
    arguments: Sequence[Argument] = ()
    work: int = 1


class Group:
    """Calls for one event, in the order in which they came."""

    def __init__(self, event_id: str) -> None:
        self.event_id = event_id
        self.indices: list[int] = []
        self.calls: list[tuple[Argument, ...]] = []
        self.work = 0

    @property
    def full(self) -> bool:
        return self.work >= CALLS_A_STEP

    def add(self, index: int, call: Call) -> None:
        self.indices.append(index)
        self.calls.append((call.script, *call.arguments))
        self.work += call.work


class Step:
    """Groups of calls the server makes in one go. Each call stands for itself."""

    def __init__(self) -> None:
        self.indices: list[int] = []
        self._groups: list[Group] = []
        self._work = 0

    def has_room_for(self, group: Group) -> bool:
        return self._work + group.work <= CALLS_A_STEP

    def add(self, group: Group) -> None:
        self.indices += group.indices
        self._groups.append(group)
        self._work += group.work

    def command(self, digest: str) -> Command:
        keys = [f"meta:{{{group.event_id}}}" for group in self._groups]
        return "EVALSHA", digest, len(keys), *keys, _pack([group.calls for group in self._groups])


class ScriptRunner:
    """Runs calls, many of them in one exchange. Calls for several events share a step once `mixes_events` is set."""

    def __init__(self, wire: Wire, loader: ScriptLoader) -> None:
        self.mixes_events = False
        self._wire = wire
        self._loader = loader
        self._batcher = Batcher[Call, Reply](self._run_all, CALLS_AN_EXCHANGE, EXCHANGES_AT_ONCE)

    def run(self, call: Call) -> Awaitable[Reply]:
        return self._batcher.run(call)

    async def _run_all(self, calls: Sequence[Call]) -> Sequence[Reply | Exception]:
        steps = _steps(_groups(calls), mixed=self.mixes_events)
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


def _groups(calls: Sequence[Call]) -> list[Group]:
    """Return the calls by event, in the order in which they came."""
    groups: list[Group] = []
    open_groups: dict[str, Group] = {}
    for index, call in enumerate(calls):
        group = open_groups.get(call.event_id)
        if group is None or group.full:
            group = open_groups[call.event_id] = Group(call.event_id)
            groups.append(group)
        group.add(index, call)
    return groups


def _steps(groups: Sequence[Group], *, mixed: bool) -> list[Step]:
    """Return a step for each group or, with `mixed`, steps that are filled with groups."""
    steps: list[Step] = []
    for group in groups:
        if not (mixed and steps and steps[-1].has_room_for(group)):
            steps.append(Step())
        steps[-1].add(group)
    return steps
