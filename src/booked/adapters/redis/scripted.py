"""What all parts of the hold store share: nodes, and scripts, each called for one event."""

from collections.abc import Awaitable

from booked.adapters.redis.arguments import Argument
from booked.adapters.redis.failures import failing_as
from booked.adapters.redis.nodes import Nodes
from booked.adapters.redis.refusals import refuse
from booked.adapters.redis.replies import Reply
from booked.adapters.redis.steps import Call
from booked.domain.errors import StoreError, StoreReadFailed, StoreWriteFailed
from booked.domain.model.ids import EventId
from booked.ports.holds import EventIsCold


class ScriptedStore:
    """Calls scripts for its subclasses."""

    def __init__(self, nodes: Nodes, held_per_user: int | None = None) -> None:
        self._nodes = nodes
        self._held_per_user = held_per_user or 0

    def _read(self, script: str, event_id: EventId, *arguments: Argument) -> Awaitable[Reply]:
        return self._run(StoreReadFailed, Call(script, event_id, arguments))

    def _write(self, script: str, event_id: EventId, *arguments: Argument) -> Awaitable[Reply]:
        return self._run(StoreWriteFailed, Call(script, event_id, arguments))

    async def _run(self, error: type[StoreError], call: Call) -> Reply:
        """Return a script's reply: its status, then details. Raise what the script refuses."""
        with failing_as(error):
            reply = await self._nodes.ask(call.event_id, lambda node: node.scripts.run(call))
        if reply[0] == b"cold":
            raise EventIsCold
        refuse(reply)
        return reply
