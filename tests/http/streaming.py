"""A client that reads an answer while it is still being sent: httpx reads an application's answer when it is whole."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar

Json = dict[str, Any]
PATIENCE = 60.0  # seconds for what should take one, on a machine that has other work


class Streaming:
    """An answer that goes on. While `reading` is not set, the client takes nothing more."""

    def __init__(self) -> None:
        self.reading = asyncio.Event()
        self.reading.set()
        self.gone = asyncio.Event()
        self._messages: asyncio.Queue[Any] = asyncio.Queue()
        self._text = ""

    async def start(self) -> tuple[int, dict[str, str]]:
        """Return the status and the headers."""
        message = await self._message()
        return message["status"], {name.decode(): value.decode() for name, value in message["headers"]}

    async def event(self) -> tuple[str, str, Json]:
        """Return the next event's kind, id and data. Comments are passed over."""
        while True:
            lines = (await self.block()).splitlines()
            fields = dict(line.split(": ", 1) for line in lines if not line.startswith(":"))
            if "data" in fields:
                return fields["event"], fields["id"], json.loads(fields["data"])

    async def block(self) -> str:
        """Return the text up to the next empty line."""
        while "\n\n" not in self._text:
            message = await self._message()
            assert message["more_body"], "it ended"
            self._text += message["body"].decode()
        block, self._text = self._text.split("\n\n", 1)
        return block

    async def end(self) -> bytes:
        """Return the last that is sent, whatever comes before it."""
        while (message := await self._message()).get("more_body", True):
            pass
        body: bytes = message["body"]
        return body

    async def receive(self) -> Any:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        await self.reading.wait()
        self._messages.put_nowait(message)

    async def _message(self) -> Any:
        return await asyncio.wait_for(self._messages.get(), PATIENCE)


@asynccontextmanager
async def streaming(
    app: Litestar, path: str, headers: Mapping[str, str] | None = None, method: str = "GET"
) -> AsyncIterator[tuple[Streaming, "asyncio.Task[None]"]]:
    """Send a request, and yield its answer and the task that gives it. The client goes at the end of the block."""
    stream = Streaming()
    scope: Any = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "scheme": "http",
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "http_version": "1.1",
    }
    answering = asyncio.create_task(app(scope, stream.receive, stream.send))
    try:
        yield stream, answering
    finally:
        stream.gone.set()
        await asyncio.wait_for(answering, PATIENCE)
