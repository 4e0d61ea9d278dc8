"""A client that knows no more of HTTP than it needs, and says when it does not know what became of a request."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any


class Unanswered(Exception):
    """The connection broke, or the answer took too long: what was asked may have been done."""


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: Any

    @property
    def is_ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def code(self) -> str:
        return str(self.body.get("code", "")) if isinstance(self.body, dict) else ""


class Caller:
    """One user's connection, opened when it is needed; one request at a time."""

    def __init__(self, port: int, token: str, patience: float = 30.0) -> None:
        self._port = port
        self._token = token
        self._patience = patience
        self._writer: asyncio.StreamWriter | None = None

    async def ask(
        self, method: str, path: str, body: object = None, key: str = "", patience: float | None = None
    ) -> Reply:
        """Return the answer. Raises `Unanswered`, after which the next request goes over another connection."""
        try:
            async with asyncio.timeout(patience or self._patience):
                return await self._exchange(method, path, body, key)
        except (OSError, EOFError, TimeoutError) as cause:
            self.close()
            raise Unanswered(type(cause).__name__) from cause

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    async def _exchange(self, method: str, path: str, body: object, key: str) -> Reply:
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        content = b"" if body is None else json.dumps(body).encode()
        lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {self._token}"]
        lines += [f"Content-Length: {len(content)}", "Content-Type: application/json"]
        lines += [f"Idempotency-Key: {key}"] if key else []
        self._writer.write("\r\n".join([*lines, "", ""]).encode() + content)
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        length = head.partition(b"content-length:")[2].partition(b"\r")[0]
        answer = await self._reader.readexactly(int(length or 0))
        if b"connection: close" in head:
            self.close()
        return Reply(int(head[9:12]), json.loads(answer) if b"json" in head and answer else None)
