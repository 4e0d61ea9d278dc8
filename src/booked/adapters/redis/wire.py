"""Exchanges with the server: commands go there and as many answers come back, within one limit of time.

The client library's pipelines start a timer for each step of an exchange, and take a connection from the pool every
time. That was a sixth of the event loop's time for a sale.
"""

from collections.abc import Sequence
from typing import Any

import hiredis
from redis.asyncio import ConnectionPool
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import BusyLoadingError, MasterDownError, ReadOnlyError, ResponseError

from booked.deadline import Deadline

# A server that is no primary says this, or not yet one: the address may lead to another server by now.
DEMOTED = (ReadOnlyError, BusyLoadingError, MasterDownError)

Command = tuple[str | bytes | int, ...]


class Wire:
    """Connections, made as `pool` makes its own: as many as there are exchanges at once."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._kind = pool.connection_class
        self._options = pool.connection_kwargs | {"socket_timeout": None}
        self._timeout: float = pool.connection_kwargs["socket_timeout"]
        self._idle: list[AbstractConnection] = []

    async def exchange(self, commands: Sequence[Command]) -> list[Any]:
        """Return the answers in the order of the commands. An error of a command is its answer.

        Raises `TimeoutError` or `ConnectionError`. The caller then cannot know which commands took effect.
        """
        connection = self._idle.pop() if self._idle else self._kind(**self._options)
        try:
            with Deadline(self._timeout):
                # A server that was restarted has closed the connection, or has left something on it.
                if connection.is_connected and await connection.can_read():
                    await connection.disconnect()
                await connection.send_packed_command([_packed(command) for command in commands])
                answers = [await _answer(connection) for _ in commands]
                if any(map(_is_demoted, answers)):
                    await connection.disconnect()
                return answers
        except BusyLoadingError:  # to the client library this one is the connection's
            await connection.disconnect()
            raise
        finally:
            self._idle.append(connection)

    async def close(self) -> None:
        while self._idle:
            await self._idle.pop().disconnect()


def _is_demoted(answer: Any) -> bool:
    """Return whether the server refused because it is no primary. A script's refusals are among its replies."""
    return isinstance(answer, DEMOTED) or (
        isinstance(answer, list) and any(isinstance(reply, DEMOTED) for reply in answer)
    )


def _packed(command: Command) -> bytes:
    packed: bytes = hiredis.pack_command(command)  # type: ignore[arg-type]  # it takes tuples of any length
    return packed


async def _answer(connection: AbstractConnection) -> Any:
    try:
        return await connection.read_response()
    except ResponseError as error:
        return error
