"""A load generator that costs little: prepared requests on kept-alive connections, and as much parsing as it takes.

It reads a status and a body of known length, which is all that our server sends, and nothing else of HTTP. What it
costs is part of every report, for it shares the machine with the server.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Self, cast

_LENGTH = b"content-length: "


class Connection(asyncio.Protocol):
    """One request at a time."""

    def __init__(self) -> None:
        self._received = bytearray()
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._transport: asyncio.Transport | None = None

    @classmethod
    async def open(cls, port: int) -> Self:
        _, connection = await asyncio.get_running_loop().create_connection(cls, "127.0.0.1", port)
        return connection

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    async def send(self, request: bytes) -> tuple[int, bytes]:
        """The answer's status and body."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head_end = self._received.find(b"\r\n\r\n")
        if head_end < 0:
            return
        at = self._received.find(_LENGTH, 0, head_end + 2) + len(_LENGTH)
        length = int(self._received[at : self._received.index(b"\r", at)])
        if len(self._received) < head_end + 4 + length:
            return
        answer = int(self._received[9:12]), bytes(self._received[head_end + 4 :])
        self._received.clear()
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(answer)

    def connection_lost(self, error: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error or ConnectionResetError())


def request(method: str, path: str, token: str | None = None, body: bytes = b"", accept: str = "") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    if accept:
        lines.append(f"Accept: {accept}")
    if token:
        lines.append(f"Authorization: Bearer {token}")
    if method == "POST":
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass(slots=True)
class Tally:
    """What came of a load: how long each operation took (in seconds), how many tickets, and what went wrong."""

    latencies: list[float] = field(default_factory=list)
    tickets: int = 0
    failures: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    exhausted: bool = False  # nothing is left to sell, so the load ends early

    @property
    def rate(self) -> float:
        """Operations a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        """The latency in milliseconds that this share of the operations stayed under."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000 if ordered else float("nan")


Operation = Callable[[Connection, Tally], Awaitable[None]]


async def drive(port: int, operations: Iterable[Operation], seconds: float) -> Tally:
    """Run each operation over and over on a connection of its own, all at once, for some seconds."""
    tally = Tally()
    operations = list(operations)
    connections = [await Connection.open(port) for _ in operations]
    started = time.perf_counter()
    end = started + seconds

    async def repeat(connection: Connection, operation: Operation) -> None:
        while not tally.exhausted and (now := time.perf_counter()) < end:
            await operation(connection, tally)
            tally.latencies.append(time.perf_counter() - now)

    await asyncio.gather(*(repeat(*pair) for pair in zip(connections, operations, strict=True)))
    tally.seconds = time.perf_counter() - started
    for connection in connections:
        connection.close()
    return tally
