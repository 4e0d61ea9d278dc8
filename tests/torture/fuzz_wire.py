"""A client that sends bytes as they are, and reads whatever is answered."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from tests.torture.fuzz_requests import Request

PATIENCE = 300.0  # seconds for an answer; hashing passwords gives way to all else on a machine
MOST = 2**20  # bytes of an answer's head


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    content: bytes


class Client:
    """A connection that is opened anew when it has ended."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._writer: asyncio.StreamWriter | None = None
        self._may_be_closed = False

    async def ask(self, request: Request) -> Answer:
        """Return the answer. Raises `OSError`, `EOFError` or `TimeoutError` where there is none."""
        try:
            async with asyncio.timeout(PATIENCE):
                try:
                    answer = await self._exchange(request)
                except (OSError, EOFError):
                    # Where the server has left a body unread, it has to close the connection after its answer.
                    if not self._may_be_closed:
                        raise
                    self.close()
                    answer = await self._exchange(request)
        except BaseException:
            self.close()
            raise
        self._may_be_closed = answer.status >= 400 or request.has_body
        closes = answer.headers.get("connection") == "close" or _is_stream(answer.headers)
        if closes or request.torn or request.ends_early:
            self.close()
        return answer

    def close(self) -> None:
        if self._writer is not None:
            self._writer.transport.abort()
            self._writer = None
        self._may_be_closed = False

    async def _exchange(self, request: Request) -> Answer:
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port, limit=MOST)
        self._writer.write(request.content)
        if request.ends_early or request.torn:
            self._writer.write_eof()
        status, headers = await self._head()
        while status < 200:
            status, headers = await self._head()
        return Answer(status, headers, await self._body(request.method, status, headers))

    async def _head(self) -> tuple[int, dict[str, str]]:
        head = await self._reader.readuntil(b"\r\n\r\n")
        start, *lines = head.decode("latin-1").split("\r\n")
        headers: dict[str, str] = {}
        for name, _, value in [line.partition(": ") for line in lines if line]:
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        return int(start.split(" ")[1]), headers

    async def _body(self, method: str, status: int, headers: Mapping[str, str]) -> bytes:
        if method == "HEAD" or status in {204, 304} or _is_stream(headers):
            return b""
        if headers.get("transfer-encoding") != "chunked":
            return await self._reader.readexactly(int(headers.get("content-length", 0)))
        content = b""
        while size := int(await self._reader.readuntil(b"\r\n"), 16):
            content += await self._reader.readexactly(size)
            await self._reader.readexactly(2)
        await self._reader.readexactly(2)
        return content


def _is_stream(headers: Mapping[str, str]) -> bool:
    return "event-stream" in headers.get("content-type", "")
