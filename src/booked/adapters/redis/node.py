"""One server: its connections, the scripts it knows, and what is sent to it together."""

from collections.abc import Sequence
from itertools import chain
from typing import Any
from urllib.parse import urlsplit

from booked.adapters.redis.client import client_of
from booked.adapters.redis.loading import ScriptLoader
from booked.adapters.redis.steps import ScriptRunner
from booked.adapters.redis.wire import Command, Wire
from booked.domain.batching import Batcher

MESSAGES_AN_EXCHANGE = 128

Message = Sequence[Command]


class Node:
    """A server of its own, or a node of a cluster. It connects when it is asked something."""

    def __init__(self, url: str, pool_size: int, timeout: float) -> None:
        self.host = urlsplit(url).hostname or ""
        self.client = client_of(url, pool_size, timeout)
        self.loader = ScriptLoader(self.client)
        self._wire = Wire(self.client.connection_pool)
        self.scripts = ScriptRunner(self._wire, self.loader)
        self._messages = Batcher[Message, Sequence[Any]](self._send_all, MESSAGES_AN_EXCHANGE)

    async def send(self, message: Message) -> Sequence[Any]:
        """Send commands about one key, in an exchange with others of the same moment. Return their answers.

        Raises the first error among them.
        """
        return await self._messages.run(message)

    async def close(self) -> None:
        """Close all connections. It connects again if it is asked once more."""
        await self._wire.close()
        await self.client.aclose(close_connection_pool=True)

    async def _send_all(self, messages: Sequence[Message]) -> list[Sequence[Any] | Exception]:
        answers = iter(await self._wire.exchange(list(chain.from_iterable(messages))))
        return [_answer([next(answers) for _ in message]) for message in messages]


def _answer(answers: list[Any]) -> Sequence[Any] | Exception:
    return next((answer for answer in answers if isinstance(answer, Exception)), answers)
