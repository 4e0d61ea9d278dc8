"""An HTTP client that costs little: connections that stay open, and as much parsing as it takes.

It reads a status, and a body whose length is announced, which is all that our server sends unless it streams.
"""

import asyncio
from typing import Self, cast

_LENGTH = b"content-length: "
_LAST = b"connection: close"

BODILESS = {204, 304}


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

    @property
    def is_open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    async def send(self, request: bytes) -> tuple[int, bytes]:
        """Return the answer's status and body. Raises `OSError` if the connection ends before they are there."""
        if self._transport is None or self._transport.is_closing():
            raise ConnectionResetError
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        try:
            return await self._answer
        except asyncio.CancelledError:  # or the next request would get this one's answer
            self.close()
            raise

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head_end = self._received.find(b"\r\n\r\n")
        if head_end < 0:
            return
        head = bytes(self._received[: head_end + 2])
        status, length = int(head[9:12]), head.partition(_LENGTH)[2].partition(b"\r")[0]
        if not length and status not in BODILESS:
            self.connection_lost(ConnectionResetError("an answer without a length"))
            return
        if len(self._received) < head_end + 4 + int(length or 0):
            return
        answer = status, bytes(self._received[head_end + 4 :])
        self._received.clear()
        if _LAST in head:
            self.close()
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(answer)

    def connection_lost(self, error: Exception | None) -> None:
        self.close()
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error or ConnectionResetError())


def request(
    method: str, path: str, token: str | None = None, body: bytes = b"", *, accept: str = "", key: str = ""
) -> bytes:
    """Return a request, whose body is JSON. `key` is its idempotency key."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    if accept:
        lines.append(f"Accept: {accept}")
    if token:
        lines.append(f"Authorization: Bearer {token}")
    if key:
        lines.append(f"Idempotency-Key: {key}")
    if method != "GET":
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body
