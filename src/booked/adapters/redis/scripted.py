"""What all parts of the hold store share: a server, and scripts, each called for one event."""

from redis.asyncio import Redis

from booked.adapters.redis.arguments import Argument
from booked.adapters.redis.failures import failing_as
from booked.adapters.redis.loading import ScriptLoader
from booked.adapters.redis.refusals import refusal
from booked.adapters.redis.replies import Reply
from booked.adapters.redis.steps import Call, ScriptRunner
from booked.adapters.redis.wire import Wire
from booked.domain.errors import StoreError, StoreReadFailed, StoreWriteFailed
from booked.domain.model.ids import EventId
from booked.ports.holds import EventIsCold


class ScriptedStore:
    """Calls scripts for its subclasses."""

    def __init__(self, client: Redis, held_per_user: int | None = None) -> None:
        self._client = client
        self._held_per_user = held_per_user or 0
        self._wire = Wire(client.connection_pool)
        self._loader = ScriptLoader(client)
        self._scripts = ScriptRunner(self._wire, self._loader)

    async def _read(self, script: str, event_id: EventId, *arguments: Argument) -> Reply:
        return await self._run(StoreReadFailed, Call(script, event_id, arguments))

    async def _write(self, script: str, event_id: EventId, *arguments: Argument) -> Reply:
        return await self._run(StoreWriteFailed, Call(script, event_id, arguments))

    async def _run(self, error: type[StoreError], call: Call) -> Reply:
        """Return a script's reply: its status, then details. Raise what the script refuses."""
        with failing_as(error):
            reply = await self._scripts.run(call)
        status, *details = reply
        if status == b"cold":
            raise EventIsCold
        if refused := refusal(status, details):
            raise refused
        return reply
