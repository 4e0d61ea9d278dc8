"""Answers that go on: server-sent events (HTML Living Standard, section 9.2)."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, Protocol, TypeVar

from litestar import Response
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send

EVENT_STREAM: Final = "text/event-stream"
FAREWELL: Final = 0.5  # seconds that a reader has for what was sent, once the stream is over

_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"x-accel-buffering", b"no"),  # as nginx is told to pass on at once what it gets
]

T_co = TypeVar("T_co", covariant=True)


class Source(Protocol[T_co]):
    """What a stream sends. Once `over` is done, nothing more is worth waiting for."""

    over: asyncio.Future[None]

    async def next(self) -> T_co:
        """Return what comes next, as soon as there is something."""
        ...

    def leave(self) -> None:
        """Make it be over."""
        ...


class EventStream(Response[None]):
    """Sends what a source gives, as `encode` writes it, until that is None or the client has gone.

    The source is opened before the answer begins: it can still be a refusal.
    """

    def __init__(
        self, opened: AbstractAsyncContextManager[Source[T_co]], encode: Callable[[T_co], bytes | None], first: bytes
    ) -> None:
        self._stream = _Streamed(opened, encode, first)
        self.background = None

    def to_asgi_response(self, *_: Any, **__: Any) -> ASGIResponse:
        return self._stream


class _Streamed(ASGIResponse):
    def __init__(
        self, opened: AbstractAsyncContextManager[Source[Any]], encode: Callable[[Any], bytes | None], first: bytes
    ) -> None:
        self._opened = opened
        self._encode = encode
        self._first = first

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        async with self._opened as source:
            await send({"type": "http.response.start", "status": 200, "headers": list(_HEADERS)})
            # Sending takes as long as the client takes to read. So it is given up from here, and not by itself.
            sending = asyncio.create_task(self._send_all(source, send))
            watching = asyncio.create_task(_leave_with_client(source, receive))
            try:
                await asyncio.wait({sending, source.over}, return_when=asyncio.FIRST_COMPLETED)
                await asyncio.wait({sending}, timeout=FAREWELL)
            finally:
                sending.cancel()
                watching.cancel()

    async def _send_all(self, source: Source[Any], send: Send) -> None:
        body: bytes | None = self._first
        while body is not None:
            await send({"type": "http.response.body", "body": body, "more_body": True})
            body = self._encode(await source.next())
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _leave_with_client(source: Source[Any], receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    source.leave()
