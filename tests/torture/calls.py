"""A user's requests, one at a time. One without an answer raises `Unanswered`: nobody knows what became of it."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from tests.client import Connection, request


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
        self._connection: Connection | None = None

    async def ask(
        self, method: str, path: str, body: object = None, key: str = "", patience: float | None = None
    ) -> Reply:
        """Return the answer. Raises `Unanswered`, after which the next request goes over another connection."""
        try:
            async with asyncio.timeout(patience or self._patience):
                return await self._exchange(method, path, body, key)
        except (OSError, TimeoutError) as cause:
            self.close()
            raise Unanswered(type(cause).__name__) from cause

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    async def _exchange(self, method: str, path: str, body: object, key: str) -> Reply:
        if self._connection is None or not self._connection.is_open:
            self._connection = await Connection.open(self._port)
        content = b"" if body is None else json.dumps(body).encode()
        status, answer = await self._connection.send(request(method, path, self._token, content, key=key))
        return Reply(status, json.loads(answer) if answer.startswith((b"{", b"[")) else None)
